"""Files that cost a careless reader much more than their size; each is made once."""

import io
import struct
import zipfile
import zlib
from functools import cache

from PIL import Image

STRIPES_SIDE = 7000  # pixels; 49 of the 50 megapixels that are allowed
TEXT_BYTES = 500_000_000  # of a PNG's text when it is unpacked
ZIP_BYTES = 1_000_000_000  # of a member of a zip when it is unpacked
BLOCK = bytes(1_000_000)


@cache
def striped_png(side: int = STRIPES_SIDE) -> bytes:
    """Return a PNG whose alpha channel has thousands of separate pieces, in a few kilobytes."""
    row = Image.new("LA", (side, 1), (128, 255))
    image = Image.new("LA", (side, side), (128, 0))
    for y in range(0, side, 2):
        image.paste(row, (0, y))
    return _encode(image)


@cache
def text_png() -> bytes:
    """Return a small PNG with a compressed text of TEXT_BYTES."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(BLOCK) for _ in range(TEXT_BYTES // len(BLOCK)))
    text = b"Comment\0\0" + packed + packer.flush()
    chunk = struct.pack(">I", len(text)) + b"zTXt" + text
    chunk += struct.pack(">I", zlib.crc32(b"zTXt" + text))
    png = _encode(Image.new("RGB", (64, 64), "brown"))
    at = png.index(b"IDAT") - 4
    return png[:at] + chunk + png[at:]


@cache
def zip_bomb() -> bytes:
    """Return a zip, as of a `.npz` file, with a member of ZIP_BYTES."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("image.npy", "w", force_zip64=True) as member,
    ):
        for _ in range(ZIP_BYTES // len(BLOCK)):
            member.write(BLOCK)
    return buffer.getvalue()


@cache
def pickle_bomb() -> bytes:
    """Return a `.pth` file that runs a command when Python's pickle reads it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", b"cos\nsystem\n(S'true'\ntR.")
        archive.writestr("archive/version", b"3\n")
    return buffer.getvalue()


def _encode(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def make_bombs() -> None:
    """Make all files before they are needed; some take seconds of processor time."""
    for make in (striped_png, text_png, zip_bomb, pickle_bomb):
        make()
