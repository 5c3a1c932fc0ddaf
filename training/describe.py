"""Trains the descriptor head, which tells the piece of a bank that a photo shows.

    python -m training.describe --dry-run                          # everything, on a CPU
    python -m training.describe --minutes 12 --output runs/descriptor --studio slots=1024 ...

The trunk is frozen. The head learns from generated pictures with the photographed shape as the
positive and pieces of the bank that overlap with it or that it confuses as negatives
(`heads/descriptor_loss.py`). An encoder of grids learns the pieces' side; `training.add_heads`
puts the head into a checkpoint and the descriptors of all pieces into its bank.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace

import torch

from core.errors import UserError
from pipeline.parts.bank import PieceBank
from training.command_line import argument_parser
from training.data.batches import Batch
from training.data.color_filters import ColorFilteredSource
from training.evaluation.validation import VALIDATION_SEED
from training.heads.descriptor_training import DescriptorConfig, DescriptorTraining
from training.heads.loop import HeadLoop, add_options
from training.heads.piece_store import PieceStore
from training.heads.trunk import with_heads
from training.loop.config import parse_override
from training.studio.studio import Studio, StudioConfig
from training.train import process_start
from voxel_model import pick_device

VALIDATION_SLOTS = 192  # shapes of the validation pictures
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
    parser = argument_parser("describe", __doc__)
    parser.add_argument("--dry-run", action="store_true", help="a few steps on a CPU")
    add_options(parser, DescriptorConfig)
    typed = vars(parser.parse_args(argv))
    preset = DRY_RUN if typed.pop("dry_run") else {}
    return replace(DescriptorConfig(), **(preset | typed))


def make_training(config: DescriptorConfig) -> tuple[DescriptorTraining, torch.device]:
    """Loads the trunk, the bank and the studio of a run."""
    device = pick_device(config.device)
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = device.type == "cuda"
    torch.manual_seed(config.seed)
    model = with_heads(config.checkpoint, device, descriptor=config.values)
    names, size = model.config.categories, model.config.image_size
    store = PieceStore(PieceBank.load(config.bank), device, config.pieces, names)
    settings = StudioConfig(image_size=size, resolution=32, categories=names)
    settings = settings.changed(dict(parse_override(text) for text in config.studio))
    validation = make_validation(settings, config, device)
    source = ColorFilteredSource(
        Studio(settings, device, config.seed), config.filtered, config.seed
    )
    return DescriptorTraining(model, store, source, validation, config, device), device


def make_validation(
    settings: StudioConfig, config: DescriptorConfig, device: torch.device
) -> list[Batch]:
    """Renders pictures of procedural shapes that training does not see."""
    slots = min(settings.slots, VALIDATION_SLOTS)
    held_out = replace(settings, filled=slots, workers=0, cad=None)
    studio = Studio(held_out, device, VALIDATION_SEED)
    size = min(config.batch_size, config.val_pictures)
    return [studio.batch(i, size) for i in range(max(1, config.val_pictures // size))]


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
