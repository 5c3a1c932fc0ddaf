"""Packs the CAD models of a folder into the one file that the studio reads.

    python -m training.pack_cad --shapes ../shared/data/shapes --out data/cad.npz

Models that cannot be used are skipped and named.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from training.command_line import argument_parser
from training.studio.shapes.cad_packing import pack_model, read_voxels, save_pool


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("pack_cad", __doc__)
    parser.add_argument("--shapes", type=Path, required=True, help="folder with sources.json")
    parser.add_argument("--out", type=Path, required=True, help="npz file to write")
    args = parser.parse_args(argv)
    if not (args.shapes / "sources.json").is_file():
        parser.error(f"{args.shapes} holds no sources.json; name the pool's folder.")
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    voxels = read_voxels(args.shapes / "pix3d_voxels.npz")
    models = []
    for entry in json.loads((args.shapes / "sources.json").read_text(encoding="utf-8")):
        try:
            models.append(pack_model(args.shapes / entry["file"], entry, voxels))
        except ValueError as error:  # CadError is one; trimesh raises others for a broken file
            print(f"skipped {entry['file']}: {error}")
    save_pool(models, args.out)
    print(f"{len(models)} models, {args.out.stat().st_size / 1e6:.1f} MB in {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
