"""The search: a piece's own grid finds the piece; fits change proportions as they should."""

import numpy as np
import pytest

from pipeline.parts.fitting import IDENTITY, fit_warp
from pipeline.parts.search import category_weights, expected_overlaps, find_pieces
from tests.pipeline.parts.small_bank import COUNT, predict, small_bank


@pytest.mark.parametrize("index", range(0, COUNT, 5))
def test_the_grid_of_a_piece_finds_it(index):
    bank = small_bank()
    grid = bank.grids.read([index])[0]
    found = find_pieces(bank, predict(grid, bank.category(index)), count=10)
    assert found.indices[0] == index
    assert np.array_equal(found.grids[0], grid)


def test_scores_fall():
    bank = small_bank()
    found = find_pieces(bank, predict(bank.grids.read([3])[0], "chair"), count=20)
    assert np.all(np.diff(found.scores) <= 0) and len(found.indices) == 20


def test_expected_overlap_of_certain_grids_is_their_iou():
    a, b = np.zeros((2, 32, 32, 32), np.float32)
    a[:16], b[8:16] = 1, 1
    assert expected_overlaps(a, b[None])[0] == pytest.approx(0.5)


def test_the_most_probable_category_has_weight_one():
    weights = category_weights(predict(np.ones((32, 32, 32)), "sofa"))
    assert weights.max() == 1 and (weights < 1).sum() == 8


def box(width: float, height: float, depth: float) -> np.ndarray:
    """A centred box in cells."""
    cells = np.abs(np.indices((32, 32, 32)) - 15.5)
    sides = np.array([width, height, depth])[:, None, None, None]
    return (cells < sides / 2).all(axis=0).astype(np.float32)


def test_a_warp_widens_a_box():
    warp = fit_warp(box(24, 16, 16), box(20, 16, 16))
    assert warp.overlap > 0.95
    vertices = np.array([[10 / 32, 0, 0], [-10 / 32, 0, 0]])
    normals = np.array([[1.0, 0, 0], [-1.0, 0, 0]])
    moved, turned = warp.apply(vertices, normals)
    assert moved[0, 0] == pytest.approx(12 / 32, abs=0.02)
    assert moved[0, 0] == pytest.approx(-moved[1, 0], abs=1e-6)
    assert turned == pytest.approx(normals)


def test_a_perfect_piece_is_not_warped():
    grid = box(20, 16, 12)
    warp = fit_warp(grid, grid)
    assert np.array_equal(warp.positions, IDENTITY) and warp.overlap == pytest.approx(1)


def test_the_identity_moves_nothing():
    warp = fit_warp(box(20, 16, 12), box(20, 16, 12))
    points = np.random.default_rng(0).uniform(-0.6, 0.6, (50, 3))
    moved, _ = warp.apply(points, np.tile((0.0, 1.0, 0.0), (50, 1)))
    assert moved == pytest.approx(points, abs=1e-9)


def test_normals_stay_perpendicular_to_a_slanted_side():
    warp = fit_warp(box(24, 16, 16), box(20, 16, 16))
    corner, along = np.array([[0.05, 0.0, 0.0]]), np.array([0.01, 0.01, 0.0])
    normal = np.array([[1.0, -1.0, 0.0]]) / np.sqrt(2)
    (start, end), turned = warp.apply(np.vstack([corner, corner + along]), np.repeat(normal, 2, 0))
    assert abs((end - start) @ turned[0]) < 0.05 * np.linalg.norm(end - start)
