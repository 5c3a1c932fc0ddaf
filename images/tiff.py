"""Checks of a TIFF file's directories before Pillow reads them.

Pillow reads every value of a directory at once. A few megabytes can list millions of strips, or
thousands of values that share the same bytes.
"""

import struct
from collections.abc import Iterator

from images.formats import TIFF_SIGNATURES

TYPE_BYTES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)  # by TIFF's type number
BYTE_TYPES = (1, 2, 6, 7)  # BYTE, ASCII, SBYTE, UNDEFINED: Pillow keeps them as bytes
COMPRESSION, SUB_DIRECTORIES = 259, (34665, 34853, 40965)  # tags; EXIF, GPS, interoperability
JPEG_COMPRESSIONS = (6, 7)  # a strip may hold any number of scans, which libtiff does not count
MAX_VALUES = 20_000  # numbers of one tag; a picture of 50 megapixels in single rows has 8,000
MAX_DIRECTORIES = 100  # pages and their sub-directories


def is_tiff(data: bytes) -> bool:
    """Return True if the file starts as a TIFF or BigTIFF."""
    return data.startswith(TIFF_SIGNATURES)


def is_cheap_tiff(data: bytes) -> bool:
    """Return True if Pillow reads the directories in little time and memory.

    Parameters
    ----------
    data : bytes
        A TIFF file.

    Returns
    -------
    bool
        False if there are too many directories or values, if values together are longer than the
        file, if JPEG is inside the TIFF, or if a directory is cut off.
    """
    total = 0
    try:
        for number, (tag, kind, count, value) in enumerate(_entries(data)):
            size = TYPE_BYTES[kind] * count if kind < len(TYPE_BYTES) else 0
            total += size
            too_many = count > MAX_VALUES and kind not in BYTE_TYPES
            if too_many or total > len(data) or number > MAX_VALUES:
                return False
            if tag == COMPRESSION and value in JPEG_COMPRESSIONS:
                return False
    except (struct.error, OverflowError):
        return False
    return True


def _entries(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield tag, type, count and value of each entry of all directories.

    Raises
    ------
    struct.error
        If a directory is cut off.
    OverflowError
        If there are too many directories.
    """
    order = "<" if data[:1] == b"I" else ">"
    is_big = b"+" in data[2:4]
    pointer, count_format = (order + "Q", order + "Q") if is_big else (order + "I", order + "H")
    entry_format = order + ("HHQ8s" if is_big else "HHI4s")
    (first,) = struct.unpack_from(pointer, data, 8 if is_big else 4)
    pending, done = [first], set()
    while pending:
        at = pending.pop()
        if at == 0 or at in done:
            continue
        done.add(at)
        if len(done) > MAX_DIRECTORIES:
            raise OverflowError
        (entries,) = struct.unpack_from(count_format, data, at)
        at += struct.calcsize(count_format)
        for _ in range(entries):
            tag, kind, count, raw = struct.unpack_from(entry_format, data, at)
            at += struct.calcsize(entry_format)
            # a SHORT fills the first bytes of the field
            (value,) = struct.unpack_from(order + "H" if kind == 3 else pointer, raw)
            yield tag, kind, count, value
            if tag in SUB_DIRECTORIES:
                pending.append(value)
        pending += struct.unpack_from(pointer, data, at)
