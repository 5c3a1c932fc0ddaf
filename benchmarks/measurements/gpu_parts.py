"""Where `predict_batch` spends its time on 256 pictures beside a GPU, part by part."""

import numpy as np
import torch
from PIL import Image

from benchmarks.gpu import BOX, MISSING
from benchmarks.picture import PICTURE
from benchmarks.report import Table
from benchmarks.timing import ROUNDS, interleave
from core.boxes import square_around
from images.preprocessing import crop_squares, decode_images
from network.prediction import NetworkInput, decode_outputs
from voxel_model import MAX_BATCH, VoxelModel, load_model, predict_batch, to_tensor

SIZE = 256
PARTS = ("reading", "crops", "to the GPU", "network", "predictions", "all, one beside the other")


def measure(rounds: int = ROUNDS) -> Table:
    """One row a part, each timed alone; "not measured here" without CUDA."""
    times = dict.fromkeys(PARTS, MISSING)
    if torch.cuda.is_available():
        seconds = interleave(_parts(load_model(device="cuda")), rounds)
        times = {name: f"{np.median(each) * 1e3:.0f}" for name, each in seconds.items()}
    return Table("gpu_parts", [f"{SIZE} pictures", "ms"], [[n, times[n]] for n in PARTS])


@torch.inference_mode()
def _parts(model: VoxelModel) -> dict:
    pictures, boxes = [Image.open(PICTURE).convert("RGB")] * SIZE, [BOX] * SIZE
    squares = [square_around(BOX, model.config.crop_margin)] * SIZE

    def crops():
        return list(crop_squares(pictures, squares, model.config.image_size))

    made = crops()
    pixels = [pixels for _, pixels in made]
    views = [NetworkInput(pictures[0], None, BOX, squares[0], *crop) for crop in made[:MAX_BATCH]]
    images = to_tensor(pixels[:MAX_BATCH], model)
    outputs = model(images)
    groups = range(0, SIZE, MAX_BATCH)

    def moved():
        for at in groups:
            to_tensor(pixels[at : at + MAX_BATCH], model)
        torch.cuda.synchronize()

    def computed():
        for _ in groups:
            model(images)
        torch.cuda.synchronize()

    return {
        "reading": lambda: decode_images(pictures),
        "crops": crops,
        "to the GPU": moved,
        "network": computed,
        "predictions": lambda: [decode_outputs(model, outputs, views) for _ in groups],
        "all, one beside the other": lambda: predict_batch(model, pictures, boxes),
    }
