"""Writers of file formats that trimesh does not write as their readers need them."""
