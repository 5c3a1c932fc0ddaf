"""Found pieces and the layout of a scene as JSON values.

describe_found(found, outlines=True)     # number, category, score and box of each piece
scene_facts(scene, settings)             # place and size of each piece, and the camera
"""

from math import degrees

import numpy as np

from core.found_objects import FoundObject
from geometry.grids import validate_grid
from images.views import mask_outline
from pipeline.confidence import model_confidence
from pipeline.parts.model import with_meshes
from pipeline.scene.scene import Scene, ScenePiece, centered
from pipeline.settings import PARTS, Settings


def describe_found(found: list[FoundObject], outlines: bool = False) -> list[dict]:
    """Return number, category, score and box (pixels) of each found piece.

    Parameters
    ----------
    found : list of FoundObject
        Pieces, best first.
    outlines : bool
        Adds `outline`: the closed rings around each mask, in pixels of the photo.
    """
    rows = []
    for number, piece in enumerate(found, 1):
        row = {
            "number": number,
            "category": piece.category,
            "score": round(piece.score, 4),
            "box": [round(value, 1) for value in piece.box],
        }
        if outlines:
            row["outline"] = mask_outline(piece.mask, piece.mask_box)
        rows.append(row)
    return rows


def scene_facts(scene: Scene, settings: Settings) -> dict:
    """Return the facts about a scene.

    Parameters
    ----------
    scene : Scene
        The scene.
    settings : Settings
        Threshold and style of its pieces.

    Returns
    -------
    dict
        `pieces`: for each the values of `Scene.describe`, `number`, `confidence` (expected IoU),
        `size_cm` (width, height, depth), `parts` (names; none of a surface); `camera`: `place`
        (metres) and `pitch` (degrees below the horizon). Places are in the frame of the scene's
        files.
    """
    in_files = centered(scene)
    x, z = np.subtract(in_files.pieces[0].place, scene.pieces[0].place).tolist()
    rows = zip(in_files.describe(), scene.pieces, strict=True)
    return {
        "pieces": [row | _piece_facts(piece, settings) for row, piece in rows],
        "camera": {
            "place": [round(x, 3), round(scene.camera.height, 3), round(z, 3)],
            "pitch": round(degrees(scene.camera.pitch), 1),
        },
    }


def _piece_facts(piece: ScenePiece, settings: Settings) -> dict:
    parts = piece.result.part_model if settings.style == PARTS else None
    if parts:
        parts = with_meshes(piece.result).part_model
        vertices = np.concatenate([part.mesh.vertices for part in parts.parts])
        sides = np.ptp(vertices, axis=0) * parts.side
    else:
        occupancy = piece.result.prediction.occupancy
        solid = validate_grid(occupancy, None, settings.threshold)[2]
        sides = (np.ptp(np.argwhere(solid), axis=0) + 1) / max(solid.shape)
    return {
        "number": piece.number,
        "confidence": model_confidence(piece.result, settings),
        "size_cm": [round(100 * piece.meters * side) for side in sides.tolist()],
        "parts": [part.mesh.name for part in parts.parts] if parts else [],
    }
