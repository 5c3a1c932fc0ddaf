"""Models of blocks for a 3D printer: cells that touch at an edge or a corner only are fused.

At such an edge four faces meet, and slicers do not know which of them bound the same body. Adding
one cell beside the contact leaves two faces at each edge.
"""

from itertools import combinations, product

import numpy as np
from scipy import ndimage

CORNERS = tuple(product((0, 1), repeat=3))


def fuse_contacts(body: np.ndarray, occupancy: np.ndarray) -> np.ndarray:
    """Add cells until all cells that touch share faces around each edge and corner.

    Parameters
    ----------
    body : ndarray, (X, Y, Z) bool
        Solid cells.
    occupancy : ndarray, (X, Y, Z) float
        Probability that a cell is solid; the most probable candidate is added.

    Returns
    -------
    ndarray, (X, Y, Z) bool
        The body without contacts at edges or corners only, and without cavities.
    """
    body = body.copy()
    while True:
        before = np.count_nonzero(body)
        for axes in combinations(range(3), 2):
            _fuse_edges(body, occupancy, axes)
        _fuse_corners(body, occupancy)
        body = ndimage.binary_fill_holes(body)
        if np.count_nonzero(body) == before:
            return body


def _fuse_edges(body: np.ndarray, occupancy: np.ndarray, axes: tuple[int, int]) -> None:
    """Fill one of two empty cells where two solid cells touch at an edge, in place."""
    windows = [_window(body.shape, axes, offset) for offset in product((0, 1), repeat=2)]
    for i, j, k, m in ((0, 3, 1, 2), (1, 2, 0, 3)):  # the diagonals of a square of four cells
        contact = body[windows[i]] & body[windows[j]] & ~body[windows[k]] & ~body[windows[m]]
        first = occupancy[windows[k]] >= occupancy[windows[m]]
        body[windows[k]] |= contact & first
        body[windows[m]] |= contact & ~first


def _fuse_corners(body: np.ndarray, occupancy: np.ndarray) -> None:
    """Fill a cell of each cube of 2 x 2 x 2 where cells, or gaps, touch at the corner only."""
    views = {corner: _window(body.shape, (0, 1, 2), corner) for corner in CORNERS}
    for corner in CORNERS[:4]:
        opposite = tuple(1 - side for side in corner)
        others = [view for key, view in views.items() if key not in (corner, opposite)]
        pair = [views[corner], views[opposite]]
        total = sum(body[view].astype(np.int8) for view in others)
        solid_pair = body[pair[0]] & body[pair[1]] & (total == 0)
        _fill_best(body, occupancy, others, solid_pair)
        empty_pair = ~body[pair[0]] & ~body[pair[1]] & (total == len(others))
        _fill_best(body, occupancy, pair, empty_pair)


def _fill_best(body: np.ndarray, occupancy: np.ndarray, views: list, where: np.ndarray) -> None:
    """Fill the most probable of the cells, in place."""
    best = np.argmax([occupancy[view] for view in views], axis=0)
    for number, view in enumerate(views):
        body[view] |= where & (best == number)


def _window(shape: tuple[int, ...], axes: tuple[int, ...], offset: tuple[int, ...]) -> tuple:
    """Return the slices of all cells at an offset within squares or cubes of 2 cells a side."""
    window = [slice(None)] * len(shape)
    for axis, step in zip(axes, offset, strict=True):
        window[axis] = slice(step, shape[axis] - 1 + step)
    return tuple(window)


def block_walls(body: np.ndarray) -> np.ndarray:
    """Measure the thickness of the wall behind each face of a block, straight inwards.

    Parameters
    ----------
    body : ndarray, (X, Y, Z) bool
        Solid cells, at least one.

    Returns
    -------
    ndarray, (F,) int
        Cells; each run of solid cells along an axis counts once for both of its ends.
    """
    lengths = []
    for axis in range(3):
        lines = np.moveaxis(body, axis, -1)
        padded = np.pad(lines, [(0, 0), (0, 0), (1, 1)]).astype(np.int8)
        steps = np.diff(padded, axis=-1)
        starts, ends = (np.argwhere(steps == sign)[:, -1] for sign in (1, -1))
        lengths.append(ends - starts)
    return np.concatenate(lengths)
