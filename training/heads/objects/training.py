"""Trains the object head on furnished rooms.

training = ObjectTraining(model, rooms, validation, config, device)
HeadLoop(training.modules, config, device).run(training.loss_of, training.on_save)
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import nn

from network.heads.found_maps import STRIDE, FoundMaps
from network.heads.object_decoding import decode_objects
from network.heads.second_look import candidates_of
from training.heads.loop import HeadConfig
from training.heads.objects.loss import object_loss
from training.heads.objects.metrics import average_precision
from training.heads.objects.room_augmentation import RoomAugmentation
from training.heads.objects.room_geometry import flipped, photo_frames
from training.heads.objects.second_look_loss import jittered, second_look_loss
from training.heads.objects.targets import make_targets
from training.heads.trunk import half_precision, save_heads
from training.loop.config import setting
from training.studio.room_batches import RoomBatch
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
    looks: int = setting(
        1, "2: the features in each found box correct it (network.heads.second_look)"
    )
    first: str = setting("train", "train, or keep: the first look stays as it is")


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
        self.trains_first = config.first != "keep"
        if not self.trains_first:
            model.object_head.requires_grad_(False)
            model.object_head.second.requires_grad_(True)

    def loss_of(self, step: int) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Returns the loss of a training step, and its figures."""
        rooms = self.source.batch(step, self.config.batch_size)
        if step % 2:
            rooms = flipped(rooms, torch.ones(len(rooms), dtype=torch.bool, device=self.device))
        head, parts = self.modules["object_head"], []
        with half_precision(self.device):
            features = self._features(rooms)
            maps, merged = head.first_look(features)
            if head.second is not None:
                first = jittered(candidates_of(maps))
                second = head.second.correct(first, features, merged.detach())
        if self.trains_first:
            maps = FoundMaps(*(value.float() for value in maps))
            targets = make_targets(rooms, rooms.image.shape[-1] // STRIDE)
            parts.append(object_loss(maps, targets))
        if head.second is not None:
            parts.append(second_look_loss(first, second, rooms))
        return sum(loss for loss, _ in parts), {k: v for _, f in parts for k, v in f.items()}

    def on_save(self, modules: nn.ModuleDict, step: int) -> dict:
        """Measures the averaged modules and writes them."""
        figures = self.measure(modules["object_head"].eval())
        fields = {"objects": True, "second_look": self.model.config.second_look}
        notes = {"fields": fields, "objects": figures}
        save_heads(Path(self.config.output) / FILE_NAME, dict(modules.items()), notes)
        return figures

    @torch.no_grad()
    def measure(self, head: nn.Module) -> dict[str, float]:
        """Returns the average precision on held-out rooms at IoU 0.5 and 0.75, and counts.

        Found boxes are cut off at the photograph's edges, as `find_objects` does.
        """
        found, true, ignored = [], [], []
        for rooms in self.validation:
            with half_precision(self.device):
                maps = head(self._features(rooms))
            side = rooms.image.shape[-1]
            frames = photo_frames(rooms)
            corners = frames.tolist()
            squares = [(-x, -y, side - x, side - y) for x, y, _, _ in corners]
            sizes = [(x1 - x0, y1 - y0) for x0, y0, x1, y1 in corners]
            names = self.model.config.categories
            rows = decode_objects(maps, names, squares, sizes, LOWEST_SCORE)
            found += [[(o.score, o.box) for o in row] for row in rows]
            boxes = (rooms.boxes * side - frames[:, None, [0, 1, 0, 1]]).cpu().numpy()
            for chosen, lists in ((rooms.is_target, true), (rooms.is_ignored, ignored)):
                kept = zip(boxes, chosen.cpu().numpy(), strict=True)
                lists += [[tuple(map(float, b)) for b in row[flags]] for row, flags in kept]
        return {
            "precision_50": average_precision(found, true, ignored, 0.5),
            "precision_75": average_precision(found, true, ignored, 0.75),
            "pieces": sum(map(len, true)) / max(len(true), 1),
            "found": sum(s >= 0.3 for row in found for s, _ in row) / max(len(true), 1),
        }

    @torch.no_grad()
    def _features(self, rooms: RoomBatch) -> list[torch.Tensor]:
        """The frozen encoder's features of pictures."""
        image = normalize(rooms.image).contiguous(memory_format=torch.channels_last)
        return self.model.features(image)
