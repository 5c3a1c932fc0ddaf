"""Opening an image file from an untrusted source.

Pillow parses chunks, markers and blocks of a file in Python and stores their content. A file of a
few megabytes can be written so that this takes minutes or all memory. The checks here limit the
file size, the image size, and the number of reads, scans, EXIF blocks and TIFF values before
anything is decoded. docs/reliability.md records times with and without them.
"""

import os
import warnings
from contextlib import nullcontext
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from core.errors import PictureError
from images.formats import FORMAT_NAMES, IMAGE_FORMATS
from images.jpeg import is_jpeg, jpeg_structure
from images.tiff import is_cheap_tiff, is_tiff

MAX_FILE_BYTES = 16_000_000  # bytes, without LARGEST_FILE in the environment
MAX_PIXELS = 50_000_000  # pixels; a decoded pixel takes 3 bytes
# The decoders of these formats hold more than 12 bytes a pixel beside the picture, by measurement:
# OpenJPEG 4 for each channel and the result (18), WebP two canvases and the result (16), the two
# others 15 where the picture has an alpha channel.
PIXEL_LIMITS = {"JPEG2000": 20_000_000, "WEBP": 36_000_000}
CUT_OUT_LIMITS = {"HEIF": 36_000_000, "AVIF": 36_000_000}
MAX_READS = 20_000  # reads of one file; the largest PNG in chunks of 4 kB takes 16,000
MAX_JPEG_SCANS = 50  # cameras and encoders write 1 to 12; each scan decodes the whole image again
MAX_EXIF_BLOCKS = 3  # of a JPEG; Pillow joins them in time and memory quadratic in their size
NOT_AN_IMAGE = f"This file is not a {FORMAT_NAMES} picture that can be read; save it as one."
TOO_MANY_PIECES = "The picture is stored in too many pieces; save it again as PNG or JPEG."


class _LimitedReads(BytesIO):
    """A file in memory that raises PictureError after MAX_READS reads."""

    read_count = 0

    def read(self, size: int | None = -1) -> bytes:
        self.read_count += 1
        if self.read_count > MAX_READS:
            raise PictureError(TOO_MANY_PIECES)
        return super().read(size)


def open_image(source: str | Path | BinaryIO | None, max_bytes: int | None = None) -> Image.Image:
    """Open an image file without decoding its pixels.

    Parameters
    ----------
    source : str, Path or binary file
        The image file. An empty value means that the user chose no file.
    max_bytes : int, optional
        Maximum size of the file in bytes; `max_file_bytes()` by default.

    Returns
    -------
    PIL.Image.Image
        The image; `images.preprocessing.decode_image` decodes it.

    Raises
    ------
    PictureError
        If the file cannot be read, is no image of IMAGE_FORMATS, or exceeds a limit.
    """
    max_bytes = max_bytes or max_file_bytes()
    data = _without_appended_data(read_image_file(source, max_bytes))
    if len(data) > max_bytes:
        size = f"{max_bytes / 1_000_000:.3g} MB"
        raise PictureError(f"The picture's file is over {size}; save it smaller first.")
    if is_tiff(data) and not is_cheap_tiff(data):
        raise PictureError(TOO_MANY_PIECES)
    image = _parse_header(_LimitedReads(data))
    limit = PIXEL_LIMITS.get(image.format, MAX_PIXELS)
    if image.mode == "RGBA":
        limit = CUT_OUT_LIMITS.get(image.format, limit)
    if image.width * image.height > limit:
        raise PictureError(_too_large(f"{image.width} x {image.height} pixels", limit))
    return image


def _without_appended_data(data: bytes) -> bytes:
    """Cut a JPEG at the end of its first picture, and check its scans and EXIF blocks."""
    if not is_jpeg(data):
        return data
    structure = jpeg_structure(data)
    if structure.scans > MAX_JPEG_SCANS or structure.exif_blocks > MAX_EXIF_BLOCKS:
        raise PictureError(TOO_MANY_PIECES)
    return data[: structure.end]


def max_file_bytes() -> int:
    """Return the maximum size of a picture's file: LARGEST_FILE, also for uploads, or 16 MB.

    Raises
    ------
    PictureError
        If LARGEST_FILE is not a whole number above zero.
    """
    text = os.environ.get("LARGEST_FILE") or str(MAX_FILE_BYTES)
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise PictureError(f"LARGEST_FILE is {text!r}; give a whole number above zero.")
    return int(text)


def read_image_file(source: str | Path | BinaryIO | None, max_bytes: int | None = None) -> bytes:
    """Return the content of an image file, at most `max_bytes` and one byte.

    Raises
    ------
    PictureError
        If there is no file.
    """
    if not source:
        raise PictureError("Choose a picture first: drop one, paste one, or take one.")
    max_bytes = max_bytes or max_file_bytes()
    try:
        is_path = isinstance(source, str | Path)
        with open(source, "rb") if is_path else nullcontext(source) as file:
            return file.read(max_bytes + 1)
    except (OSError, AttributeError, ValueError) as error:  # ValueError: a NUL in the path
        raise PictureError("The picture's file cannot be read; choose it again.") from error


@cache
def register_heif() -> None:
    """Let Pillow open HEIC files, without their thumbnails, depth maps and further images."""
    import pillow_heif

    pillow_heif.options.THUMBNAILS = False
    pillow_heif.options.DEPTH_IMAGES = False
    pillow_heif.options.AUX_IMAGES = False
    pillow_heif.register_heif_opener()


def _parse_header(file: BytesIO) -> Image.Image:
    """Let Pillow parse the header."""
    register_heif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # image size, checked by the caller; odd metadata
            return Image.open(file, formats=IMAGE_FORMATS)
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError(_too_large("hundreds of megapixels", MAX_PIXELS)) from error
    except Exception as error:  # Pillow's parsers raise many types on damaged files
        raise PictureError(NOT_AN_IMAGE) from error


def _too_large(size: str, limit: int) -> str:
    return f"The picture has {size}; make it smaller than {limit // 1_000_000} megapixels first."
