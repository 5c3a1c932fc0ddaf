"""Averages of weights: over the last steps of a run, and of two checkpoints."""

import copy
import json
from pathlib import Path

import torch
from torch import nn

from training.loop.checkpoints import CheckpointError
from voxel_model import VoxelModel


class EMA:
    """Exponential moving average of a model's parameters and BatchNorm statistics.

    A step updates all tensors with a few fused kernels (torch._foreach_lerp_) instead of one
    kernel each.

    Parameters
    ----------
    source : torch.nn.Module
        The model in training.
    decay : float
        Weight of the average in each update, below 1; 0 copies the source.

    Attributes
    ----------
    model : torch.nn.Module
        The average, in eval mode and without gradients.
    """

    RAMP = 10  # early updates average over about a tenth of the steps so far, to drop the start

    def __init__(self, source: nn.Module, decay: float):
        self.decay = decay
        self.model = copy.deepcopy(source).eval().requires_grad_(False)
        self.averaged, self.source, self.counters, self.source_counters = [], [], [], []
        source_state = source.state_dict(keep_vars=True)
        for name, value in self.model.state_dict(keep_vars=True).items():
            if value.is_floating_point():
                self.averaged.append(value)
                self.source.append(source_state[name])
            else:  # BatchNorm's counter
                self.counters.append(value)
                self.source_counters.append(source_state[name])

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Moves the average toward the weights after optimizer step number `step` (from 1)."""
        decay = min(self.decay, step / (step + self.RAMP))
        torch._foreach_lerp_(self.averaged, self.source, 1.0 - decay)
        if self.counters:
            torch._foreach_copy_(self.counters, self.source_counters)

    def state_dict(self) -> dict:
        """Returns the state of the average."""
        return self.model.state_dict()

    def load_state_dict(self, state: dict) -> None:
        """Restores the average."""
        self.model.load_state_dict(state)


def average(first: VoxelModel, second: VoxelModel, share: float) -> VoxelModel:
    """Averages the weights of two models of one design, in place of the second's.

    BatchNorm's statistics are averaged too; its counters stay the second's.

    Parameters
    ----------
    first, second : VoxelModel
        Models with the same parameter shapes.
    share : float
        Weight of the second, in [0, 1].

    Returns
    -------
    VoxelModel
        `second`.

    Raises
    ------
    CheckpointError
        If the shapes differ.
    """
    earlier, state = first.state_dict(), second.state_dict()
    shapes = [{name: value.shape for name, value in s.items()} for s in (earlier, state)]
    if shapes[0] != shapes[1]:
        raise CheckpointError("The two checkpoints are of different designs; no mean exists.")
    with torch.no_grad():
        for name, value in state.items():
            if value.is_floating_point():
                value.lerp_(earlier[name].to(value), 1 - share)
    return second


def read_notes(folder: Path) -> dict:
    """Returns the content of a checkpoint's training.json, empty without the file."""
    path = folder / "training.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
