"""Image files of each format, invalid files and hostile ones: a correct image or one sentence."""

import gc
import random
from contextlib import suppress
from io import BytesIO

import numpy as np
import psutil
import pytest
from PIL import Image

from benchmarks.stress.report import is_one_sentence
from core.errors import PictureError
from images.preprocessing import DecodedImage, crop_square, decode_image
from images.untrusted import MAX_FILE_BYTES, NOT_AN_IMAGE, open_image
from network import finding
from pipeline.detection import predict_object
from tests.images.hostile_files import (
    chunk,
    encode,
    fix_checksums,
    jpeg_with,
    measure_costs,
    photo,
    png_with,
    real_files,
)
from voxel_model import VoxelConfig, VoxelModel, find_boxes, load_model, predict

SIDE = 64
MAX_SECONDS = 5.0  # for a hostile file; three times the longest time measured
MAX_MEGABYTES = 12 * 49 + 50  # 12 bytes a pixel and 50 MB, for the 49 megapixels accepted
KINDS = real_files(SIDE)
SMALL = real_files(24)


@pytest.fixture(scope="module")
def model(checkpoint):
    return load_model(checkpoint, device="cpu")


def read(data: bytes) -> DecodedImage:
    return decode_image(open_image(BytesIO(data)))


def refusal(data: bytes) -> str:
    with pytest.raises(PictureError) as caught:
        read(data)
    assert is_one_sentence(str(caught.value)), str(caught.value)
    return str(caught.value)


# --- valid files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_each_format_shows_the_same_photograph(kind):
    image, mask = read(KINDS[kind])[:2]
    grey = "grey" in kind or "16-bit" in kind
    expected = np.asarray(photo(SIDE).convert("L").convert("RGB") if grey else photo(SIDE), int)
    difference = np.abs(np.asarray(image, int) - expected).mean()
    assert image.mode == "RGB" and mask is None
    assert difference < 6, difference  # of 256 levels; the palette of a GIF has 4


@pytest.mark.parametrize("kind", ["png-alpha", "png-palette", "jpeg-cmyk", "gif-moving", "webp"])
def test_each_format_becomes_the_same_model(model, kind):
    plain = predict(model, photo(SIDE)).occupancy > model.config.threshold
    solid = (
        predict_object(model, open_image(BytesIO(KINDS[kind]))).occupancy > model.config.threshold
    )
    assert (plain & solid).sum() / (plain | solid).sum() > 0.8


def test_a_single_cell_of_the_mask_is_no_object(monkeypatch):
    """In a small image, one cell of the mask is less than two pixels."""
    cell = np.zeros((1, 56, 56), np.float32)
    cell[0, 28, 28] = 1
    monkeypatch.setattr(finding, "find_masks", lambda *_: cell)
    model = VoxelModel(VoxelConfig())  # has no object head
    assert find_boxes(model, [Image.new("RGB", (17, 51))], [None]) == [(0, 0, 17, 51)]
    large = find_boxes(model, [Image.new("RGB", (560, 560))], [None])
    assert large == [(280, 280, 290, 290)]


def test_the_suffix_of_a_file_is_ignored(tmp_path):
    (tmp_path / "photo.png").write_bytes(KINDS["jpeg"])
    assert open_image(tmp_path / "photo.png").format == "JPEG"


def test_float_and_16_bit_greys_keep_their_shades():
    grey = photo(SIDE).convert("L")
    levels = np.asarray(grey, np.float32)
    stretched = (levels - levels.min()) / np.ptp(levels) * 255
    tiff = Image.open(BytesIO(encode(Image.fromarray(levels * 1e30), "TIFF")))
    assert np.abs(np.asarray(decode_image(tiff)[0])[..., 0] - stretched).max() <= 1
    levels[0, :3] = np.nan, np.inf, -np.inf
    broken = np.asarray(decode_image(Image.fromarray(levels))[0])[..., 0]
    assert np.abs(broken - stretched)[1:].max() <= 1
    assert refusal(encode(grey, "PPM")).startswith("This file is not a PNG")


def test_a_crop_has_no_metadata():
    """A session holds the crop for an hour: it must not contain comments, EXIF or profiles."""
    text = png_with(chunk(b"tEXt", b"Comment\0" + b"a" * 100_000))
    for data in (text, KINDS["jpeg"], KINDS["jpeg-turned"], KINDS["png"]):
        assert Image.open(BytesIO(data)).info
        image = read(data).rgb
        assert not crop_square(image, (0, 0, *image.size), 16).info
        assert not crop_square(image, (-9, -9, 9, 9), 16).info


