"""Visitors and attackers at once: what the attackers take from the visitors.

`attacks.py` holds one function for each kind of attack, `measure.py` runs them beside ordinary
visitors and measures the server.
"""
