"""A frozen checkpoint with a new head, and files that hold heads alone.

    model = with_heads("checkpoint", descriptor=128)       # all weights frozen but the head's
    save_heads(path, {"descriptor_head": model.descriptor_head}, {"descriptor": 128})
    model, extra, notes = add_heads("checkpoint", [path])  # for publishing

A file of heads is a few megabytes, so that it comes back from a rented machine whole. Tensors are
float16 and named `module.tensor`; modules that are not part of the network (the encoder of pieces)
are returned apart.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from network.layers import channels_last
from training.loop.checkpoints import (
    PARTIAL,
    CheckpointError,
    rename_into_place,
    to_file_tensor,
    write_guard,
)
from voxel_model import VoxelModel, load_model

# the module of the network that each field of VoxelConfig makes, which such files may hold
HEAD_OF_FIELD = {
    "descriptor": "descriptor_head",
    "objects": "object_head",
    "second_look": "object_head",
}
HEADS = tuple(dict.fromkeys(HEAD_OF_FIELD.values()))


def half_precision(device: torch.device) -> torch.autocast:
    """Returns a context of bfloat16 on a GPU, of float32 elsewhere."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")


def with_heads(
    source: str | Path | None, device: torch.device | str = "cpu", **fields: Any
) -> VoxelModel:
    """Returns a checkpoint's network with heads that can be trained.

    A head that the checkpoint has already, in the same size, goes on from its weights; parts that
    it does not have yet are new.

    Parameters
    ----------
    source : str, Path or None
        Checkpoint, as for `voxel_model.load_model`.
    device : torch.device or str
        Device of the network.
    **fields
        `descriptor`, `objects` and `second_look` of VoxelConfig.

    Returns
    -------
    VoxelModel
        In eval mode. Only the heads of `fields` require gradients.
    """
    earlier = load_model(source, device="cpu", fold=False)
    model = VoxelModel(replace(earlier.config, **fields))
    state, trained = earlier.state_dict(), {HEAD_OF_FIELD[field] for field in fields}
    for head in trained - _fitting_heads(state, model):
        state = {name: v for name, v in state.items() if not name.startswith(f"{head}.")}
    misfits = model.load_state_dict(state, strict=False)
    new = {name.split(".")[0] for name in misfits.missing_keys}
    if misfits.unexpected_keys or not new <= trained:
        raise CheckpointError(f"{source} does not fit a network with {', '.join(fields)}.")
    model.requires_grad_(False)
    for name in trained:
        getattr(model, name).requires_grad_(True)
    channels_last(model)
    return model.eval().to(device)


def _fitting_heads(state: dict[str, torch.Tensor], model: VoxelModel) -> set[str]:
    """Returns the heads of a network that can take all their weights in `state`."""
    wanted = {name: value.shape for name, value in model.state_dict().items()}
    fits = {name: wanted.get(name) == value.shape for name, value in state.items()}
    return {
        head
        for head in HEADS
        if all(fit for name, fit in fits.items() if name.startswith(f"{head}."))
    }


def save_heads(path: Path, modules: dict[str, nn.Module], notes: dict) -> None:
    """Writes modules in float16.

    Parameters
    ----------
    path : Path
        File; its folder is created.
    modules : dict
        Modules by name.
    notes : dict
        JSON values; "fields" has the fields of VoxelConfig that make the heads.

    Raises
    ------
    CheckpointError
        If the disk is full or not writable.
    """
    tensors = {
        f"{name}.{key}": to_file_tensor(value, half=True)
        for name, module in modules.items()
        for key, value in module.state_dict().items()
    }
    partial = path.with_name(path.name + PARTIAL)
    with write_guard(path.parent, partial):
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, partial, metadata={"notes": json.dumps(notes)})
        rename_into_place(partial, path)


def read_heads(path: str | Path) -> tuple[dict[str, torch.Tensor], dict]:
    """Returns the tensors of a file of heads in float32, and its notes.

    Raises
    ------
    CheckpointError
        If the file cannot be read.
    """
    try:
        with safe_open(path, framework="pt") as file:
            notes = json.loads((file.metadata() or {})["notes"])
            tensors = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise CheckpointError(f"{path} is no file of heads ({error}).") from error
    return tensors, notes


def add_heads(
    source: str | Path | None, paths: Sequence[str | Path]
) -> tuple[VoxelModel, dict[str, torch.Tensor], dict]:
    """Returns a checkpoint's network with the trained heads of some files.

    Parameters
    ----------
    source : str, Path or None
        Checkpoint that the heads were trained on.
    paths : sequence of str or Path
        Files of `save_heads`.

    Returns
    -------
    model : VoxelModel
        In eval mode, on the CPU, not folded.
    extra : dict
        Tensors of modules that are not part of the network, by full name.
    notes : dict
        Notes of all files; those of later files replace earlier ones.

    Raises
    ------
    CheckpointError
        If a file cannot be read, or its heads do not fit the checkpoint.
    """
    tensors, notes, fields = {}, {}, {}
    for path in paths:
        new, about = read_heads(path)
        tensors, notes, fields = tensors | new, notes | about, fields | about["fields"]
    model = with_heads(source, **fields)
    own = {name: value for name, value in tensors.items() if name.split(".")[0] in HEADS}
    try:
        for head in {name.split(".")[0] for name in own}:
            part = {n.removeprefix(f"{head}."): v for n, v in own.items() if n.startswith(head)}
            getattr(model, head).load_state_dict(part)
    except (AttributeError, RuntimeError) as error:
        raise CheckpointError(f"The heads do not fit {source} ({error}).") from error
    return model.requires_grad_(False), {k: v for k, v in tensors.items() if k not in own}, notes
