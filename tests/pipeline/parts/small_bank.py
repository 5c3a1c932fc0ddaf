"""A bank of some 60 pieces for tests, made once in a process."""

from functools import cache

import numpy as np
from PIL import Image

from core.categories import CATEGORIES
from core.prediction import Prediction
from pipeline.parts.bank import PieceBank
from training.build_bank import make_bank, select_pieces

WEIGHTS = "0123456789abcdef"
COUNT = 60


@cache
def small_bank() -> PieceBank:
    """The same bank in every test."""
    return make_bank(select_pieces(COUNT, seed=4, processes=1), WEIGHTS)


def predict(grid: np.ndarray, category: str, confidence: float = 0.98) -> Prediction:
    """A prediction that is nearly sure of a grid; grey, from the front."""
    chances = {name: 0.0 for name in CATEGORIES} | {category: 1.0}
    occupancy = np.where(grid > 0, confidence, 1 - confidence).astype(np.float32)
    colors = np.full((*grid.shape, 3), 128, np.uint8)
    crop, mask = Image.new("RGB", (224, 224), "gray"), np.zeros((224, 224), np.float32)
    whole = (0.0, 0.0, 224.0, 224.0)
    return Prediction(
        occupancy, colors, (224, 224), whole, whole, category, chances, 30.0, 10.0, crop, mask
    )
