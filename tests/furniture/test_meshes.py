"""Meshes and grids of primitives agree with the studio's signed distance."""

import numpy as np
import pytest
import torch
import trimesh

from core.categories import CATEGORIES
from furniture.meshes import primitive_mesh
from furniture.occupancy import coverage
from furniture.pieces import make_piece
from furniture.primitives import MATERIAL, SIGN, Furniture
from training.studio.shapes.distance_grids import union


def rows_of(category: str, seed: int) -> np.ndarray:
    shares = tuple(float(name == category) for name in CATEGORIES)
    rows = make_piece(seed, 0, shares).rows
    return rows[rows[:, SIGN] != 0]


@pytest.mark.parametrize("category", CATEGORIES)
def test_each_primitive_is_closed_and_faces_outwards(category):
    for row in np.concatenate([rows_of(category, seed) for seed in range(4)]):
        vertices, faces, normals = primitive_mesh(row)
        mesh = trimesh.Trimesh(vertices, faces, process=False)
        assert mesh.is_watertight and mesh.is_winding_consistent and mesh.volume > 0
        assert np.allclose(np.linalg.norm(normals, axis=1), 1)
        assert np.median((mesh.vertex_normals * normals).sum(axis=1)) > 0.1  # flat cones are worst


@pytest.mark.parametrize("category", CATEGORIES)
def test_vertices_lie_on_the_studios_surface(category):
    rows = rows_of(category, 7)
    for row in rows:
        vertices = torch.tensor(primitive_mesh(row).vertices, dtype=torch.float32)
        alone = torch.tensor(row)
        alone[SIGN] = 1
        distance, _ = union(vertices[None], alone[None, None])
        assert distance.abs().max() < 0.006  # sharp edges of the row are bevelled in the mesh


@pytest.mark.parametrize("category", CATEGORIES)
def test_coverage_is_that_of_the_studios_distance(category):
    rows = rows_of(category, 3)
    axis = (torch.arange(32) + 0.5) / 32 - 0.5
    distance, _ = union(
        torch.cartesian_prod(axis, axis, axis)[None], torch.tensor(rows)[None], 1e-4
    )
    expected = (0.5 - 32 * distance[0]).clamp(0, 1).numpy().reshape(32, 32, 32)
    assert np.abs(coverage(rows) - expected).max() < 1e-3


def test_volume_of_a_rounded_box_and_a_ball():
    piece = Furniture("table")
    piece.box((0, 0, 0), (1.0, 0.5, 0.25), edge=0.01)
    piece.ellipsoid((0, 0, 0), (1.0, 1.0, 1.0))
    box, ball = (primitive_mesh(row) for row in piece.primitives())
    assert trimesh.Trimesh(*box[:2]).volume == pytest.approx(0.125, rel=0.01)
    assert trimesh.Trimesh(*ball[:2]).volume == pytest.approx(np.pi / 6, rel=0.02)


def test_a_closed_ring_has_the_hole_in_its_middle():
    piece = Furniture("misc")
    piece.ring((0, 0, 0), radius=0.4, height=0.1, thickness=0.02)
    (row,) = piece.primitives()
    radii = np.hypot(*primitive_mesh(row).vertices[:, [0, 2]].T)
    assert radii.min() == pytest.approx(0.39 / 0.82, rel=0.01)
    assert coverage(np.array([row]))[16, 16, 16] == 0
    assert row[MATERIAL] == 0
