"""Trains the head that finds all pieces of furniture in a photo.

    python -m training.find --dry-run                          # everything, on a CPU
    python -m training.find --minutes 12 --output runs/objects --studio slots=1024 assets=... ...

The trunk is frozen. The head learns from generated rooms with 1 to 10 pieces of true relative
size: sets of chairs around tables, rows, pieces before pieces, and things that are no furniture
(`studio/furnished.py`). `training.add_heads` puts it into a checkpoint.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace

import torch

from core.errors import UserError
from training.command_line import argument_parser
from training.evaluation.validation import VALIDATION_SEED
from training.heads.loop import HeadLoop, add_options
from training.heads.object_training import ObjectConfig, ObjectTraining
from training.heads.trunk import with_heads
from training.loop.config import parse_override
from training.studio.furnished import FurnishedRooms, RoomBatch
from training.studio.studio import Studio, StudioConfig
from training.train import process_start
from voxel_model import pick_device

VALIDATION_SLOTS = 192  # shapes of the validation rooms
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
    parser = argument_parser("find", __doc__)
    parser.add_argument("--dry-run", action="store_true", help="a few steps on a CPU")
    add_options(parser, ObjectConfig)
    typed = vars(parser.parse_args(argv))
    preset = DRY_RUN if typed.pop("dry_run") else {}
    return replace(ObjectConfig(), **(preset | typed))


def make_training(config: ObjectConfig) -> tuple[ObjectTraining, torch.device]:
    """Loads the trunk and the studio of a run."""
    device = pick_device(config.device)
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = device.type == "cuda"
    torch.manual_seed(config.seed)
    model = with_heads(config.checkpoint, device, objects=True)
    names, size = model.config.categories, model.config.image_size
    settings = StudioConfig(image_size=size, categories=names)
    settings = settings.changed(dict(parse_override(text) for text in config.studio))
    validation = make_validation(settings, config, device)
    source = FurnishedRooms(Studio(settings, device, config.seed))
    return ObjectTraining(model, source, validation, config, device), device


def make_validation(
    settings: StudioConfig, config: ObjectConfig, device: torch.device
) -> list[RoomBatch]:
    """Renders rooms of procedural shapes that training does not see."""
    slots = min(settings.slots, VALIDATION_SLOTS)
    held_out = replace(settings, filled=slots, workers=0, cad=None)
    rooms = FurnishedRooms(Studio(held_out, device, VALIDATION_SEED))
    size = min(config.batch_size, config.val_pictures)
    return [rooms.batch(i, size) for i in range(max(1, config.val_pictures // size))]


def main(argv: Sequence[str] | None = None) -> int:
    """Trains; returns the exit status, 2 after an error of the user."""
    try:
        config = parse_args(argv)
        training, device = make_training(config)
        loop = HeadLoop(training.modules, config, device, process_start())
        loop.run(training.loss_of, training.on_save)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"written: {config.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
