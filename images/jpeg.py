"""Finds the end of the first picture in a JPEG file and counts its scans and EXIF blocks.

Phones append a video, a depth map or further pictures to a JPEG. These bytes are not decoded, so
they count for no limit.
"""

import re
from typing import NamedTuple

SOI, EOI, SOS, APP1 = 0xD8, 0xD9, 0xDA, 0xE1
# markers without a length: reserved ones below SOF0, RST0 to RST7 and SOI
PARAMETERLESS = frozenset([*range(0x01, 0xC0), *range(0xD0, 0xD9)])
MAX_SEGMENTS = 20_000  # a photograph has 10 to 300
MARKER = re.compile(rb"\xff[^\x00\xff]")
EXIF_HEADER = b"Exif\0\0"


class JpegStructure(NamedTuple):
    """Counts of the first picture in a JPEG file."""

    end: int  # bytes from the start of the file to the picture's end
    scans: int
    exif_blocks: int


def is_jpeg(data: bytes) -> bool:
    """Return True if the file starts as a JPEG."""
    return data.startswith(b"\xff\xd8")


def jpeg_structure(data: bytes) -> JpegStructure:
    """Walk through the markers of the first picture, as libjpeg does.

    Parameters
    ----------
    data : bytes
        A JPEG file.

    Returns
    -------
    JpegStructure
        The walk stops after MAX_SEGMENTS segments; `scans` is then MAX_SEGMENTS.
    """
    at, scans, exif_blocks = 2, 0, 0
    for _ in range(MAX_SEGMENTS):
        match = MARKER.search(data, at)  # also skips the data of a scan
        if match is None:
            return JpegStructure(len(data), scans, exif_blocks)
        at = match.end()
        marker = data[at - 1]
        if marker == EOI:
            return JpegStructure(at, scans, exif_blocks)
        if marker in PARAMETERLESS:
            continue
        scans += marker == SOS
        exif_blocks += marker == APP1 and data[at + 2 : at + 8] == EXIF_HEADER
        at += max(int.from_bytes(data[at : at + 2]), 2)
    return JpegStructure(len(data), MAX_SEGMENTS, exif_blocks)
