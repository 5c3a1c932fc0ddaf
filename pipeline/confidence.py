"""Confidence in a prediction, estimated from the prediction alone.

model_confidence(result, settings)               # 0.48: that of the model shown or written
calibrated_iou(prediction, threshold)            # 0.48: the expected IoU with the true shape
expected_iou(prediction.occupancy, threshold)    # 0.62: the same without calibration
unfamiliar_warning(prediction)                   # a sentence for the user, or None
"""

from typing import TYPE_CHECKING

import numpy as np

from core.prediction import Prediction
from pipeline.settings import PARTS, Settings

if TYPE_CHECKING:
    from pipeline.result import Result


def model_confidence(result: "Result", settings: Settings) -> float:
    """Return the expected IoU of a model with the true object: one meaning everywhere.

    Parameters
    ----------
    result : Result
        The prediction, with its parts if there are any.
    settings : Settings
        Threshold and style of the model.

    Returns
    -------
    float
        Expected IoU, 0 to 1, rounded.
    """
    if settings.style == PARTS and result.part_model:
        return round(result.part_model.score, 3)
    return round(calibrated_iou(result.prediction, settings.threshold), 3)


def calibrated_iou(prediction: Prediction, threshold: float) -> float:
    """Return the expected IoU, corrected with the calibration of the checkpoint.

    Parameters
    ----------
    prediction : Prediction
        The prediction; `agreement` is the correction, measured on generated scenes.
    threshold : float
        Probability above which a cell is solid.

    Returns
    -------
    float
        Expected IoU of the meshed shape with the true shape, 0 to 1.
    """
    return min(1.0, prediction.agreement * expected_iou(prediction.occupancy, threshold))


def expected_iou(occupancy: np.ndarray, threshold: float) -> float:
    """Return the expected IoU of the thresholded grid, if its probabilities are correct.

    The result is the expected intersection divided by the expected union. The expectation of the
    quotient differs little from it for thousands of cells. No independence of the cells is assumed.

    Parameters
    ----------
    occupancy : ndarray, (R, R, R) float32
        Probability that the cell is solid.
    threshold : float
        Probability above which a cell is solid.

    Returns
    -------
    float
        Expected IoU, 0 to 1; 0 if no cell is solid.
    """
    solid = occupancy > threshold
    count = np.count_nonzero(solid)
    if not count:
        return 0.0
    intersection = float(occupancy[solid].sum(dtype=np.float64))
    missed = float(occupancy[~solid].sum(dtype=np.float64))
    return intersection / (count + missed)


def unfamiliar_warning(prediction: Prediction) -> str | None:
    """Return a warning if the photo does not look like the furniture of the training data.

    Parameters
    ----------
    prediction : Prediction
        The prediction; its familiarity is infinite for checkpoints without calibration.

    Returns
    -------
    str or None
        A sentence for the user, or None.
    """
    if prediction.familiarity >= 0:
        return None
    return (
        "This does not look like furniture to the model; what it shows is the piece of furniture "
        "that the picture resembles most."
    )
