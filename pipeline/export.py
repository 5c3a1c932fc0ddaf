"""Model files from a result: GLB for the page, any format for a download.

    result = Result(prediction, "chair", Path("out"), model.config.threshold)
    path, facts = export_glb(result, Settings(threshold=0.5))
    path = export_file(result, Settings(0.5, "blocks"), "stl", ExportOptions(stl_height=80))

Files go into a new folder below `result.folder`. An empty grid raises MeshError, a file that cannot
be written WriteError; both are a UserError.
"""

import json
import re
import tempfile
import zipfile
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from reprlib import repr as short_repr  # a value from a request may be megabytes long
from typing import TYPE_CHECKING

import numpy as np
import trimesh

from core.errors import MeshError
from core.files import os_error_as_write_error
from core.prediction import Prediction
from geometry.decimation import quantize_colors, simplify
from geometry.grids import remove_small_components
from geometry.photo_colors import SurfaceColors
from geometry.surface_cells import surface_mask
from meshing import (
    axis_bounds,
    export_mesh,
    export_voxels,
    is_watertight,
    voxels_to_arrays,
    voxels_to_mesh,
)
from pipeline.formats import (
    FORMATS,
    MODEL_FORMATS,
    TURNTABLE_SUFFIXES,
    VOXEL_SUFFIXES,
    ZIP_FORMAT,
)
from pipeline.printing import make_printable, size_note
from pipeline.result import Result
from pipeline.settings import DEFAULT_EXPORT, DEFAULT_STYLE, PARTS, STYLES, ExportOptions, Settings

if TYPE_CHECKING:
    from pipeline.parts.bank import PieceBank

EMBEDDED_CHECKPOINT = Path(__file__).parent.parent / "checkpoint"  # voxel_model's own
MAX_NAME_LENGTH = 80  # characters; file systems allow 255 bytes
ZIP_LEVEL = 1  # fastest; higher levels are slower and gain little


def safe_name(path: str | Path) -> str:
    """Return a name for downloads that every operating system accepts.

    Parameters
    ----------
    path : str or Path
        Path of the photo, as the user named it.

    Returns
    -------
    str
        The file name without its suffix. Other characters than letters, digits, spaces and
        ``.()+-_`` become an underscore. The name is "model" if nothing is left.
    """
    name = re.sub(r"[^\w .()+-]+", "_", Path(path).stem)[:MAX_NAME_LENGTH].strip(" .")
    return name if name.strip("_") else "model"


def export_glb(result: Result, settings: Settings) -> tuple[Path, dict]:
    """Write the mesh that the page shows.

    Parameters
    ----------
    result : Result
        The prediction.
    settings : Settings
        Threshold, style and colours.

    Returns
    -------
    path : Path
        The GLB file.
    facts : dict
        `cells`, `vertices`, `faces`, `watertight`, and `radius`: that of the mesh's bounding
        sphere, in units of the grid's longest side.

    Raises
    ------
    MeshError
        If no cell is solid at the threshold.
    WriteError
        If the file cannot be written.
    """
    builder = _ModelBuilder(result, settings)
    if builder.part_model:
        from pipeline.parts.export import part_facts

        path = builder.write(_new_folder(result) / f"{result.name}.glb")
        return path, part_facts(builder.part_model)
    occupancy, style = builder.occupancy, builder.settings.style
    arrays = voxels_to_arrays(occupancy, builder.mesh_colors, settings.threshold, style)
    path = export_mesh(arrays, _new_folder(result) / f"{result.name}.glb")
    sides = [high - low for low, high in axis_bounds(arrays.vertices)]
    facts = {
        "cells": int((occupancy > np.float32(settings.threshold)).sum()),
        "vertices": len(arrays.vertices),
        "faces": len(arrays.faces),
        "watertight": is_watertight(arrays),
        "radius": round(float(np.linalg.norm(sides)) / 2, 4),
    }
    return path, facts


