"""A grid of probabilities made fit: checked, without crumbs, in one piece.

occupancy, colors, solid = checked(occupancy, colors, threshold)
solid = without_crumbs(solid, share=0.01)
"""

import numpy as np
from scipy import ndimage

from core.errors import MeshError

EDGE_CONNECTIVITY = ndimage.generate_binary_structure(
    3, 2
)  # cells that share an edge are one piece


def validate_grid(
    occupancy: np.ndarray, colors: np.ndarray | None, threshold: float
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """occupancy as float32, colors as they came, and which cells are solid; or MeshError.

    occupancy : (X, Y, Z) float, probability in [0, 1] that a cell is solid
    colors : (X, Y, Z, 3) uint8, sRGB
    threshold : probability, above 0 and below 1, that the solid cells exceed
    """
    occupancy = np.asarray(occupancy, np.float32)
    if occupancy.ndim != 3 or not occupancy.size:
        raise MeshError(f"Occupancy must be a grid (X, Y, Z), not of shape {occupancy.shape}.")
    highest = occupancy.max()  # NaN where any cell is
    if not (occupancy.min() >= 0 and highest <= 1):
        raise MeshError("Occupancy must hold probabilities from 0 to 1, without NaN.")
    if not 0 < np.float32(threshold) < 1:
        raise MeshError(f"The threshold must lie between 0 and 1, not at {threshold}.")
    if highest <= np.float32(threshold):
        raise MeshError(
            f"No cell is solid at threshold {threshold:g}: the highest probability found is "
            f"{highest:.3g}, so choose a lower threshold."
        )
    if colors is not None:
        colors = np.asarray(colors)
        if colors.shape != (*occupancy.shape, 3) or colors.dtype != np.uint8:
            raise MeshError(
                f"Colours must be sRGB bytes of shape {(*occupancy.shape, 3)}, "
                f"not {colors.dtype} of shape {colors.shape}."
            )
    return occupancy, colors, occupancy > np.float32(threshold)


def bounding_box(solid: np.ndarray) -> tuple[slice, ...]:
    """Slices around the solid cells and the empty ones beside them, which place the surface."""
    box = []
    for others in ((1, 2), (0, 2), (0, 1)):
        filled = np.flatnonzero(solid.any(axis=others))
        box.append(slice(max(filled[0] - 1, 0), filled[-1] + 2))
    return tuple(box)


def remove_small_components(solid: np.ndarray, share: float) -> np.ndarray:
    """The solid cells less the pieces with fewer cells than `share` of the largest piece's."""
    if not 0 <= share <= 1:
        raise MeshError(f"The smallest piece to keep must be a share from 0 to 1, not {share}.")
    box = bounding_box(solid)
    labels, pieces = ndimage.label(solid[box], EDGE_CONNECTIVITY)
    if pieces == 1 and share < 1:
        return solid
    cells, kept = np.bincount(labels.ravel()), np.zeros_like(solid)
    cells[0] = 0  # the empty space
    if share == 1:
        kept[box] = ndimage.binary_fill_holes(labels == cells.argmax())
    else:
        kept[box] = (cells >= share * cells.max())[labels]
    return kept
