"""Photos per second of `predict_batch` on a GPU, with its work on the CPU."""

import numpy as np
import torch
from PIL import Image

from benchmarks.measurements.picture import IMAGE
from benchmarks.report import Table
from benchmarks.timing import ROUNDS, interleave
from voxel_model import VoxelModel, load_model, predict_batch, to_tensor

BATCH_SIZES = (1, 16, 256)
AIMS = {256: "≥ 2,000/s"}  # by batch size
BOX = (60.0, 60.0, 700.0, 700.0)  # of the armchair in IMAGE, pixels
MISSING = "not measured here"


def measure(rounds: int = ROUNDS) -> Table:
    """Measure each batch size; without CUDA the rows say "not measured here"."""
    header = ["pictures at once", "pictures/s", "share of the network", "aim"]
    if torch.cuda.is_available():
        model = load_model(device="cuda")
        figures = {size: measure_batch(model, size, rounds) for size in BATCH_SIZES}
    else:
        figures = dict.fromkeys(BATCH_SIZES, (MISSING, ""))
    rows = [[f"{size}", *figures[size], AIMS.get(size, "")] for size in BATCH_SIZES]
    return Table("gpu", header, rows)


def measure_batch(model: VoxelModel, size: int, rounds: int) -> tuple[str, str]:
    """Return photos per second, and the network's share of the time, as text."""
    images = [Image.open(IMAGE).convert("RGB")] * size
    boxes = [BOX] * size
    tensor = to_tensor([image.resize((224, 224)) for image in images], model)

    def run_network():
        model(tensor)
        torch.cuda.synchronize()

    whole = "whole"
    cases = {whole: lambda: predict_batch(model, images, boxes), "network": run_network}
    times = interleave(cases, rounds)
    seconds = float(np.median(times[whole]))
    return f"{size / seconds:,.0f}", f"{np.median(times['network']) / seconds:.0%}"
