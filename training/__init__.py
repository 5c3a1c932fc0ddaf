"""Scripts that make, measure and publish the model; each runs as `python -m training.<verb>`.

The application never imports from here: `training/` depends on `voxel_model.py`, never the reverse.
"""
