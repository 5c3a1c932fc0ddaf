"""Files of a scene: one GLB with a node for each piece, a zip, and the file of the page's viewer.

    path = export_scene(scene, settings, "glb")            # or "zip"
    path, facts = export_scene_display(scene, settings)

The surfaces are smooth or blocks. For the style "parts" they are smooth: parts are looked for in
one piece at a time.
"""

import json
import zipfile
from dataclasses import replace
from math import degrees
from pathlib import Path

import numpy as np

from core.errors import MeshError
from core.files import os_error_as_write_error, write_atomic
from geometry.colors import DEFAULT_COLOR, SRGB_TO_LINEAR
from geometry.gltf import Material, Node, write_glb
from geometry.mesh_files import MeshArrays
from geometry.mesh_files import to_glb as mesh_to_glb
from pipeline.display import UNLIT, display_nodes
from pipeline.export import ZIP_LEVEL, new_folder
from pipeline.files.builder import ModelBuilder
from pipeline.scene.scene import Scene, ScenePiece, centered
from pipeline.settings import PARTS, STYLES, Settings

SCENE_FORMATS = ("glb", "zip")
GENERATOR = "pipeline.scene"
MATT = Material()


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
    meshes = _meshes(scene, settings)
    files = {f"{scene.name}.glb": _scene_glb(scene, meshes)}
    for piece, arrays in zip(scene.pieces, meshes, strict=True):
        files[f"{piece.name}.glb"] = mesh_to_glb(arrays, piece.name, piece.meters)
    files["scene.json"] = (json.dumps(scene.describe(), indent=1) + "\n").encode()
    return files


def scene_glb(scene: Scene, settings: Settings) -> bytes:
    """Return the GLB of a scene; parameters as in `export_scene`."""
    scene = centered(scene)
    return _scene_glb(scene, _meshes(scene, settings))


def _meshes(scene: Scene, settings: Settings) -> list[MeshArrays]:
    """Return the mesh of each piece in its own frame."""
    settings = _surface(settings)
    return [ModelBuilder(piece.result, settings).arrays for piece in scene.pieces]


def _scene_glb(scene: Scene, meshes: list[MeshArrays]) -> bytes:
    nodes = [_node(*row) for row in zip(scene.pieces, meshes, strict=True)]
    return write_glb(nodes, GENERATOR)


def export_scene_display(scene: Scene, settings: Settings) -> tuple[Path, dict]:
    """Write the file that the page's viewer shows: all pieces lit, with their shadows.

    Parameters
    ----------
    scene : Scene
        The scene.
    settings : Settings
        Threshold, style and colours of all pieces.

    Returns
    -------
    path : Path
        A GLB file whose longest side is 1. It is not offered for download.
    facts : dict
        `pieces` (number), `vertices`, `faces`, and `size_cm` (width, height, depth).
    """
    scene, settings = centered(scene), _surface(settings)
    lit, shadows = zip(*(_display(piece, settings) for piece in scene.pieces), strict=True)
    vertices = np.concatenate([node.vertices for node in lit])
    starts = np.cumsum([0, *(len(node.vertices) for node in lit)])
    faces = np.concatenate([node.faces + n for node, n in zip(lit, starts, strict=False)])
    colors = np.concatenate([node.colors for node in lit])
    sides = np.ptp(vertices, axis=0)
    scale = 1 / sides.max()
    model = Node("model", vertices * scale, faces, None, colors, UNLIT)
    shadows = [replace(node, vertices=node.vertices * scale) for node in shadows]
    facts = {
        "pieces": len(scene.pieces),
        "vertices": len(vertices),
        "faces": len(faces),
        "size_cm": (100 * sides).round(0).astype(int).tolist(),
    }
    path = new_folder(scene.pieces[0].result) / "display.glb"
    return write_atomic(path, write_glb([model, *shadows], GENERATOR)), facts


def _surface(settings: Settings) -> Settings:
    return replace(settings, style=STYLES[0]) if settings.style == PARTS else settings


def _node(piece: ScenePiece, arrays: MeshArrays) -> Node:
    """Return a piece in its own frame, with its place as the node's transform."""
    middle = np.array([arrays.grid_center[0], 0, arrays.grid_center[2]])
    colors = arrays.colors
    if colors is None:
        colors = np.broadcast_to(DEFAULT_COLOR, arrays.vertices.shape)
    return Node(
        name=piece.name,
        vertices=(arrays.vertices - middle) * piece.meters,
        faces=arrays.faces,
        normals=arrays.normals,
        colors=SRGB_TO_LINEAR[colors],
        material=MATT,
        place=(piece.place[0], 0.0, piece.place[1]),
        turn=piece.yaw,
    )


def _display(piece: ScenePiece, settings: Settings) -> tuple[Node, Node]:
    """Return a lit piece and its shadow in the scene's frame; the light is that of all pieces."""
    builder = ModelBuilder(piece.result, settings)
    arrays, body = builder.arrays, builder.body
    nodes = display_nodes(arrays, body.occupancy, body.threshold, -degrees(piece.yaw))
    model, shadow = (
        replace(node, vertices=piece.to_scene(node.vertices, arrays.grid_center)) for node in nodes
    )
    return model, shadow
