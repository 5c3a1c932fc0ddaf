"""The part of a photo around its object, read from the photo's file or from a cache.

part = read_part(root, record, margin)               # the whole photo
crop, mask, place = draw_crop(part, size=224, rng)   # augmented; without rng as in prediction
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from core.boxes import Box, crop_place, square_around
from images.preprocessing import crop_square
from training.data.augmentation import augment_photo, jitter_square
from training.pix3d import dataset


class PhotoPart(NamedTuple):
    """A photo or a part of it; squares and boxes are in its pixels."""

    image: Image.Image  # RGB
    mask: Image.Image | None  # L, of the same size; None where only the box is known
    square: Box  # the square that prediction crops
    frame: Box  # the frame of the photo: pixels outside it are padding


def read_part(root: str | Path, record: dataset.Record, margin: float) -> PhotoPart:
    """Reads the whole photo of a record with its mask.

    Parameters
    ----------
    root : str or Path
        Folder of the data set.
    record : Record
        The photo.
    margin : float
        Space around the box, as a share of its longer side.

    Raises
    ------
    DataError
        If a file cannot be read, or photo and mask differ in size.
    """
    image = dataset.read_image(root, record)
    mask = None
    if record.mask:
        mask = Image.fromarray(dataset.read_mask(root, record).astype(np.uint8) * 255)
        if mask.size != image.size:
            raise dataset.DataError(f"{record.mask} is {mask.size}, its photo {image.size}.")
    return PhotoPart(image, mask, square_around(record.bbox, margin), (0, 0, *image.size))


def draw_crop(
    part: PhotoPart, size: int, rng: np.random.Generator | None = None
) -> tuple[Image.Image, Image.Image | None, tuple[float, float, float]]:
    """Crops the square of the object and resizes it.

    Parameters
    ----------
    part : PhotoPart
        Photo.
    size : int
        Pixels a side of the crop.
    rng : numpy.random.Generator, optional
        Shifts, scales and varies the crop; None for the crop of prediction.

    Returns
    -------
    crop : PIL.Image.Image
        (size, size) RGB.
    mask : PIL.Image.Image or None
        (size, size) L; None where it is unknown.
    place : tuple of 3 float
        Place of the crop in the photo, as `core.boxes.crop_place` returns it.
    """
    square = part.square if rng is None else jitter_square(part.square, rng)
    place = crop_place(square, part.frame)
    crop = crop_square(part.image, square, size)
    mask = None if part.mask is None else crop_square(part.mask, square, size, fill=0)
    if rng is None:
        return crop, mask, place
    varied = augment_photo(crop, mask, rng)
    frame = _frame_in_crop(part.frame, square, size)
    if frame == (0, 0, size, size):
        return varied, mask, place
    # pixels outside the photo keep the padding colour, as in prediction
    result = crop.copy()
    result.paste(varied.crop(frame), frame[:2])
    return result, mask, place


def _frame_in_crop(frame: Box, square: Box, size: int) -> tuple[int, int, int, int]:
    """Returns the photo's frame in pixels of the crop, rounded as `crop_square` rounds it."""
    scale = size / (square[2] - square[0])
    low = [round((max(frame[i], square[i]) - square[i]) * scale) for i in (0, 1)]
    high = [round((min(frame[i + 2], square[i + 2]) - square[i]) * scale) for i in (0, 1)]
    return (low[0], low[1], max(high[0], low[0] + 1), max(high[1], low[1] + 1))
