"""Real size of a model: typical sides for each category, corrected by the proportions.

    size = estimate_size("chair", (0.5, 1.0, 0.55))
    size.height, size.low, size.high         # centimetres, with the range of nine pieces in ten

A photo of one piece tells no scale. Furniture is made for people, so that its sides have typical
lengths: the scale is the one at which width, height and depth are all as usual as possible.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.categories import PUBLISHED, find_category

# sides and deviations of the published categories, by name
TYPICAL_SIDES = {known.name: (known.sides, known.spread) for known in PUBLISHED}
NINE_OF_TEN = 1.645  # standard deviations on each side that hold nine of ten
DEPENDENCE = 1.3  # the sides are correlated: the error is larger than that of independent ones


@dataclass(frozen=True)
class RealSize:
    """Height of a piece in centimetres, and the range that holds nine pieces of ten."""

    height: float
    low: float
    high: float

    def with_height(self, height: float) -> "RealSize":
        """Return the size of a piece of another height, in centimetres, with the same range."""
        scale = height / self.height
        return RealSize(round(height, 1), round(self.low * scale, 1), round(self.high * scale, 1))


def estimate_size(category: str, sides: Sequence[float]) -> RealSize:
    """Returns the height at which all sides of a model are as usual as possible.

    Parameters
    ----------
    category : str
        Any other name than those of CATEGORIES has neutral sides.
    sides : (3,) float
        Width, height and depth of the model in any unit, positive.

    Returns
    -------
    RealSize
    """
    facts = find_category(category)
    median, deviation = np.array(facts.sides, float), np.array(facts.spread, float)
    sides = np.maximum(np.asarray(sides, float), 1e-6)
    weights = deviation**-2.0
    scale = float(weights @ (np.log(median) - np.log(sides)) / weights.sum())
    spread = NINE_OF_TEN * DEPENDENCE / np.sqrt(weights.sum())
    height = sides[1] * np.exp([scale, scale - spread, scale + spread])
    return RealSize(*(round(float(value), 1) for value in height))
