"""A picture file in, model files out: the steps that the page and the command line share.

    kept = Kept(look(model, open_picture("chair.jpg")), "chair", Path("out"))
    path, facts = build(kept, Settings(threshold=0.5, style="smooth", drop_crumbs=True))
    write(kept, settings, "stl")

Every error a person can cause is a PictureError, ModelError or MeshError of one sentence.
"""

import re
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from reprlib import repr as brief  # a visitor's value may be megabytes long

import numpy as np
import trimesh
from PIL import Image

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
from picture import Box, check_box, object_box, read_image
from picture_file import open_picture as open_picture  # front ends find every step here
from voxel_model import Prediction, VoxelModel, find_boxes, predict

FORMATS = tuple(suffix[1:] for suffix in MESH_SUFFIXES + VOXEL_SUFFIXES)
WINDOWS = (1.0, 0.7, 0.5, 0.35)  # sides of the windows around a point, shares of the longer side
ENDS_INSIDE = 0.95  # what fills more of its window goes on outside
NO_MASK = np.empty((0, 0), np.float32)
STL_HEIGHT = 100.0  # mm: fits any printer's bed
SMALLEST_STL, LARGEST_STL = 1.0, 10_000.0  # mm: beyond lies no printer, and far beyond no float32
LONGEST_NAME = 80  # characters of a download's name; file systems take 255 bytes
# pieces below this share of the largest one are crumbs; a leg that hangs loose has 0.02 to 0.03
CRUMB_SHARE = 0.01


@dataclass(frozen=True)
class Kept:
    """What a visit keeps, so that a new threshold, style or format never runs the network again."""

    prediction: Prediction
    name: str  # of the picture, without its suffix: downloads are called after it
    folder: Path  # holds this visit's files and goes with it

    def slim(self) -> "Kept":
        """Without the whole picture's mask, which is not needed again and may take 200 MB."""
        return replace(self, prediction=replace(self.prediction, mask=NO_MASK))


def plain_name(path: str | Path) -> str:
    """What downloads are called: the file's name, less what some system would trip over.

    No path, control or quoting character is left, whatever a visitor called the picture.
    """
    kept = re.sub(r"[^\w .()+-]+", "_", Path(path).stem)[:LONGEST_NAME].strip(" .")
    return kept if kept.strip("_") else "model"


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
            raise MeshError(
                f"The threshold is {brief(self.threshold)}; give a number between 0 and 1."
            )
        if self.style not in STYLES:
            raise MeshError(f"The style is {brief(self.style)}; choose {' or '.join(STYLES)}.")
        if not isinstance(self.drop_crumbs, bool):
            raise MeshError(f"Leaving out crumbs is {brief(self.drop_crumbs)}; say true or false.")


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


def find_object(model: VoxelModel, picture: Image.Image) -> tuple[tuple[int, int], Box]:
    """Size (width, height) of the upright picture, and the box of the object found in it."""
    upright, alpha = read_image(picture)
    box = None if alpha is None else object_box(alpha)
    return upright.size, box or find_boxes(model, [upright], [None])[0]


def pick_object(
    model: VoxelModel, picture: Image.Image, point: tuple[float, float]
) -> tuple[tuple[int, int], Box]:
    """As `find_object`, for the object at a point (x, y) of the upright picture.

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
            return upright.size, box
    return upright.size, windows[-1]


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
    if not (_number(stl_height) and SMALLEST_STL <= stl_height <= LARGEST_STL):
        raise MeshError(
            f"The height is {brief(stl_height)}; give a number of millimetres "
            f"from {SMALLEST_STL:g} to {LARGEST_STL:,g}."
        )
    if file_format not in (*FORMATS, "zip"):
        raise MeshError(f"The format is {brief(file_format)}; choose {', '.join(FORMATS)} or zip.")
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
