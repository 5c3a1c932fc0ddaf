"""One body from the probabilities of cells, and the fields that surfaces are extracted from.

    body = block_body(occupancy, threshold)           # cells above the threshold, joined
    field, level = body.occupancy, body.threshold     # probabilities above it in its cells alone
    body = surface_body(occupancy, threshold)         # for the smooth surface
    field, level = surface_field(body)

The network learned grids in which a cell is solid if the surface reaches anywhere into it. A
surface around such cells is too fat by half a cell on each side. The smooth surface has a threshold
of its own and lies nearer to the centres of the outer cells; thin parts are kept.
"""

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from geometry.solids.feet import level_feet
from geometry.solids.joining import join_parts

# Odds of a cell of the smooth surface over those of the threshold: 0.33 becomes 0.5. F-score at
# 2 % on 45 dev photographs: .280 at 1, .307 at 1.5, .345 at 2.05 (with LEVEL).
SURFACE_ODDS = 2.05
LEVEL = 0.7  # of the surface's field, in which probability 1 / 2 is at the surface's threshold
CLEARANCE = 0.05  # distance of each cell's field from LEVEL: the surface separates the cells
MIN_RIDGE = 0.1  # highest field around a cell from which on it rises to 1: thin parts stay thick
SPREAD = 0.12  # share of a cell's field that each neighbour along an axis gets: a light smoothing
ADDED = 0.9  # probability of a cell that joins parts, makes a foot longer or fills a cavity
MAX_TOOTH = 1  # solid cells at the six faces of a cell that sticks out alone
MIN_DENT = 4  # solid cells at the six faces of an empty cell that is a dent


class Body(NamedTuple):
    """Solid cells of one piece."""

    cells: np.ndarray  # (X, Y, Z) bool, one part that stands on all its feet
    occupancy: np.ndarray  # (X, Y, Z) float32, above the threshold in these cells alone
    threshold: float


def block_body(occupancy: np.ndarray, threshold: float) -> Body:
    """Make one body of the cells above a threshold.

    Parameters
    ----------
    occupancy : (X, Y, Z) float32
        Probability in [0, 1] that a cell is solid.
    threshold : float
        At least one cell is above it.

    Returns
    -------
    Body
    """
    return _one_body(occupancy, occupancy > np.float32(threshold), threshold)


def surface_body(occupancy: np.ndarray, threshold: float) -> Body:
    """Make the body of the smooth surface.

    Its own threshold is higher. Cells between both thresholds are kept where they are no shell of
    surer cells: thin legs and boards.

    Parameters
    ----------
    occupancy : (X, Y, Z) float32
    threshold : float
        That of the cells; at least one is above it.

    Returns
    -------
    Body
        With the surface's threshold.
    """
    odds = SURFACE_ODDS * threshold / (1 - threshold)
    sure = occupancy > np.float32(odds / (1 + odds))
    possible = occupancy > np.float32(threshold)
    even = _even(sure)
    thin = possible & (ndimage.maximum_filter(even.view(np.uint8), 3) == 0)
    return _one_body(occupancy, even | thin, odds / (1 + odds))


def _even(solid: np.ndarray) -> np.ndarray:
    """Fill dents and remove teeth of one cell; rods, boards, planes and edges stay."""
    if not solid.any():
        return solid
    floor = int(np.flatnonzero(solid.any(axis=(0, 2)))[0])
    padded = np.pad(solid[:, floor:], 1)
    padded[:, 0] = padded[:, 1]  # the end of a leg on the floor is no tooth
    around = _count_neighbors(padded.view(np.uint8))
    result = np.zeros_like(solid)
    result[:, floor:] = (around >= MIN_DENT) | (solid[:, floor:] & (around > MAX_TOOTH))
    return result


def _count_neighbors(padded: np.ndarray) -> np.ndarray:
    """Solid cells at the six faces of each cell that is not on the border of the grid."""
    inner = (slice(1, -1),) * 3
    count = np.zeros(np.array(padded.shape) - 2, np.uint8)
    for axis in range(3):
        for side in (slice(0, -2), slice(2, None)):
            count += padded[(*inner[:axis], side, *inner[axis + 1 :])]
    return count


def _one_body(occupancy: np.ndarray, solid: np.ndarray, threshold: float) -> Body:
    """Join parts, make feet level, fill cavities; probabilities follow."""
    cells = _fill_cavities(level_feet(join_parts(occupancy, solid).cells))
    level, above = np.float32(threshold), np.nextafter(np.float32(threshold), np.float32(1))
    inside = np.where(solid, np.maximum(occupancy, above), max(np.float32(ADDED), above))
    return Body(cells, np.where(cells, inside, np.minimum(occupancy, level)), threshold)


def _fill_cavities(solid: np.ndarray) -> np.ndarray:
    """Fill the empty cells that no path of faces connects with the outside."""
    labels, count = ndimage.label(np.pad(~solid, 1, constant_values=True))
    return solid if count == 1 else (labels != labels[0, 0, 0])[1:-1, 1:-1, 1:-1]


def surface_field(body: Body) -> tuple[np.ndarray, float]:
    """Return the field whose isosurface is the smooth surface of a body.

    The surface separates the body's cells from the others, whatever the field: nothing comes loose.
    The field places it between the centres of both. Feet end on one level.

    Parameters
    ----------
    body : Body
        Of `surface_body`.

    Returns
    -------
    field : (X, Y, Z) float32
        From 0 to 1.
    level : float
        Value at the surface.
    """
    cells, odds = body.cells, (1 - body.threshold) / body.threshold
    field = body.occupancy * odds / (body.occupancy * odds + 1 - body.occupancy)  # 1 / 2: threshold
    floor = int(np.flatnonzero(cells.any(axis=(0, 2)))[0])
    mirrored = field[:, floor : floor + 1]  # the floor is no edge that the smoothing rounds
    field = np.concatenate([mirrored, field[:, floor:]], axis=1)
    field = _spread(field)[:, 1:]
    field /= np.maximum(ndimage.maximum_filter(field, 3), MIN_RIDGE)
    low, high = np.float32(LEVEL - CLEARANCE), np.float32(LEVEL + CLEARANCE)
    field = np.where(cells[:, floor:], np.maximum(field, high), np.minimum(field, low))
    feet = cells[:, floor]
    field[:, 0][feet] = field[:, 0][feet].max()
    return np.pad(field, [(0, 0), (floor, 0), (0, 0)]), LEVEL


def _spread(field: np.ndarray) -> np.ndarray:
    """Give a share of each value to its neighbours, one axis after the other; 0 outside."""
    for axis in range(3):
        lines = np.moveaxis(field, axis, 0)
        spread = (1 - 2 * SPREAD) * lines
        spread[1:] += SPREAD * lines[:-1]
        spread[:-1] += SPREAD * lines[1:]
        field = np.moveaxis(spread, 0, axis)
    return field
