"""Detection maps boxes back to pixels of the image, whatever its aspect ratio."""

import numpy as np
import pytest
from PIL import Image

from images.preprocessing import PADDING_GRAY, DecodedImage, decode_image
from network import finding
from pipeline import detection
from pipeline.detection import (
    CLICK_WINDOWS,
    DetectedObject,
    find_object,
    pick_object,
    predict_object,
)
from pipeline.orientation import better_rotation, rotate_image
from voxel_model import VoxelConfig, VoxelModel, find_boxes, load_model

RED = (220, 30, 30)
LONG, SHORT = 768, 400  # pixels
SIZES = {"wide": (LONG, SHORT), "tall": (SHORT, LONG)}
MASK_CELLS = 56  # side of the mask that the network predicts


@pytest.fixture(scope="module")
def model(checkpoint) -> VoxelModel:
    return load_model(checkpoint, "cpu")


@pytest.fixture(scope="module")
def photo(picture) -> Image.Image:
    """An example photo, square, that fits on the short side of the canvases."""
    return Image.open(picture).convert("RGB").resize((SHORT, SHORT))


def paste_off_centre(photo: Image.Image, size: tuple[int, int]) -> tuple[Image.Image, int, int]:
    """A grey canvas with the photo near its far end, and the photo's left and top."""
    left, top = size[0] - photo.width, size[1] - photo.height
    canvas = Image.new("RGB", size, (PADDING_GRAY,) * 3)
    canvas.paste(photo, (left, top))
    return canvas, left, top


def red_box(image: Image.Image) -> tuple[float, float, float, float]:
    """Exact box of the red pixels, or the whole image without any; in place of the network."""
    is_red = Image.fromarray((np.asarray(image) == RED).all(axis=-1))
    return tuple(map(float, is_red.getbbox() or (0, 0, *image.size)))


@pytest.fixture
def find_red(monkeypatch, model):
    """The model with `find_boxes` replaced by `red_box`, and no masks."""
    monkeypatch.setattr(detection, "find_boxes", lambda _, images, __: [*map(red_box, images)])
    monkeypatch.setattr(detection, "find_masks", lambda *_: np.zeros((1, 4, 4), np.float32))
    return model


# --- offsets -------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SIZES)
def test_a_box_in_the_whole_image_is_in_pixels_of_the_image(monkeypatch, shape):
    """The network sees a square around the image, so its mask is offset on the short axis."""
    mask = np.zeros((1, MASK_CELLS, MASK_CELLS), np.float32)
    mask[0, 20:36, 24:32] = 1  # rows, columns
    monkeypatch.setattr(finding, "find_masks", lambda *_: mask)
    image = Image.new("RGB", SIZES[shape])
    cell, margin = LONG / MASK_CELLS, (LONG - SHORT) / 2
    x, y = (0, margin) if shape == "wide" else (margin, 0)
    expected = (24 * cell - x, 20 * cell - y, 32 * cell - x, 36 * cell - y)
    without_object_head = VoxelModel(VoxelConfig())
    assert find_boxes(without_object_head, [image], [None])[0] == pytest.approx(expected)


@pytest.mark.parametrize("shape", SIZES)
def test_the_model_finds_a_pasted_photo_where_it_was_pasted(model, photo, shape):
    canvas, left, top = paste_off_centre(photo, SIZES[shape])
    # the same pixels on a square canvas: no offset is involved
    square = Image.new("RGB", (LONG, LONG), (PADDING_GRAY,) * 3)
    down = (LONG - SHORT) // 2
    shift = (0, down) if shape == "wide" else (down, 0)
    square.paste(canvas, shift)
    box, expected = find_boxes(model, [canvas, square], [None, None])
    expected = np.array(expected) - (*shift, *shift)
    assert np.abs(np.array(box) - expected).max() <= 1.5 * LONG / MASK_CELLS
    x0, y0, x1, y1 = box
    assert x0 >= left - 40 and y0 >= top - 40 and x1 - x0 > 150 and y1 - y0 > 100


@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("window", CLICK_WINDOWS)
def test_a_click_gives_the_box_of_the_object_to_the_pixel(find_red, monkeypatch, shape, window):
    """Each window alone, inside the image and over its border."""
    monkeypatch.setattr(detection, "CLICK_WINDOWS", (window,))
    width, height = SIZES[shape]
    for left, top in ((width // 2 + 17, height // 2 - 9), (width - 60, height - 51), (3, 5)):
        image = Image.new("RGB", (width, height), (90, 90, 90))
        image.paste(RED, (left, top, left + 53, top + 41))
        for dx, dy in ((20.0, 20.0), (11.3, 33.7), (52.5, 0.5)):
            detected = pick_object(find_red, image, (left + dx, top + dy), found=[])
            assert detected.box == (left, top, left + 53, top + 41)
            assert detected.size == (width, height)


@pytest.mark.parametrize("shape", SIZES)
def test_a_click_on_a_pasted_photo_gives_the_box_of_the_square_photo(model, photo, shape):
    canvas, left, top = paste_off_centre(photo, SIZES[shape])
    x0, y0, x1, y1 = find_object(model, photo).box
    point = (left + 0.7 * x0 + 0.3 * x1, top + (y0 + y1) / 2)
    expected = (left + x0, top + y0, left + x1, top + y1)
    box = pick_object(model, canvas, point).box
    assert np.abs(np.subtract(box, expected)).max() < 0.1 * SHORT


def test_without_an_object_smaller_than_a_window_the_box_is_the_smallest_window(find_red):
    red = Image.new("RGB", (400, 300), RED)
    assert pick_object(find_red, red, (200, 150)).box == (130, 80, 270, 220)


# --- decoding once -------------------------------------------------------------------------------


def test_all_steps_take_a_decoded_image(model, photo):
    decoded = decode_image(photo)
    assert decode_image(decoded) is decoded and isinstance(decoded, DecodedImage)
    detected, again = find_object(model, photo), find_object(model, decoded)
    assert isinstance(again, DetectedObject) and detected.box == again.box
    assert np.array_equal(detected.mask, again.mask)
    point = ((detected.box[0] + detected.box[2]) / 2, (detected.box[1] + detected.box[3]) / 2)
    assert pick_object(model, decoded, point).box == pick_object(model, photo, point).box
    prediction = predict_object(model, decoded, detected.box)
    assert np.array_equal(prediction.occupancy, predict_object(model, photo).occupancy)
    assert better_rotation(model, decoded, prediction) == 0
    assert rotate_image(decoded, 1).size == photo.size
