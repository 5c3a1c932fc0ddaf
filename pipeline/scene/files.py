"""Files of a scene: one GLB with a node for each piece, a zip, and the file of the page's viewer.

    path = export_scene(scene, settings, "glb")            # or "zip"
    files = export_shown_scene(scene, settings)            # for the page: files.display, files.glb

For the style "parts", pieces with a model of parts (`pipeline.scene.parts`) have a node for each
part below their own; the others are smooth.
"""

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.errors import MeshError
from core.files import os_error_as_write_error, write_atomic
from geometry.formats.gltf import Node, write_glb
from pipeline.display import UNLIT
from pipeline.export import DISPLAY_FILE, ZIP_LEVEL, new_folder
from pipeline.scene.meshes import PieceMesh, piece_meshes
from pipeline.scene.scene import Scene, centered
from pipeline.settings import Settings

SCENE_FORMATS = ("glb", "zip")
GENERATOR = "pipeline.scene"


class ShownScene(NamedTuple):
    """Files of a scene that the page shows, from the same meshes."""

    display: Path  # GLB whose colours hold the light and whose longest side is 1
    glb: Path | None  # the file of `export_scene`, if asked for
    facts: dict  # `pieces`, `made_of_parts`, `vertices`, `faces`, `size_cm` (three sides)
    meshes: list[PieceMesh]


def export_scene(scene: Scene, settings: Settings, file_format: str = "glb") -> Path:
    """Write a scene in one format; `export_scene_formats` writes several at the cost of one."""
    return export_scene_formats(scene, settings, (file_format,))[0]


def export_scene_formats(
    scene: Scene, settings: Settings, formats: tuple[str, ...] = SCENE_FORMATS
) -> list[Path]:
    """Write a scene in some formats; its pieces are meshed once.

    Parameters
    ----------
    scene : Scene
        The scene; the folder of its first piece's result receives the files.
    settings : Settings
        Threshold, style and colours of all pieces.
    formats : tuple of str
        "glb", and "zip" for the scene, its pieces and their places (`scene.json`).

    Returns
    -------
    list of Path
        One file for each format, named after the photo.

    Raises
    ------
    MeshError
        If a format is unknown.
    WriteError
        If a file cannot be written.
    """
    check_scene_formats(formats)
    files = scene_files(scene, settings)
    folder = new_folder(scene.pieces[0].result)
    return [_write(folder / f"{scene.name}.{name}", files) for name in formats]


def check_scene_formats(formats: tuple[str, ...]) -> None:
    """Raise MeshError if a scene is not written in one of the formats."""
    if set(formats) - set(SCENE_FORMATS):
        raise MeshError(f"A scene is written as {' or '.join(SCENE_FORMATS)}.")


def _write(path: Path, files: dict[str, bytes]) -> Path:
    """Write the one file that the path names, or a zip of all."""
    if path.suffix != ".zip":
        return write_atomic(path, files[path.name])
    with (
        os_error_as_write_error(path),
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=ZIP_LEVEL) as bundle,
    ):
        for name, data in files.items():
            bundle.writestr(name, data)
    return path


def scene_files(scene: Scene, settings: Settings) -> dict[str, bytes]:
    """Return the GLB of the scene and of each piece in real size, and `scene.json`, by name."""
    scene = centered(scene)
    meshes = piece_meshes(scene, settings)
    files = {f"{scene.name}.glb": _scene_glb(meshes)}
    for mesh in meshes:
        files[f"{mesh.piece.name}.glb"] = mesh.glb()
    rows = zip(scene.describe(), meshes, strict=True)
    places = [row | {"parts": list(mesh.parts)} for row, mesh in rows]
    files["scene.json"] = (json.dumps(places, indent=1) + "\n").encode()
    return files


def scene_glb(scene: Scene, settings: Settings) -> bytes:
    """Return the GLB of a scene; parameters as in `export_scene`."""
    return _scene_glb(piece_meshes(centered(scene), settings))


def _scene_glb(meshes: list[PieceMesh]) -> bytes:
    return write_glb([mesh.entry() for mesh in meshes], GENERATOR)


def export_shown_scene(scene: Scene, settings: Settings, with_glb: bool = True) -> ShownScene:
    """Write the file that the page's viewer shows, and the one that it offers.

    Parameters
    ----------
    scene : Scene
        The scene; the folder of its first piece's result receives the files.
    settings : Settings
        Threshold, style and colours of all pieces.
    with_glb : bool
        Whether the file to download is written too.

    Raises
    ------
    MeshError
        If no cell of a piece is solid at the threshold.
    WriteError
        If a file cannot be written.
    """
    meshes = piece_meshes(centered(scene), settings)
    data, facts = _display(meshes)
    folder = new_folder(scene.pieces[0].result)
    display = write_atomic(folder / DISPLAY_FILE, data)
    glb = None
    if with_glb:
        glb = write_atomic(folder / f"{scene.name}.glb", _scene_glb(meshes))
    return ShownScene(display, glb, facts, meshes)


def _display(meshes: list[PieceMesh]) -> tuple[bytes, dict]:
    """Return the file of the viewer: all pieces lit, with their shadows; and facts about it."""
    lit, shadows = zip(*(mesh.display() for mesh in meshes), strict=True)
    vertices = np.concatenate([node.vertices for node in lit])
    starts = np.cumsum([0, *(len(node.vertices) for node in lit)])
    faces = np.concatenate([node.faces + n for node, n in zip(lit, starts, strict=False)])
    colors = np.concatenate([node.colors for node in lit])
    sides = np.ptp(vertices, axis=0)
    scale = 1 / sides.max()
    model = Node("model", vertices * scale, faces, None, colors, UNLIT)
    shadows = [replace(node, vertices=node.vertices * scale) for node in shadows]
    facts = {
        "pieces": len(meshes),
        "made_of_parts": sum(bool(mesh.parts) for mesh in meshes),
        "vertices": len(vertices),
        "faces": len(faces),
        "size_cm": (100 * sides).round(0).astype(int).tolist(),
    }
    return write_glb([model, *shadows], GENERATOR), facts
