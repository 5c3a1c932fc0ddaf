"""Checks an occupancy grid and finds the box around its solid cells.

    occupancy, colors, solid = validate_grid(occupancy, colors, threshold)
    solid[bounding_box(solid)]

Grids are indexed [x, y, z] as stated at the top of `voxel_model.py`.
"""

import numpy as np
from scipy import ndimage

from core.errors import EmptyGridError, MeshError

# Two cells that share a face or an edge belong to one component, as in the smooth mesh.
EDGE_CONNECTIVITY = ndimage.generate_binary_structure(3, 2)


def validate_grid(
    occupancy: np.ndarray, colors: np.ndarray | None, threshold: float
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """Check a grid and its colours, and apply the threshold.

    Parameters
    ----------
    occupancy : (X, Y, Z) float
        Probability in [0, 1] that a cell is solid.
    colors : (X, Y, Z, 3) uint8, optional
        sRGB colour of each cell.
    threshold : float
        Probability between 0 and 1, both excluded. Cells above it are solid.

    Returns
    -------
    occupancy : (X, Y, Z) float32
    colors : (X, Y, Z, 3) uint8 or None
    solid : (X, Y, Z) bool
        Cells whose probability exceeds the threshold; at least one is True.

    Raises
    ------
    MeshError
        If a shape, a type or a range is wrong.
    EmptyGridError
        If no cell is solid.
    """
    occupancy = np.asarray(occupancy, np.float32)
    if occupancy.ndim != 3 or not occupancy.size:
        raise MeshError(f"Occupancy must be a grid (X, Y, Z), not of shape {occupancy.shape}.")
    highest = occupancy.max()  # NaN if any cell is NaN
    if not (occupancy.min() >= 0 and highest <= 1):
        raise MeshError("Occupancy must hold probabilities from 0 to 1, without NaN.")
    if not 0 < np.float32(threshold) < 1:
        raise MeshError(f"The threshold must lie between 0 and 1, not at {threshold}.")
    if highest <= np.float32(threshold):
        raise EmptyGridError(
            f"No cell is solid at threshold {threshold:g}: the highest probability found is "
            f"{highest:.3g}, so choose a lower threshold."
        )
    if colors is not None:
        colors = _validate_colors(colors, occupancy.shape)
    return occupancy, colors, occupancy > np.float32(threshold)


def _validate_colors(colors: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the colours as an array, or raise MeshError."""
    colors = np.asarray(colors)
    if colors.shape != (*shape, 3) or colors.dtype != np.uint8:
        raise MeshError(
            f"Colours must be sRGB bytes of shape {(*shape, 3)}, "
            f"not {colors.dtype} of shape {colors.shape}."
        )
    return colors


def bounding_box(solid: np.ndarray) -> tuple[slice, slice, slice]:
    """Return the slices of the solid cells with a margin of one cell inside the grid.

    The margin holds the empty cells whose probabilities place the surface.

    Parameters
    ----------
    solid : (X, Y, Z) bool
        At least one cell is True.

    Returns
    -------
    tuple of slice
        One slice for each axis.
    """
    low, high = solid_bounds(solid)
    return tuple(slice(max(a - 1, 0), b + 1) for a, b in zip(low, high, strict=True))


def solid_bounds(solid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the bounding box of the solid cells.

    Parameters
    ----------
    solid : (X, Y, Z) bool
        At least one cell is True.

    Returns
    -------
    low, high : (3,) int
        First cell of the box, and the cell behind its last one, along each axis.
    """
    flat = solid.any(axis=2)
    filled = (flat.any(axis=1), flat.any(axis=0), solid.any(axis=0).any(axis=0))
    first, last = np.array([np.flatnonzero(line)[[0, -1]] for line in filled]).T
    return first, last + 1
