"""Heads that are trained last, on a frozen checkpoint: descriptors of pieces, found objects."""
