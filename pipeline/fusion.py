"""Fusion of predictions from several photos of one object.

    prediction = fuse([predict(model, front), predict(model, side)])

All predictions are in the object's own frame, so no alignment is needed. Each cell takes a weighted
mean of the logits, with higher weights for predictions that are certain of the cell.

Measured on 32 generated objects in 3 views each (IoU at threshold 0.25, first weights): one view
0.562, two fused 0.603, three fused 0.614, the best of the three 0.625. A rotation or reflection of
a view before the fusion would improve 2 of the 96 views, so the code tries none. Higher weights for
cells that face the camera gain 0.0003, so the code does not use them.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from skimage.color import rgb2lab

from core.errors import PictureError
from core.prediction import Prediction
from geometry.colors import SRGB_TO_LINEAR, to_srgb

MIN_CELL_WEIGHT = 0.05  # weight of a cell with probability 1/2; a certain cell has a weight of 1
SURE_CATEGORY = 0.85  # probability from which a category counts against that of another photo
MAX_COLOR_DISTANCE = 30.0  # in a* and b* of CIELAB, of photos of one piece
MIN_COLORED = 0.33  # probability from which a cell's colour counts
PROBABILITY_MARGIN = 1e-4  # minimum distance of probabilities from 0 and 1, for finite logits


def fuse(predictions: list[Prediction]) -> Prediction:
    """Fuse predictions of the same object.

    Parameters
    ----------
    predictions : list of Prediction
        At least one, all of one resolution.

    Returns
    -------
    Prediction
        Shape, colours and category from all predictions. Crop, mask, box and camera are those of
        the prediction with the highest `shape_certainty`.

    Raises
    ------
    ValueError
        If there is no prediction, or the resolutions differ.
    """
    if len({prediction.occupancy.shape for prediction in predictions}) != 1:
        raise ValueError("Predictions to fuse must be of one resolution, and at least one.")
    occupancy = np.stack([prediction.occupancy for prediction in predictions])
    occupancy = occupancy.clip(PROBABILITY_MARGIN, 1 - PROBABILITY_MARGIN)  # (N, R, R, R)
    weights = (2 * occupancy - 1) ** 2 + MIN_CELL_WEIGHT
    weights /= weights.sum(axis=0)
    logits = (weights * np.log(occupancy / (1 - occupancy))).sum(axis=0)
    categories = _mean_categories(predictions)
    return replace(
        max(predictions, key=shape_certainty),
        occupancy=(1 / (1 + np.exp(-logits))).astype(np.float32),
        colors=_mean_colors(predictions, occupancy * weights),  # colours of empty cells count less
        category=max(categories, key=categories.get),
        category_probabilities=categories,
        descriptor=_mean_descriptor(predictions),
    )


def shape_certainty(prediction: Prediction) -> float:
    """Return how certain a prediction is of its shape.

    On 96 generated views it correlates with the IoU (0.66).

    Parameters
    ----------
    prediction : Prediction
        The prediction.

    Returns
    -------
    float
        1 minus the sum of min(p, 1 - p) over the sum of p; 1 if all cells are certain.
    """
    occupancy = prediction.occupancy
    uncertain = np.minimum(occupancy, 1 - occupancy).sum()
    return float(1 - uncertain / max(occupancy.sum(), 1e-6))


def _mean_colors(predictions: list[Prediction], weights: np.ndarray) -> np.ndarray:
    """Return the mean colours (R, R, R, 3) uint8 in linear light; weights are (N, R, R, R)."""
    weights = weights / weights.sum(axis=0)
    colors = np.stack([SRGB_TO_LINEAR[prediction.colors] for prediction in predictions])
    return to_srgb((weights[..., None] * colors).sum(axis=0))


def _mean_descriptor(predictions: list[Prediction]) -> np.ndarray | None:
    """Return the mean descriptor (K,) of unit length; None if a prediction has none."""
    descriptors = [prediction.descriptor for prediction in predictions]
    if any(descriptor is None for descriptor in descriptors):
        return None
    total = np.sum(descriptors, axis=0)
    return (total / max(float(np.linalg.norm(total)), 1e-6)).astype(np.float32)


def _mean_categories(predictions: list[Prediction]) -> dict[str, float]:
    """Return the mean probability of each category."""
    all_probabilities = [prediction.category_probabilities for prediction in predictions]
    return {
        name: sum(probabilities[name] for probabilities in all_probabilities) / len(predictions)
        for name in all_probabilities[0]
    }


def check_same_piece(predictions: Sequence[Prediction]) -> None:
    """Raise a PictureError if a photo clearly shows another kind of furniture than the first.

    Parameters
    ----------
    predictions : sequence of Prediction
        One for each photo.

    Raises
    ------
    PictureError
        If two photos have different categories, each with a probability of SURE_CATEGORY.
    """
    kinds = [
        p.category if p.category_probabilities.get(p.category, 0) >= SURE_CATEGORY else ""
        for p in predictions
    ]
    for number, kind in enumerate(kinds[1:], 2):
        if kind and kinds[0] and kind != kinds[0]:
            raise PictureError(
                f"Photo {number} shows a {kind} and the first one a {kinds[0]}; "
                "give more photos of the same piece only."
            )


def have_different_colors(predictions: Sequence[Prediction]) -> bool:
    """Return True if a photo probably shows a piece of another colour than the first one.

    Light changes lightness most, so the comparison takes hue and chroma alone. Most pairs of
    different pieces pass: the limit is so wide that another light does not give a hint.

    Parameters
    ----------
    predictions : sequence of Prediction
        One for each photo.
    """
    colors = [_mean_chroma(prediction) for prediction in predictions]
    distances = [float(np.linalg.norm(color - colors[0])) for color in colors[1:]]
    return bool(distances) and max(distances) > MAX_COLOR_DISTANCE


def _mean_chroma(prediction: Prediction) -> np.ndarray:
    """Return a* and b* (2,) in CIELAB of the mean colour of the cells, weighted by probability."""
    weights = prediction.occupancy * (prediction.occupancy > MIN_COLORED)
    linear = (SRGB_TO_LINEAR[prediction.colors] * weights[..., None]).sum(axis=(0, 1, 2))
    mean = to_srgb(linear / max(float(weights.sum()), 1e-6))
    return rgb2lab(mean[None, None] / 255)[0, 0, 1:]
