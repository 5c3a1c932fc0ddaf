"""Printable models are one closed body with level feet, and notes report thin walls."""

import numpy as np
import pytest

from meshing import MeshError, export_mesh, is_watertight
from pipeline.files.printing import MIN_WALL, make_printable


def table(leg: slice = slice(0, 14)) -> np.ndarray:
    """A slab on four legs of 3 x 3 cells; `leg` says which layers the legs have."""
    grid = np.zeros((32, 32, 32), np.float32)
    grid[2:30, 14:17, 6:26] = 0.9
    for x in (2, 27):
        for z in (6, 23):
            grid[x : x + 3, leg, z : z + 3] = 0.9
    return grid


def test_loose_legs_are_joined_and_small_pieces_left_out():
    grid = table(leg=slice(0, 11))  # three layers of air below the slab
    grid[16, 31, 16] = 1  # a small piece
    result = make_printable(grid, 0.5)
    assert (result.joined, result.dropped) == (4, 1)
    assert result.mesh.body_count == 1 and result.mesh.is_watertight
    assert result.mesh.extents[1] == pytest.approx(17 / 32, abs=0.01)  # legs and slab
    assert result.notes()[:2] == [
        "4 loose pieces are joined by struts.",
        "One piece is left out: too small or too far from the rest.",
    ]


@pytest.mark.parametrize("seed", range(4))
def test_any_noise_becomes_one_closed_body(seed):
    noise = np.random.default_rng(seed).random((12, 12, 12), np.float32)
    for threshold in (0.3, 0.6, 0.8):
        result = make_printable(noise, threshold)
        assert is_watertight(result.mesh)
        assert result.mesh.body_count == 1 and result.mesh.volume > 0


def test_cells_that_share_an_edge_alone_are_held_together():
    stair = np.zeros((8, 8, 8), bool)
    for i in range(6):
        stair[i, i, 2:4] = True
    printable = make_printable(stair.astype(np.float32), 0.5)
    assert printable.joined == 0 and printable.mesh.body_count == 1


def test_uneven_feet_all_touch_the_bed():
    grid = table()
    grid[2:5, :2] = 0  # two legs end two layers higher
    mesh = make_printable(grid, 0.5).mesh
    low = mesh.vertices[mesh.vertices[:, 1] < 1e-4]
    assert len({(x > 0, z > 0) for x, _, z in low}) == 4


def test_hollows_are_filled():
    ball = np.ones((12, 12, 12), np.float32)
    ball[4:8, 4:8, 4:8] = 0
    assert make_printable(ball, 0.5).mesh.volume > 0.95


def test_wall_thickness_is_that_of_the_wall():
    grid = np.zeros((32, 32, 32), np.float32)
    grid[:, :, :2] = grid[:, :4, :] = 1  # a wall of 2 cells on a floor of 4
    result = make_printable(grid, 0.5, height=64.0)  # 2 mm a cell
    assert result.min_wall == pytest.approx(4.0, abs=0.3)
    assert not result.notes()


def test_a_note_on_thin_walls_names_the_height_without_them():
    grid = table()
    result = make_printable(grid, 0.5, height=3.0)
    assert result.min_wall < MIN_WALL
    (note,) = result.notes()
    assert "thinnest wall" in note and "mm tall" in note
    taller = MIN_WALL / result.min_wall * 3.0
    assert make_printable(grid, 0.5, height=1.05 * taller).min_wall >= MIN_WALL


def test_the_file_has_the_requested_height(tmp_path):
    import trimesh

    result = make_printable(table(), 0.5, height=80.0)
    again = trimesh.load(export_mesh(result.mesh, tmp_path / "table.stl", result.height))
    assert again.extents[2] == pytest.approx(80, abs=1e-3) and again.is_watertight


@pytest.mark.parametrize("height", [0, -1, float("nan"), float("inf")])
def test_impossible_height_is_one_sentence(height):
    with pytest.raises(MeshError, match="positive number of millimetres"):
        make_printable(table(), 0.5, height=height)
