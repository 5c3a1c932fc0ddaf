"""Metrics: Pix3D's protocol, surfaces, pieces, intervals."""

import math

import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator

from training.evaluation import metrics, surface_metrics


def box(side, low, high):
    grid = np.zeros((side,) * 3, np.float32)
    grid[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = 1
    return grid


def blob(side=32, seed=0):
    """Return a smooth random solid as probabilities."""
    from scipy.ndimage import gaussian_filter

    noise = np.random.default_rng(seed).normal(size=(side,) * 3)
    smooth = gaussian_filter(noise, side / 10)
    ramp = gaussian_filter(box(side, (side // 4,) * 3, (3 * side // 4,) * 3), side / 10)
    return np.clip(ramp + smooth / smooth.std() * 0.15, 0, 1).astype(np.float32)


def reference_resample(grid):
    """Follow the description in Pix3D's README point by point, with scipy."""
    if grid.shape[0] > 100:
        n = grid.shape[0] // 4
        grid = grid.reshape(n, 4, n, 4, n, 4).max(axis=(1, 3, 5))
    index = np.argwhere(grid >= 0.1)
    low, high = index.min(axis=0), index.max(axis=0)
    part = grid[tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))]
    length, centre = (high - low).max(), (high - low) / 2
    axes = [np.linspace(c - length / 2, c + length / 2, 32) for c in centre]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    sample = RegularGridInterpolator(
        [np.arange(n) for n in part.shape], part, bounds_error=False, fill_value=0
    )
    return sample(points)


@pytest.mark.parametrize("side", [32, 48, 120, 128])
def test_resampling_equals_pix3ds(side):
    grid = blob(side)
    assert np.allclose(metrics.pix3d_resample(grid), reference_resample(grid), atol=1e-5)


def test_protocol_iou_of_a_grid_with_itself_is_one_at_every_threshold():
    grid = box(32, (3, 0, 9), (30, 32, 20))
    assert np.all(metrics.pix3d_iou(grid, grid) == 1)


def test_protocol_ignores_position_and_scale_but_not_proportions():
    small, large = box(32, (2, 2, 2), (12, 7, 12)), box(64, (20, 20, 20), (60, 40, 60))
    assert metrics.pix3d_iou(small, large, [0.3])[0] > 0.8
    cube = box(32, (2, 2, 2), (12, 12, 12))
    assert metrics.pix3d_iou(small, cube, [0.3])[0] < 0.6


def test_protocol_scores_an_empty_prediction_zero():
    truth = box(32, (4, 4, 4), (20, 20, 20))
    assert np.all(metrics.pix3d_iou(np.zeros_like(truth), truth) == 0)
    assert np.all(metrics.pix3d_iou(np.zeros_like(truth), np.zeros_like(truth)) == 0)


def test_protocol_preserves_thin_parts_of_128_and_64_cells():
    for side in (64, 128):
        grid = box(side, (0, 0, 0), (side, 1, side))  # a sheet one cell thick
        assert metrics.pix3d_resample(grid).max() == 1
        leg = box(side, (0, 0, 0), (1, side, 1)) + box(side, (0, side - 4, 0), (side, side, side))
        resampled = metrics.pix3d_resample(np.clip(leg, 0, 1))
        assert (resampled[0, :, 0] > 0.3).all()


def test_occupancy_scores_of_known_overlap():
    truth = box(8, (0, 0, 0), (4, 4, 4)).astype(bool)
    probability = 0.9 * box(8, (2, 0, 0), (6, 4, 4))
    scores = metrics.occupancy_scores(probability, truth, 0.5)
    assert scores["iou"] == pytest.approx(32 / 96)
    assert scores["precision"] == scores["recall"] == 0.5
    assert scores["mae"] == pytest.approx((32 * 0.9 + 32 * 0.1 + 32) / 512)
    perfect = metrics.occupancy_scores(truth.astype(np.float32), truth, 0.5)
    assert perfect["r2"] == pytest.approx(1) and perfect["mse"] == 0


def test_extents_are_the_sides_of_the_box_wherever_it_stands():
    grid = np.zeros((8, 8, 8), bool)
    grid[1:5, 2:4, 7] = True
    assert np.array_equal(metrics.extents(grid), np.array([4, 2, 1]) / 8)
    moved = np.roll(grid, -2, axis=2)
    assert metrics.extents_error(moved, grid) == 0
    moved[1, 2, 0] = True  # six cells long along z instead of one
    assert metrics.extents_error(moved, grid) == pytest.approx(5 / 8 / 3)
    assert metrics.extents_error(np.zeros_like(grid), grid) == pytest.approx(7 / 8 / 3)


def test_largest_piece_counts_cells_joined_by_faces():
    solid = box(16, (0, 0, 0), (8, 4, 4)) > 0  # 128 cells
    assert metrics.largest_piece_share(solid) == 1
    solid[8:12, 4:8, 4:6] = True  # 32 more that touch it only at an edge
    assert metrics.largest_piece_share(solid) == pytest.approx(0.8)
    assert metrics.largest_piece_share(np.zeros((4, 4, 4), bool)) == 0


def test_surface_points_lie_on_the_surface_of_a_unit_box():
    points = surface_metrics.sample_surface(box(32, (8, 4, 8), (24, 28, 24)), 0.5)
    assert points.shape == (8192, 3)
    size = np.ptp(points, axis=0)
    assert size.max() == pytest.approx(1)
    assert size == pytest.approx([16 / 24, 1, 16 / 24], abs=0.02)
    relative = np.abs(points) / (size / 2)
    assert np.quantile(relative.max(axis=1), 0.02) > 0.9  # nothing inside


def test_chamfer_is_zero_for_equal_clouds_and_grows_with_the_distance():
    cube = surface_metrics.sample_surface(box(32, (8, 8, 8), (24, 24, 24)), 0.5)
    assert surface_metrics.chamfer_and_f_score(cube, cube) == (0, 1)
    again = surface_metrics.sample_surface(box(32, (4, 4, 4), (20, 20, 20)), 0.5, seed=1)
    slab = surface_metrics.sample_surface(box(32, (8, 12, 8), (24, 16, 24)), 0.5)
    noise, difference = (
        surface_metrics.chamfer_and_f_score(cube, other) for other in (again, slab)
    )
    assert 0 < noise[0] < 0.1 < 0.2 < difference[0]
    assert noise[1] > 0.99 > 0.5 > difference[1]


def test_chamfer_adds_both_directions_unsquared():
    a, b = np.array([[0.0, 0, 0]]), np.array([[0.0, 0, 0.3], [0.0, 0.4, 0.0]])
    chamfer, f_score = surface_metrics.chamfer_and_f_score(a, b)
    assert chamfer == pytest.approx(0.3 + (0.3 + 0.4) / 2)
    assert f_score == 0


def test_color_error_uses_known_cells_only():
    truth = np.zeros((3, 4, 4, 4))
    predicted, surface = truth.copy(), np.zeros((4, 4, 4), bool)
    predicted[:, 0, 0, 0], predicted[:, 1, 1, 1] = 0.3, 0.9
    surface[0, 0, 0] = surface[2, 2, 2] = True
    assert metrics.color_error(predicted, truth, surface) == pytest.approx(0.15)
    batch = (predicted[None], truth[None], surface[None])
    assert metrics.color_error(*batch) == pytest.approx(0.15)
    assert math.isnan(metrics.color_error(predicted, truth, np.zeros_like(surface)))


def test_angle_error_is_the_shorter_arc():
    errors = metrics.angle_error([179, 10, 0, 90], [-179, 350, 180, -90])
    assert errors.tolist() == [2, 20, 180, 180]


def test_bootstrap_interval_has_its_nominal_coverage():
    rng = np.random.default_rng(0)
    hits = 0
    for seed in range(200):
        low, high = metrics.bootstrap_interval(rng.normal(0.4, 0.1, 40), rounds=400, seed=seed)
        hits += low <= 0.4 <= high
    assert 0.88 <= hits / 200 <= 0.99


def test_bootstrap_draws_whole_groups():
    groups = np.repeat(np.arange(10), 20)
    values = np.repeat(np.random.default_rng(0).random(10), 20)  # values within a group are equal
    alone = metrics.bootstrap_interval(values)
    grouped = metrics.bootstrap_interval(values, groups)
    assert grouped[1] - grouped[0] > 3 * (alone[1] - alone[0])
    assert grouped[0] < values.mean() < grouped[1]
    assert metrics.bootstrap_interval([0.1, 0.2], ["a", "a"]) is None
    assert metrics.bootstrap_interval([math.nan] * 5) is None
