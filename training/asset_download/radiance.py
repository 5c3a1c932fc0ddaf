"""Reads Radiance pictures (.hdr, RGBE), the format of light panoramas.

    panorama = read_hdr(Path("apartment.hdr"))      # (H, W, 3) float32, linear, row 0 = zenith

Format: Ward, "Real Pixels", Graphics Gems II, 1991; run-length coded or plain rows.
"""

from pathlib import Path

import numpy as np

from training.asset_download.downloads import DownloadError

SIGNATURE = b"#?"
RUN = 128  # a code above it repeats one byte; a code up to it announces as many different ones
EXPONENT_BIAS = 128 + 8  # mantissas are bytes of a fraction


def read_hdr(path: Path) -> np.ndarray:
    """Reads a picture whose rows go from top to bottom and from left to right.

    Returns
    -------
    numpy.ndarray
        (H, W, 3) float32, linear RGB.

    Raises
    ------
    DownloadError
        If the file is broken, or its rows have another direction.
    """
    data = path.read_bytes()
    try:
        rows, columns, start = _read_header(data)
        rgbe = _read_rows(np.frombuffer(data, np.uint8)[start:], rows, columns)
    except (ValueError, IndexError) as error:
        raise DownloadError(f"{path} cannot be read as a Radiance picture ({error}).") from None
    scale = np.ldexp(np.float32(1), rgbe[..., 3].astype(np.int32) - EXPONENT_BIAS)
    return rgbe[..., :3].astype(np.float32) * np.where(rgbe[..., 3:] > 0, scale[..., None], 0)


def _read_header(data: bytes) -> tuple[int, int, int]:
    """Rows, columns, and position of the first row; ValueError for another kind of file."""
    if not data.startswith(SIGNATURE):
        raise ValueError("no Radiance header")
    size = data.index(b"\n\n") + 2
    start = data.index(b"\n", size) + 1
    vertical, rows, horizontal, columns = data[size:start].split()
    if (vertical, horizontal) != (b"-Y", b"+X"):
        raise ValueError("its rows have an unusual direction")
    return int(rows), int(columns), start


def _read_rows(data: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Decodes all rows: (rows, columns, 4) uint8."""
    if tuple(data[:2]) != (2, 2):  # not run-length coded
        return data[: rows * columns * 4].reshape(rows, columns, 4)
    picture = np.empty((rows, 4, columns), np.uint8)
    position = 0
    for row in picture:
        if tuple(data[position : position + 2]) != (2, 2):
            raise ValueError("a row does not start where it should")
        position += 4
        for channel in row:
            position = _read_channel(data, position, channel)
    return picture.transpose(0, 2, 1)


def _read_channel(data: np.ndarray, position: int, channel: np.ndarray) -> int:
    """Decodes one channel of a row into `channel`; returns the position after it."""
    filled = 0
    while filled < len(channel):
        code = int(data[position])
        if code > RUN:
            count, position = code - RUN, position + 2
            channel[filled : filled + count] = data[position - 1]
        else:
            channel[filled : filled + code] = data[position + 1 : position + 1 + code]
            count, position = code, position + 1 + code
        if count == 0:
            raise ValueError("an empty run")
        filled += count
    return position
