"""Pictures of a prediction: dimmed crop, outline, slices."""

import numpy as np
import pytest
from PIL import Image

from images.views import (
    PROBABILITY_COLORS,
    coordinate_picture,
    dim_background,
    mask_outline,
    outline_path,
    slices,
)


def test_the_object_keeps_its_colour_and_the_background_is_dimmed():
    crop = Image.new("RGB", (8, 8), (200, 40, 90))
    mask = np.zeros((8, 8), np.float32)
    mask[2:6, 2:6] = 1
    dimmed = np.asarray(dim_background(crop, mask)).astype(int)
    assert (dimmed[3, 3] == (200, 40, 90)).all()
    assert np.ptp(dimmed[0, 0]) < np.ptp(dimmed[3, 3]) / 3  # nearly grey


@pytest.mark.parametrize("scale", [1, 4])
def test_an_outline_encloses_the_masks_area(scale):
    height, width = 120 * scale, 160 * scale
    y, x = np.mgrid[:height, :width] / scale
    mask = (np.hypot(y - 60, x - 90) < 40).astype(np.float32)
    (ring,) = mask_outline(mask, (0, 0, *mask.shape[::-1]))
    x, y = np.array(ring).T
    area = abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2  # the shoelace formula
    assert area == pytest.approx(np.pi * (40 * scale) ** 2, rel=0.05)
    assert x.mean() == pytest.approx(90 * scale, rel=0.05)


def test_an_outline_closes_at_the_pictures_edge():
    (ring,) = mask_outline(np.ones((50, 70), np.float32), (0, 0, 70, 50))
    assert ring[0] == ring[-1]
    assert np.ptp(ring, axis=0) == pytest.approx([70, 50], abs=1.5)


def test_an_outline_becomes_a_path():
    assert outline_path([[[0.5, 1.0], [2.0, 3.0]], [[4.0, 5.0]]]) == "M0.5 1.0L2.0 3.0ZM4.0 5.0Z"
    assert outline_path([]) == ""


def test_slices_are_seen_from_the_front_the_side_and_above():
    """One solid cell: the rightmost, topmost and frontmost."""
    occupancy = np.zeros((4, 4, 4), np.float32)
    occupancy[3, 3, 3] = 1
    front, side, above = (np.asarray(cut)[..., 0] for cut in slices(occupancy, 0.0))
    solid = PROBABILITY_COLORS[-1, 0]
    assert front[0, -1] == solid  # right and up
    assert side[0, 0] == solid  # seen from +x, the front is on the left
    assert above[-1, -1] == solid  # the front is below, right is right
    assert all((cut == solid).sum() == cut.size / 16 for cut in (front, side, above))
    behind = [np.asarray(cut)[..., 0] for cut in slices(occupancy, 1.0)]
    assert not any((cut == solid).any() for cut in behind)


def test_object_coordinates_are_colours_and_the_background_is_dark():
    points = np.full((4, 4, 3), np.nan, np.float32)
    points[0, 0], points[0, 3], points[3, 0] = (0.5, -0.5, -0.5), (-0.5, 0.7, -0.5), (0, 0, 0.5)
    image = np.asarray(coordinate_picture(points))
    assert tuple(image[0, 0]) == (255, 0, 0) and tuple(image[0, -1]) == (0, 255, 0)
    assert image[-1, 0, 2] == 255 and tuple(image[-1, -1]) == tuple(PROBABILITY_COLORS[0])
