"""Reading Pix3D's own files: records, photos, masks, voxel grids; conversion to our axes.

    from training.pix3d import dataset
    records = dataset.load_records("pix3d")                    # reads pix3d/pix3d.json
    voxels = dataset.to_model_axes(dataset.read_voxels("pix3d", records[0].voxel))
    target = dataset.canonical_grid(voxels, 32)                # (32, 32, 32) bool

The layout is the data set's own: pix3d.json, img/, mask/, model/<category>/<shape>/voxel*.mat.
Source: Sun et al., "Pix3D", CVPR 2018, https://github.com/xingyuansun/pix3d.
"""

import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image, ImageOps

from core.errors import UserError

VOXEL_SIDE = 128  # cells a side of every voxel*.mat
MASK_LEVEL = 128  # threshold of the 0/255 mask files
MAT = ".mat"  # the voxel files of Pix3D; other shapes are those of a photos.csv
SEPARATOR = "#"  # in a photos.csv, between a file of training.data import and a shape's name
SEPARATOR = "#"  # in a photos.csv, between a file of training.data import and a shape's name
PHOTO_TABLE = "photos.csv"  # table of photographs of your own, beside or without Pix3D


class DataError(UserError):
    """A file of the data set that is missing or broken."""


@dataclass(frozen=True)
class Record:
    """One annotated photo; paths are relative to the data set's root, angles in OUR convention.

    Azimuth 0 is a camera in front (+z), positive azimuth turns toward +x. Pix3D's own azimuth has
    the opposite sign.
    """

    img: str
    mask: str  # "" where only the box is known
    voxel: str
    category: str
    img_size: tuple[int, int]  # width, height in pixels
    bbox: tuple[int, int, int, int]  # x0, y0, x1, y1 in pixels, x1 and y1 exclusive
    truncated: bool
    occluded: bool
    slightly_occluded: bool
    azimuth: float | None = None  # degrees in [-180, 180), None where unknown
    elevation: float | None = None  # degrees, None where unknown
    upright: bool = False  # box and mask refer to the picture as its EXIF data rotate it
    group: str = ""  # photographs of one group count as photographs of one shape

    @property
    def shape(self) -> str:
        """Folder of the 3D shape, such as "chair/IKEA_MARKUS"; a split keeps it together."""
        if not self.voxel.endswith(MAT):
            return self.group or self.voxel
        return "/".join(PurePosixPath(self.voxel).parts[-3:-1])

    @property
    def clean(self) -> bool:
        """True for neither truncated nor (slightly) occluded, the subset that Pix3D evaluates."""
        return not (self.truncated or self.occluded or self.slightly_occluded)


