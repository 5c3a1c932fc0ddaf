"""What was found in a photo, and where its pieces stand, as JSON values.

describe_found(found, outlines=True)     # number, category, score and box of each piece
scene_facts(scene, settings)             # place and size of each piece, and the camera
"""

from math import degrees

from core.found_objects import FoundObject
from geometry.grids import bounding_box, validate_grid
from images.views import mask_outline
from pipeline.confidence import calibrated_iou
from pipeline.scene.scene import Scene, ScenePiece
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
        `size_cm` (width, height, depth); `camera`: `height` (metres) and `pitch` (degrees below
        the horizon).
    """
    rows = zip(scene.describe(), scene.pieces, strict=True)
    return {
        "pieces": [row | _piece_facts(piece, settings.threshold) for row, piece in rows],
        "camera": {
            "height": round(scene.camera.height, 2),
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
        "size_cm": [round(cell * (side.stop - side.start)) for side in bounding_box(solid)],
    }
