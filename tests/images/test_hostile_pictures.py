"""Pictures of every kind and every kind of damage: the right model, or one sentence."""

import gc
import random
from contextlib import suppress
from io import BytesIO

import numpy as np
import psutil
import pytest
from PIL import Image

import voxel_model
from core.errors import PictureError
from images.preprocessing import crop_square, decode_image
from images.untrusted import MAX_FILE_BYTES, open_image
from pipeline.export import predict_object
from tests.images.hostile_files import (
    checked,
    chunk,
    costs,
    jpeg_with,
    photo,
    png_with,
    real_files,
    saved,
)
from tests.network.hub_client import is_one_sentence
from voxel_model import find_boxes, load_model, predict

SIDE = 64
BOMB_SECONDS = 5.0  # a third of it was the most that was seen
BOMB_MEGABYTES = 400  # of which decoding 49 megapixels takes 150, flattening as much again
KINDS = real_files(SIDE)
SMALL = real_files(24)


@pytest.fixture(scope="module")
def model(checkpoint):
    return load_model(checkpoint, device="cpu")


def read(data: bytes) -> tuple[Image.Image, np.ndarray | None]:
    return decode_image(open_image(BytesIO(data)))


def refusal(data: bytes) -> str:
    with pytest.raises(PictureError) as caught:
        read(data)
    assert is_one_sentence(str(caught.value)), str(caught.value)
    return str(caught.value)


# --- what is a picture --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_shows_the_same_photograph(kind):
    seen, mask = read(KINDS[kind])
    grey = "grey" in kind or "16-bit" in kind
    wanted = np.asarray(photo(SIDE).convert("L").convert("RGB") if grey else photo(SIDE))
    off = np.abs(np.asarray(seen, int) - np.asarray(wanted, int)).mean()
    assert seen.mode == "RGB" and mask is None and off < 6, off  # levels of 256; GIF's palette: 4


@pytest.mark.parametrize("kind", ["png-alpha", "png-palette", "jpeg-cmyk", "gif-moving", "webp"])
def test_every_kind_becomes_the_same_model(model, kind):
    plain = predict(model, photo(SIDE)).occupancy > model.config.threshold
    solid = (
        predict_object(model, open_image(BytesIO(KINDS[kind]))).occupancy > model.config.threshold
    )
    assert (plain & solid).sum() / (plain | solid).sum() > 0.8


def test_a_speck_that_is_found_is_no_object(model, monkeypatch):
    """One cell of the finding pass is less than two pixels of a small picture."""
    speck = np.zeros((1, 56, 56), np.float32)
    speck[0, 28, 28] = 1
    monkeypatch.setattr(voxel_model, "find_masks", lambda *_: speck)
    assert find_boxes(model, [Image.new("RGB", (17, 51))], [None]) == [(0, 0, 17, 51)]
    large = find_boxes(model, [Image.new("RGB", (560, 560))], [None])
    assert large == [(280, 280, 290, 290)]


def test_a_suffix_says_nothing(tmp_path):
    (tmp_path / "photo.png").write_bytes(KINDS["jpeg"])
    assert open_image(tmp_path / "photo.png").format == "JPEG"


def test_float_and_16_bit_greys_keep_their_shades():
    """What Pillow opens for a library's user, TIFF among them; the page takes no TIFF."""
    grey = photo(SIDE).convert("L")
    levels = np.asarray(grey, np.float32)
    stretched = (levels - levels.min()) / np.ptp(levels) * 255
    tiff = Image.open(BytesIO(saved(Image.fromarray(levels * 1e30), "TIFF")))
    assert np.abs(np.asarray(decode_image(tiff)[0])[..., 0] - stretched).max() <= 1
    levels[0, :3] = np.nan, np.inf, -np.inf
    broken = np.asarray(decode_image(Image.fromarray(levels))[0])[..., 0]
    assert np.abs(broken - stretched)[1:].max() <= 1
    assert refusal(saved(grey, "TIFF")).startswith("This file is not a PNG")


def test_nothing_rides_along():
    """A crop is kept for an hour: comments, EXIF (a place, maybe) and profiles must not be."""
    text = png_with(chunk(b"tEXt", b"Comment\0" + b"a" * 100_000))
    for data in (text, KINDS["jpeg"], KINDS["jpeg-turned"], KINDS["png"]):
        assert Image.open(BytesIO(data)).info
        picture = read(data)[0]
        assert not crop_square(picture, (0, 0, *picture.size), 16).info
        assert not crop_square(picture, (-9, -9, 9, 9), 16).info


