"""Boxes of masks: the largest region of a predicted mask, all parts of a cut-out."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from skimage.measure import label, regionprops

from core.masks import MIN_ALPHA, alpha_box, object_box

MEMORY_PER_PIXEL, MEMORY = 12, 50_000_000  # bytes


def reference_box(mask: np.ndarray) -> tuple | None:
    """The box of the largest region, as scikit-image measures it."""
    regions = regionprops(label(mask, connectivity=2))
    if not regions:
        return None
    y0, x0, y1, x1 = max(regions, key=lambda region: region.area).bbox
    return (x0, y0, x1, y1)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(arrays.arrays(bool, st.tuples(st.integers(1, 30), st.integers(1, 30))))
def test_the_box_is_that_of_the_largest_region(mask):
    assert object_box(mask.astype(np.float32)) == reference_box(mask)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 0.9), st.sampled_from([300, 900, 2400]))
def test_masks_of_many_pieces(seed, share, side):
    """Up to a million pieces, and one square that is larger than any of them at low shares."""
    mask = np.zeros((side, side), np.float32)
    mask[::2, ::2] = np.random.default_rng(seed).random(mask[::2, ::2].shape) < share
    mask[20:60, 30:90] = 1
    mask[19:61, 29] = mask[19:61, 90] = mask[19, 29:91] = mask[60, 29:91] = 0
    assert object_box(mask) == (30, 20, 90, 60)


@pytest.mark.parametrize("box", [object_box, alpha_box])
@pytest.mark.parametrize("pieces", ["one", "a million"])
def test_boxes_take_at_most_12_bytes_a_pixel(box, pieces):
    mask = np.zeros((2000, 2000), np.float32)
    if pieces == "one":
        mask[100:1900, 300:1500] = 1
    else:
        mask[::2, ::2] = 1
    tracemalloc.start()
    box(mask)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MEMORY_PER_PIXEL * mask.size + MEMORY


# --- cut-outs ------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.data())
def test_all_large_parts_of_a_cut_out_are_in_its_box(data):
    """Parts of any alpha from MIN_ALPHA, anywhere, in small and large pictures."""
    side = data.draw(st.sampled_from([40, 300, 1500]))
    alpha = np.zeros((side, side), np.float32)
    low, high = side // 20, side // 3
    boxes = []
    for _ in range(data.draw(st.integers(1, 4))):
        width, height = (data.draw(st.integers(low, high)) for _ in range(2))
        x, y = (data.draw(st.integers(0, side - size)) for size in (width, height))
        alpha[y : y + height, x : x + width] = data.draw(st.sampled_from([MIN_ALPHA, 0.3, 0.6, 1]))
        boxes.append((x, y, x + width, y + height))
    corners = np.array(boxes)
    expected = (*corners[:, :2].min(axis=0), *corners[:, 2:].max(axis=0))
    assert alpha_box(alpha) == expected


def test_specks_are_not_in_the_box_but_fine_patterns_are():
    alpha = np.zeros((900, 1200), np.float32)
    alpha[300:600, 400:800] = 1
    alpha[5, 5] = alpha[890:892, 1190:1192] = 1
    assert alpha_box(alpha) == (400, 300, 800, 600)
    alpha[600:800:4, 400:800:4] = 1  # glass as a pattern of single pixels
    assert alpha_box(alpha) == (400, 300, 800, 797)


def test_a_chair_with_a_gap_keeps_its_legs():
    alpha = np.zeros((400, 400), np.float32)
    alpha[60:250, 120:280] = 1
    for x in (120, 270):
        alpha[258:380, x : x + 10] = 1
    assert alpha_box(alpha) == (120, 60, 280, 380)


def test_haze_is_not_visible():
    alpha = np.full((400, 400), 8 / 255, np.float32)
    assert alpha_box(alpha) is None
    alpha[100:200, 50:80] = 1
    assert alpha_box(alpha) == (50, 100, 80, 200)
