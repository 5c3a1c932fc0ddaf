"""Shapes of the studio: procedural pieces and CAD models as distance grids."""
