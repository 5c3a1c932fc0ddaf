"""Targets of the object head: heat maps of the centres, and masks at the head's stride.

targets = make_targets(rooms, side=56)               # ObjectTargets of a RoomBatch
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F

from training.studio.room_batches import RoomBatch

SPREAD = 0.09  # standard deviation of a centre's heat, in sides of the box (Liu et al. 2019)
MIN_SPREAD = 0.7  # cells


class ObjectTargets(NamedTuple):
    """Targets of B pictures with K objects, at s cells a side."""

    heat: torch.Tensor  # (B, K, s, s) in [0, 1], 1 at the cell of the centre; 0 without target
    ignored: torch.Tensor  # (B, s, s) bool, cells whose heat is neither right nor wrong
    cells: torch.Tensor  # (B, K) int64, flat number of the cell of the centre
    masks: torch.Tensor  # (B, K, s, s) share of each cell that shows the object
    boxes: torch.Tensor  # (B, K, 4) shares of the picture's side
    category: torch.Tensor  # (B, K) int64
    is_target: torch.Tensor  # (B, K) bool


def make_targets(rooms: RoomBatch, side: int) -> ObjectTargets:
    """Computes the targets of pictures.

    Parameters
    ----------
    rooms : RoomBatch
        Pictures with their objects.
    side : int
        Cells a side; divides the pictures' side.
    """
    boxes = rooms.boxes * side
    middle = (boxes[..., :2] + boxes[..., 2:]) / 2
    cell = middle.floor().clamp(0, side - 1)
    spread = ((boxes[..., 2:] - boxes[..., :2]) * SPREAD).clamp_min(MIN_SPREAD)
    line = torch.arange(side, device=boxes.device)
    away = (line - cell[..., None]) / spread[..., None]  # (B, K, 2, s) from the centre's cell
    x, y = (-away.square() / 2).exp().unbind(2)
    heat = y[..., None] * x[:, :, None, :]
    step = rooms.which.shape[-1] // side
    # one object after the other: all at once are gigabytes for a batch of 256
    shown = ((rooms.which == k)[:, None].float() for k in range(boxes.shape[1]))
    masks = torch.cat([F.avg_pool2d(one, step) for one in shown], dim=1)
    unsure = (heat > 0.1) & rooms.is_ignored[..., None, None]
    return ObjectTargets(
        heat=torch.where(rooms.is_target[..., None, None], heat, 0.0),
        ignored=unsure.any(dim=1),
        cells=(cell[..., 1] * side + cell[..., 0]).long(),
        masks=masks,
        boxes=rooms.boxes,
        category=rooms.category,
        is_target=rooms.is_target,
    )
