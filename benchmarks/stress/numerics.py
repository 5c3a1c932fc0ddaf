"""The same picture, the same bytes: in any run, process, thread and batch."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from benchmarks.stress.report import Row
from benchmarks.stress.server import ROOT
from benchmarks.stress.visitor import PICTURES, SETTINGS, alone, digest
from core.prediction import Prediction
from pipeline.export import Result, Settings, export_glb
from voxel_model import load_model, predict_batch

TOLERANCE = 1e-4  # of a probability; the same that meshing keeps vertices off cell centres with
AGAIN = "from benchmarks.stress.visitor import *; print(alone(PICTURES[0]))"


def numerics(sizes: Sequence[int] = range(1, 17)) -> list[Row]:
    """Digests of GLB files, and the largest difference of probabilities between batch sizes."""
    model, picture = load_model(device="cpu"), Image.open(PICTURES[0])
    first = predict_batch(model, [picture])[0]
    again = [predict_batch(model, [picture])[0] for _ in range(5)]
    several = torch.get_num_threads()
    torch.set_num_threads(1)
    alone_in_thread = predict_batch(model, [picture])[0]
    torch.set_num_threads(several)
    others = [Image.open(path) for path in PICTURES]
    batched = [predict_batch(model, [picture, *(others * 2)[1:size]])[0] for size in sizes]
    threshold = model.config.threshold
    return [
        _same_bytes("6 runs in a process", {_glb(p, threshold) for p in (first, *again)}),
        _same_bytes("fresh processes", {_fresh(), _fresh(), alone(PICTURES[0])}),
        _close(f"{several} threads, or 1", first, [alone_in_thread], threshold),
        _close(f"batches of {sizes[0]} to {sizes[-1]}", first, batched, threshold),
    ]


def _same_bytes(what: str, digests: set[str]) -> Row:
    same = len(digests) == 1
    return Row(f"GLB of one picture: {what}", "same bytes", "same" if same else "differ", same)


def _fresh() -> str:
    command = [sys.executable, "-c", AGAIN]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _close(what: str, first: Prediction, others: list[Prediction], threshold: float) -> Row:
    """Same bytes or, as sums are taken in another order then, the same cells within TOLERANCE."""
    same = sum(_glb(other, threshold) == _glb(first, threshold) for other in others)
    largest = max(float(np.abs(other.occupancy - first.occupancy).max()) for other in others)
    solid = [p.occupancy > SETTINGS[0] for p in (first, *others)]
    cells = max(int((one != solid[0]).sum()) for one in solid)
    measured = (
        f"probabilities {largest:.0e} apart, {cells} cells change sides, "
        f"same bytes in {same} of {len(others)}"
    )
    wanted = f"same cells, probabilities within {TOLERANCE:g}"
    return Row(f"one picture: {what}", wanted, measured, largest < TOLERANCE and not cells)


def _glb(prediction: Prediction, threshold: float) -> str:
    with tempfile.TemporaryDirectory() as folder:
        kept = Result(prediction, "model", Path(folder), threshold)
        return digest(export_glb(kept, Settings(*SETTINGS))[0].read_bytes())
