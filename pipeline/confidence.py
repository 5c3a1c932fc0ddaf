"""How far a prediction can be trusted, from the prediction alone.

confidence(prediction, threshold)                # 0.48: the IoU with the truth to be expected
expected_iou(prediction.occupancy, threshold)    # 0.62: the same if its probabilities were true
unfamiliar(prediction)                           # a sentence for the user, or None
"""

import numpy as np

from core.prediction import Prediction


def calibrated_iou(prediction: Prediction, threshold: float) -> float:
    """`expected_iou`, corrected by how much of it came true on generated scenes; 0 to 1."""
    return min(1.0, prediction.agreement * expected_iou(prediction.occupancy, threshold))


def expected_iou(occupancy: np.ndarray, threshold: float) -> float:
    """Expected intersection over expected union of the shown model with the unknown true one.

    occupancy : (R, R, R) float32, probabilities; worth what their calibration is worth
    threshold : cells above it are the shown model
    0 where nothing is shown. Expectations of sums need no independence of the cells; that of the
    quotient is taken for the quotient of the two, close for thousands of cells.
    """
    shown = occupancy > threshold
    cells = np.count_nonzero(shown)
    if not cells:
        return 0.0
    hits = float(occupancy[shown].sum(dtype=np.float64))
    missed = float(occupancy[~shown].sum(dtype=np.float64))
    return hits / (cells + missed)


def unfamiliar_warning(prediction: Prediction) -> str | None:
    """A sentence where the picture does not look like the furniture the model was trained on.

    None for all that does, and always from a checkpoint that training.calibrate has not seen.
    """
    if prediction.familiarity >= 0:
        return None
    return (
        "This does not look like furniture to the model; what it shows is the piece of furniture "
        "that the picture resembles most."
    )
