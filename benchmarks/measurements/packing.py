"""The network with plain and with packed kernels (network/packing.py), in ResNet18 forwards."""

from collections.abc import Callable

import numpy as np
import torch

from benchmarks.measurements import picture, room
from benchmarks.report import Table
from benchmarks.timing import ROUNDS, THREADS, UNIT, interleave, ratio, resnet_forward
from core.boxes import square_around
from images.preprocessing import crop_squares, decode_image
from images.untrusted import open_image
from voxel_model import (
    VoxelModel,
    find_boxes,
    find_objects,
    load_model,
    predict_decoded,
    to_tensor,
)

KINDS = {"plain": False, "packed": True}  # name: `fold` of load_model


def measure(rounds: int = ROUNDS) -> Table:
    """Measure both kinds in turns, so that other work on the machine slows them alike."""
    torch.set_num_threads(THREADS)
    cases: dict[str, Callable] = {UNIT: resnet_forward()}
    for kind, fold in KINDS.items():
        model = load_model(device="cpu", fold=fold)
        cases |= {f"{step}, {kind}": case for step, case in make_cases(model).items()}
    times = interleave(cases, rounds)
    steps = list(dict.fromkeys(case.rpartition(", ")[0] for case in cases if case != UNIT))
    rows = [[step, *(f"{ratio(times, f'{step}, {kind}'):.2f}" for kind in KINDS)] for step in steps]
    rows.append([f"{UNIT}, ms", *[f"{1e3 * np.median(times[UNIT]):.1f}"] * len(KINDS)])
    header = ["step, in ResNet18 forwards", "plain kernels", "packed kernels"]
    return Table("packing", header, rows)


def make_cases(model: VoxelModel) -> dict[str, Callable]:
    """Return what is timed, by name.

    Parameters
    ----------
    model : VoxelModel
        The network on the CPU.
    """
    photo, scene = (decode_image(open_image(module.IMAGE)) for module in (picture, room))
    box = find_boxes(model, [photo.rgb], [None])[0]
    boxes = list(room.BOXES)
    squares = [square_around(b, model.config.crop_margin) for b in boxes]
    crops = crop_squares([scene.rgb] * len(boxes), squares, model.config.image_size)
    many = to_tensor([pixels for _, pixels in crops], model)
    one = many[:1]
    return {
        "encoder": lambda: model.features(one),
        "network": lambda: model(one),
        f"network, {len(boxes)} crops in one batch": lambda: model(many),
        "finding the pieces of a photo": lambda: find_objects(model, photo),
        "photo to prediction, with a box": lambda: predict_decoded(model, [photo], [box]),
        "photo to prediction, without a box": lambda: predict_decoded(model, [photo]),
        f"room to {len(boxes)} predictions": lambda: predict_decoded(
            model, [scene] * len(boxes), boxes
        ),
    }
