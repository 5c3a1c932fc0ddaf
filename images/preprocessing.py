"""Preparation of images for the network: decoding to upright RGB and cropping squares.

    decoded = decode_image(Image.open("chair.png"))
    crop = crop_square(decoded.rgb, square_around(box, margin), 224)

Boxes are (x0, y0, x1, y1) in pixels of the upright image; x1 and y1 are exclusive.
"""

import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from PIL import ExifTags, Image, ImageOps

from core.boxes import Box
from core.errors import PictureError
from images.focal_length import focal_share
from images.pixels.bit_depth import to_8_bit
from images.pixels.color_profiles import to_srgb
from images.pixels.frames import first_visible_frame
from images.pixels.reduction import limit_pixels
from images.pixels.transparency import prepare_transparency, split_alpha

PADDING_GRAY = 128  # grey level outside the image; the training data has the same
MIN_SIDE = 16  # pixels; smaller images show no furniture
MAX_ASPECT_RATIO = 20  # long side to short side; the square crop of a longer strip is mostly empty
MAX_EXIF_BYTES = 65_536  # bytes, one JPEG block; Pillow's memory grows with the square of the size
EXIF_KEYS = ("exif", "Raw profile type exif")  # keys of `image.info`; the second is for PNG texts
MIN_THREADED_IMAGES = 4  # with fewer images, starting threads takes longer than the work
# Pillow averages whole blocks of pixels as long as the image stays this many times larger than the
# result, then resamples. With 2 an image of 768 x 768 takes 4.5 ms instead of 2.8 ms, and the IoU
# on photographs is the same.
REDUCING_GAP = 1.5
# Measured with 256 images beside a GPU: 2,092 to 2,204 images/s with 8 threads and 4 or 8 tasks for
# each thread; 1,893 and 1,963 with 16 threads and 2 tasks, as more threads compete with the
# network's thread for Python's lock.
MAX_THREADS, TASKS_PER_THREAD = 8, 4


