"""The mean of two checkpoints' weights: those that a run began from, and those it ended with.

    python -m training.average --first checkpoint --second runs/b/half --out runs/mean \\
        --assets ../shared/data --cad data/cad.npz
    python -m training.average --first checkpoint --second checkpoint --dry-run

A run that starts from earlier weights and stays near them has a mean with them that is mostly
better on other pictures than it saw (Wortsman et al., "Robust fine-tuning of zero-shot models",
CVPR 2022). Writes the weights in float16 and training.json: the second run's settings, and figures
on generated scenes that no run sees. Calibrate and evaluate afterwards.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from core.errors import ModelError
from training.calibrate import poses_of
from training.calibration.predictions import BATCH_SIZE
from training.evaluation.validation import VALIDATION_SEED, Validation
from training.loop.checkpoints import CheckpointError, save_model
from training.studio.shapes.cad import CadError
from training.studio.studio import Studio, StudioConfig
from voxel_model import VoxelModel, load_model


def average(first: VoxelModel, second: VoxelModel, share: float) -> VoxelModel:
    """`second`, its floating-point weights moved toward `first`'s; CheckpointError if they differ.

    share : of `second`, in [0, 1]. BatchNorm's statistics are averaged as weights are, its counters
        stay the second's
    """
    earlier, state = first.state_dict(), second.state_dict()
    shapes = [{name: value.shape for name, value in s.items()} for s in (earlier, state)]
    if shapes[0] != shapes[1]:
        raise CheckpointError("The two checkpoints are of different designs; no mean exists.")
    with torch.no_grad():
        for name, value in state.items():
            if value.is_floating_point():
                value.lerp_(earlier[name].to(value), 1 - share)
    return second


def notes_of(folder: Path) -> dict:
    path = folder / "training.json"
    return json.loads(path.read_text()) if path.is_file() else {}


def measure(model: VoxelModel, args: argparse.Namespace) -> dict:
    """Figures on generated scenes, at the threshold of the model's config."""
    config = StudioConfig.small()
    if not args.dry_run:
        config = StudioConfig(
            slots=args.slots,
            grid=args.grid,
            cad_share=args.cad_share,
            assets=args.assets and str(args.assets),
            poses=poses_of(args.assets),
            cad=args.cad and str(args.cad),
        )
    config.resolution, config.image_size = model.config.resolution, model.config.image_size
    studio = Studio(config, next(model.parameters()).device, VALIDATION_SEED)
    return Validation(studio, args.pictures, BATCH_SIZE)(model)


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--first", type=Path, required=True, help="folder of the weights that a run began from")
    add("--second", type=Path, required=True, help="of those it ended with; its config stays")
    add("--share", type=float, default=0.5, help="of the second, 0 to 1")
    add("--out", type=Path, help="folder to write")
    add("--assets", type=Path, help="folder with textures/, backgrounds/, hdri/")
    add("--cad", type=Path, help="file made by training.pack_cad")
    add("--cad-share", type=float, default=StudioConfig.cad_share, help="of the scenes' shapes")
    add("--pictures", type=int, default=256, help="generated scenes to measure on")
    add("--grid", type=int, default=64, help="cells a side of the rendered shapes")
    add("--slots", type=int, default=64, help="shapes in them")
    add("--device", default="auto", help="auto, cpu, cuda, mps")
    add("--dry-run", action="store_true", help="a few coarse scenes, nothing written")
    args = parser.parse_args(argv)
    if args.dry_run:
        args.pictures, args.out = BATCH_SIZE, None
    elif args.out is None:
        parser.error("name the folder to write with --out.")
    if not 0 <= args.share <= 1:
        parser.error(f"--share is {args.share}; give a number from 0 to 1.")
    return args


def main(argv: Sequence[str] | None = None) -> int:
    args = parse_args(argv)
    try:
        first, second = (load_model(f, args.device) for f in (args.first, args.second))
        model = average(first, second, args.share)
        notes = notes_of(args.second) | measure(model, args)
        shares = f"{1 - args.share:g} {args.first.name} + {args.share:g} {args.second.name}"
        notes["weights averaged"] = shares
        print(json.dumps(notes, indent=2))
        if args.out:
            save_model(model, args.out, notes, half=True)
    except (CadError, CheckpointError, ModelError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
