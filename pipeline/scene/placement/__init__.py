"""Where the pieces of a photo stand: the camera, the place, size and turn of each, the floor."""
