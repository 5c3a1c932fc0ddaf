"""The start of a run: --init, --resume with other settings, checks before the first step."""

import csv
import json
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from tests.training.small_pix3d import write_data
from tests.training.tiny_training import TINY, in_process, run, weights
from training.loop.config import parse_config
from training.loop.design import base_config, complete_design, voxel_config
from training.loop.model_setup import build_model
from training.loop.objective import LossWeights
from training.loop.recipes import ON_CPU
from training.loop.sources import studio_settings
from training.preflight import checks
from training.preflight.resumed_settings import ResumeError, compare_settings
from training.studio.config import StudioConfig
from training.train import main
from voxel_model import VoxelConfig, VoxelModel, load_model


@pytest.fixture(autouse=True)
def threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A calibrated checkpoint of an unusual design."""
    folder = tmp_path_factory.mktemp("source")
    torch.manual_seed(0)
    design = {"width": 32, "depth": 1, "heads": 2, "image_size": 64, "resolution": 16}
    fitted = {"threshold": 0.3, "calibration": (0.7, 0.0), "agreement": 0.9}
    config = VoxelConfig(**design, **fitted, coordinates=True, refined=16, fine=False)
    VoxelModel(config).save_pretrained(folder)
    return folder


def short(tmp_path, **changes):
    settings = {"steps": 1, "batch_size": 2, "val_pictures": 2, "warmup": 0, "val_every": 1}
    return replace(parse_config("", []), output=str(tmp_path), small=True, **(settings | changes))


def test_init_keeps_design_and_calibration(source, tmp_path, capsys):
    run(short(tmp_path, init=str(source)))
    config = load_model(tmp_path / "last", "cpu").config
    assert config == load_model(source, "cpu").config
    printed = capsys.readouterr().out
    assert "threshold 0.300 and calibration 0.700 kept" in printed and "untrained" not in printed
    settings = json.loads((tmp_path / "last" / "training.json").read_text(encoding="utf-8"))
    assert settings["settings"]["coordinates"] and settings["settings"]["width"] == 32


def test_typed_design_differs_from_init_and_is_named(source, tmp_path, capsys):
    run(short(tmp_path, init=str(source), coordinates=False))
    config = load_model(tmp_path / "last", "cpu").config
    assert not config.coordinates and config.width == 32 and config.threshold == 0.3
    assert "--init: coordinates: True there, False here" in capsys.readouterr().out


@pytest.fixture
def with_heads(source, tmp_path):
    """The same design with both heads that are trained last."""
    torch.manual_seed(0)
    config = replace(load_model(source, "cpu").config, objects=True, descriptor=8)
    VoxelModel(config).save_pretrained(tmp_path / "with_heads")
    return str(tmp_path / "with_heads")


def test_heads_of_earlier_weights_are_left_out_and_named(with_heads, tmp_path, capsys):
    run(short(tmp_path / "run", init=with_heads))
    config = load_model(tmp_path / "run" / "last", "cpu").config
    assert not config.objects and config.descriptor == 0
    printed = capsys.readouterr().out
    assert "--init: objects: True there, False here" in printed
    assert "--init: descriptor: 8 there, 0 here" in printed and "not in this model" not in printed


def test_a_frozen_encoder_keeps_the_head_of_found_objects(with_heads, tmp_path):
    run(short(tmp_path / "run", init=with_heads, encoder_rate=0.0, ema=0.0))
    before, after = (weights(folder) for folder in (Path(with_heads), tmp_path / "run" / "last"))
    kept = {name for name in before if name.split(".")[0] in ("encoder", "object_head")}
    assert any(name.startswith("object_head.") for name in kept)
    assert all(torch.equal(before[name], after[name]) for name in kept)
    assert load_model(tmp_path / "run" / "last", "cpu").config.descriptor == 0


def test_another_encoder_has_no_head_of_found_objects(with_heads, tmp_path):
    base = replace(load_model(with_heads, "cpu").config, second_look=True)
    config = short(tmp_path, encoder_rate=0.0)
    assert voxel_config(config, base) == replace(base, descriptor=0)
    for changes in ({"encoder": "efficientnet_lite2"}, {"encoder_weights": "file.pth"}):
        other = voxel_config(replace(config, **changes), base)
        assert not (other.objects or other.second_look or other.descriptor)


@pytest.mark.slow
def test_several_processes_train_beside_a_head_that_no_loss_reaches(with_heads, tmp_path):
    output = tmp_path / "run"
    changes = f"output={str(output)!r}, init={with_heads!r}, encoder_rate=0.0, steps=2"
    done = in_process(f"run(replace(TINY, {changes}))", processes=2)
    assert done.returncode == 0, done.stderr  # DDP fails in the second step
    assert load_model(output / "last", "cpu").config.objects


def test_losses_of_proportions_can_be_added_to_a_run(source, tmp_path, capsys):
    first = short(tmp_path, init=str(source), log_every=1)
    run(first)
    curve = tmp_path / "curves" / "train.csv"
    assert "extents" not in curve.read_text(encoding="utf-8")  # a weight of 0: not computed
    run(replace(first, steps=2, resume=True, losses=("extents=0.5", "profiles=1")))
    assert "from now on" in capsys.readouterr().out
    row = list(csv.DictReader(curve.read_text(encoding="utf-8").splitlines()))[-1]
    assert float(row["extents"]) > 0 and float(row["profiles"]) > 0
    weights = asdict(LossWeights(extents=0.5, profiles=1.0))
    total = sum(weights[name] * float(value) for name, value in row.items() if name in weights)
    assert float(row["loss"]) == pytest.approx(total, rel=1e-4)


def test_another_encoder_has_no_calibration(source, tmp_path):
    config = parse_config("", ["--init", str(source), "--encoder", "efficientnet_lite2"])
    base = base_config(config, None)
    assert voxel_config(config, base).calibration == (1.0, 0.0)
    assert voxel_config(config, base).threshold == VoxelConfig.threshold
    assert complete_design(config, base).resolution == 16


def test_validation_applies_the_calibration(source, tmp_path):
    """A threshold that is converted with the calibration selects the same cells."""
    calibrated = load_model(source, "cpu", fold=False)
    raw = load_model(source, "cpu", fold=False)
    raw.config.calibration = (1.0, 0.0)
    level = torch.tensor(0.3).logit() / 0.7
    raw.config.threshold = float(level.sigmoid())
    folders = [tmp_path / "a", tmp_path / "b"]
    for model, folder in zip((calibrated, raw), folders, strict=True):
        model.save_pretrained(folder)
    ious = [run(short(tmp_path / f"{f.name}_run", init=str(f), lr=1e-9))["iou"] for f in folders]
    assert ious[0] == ious[1]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    output = tmp_path_factory.mktemp("finished")
    run(replace(TINY, output=str(output), steps=2))
    return output


def test_resume_names_what_differs(finished, capsys):
    run(replace(TINY, output=str(finished), steps=3, resume=True, lr=2e-3, losses=("thin=0",)))
    printed = capsys.readouterr().out
    assert "--resume: --lr: 0.001 so far, 0.002 from now on" in printed
    assert "--losses" in printed and "--val-every" not in printed


@pytest.mark.parametrize("changes", [{"width": 64}, {"weight_decay": 0.1}, {"optimizer": "adam"}])
def test_resume_refuses_what_cannot_be(finished, changes):
    name, value = next(iter(changes.items()))
    with pytest.raises(ResumeError, match=f"--{name.replace('_', '-')} .*now {value}"):
        run(replace(TINY, output=str(finished), steps=4, resume=True, **changes))


def test_resume_without_the_design_takes_that_of_the_run(finished):
    plain = replace(TINY, width=None, depth=None, heads=None, resolution=None, image_size=None)
    run(replace(plain, output=str(finished), steps=4, resume=True))
    assert load_model(finished / "last", "cpu").config.width == TINY.width


def test_settings_of_older_versions_are_not_compared():
    current = asdict(TINY)
    assert compare_settings({"width": None}, current) == []
    assert compare_settings(current | {"losses": [], "studio": []}, current) == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (["--losses", "thinn=4"], "there is no thinn; there are occupancy"),
        (["--losses", "thin=much"], "thin=much is not a number"),
        (["--batch-size", "0"], "--batch-size must be 1 or more"),
        (["--optimizer", "sgd"], 'optimizer is "sgd"; use adamw or adam'),
        (["--ema", "1"], "--ema must be"),
        (["--val-data", "nowhere"], "point --data at the folder"),
        (["--val-cad", "nowhere.npz"], "there is no file nowhere.npz"),
        (["--init", "nowhere"], "--init: "),
        (["--studio", "slots=900000000"], "lower --studio slots"),
        (
            ["--studio", "slots=4", "assets=no", "cad=no.npz"],
            "--studio: there is no no, no.npz; build",
        ),
        (["--studio", "slots=4", "poses=broken.json"], "is no list of poses (a record has no"),
        (["--lr", "0", "--val-cad", "no.npz"], "--lr must be above 0.\n--val-cad"),
    ],
)
def test_wrong_settings_are_sentences(typed, sentence, tmp_path, capsys, monkeypatch):
    """They are found before anything is drawn, and before --overwrite deletes an earlier run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.json").write_text('[{"azimuth_deg": 3}]', encoding="utf-8")
    earlier = tmp_path / "run" / "last" / "config.json"
    earlier.parent.mkdir(parents=True)
    earlier.write_text("{}", encoding="utf-8")
    assert main(["--dry-run", "--output", str(tmp_path / "run"), *typed]) == 2
    printed = capsys.readouterr()
    assert sentence in printed.err and "Traceback" not in printed.err
    assert "making shapes" not in printed.out
    assert earlier.is_file() and [path.name for path in (tmp_path / "run").iterdir()] == ["last"]


