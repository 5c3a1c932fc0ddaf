"""Splits Pix3D into training, validation and test sets.

    python -m training.splits --data pix3d --out splits.json --seed 0
    python -m training.splits --data pix3d --protocol s2 --out runs/s2.json

Writes a JSON file with the shape folders or photos of each part. The default split is by shape: all
photos of a shape are in one part. `--protocol` chooses a split that others publish scores on:
Pix3D's own (pix3d) or those of Mesh R-CNN (s1, s2). training/pix3d/protocols.py describes them.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from core.errors import UserError
from training.console.command_line import argument_parser, make_output_folder
from training.pix3d.dataset import load_records
from training.pix3d.protocols import PROTOCOLS, make_splits
from training.pix3d.splits import save_splits, select


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("splits", __doc__)
    parser.add_argument("--data", required=True, help="folder with pix3d.json or photos.csv")
    parser.add_argument("--out", default="runs/splits.json", help="JSON file to write")
    parser.add_argument("--protocol", choices=PROTOCOLS, default="shape", help="name of the split")
    parser.add_argument("--seed", type=int, default=0, help="seed of the random assignment")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    try:
        make_output_folder(Path(args.out).parent)
        records = load_records(args.data)
        splits = make_splits(args.data, records, args.protocol, args.seed)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    save_splits(args.out, splits, args.seed, args.protocol)
    for name, names in splits.items():
        photos = select(records, names)
        shapes = len({record.shape for record in photos})
        print(f"{name:6} {shapes:4} shapes {len(photos):6} photos")
    print(f"written to {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
