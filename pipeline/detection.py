"""Detection of the object in a photograph, and the prediction of its shape.

    prediction = predict_object(model, open_image("chair.jpg"))
    detected = pick_object(model, open_image("room.jpg"), point=(320, 410))

All functions take a Pillow image or a `DecodedImage`. Decode once when you call several.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image

from core.boxes import Box, clip_box, scale_box, square_around
from core.found_objects import FoundObject
from core.masks import alpha_box
from core.prediction import Prediction
from images.preprocessing import DecodedImage, decode_image
from voxel_model import (
    VoxelModel,
    find_boxes,
    find_masks,
    find_objects,
    full_box,
    predict_decoded,
)

CLICK_WINDOWS = (1.0, 0.7, 0.5, 0.35)  # sides of the windows around a click, of the longer side
MAX_WINDOW_SHARE = 0.95  # an object that fills more of its window probably continues outside it


class DetectedObject(NamedTuple):
    """An object in a photograph, before its shape is predicted."""

    size: tuple[int, int]  # width and height of the upright image, pixels
    box: Box  # the object, pixels of the image
    mask: np.ndarray  # (h, w) float32, probability that the pixel shows the object
    mask_box: Box  # position of the mask in the image, pixels


def ignore_progress(share: float, step: str) -> None:
    """Do nothing; the default for `on_progress`."""


def predict_object(
    model: VoxelModel,
    image: Image.Image | DecodedImage,
    box: Box | None = None,
    on_progress: Callable[[float, str], None] = ignore_progress,
) -> Prediction:
    """Find the object in a photograph and predict its shape.

    Parameters
    ----------
    model : VoxelModel
        The model.
    image : PIL.Image.Image or DecodedImage
        The photograph.
    box : tuple of 4 float, optional
        The object in pixels of the upright image. Without it the model finds the object.
    on_progress : callable
        Called before each step with the share done (0 to 1) and the step's name.

    Returns
    -------
    Prediction
        Shape, colours, category and camera.

    Raises
    ------
    PictureError
        If the image or the box cannot be used.
    """
    on_progress(0.1, "Finding the object")
    decoded = decode_image(image)
    if box is None and decoded.alpha is None:
        box = full_box(find_boxes(model, [decoded.rgb], [None])[0], decoded)
    on_progress(0.4, "Predicting its shape")
    return predict_decoded(model, [decoded], [box])[0]


def find_object(model: VoxelModel, image: Image.Image | DecodedImage) -> DetectedObject:
    """Find the object that `predict_object` would take without a box.

    Parameters
    ----------
    model : VoxelModel
        The model.
    image : PIL.Image.Image or DecodedImage
        The photograph.

    Returns
    -------
    DetectedObject
        The object. The mask of a cut-out is its alpha channel.

    Raises
    ------
    PictureError
        If the image cannot be used.
    """
    decoded = decode_image(image)
    size = decoded.rgb.size
    if decoded.alpha is not None and (box := alpha_box(decoded.alpha)):
        found = DetectedObject(size, box, decoded.alpha, _full_box(size))
        return _in_full_pixels(found, decoded)
    box = find_boxes(model, [decoded.rgb], [None])[0]
    return _in_full_pixels(_detect_in_box(model, decoded.rgb, box), decoded)


def pick_object(
    model: VoxelModel,
    image: Image.Image | DecodedImage,
    point: tuple[float, float],
    found: list[FoundObject] | None = None,
) -> DetectedObject:
    """Find the object at a point.

    A model that finds all pieces takes the smallest one whose mask covers the point. Without such a
    piece the model runs on windows around the point, from large to small. The result is from the
    first window with an object that contains the point and is smaller than the window. If there is
    none, the smallest window is the box.

    Parameters
    ----------
    model : VoxelModel
        The model.
    image : PIL.Image.Image or DecodedImage
        The photograph.
    point : tuple of 2 float
        x and y in pixels of the upright image.
    found : list of FoundObject, optional
        What `find_objects` found in the image; without it a model with an object head searches.

    Returns
    -------
    DetectedObject
        The object at the point.

    Raises
    ------
    PictureError
        If the image cannot be used or the point lies outside it.
    """
    decoded = decode_image(image)
    small = tuple(value / decoded.scale for value in point)
    if found is not None:
        piece, scale = piece_at(found, point), decoded.scale
    else:
        piece, scale = piece_at(_find_all(model, decoded.rgb), small), 1
    if piece is None:
        detected = _pick(model, decoded.rgb, small)
    else:
        detected = _detect_in_box(model, decoded.rgb, scale_box(piece.box, 1 / scale))
    return _in_full_pixels(detected, decoded)


def _find_all(model: VoxelModel, upright: Image.Image) -> list[FoundObject]:
    """Return all pieces in pixels of the decoded image; none for a model without an object head."""
    return find_objects(model, DecodedImage(upright, None)) if model.config.objects else []


def piece_at(found: list[FoundObject], point: tuple[float, float]) -> FoundObject | None:
    """Return the smallest piece whose mask covers a point (x, y) in pixels of the photo."""
    covering = [piece for piece in found if covers(piece, point)]
    return min(covering, key=_area, default=None)


def _pick(model: VoxelModel, upright: Image.Image, point: tuple[float, float]) -> DetectedObject:
    """Find the object at a point in windows around it; both in pixels of the decoded image."""
    windows = [_window_around(point, share, upright.size) for share in CLICK_WINDOWS]
    crops = [upright.crop(window) for window in windows]
    boxes = find_boxes(model, crops, [None] * len(crops))
    for (left, top, right, bottom), crop_box in zip(windows, boxes, strict=True):
        x0, y0, x1, y1 = crop_box
        box = (x0 + left, y0 + top, x1 + left, y1 + top)
        side = max(right - left, bottom - top)
        if _contains(box, point) and max(x1 - x0, y1 - y0) < MAX_WINDOW_SHARE * side:
            return _detect_in_box(model, upright, box)
    return _detect_in_box(model, upright, tuple(map(float, windows[-1])))


def covers(found: FoundObject, point: tuple[float, float]) -> bool:
    """Return whether the mask of a found object covers a point (x, y) in pixels of the photo."""
    x0, y0, x1, y1 = found.mask_box
    height, width = found.mask.shape
    column = int((point[0] - x0) / (x1 - x0) * width)
    row = int((point[1] - y0) / (y1 - y0) * height)
    inside = 0 <= column < width and 0 <= row < height
    return inside and bool(found.mask[row, column] >= 0.5)


def detection_of(prediction: Prediction) -> DetectedObject:
    """Return the object of a prediction without running the model.

    Parameters
    ----------
    prediction : Prediction
        A prediction that still holds its masks.

    Returns
    -------
    DetectedObject
        The object. Its mask is the crop's, as the mask of a whole large image takes long to make.
    """
    size = prediction.size
    if prediction.alpha is not None:
        return DetectedObject(size, prediction.box, prediction.alpha, _full_box(size))
    return DetectedObject(size, prediction.box, prediction.crop_mask, prediction.square)


def describe(prediction: Prediction) -> dict:
    """Return category, camera angles (degrees) and box (pixels) as JSON values."""
    return {
        "category": prediction.category,
        "categories": {k: round(v, 4) for k, v in prediction.category_probabilities.items()},
        "azimuth": round(prediction.azimuth, 1),
        "elevation": round(prediction.elevation, 1),
        "box": [round(value, 1) for value in prediction.box],
    }


def _detect_in_box(model: VoxelModel, upright: Image.Image, box: Box) -> DetectedObject:
    """Predict the mask in the square around a box: finer than the mask of the whole image."""
    square = square_around(box, model.config.crop_margin)
    return DetectedObject(upright.size, box, find_masks(model, [upright], [square])[0], square)


def _in_full_pixels(found: DetectedObject, image: DecodedImage) -> DetectedObject:
    """Return the object with its boxes in pixels of the whole picture."""
    return DetectedObject(
        image.full_size,
        full_box(found.box, image),
        found.mask,
        scale_box(found.mask_box, image.scale),
    )


def _window_around(
    point: tuple[float, float], share: float, size: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Return a square window around a point, clipped to the image, in whole pixels.

    Rounding happens here, before the crop: the crop and the offset of its boxes must agree.
    """
    half = share * max(size) / 2
    x, y = point
    window = clip_box((x - half, y - half, x + half, y + half), size)
    return tuple(round(value) for value in window)


def _area(piece: FoundObject) -> float:
    x0, y0, x1, y1 = piece.box
    return (x1 - x0) * (y1 - y0)


def _contains(box: Box, point: tuple[float, float]) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def _full_box(size: tuple[int, int]) -> Box:
    return (0.0, 0.0, *map(float, size))
