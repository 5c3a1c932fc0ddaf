"""Every setting of a training run, with the reason for its default, and the command line of it."""

import argparse
import ast
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, field, fields, replace

from core.errors import UserError


def setting(default, help: str):
    """A dataclass field that is also a command line option."""
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class TrainConfig:
    """Defaults are for one H200; `--dry-run` has the values of a laptop."""

    output: str = setting("runs/train", "folder for checkpoints, state and TensorBoard files")
    # how long
    steps: int | None = setting(None, "optimizer steps; the schedule's end, unless time ends it")
    minutes: float | None = setting(None, "wall clock of this call, all included")
    minutes_total: float | None = setting(None, "wall clock of all calls of one resumed run")
    resume: bool = setting(False, "go on with the run in --output, or begin it")
    overwrite: bool = setting(False, "discard the run that --output holds")
    # the network
    init: str | None = setting(None, "start from the weights of this checkpoint folder")
    encoder_weights: str | None = setting(None, "file of ImageNet weights, see loop/encoders.py")
    decoder: str = setting("attention", 'or "fc", the classic design')
    encoder: str | None = setting(None, "resnet18 or efficientnet_lite2; None: the default")
    resolution: int = setting(32, "cells a side")
    image_size: int = setting(224, "pixels a side of the network's input")
    width: int | None = setting(None, "channels of a query token; None: the model's default")
    depth: int | None = setting(None, "attention blocks; None: the model's default")
    heads: int | None = setting(None, "attention heads; None: the model's default")
    self_every: int | None = setting(None, "blocks from one self-attention to the next")
    overview: int | None = setting(None, "only 0: a removed design, which earlier runs recorded")
    refined: int | None = setting(None, "channels of the 16x16x16 grid")
    fine: bool | None = setting(None, "let the queries see the stride-8 map")
    mask_patch: int | None = setting(None, "values a side of the mask in each token: 1, 2 or 4")
    posed: bool | None = setting(None, "tell the queries where they are for the predicted camera")
    coordinates: bool | None = setting(None, "predict each pixel's place in the object")
    # optimisation
    batch_size: int = setting(256, "pictures a step and process; fills an H200, steps stay many")
    accumulate: int = setting(1, "batches whose gradients are added up for one step")
    optimizer: str = setting("adamw", 'or "adam"')
    lr: float = setting(1e-3, "peak learning rate; 16 M weights with warm-up and clipping bear it")
    encoder_rate: float = setting(1.0, "encoder's share of the rate; 0.1 from ImageNet weights")
    beta2: float = setting(0.999, "Adam's memory of squared gradients; 0.95 to 0.99 for short runs")
    schedule: str = setting("cosine", 'or "constant"')
    final_lr: float = setting(0.01, "share of the peak that the cosine ends on")
    warmup: int = setting(500, "steps; Adam's second moments need them with fresh attention")
    weight_decay: float = setting(0.05, "on matrices and kernels alone")
    clip: float = setting(1.0, "gradient norm; 0 for none")
    ema: float = setting(0.999, "decay of the averaged weights; 0 for none")
    precision: str = setting("auto", '"bf16", "fp32" or "auto": bf16 where there is a GPU')
    compile: str = setting(
        "auto",
        '"on", "off" or "auto": torch.compile where there is a GPU; one alone, CUDA graphs too',
    )
    graphs: bool = setting(False, "CUDA graphs on several GPUs; gradients are averaged without DDP")
    losses: tuple = setting((), "weights of training.loop.losses as name=value, e.g. thin=0 mask=1")
    # data
    seed: int = setting(0, "of the weights and of every picture")
    studio: tuple = setting((), "fields of StudioConfig as name=value")
    filtered: float = setting(0.0, "share of pictures through a random colour filter")
    photos: str | None = setting(None, "mix in real photos: folder in Pix3D's layout")
    photo_share: float = setting(0.3, "share of batches that are photos, where --photos is given")
    photo_splits: str | None = setting(None, "JSON of training.splits: its train shapes alone")
    photo_grids: str | None = setting(None, "folder of training.convert_voxels; None: .mat")
    small: bool = setting(False, "StudioConfig.small(): the studio for a CPU")
    # judging
    val_every: int = setting(1000, "steps between validations; each writes last, best and state")
    val_pictures: int = setting(512, "generated once, from a seed that training never uses")
    val_cad: str | None = setting(None, "held-out models of pack_cad; they choose the best weights")
    val_data: str | None = setting(None, "folder of real photos in Pix3D's layout, watched alone")
    photo_minutes: float = setting(3.0, "minutes between looks at --val-data")
    log_every: int = setting(50, "steps between log lines; each is one GPU sync")
    profile: int = setting(0, "step of this call from which ten are profiled to OUTPUT/profile.txt")
    half: bool = setting(False, "write OUTPUT/half, best in float16, at the end")

    def overrides(self, name: str) -> dict:
        """`studio` or `losses` as a dict, values read as Python literals where they are some."""
        return dict(parse_override(text) for text in getattr(self, name))


RECIPES = {
    "attention": {},
    # the design this project replaces, trained as it was
    "classic": {
        "decoder": "fc",
        "optimizer": "adam",
        "lr": 1e-4,
        "batch_size": 16,
        "schedule": "constant",
        "warmup": 0,
        "weight_decay": 0.0,
        "clip": 0.0,
        "ema": 0.0,
        "precision": "fp32",
    },
}

DRY_RUN = {
    "output": "runs/dry_run",
    "overwrite": True,
    "steps": 4,
    "batch_size": 2,
    "warmup": 2,
    "resolution": 32,
    "image_size": 64,
    "small": True,
    "studio": ("slots=4",),
    "val_every": 2,
    "val_pictures": 4,
    "log_every": 1,
    "photo_minutes": 0.0,
    "half": True,
}


def parse_override(text: str) -> tuple[str, object]:
    name, separator, value = text.partition("=")
    if not separator:
        raise ValueError(f'"{text}" is not of the form name=value.')
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def parse_config(description: str, argv: Sequence[str] | None = None) -> TrainConfig:
    """Command line -> config: the recipe's values, then the dry run's, then what was typed."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recipe", choices=RECIPES, default="attention", help="set of defaults")
    parser.add_argument("--dry-run", action="store_true", help="a few steps on CPU, a minute")
    for entry in fields(TrainConfig):
        add_option(parser, entry)
    typed = vars(parser.parse_args(argv))
    preset = RECIPES[typed.pop("recipe")] | (DRY_RUN if typed.pop("dry_run") else {})
    config = replace(TrainConfig(), **(preset | typed))
    if config.overview:
        raise UserError(
            f"--overview {config.overview} asks for a design that is no longer supported; "
            "leave the option out."
        )
    return config


def add_option(parser: argparse.ArgumentParser, entry) -> None:
    """One field as an option that is absent from the namespace unless typed."""
    flag = "--" + entry.name.replace("_", "-")
    shown = entry.default if entry.default is not MISSING else None
    options = {"default": argparse.SUPPRESS, "help": f"{entry.metadata['help']} ({shown})"}
    if bool in (entry.type, *kinds(entry.type)):
        options["action"] = argparse.BooleanOptionalAction
    elif entry.type is tuple:
        options |= {"nargs": "*", "metavar": "NAME=VALUE"}
    else:
        options["type"] = next(t for t in (int, float, str) if t in kinds(entry.type))
    parser.add_argument(flag, **options)


def kinds(annotation) -> tuple:
    return getattr(annotation, "__args__", (annotation,))
