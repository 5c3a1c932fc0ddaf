"""The average of the weights over the last steps: steadier than any one of them, and what ships."""

import copy

import torch
from torch import nn


class EMA:
    """Exponential moving average of a model's parameters and BatchNorm statistics.

    A few fused kernels a step over all tensors (torch._foreach_lerp_) rather than one each.

    model : nn.Module, the average, in eval mode and without gradients
    """

    RAMP = 10  # early steps: the average spans a tenth of the steps so far, to forget the start

    def __init__(self, source: nn.Module, decay: float):
        self.decay = decay
        self.model = copy.deepcopy(source).eval().requires_grad_(False)
        self.averaged, self.source, self.counters, self.counted = [], [], [], []
        online = source.state_dict(keep_vars=True)
        for name, value in self.model.state_dict(keep_vars=True).items():
            if value.is_floating_point():
                self.averaged.append(value)
                self.source.append(online[name])
            else:  # BatchNorm's counter
                self.counters.append(value)
                self.counted.append(online[name])

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Moves the average toward the weights after optimizer step number `step` (from 1)."""
        decay = min(self.decay, step / (step + self.RAMP))
        torch._foreach_lerp_(self.averaged, self.source, 1.0 - decay)
        if self.counters:
            torch._foreach_copy_(self.counters, self.counted)

    def state_dict(self) -> dict:
        return self.model.state_dict()

    def load_state_dict(self, state: dict) -> None:
        self.model.load_state_dict(state)
