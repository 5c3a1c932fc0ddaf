"""Parts of a piece as closed meshes: names, volumes, cuts, joins and normals."""

import numpy as np
import pytest

from furniture.pieces import build, make_piece
from furniture.primitives import Furniture
from meshing import is_watertight
from pipeline.parts.meshes import part_meshes, union, volume

SHARES = (1, 1, 1, 1, 0, 1, 1, 0, 1)


def table(**changes) -> Furniture:
    """A top of 1 x 0.05 x 0.6 on four square legs, longest side 1."""
    piece = Furniture("table", materials=("wood", "metal"))
    piece.box((0, 0.725, 0), (1.0, 0.05, 0.6), material=0, part="top", **changes)
    for x in (-0.4, 0.4):
        for z in (-0.2, 0.2):
            piece.box((x, 0.355, z), (0.05, 0.71, 0.05), material=1, part="leg")
    return piece


def test_equal_parts_are_numbered():
    parts = part_meshes(table())
    assert [part.name for part in parts] == ["top", "leg_1", "leg_2", "leg_3", "leg_4"]
    assert [part.material for part in parts] == ["wood"] + ["metal"] * 4


def test_numbers_run_from_the_front_left_leg():
    centers = [part.vertices.mean(axis=0) for part in part_meshes(table())[1:]]
    assert centers[0][0] < 0 < centers[1][0]
    assert centers[0][2] > 0 > centers[2][2]


def test_volume_of_a_board():
    top = part_meshes(table())[0]
    assert volume(top) == pytest.approx(1.0 * 0.05 * 0.6, rel=0.01)


def test_the_union_has_no_inner_surfaces():
    parts = part_meshes(table())
    inside = 4 * 0.05 * 0.05 * 0.01  # the legs enter the top
    assert volume(union(parts)) == pytest.approx(sum(map(volume, parts)) - inside, rel=1e-3)


def test_faces_of_the_union_know_their_part():
    parts = part_meshes(table())
    body = union(parts)
    centers = body.vertices[body.faces].mean(axis=1)
    for number, part in enumerate(parts):
        own = centers[body.owners == number]
        assert len(own)
        assert (own > part.vertices.min(axis=0) - 1e-6).all()
        assert (own < part.vertices.max(axis=0) + 1e-6).all()


def test_a_cut_goes_through_every_part():
    piece = table()
    whole = volume(part_meshes(piece)[0])
    piece.box((0, 0.725, 0), (0.2, 0.2, 0.2), cut=True)
    top = part_meshes(piece)[0]
    assert volume(top) == pytest.approx(whole - 0.2 * 0.05 * 0.2, rel=0.01)
    assert is_watertight(top)


def test_touching_primitives_of_a_name_are_one_part():
    piece = table()
    piece.ellipsoid((0.4, 0.05, 0.2), (0.08, 0.08, 0.08), material=1, part="leg")
    assert len(part_meshes(piece)) == 5


@pytest.mark.parametrize("gap", [0.0, 0.005, 0.03])
def test_a_gap_is_closed(gap):
    piece = Furniture("table")
    piece.box((0, 0.5, 0), (1.0, 0.05, 0.6), part="top")
    piece.box((0, 0.2375 - gap / 2, 0), (0.1, 0.475 - gap, 0.1), part="column")
    parts = part_meshes(piece)
    assert volume(union(parts)) < sum(map(volume, parts)) - 1e-6


@pytest.mark.parametrize("index", [1, 6, 9])  # merged by position, edges have up to 14 faces
def test_each_edge_of_a_body_has_two_faces(index):
    drawn = make_piece(3, index, SHARES)
    faces = union(part_meshes(build(drawn.source.split("/")[1], drawn.choices))).closed_faces
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    counts = np.unique(edges, axis=0, return_counts=True)[1]
    assert (counts == 2).all()


@pytest.mark.parametrize("index", range(12))
def test_generated_parts_are_closed_and_their_normals_point_outwards(index):
    drawn = make_piece(3, index, SHARES)
    piece = build(drawn.source.split("/")[1], drawn.choices)
    parts = part_meshes(piece)
    assert 100 < sum(len(part.faces) for part in parts) < 25_000
    assert len({part.name for part in parts}) == len(parts)
    for part in parts:
        assert is_watertight(part)
        assert volume(part) > 0
        a, b, c = (part.vertices[part.faces[:, i]] for i in range(3))
        normal = np.cross(b - a, c - a)
        large = np.linalg.norm(normal, axis=1) > 1e-6
        cosine = np.einsum("ij,ij->i", normal, part.normals[part.faces[:, 0]])[large]
        assert (cosine > 0).mean() > 0.99
