"""Files of weights into a model.

They may come from a stranger: nothing in them is run, no memory is taken before they are known to
fit, and no file but them is read.
"""

import json
import os
import zipfile
from dataclasses import fields
from pathlib import Path
from reprlib import repr as brief  # what a stranger wrote may be megabytes long

import torch

from core.errors import ModelError
from network.config import VoxelConfig
from network.model import VoxelModel

MAX_CONFIG_BYTES = 100_000  # bytes; ours has 300, and what is cut off here is no JSON any more


def load_folder(folder: Path) -> VoxelModel:
    """The model whose config.json and model.safetensors lie in the folder."""
    return load_files(_own(folder, "config.json"), _own(folder, "model.safetensors"))


def _own(folder: Path, name: str) -> Path:
    """The folder's file; ModelError where it is a link out of the folder, to whatever it likes.

    The folder itself may be a link; a snapshot in the Hub's cache has links to the blobs beside it.
    """
    file, home = Path(os.path.realpath(folder / name)), Path(os.path.realpath(folder))
    if home.parent.name == "snapshots":
        home = home.parent.parent
    if not file.is_relative_to(home):
        raise ModelError(f"{folder / name} is a link out of its folder; put the file itself there.")
    if file.exists() and not file.is_file():  # a pipe would be waited for without end
        raise ModelError(f"{folder / name} is no regular file; put the file itself there.")
    return folder / name


def load_files(config: Path, weights: Path) -> VoxelModel:
    """The model in float32 on the CPU; ModelError for files that are not a whole model's."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    described = _read_config(config)
    try:
        state = load_file(weights)
    except FileNotFoundError as error:
        raise ModelError(f"There is no {weights}; save a model there first.") from error
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{weights} is not a whole safetensors file ({error}).") from error
    return _build(described, state, weights)


def _read_config(path: Path) -> VoxelConfig:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_CONFIG_BYTES + 1)
        values = json.loads(text)
    except (OSError, RecursionError, ValueError) as error:
        raise ModelError(f"{path} cannot be read as a model config ({error}).") from error
    if not isinstance(values, dict):
        raise ModelError(f"{path} is not a model config, which is a JSON object.")
    unknown = sorted(set(values) - {f.name for f in fields(VoxelConfig)})
    if unknown:
        raise ModelError(f"{path} has unknown fields: {', '.join(map(brief, unknown[:9]))}.")
    try:
        return VoxelConfig(**values)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error


def _build(config: VoxelConfig, state: dict, source: Path) -> VoxelModel:
    """The model with these weights; memory is taken only once they are known to fit."""
    with torch.device("meta"):  # shapes without numbers
        model = VoxelModel(config)
    misfit = _misfit(model.state_dict(), state)
    if misfit:
        raise ModelError(f"{source} does not fit the model its config describes: {misfit}.")
    model.to_empty(device="cpu").load_state_dict(state)
    if not all(v.isfinite().all() for v in model.state_dict().values()):
        raise ModelError(f"{source} holds infinite numbers or NaN; save the model again.")
    return model


def _misfit(expected: dict[str, torch.Tensor], state: dict) -> str | None:
    """The first thing in which the weights are not those of the model, or None."""
    for name in sorted(expected.keys() ^ state.keys(), key=str):
        return f"{brief(name)} is {'missing' if name in expected else 'unknown'}"
    for name, tensor in state.items():
        wanted = expected[name]
        if not isinstance(tensor, torch.Tensor) or tensor.layout != torch.strided:
            return f"{name} is no plain tensor"
        if tensor.shape != wanted.shape:
            return f"{name} is of shape {tuple(tensor.shape)}, not {tuple(wanted.shape)}"
        if tensor.is_floating_point() != wanted.is_floating_point() or tensor.is_complex():
            return f"{name} is of type {tensor.dtype}"
    return None


def load_classic(path: Path) -> VoxelModel:
    """A bare state dict of the classic design, whose grid has Pix3D's axes (left, front, up)."""
    try:
        _refuse_packed(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
        cells = len(state["decoder.2.bias"])
    except FileNotFoundError as error:
        raise ModelError(f"There is no file {path}.") from error
    except Exception as error:
        raise ModelError(f"{path} is not a plain state dict of the classic model.") from error
    side = round(cells ** (1 / 3))
    if side**3 != cells:
        raise ModelError(f"{path} predicts {cells} cells, which is not a cube.")
    model = _build(VoxelConfig(resolution=side, decoder="fc"), state, path)
    for rows in (model.decoder[2].weight, model.decoder[2].bias):
        cube = rows.data.view(side, side, side, *rows.shape[1:])
        rows.data = cube.flip(0).transpose(1, 2).reshape(rows.shape)
    return model


def _refuse_packed(path: Path) -> None:
    """ValueError for a zip larger inside than outside; PyTorch writes none, and reads them all."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > path.stat().st_size:
                raise ValueError("compressed")
