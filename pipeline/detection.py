"""What is in the picture: the object that is found or pointed at, and the prediction of it.

prediction = look(model, open_picture("chair.jpg"))
found = pick_object(model, open_picture("room.jpg"), point=(320, 410))
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image

from core.boxes import Box, clip_box, square_around
from core.masks import object_box
from core.prediction import Prediction
from images.preprocessing import decode_image
from pipeline.confidence import expected_iou
from voxel_model import VoxelModel, find_boxes, find_masks, predict_decoded

CLICK_WINDOWS = (
    1.0,
    0.7,
    0.5,
    0.35,
)  # sides of the windows around a point, shares of the longer side
MAX_WINDOW_SHARE = 0.95  # what fills more of its window goes on outside
# What both let through and miss is measured by training.evaluate_orientation.
MIN_CATEGORY_CERTAINTY = (
    0.8  # certainty of the category below which the picture is looked at in other turns
)
MIN_IOU_GAIN = 0.1  # expected IoU by which one of them must be better
ROTATIONS = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)


def ignore_progress(share: float, step: str) -> None:
    """A `report` that nobody hears."""


def predict_object(
    model: VoxelModel,
    picture: Image.Image,
    box: Box | None = None,
    report: Callable[[float, str], None] = ignore_progress,
) -> Prediction:
    """The object in `box`, else the one that is found; `report` hears each step as it begins."""
    report(0.1, "Finding the object")
    upright, alpha = decode_image(picture)
    if box is None and alpha is None:
        box = find_boxes(model, [upright], [None])[0]
    report(0.4, "Predicting its shape")
    return predict_decoded(model, [(upright, alpha)], [box])[0]


class DetectedObject(NamedTuple):
    """An object in a picture, before its shape is predicted."""

    size: tuple[int, int]  # width and height of the upright picture
    box: Box
    mask: np.ndarray  # (h, w) float32, probability that the pixel shows the object
    mask_box: Box  # where the mask lies in the picture


def find_object(model: VoxelModel, picture: Image.Image) -> DetectedObject:
    """The object that `predict_object` would take."""
    upright, alpha = decode_image(picture)
    if alpha is not None and (box := object_box(alpha)):
        return DetectedObject(upright.size, box, alpha, _all_of(upright.size))
    return _found(model, upright, find_boxes(model, [upright], [None])[0])


def _found(model: VoxelModel, upright: Image.Image, box: Box) -> DetectedObject:
    """A closer look at the box shows where the object ends."""
    frame = square_around(box, model.config.crop_margin)
    return DetectedObject(upright.size, box, find_masks(model, [upright], [frame])[0], frame)


def detection_of(prediction: Prediction) -> DetectedObject:
    """The object of a prediction; its crop's own mask, as that of a large picture takes long."""
    size = prediction.size
    if prediction.alpha is not None:
        return DetectedObject(size, prediction.box, prediction.alpha, _all_of(size))
    return DetectedObject(size, prediction.box, prediction.crop_mask, prediction.square)


def _all_of(size: tuple[int, int]) -> Box:
    return (0.0, 0.0, *map(float, size))


def pick_object(
    model: VoxelModel, picture: Image.Image, point: tuple[float, float]
) -> DetectedObject:
    """The object at a point (x, y) of the upright picture.

    The model looks at ever smaller windows around the point; the first in which it finds something
    that holds the point and ends inside the window tells the box.
    """
    upright, _ = decode_image(picture)
    x, y = point
    windows = []
    for share in CLICK_WINDOWS:
        half = share * max(upright.size) / 2
        windows.append(clip_box((x - half, y - half, x + half, y + half), upright.size))
    crops = [upright.crop(tuple(round(v) for v in window)) for window in windows]
    found = find_boxes(model, crops, [None] * len(crops))
    boxes = [
        (box[0] + w[0], box[1] + w[1], box[2] + w[0], box[3] + w[1])
        for box, w in zip(found, windows, strict=True)
    ]
    for box, window in zip(boxes, windows, strict=True):
        side = max(window[2] - window[0], window[3] - window[1])
        holds = box[0] <= x <= box[2] and box[1] <= y <= box[3]
        if holds and max(box[2] - box[0], box[3] - box[1]) < MAX_WINDOW_SHARE * side:
            return _found(model, upright, box)
    return _found(model, upright, windows[-1])


def may_be_rotated(prediction: Prediction) -> bool:
    """Whether the picture may lie on its side, so that `better_rotation` is worth its time."""
    return (
        bool(prediction.category)
        and max(prediction.category_probabilities.values()) < MIN_CATEGORY_CERTAINTY
    )


def better_rotation(model: VoxelModel, picture: Image.Image, prediction: Prediction) -> int:
    """Quarter turns anticlockwise in which the model is clearly surer of the picture, else 0.

    prediction : of the picture as it is; where its object is not the one that the model finds,
        somebody chose it, and the other turns would be of another object
    """
    upright, alpha = decode_image(picture)
    if alpha is not None or find_boxes(model, [upright], [None])[0] != tuple(prediction.box):
        return 0
    return best_rotation(predict_rotations(model, upright, prediction)[1])


def predict_rotations(
    model: VoxelModel, upright: Image.Image, prediction: Prediction
) -> tuple[list[Prediction], list[float]]:
    """The upright picture's prediction and those of its other three turns; the IoU expected of
    each."""
    others = predict_decoded(model, [(upright.transpose(turn), None) for turn in ROTATIONS])
    seen = [prediction, *others]
    return seen, [expected_iou(p.occupancy, model.config.threshold) for p in seen]


def best_rotation(expected: list[float]) -> int:
    """The turn, 0 to 3, of the highest expected IoU, and 0 where it is little better than that."""
    best = int(np.argmax(expected))
    return best if expected[best] > expected[0] + MIN_IOU_GAIN else 0


def rotate_image(picture: Image.Image, quarters: int) -> Image.Image:
    """The upright picture, RGB, turned anticlockwise; nothing else that its file says."""
    upright, _ = decode_image(picture)
    turned = upright.transpose(ROTATIONS[quarters - 1]) if quarters else upright.copy()
    turned.info = {}
    return turned


def describe(prediction: Prediction) -> dict:
    """What the model believes about the object, in plain values."""
    return {
        "category": prediction.category,
        "categories": {k: round(v, 4) for k, v in prediction.category_probabilities.items()},
        "azimuth": round(prediction.azimuth, 1),
        "elevation": round(prediction.elevation, 1),
        "box": [round(value, 1) for value in prediction.box],
    }
