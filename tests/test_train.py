"""The trainer: its schedule, and that no kill loses or changes a run."""

import itertools
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file

from training import checkpoints
from training.average import average
from training.average import main as main_of_average
from training.filtered import Filtered
from training.network import build_model, init_weights, parameter_groups
from training.profile import STEPS, StepProfile
from training.recipes import TrainConfig, parse_config
from training.schedule import FIRST_STEPS, RESERVE_SECONDS, Progress, learning_rate
from training.sources import build_source
from training.train import Trainer, TrainingDiverged
from voxel_model import VoxelConfig, VoxelModel, load_model

ROOT = Path(__file__).parents[1]
TINY = TrainConfig(
    steps=6,
    batch_size=2,
    resolution=16,
    image_size=64,
    width=32,
    depth=2,
    heads=2,
    warmup=2,
    val_every=2,
    val_pictures=2,
    log_every=2,
)


class FakeStudio:
    """Random boxes seen as their silhouette: learnable, tiny, a pure function of (seed, step).

    poison : step whose picture is NaN; kill : step at which the process dies as by `kill -9`
    """

    def __init__(self, config, device, seed, poison=None, kill=None):
        self.config, self.seed, self.poison, self.kill = config, seed, poison, kill

    def batch(self, step, size):
        if step == self.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        g = torch.Generator().manual_seed(self.seed * 7919 + step)
        r, s = self.config.resolution, self.config.image_size
        occupancy = torch.zeros(size, r, r, r)
        for grid in occupancy:
            low = torch.randint(0, r // 2, (3,), generator=g)
            high = low + torch.randint(2, r // 2, (3,), generator=g)
            grid[low[0] : high[0], low[1] : high[1], low[2] : high[2]] = 1
        seen = occupancy.amax(3).transpose(1, 2).flip(1)[:, None]  # from the front, y up
        mask = torch.nn.functional.interpolate(seen, (s, s))
        image = mask * torch.rand(size, 3, 1, 1, generator=g)
        if step == self.poison:
            image = image * torch.nan
        azimuth = torch.rand(size, generator=g) - 0.5
        azimuth[0] = torch.nan
        return SimpleNamespace(
            image=image,
            mask=mask,
            occupancy=occupancy,
            colors=torch.rand(size, 3, r, r, r, generator=g),
            surface=occupancy > 0,
            category=torch.randint(0, 9, (size,), generator=g),
            azimuth=azimuth,
            elevation=torch.rand(size, generator=g),
            source=["synthetic"] * size,
        )


@pytest.fixture(scope="module", autouse=True)
def threads():
    """As many as before for the tests that come after: results differ in the last bit by number."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def run(config, **trouble):
    """Trains on the fake studio, the tests' own way into a fresh process."""
    torch.set_num_threads(1)

    def make_source(config, device, seed, held_out=False):
        return FakeStudio(config, device, seed, **({} if held_out else trouble))

    return Trainer(config, make_source).train()


def in_process(code: str, processes: int = 1, timeout: int = 240) -> subprocess.CompletedProcess:
    """Runs `code` in fresh CPU processes with this module's names at hand."""
    script = f"from tests.test_train import *\n{code}"
    launch = [sys.executable, "-c", script]
    environment = {
        **os.environ,
        "ACCELERATE_USE_CPU": "true",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    if processes > 1:
        launch = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
        launch += [f"--nproc_per_node={processes}", "--no-python", sys.executable, "-c", script]
    return subprocess.run(
        launch, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout
    )


# --- schedule and settings ----------------------------------------------------------------------


def test_filtered_pictures_keep_their_exposure_and_teach_no_colour():
    plain = build_source(parse_config("", ["--dry-run"]), torch.device("cpu"), 0)
    batch, filtered = plain.batch(3, 8), Filtered(plain, 0.25, seed=0).batch(3, 8)
    assert torch.equal(filtered.image, Filtered(plain, 0.25, seed=0).batch(3, 8).image)
    assert torch.equal(filtered.image[2:], batch.image[2:])
    assert torch.equal(filtered.surface[2:], batch.surface[2:])
    assert not filtered.surface[:2].any() and torch.equal(filtered.occupancy, batch.occupancy)
    change = (filtered.image[:2] - batch.image[:2]).abs().mean(dim=(1, 2, 3))
    assert (change > 1e-3).all()
    means = [pictures[:2].mean(dim=(2, 3)) for pictures in (filtered.image, batch.image)]
    torch.testing.assert_close(*means, atol=0.05, rtol=0)  # cut off at black and white


def test_the_rate_warms_up_and_ends_on_its_final_share():
    progress = Progress(steps=100)
    rates = []
    for progress.step in range(101):
        rates.append(learning_rate(1.0, progress, 10, 0.01, "cosine"))
    assert rates[0] == pytest.approx(0.1) and max(rates) == pytest.approx(1.0, abs=0.03)
    assert rates[-1] == pytest.approx(0.01)
    assert all(a >= b for a, b in itertools.pairwise(rates[10:]))


def test_time_completes_the_schedule_where_steps_do_not():
    progress = Progress(steps=10**9, minutes=1.0)
    progress.step = 100
    progress.began -= 30
    progress.read_clock()
    assert 0.4 < progress.value < 0.6 and not progress.call_is_over
    progress.began -= 30
    progress.read_clock()
    assert progress.complete and learning_rate(1.0, progress, 0, 0.01, "cosine") < 0.011


def test_compilation_does_not_cool_the_rate_and_time_still_ends_the_run():
    progress = Progress(minutes=10)
    for progress.step, seconds in ((0, 120), (FIRST_STEPS, 80)):
        progress.began -= seconds
        progress.read_clock()
        assert progress.value == pytest.approx(0, abs=1e-3)
    progress.step, progress.began = 500, progress.began - (600 - RESERVE_SECONDS - 200) / 2
    progress.read_clock()
    assert progress.value == pytest.approx(0.5, abs=0.01)
    resumed = Progress(minutes=10)
    resumed.load_state_dict(progress.state_dict())
    resumed.read_clock()
    assert resumed.value == pytest.approx(progress.value, abs=0.01)
    never = Progress(minutes=10)
    never.began -= 600
    never.read_clock()
    assert never.complete and never.call_is_over


def test_calls_of_one_run_are_one_schedule():
    first = Progress(minutes=9, minutes_total=25)
    first.step = 500
    first.began -= 9 * 60
    first.read_clock()
    assert first.call_is_over and not first.complete
    second = Progress(minutes=9, minutes_total=25)
    second.load_state_dict(first.state_dict() | {"step": 500})
    second.read_clock()
    assert second.value == pytest.approx(9 / 25, abs=0.02) and not second.call_is_over
    second.began -= 16 * 60
    second.read_clock()
    assert second.complete


def test_a_run_without_an_end_is_refused():
    with pytest.raises(ValueError, match="--steps or --minutes"):
        Progress()


def test_the_classic_recipe_is_the_classic_design_and_typed_values_win():
    config = parse_config("", ["--recipe", "classic", "--batch-size", "32", "--losses", "thin=1"])
    assert (config.decoder, config.optimizer, config.lr) == ("fc", "adam", 1e-4)
    assert config.batch_size == 32 and config.overrides("losses") == {"thin": 1}


def test_norms_biases_and_embeddings_do_not_decay(tmp_path):
    model = build_model(TINY)
    decayed, kept = parameter_groups(model, 0.05)
    assert kept["weight_decay"] == 0
    kept = {id(parameter) for parameter in kept["params"]}
    for name, parameter in model.named_parameters():
        still = name.endswith(("bias", "queries")) or "norm" in name or "position" in name
        assert (id(parameter) in kept) == (still or "bn" in name or parameter.ndim < 2), name
    assert len(decayed["params"]) + len(kept) == len(list(model.parameters()))


# --- runs ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """Output of a run that nothing disturbed."""
    output = tmp_path_factory.mktemp("unbroken")
    done = in_process(f"run(replace(TINY, output={str(output)!r}, half=True))")
    assert done.returncode == 0, done.stderr
    return output


def weights(folder: Path) -> dict:
    return load_file(folder / "model.safetensors")


def same(a: dict, b: dict) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


KILLED_IN_STEP = "run(replace(TINY, output={output!r}), kill=3)"
# dies when the second state is complete but not yet in its place
KILLED_IN_SAVE = """
import os
real, count = os.replace, 0
def replace_or_die(source, target):
    global count
    if "step_" in str(target):
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
    load_model(tmp_path / "run" / "last")  # whole, though the run died
    done = in_process(f"run(replace(TINY, output={output!r}, resume=True))")
    assert done.returncode == 0, done.stderr
    assert "resumed from" in done.stdout
    assert same(weights(unbroken / "last"), weights(tmp_path / "run" / "last"))
    assert same(weights(unbroken / "best"), weights(tmp_path / "run" / "best"))


# the disk takes no file over 100 kB from the moment the second checkpoint is written
FULL_DISK = """
import resource
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


def test_a_loss_that_is_no_number_stops_and_keeps_the_last_checkpoint(unbroken, tmp_path):
    config = replace(TINY, output=str(tmp_path / "run"), log_every=6)
    with pytest.raises(TrainingDiverged, match=r"step 4 \(studio seed 0, batch 3\)"):
        run(config, poison=3)  # pictures are counted from 0, steps done from 1
    assert checkpoints.newest_state(tmp_path / "run").name == "step_00000002"
    assert all(value.isfinite().all() for value in weights(tmp_path / "run" / "last").values())


def test_a_finished_run_is_not_overwritten_unasked(unbroken):
    with pytest.raises(checkpoints.CheckpointError, match="--resume"):
        run(replace(TINY, output=str(unbroken)))


def test_a_run_is_not_resumed_with_another_network(unbroken):
    with pytest.raises(checkpoints.CheckpointError, match="other settings"):
        run(replace(TINY, output=str(unbroken), resume=True, width=64))


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
    kept = weights(unbroken / "best")["encoder.conv1.weight"]
    assert torch.equal(wider.encoder.conv1.weight, kept)


def test_two_processes_train_one_model(tmp_path):
    config = f"replace(TINY, output={str(tmp_path)!r}, steps=2)"
    done = in_process(f"run({config})", processes=2)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("step 2 validation") == 1  # the first process alone judges
    load_model(tmp_path / "last")
    assert len(list((tmp_path / "state" / "step_00000002").glob("random_states_*"))) == 2
    resumed = in_process(f"run(replace({config}, steps=3, resume=True))", processes=2)
    assert resumed.returncode == 0 and "step 3, " in resumed.stdout, resumed.stderr


@pytest.mark.slow
def test_the_dry_run_goes_through_everything(tmp_path):
    typed = ["--dry-run", "--output", str(tmp_path)]
    done = in_process(f"from training.train import main; raise SystemExit(main({typed}))")
    assert done.returncode == 0, done.stderr
    assert "complete" in done.stdout
    assert load_model(tmp_path / "half", "cpu").config.image_size == 64


def test_a_mean_of_weights_lies_between_them_and_its_ends_are_they():
    torch.manual_seed(0)
    first, second = (VoxelModel(VoxelConfig(width=64, depth=1, heads=2)) for _ in range(2))
    before = {name: value.clone() for name, value in second.state_dict().items()}
    assert same(average(first, second, 1.0).state_dict(), before)
    between = average(first, second, 0.25).state_dict()
    for name, value in first.state_dict().items():
        if value.is_floating_point():
            torch.testing.assert_close(between[name], 0.75 * value + 0.25 * before[name])
    assert same(average(first, second, 0.0).state_dict(), first.state_dict())


def test_weights_of_two_designs_have_no_mean(capsys):
    designs = (VoxelModel(VoxelConfig(width=width, heads=2)) for width in (64, 128))
    with pytest.raises(checkpoints.CheckpointError, match="different designs"):
        average(*designs, 0.5)


def test_averaging_measures_what_it_writes(unbroken, tmp_path):
    folder = str(unbroken / "best")
    both = ["--first", folder, "--second", folder]
    assert main_of_average([*both, "--dry-run"]) == 0
    assert not list(tmp_path.iterdir())
    assert (
        main_of_average(["--first", str(tmp_path / "none"), "--second", folder, "--dry-run"]) == 2
    )


def test_a_profile_names_what_took_the_time(tmp_path):
    profile = StepProfile(tmp_path / "profile.txt", first=4)
    for _ in range(4 + STEPS):
        torch.ones(64, 64) @ torch.ones(64, 64)
        profile.step()
    profile.close()
    lines = (tmp_path / "profile.txt").read_text().splitlines()
    multiplied = next(line for line in lines if "aten::mm" in line)
    assert multiplied.split()[-1] == str(STEPS)  # once a step


def test_no_profile_is_written_unasked(tmp_path):
    profile = StepProfile(tmp_path / "profile.txt", first=0)
    profile.step()
    profile.close()
    assert not list(tmp_path.iterdir())
