"""Joins the loose parts of a grid along the most probable cells, or leaves them out.

    body = join_parts(occupancy, solid)
    body.cells, body.struts, body.joined, body.dropped

A leg that the network interrupts, or an armrest that hangs in the air, is furniture: the cells of
the gap are less probable than the threshold, but more probable than other empty cells. The strut
follows them. Small parts that are far away in this sense are left out.
"""

from typing import NamedTuple

import numpy as np
from scipy import ndimage
from skimage.graph import MCP

from geometry.grids import EDGE_CONNECTIVITY, bounding_box

# Share of the largest part's cells below which a part is always left out: a few noisy cells.
MIN_SHARE = 0.003
# Share above which a part is always joined, however far it is: it is no crumb.
MAX_CRUMB_SHARE = 0.03
MAX_CRUMB_COST = 14.0  # of a strut for a part between these shares: 5 cells at probability 0.1
MAX_PARTS = 16  # joined at most; each takes 2 to 10 ms. No dev photograph has more than 6.
MIN_PROBABILITY = 0.001  # of a cell in the cost: a strut may cross space that is surely empty
CELL_COST = 0.3  # of each cell in addition to -log(probability): short struts win near ties


class Body(NamedTuple):
    """Solid cells of one piece."""

    cells: np.ndarray  # (X, Y, Z) bool, one part
    struts: np.ndarray  # (X, Y, Z) bool, the cells that were added
    joined: int  # parts that got a strut
    dropped: int  # parts that were left out


def join_parts(
    occupancy: np.ndarray, solid: np.ndarray, connectivity: np.ndarray = EDGE_CONNECTIVITY
) -> Body:
    """Join the parts of a grid to the largest one.

    Parameters
    ----------
    occupancy : (X, Y, Z) float32
        Probability in [0, 1] that a cell is solid.
    solid : (X, Y, Z) bool
        Solid cells, at least one.
    connectivity : (3, 3, 3) bool
        Neighbours that belong to one part, as `scipy.ndimage.label` takes them.

    Returns
    -------
    Body
        Struts are one cell thick and their cells share faces.
    """
    box = bounding_box(solid)
    labels, count = ndimage.label(solid[box], connectivity)
    if count == 1:
        return Body(solid, np.zeros_like(solid), 0, 0)
    cells, struts, joined = _join(occupancy[box], labels)
    body = Body(np.zeros_like(solid), np.zeros_like(solid), joined, count - 1 - joined)
    body.cells[box], body.struts[box] = cells, struts
    return body


def _join(occupancy: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Cells of one body, the struts among them, and the number of parts that were joined."""
    shares = np.bincount(labels.ravel()).astype(float)
    shares[0] = 0  # label 0 is the empty space
    shares /= shares.max()
    order = np.argsort(-shares, kind="stable")
    body, struts = labels == order[0], np.zeros(labels.shape, bool)
    waiting = [part for part in order[1 : MAX_PARTS + 1] if shares[part] >= MIN_SHARE]
    cost = CELL_COST - np.log(np.clip(occupancy, MIN_PROBABILITY, 1))
    start = tuple(np.argwhere(body)[0])
    joined = 0
    while waiting:
        # The body costs nothing, so that one start is as good as all its cells, and much faster.
        paths = MCP(np.where(body, 0, cost), fully_connected=False)
        ends = np.argwhere(np.isin(labels, waiting))
        total, _ = paths.find_costs([start], ends, find_all_ends=False)  # ends at the nearest part
        prices = total[tuple(ends.T)]
        end, price = tuple(ends[np.argmin(prices)]), prices.min()
        part = labels[end]
        waiting.remove(part)
        if shares[part] < MAX_CRUMB_SHARE and price > MAX_CRUMB_COST:
            if shares[waiting].max(initial=0) < MAX_CRUMB_SHARE:
                break  # the other parts are crumbs that lie no nearer
            continue
        cells, path = labels == part, np.zeros_like(body)
        path[_outer_path(paths.traceback(end), body)] = True
        struts |= path & (labels == 0)
        body |= cells | path
        joined += 1
    return body, struts, joined


def _outer_path(path: list[tuple[int, ...]], body: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the indices of the path's cells from the last one in the body on."""
    cells = np.array(path)
    last = np.flatnonzero(body[tuple(cells.T)])[-1]
    return tuple(cells[last:].T)
