"""Recipes, the reference of earlier runs, and the command that builds the data of a recipe."""

import csv
import json
import warnings
from dataclasses import fields

import numpy as np
import pytest
import torch

from tests.conftest import ROOT
from training import assets, train
from training.loop.config import TrainConfig, parse_config
from training.loop.design import complete_design, voxel_config
from training.loop.model_setup import build_model
from training.loop.recipes import DRY_RUN, ON_CPU, RECIPES
from training.loop.sources import studio_settings
from training.preflight.checks import check_settings, loss_weights
from voxel_model import VoxelConfig, load_model

REFERENCE = ROOT / "training" / "reference"


@pytest.mark.parametrize("preset", [*RECIPES.values(), DRY_RUN, ON_CPU])
def test_presets_name_settings_and_pass_the_checks(preset):
    assert set(preset) <= {field.name for field in fields(TrainConfig)}
    check_settings(TrainConfig(**preset))
    loss_weights(TrainConfig(**preset))


def test_the_shipped_recipe_trains_the_shipped_design_with_the_recorded_settings():
    config = parse_config("", ["--recipe", "shipped"])
    shipped = load_model(ROOT / "checkpoint", "cpu").config
    built = voxel_config(config, VoxelConfig())
    for name in ("encoder", "decoder", "resolution", "width", "depth", "heads", "refined"):
        assert getattr(built, name) == getattr(shipped, name), name
    recorded = json.loads((ROOT / "checkpoint" / "training.json").read_text(encoding="utf-8"))
    recorded = recorded["settings"]
    for name in ("batch_size", "lr", "warmup", "filtered", "optimizer", "ema", "weight_decay"):
        assert getattr(config, name) == recorded[name], name
    assert list(config.losses) == recorded["losses"]
    studio = studio_settings(complete_design(config, VoxelConfig()))
    assert (studio.slots, studio.cad_share) == (1024, 0.55)
    assert config.steps * 2 * config.batch_size == pytest.approx(16.1e6, rel=0.03)


@pytest.mark.slow  # 20 to 35 s of processor time each
@pytest.mark.parametrize("recipe", ["shipped", "classic"])
def test_a_recipe_runs_in_small(recipe, tmp_path, capsys):
    """The network of the recipe, its losses and its optimizer through all parts of a run."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    output = tmp_path / "run"
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        status = train.main(["--recipe", recipe, "--dry-run", "--output", str(output)])
    torch.set_num_threads(threads)
    printed = capsys.readouterr()
    assert status == 0, printed.err
    assert "step 4, " in printed.out and "complete" in printed.out
    recorded = json.loads((output / "best" / "training.json").read_text(encoding="utf-8"))
    settings = recorded["settings"]
    for name in set(RECIPES[recipe]) - set(DRY_RUN):
        expected = RECIPES[recipe][name]
        assert settings[name] == (list(expected) if isinstance(expected, tuple) else expected), name
    assert {"torch", "commit", "seed", "files"} <= set(recorded["made with"])
    model = load_model(output / "half", "cpu")
    full = build_model(parse_config("", ["--recipe", recipe, "--image-size", "64"]))
    assert model.config.decoder == full.config.decoder
    assert sum(p.numel() for p in model.parameters()) == sum(p.numel() for p in full.parameters())
    with open(output / "curves" / "train.csv", newline="", encoding="utf-8") as file:
        rates = [float(row["learning_rate"]) for row in csv.DictReader(file)]
    assert (len(set(rates)) == 1) == (recipe == "classic")  # a constant rate, or a cosine


def test_reference_curves_are_those_of_the_log():
    log = (ROOT / "training" / "LOG.md").read_text(encoding="utf-8")
    with open(REFERENCE / "run8_held_out_cad.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    sentence = log.split("held-out CAD 0.363 (2,000)")[1].split(";")[0]
    assert all(row["cad_iou"] in "0.363 " + sentence for row in rows)
    sentence = log.split("threshold 0.5): 0.485 (2,000)")[1].split(";")[0]
    with open(REFERENCE / "run9_validation.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert f"{float(row['cad_iou']):.3f}" in "0.485 " + sentence
    with open(REFERENCE / "runs.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            (line,) = [text for text in log.splitlines() if text.startswith(f"| {row['run']} | ")]
            assert row["generated_iou"] in line and row["minutes"] in line
            assert f"{int(row['pictures']) / 1e6:g}" in line


def write_source(folder):
    """A folder with the files of the reference, of a few bytes each, and no CAD model."""
    for name in assets.read_reference()["files"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("[]", encoding="utf-8")
    shapes = folder / "shapes"
    np.savez(
        shapes / "pix3d_voxels.npz", ids=np.array([], str), vox=np.zeros((0, 262144), np.uint8)
    )
    for name in ("sources.json", "sweethome/index.json", "more/index.json"):
        (shapes / name).parent.mkdir(exist_ok=True)
        (shapes / name).write_text("[]", encoding="utf-8")


def test_assets_are_copied_and_compared_with_the_reference(tmp_path, capsys):
    source, out = tmp_path / "source", tmp_path / "data"
    write_source(source)
    assert assets.main(["--from", str(source), "--out", str(out)]) == 1
    printed = capsys.readouterr().out
    assert "files copied" in printed and "hdri/hdri.zip: differs" in printed
    assert (out / "shapes" / "poses.json").is_file()
    (out / "hdri" / "hdri.zip").unlink()
    assert "hdri/hdri.zip: missing" in assets.differences(out)


def test_missing_assets_are_named(tmp_path, capsys):
    assert assets.main(["--from", str(tmp_path), "--out", str(tmp_path / "data")]) == 2
    assert "textures/textures.zip" in capsys.readouterr().err


def test_sources_have_addresses_and_licences(capsys):
    assert assets.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(assets.read_reference()["sources"]) > 10
    assert all("https://" in line for line in lines)


def test_the_shared_data_are_those_of_the_reference():
    shared = ROOT.parent / "shared" / "data"
    if not shared.is_dir():
        pytest.skip("../shared/data is absent")
    assert assets.differences(shared) == []
