"""Downloads the textures, backdrops, light panoramas and 3D models of the shipped recipe."""
