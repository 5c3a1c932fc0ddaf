"""A contact sheet of training samples, to check by eye that pictures, masks and grids agree."""

import numpy as np
from PIL import Image

from training.data.batches import Batch
from training.evaluation.gallery import draw_voxels

UNKNOWN_ANGLE = 20.0  # degrees, azimuth or elevation of a sample with an unknown camera


def contact_sheet(batch: Batch, columns: int, tile: int) -> Image.Image:
    """Draws three tiles for each sample: picture, dimmed picture, grid.

    The second tile shows the picture at full brightness on the object's mask and dimmed elsewhere.
    The third shows the grid from the sample's own camera, so its outline must match the mask.

    Parameters
    ----------
    batch : Batch
        Samples to draw.
    columns : int
        Samples a row.
    tile : int
        Pixels a side of a tile.
    """
    rows = -(-len(batch) // columns)
    sheet = Image.new("RGB", (columns * 3 * tile, rows * tile), "white")
    for i in range(len(batch)):
        left, top = i % columns * 3 * tile, i // columns * tile
        for position, picture in enumerate(_tiles(batch, i, tile)):
            sheet.paste(picture.resize((tile, tile)), (left + position * tile, top))
    return sheet


def _tiles(batch: Batch, i: int, tile: int) -> tuple[Image.Image, Image.Image, Image.Image]:
    """Picture, dimmed picture and grid of sample i."""
    pixels = (batch.image[i].permute(1, 2, 0).cpu().numpy() * 255).astype(np.uint8)
    mask = batch.mask[i, 0, :, :, None].nan_to_num(1.0).cpu().numpy()  # NaN: no mask is known
    dimmed = (pixels * (0.25 + 0.75 * mask)).astype(np.uint8)
    colors = None  # photos have no colours of cells
    if batch.surface[i].any():
        colors = (batch.colors[i].permute(1, 2, 3, 0).cpu().numpy() * 255).astype(np.uint8)
    angles = np.degrees([float(batch.azimuth[i]), float(batch.elevation[i])])
    azimuth, elevation = np.nan_to_num(angles, nan=UNKNOWN_ANGLE)
    grid = draw_voxels(batch.occupancy[i].cpu().numpy(), colors, azimuth, elevation, tile)
    return Image.fromarray(pixels), Image.fromarray(dimmed), grid
