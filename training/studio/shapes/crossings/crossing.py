"""A crossing: a CAD model with one part replaced by that of another model of its category.

crossing, reason = cross(main, donor, "base")        # main's seat and back on donor's legs
crossing = draw_crossing(models, np.random.default_rng(0))

The main model keeps its coordinates outside `region`; inside, the donor is scaled along the axes
and moved so that its part fits. Everything is decided on the CPU from packed cells, so that a
sequence of crossings is the same on every device.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from geometry.grids import solid_bounds
from training.studio.shapes.cad import CLUSTERS, PACKED_SIDE, CadModel
from training.studio.shapes.crossings.checks import rejection
from training.studio.shapes.crossings.cuts import CABINETS, Cut

KINDS = ("base", "upper", "insert")
MAX_ASPECT = 1.6  # ratio of the donor's scales along x and z
MAX_CABINET_ASPECT = 2.2  # boards may be stretched further than legs
MAX_SCALE = 2.0  # of the donor along an axis, and its inverse
MAX_BODY_LEGS = 0.35  # height of legs below a body that had none, as a share of the body's
ATTEMPTS = 6  # pairs that are tried for one crossing


@dataclass
class Crossing:
    """Two models and how they are joined."""

    main: CadModel
    donor: CadModel
    kind: str
    scale: np.ndarray  # (3,) of the donor
    offset: np.ndarray  # (3,): main coordinates = scale * donor coordinates + offset
    low: np.ndarray  # (3,) region of the donor in main coordinates; -inf and inf where open
    high: np.ndarray

    @property
    def name(self) -> str:
        """Names of both models."""
        return f"{self.main.name}+{self.kind}+{self.donor.name}"

    @property
    def textured(self) -> bool:
        """True if both models have colours of their own."""
        return self.main.textured and self.donor.textured

    @property
    def part_offset(self) -> int:
        """Number that is added to the donor's clusters; plain models share their materials."""
        return CLUSTERS if self.textured else 0

    @property
    def colors(self) -> np.ndarray:
        """Colours of the clusters of both models, (2 * CLUSTERS, 3) float32 sRGB."""
        return np.concatenate([self.main.colors, self.donor.colors])

    @cached_property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Corners (3,) of the bounding box, in main coordinates."""
        low, high = zip(*(piece.bounds() for piece in self.pieces), strict=True)
        return np.min(low, axis=0), np.max(high, axis=0)

    @property
    def cube(self) -> tuple[np.ndarray, float]:
        """Centre (3,) and side of the unit cube of the crossing, in main coordinates."""
        low, high = self.bounds
        return (low + high) / 2, float((high - low).max())

    @cached_property
    def pieces(self) -> tuple["PlacedSolid", "PlacedSolid"]:
        """Solid cells that main and donor contribute, with their places."""
        main, donor = self.main.solid, self.donor.solid
        main[_cells(self.low, self.high)] = False
        kept = np.zeros_like(donor)
        inside = _cells(
            (self.low - self.offset) / self.scale, (self.high - self.offset) / self.scale
        )
        kept[inside] = donor[inside]
        return PlacedSolid(main, np.ones(3), np.zeros(3)), PlacedSolid(
            kept, self.scale, self.offset
        )


@dataclass
class PlacedSolid:
    """Solid cells (N, N, N) bool of a unit cube that is scaled and moved."""

    solid: np.ndarray
    scale: np.ndarray
    offset: np.ndarray

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Corners (3,) of the bounding box."""
        low, high = (edge / PACKED_SIDE - 0.5 for edge in solid_bounds(self.solid))
        return low * self.scale + self.offset, high * self.scale + self.offset

    def sample(self, axes: Sequence[np.ndarray]) -> np.ndarray:
        """Looks up the cells at the points of a grid; `axes` are its coordinates along x, y, z."""
        grid = self.solid
        for i in sorted(range(3), key=lambda axis: len(axes[axis])):  # few layers first
            index = np.floor(((axes[i] - self.offset[i]) / self.scale[i] + 0.5) * PACKED_SIDE)
            grid = grid.take(index.astype(int).clip(0, PACKED_SIDE - 1), axis=i)
            outside = np.flatnonzero((index < 0) | (index >= PACKED_SIDE))
            grid[(slice(None),) * i + (outside,)] = False
        return grid


def _cells(low: np.ndarray, high: np.ndarray) -> tuple[slice, slice, slice]:
    """Slices of the packed cells whose centres lie in a box."""
    first = np.ceil((np.array(low) + 0.5) * PACKED_SIDE - 0.5).clip(0, PACKED_SIDE)
    end = np.ceil((np.array(high) + 0.5) * PACKED_SIDE - 0.5).clip(0, PACKED_SIDE)
    return tuple(slice(int(a), int(b)) for a, b in zip(first, end, strict=True))


