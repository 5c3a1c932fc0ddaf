"""Pieces of a photo that were found twice: told by the masks of their models.

    kept = distinct_pieces(found, predictions)         # [0, 1, 3]: indices

The head that finds pieces sometimes puts two boxes around one table, or one around a table and the
window behind it. The network that makes the models sees each box again, and its mask is the same
table both times. Two chairs that stand in a row have overlapping boxes, but different masks.
"""

import numpy as np

from core.found_objects import FoundObject
from core.masks import paste_mask
from core.prediction import Prediction

SIDE = 160  # pixels of the photo's longer side, at which masks are compared
SOLID = 0.5  # probability from which a pixel belongs to the piece
# Share of the smaller mask that lies in the other, and of both that they share. At 0.6 to 0.8 and
# 0.1 to 0.3 none of 34 pieces of generated rooms is left out, and 10 to 14 boxes on 45 dev
# photographs. A cushion on a sofa shares all of its mask but little of the sofa's.
MIN_INSIDE, MIN_IOU = 0.65, 0.2


def distinct_pieces(found: list[FoundObject], predictions: list[Prediction]) -> list[int]:
    """Return the indices of the pieces, without those that repeat a better one.

    Parameters
    ----------
    found : list of FoundObject
        N pieces of one photo.
    predictions : list of Prediction
        Their predictions, with masks.

    Returns
    -------
    list of int
        Ascending. The better of two is the one whose score and category are more probable.
    """
    masks = [_small_mask(prediction) for prediction in predictions]
    rows = zip(found, predictions, strict=True)
    trust = [piece.score * _certainty(prediction) for piece, prediction in rows]
    kept: list[int] = []
    for i in sorted(range(len(found)), key=lambda i: -trust[i]):
        if not any(_are_one(masks[i], masks[j]) for j in kept):
            kept.append(i)
    return sorted(kept)


def _certainty(prediction: Prediction) -> float:
    return max(prediction.category_probabilities.values(), default=1.0)


def _small_mask(prediction: Prediction) -> np.ndarray:
    """Return the pixels (H, W) bool of the photo, SIDE on its longer side, that show the piece."""
    scale = SIDE / max(prediction.size)
    width, height = (max(round(side * scale), 1) for side in prediction.size)
    square = tuple(value * scale for value in prediction.square)
    return paste_mask(prediction.crop_mask, square, (width, height)) > SOLID


def _are_one(a: np.ndarray, b: np.ndarray) -> bool:
    """Return True if two masks show one piece."""
    shared, smaller = (a & b).sum(), min(a.sum(), b.sum())
    return shared > 0 and shared >= MIN_INSIDE * smaller and shared >= MIN_IOU * (a | b).sum()
