"""Moves pieces on the floor until none stands in another one.

    places = separate(shapes, room.places)   # (N, 2) metres

All pieces are drawn into one grid of the room, the largest first. A piece whose cells are taken
goes to the nearest free place; a way along its ray counts less than one across it, because the
photo tells the direction of a piece better than its distance.
"""

from dataclasses import dataclass
from functools import cached_property
from math import ceil, cos, sin

import numpy as np

CELL = 0.03  # metres, of the room's grid
REACH = 2.0  # metres, farthest move that is tried
SAMPLE = 50  # every so many cells one is tested first; all are tested if these are free
RAY_COST = 0.4  # of a metre along the ray of a piece, against one across it


@dataclass(frozen=True)
class SolidShape:
    """The solid cells of a piece that stands at x = z = 0, turned, its feet at y = 0."""

    solid: np.ndarray  # (X, Y, Z) bool, in the piece's own frame
    meters: float  # longest side of the grid
    yaw: float  # radians

    @cached_property
    def cells(self) -> np.ndarray:
        """(K, 3) int, different cells of the room's grid that the piece fills at the origin."""
        side = self.meters / max(self.solid.shape)
        parts = max(ceil(1.5 * side / CELL), 1)  # points along a cell: turned cells leave no gaps
        inner = (np.arange(parts) + 0.5) / parts
        raised = self._raised(side, inner)  # (Y', X, Z)
        x, z = np.nonzero(raised.any(axis=0))
        grid = np.stack(np.meshgrid(inner, [0.0], inner, indexing="ij"), axis=-1).reshape(-1, 3)
        corner = np.stack([x - self.solid.shape[0] / 2, 0 * x, z - self.solid.shape[2] / 2], axis=1)
        points = turned((corner[:, None] + grid) * side, self.yaw)[..., [0, 2]]
        places = np.floor(points / CELL).astype(int)  # (columns, points, 2)
        low = places.min(axis=(0, 1))
        size = places.max(axis=(0, 1)) - low + 1
        filled = np.zeros((*size, len(raised)), bool)
        for k in range(places.shape[1]):  # one point of all columns: two may share a place
            i, j = (places[:, k] - low).T
            np.logical_or.at(filled, (i, j), raised[:, x, z].T)
        lowest = np.array([low[0], 0, low[1]])
        return np.argwhere(filled.transpose(0, 2, 1)) + lowest

    def _raised(self, side: float, inner: np.ndarray) -> np.ndarray:
        """Return the solid cells (Y', X, Z) with layers of the room's grid, feet at 0."""
        layers = np.moveaxis(self.solid, 1, 0)[self.solid.any(axis=(0, 2)).argmax() :]
        heights = ((np.arange(len(layers))[:, None] + inner) * side / CELL).astype(int)
        raised = np.zeros((heights.max() + 1, *layers.shape[1:]), bool)
        for layer, levels in zip(layers, heights, strict=True):
            raised[np.unique(levels)] |= layer
        return raised


def turned(points: np.ndarray, yaw: float) -> np.ndarray:
    """Return points (..., 3) turned about y by an angle in radians."""
    c, s = cos(yaw), sin(yaw)
    x, y, z = np.moveaxis(points, -1, 0)
    return np.stack([c * x + s * z, y, c * z - s * x], axis=-1)


def separate(shapes: list[SolidShape], places: np.ndarray) -> np.ndarray:
    """Return places at which no two pieces share a cell.

    Parameters
    ----------
    shapes : list of SolidShape
        N pieces.
    places : (N, 2) float
        x and z of their middles, metres; the camera is at 0, 0.

    Returns
    -------
    (N, 2) float
        A piece that finds no free place within REACH stays where it is.
    """
    room = RoomGrid(shapes, places)
    moved = places.copy()
    order = sorted(range(len(shapes)), key=lambda i: -len(shapes[i].cells))
    for i in order:
        moved[i] = room.free_place(shapes[i], places[i])
        room.fill(shapes[i], moved[i])
    return moved


class RoomGrid:
    """Cells of the room that pieces fill."""

    def __init__(self, shapes: list[SolidShape], places: np.ndarray):
        at = np.floor(places / CELL).astype(int)
        low = np.min([s.cells.min(axis=0)[[0, 2]] + p for s, p in zip(shapes, at, strict=True)], 0)
        high = np.max([s.cells.max(axis=0)[[0, 2]] + p for s, p in zip(shapes, at, strict=True)], 0)
        reach = ceil(REACH / CELL) + 1
        self.origin = np.array([low[0] - reach, 0, low[1] - reach])
        top = max(s.cells[:, 1].max() for s in shapes) + 1
        width, depth = high - low + 2 * reach + 1
        self.taken = np.zeros((width, top, depth), bool)

    def fill(self, shape: SolidShape, place: np.ndarray) -> None:
        """Mark the cells of a piece as taken."""
        self.taken[tuple((shape.cells + self._steps(place)).T)] = True

    def free_place(self, shape: SolidShape, place: np.ndarray) -> np.ndarray:
        """Return the cheapest place (2,) at which no cell of a piece is taken."""
        start = shape.cells + self._steps(place)
        strides = np.array(self.taken.strides)  # of one byte a cell
        flat, taken = start @ strides, self.taken.ravel()
        if not taken[flat].any():
            return place
        few = flat[::SAMPLE]  # most taken places are found by a few cells
        moves = moves_from(place)
        for move, step in zip(moves, moves @ strides[[0, 2]], strict=True):
            if not taken[few + step].any() and not taken[flat + step].any():
                return place + move * CELL
        return place

    def _steps(self, place: np.ndarray) -> np.ndarray:
        """Return the whole cells (3,) from the grid's first cell to a place."""
        x, z = np.floor(place / CELL).astype(int)
        return np.array([x, 0, z]) - self.origin


def moves_from(place: np.ndarray) -> np.ndarray:
    """Return moves (M, 2) in whole cells, the cheapest first; the first one is no move."""
    reach = int(REACH / CELL)
    x, z = (v.ravel() for v in np.mgrid[-reach : reach + 1, -reach : reach + 1])
    ray = place / max(np.linalg.norm(place), 1e-6)
    along, across = x * ray[0] + z * ray[1], x * ray[1] - z * ray[0]
    cost = np.hypot(RAY_COST * along, across)
    kept = np.hypot(x, z) <= reach
    order = np.argsort(cost[kept], kind="stable")
    return np.stack([x[kept], z[kept]], axis=1)[order]
