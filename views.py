"""Pictures that show what the model saw and believes; numpy and Pillow only, no page.

Kept apart from `voxel_model.py`, which predicts, and from `app.py`, which lays out.
"""

import numpy as np
from PIL import Image
from skimage.measure import approximate_polygon, find_contours

DIMMED = 0.22  # share of the background's own light that stays: told apart, still recognisable
OUTLINE_SIDE = 256  # pixels to which a mask is reduced before its outline is drawn
BACKDROP = 96  # grey the background fades to; reads on a light and on a dark page


def dim_background(crop: Image.Image, mask: np.ndarray) -> Image.Image:
    """The network's square crop with everything but the object faded.

    crop : RGB, S x S
    mask : (S, S) float32, probability that the pixel shows the object
    """
    kept = DIMMED + (1 - DIMMED) * mask[..., None]
    faded = np.asarray(crop, np.float32) * kept + BACKDROP * (1 - kept)
    return Image.fromarray(faded.round().clip(0, 255).astype(np.uint8))


def outline(mask: np.ndarray) -> list[list[list[float]]]:
    """Rings of [x, y] in the picture's pixels around where the mask (H, W) exceeds one half."""
    scale = max(max(mask.shape) / OUTLINE_SIDE, 1.0)
    size = (round(mask.shape[1] / scale), round(mask.shape[0] / scale))
    small = np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.BILINEAR))
    rings = find_contours(np.pad(small, 1), 0.5)  # padded: a ring closes at the picture's edge
    smooth = (approximate_polygon(ring, 0.7) - 1 for ring in rings if len(ring) > 8)
    return [((ring[:, ::-1] + 0.5) * scale).round(1).tolist() for ring in smooth]
