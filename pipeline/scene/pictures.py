"""Views of a scene, and its plain mesh for pictures of it.

azimuth, elevation = scene_view(scene)           # as in the photo
meshes = piece_meshes(centered(scene), settings)
frame = render_frame(scene_mesh(meshes), *first_scene_view(scene))
"""

from math import degrees

import numpy as np
import trimesh

from geometry.colors import DEFAULT_COLOR
from geometry.mesh_files import opaque
from pipeline.scene.meshes import PieceMesh
from pipeline.scene.scene import Scene

FIRST_ELEVATION = (22.0, 35.0)  # degrees; from lower down, pieces in front hide those behind
EYE = 0.4  # metres above the floor: about the middle of furniture


def scene_view(scene: Scene) -> tuple[float, float]:
    """Return azimuth and elevation in degrees from which the photo shows the scene's middle."""
    places = np.array([piece.place for piece in scene.pieces])
    x, z = -(places.min(axis=0) + places.max(axis=0)) / 2  # from the middle to the camera
    elevation = np.arctan2(scene.camera.height - EYE, np.hypot(x, z))
    return degrees(np.arctan2(x, z)), degrees(elevation)


def first_scene_view(scene: Scene) -> tuple[float, float]:
    """Return azimuth and elevation of the first view: the photo's, from a little above."""
    azimuth, elevation = scene_view(scene)
    low, high = FIRST_ELEVATION
    return azimuth, min(max(elevation, low), high)


def scene_mesh(meshes: list[PieceMesh]) -> trimesh.Trimesh:
    """Return all pieces as one mesh with their plain colours, metres, feet at y = 0."""
    return trimesh.util.concatenate([_placed(mesh) for mesh in meshes])


def _placed(mesh: PieceMesh) -> trimesh.Trimesh:
    arrays = mesh.arrays
    vertices = mesh.piece.to_scene(arrays.vertices, arrays.grid_center)
    colors = arrays.colors
    if colors is None:
        colors = np.broadcast_to(DEFAULT_COLOR, vertices.shape)
    placed = trimesh.Trimesh(vertices, arrays.faces, process=False)
    placed.visual.vertex_colors = opaque(colors)
    return placed
