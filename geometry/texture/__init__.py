"""Textures: the pixels of the photo on the side of a mesh that the photo shows."""
