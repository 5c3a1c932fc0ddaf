"""The Pix3D data set: records, checks, packed grids, splits and batches of photos."""
