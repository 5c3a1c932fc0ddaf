"""Surface cells know their neighbours, and which other surface cells are beside them."""

import numpy as np

from geometry.surface_cells import find_surface_cells, surface_mask


def test_neighbors_are_those_of_the_grid():
    occupancy = np.random.default_rng(0).random((6, 7, 8)).astype(np.float32)
    cells = find_surface_cells(occupancy, 0.5)
    indices = np.argwhere(surface_mask(occupancy > 0.5))
    assert np.array_equal(cells.cell_indices, indices)
    assert np.array_equal(cells.neighbor_occupancy[13], occupancy[tuple(indices.T)])
    padded = np.pad(occupancy, 1)
    x, y, z = indices[20] + 1
    window = padded[x - 1 : x + 2, y - 1 : y + 2, z - 1 : z + 2]
    assert np.array_equal(cells.neighbor_occupancy[:, 20], window.ravel())
    assert np.array_equal(cells.neighbor_solid[:, 20], window.ravel() > 0.5)


def test_neighbor_numbers_are_those_of_the_surface_cells():
    occupancy = np.random.default_rng(0).random((6, 7, 8)).astype(np.float32)
    cells = find_surface_cells(occupancy, 0.5)
    indices = cells.cell_indices
    numbers = cells.neighbor_numbers(indices)
    assert np.array_equal(numbers[13], np.arange(len(indices)))
    for step, row in enumerate(numbers):
        has_neighbor = row >= 0
        moved = indices[has_neighbor] + np.indices((3, 3, 3)).reshape(3, -1).T[step] - 1
        assert np.array_equal(indices[row[has_neighbor]], moved)


def test_surface_mask_leaves_out_inner_cells_only():
    solid = np.zeros((7, 7, 7), bool)
    solid[1:6, 1:6, 1:6] = True
    expected = solid.copy()
    expected[2:5, 2:5, 2:5] = False
    assert np.array_equal(surface_mask(solid), expected)
    full = np.ones((3, 3, 3), bool)  # the border of the grid counts as empty
    assert surface_mask(full).sum() == 26
