"""Compares checkpoints on generated pictures of CAD models that training does not show.

    python -m training.evaluate_generated --checkpoints checkpoint runs/a/half \
        --cad data/held_out.npz --assets ../shared/data --names "sweethome/*" "more/*"
    python -m training.evaluate_generated --checkpoints checkpoint --dry-run    # procedural pieces

All checkpoints see the same pictures, given as crops. The table has the IoU at each checkpoint's
own threshold and at the threshold that is best for it, mask, category and azimuth; below it stand
the IoU of each category and each checkpoint's difference to the first one, at their best
thresholds. [low, high]: 95 % bootstrap over shapes. One checkpoint and 48 pictures took 47 s of
processor time, 35 s of them for the shapes.
"""

import argparse
import itertools
import json
import sys
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from core.errors import UserError
from training.calibration.predictions import BATCH_SIZE
from training.console.command_line import argument_parser
from training.data.batches import Batch
from training.evaluation import batch_metrics, metrics
from training.evaluation.report import interval
from training.evaluation.summary import best_threshold, mean_with_interval, share
from training.evaluation.validation import VALIDATION_SEED
from training.studio.assets import poses_path
from training.studio.config import StudioConfig
from training.studio.studio import Studio
from voxel_model import VoxelModel, load_model, normalize

DRY_RUN_PICTURES = 4
NEVER = 10**9  # steps: the shapes of a slot are not replaced


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("evaluate_generated", __doc__)
    add = parser.add_argument
    add("--checkpoints", type=Path, nargs="+", required=True, help="folders; of one input size")
    add("--cad", type=Path, help="file made by training.pack_cad --held-out")
    add("--names", nargs="+", default=["*"], help="patterns: only the models of these names")
    add("--assets", type=Path, help="folder with textures/, backgrounds/, hdri/, shapes/")
    add("--pictures", type=int, default=240, help="generated pictures")
    add("--slots", type=int, default=96, help="shapes on these pictures, stretched copies included")
    add("--grid", type=int, default=64, help="cells a side of the rendered shapes")
    add("--out", type=Path, help="JSON file for the scores of all pictures")
    add("--dry-run", action="store_true", help=f"{DRY_RUN_PICTURES} coarse pictures")
    args = parser.parse_args(argv)
    args.checkpoints = list(dict.fromkeys(args.checkpoints))
    if args.dry_run:
        args.pictures = DRY_RUN_PICTURES
    elif args.cad is None:
        parser.error("name the models with --cad.")
    return args


def make_studio(args: argparse.Namespace, model: VoxelModel) -> Studio:
    """Returns a studio whose shapes are the named models alone, drawn once."""
    config = StudioConfig.small()
    if not args.dry_run:
        config = StudioConfig(
            slots=args.slots,
            grid=args.grid,
            cad_share=1.0,
            cad_every=NEVER,
            assets=args.assets and str(args.assets),
            poses=poses_path(args.assets),
            cad=str(args.cad),
        )
    design = model.config
    values = {"resolution": design.resolution, "image_size": design.image_size}
    config = config.changed(values | {"categories": design.categories})
    return Studio(config, torch.device("cpu"), VALIDATION_SEED)


def generated_pictures(
    studio: Studio, count: int, patterns: Sequence[str]
) -> Iterator[tuple[Batch, list[str], np.ndarray]]:
    """Yields batches until `count` pictures of the named models are among them.

    Yields
    ------
    batch : Batch
        Pictures and targets.
    names : list of str
        Model of each picture.
    named : (B,) bool
        Pictures whose model a pattern names, `count` in all batches together.

    Raises
    ------
    UserError
        If no pattern names a model.
    """
    studio.bank.advance(0)
    models = [source.removeprefix("cad/") for source in studio.bank.source]
    chosen = np.array([any(fnmatch(model, pattern) for pattern in patterns) for model in models])
    if not chosen.any():
        raise UserError(f"No model is called {' or '.join(patterns)}.")
    for step in itertools.count():
        batch, scene, _ = studio.sample(step, BATCH_SIZE)
        slots = scene.slot[:, 0].numpy()
        named = chosen[slots] & (np.cumsum(chosen[slots]) <= count)
        yield batch, [models[slot] for slot in slots], named
        count -= int(named.sum())
        if not count:
            return