@pytest.mark.parametrize(
    "exif", [b"", b"II*\0", b"MM\0*" + b"\xff" * 60, random.Random(0).randbytes(500)]
)
def test_damaged_exif_rotates_nothing(exif):
    data = jpeg_with(b"\xff\xe1" + (len(exif) + 8).to_bytes(2) + b"Exif\0\0" + exif)
    assert read(data)[0].size == (SIDE, SIDE)
    assert read(png_with(chunk(b"eXIf", exif)))[0].size == (SIDE, SIDE)


# --- invalid files -------------------------------------------------------------------------------


def huge_header(width: int, height: int) -> bytes:
    """A PNG of 60 bytes whose header claims this size."""
    head = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


REFUSED = {
    "over 16 MB": (KINDS["png"] + bytes(MAX_FILE_BYTES), "over 16 MB"),
    "50 megapixels by its header": (huge_header(7072, 7071), "7072 x 7071 pixels"),
    "4 gigapixels by its header": (huge_header(65_535, 65_535), "megapixels"),
    "1 x 1": (encode(Image.new("RGB", (1, 1)), "PNG"), "only 1 x 1"),
    "10,000 x 3": (encode(Image.new("RGB", (10_000, 3)), "PNG"), "only 10000 x 3"),
    "a narrow strip": (encode(Image.new("RGB", (2000, 20)), "JPEG"), "strip of 2000 x 20"),
    "zero bytes": (b"", NOT_AN_IMAGE),
    "one byte": (b"\x89", NOT_AN_IMAGE),
    "HTML": (
        b"<!DOCTYPE html><script>alert(1)</script>",
        NOT_AN_IMAGE,
    ),
    "SVG": (
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        NOT_AN_IMAGE,
    ),
    "PDF": (b"%PDF-1.7\n", NOT_AN_IMAGE),
    "fully transparent": (encode(Image.new("LA", (64, 64), (90, 0)), "PNG"), "fully transparent"),
    "half a PNG": (KINDS["png"][:3000], "cannot be decoded"),
    "half a JPEG": (KINDS["jpeg"][:2000], "cannot be decoded"),
    "pixels that are not zlib": (
        fix_checksums(KINDS["png"].replace(b"IDATx", b"IDAT\0")),
        "cannot be decoded",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_invalid_image_is_refused_in_a_sentence(name):
    data, words = REFUSED[name]
    assert words in refusal(data)


@pytest.mark.parametrize("source", [3, ["a.png"], {"path": "a.png"}, "a\0b", "x" * 5000, "/", True])
def test_an_invalid_source_is_refused_in_a_sentence(source):
    with pytest.raises(PictureError, match="cannot be read; choose it again"):
        open_image(source)


@pytest.mark.parametrize("kind", ["png", "jpeg", "jpeg-progressive", "gif", "bmp", "webp"])
def test_a_truncated_file_is_decoded_or_refused_in_a_sentence(kind):
    whole, cut_off = SMALL[kind], 0
    for length in range(len(whole)):
        try:
            assert read(whole[:length])[0].size == (24, 24)
        except PictureError as error:
            assert is_one_sentence(str(error))
            cut_off += 1
    assert cut_off > 0.95 * len(whole)


# --- hostile files -------------------------------------------------------------------------------


@pytest.mark.slow
def test_hostile_files_cost_little():
    """docs/reliability.md records what they cost Pillow without the limits."""
    for name, seconds, megabytes, outcome in measure_costs(
        lambda file: decode_image(open_image(file))
    ):
        assert outcome == "read" or outcome.startswith("PictureError"), (name, outcome)
        assert seconds < MAX_SECONDS and megabytes < MAX_MEGABYTES, (name, seconds, megabytes)


@pytest.mark.slow
def test_bad_files_leave_no_memory_and_open_files():
    process = psutil.Process()

    def read_all() -> tuple[int, int]:
        for data in (*KINDS.values(), *(data for data, _ in REFUSED.values())):
            with suppress(PictureError):
                read(data)
        gc.collect()
        return process.memory_info().rss, process.num_fds()

    for _ in range(3):
        memory, files = read_all()
    for _ in range(12):
        grown, opened = read_all()
    assert opened <= files  # files of other tests may close
    assert grown - memory < 10_000_000
