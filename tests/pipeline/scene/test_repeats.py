"""A piece that was found twice stands in a room once."""

from dataclasses import replace

import numpy as np
import pytest

from core.found_objects import FoundObject
from pipeline.scene.repeats import distinct_pieces
from tests.pipeline.predictions import make_prediction

SIZE = (400, 300)
TABLE = (100, 100, 300, 220)


def rectangle(box, piece: float = 0.9, score: float = 0.5, square=(0, 0, 400, 400)):
    """A found piece and its prediction, whose mask is a rectangle of the photo."""
    side = 200
    scale = side / (square[2] - square[0])
    inside = (np.array(box) - np.tile(square[:2], 2)) * scale
    left, top, right, bottom = inside.round().astype(int)
    mask = np.zeros((side, side), np.float32)
    mask[max(top, 0) : bottom, max(left, 0) : right] = 1
    prediction = make_prediction(
        np.ones((4, 4, 4)),
        size=SIZE,
        box=box,
        square=square,
        crop_mask=mask,
        category_probabilities={"table": piece, "chair": 1 - piece},
    )
    return FoundObject(box, score, "table", mask, square), prediction


def kept(*rows) -> list[int]:
    return distinct_pieces(*map(list, zip(*rows, strict=True)))


def test_the_better_of_two_boxes_around_one_piece_is_kept():
    assert kept(rectangle(TABLE, score=0.4), rectangle(TABLE, score=0.5)) == [1]
    assert kept(rectangle(TABLE, 0.6), rectangle(TABLE, 0.9)) == [1]
    assert kept(rectangle(TABLE), rectangle(TABLE), rectangle(TABLE)) == [0]


def test_a_half_and_a_whole_of_a_piece_are_one():
    assert kept(rectangle(TABLE, score=0.6), rectangle((100, 100, 200, 220))) == [0]
    window = (100, 20, 300, 220)  # and the table before it
    assert kept(rectangle(window, 0.5), rectangle(TABLE)) == [1]


def test_masks_are_compared_in_the_photo_whatever_their_crops():
    close = rectangle(TABLE, square=(90, 60, 310, 280))
    assert kept(rectangle(TABLE, score=0.6), close) == [0]
    beside = rectangle((310, 100, 390, 220), square=(290, 100, 410, 220))
    assert kept(rectangle(TABLE), beside) == [0, 1]


@pytest.mark.parametrize("box", [(200, 150, 390, 290), (150, 190, 200, 230), (300, 100, 390, 220)])
def test_pieces_beside_or_before_each_other_are_kept(box):
    """The first covers a third of both, the second is small, the third does not touch."""
    assert kept(rectangle(TABLE), rectangle(box)) == [0, 1]


def test_an_empty_mask_repeats_nothing():
    found, prediction = rectangle(TABLE)
    empty = replace(prediction, crop_mask=np.zeros_like(prediction.crop_mask))
    assert kept((found, empty), (found, empty)) == [0, 1]


def test_a_single_piece_is_kept():
    assert kept(rectangle(TABLE)) == [0]
