"""Converts Pix3D's voxel files to small packed grids, each distinct file once, in our axes.

    python -m training.convert_voxels --data pix3d --out pix3d/grids
    python -m training.convert_voxels --data ../shared/data/pix3d_dev --dry-run

Finished files are skipped, so an interrupted conversion can be run again. A broken file is
reported on stderr and in `<out>/errors.txt`; the other files are converted. Exit status: 0 success,
1 a file failed, 2 wrong usage. The format: training/pix3d/packed_grids.py.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from core.errors import UserError
from training.console.command_line import argument_parser
from training.pix3d import dataset
from training.pix3d.packed_grids import RESOLUTIONS, convert_all, is_done, print_shares

DRY_RUN_FILES = 4


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("convert_voxels", __doc__)
    add = parser.add_argument
    add("--data", required=True, help="folder that holds pix3d.json")
    add("--out", type=Path, default=Path("runs/grids"), help="folder for the packed grids")
    add("--resolutions", type=int, nargs="+", default=list(RESOLUTIONS), help="cells a side")
    add("--jobs", type=int, default=os.cpu_count(), help="number of processes")
    add("--dry-run", action="store_true", help=f"read {DRY_RUN_FILES} files, write nothing")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    try:
        records = dataset.load_records(args.data)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    voxels = sorted({record.voxel for record in records})
    if args.dry_run:
        failed = print_shares(args.data, voxels[:DRY_RUN_FILES], args.resolutions)
        print("dry run: nothing written")
        return 1 if failed else 0
    missing = [voxel for voxel in voxels if not is_done(args.out, voxel, args.resolutions)]
    done = len(voxels) - len(missing)
    print(f"{len(records)} records name {len(voxels)} voxel files, {done} done")
    errors = []
    if missing:
        errors = convert_all(args.data, args.out, missing, args.resolutions, args.jobs)
    write_errors(args.out / "errors.txt", errors)
    print(f"{len(missing) - len(errors)} converted, {len(errors)} failed, in {args.out}")
    return 1 if errors else 0


def write_errors(path: Path, errors: Sequence[str]) -> None:
    """Writes the lines, or deletes the file of an earlier run if there are none."""
    if not errors:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(errors) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
