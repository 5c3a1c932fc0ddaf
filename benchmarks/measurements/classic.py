"""The classic design for comparison: a fully connected decoder, a cube per cell, OBJ text.

Rebuilt from its description: 79 M weights, and each cube with all its faces, also inner ones.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from meshing import CUBE_FACE_CORNERS
from network import VoxelConfig, VoxelModel
from voxel_model import normalize

CUBE_CORNERS = np.unique(CUBE_FACE_CORNERS.reshape(-1, 3), axis=0)  # (8, 3), of one cell
# (12, 3) indices into CUBE_CORNERS: two triangles for each of the six faces
CUBE_TRIANGLES = np.array(
    [
        [int(np.flatnonzero((face[i] == CUBE_CORNERS).all(axis=1))[0]) for i in triangle]
        for face in CUBE_FACE_CORNERS
        for triangle in ((0, 1, 2), (0, 2, 3))
    ]
)


def classic_network() -> VoxelModel:
    """Return ResNet18 and layers 512 -> 2,048 -> 32,768 with random weights.

    Random weights take as long as trained ones.
    """
    return VoxelModel(VoxelConfig(decoder="fc")).eval()


def classic_input(path: Path) -> torch.Tensor:
    """Read an image and squeezes it into a square: (1, 3, 224, 224) float32, normalised."""
    pixels = np.asarray(Image.open(path).convert("RGB").resize((224, 224)), np.float32)
    return normalize(torch.from_numpy(pixels / 255).permute(2, 0, 1)[None])


def cubes_as_obj(solid: np.ndarray) -> bytes:
    """Return OBJ text with one cube for each solid cell.

    Parameters
    ----------
    solid : (R, R, R) bool
        The grid; the mesh spans [-0.5, 0.5] on each axis.
    """
    cells = np.argwhere(solid)
    vertices = ((cells[:, None] + CUBE_CORNERS) / solid.shape[0] - 0.5).reshape(-1, 3)
    faces = (8 * np.arange(len(cells))[:, None, None] + CUBE_TRIANGLES + 1).reshape(-1, 3)
    lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in vertices.tolist()]
    lines += [f"f {a} {b} {c}" for a, b, c in faces.tolist()]
    return "\n".join(lines).encode()
