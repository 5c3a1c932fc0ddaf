"""Grids and comparisons that the tests of meshes share."""

import numpy as np
import trimesh
from scipy import ndimage

RNG_SEED = 7


def chair(side: int = 32) -> np.ndarray:
    """Probabilities of a chair whose back is at -z; soft edges, as a network's are."""
    grid = np.zeros((side,) * 3, np.float32)
    cell = side // 32

    def box(x0, x1, y0, y1, z0, z1):
        low, high = np.array([x0, y0, z0]) * cell, np.array([x1, y1, z1]) * cell
        grid[low[0] : high[0], low[1] : high[1], low[2] : high[2]] = 1

    box(8, 24, 14, 17, 8, 24)
    box(8, 24, 17, 32, 8, 11)
    for x in (8, 21):
        for z in (8, 21):
            box(x, x + 3, 0, 14, z, z + 3)
    return ndimage.gaussian_filter(grid, 0.7 * cell)


def ball(side: int, radius: float) -> np.ndarray:
    """Probabilities that fall linearly from 1 to 0 across the surface of a ball, in cells."""
    axis = np.arange(side) - (side - 1) / 2
    distance = np.sqrt(sum(np.meshgrid(axis**2, axis**2, axis**2, indexing="ij")))
    return np.clip(radius - distance + 0.5, 0, 1).astype(np.float32)


def random_colors(shape: tuple[int, ...]) -> np.ndarray:
    """(*shape, 3) uint8, the same at each call."""
    return np.random.default_rng(RNG_SEED).integers(0, 256, (*shape, 3), dtype=np.uint8)


def index_colors(shape: tuple[int, ...]) -> np.ndarray:
    """(*shape, 3) uint8: the colour of a cell is its index."""
    return np.moveaxis(np.indices(shape), 0, -1).astype(np.uint8)


def to_srgb(linear: np.ndarray) -> np.ndarray:
    """glTF's linear colours on the scale of sRGB bytes, 0 to 255, not rounded."""
    linear = np.asarray(linear, np.float64)
    curve = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return 255 * curve


def sorted_rows(array: np.ndarray) -> np.ndarray:
    """The rows in a fixed order, to compare sets of points."""
    array = np.round(np.asarray(array, np.float64), 5) + 0.0
    return array[np.lexsort(array.T)]


def same_colored_points(mesh: trimesh.Trimesh, other: trimesh.Trimesh) -> bool:
    """True if both meshes have the same set of coloured vertices."""
    one, two = (
        sorted_rows(np.column_stack([m.vertices, m.visual.vertex_colors[:, :3]]))
        for m in (mesh, other)
    )
    return one.shape == two.shape and np.allclose(one, two, atol=2e-5)
