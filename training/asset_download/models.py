"""3D models and cameras of the shipped recipe, from a repository and from a copy of Pix3D.

    lines = write_models(reference, downloads, Path("pix3d"), Path("data/shapes"))

Writes the layout that `training.pack_cad` reads: sources.json, GLB files, pix3d_voxels.npz, and
poses.json with the cameras of Pix3D's photographs. No photograph is copied.
"""

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from geometry.decimation import simplify
from training.asset_download.downloads import DownloadError, Downloads
from training.pix3d import dataset

if TYPE_CHECKING:  # imported where it is used: its import takes a second
    import trimesh

MAX_FACES = 12_000  # of a Pix3D mesh; its voxels have 128 cells a side
VOXELS = "pix3d_voxels.npz"


def write_models(
    reference: dict, downloads: Downloads, pix3d: Path | None, folder: Path
) -> list[str]:
    """Writes the folder of 3D models.

    Parameters
    ----------
    reference : dict
        training/reference/downloads.json: its parts "models" and "pix3d".
    downloads : Downloads
        Fetches the models.
    pix3d : Path, optional
        Folder of Pix3D; None leaves out its models and cameras.
    folder : Path
        Written.

    Returns
    -------
    list of str
        One line for each kind of file.

    Raises
    ------
    DownloadError
        If a file is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entries = [
        _fetch_model(item, reference["models"], downloads, folder)
        for item in reference["models"]["items"]
    ]
    lines = [f"{len(entries)} models of {reference['models']['repository']}"]
    records = _pool_records(reference["pix3d"], pix3d) if pix3d else []
    if pix3d:
        entries += _write_meshes(records, pix3d, folder)
        (folder / "poses.json").write_text(json.dumps(poses(records)), encoding="utf-8")
        lines.append(f"{len(entries) - len(reference['models']['items'])} models of Pix3D")
        lines.append(f"{len(records)} cameras of photographs")
    _write_voxels(records, pix3d, folder / VOXELS)
    (folder / "sources.json").write_text(json.dumps(entries, indent=0), encoding="utf-8")
    return lines


def _fetch_model(item: dict, source: dict, downloads: Downloads, folder: Path) -> dict:
    """Downloads a GLB file; returns its entry of sources.json."""
    local = downloads.fetch(source["repository"], source["commit"], item["path"])
    target = folder / item["file"]
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(local, target)
    return {key: item[key] for key in ("file", "category", "front")}


def _pool_records(source: dict, pix3d: Path) -> list[dict]:
    """Entries of pix3d.json of the shapes that runs may train on."""
    dataset.load_records(pix3d)  # names a broken file in a sentence
    names = {f"{category}/{name}" for category, part in source["shapes"].items() for name in part}
    entries = json.loads((pix3d / "pix3d.json").read_text(encoding="utf-8"))
    records = [entry for entry in entries if dataset.parse_record(entry).shape in names]
    missing = names - {dataset.parse_record(entry).shape for entry in records}
    if missing:
        some = ", ".join(sorted(missing)[:3])
        raise DownloadError(f"{pix3d} lacks {len(missing)} shapes of Pix3D, such as {some}.")
    return records


def poses(records: list[dict]) -> list[dict]:
    """Returns the cameras of photographs, in Pix3D's own convention (`dataset.view_angles`)."""
    cameras = []
    for entry in records:
        azimuth, elevation = dataset.view_angles(entry)
        if azimuth is not None:
            view = {"azimuth_deg": -azimuth % 360, "elevation_deg": elevation}
            cameras.append({key: entry[key] for key in ("img", "category", "voxel")} | view)
    return cameras


def _write_meshes(records: list[dict], pix3d: Path, folder: Path) -> list[dict]:
    """Converts one mesh of each shape to GLB; returns the entries of sources.json."""
    first = {}
    for entry in records:
        first.setdefault(dataset.parse_record(entry).shape, entry)
    entries = []
    for shape, entry in sorted(first.items()):
        target = folder / "meshes" / f"{shape}.glb"
        target.parent.mkdir(parents=True, exist_ok=True)
        reduced_mesh(pix3d / entry["model"]).export(target)
        file = target.relative_to(folder).as_posix()
        common = {"category": entry["category"], "front": "-z", "voxel": entry["voxel"]}
        entries.append({"file": file} | common)
    return entries


def reduced_mesh(path: Path) -> "trimesh.Trimesh":
    """Reads a mesh with colours of its vertices and at most about MAX_FACES faces.

    Raises
    ------
    DownloadError
        If the file is missing or broken.
    """
    import trimesh

    try:
        mesh = trimesh.load(path, force="mesh", process=False)
    except Exception as error:  # trimesh raises many kinds of exceptions for a broken file
        raise DownloadError(f"{path} cannot be read as a mesh ({error}).") from None
    with suppress(AttributeError, IndexError, ValueError):  # a texture that is missing or broken
        mesh.visual = mesh.visual.to_color()
    # corners with several texture coordinates have several vertices, which hinder the reduction
    mesh.merge_vertices(merge_tex=True, merge_norm=True)
    if len(mesh.vertices) > len(mesh.faces):  # loose triangles cannot be reduced
        return mesh
    return simplify(mesh, MAX_FACES)


def _write_voxels(records: list[dict], pix3d: Path | None, path: Path) -> None:
    """Packs the voxel files of the records."""
    names = sorted({entry["voxel"] for entry in records})
    grids = [np.packbits(dataset.read_voxels(pix3d, name)) for name in names]
    packed = np.stack(grids) if grids else np.zeros((0, dataset.VOXEL_SIDE**3 // 8), np.uint8)
    np.savez_compressed(path, ids=np.array(names, dtype=str), vox=packed)
