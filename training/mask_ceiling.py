"""Measures the mask IoU that an exact outline reaches against Pix3D's annotated masks.

    python -m training.mask_ceiling --data ../shared/data/pix3d_dev --checkpoint checkpoint

The outline is known for photos of one object before a plain background. For these the command
prints the IoU of the outline with the annotation (the score of a perfect mask), of the predicted
mask with the annotation, and of the predicted mask with the outline.
"""

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from core.errors import UserError
from training.console.command_line import argument_parser
from training.evaluation import scoring
from training.evaluation.plain_outlines import compare_outlines
from training.pix3d import dataset
from voxel_model import load_model


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("mask_ceiling", __doc__)
    parser.add_argument("--data", required=True, help="folder that holds pix3d.json")
    parser.add_argument("--checkpoint", help="folder or Hub repo id (default: the shipped weights)")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    try:
        model, records = load_model(args.checkpoint), dataset.load_records(args.data)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    rows = []
    print(f"{'photo':24} outline  predicted  the two")
    for name, ious in compare_outlines(model, scoring.load_samples(args.data, records)):
        rows.append(ious)
        print_row(name, ious)
    if rows:
        print_row(f"mean of {len(rows)}", np.mean(rows, axis=0))
    return 0


def print_row(name: str, ious: Sequence[float]) -> None:
    """Prints a line of the table."""
    print(f"{name:24} {ious[0]:7.3f}  {ious[1]:9.3f}  {ious[2]:7.3f}")


if __name__ == "__main__":
    sys.exit(main())
