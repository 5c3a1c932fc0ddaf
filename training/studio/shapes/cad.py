"""CAD models as distance grids: `bake` stretches a model and evaluates it on any device.

`cad_packing` writes the file that `load_pool` reads: the triangles of each model, the colour
cluster of each triangle, and a solid grid of 128 cells a side. The grids of `bake` have the format
of `distance_grids.bake`.
"""

import json
import zipfile
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path

import numpy as np
import torch

from core.errors import UserError
from training.studio.shapes.crossings.cuts import Cut, find_cuts
from training.studio.shapes.distance_grids import MARGIN, cell_centers, side_of
from training.studio.shapes.outer_distances import BAND_CELLS, extreme_of_neighbors, spread

PACKED_SIDE = 128  # cells a side of the packed solids, as in Pix3D
ARRAYS = {"meta", "vertices", "faces", "parts", "colors", "solids"}  # of a file of shapes
CLUSTERS = 8  # colours of one model
SURFACE_SAMPLES = 400_000  # points of one bake: about three for each cell a surface crosses
SHELL_CELLS = 0.6  # half thickness in cells of a surface, so that rays hit a sheet


@dataclass
class CadModel:
    """One packed model in the axes of `voxel_model.py`, longest side 1, centred."""

    name: str
    category: str
    vertices: np.ndarray  # (V, 3) float32
    faces: np.ndarray  # (F, 3) int64
    parts: np.ndarray  # (F,) int64, index into `colors`
    colors: np.ndarray  # (CLUSTERS, 3) float32 sRGB in [0, 1]
    textured: bool  # whether the colours come from the model's file
    bits: np.ndarray  # (PACKED_SIDE ** 3 / 8,) uint8, np.packbits of the solid cells

    @property
    def solid(self) -> np.ndarray:
        """Unpacked solid cells, (PACKED_SIDE, PACKED_SIDE, PACKED_SIDE) bool."""
        return np.unpackbits(self.bits).reshape([PACKED_SIDE] * 3).astype(bool)

    @cached_property
    def cuts(self) -> dict[str, Cut]:
        """Parts that crossings exchange."""
        return find_cuts(self.solid, self.category)


class CadError(UserError):
    """A model or a file cannot be used; the message says why."""


def load_pool(path: Path | str) -> list[CadModel]:
    """Reads the models of a pool.

    Parameters
    ----------
    path : Path or str
        File written by `training.data import` or `training.pack_cad`.

    Raises
    ------
    CadError
        If there is no such file, or another program wrote it.
    """
    if not Path(path).is_file():
        raise CadError(f"There is no {path}; make it with python -m training.data import.")
    try:
        with np.load(path) as archive:
            packed = dict(archive)  # an NpzFile decompresses at every access
    except (OSError, EOFError, ValueError, TypeError, zipfile.BadZipFile):
        packed = {}
    if not set(packed) >= ARRAYS:
        raise CadError(f"{path} holds no shapes; make it with python -m training.data import.")
    meta = json.loads(bytes(packed["meta"]).decode())
    models, vertex, face = [], 0, 0
    for i, entry in enumerate(meta):
        v, f = slice(vertex, vertex + entry["vertices"]), slice(face, face + entry["faces"])
        vertex, face = v.stop, f.stop
        models.append(
            CadModel(
                entry["name"],
                entry["category"],
                packed["vertices"][v].astype(np.float32) / 65535 - 0.5,
                packed["faces"][f].astype(np.int64),
                packed["parts"][f].astype(np.int64),
                packed["colors"][i].astype(np.float32) / 255,
                entry["textured"],
                packed["solids"][i],
            )
        )
    return models


