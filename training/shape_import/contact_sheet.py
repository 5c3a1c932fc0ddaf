"""A contact sheet of shapes with their fronts marked, so that a wrong direction is seen.

draw_sheet(models).save("shapes.jpg")
"""

import unicodedata
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from training.evaluation.gallery import draw_voxels
from training.studio.shapes.cad import PACKED_SIDE, CadModel

SIDE = 32  # cells a side of the drawn shapes
FRAME = 52  # cells a side of the drawn grids, with the arrow in front of the shape
TILE, CAPTION = 176, 30  # pixels
COLUMNS = 8  # shapes a row
VIEW = (35.0, 25.0)  # degrees, azimuth and elevation: the front points down and to the left
SHAPE_COLOR, ARROW_COLOR = (150, 165, 185), (220, 30, 30)
MAX_SHAPES = 400  # on one sheet; the first ones
FIRST_LINE = 2  # of the table that describes a shape; line 1 names the columns


def draw_sheet(models: Sequence[CadModel]) -> Image.Image:
    """Draws each shape with a red arrow on the floor that points where its front points.

    Parameters
    ----------
    models : sequence of CadModel
        Shapes; the first MAX_SHAPES are drawn.

    Returns
    -------
    PIL.Image.Image
        RGB, COLUMNS shapes a row, each with its line in the table, its name and its category.
    """
    models = models[:MAX_SHAPES]
    columns = min(COLUMNS, max(1, len(models)))
    rows = -(-len(models) // columns)
    sheet = Image.new("RGB", (columns * TILE, max(1, rows) * (TILE + CAPTION)), "white")
    draw = ImageDraw.Draw(sheet)
    for i, model in enumerate(models):
        left, top = i % columns * TILE, i // columns * (TILE + CAPTION)
        grid, colors = marked_grid(model)
        sheet.paste(draw_voxels(grid, colors, *VIEW, size=TILE), (left, top))
        name = f"{i + FIRST_LINE}: {model.name[-24:]}"
        for line, text in enumerate((name, model.category)):
            draw.text((left + 4, top + TILE + 14 * line), ascii_text(text), fill="black")
    return sheet


def ascii_text(text: str) -> str:
    """Returns a text in the letters that Pillow's font has: without accents, ? for the others."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return plain.encode("ascii", "replace").decode()


def marked_grid(model: CadModel) -> tuple[np.ndarray, np.ndarray]:
    """Returns the grid of a shape with an arrow in front of it.

    Returns
    -------
    grid : numpy.ndarray
        (FRAME, FRAME, FRAME) bool.
    colors : numpy.ndarray
        (FRAME, FRAME, FRAME, 3) uint8, ARROW_COLOR on the arrow.
    """
    ratio, margin = PACKED_SIDE // SIDE, (FRAME - SIDE) // 2
    blocks = model.solid.reshape(SIDE, ratio, SIDE, ratio, SIDE, ratio)
    grid = np.zeros((FRAME,) * 3, bool)
    inner = slice(margin, margin + SIDE)
    grid[inner, inner, inner] = blocks.any(axis=(1, 3, 5))
    colors = np.full((*grid.shape, 3), SHAPE_COLOR, np.uint8)
    floor = int(np.flatnonzero(grid.any(axis=(0, 2)))[0])
    start = int(np.flatnonzero(grid.any(axis=(0, 1)))[-1]) + 2
    for z in range(start, FRAME):
        half = (
            max(1, FRAME - 1 - z) if z > FRAME - 6 else 1
        )  # a shaft, and a head that ends in a tip
        cells = (slice(FRAME // 2 - half, FRAME // 2 + half), floor, z)
        grid[cells], colors[cells] = True, ARROW_COLOR
    return grid, colors
