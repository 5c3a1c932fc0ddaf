"""Crossings: new shapes made of two CAD models of one category."""
