"""Colours of vertices as a texture, for viewers that ignore vertex colours, such as Apple's.

texture, coordinates = bake_colors(corner_colors)      # PIL image, (F, 3, 2) in [0, 1]

Each face has a block of its own of 4 x 4 pixels, with its corners at the centres of three pixels.
Bilinear filtering gives back the colours between them, and reads no pixel of a neighbouring block.
Blocks follow the order of the faces, which run through the model row by
row, so that the smaller copies of a texture mix colours of neighbours.
"""

import math

import numpy as np
from PIL import Image

from geometry.colors import SRGB_TO_LINEAR, to_srgb

BLOCK = 4  # pixels a side of the block of a face
CORNERS = np.array([[0.5, 0.5], [3.5, 0.5], [0.5, 3.5]])  # pixels; centres at three block corners
MAX_SIDE = 4096  # pixels a side of the texture, as phones read them


def bake_colors(corner_colors: np.ndarray) -> tuple[Image.Image, np.ndarray]:
    """Draw a texture for faces with a colour at each corner.

    Parameters
    ----------
    corner_colors : (F, 3, 3) uint8
        sRGB of the three corners of each face; at most a million faces.

    Returns
    -------
    texture : PIL.Image.Image
        RGB, square.
    coordinates : (F, 3, 2) float
        Texture coordinates of the corners, u to the right and v up, as USD and OBJ have them.
    """
    columns = max(1, math.ceil(math.sqrt(len(corner_colors))))
    side = BLOCK * columns
    if side > MAX_SIDE:
        raise ValueError(f"{len(corner_colors)} faces need a texture of {side} pixels a side.")
    blocks = np.zeros((columns * columns, BLOCK, BLOCK, 3), np.uint8)
    blocks[: len(corner_colors)] = _blocks(corner_colors)
    pixels = blocks.reshape(columns, columns, BLOCK, BLOCK, 3).swapaxes(1, 2)
    row, column = np.divmod(np.arange(len(corner_colors)), columns)
    places = (np.stack([column, row], axis=1)[:, None] * BLOCK + CORNERS) / side
    places[..., 1] = 1 - places[..., 1]
    return Image.fromarray(pixels.reshape(side, side, 3)), places


def _blocks(corner_colors: np.ndarray) -> np.ndarray:
    """(F, BLOCK, BLOCK, 3) uint8, rows downward: the plane through the colours of the corners."""
    first, second, third = np.moveaxis(SRGB_TO_LINEAR[corner_colors], 1, 0)[..., None, None, :]
    step = (np.arange(BLOCK) + 0.5 - CORNERS[0, 0]) / (CORNERS[1, 0] - CORNERS[0, 0])
    right, down = step[None, :, None], step[:, None, None]
    return to_srgb(first + (second - first) * right + (third - first) * down)
