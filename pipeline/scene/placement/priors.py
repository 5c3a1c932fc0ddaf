"""Usual cameras and sizes: what the fit of a scene assumes beside the photo.

meters, spread = usual_length(prediction.category_probabilities, sides)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, radians

import numpy as np

from core.categories import find_category
from pipeline.real_size import DEPENDENCE

LONGEST_SPREAD = 0.15  # of the logarithm of a category's longest side
SIDE_ERROR = 1 / 16  # of the network, in longest sides: two cells of its grid
MIN_PROBABILITY = 0.05  # of a category that counts


@dataclass(frozen=True)
class Usual:
    """A median and a standard deviation; of logarithms where the value is a length."""

    median: float
    spread: float


# The focal length is a share of the photo's longer side: 0.72 to 0.78 for the main lens of phones,
# more for other lenses and for pictures that were cropped.
FOCAL = Usual(log(0.9), 0.35)
KNOWN_FOCAL_SPREAD = 0.05  # of the value in the file; a crop of the same aspect ratio is not seen
PITCH = Usual(radians(12), radians(12))  # of the view below the horizon
HEIGHT = Usual(log(1.3), 0.35)  # metres above the floor; people photograph from 1.0 to 1.7 m


def usual_length(probabilities: Mapping[str, float], sides: Sequence[float]) -> tuple[float, float]:
    """Return the usual length of a unit of a model's sides.

    Parameters
    ----------
    probabilities : mapping of str to float
        Of the categories; empty for a model without categories.
    sides : (3,) float
        Width, height and depth of the model in any unit, positive.

    Returns
    -------
    meters, spread : float
        Median in metres, and the standard deviation of its logarithm. It grows with the
        differences between the probable categories.
    """
    kept = {n: p for n, p in probabilities.items() if p >= MIN_PROBABILITY} or {"": 1.0}
    lengths, spreads = np.array([_log_length(name, sides) for name in kept]).T
    shares = np.array(list(kept.values())) / sum(kept.values())
    middle = shares @ lengths
    spread = np.sqrt(shares @ (spreads**2 + (lengths - middle) ** 2))
    return float(np.exp(middle)), float(spread)


def _log_length(category: str, sides: Sequence[float]) -> tuple[float, float]:
    """Return the logarithm of the usual length of a unit in metres, and its deviation."""
    facts, sides = find_category(category), np.asarray(sides, float)
    usual = np.log([*np.array(facts.sides) / 100, facts.longest])
    actual = np.log([*sides, sides.max()])
    deviation = np.hypot(facts.spread, SIDE_ERROR * sides.max() / sides)
    weights = np.array([*deviation, LONGEST_SPREAD]) ** -2.0
    return float(weights @ (usual - actual) / weights.sum()), DEPENDENCE / weights.sum() ** 0.5
