"""A picture file in, model files out: the steps that the page and the command line share.

    kept = Kept(look(model, open_picture("chair.jpg")), "chair", Path("out"))
    path, facts = build(kept, Settings(threshold=0.5, style="smooth", drop_crumbs=True))
    write(kept, settings, "stl")

Every error a person can cause is a PictureError, ModelError or MeshError of one sentence.
"""

import tempfile
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import trimesh
from PIL import Image, UnidentifiedImageError

from meshing import (
    MESH_SUFFIXES,
    STYLES,
    VOXEL_SUFFIXES,
    MeshError,
    _without_crumbs,
    export_mesh,
    export_voxels,
    is_watertight,
    voxels_to_mesh,
)
from picture import Box, PictureError, check_box, object_box, read_image, square_around
from voxel_model import Prediction, VoxelModel, find_boxes, find_masks, predict

FORMATS = tuple(suffix[1:] for suffix in MESH_SUFFIXES + VOXEL_SUFFIXES)
PICTURE_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
LARGEST_PICTURE = 50_000_000  # pixels; decoded it takes three bytes each
WINDOWS = (1.0, 0.7, 0.5, 0.35)  # sides of the windows around a point, shares of the longer side
ENDS_INSIDE = 0.95  # what fills more of its window goes on outside
STL_HEIGHT = 100.0  # mm: fits any printer's bed
# pieces below this share of the largest one are crumbs; a leg that hangs loose has 0.02 to 0.03
CRUMB_SHARE = 0.01


@dataclass(frozen=True)
class Kept:
    """What a visit keeps, so that a new threshold, style or format never runs the network again."""

    prediction: Prediction
    name: str  # of the picture, without its suffix: downloads are called after it
    folder: Path  # holds this visit's files and goes with it

    def slim(self) -> "Kept":
        """Without masks of the whole picture, which are not needed again and may take 200 MB."""
        return replace(self, prediction=replace(self.prediction, alpha=None))


def _number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class Settings:
    """How a prediction is meshed; MeshError names the value that cannot be."""

    threshold: float  # probability above which a cell is solid
    style: str  # one of STYLES
    drop_crumbs: bool

    def __post_init__(self):
        if not (_number(self.threshold) and 0 < self.threshold < 1):  # NaN ends here too
            raise MeshError(f"The threshold is {self.threshold!r}; give a number between 0 and 1.")
        if self.style not in STYLES:
            raise MeshError(f"The style is {self.style!r}; choose {' or '.join(STYLES)}.")
        if not isinstance(self.drop_crumbs, bool):
            raise MeshError(f"Leaving out crumbs is {self.drop_crumbs!r}; say true or false.")


