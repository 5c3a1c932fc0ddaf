"""The choice between parts and the smooth surface, and the files of a model made of parts."""

import json
import struct
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import trimesh

from core.errors import MeshError
from geometry.colors import SRGB_TO_LINEAR
from meshing import is_watertight
from pipeline.parts.files import display_file, to_glb, to_obj, to_ply, to_stl
from pipeline.parts.model import choose, with_choices
from pipeline.result import Result
from tests.pipeline.parts.small_bank import predict, small_bank

INDEX = 30
THRESHOLD = 0.33


def result_of(index: int, tmp_path, **changes) -> Result:
    """The result of a nearly certain prediction of one piece."""
    bank = small_bank()
    prediction = predict(bank.grids.read([index])[0], bank.category(index))
    return Result(replace(prediction, **changes), "piece", tmp_path, THRESHOLD)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return choose(result_of(INDEX, tmp_path_factory.mktemp("parts")), small_bank())


def gltf(data: bytes) -> dict:
    length = struct.unpack("<I", data[12:16])[0]
    return json.loads(data[20 : 20 + length])


def test_a_certain_prediction_gives_its_piece(model):
    bank = small_bank()
    assert model.index == INDEX and model.category == bank.category(INDEX)
    assert model.score > 0.7  # certainty is 0.98, also of the many empty cells
    grid = bank.grids.read([INDEX])[0]
    assert (model.grid * grid).sum() / np.maximum(model.grid, grid).sum() > 0.9


def test_the_model_stands_on_the_floor(model):
    vertices = np.concatenate([part.mesh.vertices for part in model.parts])
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    assert low[1] == pytest.approx(0, abs=1e-9)
    assert (high - low).max() == pytest.approx(1)
    assert low[[0, 2]] == pytest.approx(-high[[0, 2]])


def test_the_same_result_gives_the_same_files(model, tmp_path):
    assert to_glb(choose(result_of(INDEX, tmp_path), small_bank())) == to_glb(model)


@pytest.mark.parametrize(
    "occupancy",
    [np.full((32, 32, 32), np.nan), np.zeros((16, 16, 16)), np.zeros((32, 32, 32))],
)
def test_a_grid_without_an_object_has_no_parts(occupancy, tmp_path):
    result = result_of(INDEX, tmp_path, occupancy=occupancy.astype(np.float32))
    assert choose(result, small_bank()) is None


def test_numbers_that_are_none_have_no_parts(tmp_path):
    assert choose(result_of(INDEX, tmp_path, agreement=float("nan")), small_bank()) is None


def test_a_shape_that_no_generator_builds_stays_smooth(tmp_path):
    cells = np.indices((32, 32, 32)) - 15.5
    shell = np.abs(np.sqrt((cells**2).sum(axis=0)) - 14) < 1.2  # a hollow ball
    occupancy = np.where(shell, 0.99, 0.01).astype(np.float32)
    assert choose(result_of(INDEX, tmp_path, occupancy=occupancy), small_bank()) is None


def test_what_is_no_furniture_stays_smooth(tmp_path):
    assert choose(result_of(INDEX, tmp_path, familiarity=-0.1), small_bank()) is None
    chances = {"tool": 0.9, "chair": 0.1}
    result = result_of(INDEX, tmp_path, category="tool", category_probabilities=chances)
    assert choose(result, small_bank()) is None


def test_a_glb_has_one_named_node_for_each_part(model):
    tree = gltf(to_glb(model))
    assert [node["name"] for node in tree["nodes"]] == [part.mesh.name for part in model.parts]
    scene = trimesh.load(BytesIO(to_glb(model)), file_type="glb")
    assert set(scene.geometry) == {part.mesh.name for part in model.parts}


def test_a_glb_has_linear_colours(model):
    tree = gltf(to_glb(model))
    number = tree["meshes"][0]["primitives"][0]["material"]
    color = tree["materials"][number]["pbrMetallicRoughness"]["baseColorFactor"]
    assert color[:3] == pytest.approx(SRGB_TO_LINEAR[list(model.parts[0].color)], abs=1e-5)


def test_an_obj_has_one_group_for_each_part(model):
    groups = [line[2:] for line in to_obj(model).decode().splitlines() if line[:2] == "g "]
    assert groups == [part.mesh.name for part in model.parts]


def test_ply_and_obj_hold_the_same_faces(model):
    counts = [
        len(trimesh.load(BytesIO(data), file_type=kind, process=False, force="mesh").faces)
        for data, kind in ((to_ply(model), "ply"), (to_obj(model), "obj"))
    ]
    assert counts == [sum(len(part.mesh.faces) for part in model.parts)] * 2


def test_an_stl_is_one_closed_body_in_millimetres(model):
    body = trimesh.load(BytesIO(to_stl(model, 80.0)), file_type="stl", process=True)
    assert body.extents[2] == pytest.approx(80, rel=1e-5)
    assert is_watertight(body)
    parts = sum(part.mesh.vertices[:, 1].max() for part in model.parts)
    assert body.volume > 0 and parts > 0


@pytest.mark.parametrize("height", [0, -1, float("nan"), float("inf")])
def test_an_impossible_height_is_refused(model, height):
    with pytest.raises(MeshError, match="height"):
        to_stl(model, height)


def test_the_display_file_is_unlit_and_finer(model):
    data = display_file(model, 30.0)
    tree = gltf(data)
    assert "KHR_materials_unlit" in tree["extensionsUsed"]
    assert len(data) > len(to_glb(model)) / 2


def test_choices_change_the_model(model, tmp_path):
    name = next(k for k, v in model.choices.items() if isinstance(v, float))
    changed = with_choices(
        model, {**model.choices, name: model.choices[name] * 1.05}, result_of(INDEX, tmp_path)
    )
    assert changed.choices != model.choices
    assert with_choices(model, model.choices, result_of(INDEX, tmp_path)).choices == model.choices
