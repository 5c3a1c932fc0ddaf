"""Placement of the pieces of a photo: camera, floor, and position, size and heading of each."""
