"""Makes a checkpoint's probabilities true, and teaches it to say what does not look like furniture.

    python -m training.calibrate --checkpoint checkpoint --data ../shared/data/pix3d_dev \\
        --assets ../shared/data --others runs/others
    python -m training.calibrate --checkpoint runs/a/best --dry-run

Fits scale and shift of the occupancy logits on generated scenes, moves the threshold with them so
that the same cells stay solid, and judges both on other scenes and on the photographs of --data,
which choose nothing. Writes config.json, calibration.json (every figure) and reliability.png into
the checkpoint; docs/calibration.md tells what the figures mean. Evaluate and write the card after.
"""

import argparse
from dataclasses import replace

import torch

from training.synthetic.studio import Studio, StudioConfig
from training.validate import VALIDATION_SEED

BATCH = 16  # pictures at once; a laptop's memory holds them
FOLDS = 5  # of the photographs' shapes, for what a fit on photographs would give
FURTHEST = 15.0  # logits beyond it are a probability of 1 in float32
IDENTITY = (1.0, 0.0)


# --- what the model believes, and what is true --------------------------------------------------


def generated(args: argparse.Namespace, resolution: int, stream: int):
    """Batches of generated scenes that no training run sees; each stream has its own shapes."""
    small = StudioConfig.small() if args.dry_run else StudioConfig()
    config = replace(
        small,
        resolution=resolution,
        grid=args.grid,
        slots=args.slots,
        assets=args.assets and str(args.assets),
        poses=args.poses and str(args.poses),
        image_size=224,
    )
    studio = Studio(config, torch.device("cpu"), VALIDATION_SEED + stream)
    return (studio.batch(step, BATCH) for step in range(-(-args.pictures // BATCH)))
