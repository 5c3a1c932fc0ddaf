"""The page's examples, whose models are made before anyone clicks them."""

import json
from pathlib import Path
from threading import Event

import gradio as gr
import numpy as np
import pytest

from voxel_model import load_model
from webapp.events import Page
from webapp.example_cache import Known, example_pictures


@pytest.fixture
def watched(checkpoint, tmp_path, monkeypatch) -> tuple[Page, list]:
    """A page, and a list that grows by one with every use of its network."""
    model, used = load_model(checkpoint, "cpu"), []
    features = model.features
    monkeypatch.setattr(model, "features", lambda images: used.append(1) or features(images))
    return Page(model, tmp_path), used


def _click(page, path, box=None, *settings):
    """A click on the example: its outline, the model's file, facts."""
    file = {"path": str(path)}
    chosen = json.loads(json.dumps(page.find(file))) if box is None else file | {"box": box}
    visit, model, facts, *_ = page.generate(file, None, chosen, None, gr.Progress(), *settings)
    return chosen, Path(model.value["path"]), facts | {"seconds": 0, "folder": visit.folder}


def test_a_warmed_example_needs_no_network_and_gives_the_same_model(watched):
    page, used = watched
    path = example_pictures()[0]
    live = _click(page, path, None, 0.3, "smooth", True, "photo")
    assert used  # of the click itself, with nothing known
    page.known = Known([path])
    page.warm(Event())
    assert not page.known.missing()
    used.clear()
    warm = _click(page, path, None, 0.3, "smooth", True, "photo")
    again = _click(page, path, None, 0.3, "smooth", True, "photo")
    other = _click(page, path, None, 0.4, "blocks", True, "photo")
    assert not used
    assert live[1].read_bytes() == warm[1].read_bytes() == again[1].read_bytes()
    assert other[1].read_bytes() != warm[1].read_bytes()
    folders = {answer[2].pop("folder") for answer in (live, warm, again)}
    assert len(folders) == 3  # one for each visit
    assert live[2] == warm[2] == again[2]
    assert np.allclose(live[0]["box"], warm[0]["box"])


def test_another_box_in_an_example_is_looked_at(watched):
    page, used = watched
    page.known = Known([path := example_pictures()[0]])
    page.warm(Event())
    used.clear()
    _click(page, path, [100, 100, 600, 600], 0.3, "smooth", True, "photo")
    assert used
    found = page.known.recall(str(path), None).box
    assert page.known.recall(str(path), [100, 100, 600, 600]) is None  # nor was it kept
    assert page.known.recall(str(path), list(found)).box == found


def test_what_is_known_does_not_grow_and_warming_ends_with_the_server(watched, picture):
    page, used = watched
    page.known = Known([])
    page.look(str(picture), None, lambda *_: None)
    assert page.known.predictions == {} and page.known.recall(str(picture), None) is None
    page.known, closing = Known([picture]), Event()
    used.clear()
    closing.set()
    page.warm(closing)
    assert not used and page.known.missing() == [str(picture)]


def test_a_broken_example_stops_the_warming_with_a_sentence(watched, tmp_path, capsys):
    page, _ = watched
    (tmp_path / "bad.png").write_bytes(b"<html>")
    page.known = Known([tmp_path / "bad.png"])
    page.warm(Event())
    assert "bad.png is not ready: This file is not a PNG" in capsys.readouterr().err
