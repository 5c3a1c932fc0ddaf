"""The trainer: a run survives a kill, a full disk and a bad batch, and resumes exactly."""

import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.training.tiny_training import TINY, in_process, run, same, weights
from training.loop import checkpoints
from training.loop.model_setup import build_model, init_weights
from training.monitoring.step_profile import STEPS, StepProfile
from training.train import TrainingDiverged
from voxel_model import load_model


@pytest.fixture(scope="module", autouse=True)
def threads():
    """Restore the number of threads: it changes the last bits of results in other tests."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """Output of a complete run."""
    output = tmp_path_factory.mktemp("unbroken")
    done = in_process(f"run(replace(TINY, output={str(output)!r}, half=True))")
    assert done.returncode == 0, done.stderr
    return output


KILLED_IN_STEP = "run(replace(TINY, output={output!r}), kill=3)"
# is killed after the second state is written and before it is renamed
KILLED_IN_SAVE = """
import os, signal
real, count = os.replace, 0
def replace_or_die(source, target):
    global count
    if os.path.basename(target).startswith("step_"):  # not the files of the state
        count += 1
        if count == 2:
            os.kill(os.getpid(), signal.SIGKILL)
    real(source, target)
os.replace = replace_or_die
run(replace(TINY, output={output!r}))
"""


@pytest.mark.parametrize("broken", [KILLED_IN_STEP, KILLED_IN_SAVE], ids=["step", "save"])
def test_a_killed_run_resumes_to_the_same_weights(unbroken, tmp_path, broken):
    output = str(tmp_path / "run")
    killed = in_process(broken.format(output=output))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert checkpoints.newest_state(Path(output)).name == "step_00000002"
    load_model(tmp_path / "run" / "last")  # complete, although the run was killed
    done = in_process(f"run(replace(TINY, output={output!r}, resume=True))")
    assert done.returncode == 0, done.stderr
    assert "resumed from" in done.stdout
    assert same(weights(unbroken / "last"), weights(tmp_path / "run" / "last"))
    assert same(weights(unbroken / "best"), weights(tmp_path / "run" / "best"))


# no file may exceed 100 kB from the second checkpoint on
FULL_DISK = """
import resource
from training.loop import checkpoints
real = checkpoints.{writer}
def write_on_a_full_disk(*args):
    if {second}:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    real(*args)
