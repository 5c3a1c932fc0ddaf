"""What a run leaves on disk, so that a kill at any moment loses nothing that was there before.

    OUTPUT/best/, OUTPUT/last/    model folders for load_model, averaged weights, float32
    OUTPUT/half/                  the same in float16 (`--half`): what ships
    OUTPUT/state/step_00001000/   everything a resume needs, by accelerator.save_state

A file is written beside its place and renamed into it; a state folder takes its final name only
when it is complete, and the one before goes only after that.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import Accelerator
from safetensors import SafetensorError
from safetensors.torch import save_file

from core.errors import UserError
from voxel_model import VoxelModel, load_model

PARTIAL = ".partial"  # suffix of what is being written


class CheckpointError(UserError):
    """A checkpoint that cannot be used or must not be overwritten; one sentence for the user."""


# --- model folders ------------------------------------------------------------------------------


def save_model(model: VoxelModel, folder: Path, notes: dict, half: bool = False) -> None:
    """Writes config.json, training.json (`notes`, for people) and model.safetensors, weights last.

    half : float16 instead of float32; BatchNorm's counters stay integers
    """
    state = {name: to_file_tensor(value, half) for name, value in model.state_dict().items()}
    partial = folder / f"model.safetensors{PARTIAL}"
    with write_guard(folder, partial):
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "config.json", asdict(model.config))
        write_json(folder / "training.json", notes)
        save_file(state, partial, metadata={"format": "pt"})
        rename_into_place(partial, folder / "model.safetensors")


def export_half(source: Path, folder: Path) -> None:
    """Writes the checkpoint in `source` once more, in float16, with its notes."""
    notes = json.loads((source / "training.json").read_text())
    save_model(load_model(source, device="cpu"), folder, notes, half=True)


def to_file_tensor(value: torch.Tensor, half: bool) -> torch.Tensor:
    """One tensor as it lands in the file: on the CPU, contiguous (channels-last is not)."""
    if half and value.is_floating_point():
        value = value.half()
    return value.detach().cpu().contiguous()


@contextmanager
def write_guard(folder: Path, partial: Path) -> Iterator[None]:
    """CheckpointError when the disk takes no more; the partial file or folder takes no room then.

    OSError is Python's own; a full disk is a RuntimeError of torch and an error of safetensors'.
    """
    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        partial.unlink(missing_ok=True)
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(
            f"{folder} cannot be written ({reason}): make room and call again with --resume, "
            "which goes on from the state before."
        ) from error


def write_json(path: Path, values: dict) -> None:
    partial = path.with_name(path.name + PARTIAL)
    partial.write_text(json.dumps(values, indent=2) + "\n")
    rename_into_place(partial, path)


def rename_into_place(partial: Path, path: Path) -> None:
    """Renames a finished file into place, its bytes on the disk first."""
    with open(partial, "rb") as file:
        os.fsync(file.fileno())
    os.replace(partial, path)


# --- the resumable state ------------------------------------------------------------------------


def save_state(accelerator: Accelerator, output: Path, step: int) -> None:
    """Saves all that a resume needs as OUTPUT/state/step_N and removes the older ones."""
    folder = output / "state" / f"step_{step:08d}"
    partial = folder.with_name(folder.name + PARTIAL)
    if accelerator.is_main_process:
        shutil.rmtree(partial, ignore_errors=True)  # left by a kill
        partial.mkdir(parents=True)
    accelerator.wait_for_everyone()
    with write_guard(folder, partial):
        # torch.save rather than safetensors, which refuses channels-last weights
        accelerator.save_state(str(partial), safe_serialization=False)
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        if not folder.exists():  # a resumed run may save the very step it started from
            os.replace(partial, folder)
        for other in folder.parent.iterdir():
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)


def newest_state(output: Path) -> Path | None:
    """The complete state folder of the highest step, or None."""
    folders = sorted((output / "state").glob("step_*"))
    complete = [folder for folder in folders if folder.suffix != PARTIAL]
    return complete[-1] if complete else None


def resume(accelerator: Accelerator, output: Path) -> Path | None:
    """Loads the newest state into all that the accelerator prepared; None without one."""
    folder = newest_state(output)
    if folder is None:
        return None
    try:
        accelerator.load_state(str(folder))
    except (RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(
            f"{folder} is of a run with other settings; resume with the same ones ({reason})."
        ) from error
    return folder


def clear_output(output: Path, resuming: bool, overwrite: bool) -> None:
    """CheckpointError when a fresh run would write over an earlier one's results unasked."""
    held = [output / name for name in ("state", "best", "last", "half") if (output / name).exists()]
    if not held or resuming:
        return
    if not overwrite:
        raise CheckpointError(
            f"{output} holds a run already; pass --resume, --overwrite or another --output."
        )
    for folder in held:
        shutil.rmtree(folder)


def best_figure(output: Path, figure: str) -> float:
    """The validation figure of OUTPUT/best, minus infinity where there is none."""
    try:
        return float(json.loads((output / "best" / "training.json").read_text())[figure])
    except FileNotFoundError:
        return float("-inf")
