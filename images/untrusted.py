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

PICTURE_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
LARGEST_FILE = 16 * 1024 * 1024  # bytes
LARGEST_PICTURE = 50_000_000  # pixels; decoded it takes three bytes each
# Reads of one file; a PNG of the largest size in pieces of 4 kB takes 16,000, most files under 300.
MOST_READS = 20_000
# Scans of a JPEG: cameras and encoders write 1 to 12, and each goes over the whole picture again.
MOST_SCANS = 50
# EXIF blocks of a JPEG, joined before they are read, in time and memory square to their size
MOST_EXIF = 3
NO_PICTURE = (
    "This file is not a PNG, JPEG, GIF, BMP or WebP picture that can be read; save it as one."
)
TOO_MANY_PIECES = "The picture is stored in too many pieces; save it again as PNG or JPEG."


class _Bytes(BytesIO):
    """A file in memory that ends whoever reads it in crumbs."""

    reads = 0

    def read(self, size=-1):
        self.reads += 1
        if self.reads > MOST_READS:
            raise PictureError(TOO_MANY_PIECES)
        return super().read(size)


def open_picture(source: str | Path | BinaryIO | None) -> Image.Image:
    """The picture, not yet decoded; PictureError for what is no picture or is out of all size."""
    if not source:
        raise PictureError("Choose a picture first: drop one, paste one, or take one.")
    data = _read(source)
    jpeg = data.startswith(b"\xff\xd8")  # elsewhere the same bytes are chance
    if jpeg and (data.count(b"\xff\xda") > MOST_SCANS or data.count(b"Exif\0\0") > MOST_EXIF):
        raise PictureError(TOO_MANY_PIECES)
    picture = _identify(_Bytes(data))
    if picture.width * picture.height > LARGEST_PICTURE:
        raise PictureError(_too_large(f"{picture.width} x {picture.height} pixels"))
    return picture


def _read(source: str | Path | BinaryIO) -> bytes:
    try:
        named = isinstance(source, str | Path)
        with open(source, "rb") if named else nullcontext(source) as file:
            data = file.read(LARGEST_FILE + 1)
    except (OSError, AttributeError, ValueError) as error:  # ValueError: a NUL in its name
        raise PictureError("The picture's file cannot be read; choose it again.") from error
    if len(data) > LARGEST_FILE:
        limit = LARGEST_FILE // 1024**2
        raise PictureError(f"The picture's file is over {limit} MB; save it smaller first.")
    return data


def _identify(file: BytesIO) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of size, judged next, and of odd metadata
            return Image.open(file, formats=PICTURE_FORMATS)
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError(_too_large("hundreds of megapixels")) from error
    except Exception as error:  # Pillow's readers raise what their parsing happens to meet
        raise PictureError(NO_PICTURE) from error


def _too_large(size: str) -> str:
    limit = LARGEST_PICTURE // 1_000_000
    return f"The picture has {size}; make it smaller than {limit} megapixels first."
