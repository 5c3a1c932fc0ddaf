"""Rates of the hint that a photo lies on its side: false hints, and hints on rotated photos.

Each photo is predicted in all four quarter turns with the object detected by the model, and the
rule of pipeline/detection.py is applied with each of the four as the user's picture.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from images.preprocessing import decode_image
from pipeline.orientation import best_rotation, may_be_rotated, predict_rotations
from voxel_model import VoxelModel, predict

Reading = tuple[list[bool], list[float]]  # from predict_four_turns


def predict_four_turns(model: VoxelModel, image: Image.Image) -> Reading:
    """Predicts a photo in its four quarter turns.

    Returns
    -------
    doubts : list of bool
        For each turn, True if the prediction is uncertain enough to check the other turns.
    expected : list of float
        Expected IoU of the prediction of each turn.
    """
    upright = decode_image(image).rgb
    predictions, expected = predict_rotations(model, upright, predict(model, upright))
    return [may_be_rotated(prediction) for prediction in predictions], expected


def suggested_turns(doubts: list[bool], expected: list[float]) -> list[int]:
    """Returns the turn suggested for each of the four pictures; 0 for no suggestion.

    Parameters
    ----------
    doubts, expected : list
        From `predict_four_turns`.
    """
    return [best_rotation(expected[k:] + expected[:k]) if doubts[k] else 0 for k in range(4)]


def hint_rates(readings: Sequence[Reading]) -> dict[str, float]:
    """Returns shares of the photos; a "right turn" sets the photo upright.

    Parameters
    ----------
    readings : sequence
        From `predict_four_turns`, one for each upright photo.
    """
    turns = np.array([suggested_turns(*reading) for reading in readings])  # (N, 4)
    doubts = np.array([doubt for doubt, _ in readings])  # (N, 4)
    sides = turns[:, [1, 3]]
    return {
        "upright, looked at again": doubts[:, 0].mean(),
        "upright, false hint": (turns[:, 0] > 0).mean(),
        "on a side, hint": (sides > 0).mean(),
        "on a side, hint to the right turn": (sides == (3, 1)).mean(),
        "upside down, hint": (turns[:, 2] > 0).mean(),
    }
