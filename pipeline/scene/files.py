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
    """Write a scene.

    Parameters
    ----------
    scene : Scene
        The scene; the folder of its first piece's result receives the file.
    settings : Settings
        Threshold, style and colours of all pieces.
    file_format : str
        "glb", or "zip" for the scene, its pieces and their places (`scene.json`).

    Returns
    -------
    Path
        The file, named after the photo.

    Raises
    ------
    MeshError
        If the format is unknown.
    WriteError
        If the file cannot be written.
    """
    if file_format not in SCENE_FORMATS:
        raise MeshError(f"A scene is written as {' or '.join(SCENE_FORMATS)}.")
    path = new_folder(scene.pieces[0].result) / f"{scene.name}.{file_format}"
    files = scene_files(scene, settings)
    if file_format == "glb":
        return write_atomic(path, files[f"{scene.name}.glb"])
    with (
        os_error_as_write_error(path),
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=ZIP_LEVEL) as bundle,
    ):
        for name, data in files.items():
            bundle.writestr(name, data)
    return path


def scene_files(scene: Scene, settings: Settings) -> dict[str, bytes]:
    """Return the GLB of the scene and of each piece in real size, and `scene.json`, by name."""
    scene, settings = centered(scene), _surface(settings)
    meshes = [ModelBuilder(piece.result, settings).arrays for piece in scene.pieces]
    rows = list(zip(scene.pieces, meshes, strict=True))
    nodes = [_node(piece, arrays) for piece, arrays in rows]
    files = {f"{scene.name}.glb": write_glb(nodes, GENERATOR)}
    for piece, arrays in rows:
        files[f"{piece.name}.glb"] = mesh_to_glb(arrays, piece.name, piece.meters)
    files["scene.json"] = (json.dumps(scene.describe(), indent=1) + "\n").encode()
    return files


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
