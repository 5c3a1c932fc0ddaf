"""Measures a checkpoint on real Pix3D photographs, by Pix3D's own protocol, and shows every result.

    python -m training.evaluate --data ../shared/data/pix3d_dev --checkpoint checkpoint
    python -m training.evaluate --data pix3d --checkpoint runs/a/best --splits runs/splits.json
    python -m training.evaluate --data ../shared/data/pix3d_dev --checkpoint checkpoint --dry-run

Prints a table and writes `evaluation.json` and `gallery.html` (photo, prediction and truth from
the same view) to --out. Every photo is predicted twice: cropped by its annotated box, and whole, so
that the model has to find the object. A photo that the model refuses scores zero and stays in.
"""

import argparse
import datetime
import math
import platform
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from core.errors import ModelError
from training.evaluation import baselines, metrics, report, scoring
from training.pix3d import dataset
from training.splits import load_splits, select
from voxel_model import VoxelModel, load_model

MIN_LARGEST_PIECE = 0.9  # with less of its solid cells in one piece a model looks broken
DRY_RUN_PHOTOS = 4
MEANS = (
    "iou",
    "raw_iou",
    "precision",
    "recall",
    "chamfer",
    "f_score",
    "mask_iou",
    "category_right",
)


def evaluate_records(
    model: VoxelModel,
    root: str | Path,
    records: Sequence[dataset.Record],
    pool: baselines.Pool | None = None,
    batch_size: int = 8,
    gallery_photos: int = 0,
) -> tuple[dict, list[str]]:
    """Evaluates the records -> (content of the JSON, HTML sections from the worst photo on).

    The pictures are streamed: memory does not grow with the number of photos.
    """
    threshold = model.config.threshold
    rows, skipped, sections = [], [], []
    progress = tqdm(total=len(records), unit="photo", disable=None)
    for batch in batches(scoring.load_samples(root, records), batch_size):
        skipped += [reason for sample, reason in batch if sample is None]
        samples = [sample for sample, _ in batch if sample is not None]
        pairs = scoring.predict_both(model, samples) if samples else []
        for sample, (boxed, found) in zip(samples, pairs, strict=True):
            rows.append(score_row(sample, boxed, found, threshold, pool))
            if len(sections) < gallery_photos:
                drawn = report.photo_section(sample, boxed, found, rows[-1], threshold)
                sections.append((rows[-1]["boxed"]["iou"], drawn))
        progress.update(len(batch))
    progress.close()
    sections = [drawn for _, drawn in sorted(sections, key=lambda pair: pair[0])]
    return summarise(rows, threshold) | {"skipped": skipped, "photos": rows}, sections


def batches(items: Iterable, size: int) -> Iterator[list]:
    """Lists of `size` items; itertools.batched, which Python 3.11 lacks."""
    items = iter(items)
    while batch := list(islice(items, size)):
        yield batch


def score_row(sample, boxed, found, threshold: float, pool: baselines.Pool | None) -> dict:
    """Everything known of one photo: what it is, both predictions' scores, the baselines'."""
    record = sample.record
    return {
        "img": record.img,
        "category": record.category,
        "shape": record.shape,
        "clean": record.clean,
        "boxed": scoring.score_prediction(sample, boxed, threshold),
        "found": scoring.score_prediction(sample, found, threshold),
        "baselines": {} if pool is None else scoring.baseline_scores(pool, sample),
    }


def summarise(rows: Sequence[dict], threshold: float) -> dict:
    """Rows of `score_row` -> thresholds and figures of each subset; the rows lose their curves."""
    best = best_threshold([row["boxed"]["iou_by_threshold"] for row in rows])
    baseline_best = {}
    for row in rows:
        for part in ("boxed", "found"):
            row[part]["iou_best"] = row[part].pop("iou_by_threshold")[best]
    for name in rows[0]["baselines"] if rows else ():
        baseline_best[name] = best_threshold([row["baselines"][name] for row in rows])
        for row in rows:
            row["baselines"][name] = float(row["baselines"][name][baseline_best[name]])
    return {
        "threshold": {"own": threshold, "best_on_these_photos": metrics.PROTOCOL_THRESHOLDS[best]},
        "subsets": {name: subset_figures(part) for name, part in subsets(rows).items()},
    }


def best_threshold(curves: Sequence[Sequence[float]]) -> int:
    """Index of the protocol threshold with the highest mean IoU; one for all photos."""
    curves = np.asarray(curves, dtype=np.float64).reshape(-1, len(metrics.PROTOCOL_THRESHOLDS))
    known = curves[~np.isnan(curves[:, 0])]
    return int(np.argmax(known.mean(axis=0))) if len(known) else 0


def subsets(rows: Sequence[dict]) -> dict[str, list[dict]]:
    """All photos, the clean ones, and both for each category."""
    named = {"all": list(rows), "clean": [row for row in rows if row["clean"]]}
    for category in sorted({row["category"] for row in rows}):
        of_it = [row for row in rows if row["category"] == category]
        named[category] = of_it
        named[f"clean {category}"] = [row for row in of_it if row["clean"]]
    return {name: part for name, part in named.items() if part}