def cross(main: CadModel, donor: CadModel, kind: str) -> tuple[Crossing | None, str]:
    """Joins two models.

    Parameters
    ----------
    main, donor : CadModel
        Models of one category.
    kind : str
        Part of `find_cuts` that the donor gives.

    Returns
    -------
    crossing : Crossing or None
        None if the models cannot be joined.
    reason : str
        Empty, or "no part" or "proportions".
    """
    own, other = main.cuts.get(kind), donor.cuts.get(kind)
    if own is None or other is None or other.extent.min() <= 0:
        return None, "no part"
    scale = np.ones(3)
    scale[[0, 2]] = (own.extent / other.extent)[[0, 2]]
    same_size = (scale[0] * scale[2]) ** 0.5  # the donor enlarged as a whole
    replaced = own.extent[1] / other.extent[1]  # the height of the part that is replaced
    if kind == "insert":
        scale[1] = replaced
    else:
        scale[1] = (same_size * replaced) ** 0.5 if replaced else same_size
    aspect = scale[0] / scale[2]
    most = MAX_CABINET_ASPECT if main.category in CABINETS else MAX_ASPECT
    if max(aspect, 1 / aspect) > most or max(*scale, *(1 / scale)) > MAX_SCALE:
        return None, "proportions"
    if not replaced and other.extent[1] * scale[1] > MAX_BODY_LEGS * _height_above(main, own):
        return None, "proportions"
    offset = (own.low + own.high) / 2 - scale * (other.low + other.high) / 2
    if kind == "base":
        offset[1] = own.high[1] - scale[1] * other.high[1]
    if kind == "upper":
        offset[1] = own.low[1] - scale[1] * other.low[1]
    return Crossing(main, donor, kind, scale, offset, *_region(own, kind)), ""


def _height_above(model: CadModel, base: Cut) -> float:
    """Height of a model above its base."""
    return float(model.vertices[:, 1].max() - base.high[1])


def _region(cut: Cut, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Region that the donor fills: the half space of its part, or the interior of a bookcase."""
    low, high = np.full(3, -np.inf), np.full(3, np.inf)
    if kind == "base":
        high[1] = cut.high[1]
    elif kind == "upper":
        low[1] = cut.low[1]
    else:
        low, high[:2] = cut.low.copy(), cut.high[:2]
    return low, high


def draw_crossing(models: Sequence[CadModel], rng: np.random.Generator) -> Crossing | None:
    """Draws a crossing that passes the checks.

    Parameters
    ----------
    models : sequence of CadModel
        Models of one category.
    rng : numpy.random.Generator
        Source of the random numbers.

    Returns
    -------
    Crossing or None
        None if the category has no cuts, or ATTEMPTS pairs were rejected.
    """
    for _ in range(ATTEMPTS if len(models) > 1 else 0):
        crossing, reason = draw_pair(models, rng)
        if crossing is not None and not (reason or rejection(crossing)):
            return crossing
    return None


def draw_pair(models: Sequence[CadModel], rng: np.random.Generator) -> tuple[Crossing | None, str]:
    """Joins two different models, drawn at random, by a part that both have."""
    main, donor = (models[i] for i in rng.choice(len(models), 2, replace=False))
    common = [k for k in KINDS if k in main.cuts and k in donor.cuts and donor.cuts[k].extent[1]]
    if not common:
        return None, "no part"
    return cross(main, donor, common[rng.integers(len(common))])


def kept_faces(model: CadModel, low: np.ndarray, high: np.ndarray, inside: bool) -> CadModel:
    """Leaves out the triangles that lie wholly on the wrong side of a box.

    Parameters
    ----------
    model : CadModel
        The model.
    low, high : numpy.ndarray
        (3,) box in the coordinates of the model.
    inside : bool
        Keep the triangles that reach into the box; otherwise those that reach out of it.
    """
    corners = model.vertices[model.faces]  # (F, 3, 3)
    if inside:
        kept = ((corners.max(axis=1) >= low) & (corners.min(axis=1) <= high)).all(axis=1)
    else:
        kept = ((corners.min(axis=1) < low) | (corners.max(axis=1) > high)).any(axis=1)
    if not kept.any():  # the voxels of Pix3D differ a little from the meshes
        return model
    return replace(model, faces=model.faces[kept], parts=model.parts[kept])