def default_mesh(
    prediction: Prediction,
    style: str | None = None,
    threshold: float | None = None,
    bank: "PieceBank | None" = None,
) -> trimesh.Trimesh:
    """Return the mesh that the page shows for a prediction.

    Parameters
    ----------
    prediction : Prediction
        The prediction.
    style : str, optional
        One of pipeline.settings.STYLES, by default the page's.
    threshold : float, optional
        Probability above which a cell is solid, by default that of the embedded checkpoint.
    bank : PieceBank, optional
        Pieces for the style "parts", by default those beside the embedded checkpoint. Without any
        the mesh is smooth.

    Returns
    -------
    trimesh.Trimesh
        With sRGB colours, on the floor, longest side 1. Parts are one closed body.

    Raises
    ------
    MeshError
        If no cell is solid at the threshold, or the style is unknown.
    """
    if threshold is None:
        threshold = _embedded_threshold()
    settings = Settings(threshold, style or DEFAULT_STYLE)
    result = Result(prediction, "model", Path(), threshold)
    if settings.style == PARTS:
        from pipeline.parts.bank import embedded_bank
        from pipeline.parts.export import to_body
        from pipeline.parts.model import add_parts

        result = add_parts(result, bank or embedded_bank())
        if result.part_model:
            return to_body(result.part_model)
    return _ModelBuilder(result, settings).mesh


def _embedded_threshold() -> float:
    text = (EMBEDDED_CHECKPOINT / "config.json").read_text(encoding="utf-8")
    return json.loads(text)["threshold"]


def export_file(
    result: Result,
    settings: Settings,
    file_format: str,
    options: ExportOptions = DEFAULT_EXPORT,
) -> Path:
    """Write the model in one format; `export_with_notes` without the notes."""
    return export_with_notes(result, settings, file_format, options)[0]


def export_with_notes(
    result: Result,
    settings: Settings,
    file_format: str,
    options: ExportOptions = DEFAULT_EXPORT,
) -> tuple[Path, list[str]]:
    """Write the model in one format.

    Parameters
    ----------
    result : Result
        The prediction.
    settings : Settings
        Threshold, style and colours.
    file_format : str
        One of pipeline.formats.FORMATS, or "zip" for all formats but the turntables.
    options : ExportOptions
        Options of the file.

    Returns
    -------
    path : Path
        The file, named after the photo.
    notes : list of str
        Sentences to read before printing an STL; the last one names its size.

    Raises
    ------
    MeshError
        If the format does not exist, or no cell is solid at the threshold.
    WriteError
        If the file cannot be written.
    """
    if file_format not in (*FORMATS, ZIP_FORMAT):
        raise MeshError(
            f"The format is {short_repr(file_format)}; choose {', '.join(FORMATS)} or {ZIP_FORMAT}."
        )
    builder = _ModelBuilder(result, settings, options)
    path = _new_folder(result) / f"{result.name}.{file_format}"
    if file_format != ZIP_FORMAT:
        return builder.write(path), builder.notes
    with (
        os_error_as_write_error(path),
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=ZIP_LEVEL) as bundle,
    ):
        for name in MODEL_FORMATS:
            member = builder.write(path.with_name(f"{result.name}.{name}"))
            bundle.write(member, member.name)
            member.unlink()
    return path, builder.notes


def _new_folder(result: Result) -> Path:
    """Make a new folder for each file: browsers cache a file by its URL."""
    with os_error_as_write_error(result.folder):
        result.folder.mkdir(parents=True, exist_ok=True)  # the clean-up may have removed it
        return Path(tempfile.mkdtemp(dir=result.folder))


