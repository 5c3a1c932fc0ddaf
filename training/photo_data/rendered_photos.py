"""Renders labelled pictures of your shapes, to evaluate a category without photographs.

    python -m training.data render --shapes data/held_out.npz --out data/rendered --count 64
    python -m training.evaluate --data data/rendered --checkpoint runs/lamps/best

Writes a folder that training.evaluate and training.train read: photos.csv, img/, mask/ and shapes/,
the grid of each picture. The studio draws room, light, camera and proportions, so a score on these
pictures is higher than one on photographs. Use shapes that no run trained on.
"""

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from core.errors import UserError
from training.console.command_line import argument_parser, make_output_folder
from training.data.batches import Batch
from training.pix3d.dataset import PHOTO_TABLE
from training.studio.assets import poses_path
from training.studio.shapes.cad import load_pool
from training.studio.studio import Studio, StudioConfig

BATCH_SIZE = 16  # pictures drawn at once
CELLS = 64  # cells a side of the written grids
MAX_SHAPES = 64  # shapes and proportions of one folder; 0.9 MB of memory each
MIN_MASK = 0.01  # share of white pixels below which a picture does not show its object
COLUMNS = ("image", "mask", "shape", "category", "azimuth", "elevation", "group")


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("data render", __doc__)
    add = parser.add_argument
    add("--shapes", type=Path, required=True, help="file of training.data import")
    add("--out", type=Path, required=True, help="folder to write")
    add("--count", type=int, default=64, help="pictures")
    add("--size", type=int, default=224, help="pixels a side of a picture")
    add("--seed", type=int, default=0, help="seed of rooms, cameras and proportions")
    add("--assets", type=Path, help="folder with textures/, backgrounds/, hdri/")
    args = parser.parse_args(argv)
    if args.count < 1:
        parser.error(f"--count is {args.count}; it must be 1 or more.")
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    try:
        make_output_folder(args.out)
        studio = build_studio(args)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    written = write_pictures(studio, args.out, args.count)
    print(f"{written} pictures in {args.out}, listed in {args.out / PHOTO_TABLE}")
    return 0


def build_studio(args: argparse.Namespace) -> Studio:
    """Returns a studio that shows the shapes of the file alone."""
    categories = tuple(sorted({model.category for model in load_pool(args.shapes)}))
    config = StudioConfig(
        image_size=args.size,
        resolution=CELLS,
        grid=CELLS,
        slots=min(args.count, MAX_SHAPES),
        categories=categories,
        shares=(1.0,) * len(categories),
        cad=str(args.shapes),
        cad_share=1.0,
        assets=args.assets and str(args.assets),
        poses=poses_path(args.assets),
    )
    return Studio(config, torch.device("cuda" if torch.cuda.is_available() else "cpu"), args.seed)


def write_pictures(studio: Studio, out: Path, count: int) -> int:
    """Draws pictures and writes them with their labels; returns their number."""
    for name in ("img", "mask", "shapes"):
        (out / name).mkdir(parents=True, exist_ok=True)
    rows: list[list[str]] = []
    step = 0
    while len(rows) < count:
        batch = studio.batch(step, BATCH_SIZE)
        visible = (batch.mask.mean(dim=(1, 2, 3)) > MIN_MASK).tolist()
        for i in np.flatnonzero(visible)[: count - len(rows)]:
            rows.append(write_picture(batch, int(i), len(rows), out, studio.config.categories))
        step += 1
    with (out / PHOTO_TABLE).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return len(rows)


def write_picture(
    batch: Batch, i: int, number: int, out: Path, categories: Sequence[str]
) -> list[str]:
    """Writes picture, mask and grid of a sample; returns its row of the table."""
    image, mask, shape = f"img/{number:05}.jpg", f"mask/{number:05}.png", f"shapes/{number:05}.npz"
    pixels = (batch.image[i].permute(1, 2, 0) * 255).round().byte().cpu().numpy()
    Image.fromarray(pixels).save(out / image, quality=95)
    solid = (batch.mask[i, 0] > 0.5).byte().cpu().numpy() * 255
    Image.fromarray(solid).save(out / mask)
    np.savez_compressed(out / shape, occupancy=batch.occupancy[i].cpu().numpy() > 0.5)
    angles = [f"{np.degrees(float(a[i])):.2f}" for a in (batch.azimuth, batch.elevation)]
    # The proportions of each picture differ, and pictures of one shape are not independent.
    return [image, mask, shape, categories[int(batch.category[i])], *angles, batch.source[i]]
