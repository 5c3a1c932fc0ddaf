"""Furniture made of parts in a scene: looked for in each piece, kept without meshes.

scene = add_scene_parts(scene, threshold, add)         # `add` is for example `add_parts`
scene = without_scene_meshes(scene)      # for a session: choices in place of meshes
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from geometry.grids import validate_grid
from pipeline.parts.model import with_meshes, without_meshes
from pipeline.result import Result
from pipeline.scene.placement.floor import SolidShape, separate
from pipeline.scene.scene import Scene, ScenePiece


def add_scene_parts(scene: Scene, threshold: float, add: Callable[[Result], Result]) -> Scene:
    """Return the scene with models of parts, none of them in another piece.

    Parameters
    ----------
    scene : Scene
        The scene.
    threshold : float
        Probability above which a cell of a smooth piece is solid.
    add : callable
        Returns a result with its model of parts, or the result itself where there is none.
    """
    scene = _with_results(scene, add)
    if not any(piece.result.part_model for piece in scene.pieces):
        return scene
    shapes = [
        SolidShape(_solid(piece, threshold), piece.meters, piece.yaw) for piece in scene.pieces
    ]
    places = separate(shapes, np.array([piece.place for piece in scene.pieces])).tolist()
    rows = zip(scene.pieces, places, strict=True)
    return replace(scene, pieces=tuple(replace(piece, place=tuple(at)) for piece, at in rows))


def _solid(piece: ScenePiece, threshold: float) -> np.ndarray:
    """Return the solid cells of the parts, or of the surface."""
    if parts := piece.result.part_model:
        return parts.grid
    return validate_grid(piece.result.prediction.occupancy, None, threshold)[2]


def with_scene_meshes(scene: Scene) -> Scene:
    """Return the scene with all parts built; takes a tenth of a second for each piece."""
    return _with_results(scene, with_meshes)


def without_scene_meshes(scene: Scene) -> Scene:
    """Return the scene with all parts as lists of choices."""
    return _with_results(scene, without_meshes)


def _with_results(scene: Scene, change: Callable[[Result], Result]) -> Scene:
    pieces = (replace(piece, result=change(piece.result)) for piece in scene.pieces)
    return replace(scene, pieces=tuple(pieces))
