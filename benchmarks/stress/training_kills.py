"""Training killed at random moments resumes and ends with the weights of an undisturbed run."""

import multiprocessing
import random
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.stress.report import Row

STEPS_PER_KILL = 3  # a process runs about as many before it is killed
SAVE_EVERY = 2  # steps
MAX_DELAY_S = 0.4  # some kills hit a step, some the writing of a checkpoint
PROCESS_TIMEOUT_S = 120.0


def measure_training_kills(folder: Path, kills: int, seed: int = 0) -> list[Row]:
    """Kill a tiny training run `kills` times, each time just after it has saved its state.

    Parameters
    ----------
    folder : Path
        Folder for the two runs.
    kills : int
        Number of kills.
    seed : int
        Seed of the delays before the kills.
    """
    steps = kills * STEPS_PER_KILL
    undisturbed, killed = folder / "undisturbed", folder / "killed"
    began = time.monotonic()
    _finish(undisturbed, steps)
    rng, done, partial = random.Random(seed), 0, 0
    while done < kills and _last_saved_step(killed) < steps:
        done += _kill(killed, steps, rng)
        partial += any(killed.rglob("*.partial"))
    _finish(killed, steps)
    same = all(_same_weights(undisturbed / name, killed / name) for name in ("last", "best"))
    measured = (
        f"{done} kills ({partial} while a file was written) over {steps} steps "
        f"in {time.monotonic() - began:.0f} s: {'the same weights' if same else 'other weights'}"
    )
    what = "Training killed by SIGKILL at random moments"
    wanted = f"{kills} kills, the weights of an undisturbed run"
    return [Row(what, wanted, measured, same and done >= kills)]


def _train(output: Path, steps: int) -> None:
    """Train in a forked process, which has torch in memory and has started none of its threads."""
    from benchmarks.stress.fakes.training import TINY, run

    sys.stdout = open(output.with_suffix(".log"), "a", encoding="utf-8")  # noqa: SIM115
    run(replace(TINY, output=str(output), steps=steps, val_every=SAVE_EVERY, resume=True))


def _start(output: Path, steps: int) -> multiprocessing.Process:
    output.parent.mkdir(parents=True, exist_ok=True)
    process = multiprocessing.get_context("fork").Process(target=_train, args=(output, steps))
    process.start()
    return process


def _finish(output: Path, steps: int) -> None:
    process = _start(output, steps)
    process.join(PROCESS_TIMEOUT_S)
    if process.exitcode != 0:
        process.kill()
        raise RuntimeError(f"Training ended with {process.exitcode}; see {output}.log.")


def _kill(output: Path, steps: int, rng: random.Random) -> bool:
    """Resume the run, kill it after its next save; return whether it was still running."""
    before, process = _last_saved_step(output), _start(output, steps)
    deadline = time.monotonic() + PROCESS_TIMEOUT_S
    while _last_saved_step(output) == before and process.is_alive() and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(rng.uniform(0, MAX_DELAY_S))
    process.kill()
    process.join()
    return process.exitcode == -signal.SIGKILL


def _last_saved_step(output: Path) -> int:
    """Step of the newest complete state; 0 without one."""
    names = [path.name for path in (output / "state").glob("step_*")]
    return max((int(name.removeprefix("step_")) for name in names if name[-1].isdigit()), default=0)


def _same_weights(one: Path, other: Path) -> bool:
    return (one / "model.safetensors").read_bytes() == (other / "model.safetensors").read_bytes()
