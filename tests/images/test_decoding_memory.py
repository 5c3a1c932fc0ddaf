"""The largest picture of each kind within the memory limit of the child that decodes it."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.errors import PictureError
from images.decoding_process import BYTES_PER_PIXEL, EXTRA_BYTES, Decoder
from images.untrusted import CUT_OUT_LIMITS, MAX_PIXELS, PIXEL_LIMITS, register_heif
from tests.images.hostile_files import encode

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces RLIMIT_AS")
SLOW_MACHINE_S = 120.0
SIDE = 2600  # pixels; the fixed share of the memory is small beside it


def cut_out(side: int) -> Image.Image:
    image = Image.new("RGBA", (side, side), (9, 90, 200, 255))
    image.paste((0, 0, 0, 0), (0, 0, side, side // 7))
    return image


def swapped_profile() -> bytes:
    """A profile that is not sRGB: red and blue are exchanged."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = data.find(b"rXYZ", 128), data.find(b"bXYZ", 128)
    data[red : red + 4], data[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(data)


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def floats(side: int) -> Image.Image:
    rows = np.arange(side, dtype=np.float32)[:, None]  # few values, so that the file is small
    return Image.fromarray(np.ascontiguousarray(np.broadcast_to(rows, (side, side))))


KINDS = {
    "PNG, cut-out, turned, with a profile": lambda side: encode(
        cut_out(side), "PNG", compress_level=1, icc_profile=swapped_profile(), exif=turned()
    ),
    "PNG of grey and alpha": lambda side: encode(
        cut_out(side).convert("LA"), "PNG", compress_level=1
    ),
    "PNG with a transparent colour": lambda side: encode(
        cut_out(side).convert("RGB"), "PNG", compress_level=1, transparency=(9, 90, 200)
    ),
    "JPEG, turned, with a profile": lambda side: encode(
        cut_out(side).convert("RGB"), "JPEG", exif=turned(), icc_profile=swapped_profile()
    ),
    "JPEG of CMYK, progressive": lambda side: encode(
        cut_out(side).convert("CMYK"), "JPEG", progressive=True
    ),
    "TIFF of floats": lambda side: encode(floats(side), "TIFF", compression="tiff_adobe_deflate"),
    "AVIF": lambda side: encode(cut_out(side).convert("RGB"), "AVIF", speed=10),
    "HEIC": lambda side: encode(cut_out(side).convert("RGB"), "HEIF"),
}
# Their decoders take more a pixel, so that they have lower limits.
COSTLY = {
    "WEBP": lambda side: encode(cut_out(side), "WEBP", lossless=True, method=0),
    "HEIF": lambda side: encode(cut_out(side), "HEIF"),
    "AVIF": lambda side: encode(cut_out(side), "AVIF", speed=10),
}


def resident_bytes(decoder: Decoder, key: str) -> int:
    text = Path(f"/proc/{decoder._child.pid}/status").read_text(encoding="ascii")
    return int(re.search(rf"{key}:\s+(\d+) kB", text)[1]) * 1024


@pytest.fixture(autouse=True)
def heif():
    register_heif()


@pytest.fixture
def decoder():
    decoder = Decoder(time_limit=SLOW_MACHINE_S)
    decoder.decode(encode(Image.new("RGB", (16, 16)), "PNG"))  # the child is ready
    yield decoder
    decoder.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_takes_twelve_bytes_a_pixel(decoder, kind):
    before, data = resident_bytes(decoder, "VmRSS"), KINDS[kind](SIDE)
    assert decoder.decode(data).rgb.size == (SIDE, SIDE)
    taken = resident_bytes(decoder, "VmHWM") - before
    assert taken < BYTES_PER_PIXEL * SIDE**2 + EXTRA_BYTES, taken / SIDE**2
    assert BYTES_PER_PIXEL == 12


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["PNG, cut-out, turned, with a profile", "TIFF of floats", "HEIC"])
def test_the_largest_picture_is_within_the_limit(decoder, kind):
    side = int(MAX_PIXELS**0.5)
    assert decoder.decode(KINDS[kind](side)).full_size == (side, side)


@pytest.mark.slow
@pytest.mark.parametrize("kind", COSTLY)
def test_the_largest_picture_of_a_costly_format_is_within_the_limit(decoder, kind):
    side = int(PIXEL_LIMITS.get(kind, CUT_OUT_LIMITS.get(kind)) ** 0.5)
    decoded = decoder.decode(COSTLY[kind](side))
    assert decoded.full_size == (side, side) and decoded.alpha is not None
    with pytest.raises(PictureError, match="smaller than 36 megapixels"):
        decoder.decode(COSTLY[kind](side + 200))
