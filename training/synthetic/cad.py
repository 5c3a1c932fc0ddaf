"""Real CAD models for the studio: GLB and Pix3D voxels to one small file, and from it to grids.

    python -m training.synthetic.cad --shapes ../shared/data/shapes --out data/cad.npz

Packing (trimesh, scipy, CPU, once) keeps triangles, a colour cluster for each of them, and the
solid 128-cell grid. `bake` (torch alone, any device) stretches a model part by part and turns it
into the same grids that `sdf.bake` makes. A model without voxels is filled from its surface.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from training.synthetic.sdf import MARGIN, side_of

SOLID = 128  # cells a side of the packed solids, Pix3D's own
CLUSTERS = 8  # colours kept of one model
SAMPLES = 400_000  # surface points of one bake: about three for each cell that a surface crosses
BAND = 1.5  # cells around a surface in which distances are exact: four cells a side are tried
SHELL = 0.6  # half thickness in cells given to a surface, so that a sheet is something to hit
TURN_TO_FRONT = {"+z": 0, "+x": -90, "-z": 180, "-x": 90}  # degrees about y
FRONT_OF_SET = {"kenney": "-z", "quaternius2017": "+x", "quaternius2019": "+z", "pascal": "+z"}
LONG_SIDE_ACROSS = ("table", "desk", "bookcase", "wardrobe", "sofa")  # x is their longer side


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


class CadError(ValueError):
    """A model or a folder that cannot be used, in one sentence."""


def load_pool(path: Path | str) -> list[CadModel]:
    """The models that `main` packed."""
    if not Path(path).is_file():
        raise CadError(f"There is no {path}; run python -m training.synthetic.cad first.")
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
    cell = (points + 0.5) * resolution + MARGIN  # in cells
    base = cell.round().long()
    steps = torch.arange(-2, 2, device=device)
    best = torch.full((side**3,), int(BAND * 4096) << 4, dtype=torch.int32, device=device)
    for offset in torch.cartesian_prod(steps, steps, steps):
        index = (base + offset).clamp(0, side - 1)
        away = (index + 0.5 - cell).norm(dim=1)
        flat = (index[:, 0] * side + index[:, 1]) * side + index[:, 2]
        packed = ((away * 4096).int() << 4) + parts.int()  # the part rides along the minimum
        best.scatter_reduce_(0, flat, packed, "amin")
    best = best.view(side, side, side)
    near = ((best >> 4).float() / 4096).clamp_max(BAND) / resolution
    return near, (best & 15).byte()


def _spread(near: torch.Tensor, resolution: int) -> torch.Tensor:
    """Distances beyond the band: a lower bound that grows one cell for each cell away."""
    far = near[None, None]
    for _ in range(24):
        far = torch.maximum(
            far,
            torch.where(
                far >= BAND / resolution, 1 / resolution - F.max_pool3d(-far, 3, 1, 1), far
            ),
        )
    return far[0, 0]


def _spread_parts(part: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
    """Cells beyond the band take the highest neighbouring part: only interpolation reads them."""
    known = near < near.max()
    grid = torch.where(known, part, 0).half()[None, None]
    grown = F.max_pool3d(grid, 5, 1, 2)[0, 0].byte()
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


# --- packing ------------------------------------------------------------------------------------


def pack_model(path: Path, entry: dict, voxels: dict[str, np.ndarray]) -> CadModel:
    """One GLB of the pool, turned to our axes and scaled to the unit cube."""
    import trimesh

    mesh = trimesh.load(path, force="mesh", process=False)
    if len(getattr(mesh, "faces", ())) == 0:
        raise CadError(f"{path} holds no faces.")
    vertices = mesh.vertices @ _to_our_axes(entry, np.ptp(mesh.vertices, axis=0)).T
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    vertices = (vertices - (low + high) / 2) / (high - low).max()
    parts, colors, textured = _color_parts(mesh, vertices)
    key = entry.get("voxel")
    solid = _centered(voxels[key]) if key in voxels else _fill(vertices, mesh.faces)
    return CadModel(
        entry["file"], entry["category"], vertices, mesh.faces, parts, colors, textured, solid
    )


def _to_our_axes(entry: dict, extent: np.ndarray) -> np.ndarray:
    if entry["file"].startswith("meshes/"):  # Pix3D: +x left, +y up, +z inward
        return np.diag([-1.0, 1.0, -1.0])
    name = Path(entry["file"]).name.split("__")[0]
    front = entry.get("front") or FRONT_OF_SET.get(name, "+z")
    turn = TURN_TO_FRONT.get(front, 0)
    across, deep = extent[[2, 0]] if turn % 180 else extent[[0, 2]]
    if entry["category"] in LONG_SIDE_ACROSS and not entry.get("front") and deep > 1.2 * across:
        turn += 90
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def _color_parts(mesh, vertices: np.ndarray):
    """Clusters of the faces' own colours; without colours, parts by pieces or by height."""
    from scipy.cluster.vq import kmeans2

    colors = _face_colors(mesh)
    distinct = None if colors is None else np.unique(colors.round(2), axis=0)
    if distinct is not None and 1 < len(distinct) <= CLUSTERS:
        parts = np.abs(colors[:, None] - distinct).sum(axis=2).argmin(axis=1)
        padded = np.concatenate([distinct, np.full((CLUSTERS - len(distinct), 3), 0.6)])
        return parts.astype(np.int64), padded.astype(np.float32), True
    if distinct is not None and len(distinct) > CLUSTERS:
        centers, parts = kmeans2(colors, CLUSTERS, minit="++", seed=0, missing="warn")
        return parts.astype(np.int64), centers.clip(0, 1).astype(np.float32), True
    height = vertices[mesh.faces].mean(axis=1)[:, 1]
    share = (height - height.min()) / max(np.ptp(height), 1e-9)
    bands = np.digitize(share, (0.42, 0.52))  # legs, seat or top, back
    return bands.astype(np.int64), np.full((CLUSTERS, 3), 0.6, np.float32), False


