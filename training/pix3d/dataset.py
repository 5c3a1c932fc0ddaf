"""Pix3D as it lies on disk: records, pictures, masks, voxel grids and axes.

    from training import pix3d
    records = pix3d.load_records("pix3d")                      # reads pix3d/pix3d.json
    voxels = pix3d.to_model_axes(pix3d.read_voxels("pix3d", records[0].voxel))
    target = pix3d.canonical_grid(voxels, 32)                  # (32, 32, 32) bool

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
MASK_LEVEL = 128  # masks are 0/255 PNG; half way tells the object from the rest


class DataError(UserError):
    """A file of the data set is missing or broken; the message names it and says what to do."""


@dataclass(frozen=True)
class Record:
    """One annotated photo; paths are relative to the data set's root, angles in OUR convention.

    bbox : (x0, y0, x1, y1) in pixels, x1 and y1 exclusive
    azimuth, elevation : degrees or None where unknown; azimuth 0 = camera in front (+z),
        positive toward +x, which is minus Pix3D's own azimuth
    """

    img: str
    mask: str
    voxel: str
    category: str
    img_size: tuple[int, int]
    bbox: tuple[int, int, int, int]
    truncated: bool
    occluded: bool
    slightly_occluded: bool
    azimuth: float | None = None
    elevation: float | None = None

    @property
    def shape(self) -> str:
        """Folder of the 3D shape, "chair/IKEA_MARKUS": what a split must keep together."""
        return "/".join(PurePosixPath(self.voxel).parts[-3:-1])

    @property
    def clean(self) -> bool:
        """Not truncated, not occluded, not even slightly: the subset of Pix3D's own evaluation."""
        return not (self.truncated or self.occluded or self.slightly_occluded)


def load_records(root: str | os.PathLike) -> list[Record]:
    """All records of `<root>/pix3d.json`, in its order; DataError if missing or malformed."""
    path = Path(root) / "pix3d.json"
    if not path.is_file():
        raise DataError(f"{path} is missing: point --data at the folder that holds pix3d.json.")
    try:
        entries = list(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise DataError(f"{path} is no Pix3D record list ({error}); download it again.") from None
    return [numbered_record(path, number, entry) for number, entry in enumerate(entries)]


def numbered_record(path: Path, number: int, entry: dict) -> Record:
    """`parse_record` with an error that says where to look."""
    try:
        return parse_record(entry)
    except (KeyError, TypeError, ValueError) as error:
        reason = f"no field {error}" if isinstance(error, KeyError) else error
        raise DataError(f"Record {number} of {path} is malformed: {reason}.") from None


def parse_record(entry: dict) -> Record:
    """One dict of pix3d.json -> Record; KeyError, TypeError or ValueError when malformed."""
    azimuth, elevation = view_angles(entry)
    return Record(
        img=inside(entry["img"]),
        mask=inside(entry["mask"]),
        voxel=inside(entry["voxel"]),
        category=entry["category"],
        img_size=integers(entry["img_size"], 2),
        bbox=integers(entry["bbox"], 4),
        truncated=bool(entry["truncated"]),
        occluded=bool(entry["occluded"]),
        slightly_occluded=bool(entry["slightly_occluded"]),
        azimuth=azimuth,
        elevation=elevation,
    )


def integers(values: Sequence, count: int) -> tuple[int, ...]:
    """`count` pixel values as integers; ValueError for another number of them."""
    if len(values) != count:
        raise ValueError(f"{values!r} should be {count} numbers")
    return tuple(int(value) for value in values)


def inside(path: str) -> str:
    """The path itself, if it stays below the data set's root; ValueError otherwise."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError(f"{path!r} points outside the data set")
    return path


def view_angles(entry: dict) -> tuple[float | None, float | None]:
    """(azimuth, elevation) in degrees, our convention, azimuth in [-180, 180).

    From `azimuth_deg`/`elevation_deg` where a derived data set has them, else from the original
    file's `cam_position` in the model frame (+x left, +y up, +z inward): the direction to the
    camera is (sin az cos el, sin el, -cos az cos el), and our x and z are minus the model's.
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
    """The photo as RGB in the pixel frame of the annotations; DataError when unreadable.

    Boxes and masks were drawn on the stored pixels; an EXIF rotation is applied only when the
    record's `img_size` says that the annotators saw the turned picture.
    """
    path = Path(root) / record.img
    try:
        with Image.open(path) as image:
            image.load()
            stored = image.size == tuple(record.img_size)
            return (image if stored else ImageOps.exif_transpose(image)).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} cannot be read as a picture ({error}).") from None


