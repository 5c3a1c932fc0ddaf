"""Training killed at random moments: it resumes to the very weights of the run that was not."""

import multiprocessing
import random
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.stress.report import Row

STEPS_A_KILL = 3  # about as many as a process gets through before it is killed
SAVE_EVERY = 2  # steps
JITTER = 0.4  # seconds: some kills fall into a step, some into the writing of a checkpoint
PATIENCE = 120.0  # seconds for one process


def kills(folder: Path, count: int, seed: int = 0) -> list[Row]:
    """A tiny run killed `count` times, each time a moment after a state was written."""
    steps = count * STEPS_A_KILL
    unbroken, killed = folder / "unbroken", folder / "killed"
    began = time.monotonic()
    _finish(unbroken, steps)
    rng, done, partial = random.Random(seed), 0, 0
    while done < count and _newest(killed) < steps:
        done += _kill(killed, steps, rng)
        partial += any(killed.rglob("*.partial"))
    _finish(killed, steps)
    same = all(_same(unbroken / name, killed / name) for name in ("last", "best"))
    measured = (
        f"{done} kills ({partial} while a file was written) over {steps} steps "
        f"in {time.monotonic() - began:.0f} s: {'the same weights' if same else 'other weights'}"
    )
    what = "Training killed by SIGKILL at random moments"
    return [
        Row(what, f"{count} kills, the unbroken run's weights", measured, same and done >= count)
    ]


def _train(output: Path, steps: int) -> None:
    """In a process forked from this one, which has torch in memory and has used no thread of it."""
    from tests.training.tiny_training import TINY, run

    sys.stdout = open(output.with_suffix(".log"), "a")  # noqa: SIM115 (ends with the process)
    run(replace(TINY, output=str(output), steps=steps, val_every=SAVE_EVERY, resume=True))


def _start(output: Path, steps: int) -> multiprocessing.Process:
    output.parent.mkdir(parents=True, exist_ok=True)
    process = multiprocessing.get_context("fork").Process(target=_train, args=(output, steps))
    process.start()
    return process


def _finish(output: Path, steps: int) -> None:
    process = _start(output, steps)
    process.join(PATIENCE)
    if process.exitcode != 0:
        process.kill()
        raise RuntimeError(f"Training ended with {process.exitcode}; see {output}.log.")


def _kill(output: Path, steps: int, rng: random.Random) -> bool:
    """Whether the process was still at work when it was killed."""
    before, process = _newest(output), _start(output, steps)
    deadline = time.monotonic() + PATIENCE
    while _newest(output) == before and process.is_alive() and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(rng.uniform(0, JITTER))
    process.kill()
    process.join()
    return process.exitcode == -signal.SIGKILL


def _newest(output: Path) -> int:
    """The step of the newest complete state; 0 without one."""
    names = [path.name for path in (output / "state").glob("step_*")]
    return max((int(name.removeprefix("step_")) for name in names if name[-1].isdigit()), default=0)


def _same(one: Path, other: Path) -> bool:
    return (one / "model.safetensors").read_bytes() == (other / "model.safetensors").read_bytes()