def open_picture(path: str | None) -> Image.Image:
    """The picture, not yet decoded; PictureError for what is no picture or is out of all size."""
    if not path:
        raise PictureError("Choose a picture first: drop one, paste one, or take one.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # checked just below
            picture = Image.open(path, formats=PICTURE_FORMATS)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        known = "PNG, JPEG, GIF, BMP or WebP"
        raise PictureError(f"This file is not a {known} picture; save it as one.") from error
    except Image.DecompressionBombError as error:
        raise PictureError(_too_large("hundreds of megapixels")) from error
    if picture.width * picture.height > LARGEST_PICTURE:
        raise PictureError(_too_large(f"{picture.width} x {picture.height} pixels"))
    return picture


def _too_large(size: str) -> str:
    limit = LARGEST_PICTURE // 1_000_000
    return f"The picture has {size}; make it smaller than {limit} megapixels first."


def look(
    model: VoxelModel,
    picture: Image.Image,
    box: Box | None = None,
    report: Callable[[float, str], None] = lambda share, step: None,
) -> Prediction:
    """The object in `box`, else the one that is found; `report` hears each step as it begins."""
    report(0.1, "Finding the object")
    upright, alpha = read_image(picture)
    if box is None and alpha is None:
        box = find_boxes(model, [upright], [None])[0]
    report(0.4, "Predicting its shape")
    # a cut-out says itself what the object is, so it goes in as it came
    return predict(model, upright if alpha is None else picture, box)


class Found(NamedTuple):
    """An object in a picture, before its shape is predicted."""

    size: tuple[int, int]  # width and height of the upright picture
    box: Box
    mask: np.ndarray  # (h, w) float32, probability that the pixel shows the object
    frame: Box  # where the mask lies in the picture


def find_object(model: VoxelModel, picture: Image.Image) -> Found:
    """The object that `look` would take."""
    upright, alpha = read_image(picture)
    if alpha is not None and (box := object_box(alpha)):
        return Found(upright.size, box, alpha, (0.0, 0.0, *map(float, upright.size)))
    return _found(model, upright, find_boxes(model, [upright], [None])[0])


def _found(model: VoxelModel, upright: Image.Image, box: Box) -> Found:
    """A closer look at the box shows where the object ends."""
    frame = square_around(box, model.config.crop_margin)
    return Found(upright.size, box, find_masks(model, [upright], [frame])[0], frame)


def pick_object(model: VoxelModel, picture: Image.Image, point: tuple[float, float]) -> Found:
    """The object at a point (x, y) of the upright picture.

    The model looks at ever smaller windows around the point; the first in which it finds something
    that holds the point and ends inside the window tells the box.
    """
    upright, _ = read_image(picture)
    x, y = point
    windows = []
    for share in WINDOWS:
        half = share * max(upright.size) / 2
        windows.append(check_box((x - half, y - half, x + half, y + half), upright.size))
    crops = [upright.crop(tuple(round(v) for v in window)) for window in windows]
    found = find_boxes(model, crops, [None] * len(crops))
    boxes = [
        (box[0] + w[0], box[1] + w[1], box[2] + w[0], box[3] + w[1])
        for box, w in zip(found, windows, strict=True)
    ]
    for box, window in zip(boxes, windows, strict=True):
        side = max(window[2] - window[0], window[3] - window[1])
        holds = box[0] <= x <= box[2] and box[1] <= y <= box[3]
        if holds and max(box[2] - box[0], box[3] - box[1]) < ENDS_INSIDE * side:
            return _found(model, upright, box)
    return _found(model, upright, windows[-1])


def describe(prediction: Prediction) -> dict:
    """What the model believes about the object, in plain values."""
    return {
        "category": prediction.category,
        "categories": {k: round(v, 4) for k, v in prediction.category_probabilities.items()},
        "azimuth": round(prediction.azimuth, 1),
        "elevation": round(prediction.elevation, 1),
        "box": [round(value, 1) for value in prediction.box],
    }


def build(kept: Kept, settings: Settings) -> tuple[Path, dict]:
    """Mesh the kept prediction: the GLB's path and the facts about the mesh."""
    occupancy = _shown(kept.prediction, settings)
    mesh = _mesh(kept.prediction, occupancy, settings)
    path = export_mesh(mesh, _fresh(kept) / f"{kept.name}.glb")
    facts = {
        "cells": int((occupancy > np.float32(settings.threshold)).sum()),
        "vertices": len(mesh.vertices),
        "faces": len(mesh.faces),
        "watertight": is_watertight(mesh),
        "radius": round(float(np.linalg.norm(mesh.extents)) / 2, 4),  # of the sphere around it
    }
    return path, facts


def _shown(prediction: Prediction, settings: Settings) -> np.ndarray:
    """The occupancy that is meshed and written: with crumbs pressed below the threshold."""
    occupancy, threshold = prediction.occupancy, np.float32(settings.threshold)
    solid = occupancy > threshold
    if not (settings.drop_crumbs and solid.any()):
        return occupancy
    kept = _without_crumbs(solid, CRUMB_SHARE)
    return np.where(kept, occupancy, np.minimum(occupancy, threshold))


def _mesh(prediction: Prediction, occupancy: np.ndarray, settings: Settings) -> trimesh.Trimesh:
    return voxels_to_mesh(occupancy, prediction.colors, settings.threshold, settings.style)


def write(kept: Kept, settings: Settings, file_format: str, stl_height: float = STL_HEIGHT) -> Path:
    """The model as one file of the format, or all of them in a zip, named after the picture.

    stl_height : millimetres that an .stl stands tall, for a printer
    """
    if not _number(stl_height):
        raise MeshError(f"The height is {stl_height!r}; give a number of millimetres.")
    if file_format not in (*FORMATS, "zip"):
        raise MeshError(f"The format is {file_format!r}; choose {', '.join(FORMATS)} or zip.")
    folder = _fresh(kept)
    if file_format != "zip":
        return _write_one(kept, settings, folder / f"{kept.name}.{file_format}", stl_height)
    archive = folder / f"{kept.name}.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle:
        for name in FORMATS:
            path = _write_one(kept, settings, folder / f"{kept.name}.{name}", stl_height)
            bundle.write(path, path.name)
            path.unlink()
    return archive


def _write_one(kept: Kept, settings: Settings, path: Path, stl_height: float) -> Path:
    prediction = kept.prediction
    if path.suffix == ".npz":  # for work: the probabilities as they were predicted
        return export_voxels(prediction.occupancy, prediction.colors, settings.threshold, path)
    occupancy = _shown(prediction, settings)
    if path.suffix in MESH_SUFFIXES:
        height = stl_height if path.suffix == ".stl" else None
        return export_mesh(_mesh(prediction, occupancy, settings), path, height)
    return export_voxels(occupancy, prediction.colors, settings.threshold, path)


def _fresh(kept: Kept) -> Path:
    """A new folder for every result: a browser would show the old file under an old address."""
    return Path(tempfile.mkdtemp(dir=kept.folder))
