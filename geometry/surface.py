"""Extracts the surface of a grid: marching cubes or the faces of cubes.

    surface = smooth_surface(occupancy, np.float32(threshold))
    surface = block_surface(solid)

Coordinates are in cells from the corner of the grid. `meshing.py` scales and places the surface.
"""

from typing import NamedTuple

import numpy as np
from skimage.measure import marching_cubes

# Minimum difference between a probability and the threshold. Without it, vertices may coincide at
# the centre of a cell and be merged when a file is read, which breaks the surface. 1e-4 of a cell
# is not visible.
CLEARANCE = np.float32(1e-4)
# The six faces of a cube: outward normals, and corners counter-clockwise from outside.
FACE_NORMALS = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
CUBE_FACE_CORNERS = np.array(
    [
        [[1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 0, 1]],
        [[0, 0, 0], [0, 0, 1], [0, 1, 1], [0, 1, 0]],
        [[0, 1, 0], [0, 1, 1], [1, 1, 1], [1, 1, 0]],
        [[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]],
        [[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]],
        [[0, 0, 0], [0, 1, 0], [1, 1, 0], [1, 0, 0]],
    ]
)


class Surface(NamedTuple):
    """A triangle mesh in the coordinates of a grid."""

    vertices: np.ndarray  # (V, 3) float or int, in cells from the corner of the grid
    faces: np.ndarray  # (F, 3) int, counter-clockwise from outside
    normals: np.ndarray  # (V, 3) float64, unit length
    cells: np.ndarray  # (V,) int, flat index of the solid cell at each vertex


def smooth_surface(occupancy: np.ndarray, threshold: np.float32) -> Surface:
    """Extract the surface where the interpolated probability equals the threshold.

    Marching cubes (Lorensen and Cline) on the field `threshold - probability`. With this sign the
    classic tables connect solid cells that share only an edge, which holds thin slanted legs
    together. skimage's default, the tables of Lewiner, leaves edges with four faces at ties.

    Parameters
    ----------
    occupancy : (X, Y, Z) float32
        Probability in [0, 1]. Cells outside the grid are empty.
    threshold : float32

    Returns
    -------
    Surface
        Closed; faces share vertices.
    """
    field = np.pad(threshold - occupancy, 1, constant_values=threshold)
    field = np.where(np.abs(field) < CLEARANCE, np.copysign(CLEARANCE, field), field)
    vertices, faces, _, _ = marching_cubes(
        field, 0, method="lorensen", gradient_direction="descent", mask=_surface_cubes(field < 0)
    )
    cells = _solid_cells(vertices, field, occupancy.shape)
    return Surface(vertices - 0.5, faces, vertex_normals(vertices, faces), cells)


def block_surface(solid: np.ndarray) -> Surface:
    """Extract one square, as two triangles, for each face between a solid and an empty cell.

    Parameters
    ----------
    solid : (X, Y, Z) bool
        Cells outside the grid are empty.

    Returns
    -------
    Surface
        Squares share no vertices, so that each has one colour and one normal.
    """
    padded = np.pad(solid, 1)
    windows = [
        [slice(1 + step, 1 + step + n) for step, n in zip(normal, solid.shape, strict=True)]
        for normal in FACE_NORMALS
    ]
    exposed = [np.flatnonzero(solid & ~padded[tuple(window)]) for window in windows]
    sides = np.repeat(np.arange(6), [len(cells) for cells in exposed])  # (S,)
    cells = np.concatenate(exposed)
    indices = np.stack(np.unravel_index(cells, solid.shape), axis=1)  # (S, 3)
    vertices = (indices[:, None] + CUBE_FACE_CORNERS[sides]).reshape(-1, 3)  # (S, 4, 3) -> (4 S, 3)
    faces = (4 * np.arange(len(cells))[:, None] + [0, 1, 2, 0, 2, 3]).reshape(-1, 3)
    normals = FACE_NORMALS[sides].repeat(4, axis=0).astype(float)
    return Surface(vertices, faces, normals, cells.repeat(4))


def _surface_cubes(solid: np.ndarray) -> np.ndarray:
    """Mask of the cubes that the surface crosses; marching cubes skips the others.

    A cube has eight neighbouring cells as corners. skimage indexes it by its highest corner.
    """
    any_solid, all_solid = solid, solid
    for axis in range(3):
        low = (slice(None),) * axis + (slice(None, -1),)
        high = (slice(None),) * axis + (slice(1, None),)
        any_solid = any_solid[low] | any_solid[high]
        all_solid = all_solid[low] & all_solid[high]
    mask = np.zeros(solid.shape, bool)
    mask[1:, 1:, 1:] = any_solid & ~all_solid
    return mask


def _solid_cells(vertices: np.ndarray, field: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(V,) flat index, in a grid of `shape`, of the solid cell at each vertex.

    Each vertex lies on the line between the centres of a solid and an empty cell of the padded
    field.
    """
    low = vertices.astype(np.intp)
    _, ny, nz = field.shape
    strides = [ny * nz, nz, 1]
    start, step = low @ strides, (vertices > low) @ strides
    x, y, z = np.unravel_index(start + step * (field.ravel()[start] >= 0), field.shape)
    return ((x - 1) * shape[1] + y - 1) * shape[2] + z - 1


def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return unit normals, the area-weighted means of the faces around each vertex.

    Parameters
    ----------
    vertices : (V, 3) float
    faces : (F, 3) int

    Returns
    -------
    (V, 3) float64

    Notes
    -----
    skimage's normals, from the gradient of the probabilities, are up to 32 degrees off on a ball
    of 13 cells, because the probabilities saturate; these are 7 degrees off. trimesh's computation
    takes five times as long.
    """
    columns, corners = np.ascontiguousarray(vertices.T), np.ascontiguousarray(faces.T)
    a, b, c = (columns[:, corner] for corner in corners)
    (ux, uy, uz), (vx, vy, vz) = b - a, c - a
    cross = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx  # length: twice the area
    vertex = corners.ravel().astype(np.intp)
    sums = np.stack([np.bincount(vertex, np.tile(axis, 3), len(vertices)) for axis in cross])
    return (sums / np.maximum(np.sqrt((sums**2).sum(axis=0)), 1e-12)).T
