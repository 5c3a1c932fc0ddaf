"""Real size of a model: typical sides for each category, corrected by the proportions.

    size = estimate_size("chair", (0.5, 1.0, 0.55))
    size.height, size.low, size.high         # centimetres, with the range of nine pieces in ten

A photo of one piece tells no scale. Furniture is made for people, so that its sides have typical
lengths: the scale is the one at which width, height and depth are all as usual as possible.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Median width, height and depth in centimetres and the standard deviations of their logarithms, of
# 300 pieces of each generator of this project. Miscellanea and tools are of any size.
TYPICAL_SIDES = {
    "bed": ((147, 95, 211), (0.28, 0.37, 0.20)),
    "bookcase": ((84, 165, 34), (0.44, 0.36, 0.21)),
    "chair": ((58, 92, 61), (0.23, 0.20, 0.22)),
    "desk": ((125, 75, 67), (0.25, 0.12, 0.26)),
    "misc": ((70, 90, 57), (0.50, 0.50, 0.59)),
    "sofa": ((203, 80, 98), (0.29, 0.13, 0.28)),
    "table": ((86, 58, 57), (0.48, 0.29, 0.39)),
    "tool": ((30, 100, 17), (0.88, 0.47, 1.07)),
    "wardrobe": ((116, 202, 55), (0.46, 0.30, 0.17)),
}
UNKNOWN = ((80, 80, 60), (0.5, 0.5, 0.5))  # without a category
NINE_OF_TEN = 1.645  # standard deviations on each side that hold nine of ten
DEPENDENCE = 1.3  # the sides are correlated: the error is larger than that of independent ones


@dataclass(frozen=True)
class RealSize:
    """Height of a piece in centimetres, and the range that holds nine pieces of ten."""

    height: float
    low: float
    high: float


def estimate_size(category: str, sides: Sequence[float]) -> RealSize:
    """Returns the height at which all sides of a model are as usual as possible.

    Parameters
    ----------
    category : str
        One of CATEGORIES; any other text is an unknown category.
    sides : (3,) float
        Width, height and depth of the model in any unit, positive.

    Returns
    -------
    RealSize
    """
    median, deviation = (np.array(v, float) for v in TYPICAL_SIDES.get(category, UNKNOWN))
    sides = np.maximum(np.asarray(sides, float), 1e-6)
    weights = deviation**-2.0
    scale = float(weights @ (np.log(median) - np.log(sides)) / weights.sum())
    spread = NINE_OF_TEN * DEPENDENCE / np.sqrt(weights.sum())
    height = sides[1] * np.exp([scale, scale - spread, scale + spread])
    return RealSize(*(round(float(value), 1) for value in height))
