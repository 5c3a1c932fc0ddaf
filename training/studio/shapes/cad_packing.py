"""Packs real CAD models, GLB and Pix3D voxels, into the one small file that the studio reads.

    python -m training.pack_cad --shapes ../shared/data/shapes --out data/cad.npz \\
        --held-out data/held_out.npz

Done once, on a CPU. Models are turned to the axes of `voxel_model.py`, scaled to the unit cube, and
their colours clustered; one without voxels is filled from its surface. The families that
`families.py` names go to the second file: runs choose their best weights by them.
"""

import argparse
import json
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from core.categories import CATEGORIES
from training.studio.shapes.cad import CLUSTERS, SAMPLES, SOLID, CadError, CadModel
from training.studio.shapes.families import held_out

TURN_TO_FRONT = {"+z": 0, "+x": -90, "-z": 180, "-x": 90}  # degrees about y
FRONT_OF_SET = {"kenney": "-z", "quaternius2017": "+x", "quaternius2019": "+z", "pascal": "+z"}
LONG_SIDE_ACROSS = ("table", "desk", "bookcase", "wardrobe", "sofa")  # x is their longer side
# classes of the sets `sweethome` and `more` that are no category; cabinets go by their height
CATEGORY_OF = {"bench": "chair", "bedside": "table"}
TALL = 1.2  # height over width from which a cabinet counts as a wardrobe
# parts of a room, separate pieces, or objects with others on top
LEFT_OUT = ("*vanity*", "*kaykit__shelf_*", "*_decorated.glb")


def read_entries(shapes: Path) -> list[dict]:
    """Lists the models of the pool's folder.

    Parameters
    ----------
    shapes : Path
        Folder with `sources.json`, and with `sweethome/` and `more/` where they are there.

    Returns
    -------
    list of dict
        `file` (relative to the folder), `category`, and where known `front` and `voxel`.
    """
    entries = json.loads((shapes / "sources.json").read_text())
    for folder in ("sweethome", "more"):
        index = shapes / folder / "index.json"
        if index.is_file():
            entries += [_entry(folder, item) for item in json.loads(index.read_text())]
    return [e for e in entries if not any(fnmatchcase(e["file"], p) for p in LEFT_OUT)]


def _entry(folder: str, item: dict) -> dict:
    """An entry of `index.json` as one of `sources.json`; all these models face +z."""
    category, (wide, tall, _) = item["cls"], item["extent_m"]
    if "bedside" in item["file"]:
        category = "bedside"
    if category == "cabinet":
        category = "wardrobe" if tall > TALL * wide else "table"
    category = CATEGORY_OF.get(category, category)
    return {"file": f"{folder}/{item['file']}", "category": category, "front": "+z"}


def pack_model(path: Path, entry: dict, voxels: dict[str, np.ndarray]) -> CadModel:
    """One GLB of the pool, turned to our axes and scaled to the unit cube."""
    import trimesh

    if entry["category"] not in CATEGORIES:
        raise CadError(f'{entry["file"]} has the unknown category "{entry["category"]}".')
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
        faces=np.concatenate([m.faces for m in models]).astype(np.uint32),
        parts=np.concatenate([m.parts for m in models]).astype(np.uint8),
        colors=(np.stack([m.colors for m in models]) * 255).astype(np.uint8),
        solids=np.stack([np.packbits(m.solid) for m in models]),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shapes", type=Path, required=True, help="folder with sources.json")
    parser.add_argument("--out", type=Path, required=True, help="file of the training pool")
    parser.add_argument("--held-out", type=Path, help="file of the models that no run trains on")
    arguments = parser.parse_args()
    if not (arguments.shapes / "sources.json").is_file():
        parser.error(f"{arguments.shapes} holds no sources.json; name the pool's folder.")
    voxels = read_voxels(arguments.shapes / "pix3d_voxels.npz")
    pools: dict[bool, list[CadModel]] = {False: [], True: []}
    for entry in read_entries(arguments.shapes):
        try:
            model = pack_model(arguments.shapes / entry["file"], entry, voxels)
        except (CadError, ValueError) as error:
            print(f"skipped {entry['file']}: {error}")
        else:
            pools[held_out(entry["file"])].append(model)
    for path, models in ((arguments.out, pools[False]), (arguments.held_out, pools[True])):
        if path:
            save_pool(models, path)
            print(f"{len(models)} models, {path.stat().st_size / 1e6:.1f} MB in {path}")
