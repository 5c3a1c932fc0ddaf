"""Limits on requests, time, memory and disk, and an orderly start and end of the server."""
