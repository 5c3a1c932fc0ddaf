"""Cells that a photo cannot show have visibility 0; normals point out of the object."""

from dataclasses import replace

import numpy as np
import pytest

from geometry.camera import Camera
from geometry.surface_cells import find_surface_cells
from geometry.visibility import cell_visibility, visible_normals
from tests.geometry.photo_scene import GRAY, TRUE_CAMERA, photograph, two_colors
from voxel_model import Prediction


def visibility_from(camera: Camera, photo: Prediction) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Normals and centres of the surface cells, and their visibility in a photo."""
    cells = find_surface_cells(photo.occupancy, 0.5)
    normals = visible_normals(cells, camera)
    points = cells.centers + normals * cells.pitch / 2
    return normals, cells.centers, cell_visibility(cells, points, normals, photo, camera)


def test_grazing_surfaces_are_hidden():
    camera = replace(TRUE_CAMERA, azimuth=8.0)
    normals, centers, visibility = visibility_from(camera, photograph(camera, two_colors(), GRAY))
    grazing = (normals[:, 0] > 0.99) & (np.abs(centers[:, 1]) < 0.2)
    front = normals[:, 2] > 0.99
    assert grazing.sum() > 50 and not visibility[grazing].any() and visibility[front].mean() > 0.6


def test_occluded_surfaces_are_hidden():
    camera = replace(TRUE_CAMERA, azimuth=180.0, elevation=30.0)
    normals, centers, visibility = visibility_from(camera, photograph(camera, two_colors(), GRAY))
    behind_the_back = (normals[:, 1] > 0.99) & (centers[:, 1] < 0) & (centers[:, 2] < 0)
    assert behind_the_back.sum() > 20 and not visibility[behind_the_back].any()
    assert visibility[normals[:, 2] < -0.99].mean() > 0.6


def test_nothing_is_visible_outside_the_mask():
    photo = photograph(TRUE_CAMERA, two_colors(), GRAY)
    assert visibility_from(TRUE_CAMERA, photo)[2].any()
    masked = replace(photo, crop_mask=np.zeros((224, 224), np.float32))
    assert not visibility_from(TRUE_CAMERA, masked)[2].any()


def test_normals_of_a_ball_point_outwards():
    axis = np.arange(32) - 15.5
    distance = np.sqrt(sum(np.meshgrid(axis**2, axis**2, axis**2, indexing="ij")))
    cells = find_surface_cells(np.float32(distance < 13), 0.5)
    outwards = cells.centers / np.linalg.norm(cells.centers, axis=1, keepdims=True)
    cosine = (visible_normals(cells, TRUE_CAMERA) * outwards).sum(axis=1)
    assert cosine.min() > np.cos(np.radians(25)) and cosine.mean() > np.cos(np.radians(10))


@pytest.mark.parametrize(("elevation", "up"), [(30.0, 1), (-30.0, -1)])
def test_normals_of_a_thin_board_point_toward_the_camera(elevation, up):
    board = np.zeros((32, 32, 32), np.float32)
    board[4:28, 16, 4:28] = 1
    cells = find_surface_cells(board, 0.5)
    inner = (np.abs(cells.centers[:, [0, 2]]) < 0.3).all(axis=1)
    normals = visible_normals(cells, replace(TRUE_CAMERA, elevation=elevation))[inner]
    assert (up * normals[:, 1] > 0.8).all()
