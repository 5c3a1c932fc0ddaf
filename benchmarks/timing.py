"""Times that hold on any machine: ratios to one ResNet18 forward, taken turn by turn with it.

    times = interleave({"unit": resnet_forward(), "whole": work}, rounds=20)
    ratio(times, "whole")        # median of the one over median of the other

A machine that is busy or throttles slows neighbours in time alike, so that the ratio stays.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torchvision.models import resnet18

UNIT = "ResNet18"
THREADS = 2  # a small Space's and an old laptop's cores
ROUNDS, WARM_UP = 20, 4


def resnet_forward() -> Callable[[], torch.Tensor]:
    """The unit: one forward of a bare torchvision ResNet18, float32, batch 1, 224 x 224."""
    model, images = resnet18(weights=None).eval(), torch.rand(1, 3, 224, 224)
    return lambda: model(images)


@torch.inference_mode()
def interleave(
    cases: dict[str, Callable], rounds: int = ROUNDS, warm_up: int = WARM_UP
) -> dict[str, np.ndarray]:
    """Seconds (rounds,) of every case, each called once a round after `warm_up` rounds."""
    times = {name: [] for name in cases}
    for _ in range(warm_up + rounds):
        for name, case in cases.items():
            began = time.perf_counter()
            case()
            times[name].append(time.perf_counter() - began)
    return {name: np.array(seconds[warm_up:]) for name, seconds in times.items()}


def ratio(times: dict[str, np.ndarray], case: str, less: str | None = None) -> float:
    """Median of a case, `less` another's of the same round, in units."""
    seconds = times[case] - (times[less] if less else 0)
    return float(np.median(seconds) / np.median(times[UNIT]))


def peak_memory() -> float:
    """Most megabytes that this process has held; Linux alone tells it.

    Not `getrusage`, whose figure begins with that of the process which started this one.
    """
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) / 1024
