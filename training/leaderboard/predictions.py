"""Reads predictions of other programs: a grid (.npz) or a mesh (.glb, .obj) for each photograph.

    files = find_predictions(Path("runs/theirs"), records)
    predicted = read_prediction(files["img/chair/0001.png"])

A file is called like its photograph: `chair/0001.npz` or `img/chair/0001.npz` for
`img/chair/0001.png`, or `0001.npz` if no other photograph has that name; upper and lower case are
the same. Axes are those of
voxel_model.py: x to the object's right as seen from its front, y up, z toward its front.
"""

import zipfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import trimesh

from core.errors import MeshError, UserError
from meshing import voxels_to_mesh
from training.pix3d.dataset import Record

SUFFIXES = (".npz", ".glb", ".obj")  # the first that exists is taken
DEFAULT_LEVEL = 0.5  # probability of a solid cell where the file names no threshold
MIN_SIDE, MAX_SIDE = 8, 256  # cells of a grid


class PredictionError(UserError):
    """A prediction that cannot be read or scored; the message names the file."""


@dataclass
class Predicted:
    """One prediction: the surface, and the grid if the file holds one."""

    mesh: trimesh.Trimesh | None  # None: no cell is solid
    occupancy: np.ndarray | None = None  # (R, R, R) float32 in [0, 1]; None for a mesh
    level: float = DEFAULT_LEVEL


def find_predictions(folder: Path, records: Sequence[Record]) -> dict[str, Path]:
    """Finds the file of each photograph.

    Parameters
    ----------
    folder : Path
        Folder of the predictions.
    records : sequence of Record
        The photographs.

    Returns
    -------
    dict
        {`Record.img`: file}; photographs without a file are left out.

    Raises
    ------
    PredictionError
        If there is no folder, no file of any photograph in it, or a file whose name fits several
        photographs without files of their own.
    """
    if not folder.is_dir():
        raise PredictionError(f"There is no folder {folder}; name one that holds predictions.")
    files = list_files(folder)
    namesakes = defaultdict(list)
    for record in records:
        namesakes[PurePosixPath(record.img).stem.lower()].append(record.img)
    found = {record.img: _file_of(record.img, files, namesakes) for record in records}
    found = {img: file for img, file in found.items() if file is not None}
    if not found:
        example = PurePosixPath(*PurePosixPath(records[0].img).parts[1:]).with_suffix(".npz")
        raise PredictionError(
            f"{folder} holds no prediction of these photographs; call them like the photographs, "
            f"such as {example}."
        )
    return found


def _file_of(img: str, files: dict[str, Path], namesakes: dict[str, list[str]]) -> Path | None:
    """File of one photograph; PredictionError if only a file that fits several exists."""
    path = PurePosixPath(img.lower()).with_suffix("")
    in_folder = PurePosixPath(*path.parts[1:])
    file = _first(files, [str(path), str(in_folder)])
    bare = _first(files, [path.name])  # not in a folder of its category
    if file is None and bare is not None and len(namesakes[path.name]) > 1:
        raise PredictionError(
            f"{bare} fits {' and '.join(namesakes[path.name])}; put it into a folder of the "
            f"category, such as {in_folder}{bare.suffix}."
        )
    return file or bare


def list_files(folder: Path) -> dict[str, Path]:
    """Returns {path in the folder, in lower case: file} of all files with a known suffix."""
    return {
        path.relative_to(folder).as_posix().lower(): path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES and path.is_file()
    }


def _first(files: dict[str, Path], names: Sequence[str]) -> Path | None:
    """First file with one of the names, in the order of SUFFIXES."""
    wanted = (f"{name}{suffix}" for name in names for suffix in SUFFIXES)
    return next((files[name] for name in wanted if name in files), None)


def read_prediction(path: Path) -> Predicted:
    """Reads a prediction.

    Raises
    ------
    PredictionError
        If the file is broken, or its grid is no cube of probabilities.
    """
    return read_grid(path) if path.suffix.lower() == ".npz" else Predicted(read_mesh(path))


def read_grid(path: Path) -> Predicted:
    """Reads `occupancy` (R, R, R) and, if present, `threshold` of an .npz file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            occupancy = np.asarray(file["occupancy"], dtype=np.float32)
            level = float(file["threshold"]) if "threshold" in file else DEFAULT_LEVEL
    except KeyError:
        raise PredictionError(f"{path} holds no array called occupancy.") from None
    except (OSError, EOFError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise PredictionError(f"{path} cannot be read ({error}).") from None
    side = occupancy.shape[0] if occupancy.ndim == 3 else 0
    if occupancy.shape != (side,) * 3 or not MIN_SIDE <= side <= MAX_SIDE:
        raise PredictionError(
            f"{path}: occupancy is {occupancy.shape}; it must be a cube of {MIN_SIDE} to "
            f"{MAX_SIDE} cells a side."
        )
    if not (occupancy.min() >= 0 and occupancy.max() <= 1 and 0 < level < 1):  # False for NaN
        raise PredictionError(
            f"{path}: occupancy and threshold must be probabilities between 0 and 1, no logits and "
            "no NaN."
        )
    try:
        mesh = voxels_to_mesh(occupancy, None, level)
    except MeshError:  # no cell is solid
        mesh = None
    return Predicted(mesh, occupancy, level)


def read_mesh(path: Path) -> trimesh.Trimesh:
    """Reads a mesh; all nodes of a scene become one mesh, textures are not read."""
    try:
        kind = path.suffix[1:].lower()
        loaded = trimesh.load(
            path, file_type=kind, force="mesh", process=False, skip_materials=True
        )
        mesh = trimesh.Trimesh(loaded.vertices, loaded.faces, process=True)
    except Exception as error:  # trimesh raises many kinds of exceptions for a broken file
        raise PredictionError(f"{path} cannot be read as a mesh ({error}).") from None
    if not len(mesh.faces) or not np.isfinite(mesh.vertices).all() or not mesh.area > 0:
        raise PredictionError(f"{path} holds no surface.")
    return mesh
