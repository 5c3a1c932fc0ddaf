"""The page's examples, which are predicted before anyone clicks them."""

import json
import logging
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from voxel_model import load_model
from webapp.events.prediction_events import Events
from webapp.inference.example_cache import ExampleCache, example_images
from webapp.inference.predictor import Predictor

SETTINGS = {"threshold": 0.3, "style": "smooth", "drop_crumbs": True, "colors": "photo"}


@pytest.fixture
def counted(checkpoint, tmp_path, monkeypatch) -> tuple[Events, list]:
    """Handlers, and a list that grows by one with every use of the network."""
    model, uses = load_model(checkpoint, "cpu"), []
    features = model.features
    monkeypatch.setattr(model, "features", lambda images: uses.append(1) or features(images))
    return Events(Predictor(model), tmp_path), uses


def click(events, path, box=None, **settings):
    """Click the example: return its selection, the model's file and the facts."""
    file = {"path": str(path)}
    chosen = file | {"box": box} if box else None
    shown = events.generate(file, None, chosen, None, **SETTINGS | settings)
    facts = shown.facts | {"seconds": 0, "folder": shown.session.folder}
    return json.loads(json.dumps(shown.selection)), Path(shown.model["file"]), facts


def test_a_predicted_example_needs_no_network_and_gives_the_same_model(counted):
    events, uses = counted
    path = example_images()[0]
    live = click(events, path)
    assert uses  # nothing was predicted before
    events.predictor.examples = ExampleCache([path])
    events.predictor.warm_up(Event())
    assert not events.predictor.examples.missing()
    uses.clear()
    cached = click(events, path)
    again = click(events, path)
    other = click(events, path, threshold=0.4, style="blocks")
    assert not uses
    assert live[1].read_bytes() == cached[1].read_bytes() == again[1].read_bytes()
    assert other[1].read_bytes() != cached[1].read_bytes()
    folders = {answer[2].pop("folder") for answer in (live, cached, again)}
    assert len(folders) == 3  # one for each session
    assert live[2] == cached[2] == again[2]
    assert np.allclose(live[0]["box"], cached[0]["box"])


def test_another_box_in_an_example_is_predicted(counted):
    events, uses = counted
    examples = events.predictor.examples = ExampleCache([path := example_images()[0]])
    events.predictor.warm_up(Event())
    uses.clear()
    click(events, path, [100, 100, 600, 600])
    assert uses
    found = examples.get(str(path), None).box
    assert examples.get(str(path), [100, 100, 600, 600]) is None  # nor was it stored
    assert examples.get(str(path), list(found)).box == found


def test_the_cache_does_not_grow_and_warming_up_ends_with_the_server(counted, picture):
    events, uses = counted
    predictor = events.predictor
    predictor.examples = ExampleCache([])
    predictor.predict(str(picture))
    assert predictor.examples.predictions == {}
    predictor.examples, closing = ExampleCache([picture]), Event()
    uses.clear()
    closing.set()
    predictor.warm_up(closing)
    assert not uses and predictor.examples.missing() == [str(picture)]


def test_a_broken_example_ends_the_warming_up_with_a_sentence(counted, tmp_path, caplog):
    events, _ = counted
    (tmp_path / "bad.png").write_bytes(b"<html>")
    events.predictor.examples = ExampleCache([tmp_path / "bad.png"])
    with caplog.at_level(logging.WARNING):
        events.predictor.warm_up(Event())
    assert "bad.png is not ready: This file is not a PNG" in caplog.text
