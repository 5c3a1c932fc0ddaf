r"""Averages the weights of two checkpoints: the start and the end of a run.

    python -m training.average --first checkpoint --second runs/b/half --out runs/mean \
        --assets ../shared/data --cad data/cad.npz
    python -m training.average --first checkpoint --second checkpoint --dry-run

If a run starts from earlier weights and stays near them, the mean of both usually scores better on
new pictures (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022). Writes the
weights in float16 and training.json: the second run's settings, and figures on generated scenes
that no run sees. Run training.calibrate and training.evaluate afterwards.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from core.errors import UserError
from training.calibration.predictions import BATCH_SIZE
from training.console.command_line import argument_parser
from training.evaluation.validation import VALIDATION_SEED, Validation
from training.loop.checkpoints import save_model
from training.loop.weight_averages import average, read_notes
from training.studio.assets import poses_path
from training.studio.studio import Studio, StudioConfig
from voxel_model import VoxelModel, load_model

DRY_RUN_PICTURES = 4  # at 2 s of processor time each


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("average", __doc__)
    add = parser.add_argument
    add("--first", type=Path, required=True, help="folder of the weights at the start of the run")
    add("--second", type=Path, required=True, help="folder of the weights at its end, with config")
    add("--share", type=float, default=0.5, help="weight of the second, 0 to 1")
    add("--out", type=Path, help="folder to write")
    add("--assets", type=Path, help="folder with textures/, backgrounds/, hdri/")
    add("--cad", type=Path, help="file made by training.pack_cad")
    add("--cad-share", type=float, default=StudioConfig.cad_share, help="share of CAD shapes")
    add("--pictures", type=int, default=256, help="generated scenes for the figures")
    add("--grid", type=int, default=64, help="cells a side of the rendered shapes")
    add("--slots", type=int, default=64, help="number of shapes in the scenes")
    add("--device", default="auto", help="auto, cpu, cuda, mps")
    add("--dry-run", action="store_true", help="a few coarse scenes, nothing written")
    args = parser.parse_args(argv)
    if args.dry_run:
        args.pictures, args.out = DRY_RUN_PICTURES, None
    elif args.out is None:
        parser.error("name the folder to write with --out.")
    if not 0 <= args.share <= 1:
        parser.error(f"--share is {args.share}; give a number from 0 to 1.")
    return args


def measure_on_scenes(model: VoxelModel, args: argparse.Namespace) -> dict:
    """Returns the figures of Validation on generated scenes, at the model's own threshold."""
    config = StudioConfig.small()
    if not args.dry_run:
        config = StudioConfig(
            slots=args.slots,
            grid=args.grid,
            cad_share=args.cad_share,
            assets=args.assets and str(args.assets),
            poses=poses_path(args.assets),
            cad=args.cad and str(args.cad),
        )
    design = model.config
    values = {"resolution": design.resolution, "image_size": design.image_size}
    config = config.changed(values | {"categories": design.categories})
    studio = Studio(config, next(model.parameters()).device, VALIDATION_SEED)
    return Validation(studio, args.pictures, min(BATCH_SIZE, args.pictures))(model)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    try:
        first, second = (load_model(f, args.device, fold=False) for f in (args.first, args.second))
        model = average(first, second, args.share)
        notes = read_notes(args.second) | measure_on_scenes(model, args)
        shares = f"{1 - args.share:g} {args.first.name} + {args.share:g} {args.second.name}"
        notes["weights averaged"] = shares
        print(json.dumps(notes, indent=2))
        if args.out:
            save_model(model, args.out, notes, half=True)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
