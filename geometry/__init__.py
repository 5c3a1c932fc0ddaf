"""Grids, meshes, cameras and colours: numpy only, without torch and without the network."""
