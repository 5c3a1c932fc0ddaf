"""Previews of parts show the piece that the exact model has."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from core.categories import CATEGORIES
from furniture.fine_surfaces import FineSurfaces
from furniture.meshes import primitive_mesh
from furniture.pieces import build, make_piece
from furniture.primitives import SIGN
from geometry.formats.gltf import Node
from pipeline.display import display_nodes
from pipeline.parts.editing import edit, parameters
from pipeline.parts.files import DISPLAY_THRESHOLD, fine_arrays
from pipeline.parts.fitting import IDENTITY, Warp
from pipeline.parts.model import PartModel, add_parts, floor_frame, with_choices
from pipeline.parts.preview import PREVIEW_EDGE, PartPreview
from pipeline.result import Result
from tests.pipeline.parts.small_bank import predict, small_bank

POINTS = 20_000  # that compare two surfaces; about .012 longest sides apart
NEAR = 0.025  # longest sides
BOUNDS = 0.012  # longest sides; parts that are joined in the exact model move by less than this
LIGHT = 0.02  # linear, of the light on the same place; a white surface has up to 1


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> list[Result]:
    bank, folder = small_bank(), tmp_path_factory.mktemp("files")
    made = []
    for index in range(0, len(bank), 14):
        prediction = predict(bank.grids.read([index])[0], bank.category(index))
        made.append(add_parts(Result(prediction, "piece", folder, 0.33), bank))
    return [result for result in made if result.part_model]


def exact_node(model: PartModel, azimuth: float) -> Node:
    """The model in the file that the viewer loads when the slider rests."""
    return display_nodes(fine_arrays(model), model.grid, DISPLAY_THRESHOLD, azimuth)[0]


def mesh_of(node: Node) -> trimesh.Trimesh:
    return trimesh.Trimesh(node.vertices, node.faces, process=False)


def first_length(model: PartModel):
    return next(p for p in parameters(model) if p.unit and p.high > p.low and "." not in p.name)


def test_a_preview_has_the_surface_and_the_colours_of_the_exact_model(results):
    assert len(results) >= 3
    for result in results:
        model, preview = result.part_model, PartPreview(result.part_model, result)
        parameter = first_length(model)
        for value in (parameter.low, parameter.high):
            quick = preview.node({parameter.name: value})
            edited, _ = edit(model, {parameter.name: value}, result)
            exact = exact_node(edited, preview.azimuth)
            assert np.allclose(mesh_of(quick).bounds, mesh_of(exact).bounds, atol=BOUNDS)
            points = trimesh.sample.sample_surface(mesh_of(exact), POINTS, seed=0)[0]
            near = cKDTree(trimesh.sample.sample_surface(mesh_of(quick), POINTS, seed=1)[0])
            assert np.quantile(near.query(points)[0], 0.99) < NEAR
            difference = light_at(quick, points) - light_at(exact, points)
            assert np.median(np.abs(difference)) < LIGHT


def light_at(node: Node, points: np.ndarray) -> np.ndarray:
    """Colours of the vertices that are nearest to some points."""
    return node.colors[cKDTree(node.vertices).query(points)[1]]


@pytest.mark.parametrize("category", CATEGORIES)
def test_fine_surfaces_are_those_of_the_primitives(category):
    shares = tuple(float(name == category) for name in CATEGORIES)
    surfaces = FineSurfaces(PREVIEW_EDGE)
    for index in range(3):
        piece = build(category, make_piece(5, index, shares).choices)
        rows = piece.primitives()
        for row, fine in zip(rows, surfaces.of(piece), strict=True):
            plain = primitive_mesh(row)
            fine_mesh = trimesh.Trimesh(fine.vertices, fine.faces, process=False)
            plain_mesh = trimesh.Trimesh(plain.vertices, plain.faces, process=False)
            # more vertices on a bent side are nearer to the arc
            assert fine_mesh.area == pytest.approx(plain_mesh.area, rel=0.03)
            assert signed_volume(fine) == pytest.approx(signed_volume(plain), rel=0.06)
            assert np.allclose(np.linalg.norm(fine.normals, axis=1), 1)


def signed_volume(mesh) -> float:
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def test_surfaces_that_are_kept_are_those_that_are_made_again(results):
    for result in results:
        model, preview = result.part_model, PartPreview(result.part_model, result)
        parameter = first_length(model)
        preview.glb({parameter.name: parameter.low})
        kept = mesh_of(preview.node({parameter.name: parameter.high}))
        fresh = mesh_of(PartPreview(model, result).node({parameter.name: parameter.high}))
        assert np.allclose(kept.bounds, fresh.bounds, atol=1e-3)
        assert kept.area == pytest.approx(fresh.area, rel=0.01)


def test_a_piece_with_cuts_is_built_exactly(results):
    everything = tuple(1.0 for _ in CATEGORIES)
    pieces = (make_piece(0, index, everything) for index in range(1000))
    cut = next(piece for piece in pieces if (piece.rows[:, SIGN] < 0).any())
    result = results[0]
    model = replace(result.part_model, category=CATEGORIES[cut.category], warp=Warp(IDENTITY, 1.0))
    model = with_choices(model, cut.choices, result)
    preview = PartPreview(model, result)
    exact = exact_node(model, preview.azimuth)
    assert np.array_equal(preview.node({}).vertices, exact.vertices)


def test_the_frame_on_the_floor():
    center, side = floor_frame([np.array([[1.0, 2, 3], [3, 6, 4]]), np.array([[0.0, 3, 3]])])
    assert side == 4 and np.allclose(np.array([1.5, 2, 3.5]) / side + center, 0)
