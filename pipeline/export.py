"""A picture file in, model files out: the steps that the page and the command line share.

    prediction = look(model, open_picture("chair.jpg"))
    kept = Kept(prediction, "chair", Path("out"), model.config.threshold)
    path, facts = build(kept, Settings(threshold=0.5))
    write(kept, Settings(0.5, "blocks"), "stl", Finish(stl_height=80, printable=True))

Every error a person can cause is a PictureError, ModelError or MeshError of one sentence.
"""

import re
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from reprlib import repr as brief  # a visitor's value may be megabytes long

import numpy as np

from core.errors import MeshError
from core.prediction import Prediction
from geometry.decimation import MAX_COLORS, MIN_FACES, quantize_colors, simplify
from geometry.grids import remove_small_components
from geometry.surface_cells import surface_mask
from images.untrusted import open_image
from meshing import (
    MESH_SUFFIXES,
    STYLES,
    VOXEL_SUFFIXES,
    axis_bounds,
    export_mesh,
    export_voxels,
    is_watertight,
    voxels_to_arrays,
    voxels_to_mesh,
)
from pipeline.detection import describe, find_object, ignore_progress, pick_object, predict_object
from pipeline.printing import make_printable

# front ends find every step here
from pipeline.result import Result

__all__ = [
    "COLOR_SOURCES",
    "DEFAULT_EXPORT",
    "FORMATS",
    "MODEL_FORMATS",
    "ExportOptions",
    "Result",
    "Settings",
    "describe",
    "export_file",
    "export_glb",
    "export_with_notes",
    "find_object",
    "ignore_progress",
    "open_image",
    "pick_object",
    "predict_object",
    "safe_name",
]
TURNTABLE_SUFFIXES = (".webp", ".mp4")  # the model turning around
MODEL_FORMATS = tuple(suffix[1:] for suffix in MESH_SUFFIXES + VOXEL_SUFFIXES)
FORMATS = (*MODEL_FORMATS, *(suffix[1:] for suffix in TURNTABLE_SUFFIXES))
COLOR_SOURCES = ("photo", "predicted")
MAX_FACES = 1_000_000  # far more than any grid here has
MIN_STL_HEIGHT, MAX_STL_HEIGHT = (
    1.0,
    10_000.0,
)  # mm: beyond lies no printer, and far beyond no float32
MAX_NAME_LENGTH = 80  # characters of a download's name; file systems take 255 bytes
# pieces below this share of the largest one are crumbs; a leg that hangs loose has 0.02 to 0.03
MIN_COMPONENT_SHARE = 0.01


def safe_name(path: str | Path) -> str:
    """What downloads are called: the file's name, less what some system would trip over.

    No path, control or quoting character is left, whatever a visitor called the picture.
    """
    kept = re.sub(r"[^\w .()+-]+", "_", Path(path).stem)[:MAX_NAME_LENGTH].strip(" .")
    return kept if kept.strip("_") else "model"


def _number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class Settings:
    """How a prediction is meshed; MeshError names the value that cannot be."""

    threshold: float  # probability above which a cell is solid
    style: str = "smooth"  # one of STYLES
    drop_crumbs: bool = True
    colors: str = "photo"  # one of COLORS: what the camera saw, or what the network predicted

    def __post_init__(self):
        if not (_number(self.threshold) and 0 < self.threshold < 1):  # NaN ends here too
            raise MeshError(
                f"The threshold is {brief(self.threshold)}; give a number between 0 and 1."
            )
        if self.style not in STYLES:
            raise MeshError(f"The style is {brief(self.style)}; choose {' or '.join(STYLES)}.")
        if not isinstance(self.drop_crumbs, bool):
            raise MeshError(f"Leaving out crumbs is {brief(self.drop_crumbs)}; say true or false.")
        if self.colors not in COLOR_SOURCES:
            raise MeshError(
                f"The colours are {brief(self.colors)}; choose {' or '.join(COLOR_SOURCES)}."
            )


@dataclass(frozen=True)
class ExportOptions:
    """What a file is made for; the model on show does not change with it."""

    stl_height: float = 100.0  # mm that an .stl stands tall; 100 fits any printer's bed
    printable: bool = True  # an .stl as one solid piece with flat feet
    palette: int = 0  # most different colours; 0 for as many as there are
    faces: int = 0  # most triangles of a smooth mesh; 0 for as many as there are

    def __post_init__(self):
        if not (_number(self.stl_height) and MIN_STL_HEIGHT <= self.stl_height <= MAX_STL_HEIGHT):
            raise MeshError(
                f"The height is {brief(self.stl_height)}; give a number of millimetres "
                f"from {MIN_STL_HEIGHT:g} to {MAX_STL_HEIGHT:,g}."
            )
        if not isinstance(self.printable, bool):
            raise MeshError(f"Making it printable is {brief(self.printable)}; say true or false.")
        for name, most, least in (("palette", MAX_COLORS, 1), ("faces", MAX_FACES, MIN_FACES)):
            value = getattr(self, name)
            if not (_number(value) and (value == 0 or least <= value <= most)):
                raise MeshError(
                    f"The {name} is {brief(value)}; give 0 for all, or {least} to {most}."
                )


