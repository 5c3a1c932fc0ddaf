"""The colours of a photo are placed on the cells that the photo shows."""

from dataclasses import replace

import numpy as np
import pytest
from skimage.color import rgb2lab

from geometry.photo_colors import SurfaceColors, fit_surface_colors
from geometry.surface_cells import surface_mask
from meshing import voxels_to_mesh
from tests.geometry.photo_scene import (
    GRAY,
    GREEN,
    RED,
    TRUE_CAMERA,
    photograph,
    seat,
    two_colors,
    uniform_colors,
)
from voxel_model import Prediction


@pytest.fixture(scope="module")
def photo() -> Prediction:
    return photograph(TRUE_CAMERA, two_colors(), GRAY)


def colors_of(prediction: Prediction, photos: tuple[Prediction, ...] = ()) -> np.ndarray:
    """(32, 32, 32, 3) int, colours of all cells."""
    return fit_surface_colors(prediction, 0.5, photos).all_cells.astype(int)


def test_photo_colors_replace_wrong_predicted_colors(photo):
    colors = colors_of(photo)
    seat_top, back_front = colors[10:22, 13, 14:24], colors[10:22, 18:24, 9]
    assert (seat_top[..., 1] > seat_top[..., 0] + 30).all()  # green
    assert (back_front[..., 0] > back_front[..., 1] + 30).all()  # red
    hidden = colors[10:22, 18:24, 4]  # takes the tone of the nearest visible cells
    assert (hidden[..., 0] > hidden[..., 1] + 10).mean() > 0.8


def chroma_error(colors: np.ndarray, true: tuple[int, int, int]) -> np.ndarray:
    """Distances of sRGB colours from the true one in the a and b of CIELAB."""
    difference = rgb2lab(np.asarray(colors) / 255) - rgb2lab(np.array(true) / 255)
    return np.linalg.norm(difference[..., 1:], axis=-1)


@pytest.mark.parametrize(
    ("true", "predicted"),
    [
        ((150, 150, 155), (225, 90, 20)),  # grey on orange: olive
        ((90, 60, 45), (60, 130, 60)),  # brown on green
        ((235, 235, 230), (40, 50, 90)),  # white on dark blue
    ],
)
def test_the_hue_is_the_photos_however_wrong_the_predicted_one_is(true, predicted):
    colors = colors_of(photograph(TRUE_CAMERA, uniform_colors(true), predicted))
    surface = surface_mask(seat() > 0.5)
    assert chroma_error(colors[surface], true).max() < 5


def test_a_patch_of_another_predicted_color_is_no_stain_on_a_hidden_side():
    brown, green = (90, 60, 45), (70, 120, 60)
    prediction = photograph(TRUE_CAMERA, uniform_colors(brown), (100, 70, 50))
    patch = (slice(8, 24), slice(8, 24), 4)  # on the back
    colors = prediction.colors.copy()
    colors[patch] = green
    shown = fit_surface_colors(replace(prediction, colors=colors), 0.5).colors
    assert chroma_error(green, brown) > 40
    assert chroma_error(shown[surface_mask(seat() > 0.5)], brown).max() < 15


def test_a_hidden_side_has_one_of_the_colors_that_the_photo_shows():
    """A grey field on a red front: the back is red or grey, no mixture of both."""
    red, gray = (190, 30, 30), (150, 155, 160)
    true = uniform_colors(red)
    true[10:22, 16:25, 8:] = true[10:22, 6:12, 16:] = gray
    shown = fit_surface_colors(photograph(TRUE_CAMERA, true, (200, 70, 20)), 0.5).colors
    back = shown[6:26, 4:28, 4]
    assert np.minimum(chroma_error(back, red), chroma_error(back, gray)).mean() < 12  # 20 if mixed


def test_a_dark_piece_before_white_stays_dark_where_white_is_predicted():
    brown = (97, 82, 78)
    visible = colors_of(photograph(TRUE_CAMERA, uniform_colors(brown), (225, 220, 215)))
    seat_top = visible[10:22, 13, 14:24]
    assert chroma_error(seat_top, brown).max() < 5
    assert seat_top.mean() < 150  # 86 in the photo, 220 predicted


def test_exposure_is_corrected_by_the_predicted_albedo():
    albedo = (180, 175, 170)
    dark = photograph(TRUE_CAMERA, uniform_colors(albedo), albedo, light=0.25)
    in_photo = np.asarray(dark.crop)[dark.crop_mask > 0].mean()
    corrected = colors_of(dark)[8:24, 13, 14:26].mean()
    assert in_photo < 100 and corrected > 130


def test_a_hidden_side_takes_the_colors_of_its_mirror_image():
    colors = uniform_colors(GRAY)
    colors[20:] = GREEN  # the right side, visible from +x
    colors[:12] = RED  # the left side, hidden
    left = colors_of(photograph(replace(TRUE_CAMERA, azimuth=60.0), colors, GRAY))[6, 7:12, 12:24]
    assert (left[..., 1] > left[..., 0] + 20).mean() > 0.9


def test_two_photos_color_two_sides():
    colors = uniform_colors(GRAY)
    colors[..., 16:, :], colors[..., :16, :] = GREEN, RED  # front half, back half
    front = photograph(replace(TRUE_CAMERA, azimuth=20.0), colors, GRAY)
    back = photograph(replace(TRUE_CAMERA, azimuth=170.0), colors, GRAY)
    result = colors_of(front, (front, back))
    front_cells, back_cells = result[10:22, 6:12, 27], result[10:22, 8:24, 4]
    assert (front_cells[..., 1] > front_cells[..., 0] + 30).all()
    assert (back_cells[..., 0] > back_cells[..., 1] + 30).all()


def test_other_cells_are_colored_only_if_they_are_needed(photo):
    result, all_colors = fit_surface_colors(photo, 0.5), colors_of(photo)
    surface = surface_mask(seat() > 0.5)
    assert np.array_equal(result.for_cells(surface)[surface], all_colors[surface])
    assert "all_cells" not in vars(result)  # not computed yet
    solid = seat() > 0.5
    assert np.array_equal(result.for_cells(solid)[solid], all_colors[solid])
    assert "all_cells" not in vars(result)


def test_other_cells_take_the_color_of_the_nearest_surface_cell():
    is_colored = np.zeros((32, 32, 32), bool)
    is_colored[3, 4, 5] = True
    colors = np.arange(32**3 * 3).reshape(32, 32, 32, 3).astype(np.uint8)
    result = SurfaceColors(colors, is_colored.astype(np.uint8)).all_cells
    assert (result == colors[3, 4, 5]).all()


def test_blocks_have_the_colors_of_the_photo(photo):
    colors = fit_surface_colors(photo, 0.5).all_cells
    mesh = voxels_to_mesh(seat(), colors, 0.5, "blocks")
    assert len(np.unique(mesh.visual.vertex_colors, axis=0)) > 20
