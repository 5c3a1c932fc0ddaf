"""Training runs of seconds, in this process or in fresh ones."""

import os
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from benchmarks.stress.fakes.training import TINY, FakeStudio, run

__all__ = ["TINY", "FakeStudio", "in_process", "run", "same", "weights"]
ROOT = Path(__file__).parents[2]


def in_process(code: str, processes: int = 1, timeout: int = 240) -> subprocess.CompletedProcess:
    """Run `code` in fresh CPU processes that have imported this module's names."""
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


def weights(folder: Path) -> dict[str, torch.Tensor]:
    """Read the weights of a run's output folder."""
    return load_file(folder / "model.safetensors")


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    """Compare two sets of weights bit by bit."""
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
