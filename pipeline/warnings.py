"""Warnings about a photo whose model is probably wrong, as short texts to filter a batch by.

photo_warnings(prediction, image)              # ["unlike furniture", "cut off"]
rotation_warning(model, prediction, image)     # ["on its side"] or []
"""

import numpy as np

from core.prediction import Prediction
from images.preprocessing import DecodedImage
from pipeline.orientation import better_rotation, may_be_rotated
from voxel_model import VoxelModel

UNFAMILIAR, CUT_OFF, DARK, ROTATED = "unlike furniture", "cut off", "dark", "on its side"
WARNINGS = (UNFAMILIAR, CUT_OFF, DARK, ROTATED)
EDGE_SHARE = 0.005  # of the longer side: an object this near to the edge probably goes on outside
MAX_DARK_LEVEL = 60  # of 255; the background of a normal photo is lighter
DARK_QUANTILE = 0.9  # of the pixels around the object: a few lamps do not light it
MAX_SAMPLES = 256  # pixels a side that are measured


def photo_warnings(prediction: Prediction, image: DecodedImage) -> list[str]:
    """Return the warnings that need no further use of the network.

    Parameters
    ----------
    prediction : Prediction
        The prediction.
    image : DecodedImage
        Its photo.

    Returns
    -------
    list of str
        Some of WARNINGS.
    """
    checks = {
        UNFAMILIAR: prediction.familiarity < 0,
        CUT_OFF: image.alpha is None and _is_cut_off(prediction),
        DARK: _is_dark(prediction, image),
    }
    return [warning for warning, applies in checks.items() if applies]


def rotation_warning(model: VoxelModel, prediction: Prediction, image: DecodedImage) -> list[str]:
    """Return ["on its side"] if the model is more certain of the rotated photo, otherwise [].

    The network runs again only if the category is uncertain.

    Parameters
    ----------
    model : VoxelModel
        The model.
    prediction : Prediction
        The prediction for the photo as it is.
    image : DecodedImage
        The photo.
    """
    is_rotated = may_be_rotated(prediction) and better_rotation(model, image, prediction)
    return [ROTATED] if is_rotated else []


def _is_cut_off(prediction: Prediction) -> bool:
    """Return True if the object's box ends at an edge of the image."""
    (width, height), (x0, y0, x1, y1) = prediction.size, prediction.box
    margin = EDGE_SHARE * max(width, height)
    return min(x0, y0, width - x1, height - y1) < margin


def _is_dark(prediction: Prediction, image: DecodedImage) -> bool:
    """Return True if almost all pixels around the object are dark."""
    x0, y0, x1, y1 = (round(side / image.scale) for side in prediction.box)
    part = image.rgb.crop((x0, y0, max(x1, x0 + 1), max(y1, y0 + 1))).convert("L")
    part.thumbnail((MAX_SAMPLES, MAX_SAMPLES))
    return bool(np.quantile(np.asarray(part), DARK_QUANTILE) < MAX_DARK_LEVEL)
