"""The parts that the commands of all heads share: options, device, shapes for validation, the run.

config = parse_config("find", __doc__, ObjectConfig, DRY_RUN, argv)
device = prepare_device(config)
sys.exit(run_command(lambda: make_training(config)))
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import torch
from torch import nn

from core.errors import UserError
from training.console.command_line import argument_parser
from training.evaluation.validation import VALIDATION_SEED
from training.heads.loop import HeadConfig, HeadLoop, add_options
from training.loop.config import parse_override
from training.studio.studio import Studio, StudioConfig
from training.train import process_start
from voxel_model import VoxelModel, pick_device

VALIDATION_SLOTS = 192  # shapes of the validation pictures

Config = TypeVar("Config", bound=HeadConfig)


class HeadTraining(Protocol):
    """Losses, measurements and files of one run."""

    modules: nn.ModuleDict
    config: HeadConfig
    device: torch.device

    def loss_of(self, step: int) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Returns the loss of a training step, and its figures."""
        ...

    def on_save(self, modules: nn.ModuleDict, step: int) -> dict:
        """Measures the averaged modules and writes them."""
        ...


def parse_config(
    command: str, text: str, kind: type[Config], dry_run: dict, argv: Sequence[str] | None
) -> Config:
    """Parses a command line into settings of `kind`; --dry-run sets those of `dry_run`."""
    parser = argument_parser(command, text)
    parser.add_argument("--dry-run", action="store_true", help="a few steps on a CPU")
    add_options(parser, kind)
    typed = vars(parser.parse_args(argv))
    preset = dry_run if typed.pop("dry_run") else {}
    return replace(kind(), **(preset | typed))


def prepare_device(config: HeadConfig) -> torch.device:
    """Sets PyTorch's modes and seed for a run; returns its device."""
    device = pick_device(config.device)
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = device.type == "cuda"
    torch.manual_seed(config.seed)
    return device


def studio_settings(config: HeadConfig, model: VoxelModel, **fields: Any) -> StudioConfig:
    """Returns the studio of a run: the model's image size and categories, `fields`, --studio."""
    names, size = model.config.categories, model.config.image_size
    settings = StudioConfig(image_size=size, categories=names, **fields)
    return settings.changed(dict(parse_override(text) for text in config.studio))


def held_out_studio(settings: StudioConfig, device: torch.device, seed: int = 0) -> Studio:
    """Returns a studio of procedural shapes that training does not see; others for each seed."""
    slots = min(settings.slots, VALIDATION_SLOTS)
    settings = replace(settings, filled=slots, workers=0, cad=None)
    return Studio(settings, device, VALIDATION_SEED + seed)


def validation_batches(batch: Callable[[int, int], Any], config: HeadConfig) -> list:
    """Returns about `val_pictures` pictures of batch(number, size), in whole batches."""
    size = min(config.batch_size, config.val_pictures)
    return [batch(i, size) for i in range(max(1, config.val_pictures // size))]


def run_command(make_training: Callable[[], HeadTraining]) -> int:
    """Trains a head; returns the exit status, 2 after an error of the user."""
    try:
        training = make_training()
        loop = HeadLoop(training.modules, training.config, training.device, process_start())
        loop.run(training.loss_of, training.on_save)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"written: {training.config.output}")
    return 0
