"""The exact outline of an object on a plain background, compared with annotated masks.

Pix3D's masks are renderings of fitted CAD models, not outlines of the photographed object. If an
object stands alone before a background of one colour, its outline is the set of pixels of other
colours. The IoU of this outline with the annotation is the score of a perfect mask.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from PIL import Image
from scipy import ndimage
from torchvision.ops import box_iou

from core.masks import full_mask, object_box
from training.evaluation import metrics, scoring
from voxel_model import VoxelModel, predict

MAX_COLOR_DISTANCE = 20  # grey levels between a background pixel and the background's colour
MIN_PLAIN_SHARE = 0.99  # share of border pixels of this colour
MIN_LARGEST_PIECE = 0.98  # share of the other pixels in the largest piece
MIN_BOX_IOU = 0.85  # IoU with the box of the annotation: the piece is the annotated object
BORDER_WIDTH = 3  # pixels


def plain_background_outline(image: Image.Image) -> np.ndarray | None:
    """Returns the mask of the only object before a plain background.

    Returns
    -------
    numpy.ndarray or None
        (H, W) bool; None if the background is not plain or there is not exactly one object.
    """
    pixels = np.asarray(image.convert("RGB"), dtype=np.int16)
    inner = np.zeros(pixels.shape[:2], dtype=bool)
    inner[BORDER_WIDTH:-BORDER_WIDTH, BORDER_WIDTH:-BORDER_WIDTH] = True
    color = np.median(pixels[~inner], axis=0)
    other = np.abs(pixels - color).max(axis=2) >= MAX_COLOR_DISTANCE
    if other[~inner].mean() > 1 - MIN_PLAIN_SHARE:
        return None
    pieces, count = ndimage.label(other)
    sizes = np.bincount(pieces.ravel())[1:]
    if not count or sizes.max() < MIN_LARGEST_PIECE * sizes.sum():
        return None
    return pieces == 1 + sizes.argmax()


def is_annotated(mask: np.ndarray, annotated: np.ndarray) -> bool:
    """Returns True if two masks (H, W) show the same object, by the boxes of their main pieces."""
    boxes = [object_box(m) for m in (mask, annotated)]
    if None in boxes:
        return False
    first, second = (torch.tensor([box]) for box in boxes)
    return box_iou(first, second).item() >= MIN_BOX_IOU


def compare_outlines(
    model: VoxelModel, samples: Iterable[tuple[scoring.Sample | None, str]]
) -> Iterator[tuple[str, list[float]]]:
    """Compares three masks of each photo with a plain background.

    Parameters
    ----------
    model : VoxelModel
        Predicts the masks, from the annotated boxes.
    samples : iterable
        From `scoring.load_samples`.

    Yields
    ------
    img : str
        Path of the photo below the data set's root.
    ious : list of float
        Outline with annotation, prediction with annotation, prediction with outline.
    """
    for sample, _ in samples:
        if sample is None or sample.mask is None:
            continue
        outline = plain_background_outline(sample.image)
        if outline is None or not is_annotated(outline, sample.mask):
            continue
        predicted = (
            full_mask(predict(model, sample.image, sample.record.bbox)) >= scoring.MASK_LEVEL
        )
        pairs = (outline, sample.mask), (predicted, sample.mask), (predicted, outline)
        yield sample.record.img, [metrics.iou(*pair) for pair in pairs]
