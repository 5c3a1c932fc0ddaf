"""Fused predictions are better than each single prediction."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import PictureError
from pipeline.fusion import check_same_piece, fuse, have_different_colors, shape_certainty
from tests.pipeline.predictions import make_prediction as view


def truth() -> np.ndarray:
    grid = np.zeros((16, 16, 16), bool)
    grid[4:12, :6, 4:12] = grid[4:12, :14, 4:6] = True
    return grid


def guess(visible: np.ndarray, seed: int) -> np.ndarray:
    """Probabilities that are certain and correct in visible cells, and random elsewhere."""
    noise = np.random.default_rng(seed).uniform(0.2, 0.8, (16, 16, 16))
    return np.where(visible, np.where(truth(), 0.95, 0.05), noise)


def iou(occupancy: np.ndarray) -> float:
    solid = occupancy > 0.5
    return (solid & truth()).sum() / (solid | truth()).sum()


def test_each_view_decides_the_cells_that_it_shows():
    left = np.zeros((16, 16, 16), bool)
    left[:8] = True
    views = [view(guess(left, 0)), view(guess(~left, 1))]
    fused = fuse(views)
    assert max(iou(v.occupancy) for v in views) < 0.7 and iou(fused.occupancy) > 0.99
    assert fused.occupancy.dtype == np.float32


def test_one_certain_view_outweighs_two_uncertain_ones():
    cells = [np.full((4, 4, 4), probability) for probability in (0.9, 0.2, 0.2)]
    assert (fuse([view(occupancy) for occupancy in cells]).occupancy > 0.5).all()


def test_one_view_stays_unchanged():
    alone = view(guess(truth(), 0), (10, 120, 240))
    fused = fuse([alone])
    assert np.allclose(fused.occupancy, alone.occupancy, atol=1e-4)
    assert np.array_equal(fused.colors, alone.colors) and fused.category == "chair"


def test_order_does_not_matter():
    views = [
        view(guess(truth(), seed), color) for seed, color in enumerate([(9, 9, 9), (200, 0, 0)])
    ]
    one, other = fuse(views), fuse(views[::-1])
    assert np.allclose(one.occupancy, other.occupancy)
    assert np.abs(one.colors.astype(int) - other.colors).max() <= 1


def test_the_colour_is_that_of_the_view_in_which_the_cell_is_solid():
    solid, empty = np.full((4, 4, 4), 0.95), np.full((4, 4, 4), 0.05)
    fused = fuse([view(solid, (200, 20, 20)), view(empty, (20, 20, 200))])
    assert fused.colors[0, 0, 0, 0] > 180 and fused.colors[0, 0, 0, 2] < 70


def test_the_camera_is_the_most_certain_views_and_the_category_is_the_mean():
    certain = view(np.full((4, 4, 4), 0.9))
    uncertain = view(
        np.full((4, 4, 4), 0.6),
        azimuth=50.0,
        category="table",
        category_probabilities={"chair": 0.1, "table": 0.9},
    )
    assert shape_certainty(certain) > shape_certainty(uncertain)
    fused = fuse([uncertain, certain])
    assert fused.azimuth == 0 and fused.category == "table"
    assert fused.category_probabilities == pytest.approx({"chair": 0.35, "table": 0.65})


def test_certain_cells_stay_finite():
    fused = fuse([view(np.ones((4, 4, 4))), view(np.zeros((4, 4, 4)))])
    assert np.allclose(fused.occupancy, 0.5, atol=1e-3)


def test_grids_of_different_resolution_raise():
    with pytest.raises(ValueError, match="one resolution"):
        fuse([view(np.ones((4, 4, 4))), view(np.ones((8, 8, 8)))])
    with pytest.raises(ValueError, match="at least one"):
        fuse([])


def test_photos_of_different_kinds_are_refused_only_if_both_are_sure():
    def kind(category: str, probability: float):
        shares = {category: probability, "misc": 1 - probability}
        return replace(view(truth()), category=category, category_probabilities=shares)

    check_same_piece([kind("chair", 0.95), kind("chair", 0.9), kind("sofa", 0.6)])
    check_same_piece([kind("chair", 0.6), kind("sofa", 0.95)])
    with pytest.raises(PictureError, match="Photo 3 shows a sofa and the first one a chair"):
        check_same_piece([kind("chair", 0.95), kind("chair", 0.9), kind("sofa", 0.9)])


def test_another_colour_is_noticed_and_another_light_is_not():
    red, dim_red, blue = (
        view(guess(truth(), 0), color) for color in ((180, 40, 30), (110, 25, 20), (40, 60, 180))
    )
    assert not have_different_colors([red]) and not have_different_colors([red, dim_red])
    assert have_different_colors([red, dim_red, blue])
