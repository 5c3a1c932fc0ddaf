"""Feet of furniture: all of them reach the floor.

body = level_feet(body)
"""

import numpy as np
from scipy import ndimage

MAX_FOOT_GAP = 2  # cells above the floor within which a foot ends: legs differ by this much
TOUCHING = np.ones((3, 3), bool)  # cells of one layer that share an edge or a corner


def level_feet(solid: np.ndarray) -> np.ndarray:
    """Extend the parts that end just above the floor down to it.

    A part ends in a layer if none of its cells there stands on a cell of the layer below. The
    underside of a seat with feet does not end: it stands on them.

    Parameters
    ----------
    solid : (X, Y, Z) bool
        Solid cells, at least one.

    Returns
    -------
    (X, Y, Z) bool
        The cells and the extensions, each at most MAX_FOOT_GAP cells long.
    """
    floor = int(np.flatnonzero(solid.any(axis=(0, 2)))[0])
    leveled = solid.copy()
    for layer in range(floor + 1, min(floor + MAX_FOOT_GAP + 1, solid.shape[1])):
        below = ndimage.binary_dilation(leveled[:, layer - 1], TOUCHING)
        labels, count = ndimage.label(leveled[:, layer], TOUCHING)
        stands = np.isin(np.arange(count + 1), labels[below])
        stands[0] = True
        leveled[:, floor:layer] |= ~stands[labels][:, None]
    return leveled
