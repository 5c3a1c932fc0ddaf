"""The camera is found again, and the photo's colours land where the photo shows them."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from geometry.camera import MIN_FIT_IOU, Camera, fit_camera
from geometry.colors import SRGB_TO_LINEAR, to_srgb
from geometry.photo_colors import (
    PosedPhoto,
    SurfaceColors,
    find_shots,
    fit_surface_colors,
    photo_colors,
)
from geometry.rasterizer import NO_FACE, rasterize
from geometry.surface_cells import find_surface_cells, surface_mask
from geometry.visibility import cell_visibility, visible_normals
from meshing import voxels_to_mesh
from voxel_model import Prediction

TRUE = Camera(30.0, 20.0, 2.2, 330.0, (118.0, 106.0))
GREEN, RED, GRAY = (60, 150, 70), (170, 60, 50), (128, 128, 128)


def seat() -> np.ndarray:
    """Occupancy of an L: a seat and a back at -z; symmetric from left to right."""
    grid = np.zeros((32, 32, 32), np.float32)
    grid[6:26, 4:14, 4:28] = 1
    grid[6:26, 4:28, 4:10] = 1
    return grid


def paint_of(camera: Camera, true_colors: np.ndarray, predicted, light=1.0) -> Prediction:
    """A prediction with the right shape whose photo a camera took of the true colours."""
    mesh = voxels_to_mesh(seat(), true_colors, 0.5)
    points = mesh.vertices - mesh.metadata["grid_center"]
    face, _, _ = rasterize(camera.project(points), mesh.faces, 224)
    shown = true_colors.reshape(-1, 3)[mesh.metadata["cells"][mesh.faces[face, 0]]]
    photo = np.where((face != NO_FACE)[..., None], to_srgb(light * SRGB_TO_LINEAR[shown]), 250)
    mask = (face != NO_FACE).astype(np.float32)
    return Prediction(
        occupancy=seat(),
        colors=np.full((32, 32, 32, 3), predicted, np.uint8),
        size=(224, 224),
        square=(0, 0, 224, 224),
        box=(0, 0, 224, 224),
        category="chair",
        category_probabilities={"chair": 1.0},
        azimuth=camera.azimuth,
        elevation=camera.elevation,
        crop=Image.fromarray(photo.astype(np.uint8)),
        crop_mask=mask,
    )


def fitted(photo: Prediction) -> Camera:
    return fit_camera(photo, find_surface_cells(photo.occupancy, 0.5))


@pytest.fixture(scope="module")
def two_colored() -> Prediction:
    colors = np.full((32, 32, 32, 3), GREEN, np.uint8)
    colors[:, 14:] = RED  # the back rest above the seat
    return paint_of(TRUE, colors, GRAY)


def test_nearer_face_hides_the_farther_one():
    far = [[0, 0, 5], [0, 40, 5], [40, 0, 5]]
    near = [[0, 0, 2], [0, 20, 2], [20, 0, 2]]
    face, weights, depth = rasterize(np.array(far + near, float), np.arange(6).reshape(2, 3), 32)
    assert face[3, 3] == 1 and face[15, 15] == 0 and face[31, 31] == NO_FACE
    assert depth[3, 3] == pytest.approx(2) and depth[15, 15] == pytest.approx(5)
    assert np.isinf(depth[31, 31])
    assert np.allclose(weights[face != NO_FACE].sum(axis=-1), 1, atol=1e-5)


def test_faces_seen_from_behind_are_left_out():
    behind = np.array([[0, 0, 2], [20, 0, 2], [0, 20, 2]], float)
    face, _, _ = rasterize(behind, np.array([[0, 1, 2]]), 32)
    assert (face == NO_FACE).all()


def test_weights_are_right_in_perspective():
    line = np.array([[0, 0, 1], [0, 64, 3], [64, 0, 3]], float)  # pixels of a slanted triangle
    face, weights, depth = rasterize(line, np.array([[0, 1, 2]]), 64)
    hit = face != NO_FACE
    assert np.allclose(weights[hit] @ [1, 3, 3], depth[hit], rtol=1e-4)


def test_project_puts_right_right_and_up_up():
    front = Camera(0.0, 0.0, 2.0, 100.0, (50.0, 50.0))
    u, v, depth = front.project(np.array([[0.1, 0.2, 0.5]]))[0]
    assert u > 50 > v and depth == pytest.approx(1.5)
    u, _, depth = replace(front, azimuth=90.0).project(np.array([[0.5, 0.0, -0.1]]))[0]
    assert u > 50 and depth == pytest.approx(1.5)  # from +x, the back lies to the right
    assert np.allclose(front.eye, [0, 0, 2])


def test_fit_finds_the_camera_again(two_colored):
    told = replace(two_colored, azimuth=TRUE.azimuth - 8, elevation=TRUE.elevation + 6)
    camera = fitted(told)
    assert camera.iou > 0.9
    assert abs(camera.azimuth - TRUE.azimuth) < 5 and abs(camera.elevation - TRUE.elevation) < 5
    points = np.random.default_rng(0).uniform(-0.3, 0.3, (50, 3))
    away = (camera.project(points) - TRUE.project(points))[:, :2]
    assert np.linalg.norm(away, axis=1).mean() < 6  # pixels; a cell is 5


def test_colors_of_the_photo_replace_wrong_ones(two_colored):
    colors = photo_colors(two_colored, 0.5, [PosedPhoto(two_colored, TRUE)]).astype(int)
    seat_top, back_front = colors[10:22, 13, 14:24], colors[10:22, 18:24, 9]
    assert (seat_top[..., 1] > seat_top[..., 0] + 30).all()  # green
    assert (back_front[..., 0] > back_front[..., 1] + 30).all()  # red
    behind = colors[10:22, 18:24, 4]  # seen by nobody: toned like the nearest of its colour
    assert (behind[..., 0] > behind[..., 1] + 10).mean() > 0.8


def test_exposure_is_divided_out_by_the_prediction():
    colors = np.full((32, 32, 32, 3), (180, 175, 170), np.uint8)
    dark = paint_of(TRUE, colors, (180, 175, 170), light=0.25)
    shown = np.asarray(dark.crop)[dark.mask > 0].mean()
    painted = photo_colors(dark, 0.5, [PosedPhoto(dark, TRUE)])[8:24, 13, 14:26].mean()
    assert shown < 100 and painted > 130


def test_hidden_side_takes_its_mirror_image(two_colored):
    colors = np.full((32, 32, 32, 3), GRAY, np.uint8)
    colors[20:] = GREEN  # the right side, as the camera at +x sees it
    colors[:12] = RED  # the left one, which it does not
    seen = paint_of(replace(TRUE, azimuth=60.0), colors, GRAY)
    painted = photo_colors(seen, 0.5, [PosedPhoto(seen, replace(TRUE, azimuth=60.0))]).astype(int)
    left = painted[6, 7:12, 12:24]
    assert (left[..., 1] > left[..., 0] + 20).mean() > 0.9


def test_two_photos_color_two_sides():
    colors = np.full((32, 32, 32, 3), GRAY, np.uint8)
    colors[..., 16:, :], colors[..., :16, :] = GREEN, RED  # front and back differ
    front = paint_of(replace(TRUE, azimuth=20.0), colors, GRAY)
    back = paint_of(replace(TRUE, azimuth=170.0), colors, GRAY)
    shots = find_shots(front, 0.5, [front, back])
    assert len(shots) == 2
    painted = photo_colors(front, 0.5, shots).astype(int)
    before, behind = painted[10:22, 6:12, 27], painted[10:22, 8:24, 4]
    assert (before[..., 1] > before[..., 0] + 30).all()
    assert (behind[..., 0] > behind[..., 1] + 30).all()


def seen_from(camera: Camera, photo: Prediction):
    """Normals and centres of the shell's cells, and how far a photo from there shows them."""
    shell = find_surface_cells(photo.occupancy, 0.5)
    normals = visible_normals(shell, camera)
    points = shell.centers + normals * shell.pitch / 2
    return normals, shell.centers, cell_visibility(shell, points, normals, photo, camera)


