"""The same picture, the same bytes: run to run, process to process, and in batches of any size."""

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline import Kept, Settings, build
from soak.report import Row
from soak.server import ROOT
from soak.visitor import PICTURES, SETTINGS, alone, digest
from voxel_model import Prediction, VoxelModel, load_model, predict_batch

TOLERANCE = 1e-4  # of a probability; the same that meshing keeps vertices off cell centres with
AGAIN = "from soak.visitor import *; print(alone(PICTURES[0]))"


def numerics(sizes: Iterable[int] = range(1, 17)) -> list[Row]:
    """Digests of GLB files, and the largest difference of probabilities between batch sizes."""
    model, picture = load_model(device="cpu"), PICTURES[0]
    first = predict_batch(model, [Image.open(picture)])[0]
    rows = [_runs(model, picture, first), _processes()]
    return rows + _batches(model, first, list(sizes))


def _runs(model: VoxelModel, picture: Path, first: Prediction) -> Row:
    threshold = model.config.threshold
    again = {_glb(predict_batch(model, [Image.open(picture)])[0], threshold) for _ in range(5)}
    same = again == {_glb(first, threshold)}
    return Row("GLB of one picture, 6 runs", "the same bytes", "same" if same else "differ", same)


def _processes() -> Row:
    def fresh(threads: str) -> str:
        command = ["env", f"OMP_NUM_THREADS={threads}", sys.executable, "-c", AGAIN]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()

    same = {fresh("1"), fresh("2")} == {alone(PICTURES[0])}
    text = "same" if same else "differ"
    return Row("in fresh processes with 1 and 2 threads", "the same bytes", text, same)


def _batches(model: VoxelModel, first: Prediction, sizes: list[int]) -> list[Row]:
    same, largest, cells = [], 0.0, 0
    threshold = model.config.threshold
    for size in sizes:
        images = [Image.open(PICTURES[i % len(PICTURES)]) for i in range(size)]
        batched = predict_batch(model, images)[0]
        same.append(_glb(batched, threshold) == _glb(first, threshold))
        largest = max(largest, float(np.abs(batched.occupancy - first.occupancy).max()))
        flipped = (batched.occupancy > SETTINGS[0]) != (first.occupancy > SETTINGS[0])
        cells = max(cells, int(flipped.sum()))
    what = f"in batches of {sizes[0]} to {sizes[-1]}"
    differ = [size for size, equal in zip(sizes, same, strict=True) if not equal]
    bytes_text = "same" if not differ else f"other bytes for sizes {differ}"
    cells_text = f"{largest:.1e} at most, {cells} cells change sides"
    close = largest < TOLERANCE and cells == 0
    return [
        Row(f"GLB {what}", "the same bytes, or a tolerance", bytes_text, close),
        Row(f"probabilities {what}", f"within {TOLERANCE:g}", cells_text, close),
    ]


def _glb(prediction: Prediction, threshold: float) -> str:
    with tempfile.TemporaryDirectory() as folder:
        kept = Kept(prediction, "model", Path(folder), threshold)
        return digest(build(kept, Settings(*SETTINGS))[0].read_bytes())
