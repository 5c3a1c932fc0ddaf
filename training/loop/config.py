"""The settings of a training run and their command line.

    config = parse_config("description", ["--minutes", "9", "--output", "runs/a"])

The help text of each setting says what it does and why it has its default.
"""

import argparse
import ast
from collections.abc import Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from typing import Any

import torch

from core.errors import UserError
from training.loop.recipes import DRY_RUN, ON_CPU, RECIPES


def setting(default: Any, help: str) -> Any:
    """Return a dataclass field that is also a command line option.

    Parameters
    ----------
    default : Any
        Default value.
    help : str
        Help text of the option.

    Returns
    -------
    dataclasses.Field
        The field.
    """
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class TrainConfig:
    """Settings of a run; the defaults are for one H200, those of `--dry-run` for a laptop.

    Each field is an option of the command line. training.json records all of them.
    """

    output: str = setting("runs/train", "folder for checkpoints, state and TensorBoard files")
    # duration
    steps: int | None = setting(
        None, "optimizer steps of the schedule, unless time ends it earlier"
    )
    minutes: float | None = setting(None, "wall clock of this call, from its start to its end")
    minutes_total: float | None = setting(None, "wall clock of all calls of one resumed run")
    resume: bool = setting(False, "continue the run in --output, or start it")
    overwrite: bool = setting(False, "discard the run that --output holds")
    # the network
    init: str | None = setting(None, "start from the weights of this checkpoint")
    encoder_weights: str | None = setting(
        None, "file of ImageNet weights, see training/loop/encoders.py"
    )
    decoder: str | None = setting(
        None, '"attention" or "fc", the classic design; None: of --init, or attention'
    )
    encoder: str | None = setting(
        None, "resnet18 or efficientnet_lite2; None: of --init, or the default, as all below"
    )
    resolution: int | None = setting(None, "cells a side; the default is 32")
    image_size: int | None = setting(None, "pixels a side of the network's input; default 224")
    width: int | None = setting(None, "channels of a query token")
    depth: int | None = setting(None, "attention blocks")
    heads: int | None = setting(None, "attention heads")
    self_every: int | None = setting(None, "every so many blocks one has self-attention")
    overview: int | None = setting(None, "only 0: a removed design, which earlier runs recorded")
    refined: int | None = setting(None, "channels of the 16x16x16 grid")
    fine: bool | None = setting(None, "add the stride-8 map to the image tokens")
    mask_patch: int | None = setting(None, "values a side of the mask in each token: 1, 2 or 4")
    posed: bool | None = setting(None, "encode the predicted camera in the queries")
    coordinates: bool | None = setting(None, "predict object coordinates of each pixel")
    placed: bool | None = setting(None, "give the decoder the place of the crop in the photo")
    categories: tuple = setting((), "names of your own categories; none: the published ones")
    # optimisation
    batch_size: int = setting(256, "images a step and process; enough to keep an H200 busy")
    accumulate: int = setting(1, "batches whose gradients are summed for one step")
    optimizer: str = setting("adamw", 'or "adam"')
    lr: float = setting(1e-3, "peak learning rate; stable with warm-up and clipping")
    encoder_rate: float = setting(
        1.0,
        "learning rate of the encoder as a share; 0.1 suits ImageNet weights, 0 freezes it with "
        "its batch norms, so that heads trained on it go on fitting",
    )
    beta2: float = setting(0.999, "Adam's decay of squared gradients; 0.95 to 0.99 for short runs")
    schedule: str = setting("cosine", 'or "constant"')
    final_lr: float = setting(0.01, "last learning rate as a share of the peak")
    warmup: int = setting(500, "warm-up steps, in which Adam estimates its second moments")
    weight_decay: float = setting(0.05, "on matrices and kernels only")
    clip: float = setting(1.0, "largest gradient norm; 0 for no clipping")
    ema: float = setting(0.999, "decay of the averaged weights; 0 for no averaging")
    precision: str = setting("auto", '"bf16", "fp32" or "auto": bf16 on a GPU')
    compile: str = setting(
        "auto",
        '"on", "off" or "auto": torch.compile on a GPU, with CUDA graphs on a single one',
    )
    graphs: bool = setting(False, "CUDA graphs on several GPUs too; averages gradients without DDP")
    losses: tuple = setting((), "weights of training.loop.losses as name=value, e.g. thin=0 mask=1")
    teachers: tuple = setting((), "checkpoints whose mean probabilities are a further target")
    # data
    seed: int = setting(0, "seed of the weights and of all images")
    studio: tuple = setting((), "fields of StudioConfig as name=value")
    filtered: float = setting(0.0, "share of images with a random colour filter")
    photos: str | None = setting(
        None, "also train on real photos: a folder with pix3d.json or photos.csv"
    )
    photo_share: float = setting(0.3, "share of batches that are photos, with --photos")
    photo_splits: str | None = setting(None, "JSON of training.splits; its train part is used")
    photo_grids: str | None = setting(
        None, "folder of training.convert_voxels; None: the .mat files"
    )
    photo_cache: str | None = setting(
        None, "folder for decoded crops of the photos, which is written once and read fast"
    )
    photo_workers: int = setting(0, "processes that read photos; 0: one a core, at most 16")
    small: bool = setting(False, "StudioConfig.small(): the studio for a CPU")
    # validation and logs
    val_every: int = setting(1000, "steps between validations; each writes last, best and state")
    val_pictures: int = setting(512, "validation images, of a seed that training does not use")
    val_cad: str | None = setting(
        None, "file of held-out models of pack_cad; their IoU selects `best`"
    )
    val_data: str | None = setting(
        None, "folder of real photos with pix3d.json or photos.csv, only logged"
    )
    val_split: str | None = setting(
        None, "part of --photo-splits that --val-data is restricted to, such as val"
    )
    photo_minutes: float = setting(3.0, "minutes between measurements of --val-data")
    val_minutes: float = setting(
        5.0, "longest time of such a measurement; other processes wait for it"
    )
    sheet_every: int = setting(
        0, "steps between pictures of the same 16 validation photos; 0: with each validation"
    )
    log_every: int = setting(50, "steps between log lines; each waits for the GPU once")
    profile: int = setting(0, "profile ten steps from this step on to OUTPUT/profile.txt; 0: none")
    half: bool = setting(False, "write `best` in float16 to OUTPUT/half at the end")

    def overrides(self, name: str) -> dict:
        """Return the values of a setting of the form name=value.

        Parameters
        ----------
        name : str
            "studio" or "losses".

        Returns
        -------
        dict
            Python values by name.

        Raises
        ------
        UserError
            If an entry is not of the form name=value.
        """
        return dict(parse_override(text) for text in getattr(self, name))


