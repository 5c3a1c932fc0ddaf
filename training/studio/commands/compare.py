"""Compares the looks of the studio's pictures with those of photographs.

    python -m training.studio compare --photos ../shared/data/pix3d_dev --assets ../shared/data \
        --poses ../shared/data/shapes/poses.json

Prints a table of mean statistics (training/evaluation/picture_statistics.py). The photographs are
cropped as the network sees them.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch.nn.functional as F

from core.errors import UserError
from training.console.command_line import argument_parser
from training.evaluation.picture_statistics import comparison, picture_statistics
from training.photo_data.crops import draw_crop, read_part
from training.pix3d import dataset
from training.studio.scenes.cameras import CROP_MARGIN
from training.studio.shards import studio_device
from training.studio.studio import Studio, StudioConfig

BATCH = 16  # pictures rendered at once
NEVER = 10**9  # steps between two changes of the bank: its shapes stay


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("studio compare", __doc__)
    add = parser.add_argument
    add("--photos", type=Path, required=True, help="photographs in Pix3D's layout")
    add("--count", type=int, default=96, help="pictures of the studio")
    add("--seed", type=int, default=0, help="seed of the shapes and scenes")
    add("--assets", help="folder with textures/, backgrounds/, hdri/")
    add("--poses", help="poses.json with cameras of real photographs")
    add("--image-size", type=int, default=224, help="pixels a side of a picture")
    add("--grid", type=int, default=64, help="cells a side of rendered shapes")
    add("--slots", type=int, default=96, help="shapes in the bank")
    add("--tracer", default="auto", help="triton, torch or auto")
    args = parser.parse_args(argv)
    if args.count < 1:
        parser.error("--count must be above 0.")
    return args


def photo_pictures(root: Path, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields crop (S, S, 3) in [0, 1] and mask (S, S) bool of each photograph with a mask."""
    for record in dataset.load_records(root):
        if record.mask:
            crop, mask, _ = draw_crop(read_part(root, record, CROP_MARGIN), size)
            yield np.asarray(crop) / 255, np.asarray(mask) > 127


def studio_pictures(args: argparse.Namespace) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields picture (S, S, 3) in [0, 1] and mask (S, S) bool of each sample."""
    names = ("image_size", "grid", "slots", "assets", "poses", "tracer")
    settings = {name: getattr(args, name) for name in names}
    config = StudioConfig(refresh_every=NEVER, **settings)
    studio = Studio(config, studio_device(), args.seed)
    for first in range(0, args.count, BATCH):
        batch = studio.batch(first // BATCH, min(BATCH, args.count - first))
        masks = F.interpolate(batch.mask.float(), size=batch.image.shape[-2:])[:, 0] > 0.5
        for image, mask in zip(batch.image.cpu(), masks.cpu(), strict=True):
            yield image.permute(1, 2, 0).numpy().astype(float), mask.numpy()


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    try:
        pictures = {
            "photographs": photo_pictures(args.photos, args.image_size),
            "studio": studio_pictures(args),
        }
        values = {
            name: [found for pair in pairs if (found := picture_statistics(*pair))]
            for name, pairs in pictures.items()
        }
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    if empty := [name for name, found in values.items() if not found]:
        print(f"No object of the {empty[0]} is large enough in its picture.", file=sys.stderr)
        return 2
    print(comparison(values))
    return 0
