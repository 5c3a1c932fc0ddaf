"""Splits Pix3D's shapes into training, validation and test sets.

python -m training.splits --data pix3d --out splits.json --seed 0

Writes a JSON file with the shape folders of each split; all photos of a shape are in one split.
"""

import argparse
import sys
from collections.abc import Sequence

from core.errors import UserError
from training.command_line import argument_parser
from training.pix3d.dataset import load_records
from training.pix3d.splits import save_splits, select, split_by_shape


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("splits", __doc__)
    parser.add_argument("--data", required=True, help="folder that holds pix3d.json")
    parser.add_argument("--out", default="runs/splits.json", help="JSON file to write")
    parser.add_argument("--seed", type=int, default=0, help="seed of the random assignment")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    try:
        records = load_records(args.data)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    splits = split_by_shape(records, seed=args.seed)
    save_splits(args.out, splits, args.seed)
    for name, shapes in splits.items():
        print(f"{name:6} {len(shapes):4} shapes {len(select(records, shapes)):6} photos")
    print(f"written to {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
