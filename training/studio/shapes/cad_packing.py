"""Packs CAD models, GLB files and Pix3D voxels, into one small file for the studio.

`training.pack_cad` is the command; it runs once, on a CPU. Models are turned to the axes of
`voxel_model.py` and scaled to the unit cube, and their colours are clustered. A model without
voxels is filled from its surface. The families that `families.py` names are held out: runs choose
their best weights by them.
"""

import json
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from core.categories import CATEGORIES, find_category
from training.pix3d.dataset import to_model_axes
from training.studio.shapes.cad import PACKED_SIDE, CadError, CadModel
from training.studio.shapes.families import held_out
from training.studio.shapes.part_colors import color_parts
from training.studio.shapes.solids import fill_surface

TURN_TO_FRONT = {"+z": 0, "+x": -90, "-z": 180, "-x": 90}  # degrees about y
# direction of the front in the files of a set
FRONT_OF_SET = {"kenney": "-z", "quaternius2017": "+x", "quaternius2019": "+z", "pascal": "+z"}
# classes of the sets `sweethome` and `more` that are not categories, except cabinets
CATEGORY_OF = {"bench": "chair", "bedside": "table"}
MIN_WARDROBE_ASPECT = 1.2  # height over width from which a cabinet counts as a wardrobe
# parts of a room, separate pieces, or objects with others on top
LEFT_OUT = ("*vanity*", "*kaykit__shelf_*", "*_decorated.glb")


def read_entries(shapes: Path) -> list[dict]:
    """Lists the models of the pool's folder.

    Parameters
    ----------
    shapes : Path
        Folder with `sources.json`; `sweethome/` and `more/` are optional.

    Returns
    -------
    list of dict
        `file` (relative to the folder), `category`, and if known `front` and `voxel`.
    """
    entries = json.loads((shapes / "sources.json").read_text(encoding="utf-8"))
    for folder in ("sweethome", "more"):
        index = shapes / folder / "index.json"
        if index.is_file():
            items = json.loads(index.read_text(encoding="utf-8"))
            entries += [_entry(folder, item) for item in items]
    return [e for e in entries if not any(fnmatchcase(e["file"], p) for p in LEFT_OUT)]


def _entry(folder: str, item: dict) -> dict:
    """Converts an entry of `index.json` to one of `sources.json`; all these models face +z."""
    category, (wide, tall, _) = item["cls"], item["extent_m"]
    if "bedside" in item["file"]:
        category = "bedside"
    if category == "cabinet":
        category = "wardrobe" if tall > MIN_WARDROBE_ASPECT * wide else "table"
    category = CATEGORY_OF.get(category, category)
    return {"file": f"{folder}/{item['file']}", "category": category, "front": "+z"}


def pack_model(path: Path, entry: dict, voxels: dict[str, np.ndarray]) -> CadModel:
    """Reads one GLB of the pool.

    Parameters
    ----------
    path : Path
        The GLB file.
    entry : dict
        Entry of `read_entries`.
    voxels : dict of str to np.ndarray
        Result of `read_voxels`; models without voxels are filled from the surface.

    Returns
    -------
    CadModel
        The model in the axes of `voxel_model.py`, in the unit cube.

    Raises
    ------
    CadError
        If the category is unknown or the file has no faces.
    """
    import trimesh

    if entry["category"] not in CATEGORIES:
        raise CadError(f'{entry["file"]} has the unknown category "{entry["category"]}".')
    mesh = trimesh.load(path, force="mesh", process=False)
    if len(getattr(mesh, "faces", ())) == 0:
        raise CadError(f"{path} holds no faces.")
    vertices = mesh.vertices @ _to_our_axes(entry, np.ptp(mesh.vertices, axis=0)).T
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    vertices = (vertices - (low + high) / 2) / (high - low).max()
    parts, colors, textured = color_parts(mesh, vertices)
    key = entry.get("voxel")
    if key in voxels:
        solid = _centered(to_model_axes(voxels[key]))
    else:
        solid = fill_surface(vertices, mesh.faces, PACKED_SIDE)
    bits = np.packbits(solid)
    return CadModel(
        entry["file"], entry["category"], vertices, mesh.faces, parts, colors, textured, bits
    )


def _to_our_axes(entry: dict, extent: np.ndarray) -> np.ndarray:
    """Rotation (3, 3) from the axes of the file; `extent` is (3,), the sides of the model."""
    if entry["file"].startswith("meshes/"):  # Pix3D: +x left, +y up, +z inward
        return np.diag([-1.0, 1.0, -1.0])
    name = Path(entry["file"]).name.split("__")[0]
    front = entry.get("front") or FRONT_OF_SET.get(name, "+z")
    turn = TURN_TO_FRONT.get(front, 0)
    across, deep = extent[[2, 0]] if turn % 180 else extent[[0, 2]]
    wide = find_category(entry["category"]).wide
    if wide and not entry.get("front") and deep > 1.2 * across:
        turn += 90
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def _centered(grid: np.ndarray) -> np.ndarray:
    """Scales a grid in our axes so that its bounding box fills PACKED_SIDE cells, centred."""
    from scipy.ndimage import zoom

    low, high = np.argwhere(grid).min(axis=0), np.argwhere(grid).max(axis=0) + 1
    inner = grid[tuple(map(slice, low, high))]
    if max(inner.shape) != PACKED_SIDE:
        inner = zoom(inner.astype(np.float32), PACKED_SIDE / max(inner.shape), order=1) > 0.5
    out = np.zeros((PACKED_SIDE,) * 3, bool)
    start = [(PACKED_SIDE - n) // 2 for n in inner.shape]
    out[tuple(slice(s, s + n) for s, n in zip(start, inner.shape, strict=True))] = inner
    return out


def read_voxels(path: Path) -> dict[str, np.ndarray]:
    """Reads the packed voxels of Pix3D.

    Parameters
    ----------
    path : Path
        npz file with `ids` and `vox`.

    Returns
    -------
    dict of str to np.ndarray
        Voxel path in Pix3D to its (128, 128, 128) bool grid, in the axes of Pix3D.
    """
    with np.load(path) as archive:
        packed = dict(archive)
    return {
        str(key): np.unpackbits(row).reshape([PACKED_SIDE] * 3).astype(bool)
        for key, row in zip(packed["ids"], packed["vox"], strict=True)
    }


def save_pool(models: list[CadModel], path: Path) -> None:
    """Writes models to the compressed npz file that `load_pool` reads.

    Parameters
    ----------
    models : list of CadModel
        The models.
    path : Path
        File to write; missing folders are created.
    """
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
        solids=np.stack([m.bits for m in models]),
    )


def pack_folder(shapes: Path) -> tuple[list[CadModel], list[CadModel]]:
    """Packs all models of the pool's folder; prints the files that cannot be used.

    Parameters
    ----------
    shapes : Path
        Folder with `sources.json` and `pix3d_voxels.npz`, see `read_entries`.

    Returns
    -------
    training, held_out : list of CadModel
        Models of the training pool, and of the families that no run trains on.
    """
    voxels = read_voxels(shapes / "pix3d_voxels.npz")
    pools: dict[bool, list[CadModel]] = {False: [], True: []}
    for entry in read_entries(shapes):
        try:
            model = pack_model(shapes / entry["file"], entry, voxels)
        except ValueError as error:  # CadError is one; trimesh raises others for a broken file
            print(f"skipped {entry['file']}: {error}")
        else:
            pools[held_out(entry["file"])].append(model)
    return pools[False], pools[True]
