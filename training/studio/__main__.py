"""Looks at the studio: a contact sheet, or what each part of it costs.

python -m training.studio --sheet out.png                          # procedural, no data
python -m training.studio --sheet out.png --assets ../shared/data --cad data/cad.npz
python -m training.studio --benchmark runs/studio.json --count 256 --grid 128 --slots 1024

Each sample of a sheet is the picture, the same dimmed but for the named object's mask, and the
grid seen from the true camera: a person can see whether the grid lies under the picture.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from training.data.batches import Batch
from training.evaluation.gallery import draw_voxels
from training.studio.benchmark import benchmark, table
from training.studio.studio import Studio, StudioConfig


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


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sheet", type=Path, help="write a contact sheet here")
    parser.add_argument("--columns", type=int, default=4, help="samples a row of the sheet")
    parser.add_argument("--tile", type=int, default=192, help="pixels a side of the sheet's tiles")
    parser.add_argument("--benchmark", type=Path, metavar="JSON", help="time each part")
    parser.add_argument("--count", type=int, default=24, help="pictures of a batch")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--assets", help="folder with textures/, backgrounds/, hdri/")
    parser.add_argument("--poses", help="poses.json")
    parser.add_argument("--cad", help="file made by training.pack_cad")
    parser.add_argument("--cad-share", type=float, default=0.4, help="share of CAD shapes")
    parser.add_argument("--image-size", type=int, default=224, help="pixels a side of a picture")
    parser.add_argument("--grid", type=int, default=64, help="cells a side of rendered shapes")
    parser.add_argument("--slots", type=int, default=32, help="shapes in the bank")
    parser.add_argument("--tracer", default="auto", help="triton, torch or auto")
    arguments = parser.parse_args()
    if not (arguments.sheet or arguments.benchmark):
        parser.error("nothing to do; name a file with --sheet or --benchmark.")
    return arguments


def build(arguments: argparse.Namespace) -> Studio:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    names = ("image_size", "grid", "slots", "assets", "poses", "cad", "cad_share", "tracer")
    config = StudioConfig(**{name: getattr(arguments, name) for name in names})
    return Studio(config, device, arguments.seed)


def main() -> None:
    arguments = parse()
    try:
        studio = build(arguments)
    except ValueError as error:  # ours are ValueErrors: one sentence each
        sys.exit(str(error))
    if arguments.sheet:
        batch = studio.batch(0, arguments.count)
        contact_sheet(batch, arguments.columns, arguments.tile).save(arguments.sheet)
        print(*(f"{i} {source}" for i, source in enumerate(batch.source)), sep="\n")
    if arguments.benchmark:
        report = benchmark(studio, arguments.count)
        arguments.benchmark.parent.mkdir(parents=True, exist_ok=True)
        arguments.benchmark.write_text(json.dumps(report, indent=2) + "\n")
        print(table(report))


if __name__ == "__main__":
    main()