def parse_override(text: str) -> tuple[str, Any]:
    """Parse name=value.

    Parameters
    ----------
    text : str
        For example "slots=4".

    Returns
    -------
    name : str
        The part before the first "=".
    value : Any
        The Python literal after it, or the text if it is not a literal.

    Raises
    ------
    UserError
        If the text contains no "=".
    """
    name, separator, value = text.partition("=")
    if not separator:
        raise UserError(f'"{text}" is not of the form name=value.')
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def parse_config(description: str, argv: Sequence[str] | None = None) -> TrainConfig:
    """Parse the command line.

    An option overrides the values of `--dry-run`, which override those of `--recipe`. Without a GPU
    the defaults are those of a small machine.

    Parameters
    ----------
    description : str
        Text at the top of the help.
    argv : sequence of str, optional
        Arguments; the default is `sys.argv[1:]`.

    Returns
    -------
    TrainConfig
        The settings.

    Raises
    ------
    UserError
        If `--overview` is above 0.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recipe", choices=RECIPES, default="attention", help="set of defaults")
    parser.add_argument("--dry-run", action="store_true", help="a few steps on CPU, a minute")
    for entry in fields(TrainConfig):
        _add_option(parser, entry)
    typed = vars(parser.parse_args(argv))
    preset = {} if torch.accelerator.is_available() else ON_CPU
    preset = preset | RECIPES[typed.pop("recipe")] | (DRY_RUN if typed.pop("dry_run") else {})
    config = replace(TrainConfig(), **(preset | typed))
    if config.overview:
        raise UserError(
            f"--overview {config.overview} asks for a design that is no longer supported; "
            "leave the option out."
        )
    return config


def _add_option(parser: argparse.ArgumentParser, entry: Field) -> None:
    """Add the option of a field; without it on the command line the namespace has no entry."""
    flag = "--" + entry.name.replace("_", "-")
    default = entry.default if entry.default is not MISSING else None
    options = {"default": argparse.SUPPRESS, "help": f"{entry.metadata['help']} ({default})"}
    types = getattr(entry.type, "__args__", (entry.type,))  # `int | None` has two
    if bool in types:
        options["action"] = argparse.BooleanOptionalAction
    elif entry.type is tuple:
        pairs = entry.name in ("studio", "losses")
        options |= {"nargs": "*", "metavar": "NAME=VALUE" if pairs else "NAME"}
    else:
        options["type"] = next(t for t in (int, float, str) if t in types)
    parser.add_argument(flag, **options)
