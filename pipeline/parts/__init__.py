"""Furniture made of parts: from a prediction to a piece of the generators, fitted and coloured.

`meshes` builds the closed parts of a piece, `bank` holds many generated pieces as parameters,
`search` finds the ones that explain a prediction,
`fitting` moves their proportions, `coloring` takes colours from the photo, `model` puts it together
and decides whether parts or the smooth surface are shown.
"""
