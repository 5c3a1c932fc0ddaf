"""Time of each part of `predict_batch` for 256 photos on a machine with a GPU."""

from collections.abc import Callable

import numpy as np
import torch
from PIL import Image

from benchmarks.measurements.gpu import BOX, MISSING
from benchmarks.measurements.picture import IMAGE
from benchmarks.report import Table
from benchmarks.timing import ROUNDS, interleave
from core.boxes import square_around
from images.preprocessing import crop_squares, decode_images
from network.prediction import NetworkInput, decode_outputs
from voxel_model import MAX_BATCH, VoxelModel, load_model, predict_batch, to_tensor

PHOTOS = 256
PARTS = ("reading", "crops", "to the GPU", "network", "predictions", "all, one beside the other")


def measure(rounds: int = ROUNDS) -> Table:
    """Time each part alone; without CUDA the rows say "not measured here"."""
    times = dict.fromkeys(PARTS, MISSING)
    if torch.cuda.is_available():
        seconds = interleave(_cases(load_model(device="cuda")), rounds)
        times = {name: f"{np.median(each) * 1e3:.0f}" for name, each in seconds.items()}
    return Table("gpu_parts", [f"{PHOTOS} pictures", "ms"], [[name, times[name]] for name in PARTS])


@torch.inference_mode()
def _cases(model: VoxelModel) -> dict[str, Callable]:
    """Return what is timed, by the names of PARTS."""
    images, boxes = [Image.open(IMAGE).convert("RGB")] * PHOTOS, [BOX] * PHOTOS
    squares = [square_around(BOX, model.config.crop_margin)] * PHOTOS

    def crop():
        return list(crop_squares(images, squares, model.config.image_size))

    crops = crop()
    pixels = [pixels for _, pixels in crops]
    inputs = [NetworkInput(images[0], None, BOX, squares[0], *each) for each in crops[:MAX_BATCH]]
    tensor = to_tensor(pixels[:MAX_BATCH], model)
    outputs = model(tensor)
    starts = range(0, PHOTOS, MAX_BATCH)

    def move_to_gpu():
        for start in starts:
            to_tensor(pixels[start : start + MAX_BATCH], model)
        torch.cuda.synchronize()

    def run_network():
        for _ in starts:
            model(tensor)
        torch.cuda.synchronize()

    return {
        "reading": lambda: decode_images(images),
        "crops": crop,
        "to the GPU": move_to_gpu,
        "network": run_network,
        "predictions": lambda: [decode_outputs(model, outputs, inputs) for _ in starts],
        "all, one beside the other": lambda: predict_batch(model, images, boxes),
    }
