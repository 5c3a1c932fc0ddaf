"""Writes the files of a model made of parts; `pipeline.export` calls it for the style "parts".

path = write_parts(model, Path("chair.glb"), ExportOptions())
facts = part_facts(model)                # what the page shows beside the model
"""

from pathlib import Path

import numpy as np
import trimesh

from core.files import write_atomic
from geometry.mesh_files import MeshArrays
from meshing import axis_bounds, is_watertight
from pipeline.formats import TURNTABLE_SUFFIXES
from pipeline.parts.files import to_arrays, to_glb, to_obj, to_ply, to_stl
from pipeline.parts.meshes import union
from pipeline.parts.model import PartModel
from pipeline.settings import ExportOptions

WRITERS = {".glb": to_glb, ".obj": to_obj, ".ply": to_ply}


def write_parts(model: PartModel, path: Path, options: ExportOptions) -> Path:
    """Writes a mesh or a turntable; the suffix of the path selects the format.

    Parameters
    ----------
    model : PartModel
    path : Path
        .glb, .obj, .ply, .stl, .webp or .mp4.
    options : ExportOptions
        The height of an STL. Parts have few colours and faces: the limits of both have no effect.

    Returns
    -------
    Path
        The path of the file.

    Raises
    ------
    WriteError
        If the file cannot be written.
    """
    if path.suffix in TURNTABLE_SUFFIXES:
        from pipeline.turntable import export_turntable, render_turntable  # loads FFmpeg

        return export_turntable(render_turntable(to_mesh(model)), path)
    if path.suffix == ".stl":
        return write_atomic(path, to_stl(model, options.stl_height, options.stl_size))
    return write_atomic(path, WRITERS[path.suffix](model))


def to_mesh(model: PartModel) -> trimesh.Trimesh:
    """Returns all parts as one mesh with vertex colours; parts stay separate surfaces."""
    arrays = to_arrays(model)
    mesh = trimesh.Trimesh(
        arrays.vertices, arrays.faces, vertex_normals=arrays.normals, process=False
    )
    mesh.metadata["grid_center"] = arrays.grid_center
    mesh.visual.vertex_colors = _rgba(arrays.colors)
    return mesh


def to_body(model: PartModel) -> trimesh.Trimesh:
    """Returns the union of all parts with face colours: one closed surface."""
    body = union([part.mesh for part in model.parts])
    mesh = trimesh.Trimesh(body.vertices, body.faces, process=False)
    colors = np.array([part.color for part in model.parts], np.uint8)[body.owners]
    mesh.visual.face_colors = _rgba(colors)
    mesh.merge_vertices(merge_norm=True)
    mesh.metadata["grid_center"] = model.grid_center
    return mesh


def _rgba(colors: np.ndarray) -> np.ndarray:
    rgba = np.full((len(colors), 4), 255, np.uint8)
    rgba[:, :3] = colors
    return rgba


def part_facts(model: PartModel) -> dict:
    """Returns the facts of `pipeline.export.export_glb`, and `parts`, `design`, `height_cm`."""
    arrays = to_arrays(model)
    sides = [high - low for low, high in axis_bounds(arrays.vertices)]
    return {
        "cells": int(model.grid.sum()),
        "vertices": len(arrays.vertices),
        "faces": len(arrays.faces),
        "watertight": all(is_watertight(_single(part.mesh)) for part in model.parts),
        "radius": round(float(np.linalg.norm(sides)) / 2, 4),
        "parts": [part.mesh.name for part in model.parts],
        "design": model.design,
        "height_cm": round(model.height_cm, 1),
    }


def _single(mesh) -> MeshArrays:
    return MeshArrays(mesh.vertices, mesh.faces, mesh.normals, None)
