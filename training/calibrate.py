r"""Calibrates a checkpoint's probabilities, and fits the warning about pictures without furniture.

    python -m training.calibrate --checkpoint checkpoint --data ../shared/data/pix3d_dev \
        --assets ../shared/data --others runs/others
    python -m training.calibrate --checkpoint runs/a/best --dry-run

Fits the scale of the occupancy logits on generated scenes and converts the threshold so that the
same cells stay solid. Measures the ratio of the IoU to the expected IoU. Tests all of it on other
scenes and on photographs. Writes config.json, calibration.json (all figures) and reliability.png
into the checkpoint; a dry run writes nothing. The 384 scenes of the defaults took 3.6 minutes on
one core with a small network. docs/calibration.md explains the figures. Run training.evaluate and
training.model_card afterwards.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.errors import UserError
from training.calibration.fitting import calibrate
from training.calibration.predictions import BATCH_SIZE
from training.calibration.report import save, table
from training.console.command_line import argument_parser
from training.studio.assets import poses_path
from training.studio.studio import StudioConfig
from voxel_model import load_model

DRY_RUN_EVERY = 4  # a dry run takes one of so many pictures without furniture


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("calibrate", __doc__)
    add = parser.add_argument
    add("--checkpoint", type=Path, default=Path("checkpoint"), help="folder, changed in place")
    add("--data", type=Path, help="folder that holds pix3d.json: photographs for the test")
    add("--assets", type=Path, help="folder with textures/, backgrounds/, hdri/")
    add("--cad", help="file of shapes, for categories that no generator makes")
    add("--others", type=Path, help="folder with a sub-folder for each kind of non-furniture")
    add("--pictures", type=int, default=128, help="generated scenes of each stream")
    add("--grid", type=int, default=64, help="cells a side of the rendered shapes")
    add("--slots", type=int, default=64, help="shapes of a stream")
    add("--device", default="auto", help="auto, cpu, cuda, mps")
    add("--dry-run", action="store_true", help="a few coarse scenes, nothing written")
    args = parser.parse_args(argv)
    if args.dry_run:
        args.pictures, args.data = BATCH_SIZE, None
    return args


def studio_config(args: argparse.Namespace, image_size: int) -> StudioConfig:
    """Returns the studio's settings; the pictures of a dry run are smaller than `image_size`."""
    if args.dry_run:
        return replace(StudioConfig.small(), cad=args.cad)
    return StudioConfig(
        image_size=image_size,
        cad=args.cad,
        slots=args.slots,
        grid=args.grid,
        assets=args.assets and str(args.assets),
        poses=poses_path(args.assets),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    try:
        model = load_model(args.checkpoint, args.device)
        studio = studio_config(args, model.config.image_size)
        config_changes, result = calibrate(
            model,
            studio,
            args.pictures,
            args.data,
            args.assets,
            args.others,
            DRY_RUN_EVERY if args.dry_run else 1,
        )
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(table(result))
    if not args.dry_run:
        save(args.checkpoint, model, config_changes, result)
        print(f"written: config.json, calibration.json, reliability.png in {args.checkpoint}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
