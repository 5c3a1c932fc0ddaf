"""The prediction for one image, as plain arrays."""

import math
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from core.boxes import Box


@dataclass(frozen=True)
class PhotoDetail:
    """The object's box in the photo at the photo's own resolution, for a texture."""

    jpeg: bytes  # (h, w) RGB picture
    box: Box  # its place in the crop, pixels of the crop


@dataclass
class Prediction:
    """Shape, colours, category and camera that the model predicts for one image.

    `voxel_model.py` defines the axes and angles. `pipeline.result.Result.compact` sets `crop`,
    `crop_mask`, `alpha` and `detail` to None.
    """

    occupancy: np.ndarray  # (R, R, R) float32, probability that the cell is solid
    colors: np.ndarray  # (R, R, R, 3) uint8 sRGB, surface albedo
    size: tuple[int, int]  # width and height of the upright image, pixels
    box: Box  # the object, pixels of the image
    square: Box  # the crop, pixels of the image
    category: str  # the most probable one; "" from the classic design
    category_probabilities: dict[str, float]  # they sum to 1
    azimuth: float  # degrees, -180 to 180
    elevation: float  # degrees
    crop: Image.Image | None  # (S, S) RGB, input of the network
    crop_mask: np.ndarray | None = field(repr=False)  # (S, S) float32, the object in the crop
    agreement: float = 1.0  # factor of pipeline.confidence.calibrated_iou
    familiarity: float = math.inf  # below 0: unlike the training data (pipeline.confidence)
    alpha: np.ndarray | None = field(repr=False, default=None)  # (H, W) float32, a cut-out's mask
    # (K,) float32 of unit length, tells which piece of a bank the photo shows
    # (network.heads.descriptor)
    descriptor: np.ndarray | None = field(repr=False, default=None)
    # (s, s, 3) float32, point in the object's cube (-0.5 to 0.5) that each pixel of the crop shows,
    # NaN outside the object (network.heads.coordinates)
    coordinates: np.ndarray | None = field(repr=False, default=None)
    focal: float | None = None  # focal length as a share of the photo's longer side, from its file
    detail: PhotoDetail | None = field(repr=False, default=None)  # the photo's pixels of the box
