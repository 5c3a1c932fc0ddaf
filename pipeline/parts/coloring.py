"""Colours and surfaces of parts: one colour for equal parts, from the photo's colours of the grid.

    colors = part_colors(parts, result.surface_colors, {})   # (P, 3) uint8 sRGB
    surface_of("metal").roughness, surface_of("metal").metallic

Each part looks up the colours of the surface cells near its own surface. The result is a weighted
median of each channel, so that a shadow or a neighbour's colour on less than half of the part has
no effect. Cells that the photo shows outweigh those whose colour is an estimate.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from geometry.photo_colors import MOST_SHOWN, SurfaceColors, weighted_median
from pipeline.parts.meshes import PartMesh

SAMPLES = 300  # points on the surface of a part; more change no byte of the median
NEIGHBORS = 4  # surface cells that lend their colour to a point
REACH = 1.0  # cells; distance at which the weight of a cell falls to 1 / e
HIDDEN_WEIGHT = 0.02  # of a cell that no photo shows; that of a visible one is 1
MIN_WEIGHT = 1e-6  # of a cell; parts far from the predicted surface take the nearest colours


class Surface(NamedTuple):
    """How a material reflects light, as glTF means it."""

    roughness: float
    metallic: float


SURFACES = {
    "wood": Surface(0.6, 0.0),
    "fabric": Surface(0.95, 0.0),
    "leather": Surface(0.5, 0.0),
    "metal": Surface(0.35, 1.0),
    "plastic": Surface(0.45, 0.0),
    "painted": Surface(0.4, 0.0),
    "glass": Surface(0.1, 0.0),
    "stone": Surface(0.5, 0.0),
    "paper": Surface(0.9, 0.0),
}


def surface_of(material: str) -> Surface:
    """Returns the surface of a material of `furniture.primitives.MATERIALS`; matt if unknown."""
    return SURFACES.get(material, Surface(1.0, 0.0))


def part_colors(
    parts: Sequence[PartMesh],
    colors: SurfaceColors,
    known: Mapping[tuple[str, str], tuple[int, int, int]],
) -> np.ndarray:
    """Returns one colour for each part.

    Parameters
    ----------
    parts : sequence of PartMesh
        In the frame of the grid: the unit cube around the origin.
    colors : SurfaceColors
        Of the prediction; its surface cells count.
    known : mapping of (str, str) to tuple of int
        Colours by part and material that are kept.

    Returns
    -------
    (P, 3) uint8
        sRGB. Parts of the same name and material have the same colour.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    for i, part in enumerate(parts):
        groups.setdefault((part.part, part.material), []).append(i)
    result = np.empty((len(parts), 3), np.uint8)
    look_up = None
    for key, members in groups.items():
        if key in known:
            result[members] = known[key]
            continue
        look_up = look_up or ColorLookup(colors)
        result[members] = look_up.median(
            np.concatenate([surface_points(parts[i]) for i in members])
        )
    return result


class ColorLookup:
    """The colours of surface cells by their position.

    Parameters
    ----------
    colors : SurfaceColors
    """

    def __init__(self, colors: SurfaceColors) -> None:
        cells = np.argwhere(colors.is_colored)
        self.side = max(colors.colors.shape[:3])
        self.tree = cKDTree((cells + 0.5) / self.side - 0.5)
        self.values = colors.colors[tuple(cells.T)].astype(float)
        self.weights = HIDDEN_WEIGHT + (colors.shown[tuple(cells.T)] - 1.0) / (MOST_SHOWN - 1)

    def median(self, points: np.ndarray) -> list[float]:
        """Returns the weighted median of each channel near the points (N, 3)."""
        distance, index = self.tree.query(points, min(NEIGHBORS, len(self.values)))
        weights = np.exp(-np.square(distance * self.side / REACH)) + MIN_WEIGHT
        weights = (weights * self.weights[index]).ravel()
        near = self.values[index].reshape(-1, 3)
        return [weighted_median(channel, weights) for channel in near.T]


def surface_points(part: PartMesh) -> np.ndarray:
    """Returns points (SAMPLES, 3) spread evenly over the surface of a part, always the same."""
    a, b, c = (part.vertices[part.faces[:, i]] for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    rng = np.random.default_rng(0)
    face = rng.choice(len(area), SAMPLES, p=area / area.sum())
    u, v = rng.random((2, SAMPLES, 1))
    u, v = np.where(u + v > 1, (1 - u, 1 - v), (u, v))
    return a[face] + u * (b - a)[face] + v * (c - a)[face]
