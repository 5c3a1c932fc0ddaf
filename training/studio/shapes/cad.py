"""Real CAD models as grids: `bake` stretches one part by part, on any device.

`cad_packing.py` makes the file that `load_pool` reads: for each model its triangles, a colour
cluster for each of them, and the solid 128-cell grid. `bake` makes the same grids of it as
`distance_grids.bake` makes of a procedural piece.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import torch

from core.errors import UserError
from training.studio.shapes.distance_grids import MARGIN, side_of

SOLID = 128  # cells a side of the packed solids, Pix3D's own
CLUSTERS = 8  # colours kept of one model
SAMPLES = 400_000  # surface points of one bake: about three for each cell that a surface crosses
BAND = 1.5  # cells around a surface in which distances are exact: four cells a side are tried
SHELL = 0.6  # half thickness in cells given to a surface, so that a sheet is something to hit


@dataclass
class CadModel:
    """One packed model in the axes of `voxel_model.py`, longest side 1, centred."""

    name: str
    category: str
    vertices: np.ndarray  # (V, 3) float32
    faces: np.ndarray  # (F, 3) int64
    parts: np.ndarray  # (F,) int64, index into `colors`
    colors: np.ndarray  # (CLUSTERS, 3) float32 sRGB in [0, 1]
    textured: bool  # whether the colours are the model's own
    solid: np.ndarray  # (SOLID, SOLID, SOLID) bool


class CadError(UserError):
    """A model or a folder that cannot be used, in one sentence."""


def load_pool(path: Path | str) -> list[CadModel]:
    """The models that `main` packed."""
    if not Path(path).is_file():
        raise CadError(f"There is no {path}; run python -m training.pack_cad first.")
    with np.load(path) as archive:
        packed = dict(archive)  # an NpzFile would decompress again at every look
    meta = json.loads(bytes(packed["meta"]).decode())
    models, vertex, face = [], 0, 0
    for i, entry in enumerate(meta):
        v, f = slice(vertex, vertex + entry["vertices"]), slice(face, face + entry["faces"])
        vertex, face = v.stop, f.stop
        solid = np.unpackbits(packed["solids"][i]).reshape([SOLID] * 3).astype(bool)
        models.append(
            CadModel(
                entry["name"],
                entry["category"],
                packed["vertices"][v].astype(np.float32) / 65535 - 0.5,
                packed["faces"][f].astype(np.int64),
                packed["parts"][f].astype(np.int64),
                packed["colors"][i].astype(np.float32) / 255,
                entry["textured"],
                solid,
            )
        )
    return models


def stretch_knots(generator: np.random.Generator, strength: float = 0.25) -> np.ndarray:
    """(3, 3, 2): for each axis, three (from, to) knots of a monotonic map of [-0.5, 0.5].

    The middle knot moves, so that legs grow while the back shrinks; the outer ones scale the axis.
    """
    knots = np.empty((3, 3, 2), np.float32)
    for axis in range(3):
        scale = np.exp(generator.normal(0, strength / 2))
        middle = generator.uniform(-0.2, 0.2)
        moved = middle + generator.normal(0, strength / 5) * (axis == 1)
        knots[axis] = [(-0.5, -0.5 * scale), (middle, moved * scale), (0.5, 0.5 * scale)]
    knots[..., 1] /= np.ptp(knots[..., 1], axis=1).max()
    return knots


def bake(model: CadModel, knots: np.ndarray, resolution: int, generator: torch.Generator):
    """A stretched model as distance (side^3) float16 and part (side^3) uint8 grids."""
    device = generator.device
    side = side_of(resolution)
    points, parts = _surface_samples(model, generator)
    points = _remap(points, knots, forward=True)
    low, high = points.amin(dim=0), points.amax(dim=0)
    shift = (low + high) / 2
    points = (points - shift) / (high - low).max()
    near, part = _nearest_surface(points, parts, resolution)
    axis = ((torch.arange(side, device=device) + 0.5 - MARGIN) / resolution - 0.5) * (
        high - low
    ).max()
    solid = _solid_at(model, axis, shift, knots)
    shell = SHELL / resolution
    far = _spread(near, resolution)
    distance = torch.where(solid & (near > shell), -far - shell, far - shell)
    return distance.half(), _spread_parts(part, near)


def _surface_samples(model: CadModel, generator: torch.Generator):
    """Area-weighted points (N, 3) on the triangles and their parts (N,)."""
    device = generator.device
    triangles = torch.from_numpy(model.vertices[model.faces]).to(device)  # (F, 3, 3)
    normal = torch.linalg.cross(
        triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    )
    area = normal.norm(dim=1).double().cumsum(0)
    pick = torch.rand(SAMPLES, generator=generator, device=device, dtype=torch.float64) * area[-1]
    face = torch.searchsorted(area, pick).clamp_max(len(triangles) - 1)
    u, v = torch.rand(2, SAMPLES, 1, generator=generator, device=device).unbind(0)
    u, v = torch.where(u + v > 1, 1 - u, u), torch.where(u + v > 1, 1 - v, v)
    a, b, c = triangles[face].unbind(1)
    parts = torch.from_numpy(model.parts).to(device)[face]
    return a + u * (b - a) + v * (c - a), parts


def _remap(points: torch.Tensor, knots: np.ndarray, forward: bool) -> torch.Tensor:
    """Piecewise linear map of each axis; `forward` from the packed model to the stretched one."""
    out = []
    for axis in range(3):
        x, y = torch.from_numpy(knots[axis]).to(points.device).unbind(1)
        out.append(_piecewise(points[:, axis], *((x, y) if forward else (y, x))))
    return torch.stack(out, dim=1)


def _piecewise(values, x, y):
    slope = (y[1:] - y[:-1]) / (x[1:] - x[:-1])
    return torch.where(
        values < x[1], y[1] + slope[0] * (values - x[1]), y[1] + slope[1] * (values - x[1])
    )


def _nearest_surface(points, parts, resolution: int):
    """Distance to the samples within BAND cells (else BAND cells), and the nearest one's part."""
    side, device = side_of(resolution), points.device
    cell = (points + 0.5) * resolution + MARGIN  # in cells; the margin holds all that is near
    base = cell.round()
    x, y, z = base.long().unbind(1)
    first = (x * side + y) * side + z
    # squares of the ways along each axis to the cells at -2, -1, 0 and 1 from there
    steps = torch.arange(-2, 2, device=device)
    squares = ((base - cell).T[:, None] + (steps + 0.5)[:, None]).square()  # (3, 4, N)
    first, parts = first + steps[:, None], parts.int()  # four cells along z at once
    best = torch.full((side**3,), int(BAND * 4096) << 4, dtype=torch.int32, device=device)
    for i, j in product(range(4), repeat=2):
        away = (squares[0, i] + squares[1, j] + squares[2]).sqrt()  # (4, N)
        packed = ((away * 4096).int() << 4) + parts  # the part rides along the minimum
        offset = ((i - 2) * side + j - 2) * side
        best.scatter_reduce_(0, (first + offset).flatten(), packed.flatten(), "amin")
    best = best.view(side, side, side)
    near = ((best >> 4).float() / 4096).clamp_max(BAND) / resolution
    return near, (best & 15).byte()