class DecodedImage(NamedTuple):
    """An image as the network takes it."""

    rgb: Image.Image  # (H, W) upright 8-bit RGB
    alpha: np.ndarray | None  # (H, W) float32 in [0, 1], the mask of a cut-out
    focal: float | None = None  # focal length as a share of the longer side, if the file tells it

    @property
    def full_size(self) -> tuple[int, int]:
        """Width and height of the whole picture, in whose pixels boxes are given."""
        return self.rgb.size

    @property
    def scale(self) -> int:
        """Side of a pixel, in pixels of the whole picture."""
        return -(-self.full_size[0] // self.rgb.width)


class ReducedImage(DecodedImage):
    """A large picture, made smaller by `images.pixels.reduction`; set `full_size` after it."""

    full_size: tuple[int, int] = (0, 0)


def decode_image(image: Image.Image | DecodedImage, max_pixels: int | None = None) -> DecodedImage:
    """Decode any Pillow image to upright 8-bit RGB.

    Parameters
    ----------
    image : PIL.Image.Image or DecodedImage
        Image of any mode. A DecodedImage is returned unchanged, so that functions that take both
        decode an image once.
    max_pixels : int, optional
        A picture of more pixels is made smaller; the result is then a ReducedImage.

    Returns
    -------
    DecodedImage
        The image in sRGB, and its alpha channel where at least 2 % of the pixels are transparent.
        Of several frames, the first one that shows something. An image that already is upright
        sRGB is not copied and keeps its `info`.

    Raises
    ------
    PictureError
        If the image cannot be decoded, is too small or too narrow, or is fully transparent.
    """
    if isinstance(image, DecodedImage):
        return image
    if not isinstance(image, Image.Image):
        raise PictureError("This is not a picture; give a Pillow image.")
    width, height = image.size
    if min(width, height) < MIN_SIDE:
        raise PictureError(f"The picture is only {width} x {height} pixels; use a larger one.")
    if max(width, height) > MAX_ASPECT_RATIO * min(width, height):
        raise PictureError(f"The picture is a strip of {width} x {height} pixels; crop it first.")
    try:
        prepare_transparency(image)
        most = max_pixels or width * height
        frames = [first_visible_frame(image)]
        del image  # each step frees the picture of the step before, where nobody else holds it
        profile = frames[0].info.get("icc_profile")
        focal = focal_share(frames[0]) if _has_usable_exif(frames[0]) else None
        upright = [to_8_bit(_upright(limit_pixels(frames.pop(), most)))]
        rgb, alpha = split_alpha(to_srgb(limit_pixels(upright.pop(), most), profile))
        decoded = DecodedImage(rgb, alpha, focal)
        return decoded if width * height <= most else _reduced(decoded, (width, height))
    except PictureError:
        raise
    except Exception as error:  # Pillow's decoders raise many types on damaged files
        reason = " ".join(str(error).split())
        raise PictureError(f"The picture cannot be decoded ({reason}); save it again.") from error


def _reduced(image: DecodedImage, size: tuple[int, int]) -> ReducedImage:
    """Return the image with the size of the file's picture, upright."""
    reduced = ReducedImage(*image)
    is_turned = (image.rgb.width > image.rgb.height) != (size[0] > size[1])
    reduced.full_size = size[::-1] if is_turned else size
    return reduced


def _has_usable_exif(image: Image.Image) -> bool:
    """Return False if reading the EXIF data could take too much memory."""
    return all(len(image.info.get(key) or "") <= MAX_EXIF_BYTES for key in EXIF_KEYS)


def _upright(image: Image.Image) -> Image.Image:
    """Rotate the image as its EXIF says. Ignores EXIF that is damaged or too large."""
    if not _has_usable_exif(image):
        return image
    try:
        if image.getexif().get(ExifTags.Base.Orientation, 1) == 1:
            return image  # exif_transpose would copy it
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF raises many types
        return image


def crop_square(
    image: Image.Image, square: Box, size: int, fill: int = PADDING_GRAY
) -> Image.Image:
    """Crop a square and resize it with anti-aliasing.

    The crop has no `info`: metadata of the file, such as a GPS position in EXIF, is not copied.

    Parameters
    ----------
    image : PIL.Image.Image
        Image in mode RGB or L.
    square : tuple of 4 float
        Square in pixels of the image; may reach outside it.
    size : int
        Side of the crop in pixels.
    fill : int
        Grey level outside the image, 0 to 255.

    Returns
    -------
    PIL.Image.Image
        Crop of `size` x `size` pixels in the mode of the image.
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
        part.info = {}  # up to 64 MB, and a session holds the crop for an hour
        return part
    canvas = Image.new(image.mode, (size, size), fill if image.mode == "L" else (fill,) * 3)
    canvas.paste(part, (left, top))
    return canvas


def decode_images(images: list[Image.Image | DecodedImage]) -> list[DecodedImage]:
    """Apply `decode_image` to each image, in threads."""
    return list(_map_in_threads(decode_image, images))


def crop_squares(
    images: list[Image.Image], squares: list[Box], size: int
) -> Iterator[tuple[Image.Image, np.ndarray]]:
    """Apply `crop_square` to each image, in threads.

    Threads make the next crops while the caller uses the first ones.

    Parameters
    ----------
    images : list of PIL.Image.Image
        Upright images in one mode, RGB or L.
    squares : list of tuple
        One square for each image, in its pixels.
    size : int
        Side of the crops in pixels.

    Yields
    ------
    tuple
        The crop as an image, and its pixels as (size, size, 3) uint8.
    """
    return _map_in_threads(lambda *args: _with_pixels(crop_square(*args, size)), images, squares)


def _with_pixels(image: Image.Image) -> tuple[Image.Image, np.ndarray]:
    return image, np.asarray(image)


def _map_in_threads(function: Callable, *columns: list) -> Iterator:
    """Yield `function(*row)` for each row of the columns, in order.

    Threads help because Pillow releases Python's lock for most of its work.
    """
    if len(columns[0]) < MIN_THREADED_IMAGES:
        yield from map(function, *columns)
        return
    rows = list(zip(*columns, strict=True))
    threads = min(os.cpu_count() or 1, MAX_THREADS)
    # tasks of one row each would take Python's lock too often
    rows_per_task = math.ceil(len(rows) / (TASKS_PER_THREAD * threads))
    tasks = [rows[i : i + rows_per_task] for i in range(0, len(rows), rows_per_task)]
    with ThreadPoolExecutor(threads) as pool:
        for results in pool.map(lambda task: [function(*row) for row in task], tasks):
            yield from results