def test_noise_in_place_of_assets_is_said(tmp_path):
    (tmp_path / "textures").mkdir()
    (tmp_path / "textures" / "index.json").touch()
    line = checks.check_studio(StudioConfig(assets=str(tmp_path)))
    assert line.endswith("has no backgrounds, hdri; noise is drawn instead")
    assert checks.check_studio(StudioConfig()) == ""


def test_validation_data_without_photos_are_named(tmp_path, capsys):
    write_data(tmp_path / "data")
    (tmp_path / "data" / "pix3d.json").write_text("[]", encoding="utf-8")
    typed = ["--dry-run", "--output", str(tmp_path / "run"), "--val-data", str(tmp_path / "data")]
    assert main(typed) == 2
    assert "lists no photo" in capsys.readouterr().err


def test_a_full_disk_is_noticed_before_the_first_step(tmp_path, monkeypatch):
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda path: SimpleNamespace(free=10**8))
    with pytest.raises(checks.PreflightError, match=r"disk: .* needed, 0.1 GB free"):
        checks.check_disk(tmp_path / "new" / "run", 14_000_000)


def test_defaults_without_a_gpu_fit_a_small_machine(monkeypatch):
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    config = complete_design(parse_config("", ["--minutes", "1"]), VoxelConfig())
    assert config.small and config.batch_size == ON_CPU["batch_size"]
    line = checks.check_memory(config, studio_settings(config), torch.device("cpu"))
    assert float(line.split(" GB")[0].split()[-1]) < 0.5
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    assert parse_config("", []).batch_size == 256


def test_memory_of_the_studio_is_that_of_its_bank():
    config = replace(TINY, val_pictures=1)
    line = checks.check_memory(config, StudioConfig(slots=2, grid=128), torch.device("cpu"))
    assert "0.0 GB needed" in line
    with pytest.raises(checks.PreflightError, match=r"7546\.4 GB needed"):
        checks.check_memory(config, StudioConfig(slots=10**6), torch.device("cpu"))


def test_a_checkpoint_records_versions_seed_and_files(source, tmp_path):
    run(short(tmp_path, init=str(source), seed=7))
    notes = json.loads((tmp_path / "last" / "training.json").read_text(encoding="utf-8"))
    made = notes["made with"]
    assert made["torch"] == torch.__version__ and made["seed"] == 7 and made["processes"] == 1
    ((name, digest),) = made["files"].items()
    assert name.endswith("model.safetensors") and len(digest) == 64


def test_build_model_follows_typed_settings():
    assert build_model(TINY).config.width == TINY.width
