"""Pictures a second of `predict_batch` on a GPU, its work on the host included."""

import numpy as np
import torch
from PIL import Image

from benchmarks.picture import PICTURE
from benchmarks.report import Table
from benchmarks.timing import ROUNDS, interleave
from voxel_model import VoxelModel, load_model, predict_batch, to_tensor

BATCHES = (1, 16, 256)
BOX = (60.0, 60.0, 700.0, 700.0)
MISSING = "not measured here"


def measure(rounds: int = ROUNDS) -> Table:
    """One row a batch size; "not measured here" without CUDA."""
    header = ["pictures at once", "pictures/s", "share of the network", "aim"]
    aims = {256: "≥ 2,000/s"}
    if torch.cuda.is_available():
        model = load_model(device="cuda")
        figures = {size: speed(model, size, rounds) for size in BATCHES}
    else:
        figures = dict.fromkeys(BATCHES, (MISSING, ""))
    return Table("gpu", header, [[f"{s}", *figures[s], aims.get(s, "")] for s in BATCHES])


def speed(model: VoxelModel, size: int, rounds: int) -> tuple[str, str]:
    """Pictures a second, and the share of the time that the network alone takes."""
    pictures = [Image.open(PICTURE).convert("RGB")] * size
    boxes = [BOX] * size
    tensor = to_tensor([picture.resize((224, 224)) for picture in pictures], model)

    def network():
        model(tensor)
        torch.cuda.synchronize()

    whole = "whole"
    times = interleave(
        {whole: lambda: predict_batch(model, pictures, boxes), "network": network}, rounds
    )
    seconds = float(np.median(times[whole]))
    return f"{size / seconds:,.0f}", f"{np.median(times['network']) / seconds:.0%}"
