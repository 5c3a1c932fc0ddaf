"""Photographs of your own: their table, a cache of decoded crops, and rendered pictures."""
