"""Variants of the network, untrained: multiply-adds, weights and time."""

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.report import Table
from benchmarks.timing import ROUNDS, THREADS, UNIT, interleave, resnet_forward
from network import VoxelConfig, VoxelModel
from network.layers import channels_last

FIRST = {"depth": 4, "heads": 8, "fine": False, "mask_patch": 1, "posed": False}
RICH = {"depth": 4, "heads": 4, "fine": True, "mask_patch": 4, "posed": True}
VARIANTS = {
    "run 1": FIRST,
    "richer memory, heads 4": RICH,
    "self_every 4": RICH | {"self_every": 4},
    "depth 3": RICH | {"depth": 3},
    "width 192, heads 3": RICH | {"width": 192, "heads": 3},
    "depth 3 at 64³": RICH | {"depth": 3, "resolution": 64},
}


def measure(rounds: int = ROUNDS) -> Table:
    """Measure each variant. PyTorch counts no multiply-adds in attention; the time includes it."""
    torch.set_num_threads(THREADS)
    models = {name: VoxelModel(VoxelConfig(**fields)).eval() for name, fields in VARIANTS.items()}
    image = torch.rand(1, 3, 224, 224).contiguous(memory_format=torch.channels_last)
    for model in models.values():
        channels_last(model)
    cases = {name: lambda model=model: model(image) for name, model in models.items()}
    times = interleave({UNIT: resnet_forward()} | cases, rounds)
    unit = np.median(times[UNIT])
    rows = [
        [
            name,
            f"{multiply_adds(model, image) / 1e9:.2f}",
            f"{sum(p.numel() for p in model.parameters()) / 1e6:.1f}",
            f"{np.median(times[name]) / unit:.2f}",
        ]
        for name, model in models.items()
    ]
    header = ["variant", "10⁹ multiply-adds", "weights, M", "ResNet18 forwards"]
    return Table("designs", header, rows)


@torch.no_grad()
def multiply_adds(model: VoxelModel, images: torch.Tensor) -> float:
    """Return the multiply-adds of one forward, without those in attention."""
    with FlopCounterMode(display=False) as counter:
        model(images)
    return counter.get_total_flops() / 2