def test_grazing_surfaces_count_as_unseen(two_colored):
    camera = replace(TRUE, azimuth=14.0)
    normals, points, seen = seen_from(camera, paint_of(camera, two_colored.colors, GRAY))
    flat = (normals[:, 0] > 0.99) & (np.abs(points[:, 1]) < 0.2)
    front = normals[:, 2] > 0.99
    assert flat.sum() > 50 and not seen[flat].any() and seen[front].mean() > 0.6


def test_covered_surfaces_count_as_unseen(two_colored):
    camera = replace(TRUE, azimuth=180.0, elevation=30.0)
    normals, points, seen = seen_from(camera, paint_of(camera, two_colored.colors, GRAY))
    behind_the_back = (normals[:, 1] > 0.99) & (points[:, 1] < 0) & (points[:, 2] < 0)
    assert behind_the_back.sum() > 20 and not seen[behind_the_back].any()
    assert seen[normals[:, 2] < -0.99].mean() > 0.6


def test_nothing_is_seen_outside_the_mask(two_colored):
    blind = replace(two_colored, crop_mask=np.zeros((224, 224), np.float32))
    assert not seen_from(TRUE, blind)[2].any()


def test_normals_of_a_ball_point_outwards():
    axis = np.arange(32) - 15.5
    distance = np.sqrt(sum(np.meshgrid(axis**2, axis**2, axis**2, indexing="ij")))
    shell = find_surface_cells(np.float32(distance < 13), 0.5)
    outwards = shell.centers / np.linalg.norm(shell.centers, axis=1, keepdims=True)
    lean = (visible_normals(shell, TRUE) * outwards).sum(axis=1)
    assert lean.min() > np.cos(np.radians(25)) and lean.mean() > np.cos(np.radians(10))