def _spread(near: torch.Tensor, resolution: int) -> torch.Tensor:
    """Distances beyond the band: a lower bound that grows one cell for each cell away."""
    far = near
    for _ in range(24):
        grown = _beside(far, torch.minimum) + 1 / resolution
        far = torch.maximum(far, torch.where(far >= BAND / resolution, grown, far))
    return far


def _beside(grid: torch.Tensor, extreme: Callable) -> torch.Tensor:
    """The least or most of each cell and its 26 neighbours; pooling takes ten times as long.

    extreme : torch.minimum or torch.maximum
    """
    for axis in range(3):
        chosen, rest = grid.clone(), grid.shape[axis] - 1
        for here, there in ((0, 1), (1, 0)):
            cells = chosen.narrow(axis, here, rest)
            extreme(cells, grid.narrow(axis, there, rest), out=cells)
        grid = chosen
    return grid


def _spread_parts(part: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
    """Cells beyond the band take the highest part within two cells: only interpolation reads it."""
    known = near < near.max()
    grown = torch.where(known, part, 0)
    for _ in range(2):
        grown = _beside(grown, torch.maximum)
    return torch.where(known, part, grown)


def _solid_at(model: CadModel, axis, shift, knots) -> torch.Tensor:
    """The packed solid looked up at the stretched grid's cell centres."""
    device, solid = axis.device, torch.from_numpy(model.solid).to(axis.device)
    index = []
    for i in range(3):
        x, y = torch.from_numpy(knots[i]).to(device).unbind(1)
        source = _piecewise(axis + shift[i], y, x)
        index.append(((source + 0.5) * SOLID).floor().long())
    inside = [(i >= 0) & (i < SOLID) for i in index]
    grid = solid[torch.meshgrid(*[i.clamp(0, SOLID - 1) for i in index], indexing="ij")]
    valid = inside[0][:, None, None] & inside[1][:, None] & inside[2]
    return grid & valid
