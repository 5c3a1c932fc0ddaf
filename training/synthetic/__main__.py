"""A contact sheet of the studio: the picture, its mask, and the grid seen from its camera.

python -m training.synthetic --sheet out.png                          # procedural, no data
python -m training.synthetic --sheet out.png --assets ../shared/data --cad data/cad.npz
python -m training.synthetic --time 50                                # pictures a second
"""

import argparse
import time

import numpy as np
import torch
from PIL import Image

from training.dataset import Batch
from training.gallery import draw_voxels
from training.synthetic.studio import Studio, StudioConfig


def contact_sheet(batch: Batch, columns: int = 4, tile: int = 192) -> Image.Image:
    """Rows of (picture, mask over picture, grid from the true camera) triples."""
    count = len(batch.image)
    sheet = Image.new("RGB", (columns * 3 * tile, -(-count // columns) * tile), "white")
    for i in range(count):
        image = (batch.image[i].permute(1, 2, 0).cpu().numpy() * 255).astype(np.uint8)
        mask = batch.mask[i, 0, :, :, None].cpu().numpy()
        shown = (image * (0.25 + 0.75 * mask)).astype(np.uint8)
        colors = (batch.colors[i].permute(1, 2, 3, 0).cpu().numpy() * 255).astype(np.uint8)
        grid = draw_voxels(
            batch.occupancy[i].cpu().numpy(),
            colors,
            float(torch.rad2deg(batch.azimuth[i])),
            float(torch.rad2deg(batch.elevation[i])),
            tile,
        )
        tiles = [Image.fromarray(image), Image.fromarray(shown), grid]
        for k, picture in enumerate(tiles):
            place = ((i % columns * 3 + k) * tile, i // columns * tile)
            sheet.paste(picture.convert("RGB").resize((tile, tile)), place)
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sheet", help="write a contact sheet here")
    parser.add_argument("--time", type=int, metavar="N", help="time N batches")
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--assets", help="folder with textures/, backgrounds/, hdri/")
    parser.add_argument("--poses", help="poses.json")
    parser.add_argument("--cad", help="file made by training.synthetic.cad")
    parser.add_argument("--grid", type=int, default=64, help="cells a side of rendered shapes")
    parser.add_argument("--slots", type=int, default=32)
    arguments = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    config = StudioConfig(
        grid=arguments.grid,
        slots=arguments.slots,
        assets=arguments.assets,
        poses=arguments.poses,
        cad=arguments.cad,
    )
    studio = Studio(config, device, arguments.seed)
    batch = studio.batch(0, arguments.count)
    if arguments.sheet:
        contact_sheet(batch).save(arguments.sheet)
        print(*(f"{i} {source}" for i, source in enumerate(batch.source)), sep="\n")
    if arguments.time:
        start = time.perf_counter()
        for step in range(arguments.time):
            studio.batch(step + 1, arguments.count).image.sum().item()
        seconds = time.perf_counter() - start
        print(f"{arguments.time * arguments.count / seconds:.0f} pictures/s")


if __name__ == "__main__":
    main()
