"""Transparent pixels: alpha channels and transparent colours of every mode that Pillow reads.

prepare_transparency(image)         # before the image is decoded
rgb, alpha = split_alpha(image)     # after it is decoded
"""

import numpy as np
from PIL import Image

from core.errors import PictureError
from core.masks import MIN_ALPHA

CUT_OUT_BACKGROUND = 255  # behind a cut-out: white, as in product photographs
CUT_OUT_SHARE = 0.02  # share of transparent pixels from which alpha is a mask
MAX_UNIFORM_SPREAD = 8  # of 255 levels; noise of a lossy file around one colour
# A PNG stores its transparent colour in the levels of the file. Pillow scales the pixels of these
# raw modes to 8 bits, but not the transparent colour: factor from file to image.
LEVEL_SCALES = {"L;2": 85, "L;4": 17, "RGB;16B": 1 / 256}


def prepare_transparency(image: Image.Image) -> None:
    """Scale the transparent colour of a PNG to the levels of the decoded pixels.

    Parameters
    ----------
    image : PIL.Image.Image
        Image that is not decoded yet; its `info` changes. Other images do not change.
    """
    color, tiles = image.info.get("transparency"), getattr(image, "tile", None)
    if image.format != "PNG" or color is None or not tiles:
        return
    raw_mode = tiles[0][3]
    raw_mode = raw_mode[0] if isinstance(raw_mode, tuple) else raw_mode
    scale = LEVEL_SCALES.get(raw_mode)
    if scale and isinstance(color, int | tuple):
        levels = color if isinstance(color, tuple) else (color,)
        scaled = tuple(min(int(level * scale), 255) for level in levels)
        image.info["transparency"] = scaled if isinstance(color, tuple) else scaled[0]


def transparent_level(image: Image.Image) -> np.ndarray | None:
    """Return the pixels of a 16-bit image whose grey level is its transparent one.

    Parameters
    ----------
    image : PIL.Image.Image
        Decoded image of mode I or I;16.

    Returns
    -------
    ndarray, (H, W) bool, or None
        True for transparent pixels; None if the image has no transparent level.
    """
    level = image.info.get("transparency")
    return np.asarray(image) == level if isinstance(level, int) else None


def split_alpha(image: Image.Image) -> tuple[Image.Image, np.ndarray | None]:
    """Convert to RGB and put transparent pixels on white.

    Parameters
    ----------
    image : PIL.Image.Image
        Decoded 8-bit image of any mode.

    Returns
    -------
    rgb : PIL.Image.Image
        RGB image. If alpha is 0 everywhere, as in many 32-bit BMP files, it is ignored.
    alpha : ndarray, (H, W) float32, or None
        Alpha in [0, 1] if at least 2 % of the pixels are transparent.

    Raises
    ------
    PictureError
        If no pixel is visible and all hidden pixels have one colour.
    """
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB"), None
    image = _to_rgba(image)
    alpha = image.getchannel("A")
    if alpha.getextrema()[1] < MIN_ALPHA * 255:
        rgb = image.convert("RGB")
        if _is_uniform(rgb):
            raise PictureError("The picture is fully transparent; there is nothing to see in it.")
        return rgb, None
    rgb = Image.new("RGB", image.size, (CUT_OUT_BACKGROUND,) * 3)
    rgb.paste(image, mask=alpha)
    del image  # a copy of the largest image is 200 MB
    mask = np.asarray(alpha, dtype=np.float32)
    del alpha
    mask /= 255
    return rgb, mask if (mask < MIN_ALPHA).mean() >= CUT_OUT_SHARE else None


def shows_something(image: Image.Image) -> bool:
    """Return False for a decoded image that is fully transparent or has one colour.

    Parameters
    ----------
    image : PIL.Image.Image
        Decoded image of any mode.
    """
    if not image.has_transparency_data or image.mode.startswith("I"):
        return not _is_uniform(image.convert("RGB") if image.mode == "P" else image)
    image = _to_rgba(image)
    low, high = image.getchannel("A").getextrema()
    if high < MIN_ALPHA * 255:
        return False
    return low < MIN_ALPHA * 255 or not _is_uniform(image)


def _to_rgba(image: Image.Image) -> Image.Image:
    """Convert to RGBA. Pillow has no direct conversion from grey with premultiplied alpha."""
    if image.mode == "RGBA":
        return image
    return (image.convert("LA") if image.mode == "La" else image).convert("RGBA")


def _is_uniform(image: Image.Image) -> bool:
    """Return True if all pixels have nearly one colour."""
    extrema = image.getextrema()
    bands = [extrema] if len(image.getbands()) == 1 else extrema
    bands = bands[:3] if image.mode == "RGBA" else bands  # without alpha
    unit = 257 if image.mode.startswith("I") else 1
    return all(high - low <= MAX_UNIFORM_SPREAD * unit for low, high in bands)