def test_board_of_one_cell_faces_whoever_looks(two_colored):
    board = np.zeros((32, 32, 32), np.float32)
    board[4:28, 16, 4:28] = 1
    shell = find_surface_cells(board, 0.5)
    inside = (np.abs(shell.centers[:, [0, 2]]) < 0.3).all(axis=1)
    for elevation, up in ((30.0, 1), (-30.0, -1)):
        normals = visible_normals(shell, replace(TRUE, elevation=elevation))[inside]
        assert (up * normals[:, 1] > 0.8).all()


def test_shell_tells_its_cells_what_is_around_and_beside(two_colored):
    solid = np.random.default_rng(0).random((6, 7, 8)).astype(np.float32)
    shell = find_surface_cells(solid, 0.5)
    places = np.argwhere(surface_mask(solid > 0.5))
    assert np.array_equal(shell.cell_indices, places) and np.array_equal(
        solid.ravel()[shell.cells] > 0.5, np.ones(len(places))
    )
    assert np.array_equal(shell.neighbor_occupancy[13], solid[tuple(places.T)])
    padded = np.pad(solid, 1)
    x, y, z = places[20] + 1
    assert np.array_equal(
        shell.neighbor_occupancy[:, 20], padded[x - 1 : x + 2, y - 1 : y + 2, z - 1 : z + 2].ravel()
    )
    beside = shell.neighbor_numbers(places)
    assert np.array_equal(beside[13], np.arange(len(places)))
    for step, numbers in enumerate(beside):
        near = numbers >= 0
        moved = places[near] + np.indices((3, 3, 3)).reshape(3, -1).T[step] - 1
        assert np.array_equal(places[numbers[near]], moved)


def test_paint_asks_for_cells_off_the_surface_only_where_it_must(two_colored):
    found = fit_surface_colors(two_colored, 0.5)
    surface, everywhere = surface_mask(seat() > 0.5), photo_colors(two_colored, 0.5)
    assert np.array_equal(found.for_cells(surface)[surface], everywhere[surface])
    assert "everywhere" not in vars(found)
    assert np.array_equal(found.for_cells(seat() > 0.5), everywhere)
    lonely = np.zeros((32, 32, 32), bool)
    lonely[3, 4, 5] = True
    spread = SurfaceColors(
        np.arange(32**3 * 3).reshape(32, 32, 32, 3).astype(np.uint8), lonely
    ).all_cells
    assert (spread == spread[3, 4, 5]).all()


def test_poor_fit_leaves_the_prediction_as_it_is(two_colored):
    elsewhere = np.roll(two_colored.crop_mask > 0, 90, axis=0) * two_colored.crop_mask
    poor = replace(two_colored, crop_mask=elsewhere)
    assert 0 < fitted(poor).iou < MIN_FIT_IOU
    assert np.array_equal(photo_colors(poor, 0.5), two_colored.colors)
    empty = replace(two_colored, crop_mask=np.zeros((224, 224), np.float32))
    assert fitted(empty).iou == 0
    assert np.array_equal(photo_colors(empty, 0.5), two_colored.colors)


def test_blocks_take_the_photo_too(two_colored):
    colors = photo_colors(two_colored, 0.5, [PosedPhoto(two_colored, TRUE)])
    mesh = voxels_to_mesh(seat(), colors, 0.5, "blocks")
    assert len(np.unique(mesh.visual.vertex_colors, axis=0)) > 20
