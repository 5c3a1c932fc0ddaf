"""The shapes that a table of photographs names.

grid = read_grid("photos", "shapes.npz#lamp/arc")      # a shape of training.data import
grid = read_grid("photos", "meshes/arc.glb")           # a 3D file, with guessed directions
"""

import functools
import json
import zipfile
from pathlib import Path

import numpy as np

from training.pix3d.dataset import SEPARATOR, DataError
from training.shape_import.formats import ShapeFileError
from training.shape_import.packing import pack_shape
from training.shape_import.table import make_entry
from training.studio.shapes.cad import PACKED_SIDE

PACKED_FILE = "shapes.npz"  # the file in the folder of the photos that is meant without a name
Names = dict[str, tuple[str, np.ndarray]]  # name -> category, np.packbits of the solid cells


def read_grid(root: str | Path, shape: str) -> np.ndarray:
    """Reads a shape.

    Parameters
    ----------
    root : str or Path
        Folder of the photographs.
    shape : str
        FILE.npz#NAME, or the path of a 3D file; paths are relative to `root`.

    Returns
    -------
    numpy.ndarray
        (128, 128, 128) bool in the axes of `voxel_model.py`.

    Raises
    ------
    DataError
        If the shape cannot be read.
    """
    file, separator, name = shape.partition(SEPARATOR)
    if separator:
        _, bits = packed_shape(Path(root) / file, name)
        return np.unpackbits(bits).reshape((PACKED_SIDE,) * 3).astype(bool)
    try:
        return pack_shape(Path(root), make_entry(Path(root), file))[0].solid
    except ShapeFileError as error:
        raise DataError(str(error)) from None


def packed_shape(path: Path, name: str) -> tuple[str, np.ndarray]:
    """Returns category and packed cells of a shape in a file of training.data import."""
    try:
        shapes = _packed_shapes(path.resolve(), path.stat().st_mtime_ns)
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} is no file of training.data import ({error}).") from None
    if name not in shapes:
        raise DataError(f'{path} holds no shape "{name}"; its names are in the table beside it.')
    return shapes[name]


@functools.lru_cache(maxsize=4)
def _packed_shapes(path: Path, modified: int) -> Names:
    """Reads the shapes of a file; `modified` makes a changed file another one."""
    with np.load(path) as archive:
        meta, solids = json.loads(bytes(archive["meta"]).decode()), archive["solids"]
    return {
        entry["name"]: (entry["category"], bits) for entry, bits in zip(meta, solids, strict=True)
    }
