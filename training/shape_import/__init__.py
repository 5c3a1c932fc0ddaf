"""Import of a folder of 3D files into the file of shapes that the studio reads."""
