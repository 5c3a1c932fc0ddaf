"""A bank of generated pieces: parameters, grids and codes for the search.

    bank = PieceBank.load("checkpoint/pieces.npz", weights_id(model))
    furniture = bank.build(7)                # furniture.primitives.Furniture

`python -m training.build_bank` makes the file. A bank belongs to the weights that it was made for,
because later codes are those of a network; `load` refuses it with other weights.
"""

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import numpy as np

from core.categories import CATEGORIES
from core.errors import ModelError
from furniture.pieces import build
from furniture.primitives import Furniture
from pipeline.parts.codes import DescriptorTable, GridEncoder
from pipeline.parts.grids import GridStore
from pipeline.parts.parameters import ParameterTable

EMBEDDED_CHECKPOINT = Path(__file__).parent.parent.parent / "checkpoint"
FILE_NAME = "pieces.npz"  # beside the weights
VERSION = 1  # of the file; others are refused
TABLES = {"parameters": ParameterTable, "grids": GridStore, "encoder": GridEncoder}
OPTIONAL = {"descriptors": DescriptorTable}  # a bank without it is searched by its grids alone


@dataclass(frozen=True)
class PieceBank:
    """N generated pieces."""

    parameters: ParameterTable
    grids: GridStore
    encoder: GridEncoder
    codes: np.ndarray  # (N, K) int8
    categories: np.ndarray  # (N,) uint8 into CATEGORIES
    volumes: np.ndarray  # (N,) uint16, solid cells of 32 a side
    weights: str  # `weights_id` of the model that the bank belongs to
    descriptors: DescriptorTable | None = None  # of the weights' descriptor head, if they have one

    def __len__(self) -> int:
        """Number of pieces."""
        return len(self.codes)

    def build(self, index: int) -> Furniture:
        """Returns one piece, built from its parameters."""
        return build(self.category(index), self.parameters[index])

    def category(self, index: int) -> str:
        """Returns the name of a piece's category."""
        return CATEGORIES[self.categories[index]]

    def save(self, path: str | Path) -> Path:
        """Writes the bank as one compressed .npz file."""
        arrays = {"version": np.array(VERSION), "weights": np.array(self.weights)}
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and field.name in TABLES | OPTIONAL:
                arrays |= {f"{field.name}.{k}": v for k, v in vars(value).items() if k[0] != "_"}
            elif isinstance(value, np.ndarray):
                arrays[field.name] = value
        with open(path, "wb") as file:
            np.savez_compressed(file, **arrays)
        return Path(path)

    @classmethod
    def load(cls, path: str | Path, weights: str | None = None) -> "PieceBank":
        """Reads a bank.

        Parameters
        ----------
        path : str or Path
        weights : str, optional
            `weights_id` of the model that the bank is for; not checked if None.

        Raises
        ------
        ModelError
            If the file cannot be read, has another version, or belongs to other weights.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            version, owner = int(arrays["version"]), str(arrays["weights"])
            bank = _from_arrays(arrays, owner) if version == VERSION else None
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            # NumPy's sentence on damaged files advises to load a pickle
            reason = error.strerror if isinstance(error, OSError) else "the file is damaged"
            raise ModelError(
                f"The bank of pieces {path} cannot be read ({reason}); "
                "copy it again or build it with python -m training.build_bank."
            ) from error
        if bank is None:
            raise ModelError(
                f"The bank of pieces {path} has version {version} and {VERSION} is needed; "
                "build it again with python -m training.build_bank."
            )
        if weights is not None and owner != weights:
            raise _other_weights(path)
        return bank


def find_bank(folder: str | Path, model) -> PieceBank | None:
    """Returns the bank that lies beside a model's weights, None where there is none.

    Parameters
    ----------
    folder : str or Path
        Folder of the checkpoint. A Hub repository or a classic .pth has no bank.
    model : VoxelModel
        The model that was loaded from it.

    Raises
    ------
    ModelError
        If there is a bank that cannot be used with this model.
    """
    path = Path(folder).absolute() / FILE_NAME
    if not path.is_file():
        return None
    bank = cached_bank(str(path))
    if bank.weights != weights_id(model):
        raise _other_weights(path)
    return bank


def embedded_bank() -> PieceBank | None:
    """Returns the bank of the embedded checkpoint; None without one."""
    path = EMBEDDED_CHECKPOINT / FILE_NAME
    return cached_bank(str(path)) if path.is_file() else None


@cache
def cached_bank(path: str) -> PieceBank:
    """Returns the bank of a file, read once in a process; its weights are not checked."""
    return PieceBank.load(path)


def _other_weights(path: Path | str) -> ModelError:
    return ModelError(
        f"The bank of pieces {path} belongs to other weights; "
        "build one for these with python -m training.build_bank."
    )


def _from_arrays(arrays: Mapping[str, np.ndarray], weights: str) -> PieceBank:
    present = {name for name in OPTIONAL if any(key.startswith(f"{name}.") for key in arrays)}
    tables = {
        name: kind(**{field.name: arrays[f"{name}.{field.name}"] for field in fields(kind)})
        for name, kind in (TABLES | OPTIONAL).items()
        if name in TABLES or name in present
    }
    plain = {name: arrays[name] for name in ("codes", "categories", "volumes")}
    counted = [table for name, table in tables.items() if name != "encoder"]
    lengths = {*map(len, counted), *map(len, plain.values())}
    if len(lengths) != 1:
        raise ValueError(f"its arrays have different lengths {sorted(lengths)}")
    return PieceBank(**tables, **plain, weights=weights)


def weights_id(model) -> str:
    """Returns the first 16 hex digits of a hash of a model's weights.

    Parameters
    ----------
    model : VoxelModel
        On any device.

    Returns
    -------
    str
        From names, types, shapes and values of all tensors, so that the same weights have the same
        id whether they come from a folder or from the Hub, and a new calibration in config.json
        does not change it.
    """
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        array = tensor.detach().cpu().contiguous().numpy()
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()[:16]
