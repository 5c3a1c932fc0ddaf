"""Usual cameras, sizes and directions: what the fit of a scene assumes beside the photo.

meters, spread = usual_length(prediction.category_probabilities, sides)
heading = common_heading(yaw, error)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, pi, radians

import numpy as np

from core.categories import find_category
from pipeline.real_size import DEPENDENCE

LONGEST_SPREAD = 0.2  # of the logarithm of a category's longest side
SIDE_ERROR = 1 / 32  # of the network, in longest sides: a cell of its grid
MIN_PROBABILITY = 0.05  # of a category that counts
HEADING_STEPS = 45  # directions that are tried within a quarter turn


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
ALIGNED_SPREAD = radians(8)  # of pieces that stand in line or at right angles with the others


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


def misalignment(yaw: np.ndarray, heading: np.ndarray) -> np.ndarray:
    """Return how far pieces are from a multiple of a quarter turn: an angle if small, at most 0.5.

    Parameters
    ----------
    yaw, heading : ndarray
        Radians, broadcast against each other.
    """
    return np.sin(2 * (yaw - heading)) / 2


def common_heading(yaw: np.ndarray, error: np.ndarray) -> float:
    """Return the direction, up to quarter turns, in which most pieces stand.

    Parameters
    ----------
    yaw, error : (N,) float
        Radians; the error is that of the yaw.
    """
    headings = np.arange(HEADING_STEPS) * (pi / 2 / HEADING_STEPS)
    distance = misalignment(yaw, headings[:, None]) / np.hypot(error, ALIGNED_SPREAD)
    return float(headings[np.log1p(distance**2).sum(axis=1).argmin()])
