"""Packed voxel files: each distinct Pix3D grid once, in our axes, at the target resolutions.

Each `model/<category>/<shape>/voxel*.mat` that a record names becomes
`<grids>/model/<category>/<shape>/voxel*.npz` with one array for each resolution, such as "32" and
"64": np.packbits of the (R, R, R) bool grid in C order. 735 files serve the 10,069 records; many
are not called voxel.mat. Pooling is by maximum: taking every fourth cell would lose chair legs.
"""

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from training.data.file_workers import map_files
from training.pix3d import dataset

RESOLUTIONS = (32, 64)  # cells a side


def grid_path(grids: str | os.PathLike, voxel: str) -> Path:
    """Returns the path of the packed grids of a record's voxel file."""
    return (Path(grids) / voxel).with_suffix(".npz")


def load_grid(grids: str | os.PathLike, voxel: str, resolution: int) -> np.ndarray:
    """Reads a packed grid: (R, R, R) bool in our axes; DataError if it is missing or broken."""
    path = grid_path(grids, voxel)
    try:
        with np.load(path) as file:
            return np.unpackbits(file[str(resolution)]).reshape((resolution,) * 3).astype(bool)
    except Exception as error:  # zipfile, zlib, numpy and the file system raise their own types
        raise dataset.DataError(
            f"{path} holds no grid of {resolution} a side ({error}); "
            "run training.convert_voxels again."
        ) from None


def convert(
    root: str | Path, out: str | Path, voxel: str, resolutions: Sequence[int] = RESOLUTIONS
) -> None:
    """Writes the packed file of one voxel file, atomically.

    Parameters
    ----------
    root : str or Path
        Folder of pix3d.json.
    out : str or Path
        Folder of the packed grids.
    voxel : str
        Path of the voxel file below `root`.
    resolutions : sequence of int
        Cells a side of each array.

    Raises
    ------
    DataError
        If the voxel file is unusable.
    """
    voxels = dataset.to_model_axes(dataset.read_voxels(root, voxel))
    grids = {str(r): np.packbits(dataset.canonical_grid(voxels, r)) for r in resolutions}
    path = grid_path(out, voxel)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")  # a fixed name: killed runs leave at most one such file
    with open(part, "wb") as file:
        np.savez_compressed(file, **grids)
    os.replace(part, path)


def is_done(out: str | Path, voxel: str, resolutions: Sequence[int]) -> bool:
    """Returns True if the packed file exists, is complete and holds every resolution."""
    try:
        with np.load(grid_path(out, voxel)) as file:
            return all(file[str(r)].size * 8 == r**3 for r in resolutions)
    except Exception:  # missing, truncated or of another resolution: convert it again
        return False


def convert_all(
    root: str | Path, out: str | Path, voxels: Sequence[str], resolutions: Sequence[int], jobs: int
) -> list[str]:
    """Converts voxel files in `jobs` processes; returns one line for each file that failed."""
    errors = []
    work = partial(convert, root, out, resolutions=resolutions)
    for voxel, _, error in map_files(work, voxels, jobs, "file"):
        if error:
            errors.append(f"{voxel}: {error}")
            tqdm.write(errors[-1], file=sys.stderr)
    return errors


def print_shares(root: str | Path, voxels: Sequence[str], resolutions: Sequence[int]) -> int:
    """Prints the share of solid cells at each resolution; returns the number of failed files."""
    failed = 0
    for voxel in voxels:
        try:
            grid = dataset.to_model_axes(dataset.read_voxels(root, voxel))
        except dataset.DataError as error:
            print(error, file=sys.stderr)
            failed += 1
            continue
        shares = (f"{r}^3 {dataset.canonical_grid(grid, r).mean():.1%}" for r in resolutions)
        print(f"{voxel}: {', '.join(shares)} solid")
    return failed
