"""A run that takes seconds: a tiny network on boxes, in this process or in fresh ones."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import torch
from safetensors.torch import load_file

from training.loop.config import TrainConfig
from training.train import Trainer

ROOT = Path(__file__).parents[2]
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


def run(config, **trouble):
    """Trains on the fake studio, the tests' own way into a fresh process."""
    torch.set_num_threads(1)

    def make_source(config, device, seed, held_out=False):
        return FakeStudio(config, device, seed, **({} if held_out else trouble))

    return Trainer(config, make_source).train()


def in_process(code: str, processes: int = 1, timeout: int = 240) -> subprocess.CompletedProcess:
    """Runs `code` in fresh CPU processes with this module's names at hand."""
    script = f"from dataclasses import replace\nfrom tests.training.tiny_training import *\n{code}"
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


def weights(folder: Path) -> dict:
    return load_file(folder / "model.safetensors")


def same(a: dict, b: dict) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
