"""Found pieces and the layout of a scene as JSON values.

describe_found(found, outlines=True)     # number, category, score and box of each piece
scene_facts(scene, settings)             # place and size of each piece, and the camera
"""

from math import degrees

import numpy as np

from core.found_objects import FoundObject
from geometry.grids import validate_grid
from images.views import mask_outline
from pipeline.confidence import calibrated_iou
from pipeline.scene.scene import Scene, ScenePiece, centered
from pipeline.settings import Settings


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
        Threshold of its pieces.

    Returns
    -------
    dict
        `pieces`: for each the values of `Scene.describe`, `number`, `confidence` (expected IoU),
        `size_cm` (width, height, depth); `camera`: `place` (metres) and `pitch` (degrees below
        the horizon). Places are in the frame of the scene's files.
    """
    in_files = centered(scene)
    x, z = np.subtract(in_files.pieces[0].place, scene.pieces[0].place).tolist()
    rows = zip(in_files.describe(), scene.pieces, strict=True)
    return {
        "pieces": [row | _piece_facts(piece, settings.threshold) for row, piece in rows],
        "camera": {
            "place": [round(x, 3), round(scene.camera.height, 3), round(z, 3)],
            "pitch": round(degrees(scene.camera.pitch), 1),
        },
    }


def _piece_facts(piece: ScenePiece, threshold: float) -> dict:
    prediction = piece.result.prediction
    solid = validate_grid(prediction.occupancy, None, threshold)[2]
    cell = 100 * piece.meters / max(solid.shape)  # cm
    return {
        "number": piece.number,
        "confidence": round(calibrated_iou(prediction, threshold), 3),
        "size_cm": [round(cell * cells) for cells in np.ptp(np.argwhere(solid), axis=0) + 1],
    }
