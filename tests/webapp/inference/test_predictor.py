"""Decoded photos: each is decoded once, within bounds."""

import gradio as gr
import pytest
from PIL import Image

from core.errors import PictureError
from images.decoding_process import Decoder
from voxel_model import load_model
from webapp.events.prediction_events import Events
from webapp.inference import predictor as module
from webapp.inference.predictor import IMAGE_SECONDS, MAX_IMAGES, Predictor, RecentImages


@pytest.fixture
def opened(monkeypatch) -> list:
    """The paths that were opened, in order."""
    paths, read = [], module.read_image_file
    monkeypatch.setattr(module, "read_image_file", lambda p: paths.append(p) or read(p))
    return paths


@pytest.fixture(scope="module")
def decoder():
    decoder = Decoder()
    yield decoder
    decoder.close()


@pytest.fixture
def photos(tmp_path) -> list[str]:
    paths = [str(tmp_path / f"{i}.png") for i in range(MAX_IMAGES + 1)]
    for path in paths:
        Image.new("RGB", (40, 60), "white").save(path)
    return paths


def test_a_photo_is_decoded_once_for_a_click_and_two_models(checkpoint, picture, tmp_path, opened):
    events = Events(Predictor(load_model(checkpoint, "cpu")), tmp_path)
    file = {"path": str(picture)}
    settings = {"threshold": 0.3, "style": "smooth", "drop_crumbs": True, "colors": "photo"}
    *_, (session, *_) = events.follow_photo(file, None, None, **settings)
    click = gr.EventData(None, {"x": 300, "y": 300})
    session, *_ = events.generate_at(file, session, click, **settings)
    events.predictor.better_rotation(file["path"], session.result.prediction)
    assert opened == [str(picture)]


def test_decoded_photos_are_bounded_in_number_and_time(photos, opened, decoder):
    now = [0.0]
    images = RecentImages(decoder, clock=lambda: now[0])
    for path in photos:
        images.get(path)
    assert list(images.images) == photos[1:]
    images.get(photos[1])
    assert list(images.images)[-1] == photos[1] and len(opened) == len(photos)  # not opened again
    now[0] = IMAGE_SECONDS + 1
    images.get(photos[0])
    assert list(images.images) == [photos[0]]


def test_a_large_photo_is_not_kept(photos, monkeypatch, decoder):
    monkeypatch.setattr(module, "MAX_IMAGE_BYTES", 1000)
    images = RecentImages(decoder)
    assert images.get(photos[0]).rgb.size == (40, 60)
    assert not images.images


@pytest.mark.parametrize("path", [None, "", 3, ["a"], {"a": 1}, "/nowhere.png", "a\0.png"])
def test_what_is_no_file_is_a_sentence(path, decoder):
    with pytest.raises(PictureError):
        RecentImages(decoder).get(path)


def test_a_cut_out_keeps_its_mask(tmp_path, decoder):
    image = Image.new("RGBA", (40, 60), (0, 0, 0, 0))
    image.paste((200, 0, 0, 255), (10, 10, 30, 50))
    image.save(tmp_path / "cut.png")
    decoded = RecentImages(decoder).get(str(tmp_path / "cut.png"))
    assert decoded.alpha.sum() == 20 * 40
