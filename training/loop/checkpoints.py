"""Files of a run; a kill at any moment leaves the previous checkpoint complete.

    OUTPUT/best/, OUTPUT/last/    model folders for load_model, averaged weights, float32
    OUTPUT/half/                  `best` in float16 (`--half`): the weights to ship
    OUTPUT/state/step_00001000/   everything a resume needs, by accelerator.save_state

Each file is written under another name and then renamed. A state folder gets its final name when
it is complete; the previous one is deleted after that.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import Accelerator
from safetensors import SafetensorError
from safetensors.torch import save_file

from core.errors import UserError
from training.distributed.states import fetch_state
from voxel_model import VoxelModel, load_model

PARTIAL = ".partial"  # suffix of incomplete files and folders
SETTINGS = "settings.json"  # file of a state
RESULTS = ("state", "best", "last", "half")  # folders that are not overwritten without permission
LOGS = ("curves", "tensorboard")  # folders of the same run
MAX_REASON = 200  # characters of a library's message that an error sentence quotes


class CheckpointError(UserError):
    """A checkpoint that cannot be used, written or overwritten."""


# --- model folders ------------------------------------------------------------------------------


def save_model(model: VoxelModel, folder: Path, notes: dict, half: bool = False) -> None:
    """Writes config.json, training.json and model.safetensors, the weights last.

    Parameters
    ----------
    model : VoxelModel
        Model to save.
    folder : Path
        Created if it does not exist.
    notes : dict
        Content of training.json.
    half : bool
        Write float16 instead of float32; BatchNorm's counters stay integers.

    Raises
    ------
    CheckpointError
        If the disk is full or not writable.
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
    """Writes the checkpoint of the folder `source` again in float16, with its notes."""
    notes = json.loads((source / "training.json").read_text(encoding="utf-8"))
    save_model(load_model(source, device="cpu", fold=False), folder, notes, half=True)


def to_file_tensor(value: torch.Tensor, half: bool) -> torch.Tensor:
    """Returns a tensor as it is written: on the CPU, contiguous (not channels-last)."""
    if half and value.is_floating_point():
        value = value.half()
    return value.detach().cpu().contiguous()


@contextmanager
def write_guard(folder: Path, partial: Path) -> Iterator[None]:
    """Turns errors of writing into a CheckpointError and deletes the partial file or folder.

    A full disk is an OSError in Python, a RuntimeError in torch and a SafetensorError in
    safetensors.
    """
    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        partial.unlink(missing_ok=True)
        raise CheckpointError(
            f"{folder} cannot be written ({_one_line(error)}): make room and call again with "
            "--resume, which continues from the previous state."
        ) from error


def _one_line(error: Exception) -> str:
    """Shortens an error message to one line."""
    return " ".join(str(error).split())[:MAX_REASON]


def write_json(path: Path, values: dict) -> None:
    """Writes a JSON file atomically."""
    partial = path.with_name(path.name + PARTIAL)
    partial.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    rename_into_place(partial, path)


def rename_into_place(partial: Path, path: Path) -> None:
    """Renames a complete file after its content has reached the disk."""
    with open(partial, "rb") as file:
        os.fsync(file.fileno())
    os.replace(partial, path)


# --- the resumable state ------------------------------------------------------------------------


def save_state(accelerator: Accelerator, output: Path, step: int, settings: dict) -> None:
    """Saves everything a resume needs as OUTPUT/state/step_N and deletes the older states.

    Parameters
    ----------
    accelerator : Accelerator
        All its processes must call this function.
    output : Path
        Folder of the run.
    step : int
        Step of the run.
    settings : dict
        Settings of the run, which a resumed run is compared with.

    Raises
    ------
    CheckpointError
        If the disk is full or not writable.
    """
    folder = output / "state" / f"step_{step:08d}"
    partial = folder.with_name(folder.name + PARTIAL)
    if accelerator.is_main_process:
        shutil.rmtree(partial, ignore_errors=True)  # of a killed run
        partial.mkdir(parents=True)
    accelerator.wait_for_everyone()
    with write_guard(folder, partial):
        # torch.save instead of safetensors, which refuses channels-last weights
        accelerator.save_state(str(partial), safe_serialization=False)
        if accelerator.is_main_process:
            write_json(partial / SETTINGS, settings)
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        _replace_states(partial, folder)
    accelerator.wait_for_everyone()
    # a machine with a disk of its own has the random states of its processes alone
    if accelerator.is_local_main_process and partial.exists():
        _replace_states(partial, folder)


def _replace_states(partial: Path, folder: Path) -> None:
    """Gives a complete state its name and deletes the others."""
    if not folder.exists():  # a resumed run may save the step that it started from
        os.replace(partial, folder)
    for other in folder.parent.iterdir():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)


def newest_state(output: Path) -> Path | None:
    """Returns the complete state folder with the highest step, or None."""
    folders = sorted((output / "state").glob("step_*"))
    complete = [folder for folder in folders if folder.suffix != PARTIAL]
    return complete[-1] if complete else None


def resume(accelerator: Accelerator, output: Path, compare: Callable[[dict], None]) -> Path | None:
    """Loads the newest state into all objects that the accelerator prepared.

    Machines that do not share the first process's disk receive the state from it.

    Parameters
    ----------
    accelerator : Accelerator
        All its processes must call this function.
    output : Path
        Folder of the run.
    compare : callable
        Called with the settings of the saved run before its state is loaded; raises an error to
        refuse it. Not called for states of older versions, which lack them.

    Returns
    -------
    Path or None
        Folder of the state, None if there is none.

    Raises
    ------
    CheckpointError
        If the state belongs to a run with other settings.
    """
    folder = fetch_state(accelerator, output, newest_state(output))
    if folder is None:
        return None
    if (folder / SETTINGS).is_file():
        compare(json.loads((folder / SETTINGS).read_text(encoding="utf-8")))
    try:
        accelerator.load_state(str(folder))
    except (RuntimeError, ValueError) as error:
        raise CheckpointError(
            f"{folder} is of a run with other settings; resume with the same ones "
            f"({_one_line(error)})."
        ) from error
    return folder


def clear_output(accelerator: Accelerator, output: Path, resuming: bool, overwrite: bool) -> None:
    """Deletes an earlier run's results from the output folder before a new run.

    Parameters
    ----------
    accelerator : Accelerator
        All its processes must call this function; the first one of each machine deletes.
    output : Path
        Folder of the run.
    resuming : bool
        True leaves everything in place.
    overwrite : bool
        Permission to delete.

    Raises
    ------
    CheckpointError
        If there are results and neither flag is set.
    """
    existing = [output / name for name in RESULTS if (output / name).exists()]
    if not existing or resuming:
        return
    if not overwrite:
        raise CheckpointError(
            f"{output} holds a run already; pass --resume, --overwrite or another --output."
        )
    if accelerator.is_local_main_process:
        for folder in (*existing, *(output / name for name in LOGS)):
            shutil.rmtree(folder, ignore_errors=True)  # another machine may share the disk


def best_figure(output: Path, figure: str) -> float:
    """Returns a validation figure of OUTPUT/best, minus infinity if there is no such checkpoint."""
    path = output / "best" / "training.json"
    try:
        return float(json.loads(path.read_text(encoding="utf-8"))[figure])
    except FileNotFoundError:
        return float("-inf")
