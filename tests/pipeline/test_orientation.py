"""The rotation that sets a photo upright."""

from dataclasses import replace

import numpy as np

from images.untrusted import open_image
from pipeline.orientation import best_rotation, better_rotation, rotate_image
from training.evaluate_orientation import hint_rates, suggested_turns
from voxel_model import load_model, predict


def test_a_turn_must_be_clearly_better():
    assert best_rotation([0.5, 0.55, 0.3, 0.59]) == 0
    assert best_rotation([0.5, 0.3, 0.2, 0.65]) == 3
    doubts, expected = [False, True, True, False], [0.7, 0.4, 0.4, 0.4]  # of an upright photo
    assert suggested_turns(doubts, expected) == [0, 3, 2, 0]
    shares = hint_rates([(doubts, expected)])
    assert shares["upright, false hint"] == 0
    assert shares["on a side, hint"] == shares["on a side, hint to the right turn"] == 0.5


def test_a_turned_picture_is_looked_at_in_every_turn(checkpoint, picture, monkeypatch):
    model, image = load_model(checkpoint, "cpu"), open_image(picture)
    seen, expected = predict(model, image), iter([0.3, 0.1, 0.2, 0.6])
    monkeypatch.setattr("pipeline.orientation.expected_iou", lambda *_: next(expected))
    assert better_rotation(model, image, seen) == 3
    chosen = replace(seen, box=(10.0, 10.0, 200.0, 200.0))
    assert better_rotation(model, image, chosen) == 0  # by the visitor: not what the model finds
    expected = iter([0.3, 0.1, 0.2, 0.6])
    monkeypatch.setattr("pipeline.orientation.find_boxes", None)  # the box is known
    assert better_rotation(model, image, seen, seen.box) == 3
    assert better_rotation(model, image, chosen, seen.box) == 0
    quarters = [np.asarray(rotate_image(image, k)) for k in (0, 1)]
    assert np.array_equal(np.rot90(quarters[0]), quarters[1])
