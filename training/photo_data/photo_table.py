"""Photographs of your own: the table photos.csv.

    records = load_photos("photos")        # reads photos/photos.csv

| column | holds |
|---|---|
| image | path of the photograph |
| mask | path of a picture that is white on the object |
| box | x0 y0 x1 y1 in pixels of the upright photograph; needed where there is no mask |
| shape | FILE.npz#NAME, a 3D file, or the NAME of a shape in shapes.npz in the folder |
| category | needed where the shape is a 3D file |
| azimuth, elevation | direction of the camera in degrees, where known |
| truncated, occluded | yes or no |
| group | photographs of one group count as photographs of one shape |

Azimuth 0 is a camera in front of the object; positive azimuth turns toward the object's right as
seen from its front. Paths are relative to the folder. Columns that are not used may be left out.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from core.boxes import clip_box
from core.errors import UserError
from training.data.csv_tables import read_rows
from training.photo_data.shape_files import PACKED_FILE, packed_shape
from training.pix3d.dataset import MASK_LEVEL, PHOTO_TABLE, SEPARATOR, DataError, Record
from training.shape_import.formats import GRID_SUFFIXES, MESH_SUFFIXES

REQUIRED = ("image", "shape")
OPTIONAL = (
    *("mask", "box", "category", "azimuth", "elevation"),
    *("truncated", "occluded", "group"),
)
PATHS = ("image", "mask", "shape")
YES = ("yes", "true", "1", "y")
NO = ("no", "false", "0", "n", "")
QUARTER_TURNS = (5, 6, 7, 8)  # EXIF orientations that swap width and height
BOX_NUMBERS = 4
MAX_ELEVATION = 90.0  # degrees; a camera straight above
THREADS = 8  # pictures whose size or mask is read at once


def load_photos(root: str | Path) -> list[Record]:
    """Reads the table of a folder of photographs.

    Parameters
    ----------
    root : str or Path
        Folder that holds photos.csv.

    Returns
    -------
    list of Record
        The photographs in the table's order.

    Raises
    ------
    DataError
        If the table is malformed, or a picture or packed shape that it names cannot be read.
    """
    path = Path(root) / PHOTO_TABLE
    try:
        columns, rows = read_rows(path, REQUIRED + OPTIONAL)
    except UserError as error:
        raise DataError(str(error)) from None
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise DataError(f"{path} has no column {', '.join(missing)}; see docs/train-your-own.md.")
    if not rows:
        raise DataError(f"{path} names no photo.")
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda item: _numbered_record(path, *item), enumerate(rows, start=2)))


def _numbered_record(path: Path, line: int, row: Mapping[str, str]) -> Record:
    """Converts a row; a DataError names the file and the line."""
    try:
        return _record(path.parent, row)
    except UserError as error:
        raise DataError(f"{path}, line {line}: {error}") from None


def _record(root: Path, row: Mapping[str, str]) -> Record:
    """Converts a row of the table."""
    empty = [name for name in REQUIRED if not row[name]]
    if empty:
        raise DataError(f"the column {empty[0]} is empty.")
    row = {**row, **{name: row.get(name, "").replace("\\", "/") for name in PATHS}}
    size = _upright_size(root / row["image"])
    mask = row["mask"]
    if mask:
        _check_mask(root / mask, size)
    if row.get("box"):
        box = clip_box(_numbers("box", row["box"].replace(",", " ").split()), size)
    elif mask:
        box = _mask_box(root / mask)
    else:
        raise DataError("box and mask are empty; give one of them.")
    shape, category = _shape(root, row)
    occluded = _flag(row, "occluded")
    return Record(
        img=row["image"],
        mask=mask,
        voxel=shape,
        category=category,
        img_size=size,
        bbox=tuple(round(value) for value in box),
        truncated=_flag(row, "truncated"),
        occluded=occluded,
        slightly_occluded=False,
        azimuth=_angle(row, "azimuth"),
        elevation=_angle(row, "elevation"),
        group=row.get("group", ""),
        upright=True,
    )


def _shape(root: Path, row: Mapping[str, str]) -> tuple[str, str]:
    """Returns shape and category; the category of a packed shape is that of its file."""
    shape, category = row["shape"], row.get("category", "")
    if SEPARATOR not in shape and not (root / shape).is_file():
        if shape.lower().endswith(MESH_SUFFIXES + GRID_SUFFIXES):
            raise DataError(f"there is no {root / shape}; correct the column shape.")
        shape = f"{PACKED_FILE}{SEPARATOR}{shape}"
    file, separator, name = shape.partition(SEPARATOR)
    if separator:
        packed_category, _ = packed_shape(root / file, name)
        category = category or packed_category
    if not category:
        raise DataError("the column category is empty, and the shape is a 3D file.")
    return shape, category


def _upright_size(path: Path) -> tuple[int, int]:
    """Returns width and height of a picture after the rotation of its EXIF data."""
    try:
        with Image.open(path) as image:
            width, height = image.size
            turned = image.getexif().get(ExifTags.Base.Orientation, 1) in QUARTER_TURNS
    except Exception as error:  # Pillow raises many kinds of exceptions for a broken picture
        raise DataError(f"{path} cannot be read as a picture ({error}).") from None
    return (height, width) if turned else (width, height)


def _check_mask(path: Path, size: tuple[int, int]) -> None:
    """DataError if a mask cannot be opened or has not the size of its upright photograph."""
    try:
        with Image.open(path) as mask:
            found = mask.size
    except Exception as error:  # as in _upright_size
        raise DataError(f"{path} cannot be read as a mask ({error}).") from None
    if found != size:
        raise DataError(
            f"{path} has {found[0]} x {found[1]} pixels and its photograph {size[0]} x {size[1]}; "
            "make them equal."
        )


def _mask_box(path: Path) -> tuple[int, int, int, int]:
    """Returns the box around the white pixels of a mask."""
    try:
        with Image.open(path) as image:
            solid = np.asarray(image.convert("L")) >= MASK_LEVEL
    except Exception as error:  # as in _upright_size
        raise DataError(f"{path} cannot be read as a mask ({error}).") from None
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    if not len(rows):
        raise DataError(f"{path} shows no object: no pixel is white.")
    return (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def _numbers(name: str, texts: list[str], count: int = BOX_NUMBERS) -> tuple[float, ...]:
    """Parses numbers; DataError if they are not `count` finite ones."""
    try:
        values = tuple(float(text) for text in texts)
    except ValueError:
        values = ()
    if len(values) != count or not np.isfinite(values).all():
        wanted = "x0 y0 x1 y1 in pixels" if count == BOX_NUMBERS else "a number of degrees"
        raise DataError(f'{name} is "{" ".join(texts)}"; give {wanted}.')
    return values


def _angle(row: Mapping[str, str], name: str) -> float | None:
    """Degrees of a column, azimuth in [-180, 180); None where it is empty."""
    text = row.get(name, "")
    if not text:
        return None
    (value,) = _numbers(name, [text], 1)
    if name == "elevation" and abs(value) > MAX_ELEVATION:
        raise DataError(f"elevation is {text}; it lies between -90 and 90 degrees.")
    return (value + 180.0) % 360.0 - 180.0 if name == "azimuth" else value


def _flag(row: Mapping[str, str], name: str) -> bool:
    """True for yes, False for no or an empty cell; DataError for another text."""
    text = row.get(name, "").lower()
    if text not in YES + NO:
        raise DataError(f'{name} is "{text}"; write yes or no.')
    return text in YES
