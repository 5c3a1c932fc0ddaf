"""Reads predictions of other programs: a grid (.npz) or a mesh (.glb, .obj) for each photograph.

    files = find_predictions(Path("runs/theirs"), records)
    predicted = read_prediction(files["img/chair/0001.png"])

A file is called like its photograph: `chair/0001.npz` or `img/chair/0001.npz` for
`img/chair/0001.png`, or `0001.npz` if no other photograph has that name. Axes are those of
voxel_model.py: x to the object's right as seen from its front, y up, z toward its front.
"""

import zipfile
from collections import Counter
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
        If there is no folder, or no file of any photograph in it.
    """
    if not folder.is_dir():
        raise PredictionError(f"There is no folder {folder}; name one that holds predictions.")
    stems = Counter(PurePosixPath(record.img).stem for record in records)
    found = {}
    for record in records:
        path = PurePosixPath(record.img).with_suffix("")
        names = [path, PurePosixPath(*path.parts[1:])]
        if stems[path.stem] == 1:
            names.append(PurePosixPath(path.name))
        files = [folder / f"{name}{suffix}" for name in names for suffix in SUFFIXES]
        file = next((file for file in files if file.is_file()), None)
        if file is not None:
            found[record.img] = file
    if not found:
        raise PredictionError(
            f"{folder} holds no prediction of these photographs; call them like the photographs, "
            f"such as {PurePosixPath(*path.parts[1:])}.npz."
        )
    return found


def read_prediction(path: Path) -> Predicted:
    """Reads a prediction.

    Raises
    ------
    PredictionError
        If the file is broken, or its grid is no cube of probabilities.
    """
    return read_grid(path) if path.suffix == ".npz" else Predicted(read_mesh(path))


def read_grid(path: Path) -> Predicted:
    """Reads `occupancy` (R, R, R) and, if present, `threshold` of an .npz file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            occupancy = np.asarray(file["occupancy"], dtype=np.float32)
            level = float(file["threshold"]) if "threshold" in file else DEFAULT_LEVEL
    except KeyError:
        raise PredictionError(f"{path} holds no array called occupancy.") from None
    except (OSError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise PredictionError(f"{path} cannot be read ({error}).") from None
    side = occupancy.shape[0] if occupancy.ndim == 3 else 0
    if occupancy.shape != (side,) * 3 or not MIN_SIDE <= side <= MAX_SIDE:
        raise PredictionError(
            f"{path}: occupancy is {occupancy.shape}; it must be a cube of {MIN_SIDE} to "
            f"{MAX_SIDE} cells a side."
        )
    if not (occupancy.min() >= 0 and occupancy.max() <= 1 and 0 < level < 1):  # False for NaN
        raise PredictionError(f"{path}: occupancy and threshold must lie between 0 and 1.")
    try:
        mesh = voxels_to_mesh(occupancy, None, level)
    except MeshError:  # no cell is solid
        mesh = None
    return Predicted(mesh, occupancy, level)


def read_mesh(path: Path) -> trimesh.Trimesh:
    """Reads a mesh; all nodes of a scene become one mesh, textures are not read."""
    try:
        loaded = trimesh.load(path, force="mesh", process=False, skip_materials=True)
        mesh = trimesh.Trimesh(loaded.vertices, loaded.faces, process=True)
    except Exception as error:  # trimesh raises many kinds of exceptions for a broken file
        raise PredictionError(f"{path} cannot be read as a mesh ({error}).") from None
    if not len(mesh.faces) or not np.isfinite(mesh.vertices).all() or not mesh.area > 0:
        raise PredictionError(f"{path} holds no surface.")
    return mesh
