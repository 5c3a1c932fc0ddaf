"""Reading one 3D file: a mesh or a grid, in the axes of the file.

shape = read_shape(Path("lamp.obj"))
shape.mesh, shape.grid                 # one of them is None
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import UserError

if TYPE_CHECKING:  # imported where it is used: its import takes a second
    import trimesh

MESH_SUFFIXES = (".obj", ".glb", ".gltf", ".ply", ".stl", ".off")
GRID_SUFFIXES = (".binvox", ".npz", ".npy")
GRID_NAMES = ("occupancy", "voxels", "vox", "solid")  # arrays of an .npz, the first one is taken
LEVEL = 0.5  # of a grid of probabilities, unless the file names a threshold
MAX_SIDE = 1024  # cells a side: a larger grid takes gigabytes


class ShapeFileError(UserError):
    """A file of a shape that cannot be used."""


@dataclass
class ShapeFile:
    """A shape in the axes of its file: a mesh, or a grid whose axes are those of the file."""

    mesh: "trimesh.Trimesh | None" = None
    grid: np.ndarray | None = None  # (X, Y, Z) bool


def read_shape(path: Path) -> ShapeFile:
    """Reads a mesh or a grid.

    Parameters
    ----------
    path : Path
        File with one of MESH_SUFFIXES or GRID_SUFFIXES.

    Raises
    ------
    ShapeFileError
        If the file is missing, broken or empty.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise ShapeFileError(f"There is no {path}.")
    try:
        if suffix in MESH_SUFFIXES:
            return ShapeFile(mesh=_read_mesh(path))
        if suffix == ".binvox":
            return ShapeFile(grid=_read_binvox(path))
        if suffix in GRID_SUFFIXES:
            return ShapeFile(grid=_solid_cells(*_read_array(path), path))
    except ShapeFileError:
        raise
    except Exception as error:  # the readers raise many kinds of exceptions for a broken file
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ShapeFileError(f"{path} cannot be read ({reason}).") from error
    raise ShapeFileError(f"{path} is of no known kind; use {', '.join(MESH_SUFFIXES)}.")


def _read_mesh(path: Path) -> "trimesh.Trimesh":
    """Reads all triangles of a file as one mesh."""
    import trimesh

    mesh = trimesh.load(path, force="mesh", process=False)
    if not len(getattr(mesh, "faces", ())):
        raise ShapeFileError(f"{path} holds no faces.")
    if not np.isfinite(mesh.vertices).all():
        raise ShapeFileError(f"{path} holds vertices that are not finite.")
    if not np.ptp(mesh.vertices[mesh.faces].reshape(-1, 3), axis=0).max() > 0:
        raise ShapeFileError(f"All vertices of {path} are at one point.")
    return mesh


def _read_binvox(path: Path) -> np.ndarray:
    """Reads the cells of a binvox file, indexed [x, y, z] with the axes of the file's mesh."""
    from trimesh.exchange.binvox import load_binvox

    with path.open("rb") as file:
        grid = load_binvox(file, axis_order="xzy").matrix
    return _solid_cells(grid, LEVEL, path)


def _read_array(path: Path) -> tuple[np.ndarray, float]:
    """Reads the grid and the threshold of a NumPy file."""
    loaded = np.load(path)  # refuses pickled objects
    if isinstance(loaded, np.ndarray):
        return loaded, LEVEL
    with loaded as archive:
        names = [name for name in GRID_NAMES if name in archive] or archive.files
        if not names:
            raise ShapeFileError(f"{path} holds no array.")
        threshold = float(archive["threshold"]) if "threshold" in archive else LEVEL
        return archive[names[0]], threshold


def _solid_cells(grid: np.ndarray, threshold: float, path: Path) -> np.ndarray:
    """Checks a grid and returns its solid cells."""
    if grid.ndim != 3 or grid.dtype.kind not in "biuf" or max(grid.shape) > MAX_SIDE:
        raise ShapeFileError(
            f"{path} holds an array of {grid.shape} {grid.dtype}; a grid has three axes of at most "
            f"{MAX_SIDE} cells."
        )
    solid = grid > threshold if grid.dtype.kind == "f" else grid > 0
    if not solid.any():
        raise ShapeFileError(f"{path} holds an empty grid.")
    return solid
