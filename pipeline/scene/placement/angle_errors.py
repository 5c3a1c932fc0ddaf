"""Expected errors of the predicted angles, larger for cut, covered and doubtful pieces.

azimuth, elevation = angle_errors(boxes, is_cut, certainty)       # radians, for each piece

The constants are fitted on the tuning rooms of `training.evaluate_rooms`.
"""

from math import radians

import numpy as np

AZIMUTH_ERROR = radians(5.5)  # of a piece that is whole, visible and certain
ELEVATION_ERROR = radians(3)
DOUBT = 2.7  # logarithm of the factor on the azimuth's error for a category of no probability
ELEVATION_DOUBT = 0.7
CUT = 0.5  # logarithm of the factor for a piece that the photo cuts
COVERED = 0.7  # logarithm of the factor for a piece behind the box of another one


def angle_errors(
    boxes: np.ndarray, is_cut: np.ndarray, certainty: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the usual errors of the azimuths and of the elevations.

    Parameters
    ----------
    boxes : (N, 4) float
        Boxes of the pieces, pixels.
    is_cut : (N,) bool
        Pieces that reach over the photo's edge.
    certainty : (N,) float
        Probability of each piece's category: a piece that is hard to name is hard to turn.

    Returns
    -------
    azimuth, elevation : (N,) float
        Radians.
    """
    doubt = 1 - certainty
    factor = DOUBT * doubt + CUT * is_cut + COVERED * covered_share(boxes)
    return AZIMUTH_ERROR * np.exp(factor), ELEVATION_ERROR * np.exp(ELEVATION_DOUBT * doubt)


def covered_share(boxes: np.ndarray) -> np.ndarray:
    """Return the largest share (N,) of each box (N, 4) that the box of one nearer piece covers.

    A piece whose box ends lower in the photo stands nearer.
    """
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    common = np.maximum(high - low, 0).prod(axis=-1)  # (N, N)
    is_nearer = boxes[None, :, 3] > boxes[:, None, 3]
    area = np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(axis=-1), 1)
    return (common * is_nearer).max(axis=1) / area
