"""Large pictures are made smaller; boxes are in pixels of the whole picture."""

import numpy as np
import pytest
from PIL import Image

from images.pixels.reduction import limit_pixels
from images.preprocessing import decode_image
from images.untrusted import open_image
from pipeline.detection import find_object, pick_object, predict_object
from pipeline.warnings import photo_warnings
from tests.images.test_decoding_memory import turned
from voxel_model import find_objects, load_model

MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr")


def cut_out(width: int, height: int) -> Image.Image:
    """A brown box on a transparent background, with its corner at a quarter of the picture."""
    image = Image.new("RGBA", (width, height), (255, 255, 255, 0))
    image.paste((120, 70, 30, 255), (width // 4, height // 4, 3 * width // 4, 3 * height // 4))
    return image


@pytest.mark.parametrize("mode", MODES)
def test_means_of_blocks_in_all_modes(mode):
    image = cut_out(600, 1000).convert(mode)
    image.info["exif"] = b"kept"
    smaller = limit_pixels(image, 200_000)
    assert smaller.size == (300, 500) and smaller.info["exif"] == b"kept"
    expected = image.convert("RGBA").resize((300, 500), Image.Resampling.BOX)
    difference = np.abs(np.asarray(smaller.convert("RGBA"), int) - np.asarray(expected, int))
    assert difference.max() <= 2
    assert limit_pixels(image, 600_000) is image


def test_a_transparent_colour_becomes_alpha():
    image = Image.new("P", (600, 1000), 1)
    image.putpalette([0, 0, 0, 200, 10, 10])
    image.paste(0, (0, 0, 300, 1000))
    image.info["transparency"] = 0
    smaller = limit_pixels(image, 200_000)
    assert smaller.mode == "RGBA" and "transparency" not in smaller.info
    assert smaller.getpixel((10, 10))[3] == 0 and smaller.getpixel((200, 10)) == (200, 10, 10, 255)


def test_pictures_of_16_bits_are_scaled_first():
    image = Image.fromarray(np.tile(np.arange(1000, dtype=np.uint16) * 65, (600, 1)))
    assert limit_pixels(image, 200_000) is image
    decoded = decode_image(image, 200_000)
    assert decoded.rgb.size == (500, 300) and decoded.full_size == (1000, 600)


def test_a_turned_picture_knows_its_size(tmp_path):
    path = tmp_path / "a.jpg"
    cut_out(600, 401).convert("RGB").save(path, exif=turned())
    decoded = decode_image(open_image(path), 100_000)
    assert decoded.rgb.size == (201, 300) and decoded.full_size == (401, 600)
    assert decoded.scale == 2


@pytest.fixture(scope="module")
def model(checkpoint):
    return load_model(checkpoint, "cpu")


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_boxes_are_in_pixels_of_the_whole_picture(model, mode):
    image = cut_out(601, 800).convert(mode)
    whole, reduced = decode_image(image), decode_image(image, 200_000)
    assert reduced.scale == 2
    box = (150.0, 200.0, 450.0, 600.0)
    wanted, found = (predict_object(model, each, box) for each in (whole, reduced))
    assert found.size == wanted.size == (601, 800) and found.box == wanted.box == box
    assert found.square == wanted.square
    assert np.abs(found.occupancy - wanted.occupancy).max() < 0.1
    for find in (find_object, lambda *args: pick_object(*args, point=(300, 400))):
        wanted, found = (find(model, each) for each in (whole, reduced))
        assert found.size == wanted.size
        assert np.allclose(found.box, wanted.box, atol=0.05 * 800)
        assert np.allclose(found.mask_box, wanted.mask_box, atol=0.05 * 800)
    for wanted, found in zip(find_objects(model, whole), find_objects(model, reduced), strict=True):
        assert np.allclose(found.box, wanted.box, atol=0.05 * 800)
    assert photo_warnings(predict_object(model, reduced), reduced) == photo_warnings(
        predict_object(model, whole), whole
    )