@pytest.mark.parametrize(
    "exif", [b"", b"II*\0", b"MM\0*" + b"\xff" * 60, random.Random(0).randbytes(500)]
)
def test_garbage_for_exif_turns_nothing(exif):
    data = jpeg_with(b"\xff\xe1" + (len(exif) + 8).to_bytes(2) + b"Exif\0\0" + exif)
    assert read(data)[0].size == (SIDE, SIDE)
    assert read(png_with(chunk(b"eXIf", exif)))[0].size == (SIDE, SIDE)


# --- what is none -------------------------------------------------------------------------------


def huge_header(width: int, height: int) -> bytes:
    """A PNG of 60 bytes that says it is of this size."""
    head = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


REFUSED = {
    "over 16 MB": (KINDS["png"] + bytes(MAX_FILE_BYTES), "over 16 MB"),
    "50 megapixels by its header": (huge_header(7072, 7071), "7072 x 7071 pixels"),
    "4 gigapixels by its header": (huge_header(65_535, 65_535), "megapixels"),
    "1 x 1": (saved(Image.new("RGB", (1, 1)), "PNG"), "only 1 x 1"),
    "10,000 x 3": (saved(Image.new("RGB", (10_000, 3)), "PNG"), "only 10000 x 3"),
    "a strip": (saved(Image.new("RGB", (2000, 20)), "JPEG"), "strip of 2000 x 20"),
    "zero bytes": (b"", "not a PNG, JPEG, GIF, BMP or WebP"),
    "one byte": (b"\x89", "not a PNG, JPEG, GIF, BMP or WebP"),
    "HTML": (b"<!DOCTYPE html><script>alert(1)</script>", "not a PNG, JPEG, GIF, BMP or WebP"),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a PNG, JPEG, GIF, BMP or WebP"),
    "PDF": (b"%PDF-1.7\n", "not a PNG, JPEG, GIF, BMP or WebP"),
    "nothing but alpha": (saved(Image.new("LA", (64, 64), (90, 0)), "PNG"), "fully transparent"),
    "half a PNG": (KINDS["png"][:3000], "cannot be decoded"),
    "half a JPEG": (KINDS["jpeg"][:2000], "cannot be decoded"),
    "pixels that are no zlib": (
        checked(KINDS["png"].replace(b"IDATx", b"IDAT\0")),
        "cannot be decoded",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_is_refused_in_a_sentence(name):
    data, words = REFUSED[name]
    assert words in refusal(data)


@pytest.mark.parametrize("source", [3, ["a.png"], {"path": "a.png"}, "a\0b", "x" * 5000, "/", True])
def test_what_is_no_file_is_refused_in_a_sentence(source):
    with pytest.raises(PictureError, match="cannot be read; choose it again"):
        open_image(source)


@pytest.mark.parametrize("kind", ["png", "jpeg", "jpeg-progressive", "gif", "bmp", "webp"])
def test_every_truncation_is_a_picture_or_a_sentence(kind):
    whole, cut_off = SMALL[kind], 0
    for length in range(len(whole)):
        try:
            assert read(whole[:length])[0].size == (24, 24)
        except PictureError as error:
            assert is_one_sentence(str(error))
            cut_off += 1
    assert cut_off > 0.95 * len(whole)


# --- what is made to hurt -----------------------------------------------------------------------


def test_files_written_to_hurt_cost_little():
    """Each measured in a process of its own; what they cost Pillow is in docs/reliability.md."""
    for name, seconds, megabytes, outcome in costs(lambda file: decode_image(open_image(file))):
        assert outcome == "read" or outcome.startswith("PictureError"), (name, outcome)
        assert seconds < BOMB_SECONDS and megabytes < BOMB_MEGABYTES, (name, seconds, megabytes)


def test_bad_pictures_leave_nothing_behind():
    process = psutil.Process()

    def round_of_all() -> tuple[int, int]:
        for data in (*KINDS.values(), *(data for data, _ in REFUSED.values())):
            with suppress(PictureError):
                read(data)
        gc.collect()
        return process.memory_info().rss, process.num_fds()

    for _ in range(3):
        memory, files = round_of_all()
    for _ in range(12):
        grown, opened = round_of_all()
    assert opened <= files  # those of other tests may close meanwhile
    assert grown - memory < 10_000_000
