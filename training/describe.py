"""Trains the descriptor head, which tells the piece of a bank that a photo shows.

    python -m training.describe --dry-run                          # everything, on a CPU
    python -m training.describe --minutes 12 --output runs/descriptor --studio slots=1024 ...

The trunk is frozen. The head learns from generated pictures with the photographed shape as the
positive and pieces of the bank that overlap with it or that it confuses as negatives
(`heads/descriptor/loss.py`). An encoder of grids learns the pieces' side; `training.add_heads`
puts the head into a checkpoint and the descriptors of all pieces into its bank.
"""

import sys
from collections.abc import Sequence

from pipeline.parts.bank import PieceBank
from training.data.color_filters import ColorFilteredSource
from training.heads.command import (
    held_out_studio,
    parse_config,
    prepare_device,
    run_command,
    studio_settings,
    validation_batches,
)
from training.heads.descriptor.piece_store import PieceStore
from training.heads.descriptor.training import DescriptorConfig, DescriptorTraining
from training.heads.trunk import with_heads
from training.studio.studio import Studio

DRY_RUN = {
    "output": "runs/dry_descriptor",
    "steps": 4,
    "batch_size": 4,
    "warmup": 2,
    "pieces": 64,
    "refresh": 2,
    "val_pictures": 4,
    "log_every": 2,
    "studio": ("slots=4", "grid=32"),
}


def parse_args(argv: Sequence[str] | None = None) -> DescriptorConfig:
    """Parses the command line."""
    return parse_config("describe", __doc__, DescriptorConfig, DRY_RUN, argv)


def make_training(config: DescriptorConfig) -> DescriptorTraining:
    """Loads the trunk, the bank and the studio of a run."""
    device = prepare_device(config)
    model = with_heads(config.checkpoint, device, descriptor=config.values)
    bank = PieceBank.load(config.bank)
    store = PieceStore(bank, device, config.pieces, model.config.categories)
    settings = studio_settings(config, model, resolution=32)
    validation = validation_batches(held_out_studio(settings, device).batch, config)
    studio = Studio(settings, device, config.seed)
    source = ColorFilteredSource(studio, config.filtered, config.seed)
    return DescriptorTraining(model, store, source, validation, config, device)


def main(argv: Sequence[str] | None = None) -> int:
    """Trains; returns the exit status, 2 after an error of the user."""
    return run_command(lambda: make_training(parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
