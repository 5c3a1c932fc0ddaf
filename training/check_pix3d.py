"""Checks every file of a Pix3D folder and reports the errors before training meets them.

    python -m training.check_pix3d --data pix3d
    python -m training.check_pix3d --data ../shared/data/pix3d_dev --out runs/check
    python -m training.check_pix3d --data pix3d --dry-run         # the first 32 records

Checks the picture, mask and box of each record, the voxel file of each shape, and duplicate
pictures. Prints the findings and the counts of each category; writes `check.json` and `check.html`
(with thumbnails) to --out. Exit status: 0 no findings, 1 findings, 2 wrong usage.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from core.errors import UserError
from training.console.command_line import argument_parser
from training.pix3d import dataset
from training.pix3d.check_report import as_text, check, write_report

DRY_RUN_RECORDS = 32


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("check_pix3d", __doc__)
    add = parser.add_argument
    add("--data", required=True, help="folder that holds pix3d.json")
    add("--out", type=Path, default=Path("runs/check"), help="folder for check.json and check.html")
    add("--jobs", type=int, default=os.cpu_count(), help="number of processes")
    add("--dry-run", action="store_true", help=f"only the first {DRY_RUN_RECORDS} records")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    try:
        records = dataset.load_records(args.data)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    if args.dry_run:
        records = records[:DRY_RUN_RECORDS]
    report = check(args.data, records, args.jobs)
    write_report(args.out, report, args.data, records)
    print(as_text(report))
    print(f"written: {args.out}/check.json, {args.out}/check.html")
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
