"""Images of more than 8 bits a channel, such as depth maps, as 8-bit grey."""

import numpy as np
from PIL import Image

from core.errors import PictureError
from images.pixels.transparency import transparent_level

MAX_FLOAT_RANGE = 1e38  # of float pixels, such as a depth map's; float32 ends at 3.4e38
MIN_FLOAT_RANGE = 1e-30  # below it the scale to 255 levels is infinite


def to_8_bit(image: Image.Image) -> Image.Image:
    """Scale 16-bit and float images to 8-bit grey. Pillow's own conversion clips them."""
    if image.mode not in ("F", "I") and not image.mode.startswith("I;16"):
        return image
    transparent = transparent_level(image)
    is_float, values = image.mode == "F", np.array(image, dtype=np.float32)
    del image
    low, high = _finite_range(values) if is_float else (0.0, 65535.0)
    if high - low > MAX_FLOAT_RANGE:  # the differences would be infinite
        values /= 4
        low, high = low / 4, high / 4
    values -= low  # in place: a copy of the largest image is 200 MB
    values *= 255 / (high - low)
    np.nan_to_num(values, copy=False, posinf=255, neginf=0)
    gray = Image.fromarray(values.clip(0, 255, out=values).round(out=values).astype(np.uint8))
    if transparent is not None:
        gray.putalpha(Image.fromarray(np.where(transparent, 0, 255).astype(np.uint8)))
    return gray


def _finite_range(values: np.ndarray) -> tuple[float, float]:
    """Return the lowest and the highest finite value."""
    finite = np.isfinite(values)
    if not finite.any():
        raise PictureError("The picture holds no finite value; there is nothing to see in it.")
    low = float(values.min(where=finite, initial=np.inf))
    high = float(values.max(where=finite, initial=-np.inf))
    if high - low < MIN_FLOAT_RANGE:
        raise PictureError("The picture holds one value only; there is nothing to see in it.")
    return low, high
