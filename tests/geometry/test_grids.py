"""The box around solid cells, and components of the smooth mesh."""

import numpy as np

from geometry.grids import bounding_box
from meshing import voxels_to_mesh


def test_cells_that_share_edges_are_one_component():
    leg = np.zeros((12, 12, 12), bool)
    leg[range(12), range(12), 6] = True
    assert voxels_to_mesh(leg).body_count == 1


def test_bounding_box_has_a_margin_of_one_cell_inside_the_grid():
    solid = np.zeros((8, 8, 8), bool)
    solid[0:3, 2:4, 7] = True
    assert solid[bounding_box(solid)].shape == (4, 4, 2)
