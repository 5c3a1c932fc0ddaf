"""Loose parts are joined along probable cells or left out, and feet stand on one level."""

import numpy as np
import pytest
from scipy import ndimage

from geometry.solids.body import block_body, surface_body, surface_field
from geometry.solids.feet import level_feet
from geometry.solids.joining import join_parts
from meshing import voxels_to_arrays
from tests.geometry.sample_grids import RNG_SEED, ball

THRESHOLD = 0.33


def table(leg: float = 0.9) -> np.ndarray:
    """(32, 32, 32) probabilities of a slab on four legs of one cell."""
    grid = np.full((32, 32, 32), 0.02, np.float32)
    grid[4:28, 20:22, 4:28] = 0.95
    for x in (4, 27):
        for z in (4, 27):
            grid[x, 2:20, z] = leg
    return grid


def smooth(grid: np.ndarray, threshold: float = THRESHOLD):
    field, level = surface_field(surface_body(grid, threshold))
    return voxels_to_arrays(field, None, level)


def count_parts(solid: np.ndarray) -> int:
    return ndimage.label(solid, ndimage.generate_binary_structure(3, 2))[1]


# joining


def test_a_gap_is_closed_along_the_most_probable_cells():
    grid = table()
    grid[4, 10:14, 4] = 0.01  # straight down there is nothing
    grid[5, 9:15, 4] = 0.25  # beside it the network saw something
    solid = grid > THRESHOLD
    body = join_parts(grid, solid)
    assert count_parts(solid) == 2 and count_parts(body.cells) == 1
    assert (body.joined, body.dropped) == (1, 0)
    assert body.struts[5, 10:14, 4].all() and not body.struts[4, 10:14, 4].any()
    assert not (body.struts & solid).any() and (body.cells >= solid).all()


def test_a_speck_is_left_out_and_a_distant_armrest_is_not():
    grid = table()
    grid[16, 30, 16] = 0.9
    grid[2:20, 28:31, 28:31] = 0.9  # a sixth of the table, six empty layers above it
    body = join_parts(grid, grid > THRESHOLD)
    assert (body.joined, body.dropped) == (1, 1)
    assert not body.cells[16, 30, 16] and body.cells[2:20, 28:31, 28:31].all()


def test_many_parts_take_a_bounded_number_of_searches():
    grid = np.full((32, 32, 32), 0.1, np.float32)
    grid[::3, ::3, ::3] = 0.9
    body = join_parts(grid, grid > THRESHOLD)
    assert count_parts(body.cells) == 1 and body.joined <= 16


def test_one_part_is_not_changed():
    solid = table() > THRESHOLD
    assert join_parts(table(), solid).cells is solid


# feet


def test_legs_that_end_above_the_floor_reach_it():
    solid = table() > THRESHOLD
    solid[4, 2:4, 4] = False
    leveled = level_feet(solid)
    assert leveled[4, 2:4, 4].all() and leveled.sum() == solid.sum() + 2


def test_the_underside_of_a_seat_stays_above_its_feet():
    sofa = np.zeros((32, 16, 16), bool)
    sofa[2:30, 2:10, 2:14] = True
    for x in (3, 28):
        for z in (3, 12):
            sofa[x, 0:2, z] = True
    assert (level_feet(sofa) == sofa).all()


# the surface


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("threshold", [0.05, 0.33, 0.7, 0.97])
def test_the_surface_of_noise_is_one_closed_piece(seed, threshold):
    grid = ndimage.gaussian_filter(np.random.default_rng(seed).random((16, 16, 16)), 0.8)
    grid = ((grid - grid.min()) / np.ptp(grid)).astype(np.float32)
    mesh = smooth(grid, threshold).to_trimesh()
    assert mesh.is_watertight and mesh.body_count == 1 and mesh.volume > 0


def test_thin_legs_that_are_less_probable_than_the_seat_stay():
    vertices = smooth(table(leg=0.4)).vertices
    legs = vertices[(vertices[:, 1] > 4 / 32) & (vertices[:, 1] < 14 / 32)]
    for x in (-1, 1):
        for z in (-1, 1):
            leg = legs[(legs[:, 0] * x > 0) & (legs[:, 2] * z > 0)]
            assert (np.ptp(leg[:, [0, 2]], axis=0) * 32 > 0.4).all()  # cells


def test_the_surface_is_thinner_than_the_cells_around_it():
    grid = np.zeros((32, 32, 32), np.float32)
    grid[4:28, 10:16, 4:28] = 1
    low, high = (field.vertices[:, 1].max() * 32 for field in (smooth(grid), smooth(grid * 0.99)))
    assert 5 < low < 6 and 5 < high < 6


def test_feet_end_on_one_level():
    grid = table()
    grid[27, 2, 27] = 0.45  # a foot that the network is less sure of
    vertices = smooth(grid).vertices
    feet = vertices[vertices[:, 1] < 0.2 / 32]
    assert np.ptp(feet[:, 1]) == 0
    assert len({(x > 0, z > 0) for x, _, z in feet}) == 4


def test_cavities_are_filled():
    grid = ball(16, 7)
    grid[6:9, 6:9, 6:9] = 0
    assert smooth(grid).to_trimesh().body_count == 1
    assert block_body(grid, THRESHOLD).cells[7, 7, 7]


def test_the_probabilities_of_a_body_are_above_the_threshold_in_its_cells_alone():
    grid = np.random.default_rng(RNG_SEED).random((12, 12, 12)).astype(np.float32)
    for body in (block_body(grid, 0.6), surface_body(grid, 0.6)):
        assert ((body.occupancy > np.float32(body.threshold)) == body.cells).all()
