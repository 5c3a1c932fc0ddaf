"""Trains the head that finds all pieces of furniture in a photo.

    python -m training.find --dry-run                          # everything, on a CPU
    python -m training.find --minutes 12 --output runs/objects --studio slots=1024 assets=... ...

The trunk is frozen. The head learns from generated rooms with 1 to 10 pieces of true relative
size: sets of chairs around tables, rows, pieces before pieces, and things that are no furniture
(`studio/room_batches.py`). `training.add_heads` puts it into a checkpoint.
"""

import sys
from collections.abc import Sequence

from core.errors import UserError
from training.heads.command import (
    held_out_studio,
    parse_config,
    prepare_device,
    run_command,
    studio_settings,
    validation_batches,
)
from training.heads.objects.room_augmentation import RoomAugmentation, without_furniture
from training.heads.objects.training import ObjectConfig, ObjectTraining, ReusedRooms
from training.heads.trunk import with_heads
from training.studio.room_batches import FurnishedRooms
from training.studio.studio import Studio

DRY_RUN = {
    "output": "runs/dry_objects",
    "steps": 4,
    "batch_size": 2,
    "warmup": 2,
    "val_pictures": 2,
    "log_every": 2,
    "studio": ("slots=16", "grid=32"),
}


def parse_args(argv: Sequence[str] | None = None) -> ObjectConfig:
    """Parses the command line."""
    return parse_config("find", __doc__, ObjectConfig, DRY_RUN, argv)


def make_training(config: ObjectConfig) -> ObjectTraining:
    """Loads the trunk and the studio of a run."""
    device = prepare_device(config)
    if config.looks not in (1, 2) or config.first not in ("train", "keep"):
        raise UserError("--looks must be 1 or 2, --first train or keep.")
    if config.first == "keep" and config.looks == 1:
        raise UserError("--first keep trains the second look alone; add --looks 2.")
    model = with_heads(config.checkpoint, device, objects=True, second_look=config.looks == 2)
    settings = studio_settings(config, model)
    rooms = FurnishedRooms(held_out_studio(settings, device))
    validation = validation_batches(rooms.batch, config)
    studio = Studio(settings, device, config.seed)
    source = FurnishedRooms(studio)
    if config.reuse > 1:
        grounds = without_furniture(model, studio.assets.plates)
        source = ReusedRooms(source, RoomAugmentation(grounds), config.reuse)
    return ObjectTraining(model, source, validation, config, device)


def main(argv: Sequence[str] | None = None) -> int:
    """Trains; returns the exit status, 2 after an error of the user."""
    return run_command(lambda: make_training(parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
