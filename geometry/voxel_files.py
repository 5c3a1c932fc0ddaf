"""Writes grids as MagicaVoxel, NumPy and binvox files.

export_voxels(occupancy, colors, 0.5, "chair.vox")     # or .npz, .binvox
"""

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
from scipy import ndimage

from core.errors import MeshError
from core.files import write_atomic
from geometry.colors import DEFAULT_COLOR, fit_palette
from geometry.grids import validate_grid
from geometry.mesh_files import check_suffix

VOXEL_SUFFIXES = (".vox", ".npz", ".binvox")
MAX_VOX_COLORS = 255  # MagicaVoxel's palette has 256 entries and index 0 means empty
MAX_VOX_SIDE = 256  # cells; MagicaVoxel stores coordinates as bytes
VOX_VERSION = 150
MAX_RUN = 255  # cells of one run in a binvox file


def export_voxels(
    occupancy: np.ndarray, colors: np.ndarray | None, threshold: float, path: str | Path
) -> Path:
    """Write a grid to a file; the suffix of the path selects the format.

    - .vox: MagicaVoxel, z up, front toward -y, at most 255 colours and 256 cells a side.
    - .npz: arrays `occupancy` float32, `threshold` float32 and, if given, `colors` uint8.
    - .binvox: solid and empty cells of a cube of side 1 that stands on the floor.

    Parameters
    ----------
    occupancy : (X, Y, Z) float
        Probability in [0, 1] that a cell is solid.
    colors : (X, Y, Z, 3) uint8 or None
        sRGB.
    threshold : float
        Probability between 0 and 1 above which cells are solid.
    path : str or Path

    Returns
    -------
    Path
        The path of the file.

    Raises
    ------
    MeshError
        If the grid, the threshold or the suffix is not supported, or if the path cannot be
        written.
    """
    suffix = check_suffix(path, VOXEL_SUFFIXES)
    occupancy, colors, solid = validate_grid(occupancy, colors, threshold)
    if suffix == ".vox":
        return write_atomic(path, _vox(solid, colors))
    if suffix == ".binvox":
        return write_atomic(path, _binvox(solid))
    arrays = {"occupancy": occupancy, "threshold": np.float32(threshold)}
    buffer = BytesIO()
    np.savez_compressed(buffer, **arrays, **({} if colors is None else {"colors": colors}))
    return write_atomic(path, buffer.getvalue())


def _binvox(solid: np.ndarray) -> bytes:
    """Encode a grid as binvox; its y axis varies fastest and its x axis slowest.

    The header is exactly that of Min's format. Readers such as `binvox_rw` refuse the comment line
    that trimesh's writer adds.
    """
    x, y, z = solid.shape
    header = f"#binvox 1\ndim {x} {z} {y}\ntranslate -0.5 0 -0.5\nscale 1\ndata\n"
    return header.encode() + _runs(solid.transpose(0, 2, 1).ravel()).tobytes()


def _runs(values: np.ndarray) -> np.ndarray:
    """Return pairs (value, length) uint8 of runs, each at most MAX_RUN long."""
    starts = np.concatenate([[0], np.flatnonzero(np.diff(values)) + 1])
    lengths = np.diff(np.append(starts, len(values)))
    pieces = -(-lengths // MAX_RUN)  # a run of 600 is three pieces: 255, 255, 90
    runs = np.full((pieces.sum(), 2), MAX_RUN, np.uint8)
    runs[:, 0] = np.repeat(values[starts], pieces)
    runs[np.cumsum(pieces) - 1, 1] = lengths - (pieces - 1) * MAX_RUN
    return runs


def _vox(solid: np.ndarray, colors: np.ndarray | None) -> bytes:
    """Encode a grid as MagicaVoxel's chunks SIZE, XYZI and RGBA.

    The palette is fitted to the surface cells, because the others are not visible.
    """
    if max(solid.shape) > MAX_VOX_SIDE:
        raise MeshError(
            f"MagicaVoxel takes at most {MAX_VOX_SIDE} cells a side, not {solid.shape}."
        )
    cells = np.argwhere(solid)
    flat = np.broadcast_to(DEFAULT_COLOR, (len(cells), 3)) if colors is None else colors[solid]
    palette, index = fit_palette(flat, MAX_VOX_COLORS, ~ndimage.binary_erosion(solid)[solid])
    x, y, z = solid.shape
    voxels = np.stack([cells[:, 0], z - 1 - cells[:, 2], cells[:, 1], index + 1], axis=1)
    table = np.zeros((256, 4), np.uint8)
    table[: len(palette)] = np.column_stack([palette, np.full(len(palette), 255)])
    chunks = [
        (b"SIZE", struct.pack("<3I", x, z, y)),
        (b"XYZI", struct.pack("<I", len(cells)) + voxels.astype(np.uint8).tobytes()),
        (b"RGBA", table.tobytes()),
    ]
    body = b"".join(name + struct.pack("<2I", len(data), 0) + data for name, data in chunks)
    return struct.pack("<4sI4s2I", b"VOX ", VOX_VERSION, b"MAIN", 0, len(body)) + body
