"""Categories of your own: studio, network, cameras, sizes, and sentences for wrong settings."""

import json
import re

import numpy as np
import pytest
import torch
import trimesh

from core.categories import CATEGORIES, PUBLISHED, default_shares, find_category
from core.errors import UserError
from pipeline.parts.search import category_weights
from pipeline.real_size import estimate_size
from tests.pipeline.sample_result import sample_result
from tests.training.small_pix3d import write_data
from training.loop.config import TrainConfig, parse_config
from training.loop.model_setup import build_model, init_weights
from training.loop.sources import build_source, build_studio
from training.preflight.checks import check_data
from training.studio.config import StudioConfig, StudioError
from training.studio.random_numbers import Poses
from training.studio.scenes.scene import draw_scene
from training.studio.shapes import cad
from training.studio.shapes.bank import ShapeBank
from training.studio.shapes.cad import CLUSTERS, PACKED_SIDE, CadError, CadModel, load_pool
from training.studio.shapes.cad_packing import save_pool
from training.studio.studio import Studio

CPU = torch.device("cpu")
OWN = ("lamp", "plant")


def box_model(name: str, category: str) -> CadModel:
    mesh = trimesh.creation.box((0.5, 1.0, 0.5))
    solid = np.zeros((PACKED_SIDE,) * 3, bool)
    solid[32:96, :, 32:96] = True
    parts, colors = np.zeros(len(mesh.faces), np.int64), np.full((CLUSTERS, 3), 0.5, np.float32)
    vertices = mesh.vertices.astype(np.float32)
    return CadModel(name, category, vertices, mesh.faces, parts, colors, True, np.packbits(solid))


@pytest.fixture(scope="module")
def shapes(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("shapes") / "shapes.npz"
    save_pool([box_model("a", "lamp"), box_model("b", "plant"), box_model("c", "lamp")], path)
    return str(path)


@pytest.fixture(autouse=True)
def few_surface_samples(monkeypatch):
    """A bake of a small grid needs few samples and is then fast."""
    monkeypatch.setattr(cad, "SURFACE_SAMPLES", 10_000)
    monkeypatch.setattr(ShapeBank, "CHUNK", 4)


def small(**values) -> StudioConfig:
    return StudioConfig.small().changed({"slots": 8, "grid": 16, "resolution": 16, **values})


def test_a_studio_of_own_categories_shows_imported_shapes_alone(shapes):
    studio = Studio(small(categories=OWN, cad=shapes), CPU, seed=1)
    batch = studio.batch(0, 12)
    assert "cad/b" in batch.source
    shown = {"cad/a": 0, "cad/b": 1, "cad/c": 0}
    assert batch.category.tolist() == [shown[name] for name in batch.source]


def test_own_and_published_categories_mix(shapes):
    config = small(categories=("lamp", "chair"), cad=shapes, cad_share=0.0)
    studio = Studio(config, CPU, seed=1)
    studio.bank.advance(0)
    kinds = [name.split("/")[0] for name in studio.bank.source]
    assert set(kinds) == {"cad", "procedural"}  # lamps need CAD models although cad_share is 0
    chairs = [k == "procedural" for k in kinds]
    assert studio.bank.category.tolist() == [int(chair) for chair in chairs]


def test_a_scene_of_own_categories_compiles_to_one_graph(shapes):
    studio = Studio(small(categories=OWN, cad=shapes), CPU, seed=1)
    studio.bank.advance(0)
    numbers = torch.rand(4, 1536, generator=torch.Generator().manual_seed(0)).clamp(1e-6, 1 - 1e-6)
    arguments = (numbers, studio.bank, studio.assets, studio.poses, torch.arange(4))
    compiled = torch.compile(draw_scene, backend="eager", fullgraph=True)
    assert torch.equal(compiled(*arguments)[0].pose, draw_scene(*arguments)[0].pose)


def test_a_category_without_shapes_is_named(shapes):
    with pytest.raises(CadError, match=r"No shape of lamp, plant .* training\.data import"):
        Studio(small(categories=OWN), CPU)
    with pytest.raises(CadError, match="No shape of vase"):
        Studio(small(categories=("lamp", "vase"), cad=shapes), CPU)
    Studio(small(categories=("lamp", "vase"), cad=shapes, shares={"lamp": 1}), CPU)


def test_shapes_of_categories_that_the_run_does_not_name_are_an_error(shapes):
    with pytest.raises(CadError, match=r"holds lamp, plant .* --categories lamp plant"):
        Studio(small(cad=shapes), CPU)


def test_a_run_takes_its_categories_from_one_setting(shapes):
    arguments = ["--categories", *OWN, "--small", "--studio", f"cad={shapes}", "slots=8"]
    config = parse_config("", arguments)
    assert build_model(config).config.categories == OWN
    studio = build_studio(config, CPU, 0, held_out=True)
    assert studio.config.categories == OWN and studio.config.shares == default_shares(OWN)
    assert build_model(TrainConfig()).config.categories == CATEGORIES


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("slot=4", 'no setting "slot"; did you mean "slots"'),
        ("slots=many", "slots is 'many'; it must be a whole number"),
        ("slots=0", "slots is 0"),
        ("cad_share=half", "must be a number"),
        ("shares={'boat': 1}", "no category boat"),
        ("shares=(1, 2)", "2 numbers for 9 categories"),
        ("shares={}", ""),
        ("poses=nowhere.json", "no nowhere.json"),
    ],
)
def test_wrong_settings_of_the_studio_are_sentences(setting, sentence):
    config = TrainConfig(small=True, studio=("slots=4", setting), image_size=64)
    if not sentence:  # an empty mapping gives no category a share
        sentence = "at least one of them above zero"
    with pytest.raises(UserError, match=sentence):
        build_source(config, CPU, 0)


