"""Draws a contact sheet of the augmented crops that training reads from photographs.

    python -m training.preview_photos --data ../shared/data/pix3d_dev --sheet runs/sheet.jpg
    python -m training.preview_photos --data ../shared/data/pix3d_dev --cache runs/crops --time

Each sample is the crop, the crop dimmed outside the mask, and the target grid from the photo's
camera. With --time the command draws nothing and measures how many photos a second are prepared.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from core.errors import UserError
from training.console.command_line import argument_parser, make_output_folder, plain_output
from training.evaluation.contact_sheet import contact_sheet
from training.photo_data.speed import measure_speed
from training.pix3d import dataset
from training.pix3d.photo_batches import PhotoBatches, Pix3DPhotos
from training.pix3d.splits import select

COLUMNS = 3  # samples a row
TILE = 224  # pixels a side of a tile


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("preview_photos", __doc__)
    add = parser.add_argument
    add("--data", required=True, help="folder with pix3d.json or photos.csv")
    add("--sheet", type=Path, default=Path("runs/sheet.jpg"), help="picture to write")
    add("--grids", help="folder of training.convert_voxels (default: read the .mat files)")
    add("--clean", action="store_true", help="leave out truncated and occluded photos")
    add("--count", type=int, default=18, help="samples on the sheet")
    add("--cache", help="folder of decoded crops, written if it is missing")
    add("--time", action="store_true", help="measure the speed instead")
    add("--workers", type=int, default=0, help="processes of --time; 0 as in training")
    add("--seed", type=int, default=0, help="seed of the order and of the augmentation")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    plain_output()
    try:
        make_output_folder(args.sheet.parent, "--sheet")
        records = dataset.load_records(args.data)
        records = select(records, truncated=not args.clean, occluded=not args.clean)
        photos = Pix3DPhotos(
            args.data, records, grids=args.grids, augment=True, seed=args.seed, cache=args.cache
        )
        if args.time:
            speed = measure_speed(photos, workers=args.workers)
            print(f"{speed.core:.0f} photos a second of one core's time")
            print(f"{speed.machine:.0f} photos a second with {speed.workers}, wall clock")
            return 0
        batch = PhotoBatches(photos, args.count, args.seed).batch(0)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    contact_sheet(batch, COLUMNS, TILE).save(args.sheet)
    print(f"{len(photos)} photos; {len(batch)} augmented samples drawn on {args.sheet}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