def load_records(root: str | os.PathLike) -> list[Record]:
    """Returns all records of `<root>/pix3d.json`, or of `<root>/photos.csv`, in the file's order.

    Raises
    ------
    DataError
        If the file is missing or malformed.
    """
    path = Path(root) / "pix3d.json"
    if not path.is_file():
        if (Path(root) / PHOTO_TABLE).is_file():
            from training.photo_data.photo_table import load_photos  # it imports this module

            return load_photos(root)
        raise DataError(
            f"{path} is missing: point --data at the folder that holds pix3d.json or {PHOTO_TABLE}."
        )
    try:
        entries = list(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise DataError(f"{path} is no Pix3D record list ({error}); download it again.") from None
    return [_numbered_record(path, number, entry) for number, entry in enumerate(entries)]


def _numbered_record(path: Path, number: int, entry: dict) -> Record:
    """Parses a record; a DataError names the file and the record's number."""
    try:
        return parse_record(entry)
    except (KeyError, TypeError, ValueError) as error:
        reason = f"no field {error}" if isinstance(error, KeyError) else error
        raise DataError(f"Record {number} of {path} is malformed: {reason}.") from None


def parse_record(entry: dict) -> Record:
    """Converts one dict of pix3d.json.

    Raises
    ------
    KeyError, TypeError, ValueError
        If the dict is malformed.
    """
    azimuth, elevation = view_angles(entry)
    return Record(
        img=_relative_path(entry["img"]),
        mask=_relative_path(entry["mask"]),
        voxel=_relative_path(entry["voxel"]),
        category=entry["category"],
        img_size=_integers(entry["img_size"], 2),
        bbox=_integers(entry["bbox"], 4),
        truncated=bool(entry["truncated"]),
        occluded=bool(entry["occluded"]),
        slightly_occluded=bool(entry["slightly_occluded"]),
        azimuth=azimuth,
        elevation=elevation,
    )


def _integers(values: Sequence, count: int) -> tuple[int, ...]:
    """Returns `count` pixel values as integers; ValueError for another number of values."""
    if len(values) != count:
        raise ValueError(f"{values!r} should be {count} numbers")
    return tuple(int(value) for value in values)


def _relative_path(path: str) -> str:
    """Returns the path unchanged; ValueError if it leaves the data set's root."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError(f"{path!r} points outside the data set")
    return path


def view_angles(entry: dict) -> tuple[float | None, float | None]:
    """Returns the camera of an entry of pix3d.json in our convention.

    The angles come from `azimuth_deg` and `elevation_deg` if a derived data set has them, else
    from the original `cam_position` in Pix3D's model frame (+x left, +y up, +z inward). There the
    direction to the camera is (sin az cos el, sin el, -cos az cos el). Our x and z are the
    negative of the model frame's.

    Returns
    -------
    azimuth, elevation : float or None
        Degrees, azimuth in [-180, 180); None where the camera is unknown.
    """
    if entry.get("azimuth_deg") is not None and entry.get("elevation_deg") is not None:
        azimuth, elevation = -entry["azimuth_deg"], entry["elevation_deg"]
    elif entry.get("cam_position"):
        x, y, z = entry["cam_position"]
        azimuth = math.degrees(math.atan2(-x, -z))
        elevation = math.degrees(math.atan2(y, math.hypot(x, z)))
    else:
        return None, None
    return (azimuth + 180.0) % 360.0 - 180.0, float(elevation)


def read_image(root: str | os.PathLike, record: Record) -> Image.Image:
    """Reads the photo in the pixel frame of the annotations.

    Boxes and masks refer to the stored pixels. The EXIF rotation is applied only if `img_size`
    differs from the stored size, which means that the annotators saw the rotated picture.

    Returns
    -------
    PIL.Image.Image
        RGB.

    Raises
    ------
    DataError
        If the file cannot be read.
    """
    path = Path(root) / record.img
    try:
        with Image.open(path) as image:
            image.load()
            stored = not record.upright and image.size == tuple(record.img_size)
            return (image if stored else ImageOps.exif_transpose(image)).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} cannot be read as a picture ({error}).") from None


def read_mask(root: str | os.PathLike, record: Record) -> np.ndarray:
    """Reads the mask: (H, W) bool, True on the object; DataError if it cannot be read."""
    path = Path(root) / record.mask
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("L")) >= MASK_LEVEL
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} cannot be read as a mask ({error}).") from None


def read_voxels(root: str | os.PathLike, voxel: str) -> np.ndarray:
    """Reads a record's voxel file, MATLAB v5 with the key `voxel`, or a shape of a photos.csv.

    Returns
    -------
    numpy.ndarray
        (128, 128, 128) bool in Pix3D's axes (left, outward, up).

    Raises
    ------
    DataError
        If the file is missing, broken, of another shape, not 0/1 or empty.
    """
    if not voxel.endswith(MAT):
        from training.photo_data.shape_files import read_grid  # it imports this module

        return from_model_axes(read_grid(root, voxel))
    from scipy.io import loadmat  # imported here: most users of this module never read a .mat

    path = Path(root) / voxel
    try:
        grid = loadmat(path, variable_names=["voxel"])["voxel"]
    except Exception as error:  # scipy raises many kinds of exceptions for a broken .mat
        reason = "no variable 'voxel'" if isinstance(error, KeyError) else str(error)
        raise DataError(f"{path} cannot be read as a MATLAB v5 voxel grid ({reason}).") from None
    if grid.shape != (VOXEL_SIDE,) * 3:
        raise DataError(f"{path} holds a grid of shape {grid.shape}, not {VOXEL_SIDE} a side.")
    if not ((grid == 0) | (grid == 1)).all():
        raise DataError(f"{path} holds values other than 0 and 1.")
    if not grid.any():
        raise DataError(f"{path} holds an empty grid.")
    return grid.astype(bool)


def to_model_axes(voxels: np.ndarray) -> np.ndarray:
    """Rotates grids (..., left, outward, up) of Pix3D to (..., x, y, z) of voxel_model.py.

    x points right as seen from the front (minus left), y up, z toward the front (outward).
    """
    return np.ascontiguousarray(np.flip(np.swapaxes(voxels, -1, -2), axis=-3))


def from_model_axes(grid: np.ndarray) -> np.ndarray:
    """Rotates grids (..., x, y, z) to Pix3D's (..., left, outward, up): undoes `to_model_axes`."""
    return np.ascontiguousarray(np.swapaxes(np.flip(grid, axis=-3), -1, -2))


def canonical_grid(voxels: np.ndarray, resolution: int = 32) -> np.ndarray:
    """Centres and scales a grid to the target of training and evaluation.

    The object's bounding box is centred and its longest side fills the grid. Pooling is by
    maximum, so that legs thinner than a cell are preserved: a cell is solid if it contains the
    centre of a solid source cell. Pix3D's own grids are centred and fill their 128 cells; for
    them the result equals 4x (R=32) or 2x (R=64) max-pooling.

    Parameters
    ----------
    voxels : numpy.ndarray
        (n, n, n), any n; cells above 0 are solid.
    resolution : int
        R, cells a side of the result.

    Returns
    -------
    numpy.ndarray
        (R, R, R) bool.

    Raises
    ------
    ValueError
        If the grid is empty.
    """
    solid = np.asarray(voxels) > 0
    if not solid.any():
        raise ValueError("An empty voxel grid has no bounding box to normalise.")
    bounds = [np.flatnonzero(solid.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    solid = solid[tuple(slice(b[0], b[-1] + 1) for b in bounds)].astype(np.float32)
    longest = max(solid.shape)
    for axis in range(3):
        pool = _pooling_matrix(solid.shape[axis], longest, resolution)
        solid = np.moveaxis(np.tensordot(pool, solid, axes=(1, axis)), 0, axis)
    return solid > 0


def _pooling_matrix(cells: int, longest: int, resolution: int) -> np.ndarray:
    """(R, cells) float32, 1 where a source cell falls into a target cell along one axis.

    A source centre exactly on a border belongs to both sides, so that symmetry is preserved.
    """
    pitch = resolution / longest  # target cells per source cell
    centre = (np.arange(cells) + 0.5 - cells / 2) * pitch + resolution / 2
    start = np.arange(resolution)[:, None]
    source_in_target = (centre >= start - 1e-6) & (centre <= start + 1 + 1e-6)
    target_in_source = np.abs(start + 0.5 - centre) < pitch / 2  # for a grid coarser than R
    return (source_in_target | target_in_source).astype(np.float32)