def subset_figures(rows: Sequence[dict]) -> dict:
    """Means with their intervals, for the boxed and the found predictions of some photos."""
    shapes = [row["shape"] for row in rows]
    boxed, found = (
        prediction_figures([row[p] for row in rows], shapes) for p in ("boxed", "found")
    )
    names = rows[0]["baselines"]
    return {
        "photos": len(rows),
        "shapes": len(set(shapes)),
        "boxed": boxed,
        "found": found,
        "kept_without_box": found["iou"]["mean"] / max(boxed["iou"]["mean"], 1e-12),
        "baselines": {
            name: mean_with_interval([row["baselines"][name] for row in rows], shapes)
            for name in names
        },
    }


def prediction_figures(scores: Sequence[dict], shapes: Sequence[str]) -> dict:
    figures = {
        name: mean_with_interval([s[name] for s in scores], shapes) for name in (*MEANS, "iou_best")
    }
    errors = np.array([s["azimuth_error"] for s in scores])
    errors = errors[~np.isnan(errors)]
    figures["azimuth_error_median"] = float(np.median(errors)) if len(errors) else math.nan
    figures["azimuth_wrong"] = share(errors > metrics.HALF_TURN_WRONG)
    figures["crumbled"] = share(np.array([s["largest_piece"] for s in scores]) < MIN_LARGEST_PIECE)
    return figures


def share(flags: np.ndarray) -> float:
    return float(flags.mean()) if len(flags) else math.nan


def mean_with_interval(values: Sequence[float], shapes: Sequence[str]) -> dict:
    """{"mean", "low", "high"}: 95 % bootstrap interval over shapes, None for fewer than three."""
    known = [value for value in values if not math.isnan(value)]
    low, high = metrics.bootstrap_interval(values, shapes) or (None, None)
    return {"mean": float(np.mean(known)) if known else math.nan, "low": low, "high": high}


# --- the script ---------------------------------------------------------------------------------


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", required=True, help="folder that holds pix3d.json")
    add("--checkpoint", help="folder, Hub repo id or classic .pth (default: the shipped weights)")
    add("--out", default="runs/evaluation", help="folder for evaluation.json and gallery.html")
    add("--shapes", help="training pool for the baselines (default: <data>/../shapes if there)")
    add("--splits", help="JSON of training.splits: judge only the photos of one split")
    add("--split", default="test", help="name of that split")
    add("--device", default="auto", help="auto, cpu, cuda, mps")
    add("--batch-size", type=int, default=8, help="photos at once, each predicted twice")
    add("--gallery-photos", type=int, default=200, help="at most so many in gallery.html")
    add("--dry-run", action="store_true", help=f"{DRY_RUN_PHOTOS} photos, no baselines")
    return parser.parse_args(argv)


def choose_records(args: argparse.Namespace) -> list[dataset.Record]:
    records = dataset.load_records(args.data)
    if args.splits:
        splits = load_splits(args.splits)
        if args.split not in splits:
            raise dataset.DataError(
                f"{args.splits} has no split {args.split!r}: {', '.join(splits)}."
            )
        records = select(records, splits[args.split])
    if args.dry_run:
        records = records[:: max(1, len(records) // DRY_RUN_PHOTOS)][:DRY_RUN_PHOTOS]
    if not records:
        raise dataset.DataError("No photo is left to evaluate; check --data, --splits and --split.")
    return records


def find_pool(args: argparse.Namespace) -> baselines.Pool | None:
    folder = Path(args.shapes) if args.shapes else Path(args.data).resolve().parent / "shapes"
    if args.dry_run or not (args.shapes or (folder / "pix3d_voxels.npz").is_file()):
        return None
    return baselines.load_voxel_pool(folder)


def main(argv: Sequence[str] | None = None) -> int:
    args = parse_args(argv)
    start = time.perf_counter()
    try:
        records = choose_records(args)
        pool = find_pool(args)
        model = load_model(args.checkpoint, args.device)
    except (dataset.DataError, ModelError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    result, sections = evaluate_records(
        model, args.data, records, pool, args.batch_size, args.gallery_photos
    )
    header = describe_run(args, model, time.perf_counter() - start)
    report.write_report(args.out, header | result, sections)
    print(report.table(header | result))
    print(f"written: {args.out}/evaluation.json, {args.out}/gallery.html")
    return 1 if result["skipped"] else 0


def describe_run(args: argparse.Namespace, model: VoxelModel, seconds: float) -> dict:
    device = next(model.parameters()).device
    return {
        "checkpoint": str(args.checkpoint or "the shipped weights"),
        "data": str(args.data),
        "date": datetime.date.today().isoformat(),
        "dry_run": args.dry_run,
        "resolution": model.config.resolution,
        "decoder": model.config.decoder,
        "seconds": round(seconds, 1),
        "machine": f"{device}, torch {torch.__version__}, Python {platform.python_version()}",
        "protocol": report.PROTOCOL,
        "published": {"note": baselines.PUBLISHED_NOTE, "iou": baselines.PUBLISHED},
    }


if __name__ == "__main__":
    sys.exit(main())
