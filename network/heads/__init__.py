"""Heads on the feature maps: mask, object coordinates, descriptor, all objects of a photo."""