checkpoints.{writer} = write_on_a_full_disk
run(replace(TINY, output={output!r}))
"""
WRITERS = {"save_state": "args[2] == 4", "save_model": 'args[2]["step"] == 4'}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk_during_a_checkpoint_leaves_the_last_good_one(unbroken, tmp_path, writer):
    output = tmp_path / "run"
    broken = FULL_DISK.format(writer=writer, second=WRITERS[writer], output=str(output))
    failed = in_process(broken)
    last_line = failed.stderr.strip().splitlines()[-1]
    assert "CheckpointError" in last_line and "make room" in last_line, failed.stderr
    assert checkpoints.newest_state(output).name == "step_00000002"
    assert not list(output.rglob("*.partial"))
    load_model(output / "last")
    done = in_process(f"run(replace(TINY, output={str(output)!r}, resume=True))")
    assert done.returncode == 0, done.stderr
    assert same(weights(unbroken / "last"), weights(output / "last"))


def test_a_run_leaves_models_that_load_and_half_is_half(unbroken):
    size = {
        name: (unbroken / name / "model.safetensors").stat().st_size for name in ("best", "half")
    }
    assert size["half"] < 0.51 * size["best"]
    best, half = load_model(unbroken / "best", "cpu"), load_model(unbroken / "half", "cpu")
    images = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    a, b = best(images).occupancy, half(images).occupancy
    assert torch.allclose(a.sigmoid(), b.sigmoid(), atol=1e-2)
    assert not list(unbroken.rglob("*.partial"))


def test_training_learns(unbroken, tmp_path):
    config = replace(TINY, output=str(tmp_path), steps=40, batch_size=4, val_every=40, lr=2e-3)
    config = replace(config, ema=0.8, val_pictures=8)
    before = run(replace(config, steps=1, overwrite=True))
    after = run(replace(config, overwrite=True))
    assert after["mse"] < 0.5 * before["mse"]
    assert after["mask_iou"] > 0.3 > before["mask_iou"]


def test_a_loss_of_nan_stops_the_run_and_keeps_the_last_checkpoint(unbroken, tmp_path):
    config = replace(TINY, output=str(tmp_path / "run"), log_every=6)
    with pytest.raises(TrainingDiverged, match=r"step 4 \(studio seed 0, batch 3\)"):
        run(config, poison=3)  # batches count from 0, steps from 1
    assert checkpoints.newest_state(tmp_path / "run").name == "step_00000002"
    assert all(value.isfinite().all() for value in weights(tmp_path / "run" / "last").values())


def test_a_finished_run_is_not_overwritten_without_the_option(unbroken):
    with pytest.raises(checkpoints.CheckpointError, match="--resume"):
        run(replace(TINY, output=str(unbroken)))


def test_an_encoder_at_rate_0_keeps_its_weights_and_statistics(unbroken, tmp_path):
    start = str(unbroken / "best")
    run(replace(TINY, output=str(tmp_path), steps=2, init=start, encoder_rate=0.0, ema=0.0))
    before, after = weights(unbroken / "best"), weights(tmp_path / "last")
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert any(name.startswith("decoder.") for name in changed)
    assert any(name.startswith("encoder.") and "running_mean" in name for name in before)
    assert not {name for name in changed if name.startswith("encoder.")}


def test_earlier_weights_start_a_run_at_another_resolution(unbroken):
    finer = build_model(replace(TINY, resolution=32)).eval()
    lines = init_weights(finer, str(unbroken / "best"))
    assert {line.split(":")[0] for line in lines} == {"decoder.cells.weight", "decoder.cells.bias"}
    images = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        coarse = load_model(unbroken / "best", "cpu")(images)
        fine = finer(images)
    assert torch.allclose(
        torch.nn.functional.max_pool3d(fine.occupancy, 2), coarse.occupancy, atol=1e-4
    )
    assert torch.allclose(fine.color[..., 1::2, ::2, 1::2], coarse.color, atol=1e-4)


def test_earlier_weights_start_a_run_on_larger_pictures_and_misfits_are_named(unbroken):
    larger = build_model(replace(TINY, image_size=96))
    lines = init_weights(larger, str(unbroken / "best"))
    assert len(lines) == 2 and all("resized" in line for line in lines)
    wider = build_model(replace(TINY, width=64))
    lines = init_weights(wider, str(unbroken / "best"))
    assert any(line.startswith("decoder.queries") and "untrained" in line for line in lines)
    encoder = weights(unbroken / "best")["encoder.conv1.weight"]
    assert torch.equal(wider.encoder.conv1.weight, encoder)


def test_two_processes_train_one_model(tmp_path):
    config = f"replace(TINY, output={str(tmp_path)!r}, steps=2)"
    done = in_process(f"run({config})", processes=2)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("step 2 validation") == 1  # only the first process validates
    load_model(tmp_path / "last")
    assert len(list((tmp_path / "state" / "step_00000002").glob("random_states_*"))) == 2
    resumed = in_process(f"run(replace({config}, steps=3, resume=True))", processes=2)
    assert resumed.returncode == 0 and "step 3, " in resumed.stdout, resumed.stderr


@pytest.mark.slow
def test_gradients_averaged_without_ddp_train_the_same_model(tmp_path):
    folders = {graphs: tmp_path / str(graphs) for graphs in (False, True)}
    for graphs, folder in folders.items():
        # frozen norms: DDP would also copy the statistics of trained norms between processes
        config = f"replace(TINY, output={str(folder)!r}, steps=2, graphs={graphs},"
        config += " encoder='efficientnet_lite2', coordinates=True)"
        done = in_process(f"run({config})", processes=2)
        assert done.returncode == 0, done.stderr
    first, second = (weights(folder / "last") for folder in folders.values())
    assert all(torch.allclose(first[name], second[name], atol=1e-5) for name in first)


@pytest.mark.slow
def test_the_dry_run_goes_through_everything(tmp_path):
    typed = ["--dry-run", "--output", str(tmp_path)]
    done = in_process(f"from training.train import main; raise SystemExit(main({typed}))")
    assert done.returncode == 0, done.stderr
    assert "complete" in done.stdout
    assert load_model(tmp_path / "half", "cpu").config.image_size == 64


def test_a_profile_lists_the_kernels(tmp_path):
    profile = StepProfile(tmp_path / "profile.txt", first=4)
    for _ in range(4 + STEPS):
        torch.ones(64, 64) @ torch.ones(64, 64)
        profile.step()
    profile.close()
    lines = (tmp_path / "profile.txt").read_text(encoding="utf-8").splitlines()
    multiplied = next(line for line in lines if "aten::mm" in line)
    assert multiplied.split()[-1] == str(STEPS)  # once a step


def test_no_profile_is_written_by_default(tmp_path):
    profile = StepProfile(tmp_path / "profile.txt", first=0)
    profile.step()
    profile.close()
    assert not list(tmp_path.iterdir())
