"""STL files: their size, their notes, and blocks with two faces at each edge."""

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import MeshError
from pipeline.export import export_with_notes
from pipeline.files.block_printing import block_walls, fuse_contacts
from pipeline.files.printing import make_printable
from pipeline.result import Result
from pipeline.settings import ExportOptions, Settings
from tests.pipeline.predictions import make_prediction


def export_stl(tmp_path, grid: np.ndarray, style="smooth", **options) -> tuple:
    result = Result(make_prediction(grid), "piece", tmp_path, 0.5)
    path, notes = export_with_notes(result, Settings(0.5, style), "stl", ExportOptions(**options))
    return trimesh.load_mesh(path), notes


def slab(width: int, height: int, depth: int) -> np.ndarray:
    grid = np.zeros((32, 32, 32), np.float32)
    grid[:width, :height, :depth] = 0.9
    return grid


@pytest.mark.parametrize("style", ["smooth", "blocks"])
@pytest.mark.parametrize("printable", [True, False])
@pytest.mark.parametrize("sides", [(32, 8, 24), (10, 8, 32), (6, 32, 8)])
def test_the_longest_side_is_120_mm_by_default(tmp_path, style, printable, sides):
    mesh, notes = export_stl(tmp_path, slab(*sides), style, printable=printable)
    assert max(mesh.extents) == pytest.approx(120, abs=0.01)
    width, depth, height = (f"{side:.0f}" for side in mesh.extents)
    sentence = f"The model is {width} mm wide, {depth} mm deep and {height} mm tall, about 1:"
    assert notes[-1].startswith(sentence)


def test_a_size_or_a_height_can_be_chosen(tmp_path):
    assert max(export_stl(tmp_path, slab(32, 8, 24), stl_size=60)[0].extents) == pytest.approx(60)
    mesh, _ = export_stl(tmp_path, slab(32, 8, 24), stl_size=60, stl_height=80)
    assert mesh.extents[2] == pytest.approx(80, abs=0.01)
    with pytest.raises(MeshError, match="The height is 0"):
        ExportOptions(stl_height=0)
    for value in (0, -1, 1e6, float("nan"), "120", True):
        with pytest.raises(MeshError, match=r"The size is .* millimetres from 1 to 10,000"):
            ExportOptions(stl_size=value)


# --- blocks --------------------------------------------------------------------------------------


def assert_manifold(mesh: trimesh.Trimesh) -> None:
    """Each edge has two faces, each vertex one fan of faces, and there is one body."""
    merged = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    merged.merge_vertices(merge_norm=True)
    _, counts = np.unique(merged.edges_sorted, axis=0, return_counts=True)
    assert (counts == 2).all()
    assert merged.is_watertight and merged.body_count == 1 and merged.volume > 0
    euler_of_fans = len(merged.vertices)
    # a vertex where two bodies touch has two fans: splitting the faces there would add vertices
    parts = trimesh.graph.connected_components(merged.face_adjacency, min_len=1)
    assert sum(len(np.unique(merged.faces[part])) for part in parts) == euler_of_fans


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.15, 0.3, 0.5, 0.7]), st.integers(3, 12))
def test_any_blocks_are_one_manifold_body(seed, share, side):
    noise = np.random.default_rng(seed).random((side, side, side), np.float32)
    if not (noise > 1 - share).any():
        return
    printable = make_printable(noise, 1 - share, style="blocks")
    assert_manifold(printable.mesh)
    assert printable.min_wall > 0


@pytest.mark.parametrize(
    "cells",
    [
        [(0, 0, 0), (1, 1, 0)],  # an edge
        [(0, 0, 0), (1, 1, 1)],  # a corner
        [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)],
    ],
)
def test_contacts_at_edges_and_corners_are_fused(cells):
    body = np.zeros((4, 4, 4), bool)
    body[tuple(np.array(cells).T + 1)] = True
    fused = fuse_contacts(body, body.astype(np.float32))
    assert (fused & body == body).all() and fused.sum() > body.sum()
    hollow = ~np.pad(body, 1)  # gaps that touch at an edge or a corner
    assert (fuse_contacts(hollow, hollow.astype(np.float32)) >= hollow).all()


def test_a_body_without_such_contacts_does_not_change():
    body = slab(4, 6, 5) > 0.5
    assert (fuse_contacts(body, body.astype(np.float32)) == body).all()
    assert set(block_walls(body)) == {4, 6, 5}


def test_thin_blocks_get_a_note(tmp_path):
    grid = slab(32, 20, 32)
    grid[1:31, 2:, 1:31] = 0  # walls of one cell
    _, notes = export_stl(tmp_path, grid, "blocks", stl_size=20)
    assert any("thinnest wall has 0.6 mm" in note for note in notes)
