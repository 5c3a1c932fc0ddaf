"""Pictures that show what the model saw and believes; numpy and Pillow only, no page.

Kept apart from `voxel_model.py`, which predicts, and from `app.py`, which lays out.
"""

import numpy as np
from PIL import Image

DIMMED = 0.22  # share of the background's own light that stays: told apart, still recognisable
BACKDROP = 96  # grey the background fades to; reads on a light and on a dark page


def dim_background(crop: Image.Image, mask: np.ndarray) -> Image.Image:
    """The network's square crop with everything but the object faded.

    crop : RGB, S x S
    mask : (S, S) float32, probability that the pixel shows the object
    """
    kept = DIMMED + (1 - DIMMED) * mask[..., None]
    faded = np.asarray(crop, np.float32) * kept + BACKDROP * (1 - kept)
    return Image.fromarray(faded.round().clip(0, 255).astype(np.uint8))
