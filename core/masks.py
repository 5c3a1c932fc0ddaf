"""Masks: for each pixel the probability that it shows the object."""

import numpy as np
from PIL import Image
from scipy import ndimage

from core.boxes import Box
from core.prediction import Prediction

MIN_ALPHA = 16 / 255  # below: haze that removers of backgrounds leave; clear glass has 30 or more
MIN_PART_SHARE = 0.002  # of the largest part's pixels; smaller parts of a cut-out are specks
GAP_SHARE = 0.01  # of the longer side, on each side of a gap
MAX_BLOCKS = 512  # blocks along the longer side in which parts of a cut-out are measured
STRIP_PIXELS = 1_000_000  # pixels that are counted at once
EIGHT_NEIGHBORS = np.ones((3, 3), bool)


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
        Box in pixels of the mask; None if no pixel reaches the threshold. It takes at most 6 bytes
        of memory for each pixel.
    """
    labels, count = ndimage.label(mask >= threshold, EIGHT_NEIGHBORS)
    if not count:
        return None
    areas = _label_sums(labels, count)
    return _bounds(labels == areas[1:].argmax() + 1)


def alpha_box(alpha: np.ndarray) -> Box | None:
    """Return the bounding box of all visible parts of a cut-out, without specks.

    The parts of a cut-out are one object, also if its alpha has gaps. Parts whose distance is less
    than about 2 % of the longer side are measured together, so that fine patterns are no specks.

    Parameters
    ----------
    alpha : ndarray, (H, W) float
        Alpha in [0, 1]; pixels of at least MIN_ALPHA are visible.

    Returns
    -------
    tuple of 4 float, or None
        Box in pixels; None if no pixel is visible.
    """
    visible = alpha >= MIN_ALPHA
    if not visible.any():
        return None
    block = -(-max(visible.shape) // MAX_BLOCKS)  # pixels; small images have blocks of one pixel
    counts = _count_in_blocks(visible, block)  # (H / block, W / block) visible pixels
    reach = 2 * max(1, round(GAP_SHARE * max(counts.shape))) + 1
    joined = ndimage.maximum_filter(counts > 0, reach, mode="constant")
    labels, count = ndimage.label(joined, EIGHT_NEIGHBORS)
    areas = _label_sums(labels, count, counts)
    is_part = areas >= MIN_PART_SHARE * areas.max()
    is_part[0] = False
    x0, y0, x1, y1 = (int(side) * block for side in _bounds(is_part[labels] & (counts > 0)))
    left, top, right, bottom = _bounds(visible[y0:y1, x0:x1])  # exact within the outer blocks
    return (x0 + left, y0 + top, x0 + right, y0 + bottom)


def _count_in_blocks(mask: np.ndarray, block: int) -> np.ndarray:
    """Count the true pixels of each square block; blocks at the edges may be cut."""
    rows, columns = (np.arange(0, side, block) for side in mask.shape)
    if block == 1:
        return mask.astype(np.int32)
    return np.add.reduceat(
        np.add.reduceat(mask, rows, axis=0, dtype=np.int32), columns, axis=1, dtype=np.int32
    )


def _label_sums(labels: np.ndarray, count: int, weights: np.ndarray | None = None) -> np.ndarray:
    """Sum the weights (1 by default) of each label; strips of rows, as bincount copies to int64."""
    sums = np.zeros(count + 1, np.float64 if weights is not None else np.int64)
    rows = max(1, STRIP_PIXELS // labels.shape[1])
    for start in range(0, len(labels), rows):
        part = labels[start : start + rows].ravel()
        part_weights = None if weights is None else weights[start : start + rows].ravel()
        # bins up to the strip's highest label only: there may be a million labels
        strip = np.bincount(part, part_weights)
        sums[: len(strip)] += strip
    return sums


def _bounds(mask: np.ndarray) -> Box:
    """Return the bounding box of the true pixels, at least one."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
