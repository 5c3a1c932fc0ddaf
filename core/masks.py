"""Masks: for each pixel the probability that it shows the object."""

import numpy as np
from PIL import Image
from skimage.measure import label, regionprops

from core.boxes import Box
from core.prediction import Prediction


def full_mask(prediction: Prediction) -> np.ndarray:
    """Return the object mask of the whole image.

    Parameters
    ----------
    prediction : Prediction
        A prediction that still holds its masks.

    Returns
    -------
    ndarray, (H, W) float32
        The alpha channel of a cut-out, otherwise the mask that the network predicted for the crop.
    """
    if prediction.alpha is not None:
        return prediction.alpha
    return paste_mask(prediction.crop_mask, prediction.square, prediction.size)


def paste_mask(mask: np.ndarray, square: Box, size: tuple[int, int]) -> np.ndarray:
    """Paste the mask of a square crop into the whole image.

    Parameters
    ----------
    mask : ndarray, (S, S) float
        Mask of the crop.
    square : tuple of 4 float
        Position of the crop in the image, in pixels.
    size : tuple of 2 int
        Width and height of the image in pixels.

    Returns
    -------
    ndarray, (H, W) float32
        Mask in [0, 1]; 0 outside the crop.
    """
    width, height = size
    x0, y0, x1, _ = square
    scale = mask.shape[0] / (x1 - x0)
    extent = (-x0 * scale, -y0 * scale, (width - x0) * scale, (height - y0) * scale)
    image = Image.fromarray(mask.astype(np.float32))
    pasted = image.transform(size, Image.Transform.EXTENT, extent, Image.Resampling.BILINEAR)
    return np.asarray(pasted, dtype=np.float32).clip(0, 1)


def object_box(mask: np.ndarray, threshold: float = 0.5) -> Box | None:
    """Return the bounding box of the largest connected region of a mask.

    Parameters
    ----------
    mask : ndarray, (H, W) float
        Mask in [0, 1].
    threshold : float
        Probability from which a pixel belongs to the object.

    Returns
    -------
    tuple of 4 float, or None
        Box in pixels of the mask; None if no pixel reaches the threshold.
    """
    regions = regionprops(label(mask >= threshold, connectivity=2))
    if not regions:
        return None
    y0, x0, y1, x1 = max(regions, key=lambda region: region.area).bbox
    return (float(x0), float(y0), float(x1), float(y1))