def test_poses_without_a_category_are_drawn_as_usual(tmp_path):
    path = tmp_path / "poses.json"
    records = [{"category": "chair", "azimuth_deg": -30.0, "elevation_deg": 10.0}]
    path.write_text(json.dumps(records), encoding="utf-8")
    table = Poses.load(path, CPU, ("chair", "lamp")).table
    assert torch.allclose(table[0], torch.tensor([30.0, 10.0]).deg2rad())
    assert torch.equal(table[1], Poses.load(None, CPU, ("chair", "lamp")).table[1])
    assert Poses.load(path, CPU).table.shape[0] == len(CATEGORIES)


@pytest.mark.parametrize("text", ["[{", "{}", '[{"azimuth_deg": 1, "elevation_deg": 2}]', "[3]"])
def test_malformed_poses_are_named(text, tmp_path):
    path = tmp_path / "poses.json"
    path.write_text(text, encoding="utf-8")
    if text == "{}":  # no record at all
        assert Poses.load(path, CPU).table.shape[0] == len(CATEGORIES)
        return
    with pytest.raises(UserError, match="is no list of poses"):
        Poses.load(path, CPU)


def test_one_table_holds_all_assumptions():
    assert [known.name for known in PUBLISHED] == list(CATEGORIES)
    assert find_category("lamp").sides == find_category("boat").sides
    own, unknown = estimate_size("lamp", (1, 2, 1)), estimate_size("", (1, 2, 1))
    assert own == unknown and own.low < own.height < own.high


def test_pieces_of_furniture_are_equally_likely_for_a_model_of_other_categories(tmp_path):
    prediction = sample_result(tmp_path).prediction
    prediction.category_probabilities = {"lamp": 0.7, "plant": 0.3}
    assert np.array_equal(category_weights(prediction), np.ones(len(CATEGORIES), np.float32))


def test_a_wrong_number_of_shares_is_named():
    with pytest.raises(StudioError, match="zero or more"):
        StudioConfig(shares=(-1.0,) + (1.0,) * 8)


def test_published_weights_start_a_model_of_own_categories(checkpoint):
    model = build_model(TrainConfig(categories=OWN))
    lines = init_weights(model, str(checkpoint))
    untrained = [line.split(":")[0] for line in lines if "untrained" in line]
    assert sorted(untrained) == ["category.bias", "category.weight"]


@pytest.mark.parametrize("content", [b"", b"PK broken", None])
def test_a_file_without_shapes_is_named(content, tmp_path):
    path = tmp_path / "a.npz"
    if content is None:
        np.savez(path, occupancy=np.ones((8, 8, 8)))
    else:
        path.write_bytes(content)
    with pytest.raises(UserError, match=r"a\.npz holds no shapes; make it"):
        load_pool(path)


def test_photographs_of_other_categories_are_counted(tmp_path):
    write_data(tmp_path)
    line = check_data(TrainConfig(photos=str(tmp_path)), ("lamp",))
    assert re.search(r"--photos has (\d+) photos \(\1 of other categories.*: chair", line)
    assert "other" not in check_data(TrainConfig(photos=str(tmp_path)), CATEGORIES)
