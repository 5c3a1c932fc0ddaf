"""The same photo gives the same bytes in every run, process, thread count and batch."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from benchmarks.api_client import EXAMPLES, SETTINGS, digest
from benchmarks.app_server import ROOT
from benchmarks.stress.report import Row
from benchmarks.stress.visitor import expected_digest
from core.prediction import Prediction
from pipeline.export import export_glb
from pipeline.result import Result
from pipeline.settings import Settings
from voxel_model import load_model, predict_batch

TOLERANCE = 1e-4  # of a probability; meshing keeps vertices as far from cell centres
FRESH_PROCESS = """
from benchmarks.api_client import EXAMPLES
from benchmarks.stress.visitor import expected_digest
print(expected_digest(EXAMPLES[0]))
"""
THRESHOLD = SETTINGS[0]


def measure_numerics(batch_sizes: Sequence[int] = range(1, 17)) -> list[Row]:
    """Compare the GLB files and the probabilities of repeated predictions of one photo.

    Parameters
    ----------
    batch_sizes : sequence of int
        Numbers of photos predicted together, at most 17.
    """
    model, image = load_model(device="cpu"), Image.open(EXAMPLES[0])
    first, *repeated = (predict_batch(model, [image])[0] for _ in range(6))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    on_one_thread = predict_batch(model, [image])[0]
    torch.set_num_threads(threads)
    others = [Image.open(path) for path in EXAMPLES]
    batched = [predict_batch(model, [image, *(others * 2)[1:n]])[0] for n in batch_sizes]
    threshold = model.config.threshold
    in_process = {_glb_digest(p, threshold) for p in (first, *repeated)}
    fresh = {_fresh_digest(), _fresh_digest(), expected_digest(EXAMPLES[0])}
    return [
        _same_bytes_row("6 runs in a process", in_process),
        _same_bytes_row("fresh processes", fresh),
        _close_row(f"{threads} threads, or 1", first, [on_one_thread], threshold),
        _close_row(f"batches of {batch_sizes[0]} to {batch_sizes[-1]}", first, batched, threshold),
    ]


def _same_bytes_row(what: str, digests: set[str]) -> Row:
    same = len(digests) == 1
    return Row(f"GLB of one photo: {what}", "same bytes", "same" if same else "differ", same)


def _close_row(what: str, first: Prediction, others: list[Prediction], threshold: float) -> Row:
    """Check that the solid cells are equal and the probabilities within TOLERANCE.

    The bytes may differ: PyTorch sums in another order with another number of threads.
    """
    same = sum(_glb_digest(p, threshold) == _glb_digest(first, threshold) for p in others)
    difference = max(float(np.abs(p.occupancy - first.occupancy).max()) for p in others)
    solid = first.occupancy > THRESHOLD
    changed = max(int(((p.occupancy > THRESHOLD) != solid).sum()) for p in others)
    measured = (
        f"probabilities differ by {difference:.0e}, {changed} cells change, "
        f"same bytes in {same} of {len(others)}"
    )
    wanted = f"same cells, probabilities within {TOLERANCE:g}"
    return Row(f"one photo: {what}", wanted, measured, difference < TOLERANCE and not changed)


def _glb_digest(prediction: Prediction, threshold: float) -> str:
    with tempfile.TemporaryDirectory() as folder:
        result = Result(prediction, "model", Path(folder), threshold)
        return digest(export_glb(result, Settings(*SETTINGS))[0].read_bytes())


def _fresh_digest() -> str:
    """Return expected_digest of the first example, computed in a new process."""
    command = [sys.executable, "-c", FRESH_PROCESS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()
