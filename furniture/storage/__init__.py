"""Bookcases and wardrobes."""
