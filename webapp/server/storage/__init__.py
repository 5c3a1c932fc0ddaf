"""Visitors' files on the disk: their ages and removal, and the share of each client."""