def _face_colors(mesh) -> np.ndarray | None:
    """(F, 3) sRGB in [0, 1], from texture, vertex colours or material; None where there is none."""
    try:
        vertex = np.asarray(mesh.visual.to_color().vertex_colors)[:, :3] / 255
    except (AttributeError, IndexError, ValueError):
        return None
    if len(vertex) != len(mesh.vertices):
        return None
    return vertex[mesh.faces].mean(axis=1)


def _centered(voxels: np.ndarray) -> np.ndarray:
    """A Pix3D grid (left, outward, up) in our axes, its bounding box centred and filling 128."""
    from scipy.ndimage import zoom

    grid = voxels[::-1].transpose(0, 2, 1)
    low, high = np.argwhere(grid).min(axis=0), np.argwhere(grid).max(axis=0) + 1
    inner = grid[tuple(map(slice, low, high))]
    if max(inner.shape) != SOLID:
        inner = zoom(inner.astype(np.float32), SOLID / max(inner.shape), order=1) > 0.5
    out = np.zeros((SOLID,) * 3, bool)
    start = [(SOLID - n) // 2 for n in inner.shape]
    out[tuple(slice(s, s + n) for s, n in zip(start, inner.shape, strict=True))] = inner
    return out


def _fill(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """A solid grid from a surface: its crossed cells and all that they close off."""
    import trimesh
    from scipy.ndimage import binary_fill_holes

    points, _ = trimesh.sample.sample_surface(trimesh.Trimesh(vertices, faces), SAMPLES, seed=0)
    grid = np.zeros((SOLID,) * 3, bool)
    grid[tuple(((points + 0.5) * SOLID).astype(int).clip(0, SOLID - 1).T)] = True
    return binary_fill_holes(grid)


def read_voxels(path: Path) -> dict[str, np.ndarray]:
    """Pix3D voxel path to its (128, 128, 128) bool grid, in Pix3D's own axes."""
    with np.load(path) as archive:
        packed = dict(archive)
    return {
        str(key): np.unpackbits(row).reshape([SOLID] * 3).astype(bool)
        for key, row in zip(packed["ids"], packed["vox"], strict=True)
    }


def save_pool(models: list[CadModel], path: Path) -> None:
    """One compressed npz that `load_pool` reads."""
    meta = [
        {"name": m.name, "category": m.category, "textured": m.textured}
        | {"vertices": len(m.vertices), "faces": len(m.faces)}
        for m in models
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        meta=np.frombuffer(json.dumps(meta).encode(), np.uint8),
        vertices=((np.concatenate([m.vertices for m in models]) + 0.5) * 65535).astype(np.uint16),
        faces=np.concatenate([m.faces for m in models]).astype(np.uint16),
        parts=np.concatenate([m.parts for m in models]).astype(np.uint8),
        colors=(np.stack([m.colors for m in models]) * 255).astype(np.uint8),
        solids=np.stack([np.packbits(m.solid) for m in models]),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", type=Path, required=True, help="folder with sources.json")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    sources = arguments.shapes / "sources.json"
    if not sources.is_file():
        parser.error(f"{arguments.shapes} holds no sources.json; name the pool's folder.")
    voxels = read_voxels(arguments.shapes / "pix3d_voxels.npz")
    models = []
    for entry in json.loads(sources.read_text()):
        try:
            models.append(pack_model(arguments.shapes / entry["file"], entry, voxels))
        except (CadError, ValueError) as error:
            print(f"skipped {entry['file']}: {error}")
    save_pool(models, arguments.out)
    print(f"{len(models)} models, {arguments.out.stat().st_size / 1e6:.1f} MB in {arguments.out}")


if __name__ == "__main__":
    main()