def stretch_knots(generator: np.random.Generator, strength: float = 0.25) -> np.ndarray:
    """Draws a piecewise linear stretch of each axis.

    The outer knots scale an axis. On y the middle knot moves as well: legs grow while the back
    shrinks.

    Parameters
    ----------
    generator : np.random.Generator
        Source of the random numbers.
    strength : float
        Standard deviation of the logarithm of a scale is half of it.

    Returns
    -------
    np.ndarray
        (3, 3, 2) float32: for each axis, three (from, to) pairs in [-0.5, 0.5].
    """
    knots = np.empty((3, 3, 2), np.float32)
    for axis in range(3):
        scale = np.exp(generator.normal(0, strength / 2))
        middle = generator.uniform(-0.2, 0.2)
        moved = middle + generator.normal(0, strength / 5) * (axis == 1)
        knots[axis] = [(-0.5, -0.5 * scale), (middle, moved * scale), (0.5, 0.5 * scale)]
    knots[..., 1] /= np.ptp(knots[..., 1], axis=1).max()
    return knots


def bake(
    model: CadModel, knots: np.ndarray, resolution: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Evaluates a stretched model on a grid.

    Parameters
    ----------
    model : CadModel
        Model of the pool.
    knots : np.ndarray
        (3, 3, 2) of `stretch_knots`.
    resolution : int
        Cells along the unit cube.
    generator : torch.Generator
        Draws the surface samples; its device is used.

    Returns
    -------
    distance : torch.Tensor
        (side, side, side) float16, in longest sides, negative inside.
    part : torch.Tensor
        (side, side, side) uint8, index into the colours of the model.
    """
    points, parts = _surface_samples(model, generator)
    points = _stretch(points, knots)
    low, high = points.amin(dim=0), points.amax(dim=0)
    shift, size = (low + high) / 2, (high - low).max()
    distance, part = _evaluate(model, points, parts, knots, shift, size, resolution)
    return distance.half(), part


def bake_placed(
    model: CadModel,
    knots: np.ndarray,
    center: np.ndarray,
    size: float,
    resolution: int,
    generator: torch.Generator,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Evaluates a stretched model on a grid at a given place, where parts may lie outside.

    Parameters
    ----------
    model, knots, resolution, generator
        As for `bake`. The knots may move the model as well.
    center : np.ndarray
        (3,) centre of the grid's unit cube.
    size : float
        Side of the unit cube.

    Returns
    -------
    distance : torch.Tensor
        (side, side, side) float32, in sides of the cube, negative inside. Wrong beyond the parts
        that lie outside the cube.
    part : torch.Tensor
        (side, side, side) uint8, index into the colours of the model.
    """
    points, parts = _surface_samples(model, generator)
    shift = torch.from_numpy(np.asarray(center, np.float32)).to(points.device)
    return _evaluate(model, _stretch(points, knots), parts, knots, shift, size, resolution)


def _evaluate(
    model: CadModel,
    points: torch.Tensor,
    parts: torch.Tensor,
    knots: np.ndarray,
    shift: torch.Tensor,
    size: torch.Tensor | float,
    resolution: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Distance and part on the grid of a cube with centre `shift` and side `size`."""
    limit = 0.5 + (MARGIN - 2) / resolution  # the band of a point reaches two cells further
    points = ((points - shift) / size).clamp(-limit, limit)
    near, part = _nearest_surface(points, parts, resolution)
    axis = cell_centers(resolution, device=points.device) * size
    solid = _solid_at(model, axis, shift, knots)
    shell = SHELL_CELLS / resolution
    far = spread(near, resolution)
    distance = torch.where(solid & (near > shell), -far - shell, far - shell)
    return distance, _spread_parts(part, near)


def _surface_samples(
    model: CadModel, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draws points (N, 3) evenly on the triangles, with their parts (N,)."""
    device = generator.device
    triangles = torch.from_numpy(model.vertices[model.faces]).to(device)  # (F, 3, 3)
    normal = torch.linalg.cross(
        triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    )
    area = normal.norm(dim=1).double().cumsum(0)
    pick = (
        torch.rand(SURFACE_SAMPLES, generator=generator, device=device, dtype=torch.float64)
        * area[-1]
    )
    face = torch.searchsorted(area, pick).clamp_max(len(triangles) - 1)
    u, v = torch.rand(2, SURFACE_SAMPLES, 1, generator=generator, device=device).unbind(0)
    u, v = torch.where(u + v > 1, 1 - u, u), torch.where(u + v > 1, 1 - v, v)
    a, b, c = triangles[face].unbind(1)
    parts = torch.from_numpy(model.parts).to(device)[face]
    return a + u * (b - a) + v * (c - a), parts


def _stretch(points: torch.Tensor, knots: np.ndarray) -> torch.Tensor:
    """Applies a piecewise linear stretch to points (N, 3)."""
    out = []
    for axis in range(3):
        x, y = torch.from_numpy(knots[axis]).to(points.device).unbind(1)
        out.append(_piecewise(points[:, axis], x, y))
    return torch.stack(out, dim=1)


def _piecewise(values: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Linear interpolation through three knots, extrapolated outside."""
    slope = (y[1:] - y[:-1]) / (x[1:] - x[:-1])
    return torch.where(
        values < x[1], y[1] + slope[0] * (values - x[1]), y[1] + slope[1] * (values - x[1])
    )


def _nearest_surface(
    points: torch.Tensor, parts: torch.Tensor, resolution: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Distance to the nearest sample, at most BAND_CELLS cells, and the part of that sample."""
    side, device = side_of(resolution), points.device
    cell = (
        points + 0.5
    ) * resolution + MARGIN  # in cells; the margin holds the cells around the border
    base = cell.round()
    x, y, z = base.long().unbind(1)
    first = (x * side + y) * side + z
    # squared distances along each axis to the cells at -2, -1, 0 and 1 from the base
    steps = torch.arange(-2, 2, device=device)
    squares = ((base - cell).T[:, None] + (steps + 0.5)[:, None]).square()  # (3, 4, N)
    first, parts = first + steps[:, None], parts.int()  # four cells along z at once
    best = torch.full((side**3,), int(BAND_CELLS * 4096) << 4, dtype=torch.int32, device=device)
    for i, j in product(range(4), repeat=2):
        away = (squares[0, i] + squares[1, j] + squares[2]).sqrt()  # (4, N)
        packed = (
            (away * 4096).int() << 4
        ) + parts  # the four lowest bits hold the part of the minimum
        offset = ((i - 2) * side + j - 2) * side
        best.scatter_reduce_(0, (first + offset).flatten(), packed.flatten(), "amin")
    best = best.view(side, side, side)
    near = ((best >> 4).float() / 4096).clamp_max(BAND_CELLS) / resolution
    return near, (best & 15).byte()


def _spread_parts(part: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
    """Gives cells beyond the band the highest part within two cells, for interpolation."""
    in_band = near < near.max()
    grown = torch.where(in_band, part, 0)
    for _ in range(2):
        grown = extreme_of_neighbors(grown, torch.maximum)
    return torch.where(in_band, part, grown)


def _solid_at(
    model: CadModel, axis: torch.Tensor, shift: torch.Tensor, knots: np.ndarray
) -> torch.Tensor:
    """Looks up the packed solid at the cell centres of the stretched grid."""
    device, solid = axis.device, torch.from_numpy(model.solid).to(axis.device)
    index = []
    for i in range(3):
        x, y = torch.from_numpy(knots[i]).to(device).unbind(1)
        source = _piecewise(axis + shift[i], y, x)
        index.append(((source + 0.5) * PACKED_SIDE).floor().long())
    inside = [(i >= 0) & (i < PACKED_SIDE) for i in index]
    grid = solid[torch.meshgrid(*[i.clamp(0, PACKED_SIDE - 1) for i in index], indexing="ij")]
    valid = inside[0][:, None, None] & inside[1][:, None] & inside[2]
    return grid & valid
