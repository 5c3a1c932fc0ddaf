"""Measures how often the page's hint that a photo lies on its side is false, and how often missing.

    python -m training.evaluate_orientation --data ../shared/data/pix3d_dev --checkpoint checkpoint

All photos of the data must be upright. Each is predicted in all four quarter turns.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from core.errors import UserError
from training.console.command_line import argument_parser
from training.evaluation.orientation import hint_rates, predict_four_turns, suggested_turns
from training.pix3d import dataset
from voxel_model import load_model

__all__ = ["hint_rates", "main", "suggested_turns"]


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("evaluate_orientation", __doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds pix3d.json")
    parser.add_argument("--checkpoint", default="checkpoint", help="folder or Hub repo id")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    try:
        model, records = load_model(args.checkpoint, "cpu"), dataset.load_records(args.data)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    readings = []
    for record in tqdm(records, unit="photo", disable=None):
        with Image.open(args.data / record.img) as image:
            readings.append(predict_four_turns(model, image))
    print(f"{len(readings)} photos")
    for name, share in hint_rates(readings).items():
        print(f"{name:34} {share:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
