"""Checks what a run will need before its first step: settings, data, disk and memory.

    for line in check_run(config, device, parameters=7_000_000, design=model.config):
        print(line)

Each check that fails is one sentence. The checks read no more than the first photo of a data set.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

import psutil
import torch

from core.errors import UserError
from training.data.archives import INDEX
from training.loop.config import TrainConfig
from training.loop.objective import LossWeights
from training.pix3d import dataset
from training.studio.assets import FOLDERS
from training.studio.config import StudioConfig
from training.studio.random_numbers import Poses
from training.studio.shapes.distance_grids import side_of

GB = 1e9  # bytes
# float32 copies of the weights in a state: weights, two moments of Adam, average
STATE_COPIES = 4
# the new state is complete before the old one is deleted; `best`, `last` and a partial one
MODEL_COPIES = 2 * STATE_COPIES + 3
BANK_CELL_BYTES = 3  # float16 distance and uint8 part of each cell of a rendered shape
PICTURE_BYTES = 4 * 7  # float32 image, mask and coordinates of each pixel of a validation picture


class PreflightError(UserError):
    """A run that could not finish; the message has one sentence for each reason."""


def check_run(
    config: TrainConfig, device: torch.device, parameters: int, studio: StudioConfig | None
) -> list[str]:
    """Checks settings, data, disk and memory of a run.

    Parameters
    ----------
    config : TrainConfig
        Complete settings.
    device : torch.device
        Device that trains.
    parameters : int
        Number of weights of the network.
    studio : StudioConfig or None
        Settings of the studio; None if batches come from another source.

    Returns
    -------
    list of str
        Lines about what the run needs and what is free.

    Raises
    ------
    PreflightError
        If a check fails; the message names every failure.
    """
    checks: list[Callable[[], str]] = [
        lambda: check_settings(config),
        lambda: check_data(config, studio.categories if studio else ()),
        lambda: check_disk(Path(config.output), parameters),
    ]
    if studio is not None:
        checks.append(lambda: check_studio(studio))
        checks.append(lambda: check_memory(config, studio, device))
    lines, failures = [], []
    for check in checks:
        try:
            lines.append(check())
        except UserError as error:
            failures.append(str(error))
    if failures:
        raise PreflightError("\n".join(failures))
    return [line for line in lines if line]


def check_settings(config: TrainConfig) -> str:
    """Checks numbers and names; PreflightError names the first wrong one."""
    for name in ("batch_size", "accumulate", "val_every", "val_pictures", "log_every"):
        if getattr(config, name) < 1:
            raise PreflightError(f"--{name.replace('_', '-')} must be 1 or more.")
    for name in ("photo_share", "filtered", "encoder_rate", "final_lr"):
        if not 0 <= getattr(config, name) <= 1:
            raise PreflightError(f"--{name.replace('_', '-')} must be a share from 0 to 1.")
    for name in ("ema", "beta2"):
        if not 0 <= getattr(config, name) < 1:
            raise PreflightError(f"--{name} must be at least 0 and below 1.")
    if not config.lr > 0:
        raise PreflightError("--lr must be above 0.")
    for name, allowed in {
        "optimizer": ("adamw", "adam"),
        "schedule": ("cosine", "constant"),
        "precision": ("auto", "bf16", "fp32"),
        "compile": ("auto", "on", "off"),
    }.items():
        if getattr(config, name) not in allowed:
            raise PreflightError(
                f'--{name} is "{getattr(config, name)}"; use {" or ".join(allowed)}.'
            )
    loss_weights(config)
    return ""


def loss_weights(config: TrainConfig) -> dict[str, float]:
    """Returns the weights that --losses names; PreflightError if there is no such loss."""
    weights = config.overrides("losses")
    known = [entry.name for entry in fields(LossWeights)]
    for name, value in weights.items():
        if name not in known:
            raise PreflightError(f"--losses: there is no {name}; there are {', '.join(known)}.")
        if not isinstance(value, int | float):
            raise PreflightError(f"--losses: {name}={value} is not a number.")
    return weights


def check_data(config: TrainConfig, categories: Sequence[str] = ()) -> str:
    """Reads the first photo of each photo folder; returns the number of photos."""
    lines = []
    for option, folder in (("--photos", config.photos), ("--val-data", config.val_data)):
        if folder:
            records = dataset.load_records(folder)
            if not records:
                raise PreflightError(f"{option}: {folder} lists no photo.")
            dataset.read_image(folder, records[0])
            lines.append(f"{option} has {len(records)} photos{_others(records, categories)}")
    if config.val_cad and not Path(config.val_cad).is_file():
        raise PreflightError(f"--val-cad: there is no file {config.val_cad}.")
    return "; ".join(lines)


def _others(records: Sequence[dataset.Record], categories: Sequence[str]) -> str:
    """Names the categories of photos that the network does not have."""
    others = [r.category for r in records if categories and r.category not in categories]
    names = ", ".join(sorted(set(others)))
    return f" ({len(others)} of other categories, which train no category: {names})" * bool(others)


def check_studio(studio: StudioConfig) -> str:
    """Looks for the files that --studio names, and reads the cameras."""
    paths = [path for path in (studio.assets, studio.poses, studio.cad) if path]
    missing = [path for path in paths if not Path(path).exists()]
    if missing:
        raise PreflightError(
            f"--studio: there is no {', '.join(missing)}; build the data of a recipe with "
            "python -m training.assets, or leave the setting out."
        )
    if studio.poses:
        Poses.load(Path(studio.poses), torch.device("cpu"), studio.categories)
    if not studio.assets:
        return ""
    folders = [name for name in FOLDERS if not (Path(studio.assets) / name / INDEX).is_file()]
    lacking = ", ".join(folders)
    return f"--studio: {studio.assets} has no {lacking}; noise is drawn instead" if folders else ""


def check_disk(output: Path, parameters: int) -> str:
    """Compares the space that checkpoints need with what is free."""
    needed = MODEL_COPIES * 4 * parameters
    existing = next(folder for folder in (output, *output.absolute().parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    return _compare("disk", needed, free, f"choose another --output than {output}, or make room")


def check_memory(config: TrainConfig, studio: StudioConfig, device: torch.device) -> str:
    """Compares the memory of the studio's shapes and of the validation set with what is free."""
    shapes = studio.slots * BANK_CELL_BYTES * side_of(studio.grid) ** 3
    pictures = config.val_pictures * PICTURE_BYTES * config.image_size**2
    if device.type == "cuda":
        free = torch.cuda.mem_get_info(device)[0]
    else:
        free = psutil.virtual_memory().available
    return _compare(
        f"memory of {device.type} for shapes and validation",
        shapes + pictures,
        free,
        "lower --studio slots=N or --val-pictures, or use --small",
    )


def _compare(what: str, needed: float, free: float, advice: str) -> str:
    """Returns a line with both numbers; PreflightError if more is needed than free."""
    text = f"{what}: {needed / GB:.1f} GB needed, {free / GB:.1f} GB free"
    if needed > free:
        raise PreflightError(f"{text}; {advice}.")
    return text
