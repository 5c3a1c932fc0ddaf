"""A picture file from a stranger: judged by its bytes and its header before it is decoded.

Pillow walks a file's chunks, markers and blocks in Python and keeps what they hold, so that a few
megabytes, written for it, take minutes or all memory. The limits below end that; the figures with
and without them are in docs/reliability.md.
"""

import warnings
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from core.errors import PictureError

IMAGE_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
MAX_FILE_BYTES = 16 * 1024 * 1024  # bytes
MAX_PIXELS = 50_000_000  # pixels; decoded it takes three bytes each
# Reads of one file; a PNG of the largest size in pieces of 4 kB takes 16,000, most files under 300.
MAX_READS = 20_000
# Scans of a JPEG: cameras and encoders write 1 to 12, and each goes over the whole picture again.
MAX_JPEG_SCANS = 50
# EXIF blocks of a JPEG, joined before they are read, in time and memory square to their size
MAX_EXIF_BLOCKS = 3
NOT_AN_IMAGE = (
    "This file is not a PNG, JPEG, GIF, BMP or WebP picture that can be read; save it as one."
)
TOO_MANY_PIECES = "The picture is stored in too many pieces; save it again as PNG or JPEG."


class _Bytes(BytesIO):
    """A file in memory that ends whoever reads it in crumbs."""

    reads = 0

    def read(self, size=-1):
        self.reads += 1
        if self.reads > MAX_READS:
            raise PictureError(TOO_MANY_PIECES)
        return super().read(size)


def open_image(source: str | Path | BinaryIO | None) -> Image.Image:
    """The picture, not yet decoded; PictureError for what is no picture or is out of all size."""
    if not source:
        raise PictureError("Choose a picture first: drop one, paste one, or take one.")
    data = _read(source)
    jpeg = data.startswith(b"\xff\xd8")  # elsewhere the same bytes are chance
    if jpeg and (
        data.count(b"\xff\xda") > MAX_JPEG_SCANS or data.count(b"Exif\0\0") > MAX_EXIF_BLOCKS
    ):
        raise PictureError(TOO_MANY_PIECES)
    picture = _identify(_Bytes(data))
    if picture.width * picture.height > MAX_PIXELS:
        raise PictureError(_too_large(f"{picture.width} x {picture.height} pixels"))
    return picture


def _read(source: str | Path | BinaryIO) -> bytes:
    try:
        named = isinstance(source, str | Path)
        with open(source, "rb") if named else nullcontext(source) as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, AttributeError, ValueError) as error:  # ValueError: a NUL in its name
        raise PictureError("The picture's file cannot be read; choose it again.") from error
    if len(data) > MAX_FILE_BYTES:
        limit = MAX_FILE_BYTES // 1024**2
        raise PictureError(f"The picture's file is over {limit} MB; save it smaller first.")
    return data


def _identify(file: BytesIO) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of size, judged next, and of odd metadata
            return Image.open(file, formats=IMAGE_FORMATS)
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError(_too_large("hundreds of megapixels")) from error
    except Exception as error:  # Pillow's readers raise what their parsing happens to meet
        raise PictureError(NOT_AN_IMAGE) from error


def _too_large(size: str) -> str:
    limit = MAX_PIXELS // 1_000_000
    return f"The picture has {size}; make it smaller than {limit} megapixels first."
