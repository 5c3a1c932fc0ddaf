"""The focal length that a camera wrote into a picture's EXIF data, as one number.

focal = focal_share(image)                  # 0.72 for a phone's 26 mm lens, or None

The number is a share of the picture's longer side, so that it holds for turned and reduced copies.
"""

import math
from typing import Any

from PIL import ExifTags, Image

FILM_DIAGONAL = math.hypot(36, 24)  # mm; the 35 mm equivalent refers to the diagonal
MIN_SHARE, MAX_SHARE = 0.3, 8.0  # lenses of 13 and 350 mm; others are errors
SAME_ASPECT = 0.02  # difference of the logarithms of two aspect ratios that count as equal
MM_PER_UNIT = {2: 25.4, 3: 10.0, 4: 1.0}  # EXIF's FocalPlaneResolutionUnit: inch, cm, mm
EXIF = ExifTags.Base


def focal_share(image: Image.Image) -> float | None:
    """Return the focal length of an image as a share of its longer side.

    Parameters
    ----------
    image : PIL.Image.Image
        The image of a file, not rotated yet. Its EXIF data is read and not kept.

    Returns
    -------
    float or None
        None without EXIF data, for absurd values, and for an image that was cropped to another
        aspect ratio after the camera wrote them.
    """
    try:
        tags = image.getexif().get_ifd(ExifTags.IFD.Exif)
        camera = _camera_size(tags) or image.size
        if _differs(camera, image.size):
            return None
        share = _from_film(tags, camera) or _from_sensor(tags, camera)
        return share if share and MIN_SHARE <= share <= MAX_SHARE else None
    except Exception:  # damaged EXIF raises many types
        return None


def _camera_size(tags: dict[int, Any]) -> tuple[int, int] | None:
    """Return width and height of the picture as the camera stored it."""
    size = tags.get(EXIF.ExifImageWidth), tags.get(EXIF.ExifImageHeight)
    return size if all(size) else None


def _differs(camera: tuple[int, int], size: tuple[int, int]) -> bool:
    """Return True if the aspect ratios differ, whether upright or not."""
    first, second = (math.log(max(sides) / min(sides)) for sides in (camera, size))
    return abs(first - second) > SAME_ASPECT


def _from_film(tags: dict[int, Any], size: tuple[int, int]) -> float | None:
    """Return the share from the 35 mm equivalent; 0 means unknown."""
    equivalent = float(tags.get(EXIF.FocalLengthIn35mmFilm) or 0)
    return equivalent / FILM_DIAGONAL * math.hypot(*size) / max(size) or None


def _from_sensor(tags: dict[int, Any], size: tuple[int, int]) -> float | None:
    """Return the share from the focal length in mm and the sensor's pixels per unit."""
    pixels = float(tags.get(EXIF.FocalPlaneXResolution) or 0)
    unit = MM_PER_UNIT.get(tags.get(EXIF.FocalPlaneResolutionUnit, 2))
    if not unit or _camera_size(tags) is None:
        return None
    return float(tags.get(EXIF.FocalLength) or 0) * pixels / unit / max(size) or None
