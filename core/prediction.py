"""The prediction of one picture, as plain arrays."""

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from PIL import Image

from core.boxes import Box
from core.masks import paste_mask


@dataclass
class Prediction:
    """What the model believes about one picture; axes and angles as in `voxel_model.py`."""

    occupancy: np.ndarray  # (R, R, R) float32, probability that the cell is solid
    colors: np.ndarray  # (R, R, R, 3) uint8 sRGB, surface albedo
    size: tuple[int, int]  # width and height of the upright picture
    box: Box  # the object in its pixels
    square: Box  # the crop in its pixels
    category: str
    category_probabilities: dict[str, float]
    azimuth: float  # degrees, -180 to 180
    elevation: float  # degrees
    crop: (
        Image.Image | None
    )  # (S, S) RGB, what the network saw; a visit holds neither, see pipeline/result.py
    crop_mask: np.ndarray | None = field(repr=False)  # (S, S) float32
    agreement: float = 1.0  # see pipeline.confidence.calibrated_iou
    familiarity: float = (
        math.inf
    )  # below 0: unlike furniture, see pipeline.confidence.unfamiliar_warning
    alpha: np.ndarray | None = field(repr=False, default=None)  # (H, W), a cut-out's own mask

    @cached_property
    def mask(self) -> np.ndarray:
        """(H, W) float32, probability that the pixel shows the object; made when first asked for:
        in a photo of 12 megapixels it takes longer than the network."""
        if self.alpha is not None:
            return self.alpha
        return paste_mask(self.crop_mask, self.square, self.size)