def read_mask(root: str | os.PathLike, record: Record) -> np.ndarray:
    """(H, W) bool, True on the object; DataError when unreadable."""
    path = Path(root) / record.mask
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("L")) >= MASK_LEVEL
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} cannot be read as a mask ({error}).") from None


def read_voxels(root: str | os.PathLike, voxel: str) -> np.ndarray:
    """A record's voxel file -> (128, 128, 128) bool in Pix3D's axes (left, outward, up).

    The file is MATLAB v5 with the key `voxel`; DataError names a file that is missing, broken,
    of another shape, not 0/1 or empty.
    """
    from scipy.io import loadmat  # here: most users of this module never read a .mat

    path = Path(root) / voxel
    try:
        grid = loadmat(path, variable_names=["voxel"])["voxel"]
    except Exception as error:  # a broken .mat makes scipy raise nearly anything
        reason = "no variable 'voxel'" if isinstance(error, KeyError) else str(error)
        raise DataError(f"{path} cannot be read as a MATLAB v5 voxel grid ({reason}).") from None
    if grid.shape != (VOXEL_SIDE,) * 3:
        raise DataError(f"{path} holds a grid of shape {grid.shape}, not {VOXEL_SIDE} a side.")
    if not ((grid == 0) | (grid == 1)).all():
        raise DataError(f"{path} holds values other than 0 and 1.")
    if not grid.any():
        raise DataError(f"{path} holds an empty grid.")
    return grid.astype(bool)


def grid_path(grids: str | os.PathLike, voxel: str) -> Path:
    """Where training.convert_voxels puts the packed grids of a record's voxel file."""
    return (Path(grids) / voxel).with_suffix(".npz")


def load_grid(grids: str | os.PathLike, voxel: str, resolution: int) -> np.ndarray:
    """A converted grid -> (R, R, R) bool in our axes; DataError when absent or broken."""
    path = grid_path(grids, voxel)
    try:
        with np.load(path) as file:
            return np.unpackbits(file[str(resolution)]).reshape((resolution,) * 3).astype(bool)
    except Exception as error:  # zip, zlib, numpy and the file system all have their own
        raise DataError(
            f"{path} holds no grid of {resolution} a side ({error}); "
            "run training.convert_voxels again."
        ) from None


def to_model_axes(voxels: np.ndarray) -> np.ndarray:
    """(..., left, outward, up) of Pix3D -> (..., x, y, z) of voxel_model.py; a rotation.

    x points right as seen from the front (minus left), y up, z toward the front (outward).
    """
    return np.ascontiguousarray(np.flip(np.swapaxes(voxels, -1, -2), axis=-3))


def canonical_grid(voxels: np.ndarray, resolution: int = 32) -> np.ndarray:
    """(n, n, n) solid cells, any n -> (R, R, R) bool, the target of training and evaluation.

    The object's bounding box is centred and its longest side fills the grid. Pooling is by
    maximum, so that a leg thinner than a cell stays: a cell is solid when the centre of a solid
    source cell lies in it. On Pix3D's own grids, which are centred and fill their 128 cells, that
    is exactly 4x (R=32) or 2x (R=64) max-pooling. ValueError for an empty grid.
    """
    solid = np.asarray(voxels) > 0
    if not solid.any():
        raise ValueError("An empty voxel grid has no bounding box to normalise.")
    bounds = [np.flatnonzero(solid.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    solid = solid[tuple(slice(b[0], b[-1] + 1) for b in bounds)].astype(np.float32)
    longest = max(solid.shape)
    for axis in range(3):
        pool = pooling_matrix(solid.shape[axis], longest, resolution)
        solid = np.moveaxis(np.tensordot(pool, solid, axes=(1, axis)), 0, axis)
    return solid > 0


def pooling_matrix(cells: int, longest: int, resolution: int) -> np.ndarray:
    """(R, cells) float32, 1 where a source cell falls into a target cell along one axis.

    A source centre exactly on a border belongs to both sides, which keeps mirrored shapes mirrored.
    """
    pitch = resolution / longest  # target cells per source cell
    centre = (np.arange(cells) + 0.5 - cells / 2) * pitch + resolution / 2
    start = np.arange(resolution)[:, None]
    source_in_target = (centre >= start - 1e-6) & (centre <= start + 1 + 1e-6)
    target_in_source = np.abs(start + 0.5 - centre) < pitch / 2  # when a coarse grid is refined
    return (source_in_target | target_in_source).astype(np.float32)
