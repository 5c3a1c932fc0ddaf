"""Times as ratios to one ResNet18 forward, measured alternately with it.

    times = interleave({"unit": resnet_forward(), "whole": work}, rounds=20)
    ratio(times, "whole")        # median of "whole" over median of the unit

A busy or throttled machine slows neighbouring calls alike, so that the ratio changes little.
"""

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from torchvision.models import resnet18

UNIT = "ResNet18"
THREADS = 2  # the cores of a small Space and of an old laptop
ROUNDS, WARM_UP = 20, 4


def resnet_forward() -> Callable[[], torch.Tensor]:
    """Return the unit of time: a forward of torchvision's ResNet18, float32, (1, 3, 224, 224)."""
    model, images = resnet18(weights=None).eval(), torch.rand(1, 3, 224, 224)
    return lambda: model(images)


@torch.inference_mode()
def interleave(
    cases: Mapping[str, Callable], rounds: int = ROUNDS, warm_up: int = WARM_UP
) -> dict[str, np.ndarray]:
    """Time every case once a round.

    Parameters
    ----------
    cases : mapping of str to callable
        What is timed, by name.
    rounds : int
        Rounds that count.
    warm_up : int
        Rounds before them.

    Returns
    -------
    dict of str to (rounds,) float array
        Seconds of each case.
    """
    times = {name: [] for name in cases}
    for _ in range(warm_up + rounds):
        for name, case in cases.items():
            began = time.perf_counter()
            case()
            times[name].append(time.perf_counter() - began)
    return {name: np.array(seconds[warm_up:]) for name, seconds in times.items()}


def ratio(times: Mapping[str, np.ndarray], case: str, minus: str | None = None) -> float:
    """Return the median time of a case in units.

    Parameters
    ----------
    times : mapping of str to (rounds,) float array
        Result of `interleave`, with the case UNIT.
    case : str
        Name of the case.
    minus : str, optional
        Another case, whose time in the same round is subtracted.
    """
    seconds = times[case] - (times[minus] if minus else 0)
    return float(np.median(seconds) / np.median(times[UNIT]))


def peak_memory() -> float:
    """Return the most resident memory of this process so far, in MiB. Linux only.

    `getrusage` does not serve: its value starts with that of the parent process.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) / 1024
