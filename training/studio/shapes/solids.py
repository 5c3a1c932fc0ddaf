"""Triangles to solid cells: the cells that a surface crosses, and those that it encloses.

    grid = fill_surface(vertices, faces, 128)      # closed: solid; open: thin walls

The points that are tested on each triangle are so dense that no path from cell to neighbouring cell
leads through a surface without a hole. A closed mesh is therefore filled however large it is, and a
mesh with a hole of more than one cell stays a wall of one cell.
"""

from collections.abc import Iterator

import numpy as np

# cells between the tested points; every point of a surface is within 0.36 cells of one
SPACING = 0.5
POINTS_PER_CALL = 2_000_000  # bounds memory: 48 MB of points


def fill_surface(vertices: np.ndarray, faces: np.ndarray, side: int) -> np.ndarray:
    """Fills a surface in the unit cube.

    Parameters
    ----------
    vertices : numpy.ndarray
        (V, 3) float in [-0.5, 0.5].
    faces : numpy.ndarray
        (F, 3) int, at least one triangle.
    side : int
        Cells a side of the grid.

    Returns
    -------
    numpy.ndarray
        (side, side, side) bool.
    """
    from scipy.ndimage import binary_fill_holes

    grid = np.zeros((side,) * 3, bool)
    for points in _surface_points(np.asarray(vertices, np.float64)[faces], SPACING / side):
        cells = ((points + 0.5) * side).astype(np.int64).clip(0, side - 1)
        grid[tuple(cells.T)] = True
    return binary_fill_holes(grid)


def _surface_points(triangles: np.ndarray, spacing: float) -> Iterator[np.ndarray]:
    """Yields points (N, 3) of triangles (F, 3, 3), at most `spacing` apart.

    A triangle is covered by rows that are parallel to its longest side.
    """
    triangles = _longest_side_first(triangles)
    a, b, c = triangles.swapaxes(0, 1)
    base = np.linalg.norm(b - a, axis=1)
    height = np.linalg.norm(np.cross(b - a, c - a), axis=1) / np.maximum(base, 1e-12)
    steps = np.ceil(np.stack([base, height], axis=1) / spacing).astype(int).clip(1)  # (F, 2)
    shapes, group = np.unique(steps, axis=0, return_inverse=True)
    order, ends = np.argsort(group.ravel(), kind="stable"), np.bincount(group.ravel()).cumsum()
    for (columns, rows), members in zip(shapes, np.split(order, ends[:-1]), strict=True):
        s, t = (axis.ravel()[:, None] for axis in np.mgrid[: columns + 1, : rows + 1])
        s, t = s / columns, t / rows  # (P, 1) along the row, and from the longest side to the apex
        count = max(1, POINTS_PER_CALL // len(s))
        for start in range(0, len(members), count):
            some = members[start : start + count, None]  # (M, 1)
            low, high = a[some] + (c - a)[some] * t, b[some] + (c - b)[some] * t  # (M, P, 3)
            yield (low + (high - low) * s).reshape(-1, 3)


def _longest_side_first(triangles: np.ndarray) -> np.ndarray:
    """Rotates the corners of each triangle so that the first side is the longest."""
    lengths = np.linalg.norm(np.roll(triangles, -1, axis=1) - triangles, axis=2)  # (F, 3)
    corners = (lengths.argmax(axis=1)[:, None] + np.arange(3)) % 3
    return np.take_along_axis(triangles, corners[..., None], axis=1)
