"""Tests that reject a crossing: loose parts, bad joints, no stand, or a copy of a parent.

reason = rejection(crossing)          # "" if the crossing can be used
"""

from typing import TYPE_CHECKING

import numpy as np

from training.evaluation.metrics import iou, max_pool
from training.studio.shapes.cad import PACKED_SIDE

if TYPE_CHECKING:
    from training.studio.shapes.crossings.crossing import Crossing

MIN_JOINT = 0.4  # share of each part of the cut that the other model covers
MIN_COVERED = 0.75  # share of the whole cut of the donor that the main model covers
JOINT_LAYERS = 3  # of cells on each side of the cut
MIN_JOINT_CELLS = 3  # smaller parts of a cut are not tested
MIN_LOOSE_CELLS = 3  # smaller loose parts are crumbs of the sampling
MAX_AGREEMENT = 0.93  # of the surface with that of a parent; a crossing above it is a copy
MIN_SYMMETRY = 0.8  # IoU with the mirrored shape of models that count as symmetric
MAX_SYMMETRY_LOSS = 0.1
POOLING = 2  # packed cells along a cell of the tests
CONTACT_CELLS = 2  # layers that touch the floor


def rejection(crossing: "Crossing") -> str:
    """Returns why a crossing cannot be used.

    Parameters
    ----------
    crossing : Crossing
        Result of `cross`.

    Returns
    -------
    str
        Empty if it can be used, else "empty", "joint", "loose part", "unstable", "copy" or
        "asymmetric".
    """
    if not all(piece.solid.any() for piece in crossing.pieces):
        return "empty"
    if not _joined(crossing):
        return "joint"
    solid = max_pool(np.logical_or(*solid_grids(crossing)), POOLING)
    if _loose_parts(solid):
        return "loose part"
    if not _stands(solid):
        return "unstable"
    parents = [max_pool(model.solid, POOLING) for model in (crossing.main, crossing.donor)]
    if max(agreement(solid, parent) for parent in parents) > MAX_AGREEMENT:
        return "copy"
    symmetry = min(iou(parent, parent[::-1]) for parent in parents)
    if symmetry > MIN_SYMMETRY and iou(solid, solid[::-1]) < symmetry - MAX_SYMMETRY_LOSS:
        return "asymmetric"
    return ""


def solid_grids(crossing: "Crossing") -> tuple[np.ndarray, np.ndarray]:
    """Returns the solid cells of main and donor in the unit cube of the crossing.

    Returns
    -------
    main, donor : numpy.ndarray
        (PACKED_SIDE, PACKED_SIDE, PACKED_SIDE) bool.
    """
    axes = _axes(crossing)
    main, donor = (piece.sample(axes) for piece in crossing.pieces)
    return main, donor


def _axes(crossing: "Crossing") -> list[np.ndarray]:
    """Coordinates of the cell centres of the unit cube of a crossing, along x, y and z."""
    center, size = crossing.cube
    line = ((np.arange(PACKED_SIDE) + 0.5) / PACKED_SIDE - 0.5) * size
    return [line + c for c in center]


def _joined(crossing: "Crossing") -> bool:
    """Returns True if every part of the donor's cut lies on the main model."""
    from scipy.ndimage import binary_dilation, label

    if crossing.kind == "insert":
        return True  # shelves end at the walls; the test for loose parts finds others
    x, y, z = _axes(crossing)
    below = crossing.kind == "base"
    at = int(np.searchsorted(y, crossing.high[1] if below else crossing.low[1]))
    under, over = y[max(at - JOINT_LAYERS, 0) : at], y[at : at + JOINT_LAYERS]
    of_main, of_donor = (
        piece.sample([x, layers, z]).any(axis=1)
        for piece, layers in zip(
            crossing.pieces, (over, under) if below else (under, over), strict=True
        )
    )
    of_main = binary_dilation(of_main)
    parts, count = label(of_donor, np.ones((3, 3)))
    cells = np.bincount(parts.ravel(), minlength=count + 1)[1:]
    covered = np.bincount(parts[of_main], minlength=count + 1)
    tested = cells >= MIN_JOINT_CELLS
    if not tested.any() or covered[1:].sum() < MIN_COVERED * cells.sum():
        return False
    return bool((covered[1:][tested] >= MIN_JOINT * cells[tested]).all())


def _loose_parts(solid: np.ndarray) -> bool:
    """Returns True if the cells form several parts that do not touch."""
    from scipy.ndimage import label

    parts, _ = label(solid, np.ones((3, 3, 3)))
    return bool((np.bincount(parts.ravel())[1:] >= MIN_LOOSE_CELLS).sum() > 1)


def _stands(solid: np.ndarray) -> bool:
    """Returns True if the centre of the cells lies above the box of the cells on the floor."""
    x, y, z = np.nonzero(solid)
    contact = y < y.min() + CONTACT_CELLS
    return all(v[contact].min() <= v.mean() <= v[contact].max() for v in (x, z))


def agreement(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the surface cells of two grids that touch the surface of the other; the smaller one.

    Unlike IoU it counts legs, whose volume is small.
    """
    surfaces = [solid & _with_neighbors(~solid) for solid in (one, other)]
    shares = [
        (a & _with_neighbors(b)).sum() / max(a.sum(), 1) for a, b in (surfaces, surfaces[::-1])
    ]
    return float(min(shares))


def _with_neighbors(grid: np.ndarray) -> np.ndarray:
    """Adds the 26 neighbours of each cell."""
    from scipy.ndimage import maximum_filter

    return maximum_filter(grid, 3, mode="constant")
