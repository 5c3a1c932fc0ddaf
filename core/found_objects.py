"""A piece of furniture that was found in a photo."""

from dataclasses import dataclass, field

import numpy as np

from core.boxes import Box


@dataclass(frozen=True)
class FoundObject:
    """One piece of furniture in a photo, before its shape is predicted."""

    box: Box  # pixels of the upright image
    score: float  # probability that there is a piece, 0 to 1
    category: str  # the most probable one; "" if the model has no head that finds objects
    mask: np.ndarray = field(repr=False)  # (h, w) float32, probability that a pixel shows the piece
    mask_box: Box  # position of the mask in the image, pixels; may reach outside it
