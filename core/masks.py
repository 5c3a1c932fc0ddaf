"""Masks: probabilities that a pixel shows the object."""

import numpy as np
from PIL import Image
from skimage.measure import label, regionprops

from core.boxes import Box


def paste_mask(mask: np.ndarray, square: Box, size: tuple[int, int]) -> np.ndarray:
    """A crop's mask (S, S) back in a picture of `size` (width, height): (H, W) float32."""
    width, height = size
    x0, y0, x1, _ = square
    scale = mask.shape[0] / (x1 - x0)
    extent = (-x0 * scale, -y0 * scale, (width - x0) * scale, (height - y0) * scale)
    picture = Image.fromarray(mask.astype(np.float32))
    placed = picture.transform(size, Image.Transform.EXTENT, extent, Image.Resampling.BILINEAR)
    return np.asarray(placed, dtype=np.float32).clip(0, 1)


def object_box(mask: np.ndarray, threshold: float = 0.5) -> Box | None:
    """Box around the connected piece of a mask (H, W) that holds the most, or None."""
    pieces = label(mask >= threshold, connectivity=2)
    regions = regionprops(pieces)
    if not regions:
        return None
    y0, x0, y1, x1 = max(regions, key=lambda region: region.area).bbox
    return (float(x0), float(y0), float(x1), float(y1))
