"""Surfaces of a whole piece with short edges, for pictures whose light is computed per vertex.

    surfaces = FineSurfaces(edge=0.1)
    meshes = surfaces.of(furniture)          # [PrimitiveMesh, ...]
    meshes = surfaces.of(taller_furniture)   # only changed primitives take time

A tenth of the time that booleans of the same primitives take. The primitives overlap where they are
joined, and neighbouring faces need not share their vertices, so that the result is drawn and not
printed.
"""

import numpy as np

from furniture.meshes import PrimitiveMesh, bent, surface_rings
from furniture.primitives import BEND, CENTER, CORNER, EDGE, HALF, KIND, ROTATION, TAPER, Furniture

SHAPE = [CORNER, EDGE, BEND, KIND]  # columns that make a shape, beside HALF and TAPER
MAX_STEPS = 64  # into which one edge is divided; a piece has a longest side of 1


class FineSurfaces:
    """Surfaces of the primitives of one piece whose parameters change.

    A primitive that has the same size in metres as one of the call before keeps its surface.

    Parameters
    ----------
    edge : float
        Longest edge along the sides of a face, in longest sides of the piece; diagonals are longer.
    """

    def __init__(self, edge: float) -> None:
        self.edge = edge
        self._known: dict[bytes, tuple[PrimitiveMesh, float]] = {}  # with the scale of its call

    def of(self, furniture: Furniture) -> list[PrimitiveMesh]:
        """Returns the surface of each primitive of a piece, in the frame of its `primitives()`.

        Those of equal primitives share their faces. Signs are not read.
        """
        known: dict[bytes, tuple[PrimitiveMesh, float]] = {}  # two threads may be here
        surfaces = []
        for row, metric in zip(furniture.primitives(), furniture.rows, strict=True):
            row, metric = row.astype(np.float64), metric.astype(np.float64)
            scale = row[HALF].max() / metric[HALF].max()
            key = np.concatenate([metric[HALF], metric[TAPER], metric[SHAPE]]).tobytes()
            kept = known.get(key) or self._known.get(key)
            known[key] = kept or (_local_surface(row, self.edge), scale)
            (vertices, faces, normals), known_scale = known[key]
            rotation = row[ROTATION].reshape(3, 3)  # local = rotation @ (point - center)
            vertices = vertices * (scale / known_scale) @ rotation + row[CENTER]
            surfaces.append(PrimitiveMesh(vertices, faces, normals @ rotation))
        self._known = known
        return surfaces


def _local_surface(row: np.ndarray, edge: float) -> PrimitiveMesh:
    """The surface of one primitive around its own origin, its sides before its two caps."""
    rings = np.stack(surface_rings(row))  # points and normals (2, K, M, 3)
    half = rings.shape[2] // 2
    front, back = rings[:, :, :half], rings[:, :, : half - 1 : -1]  # mirror images
    columns = _places(_steps(front[0], edge, axis=1))
    grids = [_sides(rings, columns, edge)]
    for end in (0, -1):
        across = np.stack([front[:, end], back[:, end]], axis=1)  # (2, 2, M / 2, 3)
        over = _places(_steps(across[0], edge, axis=0))
        grids.append(_between(_between(across, columns, 2), over, 1))
    faces = [_grid_faces(*grid.shape[1:3]) for grid in grids]
    faces[1] = faces[1][:, ::-1]  # the lower cap faces down
    counts = [grid.shape[1] * grid.shape[2] for grid in grids]
    starts = np.cumsum([0, *counts[:-1]])
    points, normals = np.concatenate([grid.reshape(2, -1, 3) for grid in grids], axis=1)
    points, normals = bent(points, normals, row[BEND])
    normals = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    return PrimitiveMesh(
        points, np.concatenate([f + s for f, s in zip(faces, starts, strict=True)]), normals
    )


def _sides(rings: np.ndarray, columns: np.ndarray, edge: float) -> np.ndarray:
    """The rings (2, K, M, 3) with rows and columns in between; the first column again at the end.

    The columns of both halves are the same, so that they meet those of the caps.
    """
    closed = np.concatenate([rings, rings[:, :, :1]], axis=2)
    half = rings.shape[2] // 2
    middle = _places(_steps(closed[0, :, half - 1 : half + 1], edge, axis=1))
    end = _places(_steps(closed[0, :, -2:], edge, axis=1))
    back = 2 * half - 1 - columns[::-1]
    around = [columns[:-1], half - 1 + middle[:-1], back[:-1], 2 * half - 1 + end]
    rows = _places(_steps(rings[0], edge, axis=0))
    return _between(_between(closed, np.concatenate(around), 2), rows, 1)


def _steps(points: np.ndarray, edge: float, axis: int) -> np.ndarray:
    """Numbers of steps (n - 1,) between neighbours along an axis, so that none exceeds `edge`."""
    length = np.linalg.norm(np.diff(points, axis=axis), axis=-1).max(axis=1 - axis)
    return np.clip(np.ceil(length / edge), 1, MAX_STEPS).astype(int)


def _places(steps: np.ndarray) -> np.ndarray:
    """Positions between neighbours that are divided into steps; whole numbers are neighbours."""
    index = np.repeat(np.arange(len(steps)), steps)
    starts = np.repeat(np.cumsum(steps) - steps, steps)
    return np.append(index + (np.arange(len(index)) - starts) / steps[index], len(steps))


def _between(array: np.ndarray, places: np.ndarray, axis: int) -> np.ndarray:
    """The values at places along an axis, linear between neighbours."""
    low = np.minimum(places.astype(int), array.shape[axis] - 2)
    share = (places - low).reshape(-1, *(1,) * (array.ndim - axis - 1))
    return array.take(low, axis) * (1 - share) + array.take(low + 1, axis) * share


def _grid_faces(rows: int, columns: int) -> np.ndarray:
    """Triangles of a grid of points."""
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    triangles = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)])
    return triangles.reshape(-1, 3)
