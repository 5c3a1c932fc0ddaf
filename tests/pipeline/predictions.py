"""A prediction for tests, with any grid."""

import numpy as np
from PIL import Image

from core.prediction import Prediction


def make_prediction(
    occupancy: np.ndarray, color: tuple[int, int, int] = (100, 100, 100), **fields
) -> Prediction:
    """Return a prediction with one colour; `fields` replace others."""
    values = {
        "occupancy": occupancy.astype(np.float32),
        "colors": np.full((*occupancy.shape, 3), color, np.uint8),
        "size": (64, 64),
        "square": (0, 0, 64, 64),
        "box": (0, 0, 64, 64),
        "category": "chair",
        "category_probabilities": {"chair": 0.6, "table": 0.4},
        "azimuth": 0.0,
        "elevation": 0.0,
        "crop": Image.new("RGB", (64, 64)),
        "crop_mask": np.ones((64, 64), np.float32),
    }
    return Prediction(**(values | fields))
