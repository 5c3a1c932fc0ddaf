"""Pictures in and out of the network: any Pillow image to RGB, a square crop, a mask pasted back.

Pillow and numpy only, so that whatever arrives from outside is dealt with in one small place.
Boxes are (x0, y0, x1, y1) in pixels of the upright picture, x1 and y1 exclusive.
"""

import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import ExifTags, Image, ImageOps

from core.boxes import Box
from core.errors import PictureError

PADDING_GRAY = 128  # grey level of what lies outside the picture; the studio trains with the same
CUT_OUT_BACKGROUND = 255  # behind a cut-out: the white that product photographs have
MIN_SIDE = 16  # pixels; less shows no furniture
MAX_ASPECT_RATIO = 20  # long to short side; beyond it a square crop holds next to nothing
MAX_EXIF_BYTES = 65_536  # bytes, all that one block of a JPEG holds; Pillow's memory grows squarely
EXIF_KEYS = ("exif", "Raw profile type exif")  # where Pillow keeps it, the latter from PNG texts
CUT_OUT_SHARE = 0.02  # an alpha channel counts as a mask when it hides at least this share
MIN_THREADED_IMAGES = 4  # pictures, below which threads take longer to start than to crop
# whole blocks of pixels are averaged while that leaves so many times the size, then resampled: at 2
# a picture of 768 x 768 takes 4.5 ms and not 2.8, and IoU on photographs is the same
REDUCING_GAP = 1.5
# 256 pictures beside a GPU: 2,092 to 2,204/s with 8 threads and 4 or 8 tasks for each, 1,893 and
# 1,963 with 16 and 2, which crop faster but keep the network's thread from Python's lock
MAX_THREADS, TASKS_PER_THREAD = 8, 4


def decode_image(image: Image.Image) -> tuple[Image.Image, np.ndarray | None]:
    """Upright 8-bit RGB, and the cut-out's mask (H, W) float32 in [0, 1] where alpha holds one.

    A picture that is upright RGB already is given back itself, with all that its file says of it.
    """
    if not isinstance(image, Image.Image):
        raise PictureError("This is not a picture; give a Pillow image.")
    width, height = image.size
    if min(width, height) < MIN_SIDE:
        raise PictureError(f"The picture is only {width} x {height} pixels; use a larger one.")
    if max(width, height) > MAX_ASPECT_RATIO * min(width, height):
        raise PictureError(f"The picture is a strip of {width} x {height} pixels; crop it first.")
    try:
        upright, mask = _flatten(_to_8_bit(_upright(image)))
    except PictureError:
        raise
    except Exception as error:  # Pillow's decoders raise what their parsing happens to meet
        raise PictureError(f"The picture cannot be decoded ({error}); save it again.") from error
    return upright, mask


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF says; EXIF that cannot be read, or not in time, turns nothing."""
    image.load()
    if any(len(image.info.get(key) or "") > MAX_EXIF_BYTES for key in EXIF_KEYS):
        return image
    try:
        if image.getexif().get(ExifTags.Base.Orientation, 1) == 1:
            return image  # which Pillow would copy
        return ImageOps.exif_transpose(image)
    except Exception:  # as many kinds as there are kinds of damage
        return image


def _to_8_bit(image: Image.Image) -> Image.Image:
    """16-bit and float modes scaled to 8-bit grey; Pillow itself would clip them."""
    if image.mode not in ("F", "I") and not image.mode.startswith("I;16"):
        return image
    values = np.array(image, dtype=np.float32)
    low, high = (0.0, 65535.0) if image.mode != "F" else _finite_range(values)
    values -= low  # in place: a copy of the largest picture is 200 MB
    values *= 255 / max(high - low, 1e-9)
    np.nan_to_num(values, copy=False, posinf=255, neginf=0)
    return Image.fromarray(values.clip(0, 255, out=values).round(out=values).astype(np.uint8))


def _finite_range(values: np.ndarray) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    if not finite.size:
        raise PictureError("The picture holds no finite value; there is nothing to see in it.")
    return float(finite.min()), float(finite.max())


def _flatten(image: Image.Image) -> tuple[Image.Image, np.ndarray | None]:
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB"), None
    image = image.convert("RGBA")
    alpha = image.getchannel("A")
    mask = np.asarray(alpha, dtype=np.float32) / 255
    if not (mask > 0.5).any():
        raise PictureError("The picture is fully transparent; there is nothing to see in it.")
    flat = Image.new("RGB", image.size, (CUT_OUT_BACKGROUND,) * 3)
    flat.paste(image, mask=alpha)
    return flat, mask if (mask < 0.5).mean() >= CUT_OUT_SHARE else None


def crop_square(
    image: Image.Image, square: Box, size: int, fill: int = PADDING_GRAY
) -> Image.Image:
    """The square of the picture at `size` x `size`, anti-aliased; `fill` outside the picture.

    Of what the file says beside the pixels, EXIF with a place in it maybe, nothing comes along.
    """
    x0, y0, x1, y1 = square
    scale = size / (x1 - x0)
    inside = (max(x0, 0), max(y0, 0), min(x1, image.width), min(y1, image.height))
    left, top = round((inside[0] - x0) * scale), round((inside[1] - y0) * scale)
    right, bottom = round((inside[2] - x0) * scale), round((inside[3] - y0) * scale)
    part = image.resize(
        (max(right - left, 1), max(bottom - top, 1)),
        Image.Resampling.BILINEAR,
        box=inside,
        reducing_gap=REDUCING_GAP,
    )
    if part.size == (size, size):
        part.info = {}  # up to 64 MB, and kept as long as the crop is
        return part
    canvas = Image.new(image.mode, (size, size), fill if image.mode == "L" else (fill,) * 3)
    canvas.paste(part, (left, top))
    return canvas


def decode_images(images: list[Image.Image]) -> list[tuple[Image.Image, np.ndarray | None]]:
    """`decode_image` of each, several at once."""
    return list(_in_threads(decode_image, images))


def crop_squares(
    images: list[Image.Image], squares: list[Box], size: int
) -> Iterator[tuple[Image.Image, np.ndarray]]:
    """`crop_square` of each and its pixels (size, size, 3), several at once.

    The next ones are made while the first are used.
    """
    return _in_threads(lambda *one: _with_pixels(crop_square(*one, size)), images, squares)


def _with_pixels(image: Image.Image) -> tuple[Image.Image, np.ndarray]:
    return image, np.asarray(image)


def _in_threads(work: Callable, *columns: list) -> Iterator:
    """`work` on each row, in order; Pillow does most of it beside Python's lock."""
    if len(columns[0]) < MIN_THREADED_IMAGES:
        yield from map(work, *columns)
        return
    rows = list(zip(*columns, strict=True))
    threads = min(os.cpu_count() or 1, MAX_THREADS)
    some = math.ceil(
        len(rows) / (TASKS_PER_THREAD * threads)
    )  # one by one takes Python's lock too often
    tasks = [rows[at : at + some] for at in range(0, len(rows), some)]
    with ThreadPoolExecutor(threads) as pool:
        for done in pool.map(lambda task: [work(*row) for row in task], tasks):
            yield from done
