"""The classic design as a yardstick: a fully connected decoder, a cube for each cell, OBJ text.

Rebuilt from its description: 79 M weights, and every cube whole, its inner faces included.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from meshing import CUBE_FACE_CORNERS
from network import VoxelConfig, VoxelModel
from voxel_model import normalize

CORNER = np.unique(CUBE_FACE_CORNERS.reshape(-1, 3), axis=0)  # (8, 3), of one cell
# (12, 3): the two triangles of each of its six sides
TRIANGLES = np.array(
    [
        [int(np.flatnonzero((side[i] == CORNER).all(axis=1))[0]) for i in triangle]
        for side in CUBE_FACE_CORNERS
        for triangle in ((0, 1, 2), (0, 2, 3))
    ]
)


def classic_network() -> VoxelModel:
    """ResNet18, 512 -> 2048 -> 32,768: 79 M random weights, which take as long as trained ones."""
    return VoxelModel(VoxelConfig(decoder="fc")).eval()


def classic_input(path: Path) -> torch.Tensor:
    """The picture whole, squeezed into the network's square."""
    pixels = np.asarray(Image.open(path).convert("RGB").resize((224, 224)), np.float32)
    return normalize(torch.from_numpy(pixels / 255).permute(2, 0, 1)[None])


def cubes_as_obj(solid: np.ndarray) -> bytes:
    """OBJ text of one cube for each solid cell of a grid (R, R, R)."""
    cells = np.argwhere(solid)
    vertices = ((cells[:, None] + CORNER) / solid.shape[0] - 0.5).reshape(-1, 3)
    faces = (8 * np.arange(len(cells))[:, None, None] + TRIANGLES + 1).reshape(-1, 3)
    lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in vertices.tolist()]
    lines += [f"f {a} {b} {c}" for a, b, c in faces.tolist()]
    return "\n".join(lines).encode()
