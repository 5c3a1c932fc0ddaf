"""The camera projects by the stated axes, and the fit recovers a known camera."""

from dataclasses import replace

import numpy as np
import pytest

from geometry.camera import MIN_FIT_IOU, Camera
from geometry.photo_colors import fit_surface_colors
from tests.geometry.photo_scene import GRAY, TRUE_CAMERA, fitted_camera, photograph, two_colors


@pytest.fixture(scope="module")
def photo():
    return photograph(TRUE_CAMERA, two_colors(), GRAY)


def test_project_puts_right_to_the_right_and_up_to_the_top():
    front = Camera(0.0, 0.0, 2.0, 100.0, (50.0, 50.0))
    u, v, depth = front.project(np.array([[0.1, 0.2, 0.5]]))[0]
    assert u > 50 > v and depth == pytest.approx(1.5)
    u, _, depth = replace(front, azimuth=90.0).project(np.array([[0.5, 0.0, -0.1]]))[0]
    assert u > 50 and depth == pytest.approx(1.5)  # from +x, the back is on the right
    assert np.allclose(front.eye, [0, 0, 2])


def test_fit_recovers_the_camera(photo):
    start = replace(photo, azimuth=TRUE_CAMERA.azimuth - 8, elevation=TRUE_CAMERA.elevation + 6)
    camera = fitted_camera(start)
    assert camera.iou > 0.9 and camera.is_reliable
    assert abs(camera.azimuth - TRUE_CAMERA.azimuth) < 5
    assert abs(camera.elevation - TRUE_CAMERA.elevation) < 5
    points = np.random.default_rng(0).uniform(-0.3, 0.3, (50, 3))
    error = (camera.project(points) - TRUE_CAMERA.project(points))[:, :2]
    assert np.linalg.norm(error, axis=1).mean() < 6  # pixels; a cell is 5


def test_a_poor_fit_leaves_the_predicted_colors(photo):
    moved = np.roll(photo.crop_mask > 0, 90, axis=0) * photo.crop_mask
    poor = replace(photo, crop_mask=moved)
    assert 0 < fitted_camera(poor).iou < MIN_FIT_IOU
    assert np.array_equal(fit_surface_colors(poor, 0.5).all_cells, photo.colors)


def test_an_empty_mask_or_shape_is_not_reliable(photo):
    empty_mask = replace(photo, crop_mask=np.zeros((224, 224), np.float32))
    empty_shape = replace(photo, occupancy=np.zeros((32, 32, 32), np.float32))
    for prediction in (empty_mask, empty_shape):
        camera = fitted_camera(prediction)
        assert camera.iou == 0 and not camera.is_reliable
        assert np.array_equal(fit_surface_colors(prediction, 0.5).all_cells, photo.colors)