@torch.inference_mode()
def score_batch(model: VoxelModel, batch: Batch) -> list[dict]:
    """Returns the scores of each picture of a batch.

    Returns
    -------
    list of dict
        "iou" at the model's own threshold, "iou_by_threshold" (T,), "mask_iou",
        "category_accuracy" and "azimuth_error" in degrees.
    """
    outputs = model(normalize(batch.image), batch.place)
    columns = batch_metrics.score(outputs, batch, model.config)
    predicted = batch_metrics.probabilities(outputs, model.config).numpy()
    truth = batch.occupancy.numpy() > 0.5
    columns["iou_by_threshold"] = [
        [metrics.iou(p > level, t) for level in metrics.PROTOCOL_THRESHOLDS]
        for p, t in zip(predicted, truth, strict=True)
    ]
    names = ("iou", "iou_by_threshold", "mask_iou", "category_accuracy", "azimuth_error")
    return [{name: columns[name][i] for name in names} for i in range(len(truth))]


def report(scores: dict[str, list[dict]], shapes: Sequence[str], categories: Sequence[str]) -> str:
    """Returns the table as text.

    Parameters
    ----------
    scores : dict
        For each checkpoint the scores of all pictures.
    shapes, categories : sequence of str
        Model and category of each picture.
    """
    lines = [f"{len(shapes)} pictures of {len(set(shapes))} models"]
    best_ious = {}
    for name, rows in scores.items():
        best = best_threshold([row["iou_by_threshold"] for row in rows])
        best_ious[name] = np.array([row["iou_by_threshold"][best] for row in rows])
        azimuths = np.array([row["azimuth_error"] for row in rows])
        own = mean_with_interval([row["iou"] for row in rows], shapes)
        figures = {
            "IoU": interval(own),
            f"best (at {metrics.PROTOCOL_THRESHOLDS[best]:.2f})": interval(
                mean_with_interval(best_ious[name], shapes)
            ),
            "mask": f"{np.mean([row['mask_iou'] for row in rows]):.3f}",
            "category": f"{np.mean([row['category_accuracy'] for row in rows]):.3f}",
            "azimuth": f"{np.median(azimuths):.1f}°",
            "off by > 90°": f"{share(azimuths > metrics.HALF_TURN_WRONG):.3f}",
        }
        lines.append(f"{name}: " + ", ".join(f"{key} {text}" for key, text in figures.items()))
    first = next(iter(scores))
    for category in sorted(set(categories)):
        part = np.array(categories) == category
        means = ", ".join(f"{name} {values[part].mean():.3f}" for name, values in best_ious.items())
        lines.append(f"{category} ({part.sum()}): {means}")
    for name, values in list(best_ious.items())[1:]:
        difference = mean_with_interval(values - best_ious[first], shapes)
        lines.append(f"{name} less {first}: {interval(difference)}")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    scores: dict[str, list[dict]] = {str(folder): [] for folder in args.checkpoints}
    shapes, categories = [], []
    try:
        models = [load_model(folder, "cpu") for folder in args.checkpoints]
        studio = make_studio(args, models[0])
        bar = tqdm(total=args.pictures, unit="picture", disable=None)
        for batch, names, named in generated_pictures(studio, args.pictures, args.names):
            bar.update(int(named.sum()))
            for model, rows in zip(models, scores.values(), strict=True):
                found = score_batch(model, batch)
                rows += [row for row, keep in zip(found, named, strict=True) if keep]
            shapes += [name for name, keep in zip(names, named, strict=True) if keep]
            numbers = batch.category[torch.from_numpy(named)].tolist()
            categories += [models[0].config.categories[number] for number in numbers]
        bar.close()
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(report(scores, shapes, categories))
    if args.out:
        result = {"shapes": shapes, "categories": categories, "scores": scores}
        args.out.write_text(json.dumps(result) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
