"""Small components are removed, and the rest of the grid does not change."""

import numpy as np
import pytest
from scipy import ndimage

from geometry.grids import MIN_COMPONENT_SHARE, bounding_box, remove_small_components
from meshing import STYLES, MeshError, voxels_to_mesh
from tests.geometry.sample_grids import ball, sorted_rows


def ball_with_specks() -> np.ndarray:
    """A ball of 552 cells, a speck of one cell and a speck of two."""
    grid = ball(16, 5)
    grid[0, 0, 0] = grid[15, 15, 14:16] = 0.9
    return grid


def count_components(solid: np.ndarray) -> int:
    return ndimage.label(solid, np.ones((3, 3, 3)))[1]


@pytest.mark.parametrize(("min_share", "count"), [(0, 3), (2 / 552, 2), (3 / 552, 1), (1, 1)])
def test_components_below_the_share_are_removed(min_share, count):
    solid = ball_with_specks() > 0.5
    assert (ball(16, 5) > 0.5).sum() == 552
    assert count_components(remove_small_components(solid, min_share)) == count


def test_the_default_share_removes_specks_and_keeps_a_loose_leg():
    solid = np.zeros((20, 20, 20), bool)
    solid[:10, :10, :10] = True
    solid[12, :15, 12] = True  # 0.015 of the largest component
    solid[18, :5, 18] = True  # 0.005
    assert MIN_COMPONENT_SHARE == 0.01
    result = remove_small_components(solid)
    assert result[12, :15, 12].all() and not result[18].any() and result[:10, :10, :10].all()


@pytest.mark.parametrize("style", STYLES)
def test_the_mesh_without_specks_is_the_mesh_of_the_ball(style):
    solid = remove_small_components(ball_with_specks() > 0.5)
    grid = np.where(solid, ball_with_specks(), np.minimum(ball_with_specks(), 0.5))
    whole, clean = voxels_to_mesh(ball(16, 5), style=style), voxels_to_mesh(grid, style=style)
    assert np.allclose(sorted_rows(whole.vertices), sorted_rows(clean.vertices))


def test_cells_that_share_edges_are_one_component():
    leg = np.zeros((12, 12, 12), bool)
    leg[range(12), range(12), 6] = True
    assert voxels_to_mesh(leg).body_count == 1
    assert remove_small_components(leg, 1) is leg


@pytest.mark.parametrize("min_share", [2, -0.1, float("nan")])
def test_a_wrong_share_is_one_sentence(min_share):
    with pytest.raises(MeshError, match="share from 0 to 1"):
        remove_small_components(np.ones((4, 4, 4), bool), min_share)


def test_bounding_box_has_a_margin_of_one_cell_inside_the_grid():
    solid = np.zeros((8, 8, 8), bool)
    solid[0:3, 2:4, 7] = True
    assert solid[bounding_box(solid)].shape == (4, 4, 2)
