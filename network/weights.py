"""Load a model from its files.

    model = load_folder(Path("checkpoint"))

The files may come from an untrusted source. Loading runs no code from them, allocates memory only
after the shapes have been checked, and reads no file outside the folder.
"""

import json
import os
import pickletools
import zipfile
from dataclasses import fields
from io import BytesIO
from pathlib import Path
from reprlib import repr as short_repr  # an untrusted value may be megabytes long
from typing import BinaryIO

import torch

from core.errors import ModelError
from network.config import VoxelConfig
from network.model import VoxelModel

MAX_CONFIG_BYTES = 100_000  # checkpoint/config.json has 2,360; a truncated file is not valid JSON
# values of the fields that the first published configs lack
FIRST_DESIGN = {"fine": False, "mask_patch": 1, "posed": False}


def load_folder(folder: Path) -> VoxelModel:
    """Load a model from a folder with config.json and model.safetensors.

    Parameters
    ----------
    folder : Path
        The folder, or a link to it.

    Returns
    -------
    VoxelModel
        The model in float32 on the CPU.

    Raises
    ------
    ModelError
        If a file is missing, invalid or outside the folder.
    """
    config, weights = (_file_in(folder, name) for name in ("config.json", "model.safetensors"))
    return load_files(config, weights)


def _file_in(folder: Path, name: str) -> Path:
    """Return the path of a file; raise ModelError if it is a link out of the folder.

    The folder itself may be a link. A snapshot in the Hub's cache has links to ../../blobs.
    """
    file, root = Path(os.path.realpath(folder / name)), Path(os.path.realpath(folder))
    if root.parent.name == "snapshots":
        root = root.parent.parent
    if not file.is_relative_to(root):
        raise ModelError(f"{folder / name} is a link out of its folder; put the file itself there.")
    if file.exists() and not file.is_file():  # reading a pipe would never end
        raise ModelError(f"{folder / name} is no regular file; put the file itself there.")
    return folder / name


def load_files(config: Path, weights: Path) -> VoxelModel:
    """Load a model from its two files.

    Parameters
    ----------
    config : Path
        config.json.
    weights : Path
        model.safetensors.

    Returns
    -------
    VoxelModel
        The model in float32 on the CPU.

    Raises
    ------
    ModelError
        If a file is missing or invalid, or the weights do not fit the config.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    design = _read_config(config)
    try:
        state = load_file(weights)
    except FileNotFoundError as error:
        raise ModelError(f"There is no {weights}; save a model there first.") from error
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{weights} is not a whole safetensors file ({error}).") from error
    return _build(design, state, weights)


def _read_config(path: Path) -> VoxelConfig:
    """Read config.json; ModelError if it is not the config of a model."""
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
        raise ModelError(f"{path} has unknown fields: {', '.join(map(short_repr, unknown[:9]))}.")
    try:
        return VoxelConfig(**FIRST_DESIGN | values)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error


def _build(config: VoxelConfig, state: dict, source: Path) -> VoxelModel:
    """Build the model with these weights; allocates memory only if all shapes fit."""
    with torch.device("meta"):  # tensors with a shape and no memory
        model = VoxelModel(config)
    mismatch = _find_mismatch(model.state_dict(), state)
    if mismatch:
        raise ModelError(f"{source} does not fit the model its config describes: {mismatch}.")
    # Not `to_empty`, which loads torch's compiler: 40 MB of every server.
    types = {name: tensor.dtype for name, tensor in model.state_dict().items()}
    copies = {
        name: torch.empty(tensor.shape, dtype=types[name]).copy_(tensor)
        for name, tensor in state.items()
    }
    model.load_state_dict(copies, assign=True)
    if not all(v.isfinite().all() for v in model.state_dict().values()):
        raise ModelError(f"{source} holds infinite numbers or NaN; save the model again.")
    return model


def _find_mismatch(expected: dict[str, torch.Tensor], state: dict) -> str | None:
    """Describe the first difference in names, shapes or types; None if the weights fit."""
    for name in sorted(expected.keys() ^ state.keys(), key=str):
        return f"{short_repr(name)} is {'missing' if name in expected else 'unknown'}"
    for name, tensor in state.items():
        wanted = expected[name]
        if not isinstance(tensor, torch.Tensor) or tensor.layout != torch.strided:
            return f"{name} is no plain tensor"
        if tensor.shape != wanted.shape:
            return f"{name} is of shape {tuple(tensor.shape)}, not {tuple(wanted.shape)}"
        if tensor.is_floating_point() != wanted.is_floating_point() or tensor.is_complex():
            return f"{name} is of type {tensor.dtype}"
    return None


# Of PyTorch's format before zip: magic number, version, system, tensors, keys of the storages.
LEGACY_PICKLES = 5


def load_classic(path: Path) -> VoxelModel:
    """Load the classic design from a bare state dict.

    The cells of the file have Pix3D's axes (left, front, up); the rows of the last layer are
    reordered to the axes of this project.

    Parameters
    ----------
    path : Path
        A `.pth` file.

    Returns
    -------
    VoxelModel
        The model in float32 on the CPU, with the threshold 0.5.

    Raises
    ------
    ModelError
        If the file is missing, or is not a state dict of the classic design.
    """
    try:
        _check_uncompressed(path)
        _refuse_expensive(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
        cells = len(state["decoder.2.bias"])
        if sum(map(_tensor_bytes, state.values())) > path.stat().st_size:
            raise ValueError("the tensors repeat their numbers: more in memory than in the file")
    except FileNotFoundError as error:
        raise ModelError(f"There is no file {path}.") from error
    except Exception as error:
        raise ModelError(f"{path} is not a plain state dict of the classic model.") from error
    side = round(cells ** (1 / 3))
    if side**3 != cells:
        raise ModelError(f"{path} predicts {cells} cells, which is not a cube.")
    model = _build(VoxelConfig(resolution=side, decoder="fc", threshold=0.5), state, path)
    for rows in (model.decoder[2].weight, model.decoder[2].bias):
        cube = rows.data.view(side, side, side, *rows.shape[1:])
        rows.data = cube.flip(0).transpose(1, 2).reshape(rows.shape)
    return model


def _check_uncompressed(path: Path) -> None:
    """Raise ValueError for a compressed zip: PyTorch writes none, but would unpack one."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > path.stat().st_size:
                raise ValueError("compressed")


def _tensor_bytes(value) -> int:
    """Bytes that a tensor takes when it is copied; 0 for what is no tensor, refused later."""
    return value.numel() * value.element_size() if isinstance(value, torch.Tensor) else 0


def _refuse_expensive(path: Path) -> None:
    """ValueError for a pickle that would take more memory than its file has bytes.

    `weights_only` calls harmless functions, `bytearray` among them, with any number, and makes a
    storage as large as the pickle says. So the pickle's numbers are read before it is run.
    """
    size = path.stat().st_size
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(".pkl"):
                    _check_pickle(BytesIO(archive.read(name)), size)
        return
    with path.open("rb") as file:
        for number in range(LEGACY_PICKLES):
            _check_pickle(file, size if number else None)  # the first is a large magic number


def _check_pickle(file: BinaryIO, largest: int | None) -> None:
    """ValueError if a pickle names more than tensors, or a number above the largest."""
    for opcode, value, _ in pickletools.genops(file):
        if isinstance(value, int) and largest is not None and abs(value) > largest:
            raise ValueError(f"it asks for {value} bytes or numbers")
        if "GLOBAL" in opcode.name and not str(value).startswith(("torch", "collections ")):
            raise ValueError(f"it names {value}")