DEFAULT_EXPORT = ExportOptions()


def export_glb(kept: Result, settings: Settings) -> tuple[Path, dict]:
    """Mesh the kept prediction: the GLB's path and the facts about the mesh."""
    occupancy = _shown(kept.prediction, settings)
    colors = _colors(kept, settings, occupancy)
    skin = voxels_to_arrays(occupancy, colors, settings.threshold, settings.style)
    path = export_mesh(skin, _fresh(kept) / f"{kept.name}.glb")
    sides = [high - low for low, high in axis_bounds(skin.vertices)]
    facts = {
        "cells": int((occupancy > np.float32(settings.threshold)).sum()),
        "vertices": len(skin.vertices),
        "faces": len(skin.faces),
        "watertight": is_watertight(skin),
        "radius": round(float(np.linalg.norm(sides)) / 2, 4),  # of the sphere around it
    }
    return path, facts


def _shown(prediction: Prediction, settings: Settings) -> np.ndarray:
    """The occupancy that is meshed and written: with crumbs pressed below the threshold."""
    occupancy, threshold = prediction.occupancy, np.float32(settings.threshold)
    solid = occupancy > threshold
    if not (settings.drop_crumbs and solid.any()):
        return occupancy
    kept = remove_small_components(solid, MIN_COMPONENT_SHARE)
    if kept is solid:  # all of it is one piece
        return occupancy
    return np.where(kept, occupancy, np.minimum(occupancy, threshold))


def _colors(
    kept: Result, settings: Settings, occupancy: np.ndarray | None = None, palette: int = 0
) -> np.ndarray:
    """(R, R, R, 3) uint8 for every cell, or, given an occupancy, at least for its mesh's."""
    if settings.colors == "predicted":
        colors = kept.prediction.colors
    elif occupancy is None or palette:
        colors = kept.cell_colors
    else:
        colors = kept.surface_colors.for_cells(
            surface_mask(occupancy > np.float32(settings.threshold))
        )
    if not palette:
        return colors
    solid = kept.prediction.occupancy > np.float32(settings.threshold)
    return quantize_colors(colors, palette, surface_mask(solid))


# --- files --------------------------------------------------------------------------------------


def export_file(
    kept: Result, settings: Settings, file_format: str, finish: ExportOptions = DEFAULT_EXPORT
) -> Path:
    """The model as one file of the format, or all but the films in a zip, named as the picture."""
    return export_with_notes(kept, settings, file_format, finish)[0]


def export_with_notes(
    kept: Result, settings: Settings, file_format: str, finish: ExportOptions = DEFAULT_EXPORT
) -> tuple[Path, list[str]]:
    """`write`, and what to know before printing an .stl in it that was made fit to print."""
    if file_format not in (*FORMATS, "zip"):
        raise MeshError(f"The format is {brief(file_format)}; choose {', '.join(FORMATS)} or zip.")
    folder, notes = _fresh(kept), []
    whole = folder / f"{kept.name}.{file_format}"
    if file_format != "zip":
        return _write_one(kept, settings, whole, finish, notes), notes
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle:
        for name in MODEL_FORMATS:
            path = _write_one(kept, settings, folder / f"{kept.name}.{name}", finish, notes)
            bundle.write(path, path.name)
            path.unlink()
    return whole, notes


def _write_one(
    kept: Result, settings: Settings, path: Path, finish: ExportOptions, notes: list
) -> Path:
    suffix, occupancy = path.suffix, kept.prediction.occupancy
    if suffix != ".npz":  # which is for work: the probabilities as they were predicted
        occupancy = _shown(kept.prediction, settings)
    if suffix in VOXEL_SUFFIXES:
        colors = _colors(kept, settings, palette=finish.palette)
        return export_voxels(occupancy, colors, settings.threshold, path)
    if suffix == ".stl":
        return _write_stl(occupancy, settings, path, finish, notes)
    colors = _colors(kept, settings, occupancy, finish.palette)
    mesh = voxels_to_mesh(occupancy, colors, settings.threshold, settings.style)
    if suffix in TURNTABLE_SUFFIXES:
        from pipeline.turntable import export_turntable, render_turntable

        return export_turntable(render_turntable(mesh), path)
    return export_mesh(simplify(mesh, finish.faces) if finish.faces else mesh, path)


def _write_stl(
    occupancy, settings: Settings, path: Path, finish: ExportOptions, notes: list
) -> Path:
    if finish.printable and settings.style == "smooth":
        printable = make_printable(occupancy, settings.threshold, finish.stl_height)
        notes += printable.notes()
        mesh = printable.mesh
    else:
        mesh = voxels_to_mesh(occupancy, None, settings.threshold, settings.style)
    if finish.faces:
        mesh = simplify(mesh, finish.faces)
    return export_mesh(mesh, path, finish.stl_height)


def _fresh(kept: Result) -> Path:
    """A new folder for every result: a browser would show the old file under an old address."""
    kept.folder.mkdir(parents=True, exist_ok=True)  # a visit may outlive the sweep of its files
    return Path(tempfile.mkdtemp(dir=kept.folder))
