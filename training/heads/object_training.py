"""Trains the object head on furnished rooms.

training = ObjectTraining(model, rooms, validation, config, device)
HeadLoop(training.modules, config, device).run(training.loss_of, training.on_save)
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import nn

from network.object_decoding import decode_objects
from network.object_head import STRIDE, FoundMaps
from training.heads.loop import HeadConfig
from training.heads.object_loss import object_loss
from training.heads.object_metrics import average_precision
from training.heads.object_targets import make_targets
from training.heads.room_augmentation import RoomAugmentation
from training.heads.room_geometry import flipped
from training.heads.trunk import half_precision, save_heads
from training.loop.config import setting
from training.studio.furnished import RoomBatch
from voxel_model import VoxelModel, normalize

FILE_NAME = "objects.safetensors"  # in the folder of the run
LOWEST_SCORE = 0.02  # of objects that average precision counts


class RoomSource(Protocol):
    """Endless pictures of rooms."""

    def batch(self, step: int, size: int) -> RoomBatch:
        """Returns batch number `step` with `size` pictures."""
        ...


@dataclass(frozen=True)
class ObjectConfig(HeadConfig):
    """Settings of `training.find`."""

    output: str = setting("runs/objects", "folder for the head's file and the log")
    reuse: int = setting(1, "steps that each rendered batch serves; changed at random if above 1")


class ReusedRooms:
    """A source whose batches serve several steps, each time changed at random.

    Parameters
    ----------
    source : RoomSource
        Rendered rooms.
    augment : RoomAugmentation
        The changes.
    reuse : int
        Steps of one batch.
    """

    def __init__(self, source: RoomSource, augment: RoomAugmentation, reuse: int):
        self.source, self.augment, self.reuse = source, augment, reuse
        self.number, self.rooms = -1, None

    def batch(self, step: int, size: int) -> RoomBatch:
        """Returns batch number `step`."""
        number = step // self.reuse
        if number != self.number:
            self.number, self.rooms = number, self.source.batch(number, size)
        return self.augment(self.rooms, step)


class ObjectTraining:
    """Losses, measurements and files of one run.

    Parameters
    ----------
    model : VoxelModel
        Frozen trunk with an object head, on `device`.
    source : RoomSource
        Training pictures.
    validation : list of RoomBatch
        Rooms of shapes that `source` does not show.
    config : ObjectConfig
        Settings.
    device : torch.device
        Device of the model.
    """

    def __init__(
        self,
        model: VoxelModel,
        source: RoomSource,
        validation: list[RoomBatch],
        config: ObjectConfig,
        device: torch.device,
    ):
        self.model, self.source, self.config = model, source, config
        self.validation, self.device = validation, device
        self.modules = nn.ModuleDict({"object_head": model.object_head})

    def loss_of(self, step: int) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Returns the loss of a training step, and its figures."""
        rooms = self.source.batch(step, self.config.batch_size)
        if step % 2:
            rooms = flipped(rooms, torch.ones(len(rooms), dtype=torch.bool, device=self.device))
        with half_precision(self.device):
            maps = self._maps(rooms, self.modules["object_head"])
        maps = FoundMaps(*(value.float() for value in maps))
        return object_loss(maps, make_targets(rooms, rooms.image.shape[-1] // STRIDE))

    def on_save(self, modules: nn.ModuleDict, step: int) -> dict:
        """Measures the averaged modules and writes them."""
        figures = self.measure(modules["object_head"].eval())
        notes = {"fields": {"objects": True}, "objects": figures}
        save_heads(Path(self.config.output) / FILE_NAME, dict(modules.items()), notes)
        return figures

    @torch.no_grad()
    def measure(self, head: nn.Module) -> dict[str, float]:
        """Returns the average precision on held-out rooms at IoU 0.5 and 0.75, and counts."""
        found, true, ignored = [], [], []
        for rooms in self.validation:
            with half_precision(self.device):
                maps = self._maps(rooms, head)
            side = rooms.image.shape[-1]
            square, size = (0.0, 0.0, float(side), float(side)), (side, side)
            names, count = self.model.config.categories, len(rooms)
            rows = decode_objects(maps, names, [square] * count, [size] * count, LOWEST_SCORE)
            found += [[(o.score, o.box) for o in row] for row in rows]
            boxes = (rooms.boxes * side).cpu().numpy()
            for chosen, lists in ((rooms.is_target, true), (rooms.is_ignored, ignored)):
                kept = zip(boxes, chosen.cpu().numpy(), strict=True)
                lists += [[tuple(map(float, b)) for b in row[flags]] for row, flags in kept]
        return {
            "precision_50": average_precision(found, true, ignored, 0.5),
            "precision_75": average_precision(found, true, ignored, 0.75),
            "pieces": sum(map(len, true)) / max(len(true), 1),
            "found": sum(s >= 0.3 for row in found for s, _ in row) / max(len(true), 1),
        }

    def _maps(self, rooms: RoomBatch, head: nn.Module) -> FoundMaps:
        """Maps of a head on the frozen encoder's features."""
        with torch.no_grad():
            image = normalize(rooms.image).contiguous(memory_format=torch.channels_last)
            features = self.model.features(image)
        return head(features)
