"""Writes the files of a model made of parts; `pipeline.export` calls it for the style "parts".

path = write_parts(model, Path("chair.glb"), ExportOptions())
facts = part_facts(model)                # what the page shows beside the model
"""

from pathlib import Path

import numpy as np
import trimesh

from core.files import write_atomic
from geometry.mesh_files import MeshArrays, opaque
from meshing import is_watertight
from pipeline.files.facts import model_facts, surface_size
from pipeline.formats import TURNTABLE_SUFFIXES
from pipeline.parts.files import to_3mf, to_arrays, to_glb, to_obj, to_ply, to_stl, to_usdz
from pipeline.parts.meshes import union
from pipeline.parts.model import PartModel
from pipeline.settings import ExportOptions

WRITERS = {".glb": to_glb, ".obj": to_obj, ".ply": to_ply, ".usdz": to_usdz}
PRINT_WRITERS = {".stl": to_stl, ".3mf": to_3mf}


def write_parts(model: PartModel, path: Path, options: ExportOptions) -> Path:
    """Writes a mesh or a turntable; the suffix of the path selects the format.

    Parameters
    ----------
    model : PartModel
    path : Path
        One of pipeline.formats.MESH_FORMATS or TURNTABLE_FORMATS.
    options : ExportOptions
        The height of an STL and a 3MF. Parts have few colours and faces: the limits of both have
        no effect.

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

        return export_turntable(render_turntable(to_arrays(model).to_trimesh()), path)
    if path.suffix in PRINT_WRITERS:
        encode = PRINT_WRITERS[path.suffix]
        return write_atomic(path, encode(model, options.stl_height, options.stl_size))
    return write_atomic(path, WRITERS[path.suffix](model))


def to_body(model: PartModel) -> trimesh.Trimesh:
    """Returns the union of all parts with face colours: one closed surface."""
    body = union([part.mesh for part in model.parts])
    mesh = trimesh.Trimesh(body.vertices, body.closed_faces, process=False)
    colors = np.array([part.color for part in model.parts], np.uint8)[body.owners]
    mesh.visual.face_colors = opaque(colors)
    mesh.remove_unreferenced_vertices()
    mesh.metadata["grid_center"] = model.grid_center
    return mesh


def part_facts(model: PartModel) -> dict:
    """Returns the facts of `pipeline.files.facts.model_facts`, and `parts` and `design`."""
    arrays = to_arrays(model)
    watertight = all(is_watertight(_single(part.mesh)) for part in model.parts)
    size = surface_size(arrays, model.category).with_height(model.height_cm)
    facts = model_facts(arrays, int(model.grid.sum()), size, watertight)
    names = [part.mesh.name for part in model.parts]
    return facts | {"parts": names, "design": model.design}


def _single(mesh) -> MeshArrays:
    return MeshArrays(mesh.vertices, mesh.faces, mesh.normals, None)
