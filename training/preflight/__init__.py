"""Checks before the first step of a run, and records of its versions and data."""