class _ModelBuilder:
    """Writes files of one result; the formats share one mesh and one set of colours."""

    def __init__(self, result: Result, settings: Settings, options: ExportOptions = DEFAULT_EXPORT):
        self.prediction, self.result = result.prediction, result
        self.part_model = result.part_model if settings.style == PARTS else None
        if settings.style == PARTS:  # the surface where there are no parts
            settings = replace(settings, style=STYLES[0])
        self.settings, self.options = settings, options
        self.notes: list[str] = []

    def write(self, path: Path) -> Path:
        """Write the file; its suffix is the format."""
        if self.part_model and path.suffix not in VOXEL_SUFFIXES:
            from pipeline.parts.export import write_parts

            return write_parts(self.part_model, path, self.options)
        if self.part_model and path.suffix != ".npz":
            return export_voxels(self.part_model.grid, self.cell_colors, 0.5, path)
        if path.suffix in VOXEL_SUFFIXES:
            # an NPZ is for further work: it holds the probabilities as they were predicted
            grid = self.prediction.occupancy if path.suffix == ".npz" else self.occupancy
            return export_voxels(grid, self.cell_colors, self.settings.threshold, path)
        if path.suffix == ".stl":
            return self._write_stl(path)
        if path.suffix in TURNTABLE_SUFFIXES:
            from pipeline.turntable import export_turntable, render_turntable  # loads FFmpeg

            return export_turntable(render_turntable(self._full_mesh), path)
        # trimesh's writers cache normals in the mesh, and write them only where they are cached
        return export_mesh(self.mesh.copy(include_cache=True), path)

    @cached_property
    def occupancy(self) -> np.ndarray:
        """(R, R, R) float32; small components are lowered to the threshold, so not solid."""
        occupancy, threshold = self.prediction.occupancy, np.float32(self.settings.threshold)
        solid = occupancy > threshold
        if not (self.settings.drop_crumbs and solid.any()):
            return occupancy
        large = remove_small_components(solid)
        if large is solid:  # there is one component
            return occupancy
        return np.where(large, occupancy, np.minimum(occupancy, threshold))

    @cached_property
    def mesh(self) -> trimesh.Trimesh:
        """The mesh with colours, simplified if the options ask for it."""
        return (
            simplify(self._full_mesh, self.options.faces) if self.options.faces else self._full_mesh
        )

    @cached_property
    def _full_mesh(self) -> trimesh.Trimesh:
        threshold, style = self.settings.threshold, self.settings.style
        return voxels_to_mesh(self.occupancy, self.mesh_colors, threshold, style)

    @cached_property
    def mesh_colors(self) -> np.ndarray:
        """(R, R, R, 3) uint8, correct at least in the cells of the mesh's surface."""
        if self.settings.colors == "predicted" or self.options.palette:
            return self.cell_colors
        solid = self.occupancy > np.float32(self.settings.threshold)
        return self._surface_colors.for_cells(surface_mask(solid))

    @cached_property
    def cell_colors(self) -> np.ndarray:
        """(R, R, R, 3) uint8, correct in all cells."""
        if self.settings.colors == "predicted":
            colors = self.prediction.colors
        else:
            colors = self._surface_colors.all_cells
        if not self.options.palette:
            return colors
        solid = self.prediction.occupancy > np.float32(self.settings.threshold)
        return quantize_colors(colors, self.options.palette, surface_mask(solid))

    @cached_property
    def _surface_colors(self) -> SurfaceColors:
        return self.result.surface_colors

    def _write_stl(self, path: Path) -> Path:
        """Write an STL, without colours; as one body for printing if the options ask for it."""
        threshold, style = self.settings.threshold, self.settings.style
        options = self.options
        size = {"height": options.stl_height, "size": options.stl_size}
        if options.printable:
            printable = make_printable(self.occupancy, threshold, **size, style=style)
            self.notes += printable.notes()
            mesh = printable.mesh
        else:
            mesh = voxels_to_mesh(self.occupancy, None, threshold, style)
        if options.faces:
            mesh = simplify(mesh, options.faces)
        self.notes.append(size_note(mesh, **size))
        return export_mesh(mesh, path, **size)
