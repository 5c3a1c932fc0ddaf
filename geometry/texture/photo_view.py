"""The data of a photo that a texture is drawn from; small, because sessions keep it.

view = photo_view(prediction, camera)    # without the crop and the mask of the prediction
"""

from typing import NamedTuple

import numpy as np

from core.prediction import PhotoDetail, Prediction
from geometry.camera import Camera

# Pixels of the longer side on which light and visibility are computed: a cell has two or three.
COARSE_SIDE = 80


class PhotoView(NamedTuple):
    """The data of a photo that a texture is drawn from."""

    detail: PhotoDetail
    mask: np.ndarray  # (h, w) bool, the object in the detail; the longer side is COARSE_SIDE
    camera: Camera  # in pixels of the crop


def photo_view(prediction: Prediction, camera: Camera) -> PhotoView | None:
    """Collect the data of a photo that a texture is drawn from.

    Parameters
    ----------
    prediction : Prediction
        Its detail and its mask are used.
    camera : Camera
        The camera that took the photo, reliable.

    Returns
    -------
    PhotoView or None
        None if the prediction has no detail.
    """
    if prediction.detail is None:
        return None
    x0, y0, x1, y1 = prediction.detail.box
    scale = COARSE_SIDE / max(x1 - x0, y1 - y0)
    width, height = (max(round(side * scale), 1) for side in (x1 - x0, y1 - y0))
    limit = len(prediction.crop_mask) - 1
    columns = (x0 + (np.arange(width) + 0.5) / width * (x1 - x0)).astype(int).clip(0, limit)
    rows = (y0 + (np.arange(height) + 0.5) / height * (y1 - y0)).astype(int).clip(0, limit)
    return PhotoView(prediction.detail, prediction.crop_mask[np.ix_(rows, columns)] > 0.5, camera)
