"""What is done to a grid of cells or its mesh beside `meshing.py`; each file holds one thing."""
