"""Distillation: the mean of finished networks as a further target."""

import json
from dataclasses import replace

import pytest
import torch

from core.errors import UserError
from tests.training.tiny_training import TINY, FakeStudio, run, same, weights
from training.evaluation.batch_metrics import probabilities
from training.loop.losses import distillation_bce
from training.loop.objective import LossWeights, Objective
from training.loop.teachers import Teachers
from training.train import Trainer
from voxel_model import VoxelConfig, VoxelModel, load_model, normalize

CPU = torch.device("cpu")
DESIGN = VoxelConfig(resolution=16, image_size=64, width=32, depth=1, heads=2, refined=4)
UNKNOWN = torch.full((2, 3), torch.nan)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Two checkpoints; the second one is calibrated."""
    folders = []
    for seed, config in enumerate((DESIGN, replace(DESIGN, calibration=(0.5, -1.0)))):
        torch.manual_seed(seed)
        folder = tmp_path_factory.mktemp("teacher")
        VoxelModel(config).save_pretrained(folder)
        folders.append(str(folder))
    return folders


@pytest.fixture
def images():
    return torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(3))


def test_the_target_is_the_mean_of_calibrated_probabilities(sources, images):
    teachers = Teachers(sources, DESIGN, CPU)
    target = teachers.probabilities(images, UNKNOWN)
    with torch.no_grad():
        each = [
            probabilities(model(normalize(images)), model.config)
            for model in (load_model(source, "cpu") for source in sources)
        ]
    assert (each[0] - each[1]).abs().max() > 0.1  # else one teacher would do
    torch.testing.assert_close(target, (each[0] + each[1]) / 2, atol=1e-4, rtol=0)
    assert not target.requires_grad


def test_packed_teachers_on_a_cpu_are_not_compiled(sources, images):
    teachers = Teachers(sources, DESIGN, CPU, compiled=True)  # torch refuses packed kernels
    expected = Teachers(sources, DESIGN, CPU).probabilities(images, UNKNOWN)
    torch.testing.assert_close(teachers.probabilities(images, UNKNOWN), expected)


def test_agreement_with_the_teachers_has_no_gradient():
    logits = torch.randn(2, 8, 8, 8, requires_grad=True)
    distillation_bce(logits, logits.detach().sigmoid()).backward()
    assert logits.grad.abs().max() < 1e-8
    distillation_bce(logits, torch.zeros(2, 8, 8, 8)).backward()
    assert (logits.grad > 0).all()


def test_the_objective_counts_teachers_by_their_weight(images):
    torch.manual_seed(0)
    model = VoxelModel(DESIGN).eval()
    grid, target = torch.zeros(2, 16, 16, 16), torch.rand(2, 16, 16, 16)
    batch = (images, torch.zeros(2, 1, 64, 64), grid, torch.zeros(2, 3, 16, 16, 16), grid.bool())
    batch += (torch.zeros(2, dtype=torch.long), torch.zeros(2), torch.zeros(2))
    batch += (torch.full((2, 3, 64, 64), torch.nan), UNKNOWN)
    plain, parts = Objective(model, LossWeights())(*batch)
    objective = Objective(model, LossWeights(distillation=3.0), distilled=True)
    total, more = objective(*batch, target)
    assert objective.names[-1] == "distillation" and len(more) == len(parts) + 1
    torch.testing.assert_close(total, plain + 3.0 * more[-1])


def test_the_classic_design_learns_from_teachers_too():
    weights = LossWeights.classic()
    assert weights.distillation == weights.occupancy > 0


def test_teachers_stay_as_they_are_and_outside_of_the_run(sources, tmp_path):
    config = replace(TINY, output=str(tmp_path), steps=2, teachers=tuple(sources))
    trainer = Trainer(config, lambda c, device, seed, held_out=False: FakeStudio(c, device, seed))
    models = trainer.teachers.models
    before = [{n: v.clone() for n, v in model.state_dict().items()} for model in models]
    trainer.train()
    assert all(same(b, model.state_dict()) for b, model in zip(before, models, strict=True))
    assert not any(module.training for model in models for module in model.modules())
    parameters = {p for model in models for p in model.parameters()}
    assert not any(p.requires_grad or p.grad is not None for p in parameters)
    assert parameters.isdisjoint(trainer.objective.parameters())
    optimized = (p for group in trainer.optimizer.param_groups for p in group["params"])
    assert parameters.isdisjoint(optimized)
    assert weights(tmp_path / "last").keys() == trainer.objective.model.state_dict().keys()


def test_a_checkpoint_names_its_teachers_and_a_resumed_run_their_change(sources, tmp_path, capsys):
    config = replace(TINY, output=str(tmp_path), steps=4, val_every=2, teachers=(sources[0],))
    run(config)
    notes = json.loads((tmp_path / "last" / "training.json").read_text(encoding="utf-8"))
    assert notes["settings"]["teachers"] == [sources[0]]
    assert [name for name in notes["made with"]["files"] if name.startswith(sources[0])]
    capsys.readouterr()
    run(replace(config, teachers=tuple(sources), resume=True))
    printed = capsys.readouterr().out
    assert f"--teachers: {sources[0]} so far, {' '.join(sources)} from now on" in printed


@pytest.mark.parametrize(
    "change", [{"resolution": 32}, {"image_size": 96}, {"categories": ("chair", "table")}]
)
def test_a_teacher_of_another_grid_picture_or_category_is_refused(sources, change):
    with pytest.raises(UserError, match=f"--teachers: .* has {next(iter(change))} "):
        Teachers(sources, replace(DESIGN, **change), CPU)


def test_a_missing_teacher_stops_the_run_before_an_earlier_one_is_deleted(tmp_path):
    config = replace(TINY, output=str(tmp_path / "run"), steps=2)
    run(config)
    before = weights(tmp_path / "run" / "last")
    with pytest.raises(UserError, match="--teachers"):
        run(replace(config, teachers=(str(tmp_path / "none"),), overwrite=True))
    assert same(before, weights(tmp_path / "run" / "last"))


def test_a_network_comes_nearer_to_its_teacher(tmp_path):
    teacher = str(tmp_path / "teacher" / "last")
    run(replace(TINY, output=str(tmp_path / "teacher"), steps=2, seed=1))
    config = replace(TINY, steps=30, batch_size=4, val_every=30, lr=2e-3, ema=0.0)
    only = ("occupancy=0", "iou=0", "thin=0", "distillation=5")
    distance = {}
    for name, more in {"alone": {}, "taught": {"teachers": (teacher,), "losses": only}}.items():
        output = tmp_path / name
        run(replace(config, output=str(output), **more))
        image = torch.rand(4, 3, TINY.image_size, TINY.image_size)
        with torch.no_grad():
            grids = [
                probabilities(model(normalize(image)), model.config)
                for model in (load_model(folder, "cpu") for folder in (output / "last", teacher))
            ]
        distance[name] = float((grids[0] - grids[1]).abs().mean())
    assert distance["taught"] < 0.5 * distance["alone"]
