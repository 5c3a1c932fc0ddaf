"""Photographs that lie on their side: find the rotation in which the model is more certain.

    if may_be_rotated(prediction):
        quarters = better_rotation(model, image, prediction)
        upright = rotate_image(image, quarters)

`training.evaluate_orientation` measures false positives and misses of the two thresholds.
"""

import numpy as np
from PIL import Image

from core.boxes import Box
from core.prediction import Prediction
from images.preprocessing import DecodedImage, decode_image
from pipeline.confidence import expected_iou
from voxel_model import VoxelModel, find_boxes, full_box, predict_decoded

MIN_CATEGORY_CERTAINTY = 0.8  # probability of the category below which rotations are tried
MIN_IOU_GAIN = 0.1  # expected IoU that a rotation must gain
# Pixels; a box that went through the pixels of a reduced image and back differs by less
BOX_TOLERANCE = 0.5
ROTATIONS = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)


def may_be_rotated(prediction: Prediction) -> bool:
    """Return True if the category is uncertain, so that `better_rotation` is worth its time."""
    return (
        bool(prediction.category)
        and max(prediction.category_probabilities.values()) < MIN_CATEGORY_CERTAINTY
    )


def better_rotation(
    model: VoxelModel,
    image: Image.Image | DecodedImage,
    prediction: Prediction,
    found: Box | None = None,
) -> int:
    """Return the rotation in which the model is clearly more certain.

    Parameters
    ----------
    model : VoxelModel
        The model.
    image : PIL.Image.Image or DecodedImage
        The photograph.
    prediction : Prediction
        The prediction for the photograph as it is.
    found : tuple of 4 float, optional
        Box of the object that the model finds in the photograph, in its pixels. Without it the
        model runs once more.

    Returns
    -------
    int
        Quarter turns anticlockwise, 0 to 3. It is 0 for a cut-out. It is also 0 if the user chose
        the box, because the model may find another object in a rotated photograph.
    """
    decoded = decode_image(image)
    if decoded.alpha is not None:
        return 0
    found = found or full_box(find_boxes(model, [decoded.rgb], [None])[0], decoded)
    if not np.allclose(found, prediction.box, rtol=0, atol=BOX_TOLERANCE):
        return 0
    return best_rotation(predict_rotations(model, decoded.rgb, prediction)[1])


def predict_rotations(
    model: VoxelModel, upright: Image.Image, prediction: Prediction
) -> tuple[list[Prediction], list[float]]:
    """Predict the other three rotations of a photograph.

    Parameters
    ----------
    model : VoxelModel
        The model.
    upright : PIL.Image.Image
        Decoded RGB image.
    prediction : Prediction
        The prediction for this image.

    Returns
    -------
    predictions : list of Prediction
        `prediction`, then one for 1, 2 and 3 quarter turns anticlockwise.
    expected : list of float
        Expected IoU of each, at the model's threshold.
    """
    rotated = [DecodedImage(upright.transpose(rotation), None) for rotation in ROTATIONS]
    predictions = [prediction, *predict_decoded(model, rotated)]
    return predictions, [expected_iou(p.occupancy, model.config.threshold) for p in predictions]


def best_rotation(expected: list[float]) -> int:
    """Return the index of the highest expected IoU, or 0 if it gains less than MIN_IOU_GAIN."""
    best = int(np.argmax(expected))
    return best if expected[best] > expected[0] + MIN_IOU_GAIN else 0


def rotate_image(image: Image.Image | DecodedImage, quarters: int) -> Image.Image:
    """Rotate a photograph.

    Parameters
    ----------
    image : PIL.Image.Image or DecodedImage
        The photograph.
    quarters : int
        Quarter turns anticlockwise, 0 to 3.

    Returns
    -------
    PIL.Image.Image
        The rotated RGB image without the metadata of its file.
    """
    upright = decode_image(image).rgb
    rotated = upright.transpose(ROTATIONS[quarters - 1]) if quarters else upright.copy()
    rotated.info = {}
    return rotated
