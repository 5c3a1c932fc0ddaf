r"""Packs the CAD models of a folder into the files that the studio reads.

    python -m training.pack_cad --shapes ../shared/data/shapes --out data/cad.npz \
        --held-out data/held_out.npz

Models that cannot be used are skipped and named. The families that `studio/shapes/families.py`
names go to the second file: runs choose their best weights by them.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from training.console.command_line import argument_parser
from training.studio.shapes.cad_packing import pack_folder, save_pool


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("pack_cad", __doc__)
    parser.add_argument("--shapes", type=Path, required=True, help="folder with sources.json")
    parser.add_argument("--out", type=Path, required=True, help="file of the training pool")
    parser.add_argument("--held-out", type=Path, help="file of the models that no run trains on")
    args = parser.parse_args(argv)
    if not (args.shapes / "sources.json").is_file():
        parser.error(f"{args.shapes} holds no sources.json; name the pool's folder.")
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    training, held_out = pack_folder(args.shapes)
    for path, models in ((args.out, training), (args.held_out, held_out)):
        if path and models:
            save_pool(models, path)
            print(f"{len(models)} models, {path.stat().st_size / 1e6:.1f} MB in {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
