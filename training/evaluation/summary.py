"""Evaluation of many photos: scores of each photo, means with intervals for each subset.

    result, sections = evaluate_records(model, root, records)
    result["subsets"]["clean chair"]["boxed"]["iou"]      # {"mean": ..., "low": ..., "high": ...}

In the result "boxed" are predictions from the annotated box, "found" predictions from the whole
picture.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from tqdm import tqdm

from core.prediction import Prediction
from training.evaluation import baselines, metrics, report, scoring
from training.pix3d import dataset
from voxel_model import VoxelModel

MIN_LARGEST_PIECE = 0.9  # share of solid cells in one piece; below it a model looks broken
MEANS = (  # figures of score_prediction that are averaged
    *("iou", "raw_iou", "precision", "recall", "chamfer", "f_score", "mask_iou"),
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
    """Evaluates a model on photos.

    Photos are read batch by batch, so that memory does not grow with their number.

    Parameters
    ----------
    model : VoxelModel
        Model to evaluate, at its own threshold.
    root : str or Path
        Folder of pix3d.json.
    records : sequence of Record
        Photos to predict.
    pool : baselines.Pool, optional
        Shapes of the baselines; None to leave the baselines out.
    batch_size : int
        Photos a batch; each is predicted twice.
    gallery_photos : int
        Number of photos that get an HTML section.

    Returns
    -------
    result : dict
        The content of evaluation.json without the description of the run.
    sections : list of str
        HTML sections, from the lowest to the highest IoU.
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
                section = report.photo_section(sample, boxed, found, rows[-1], threshold)
                sections.append((rows[-1]["boxed"]["iou"], section))
        progress.update(len(batch))
    progress.close()
    sections = [section for _, section in sorted(sections, key=lambda pair: pair[0])]
    return summarise(rows, threshold) | {"skipped": skipped, "photos": rows}, sections


def batches(items: Iterable, size: int) -> Iterator[list]:
    """Yields lists of `size` items, like itertools.batched of Python 3.12."""
    items = iter(items)
    while batch := list(islice(items, size)):
        yield batch


def score_row(
    sample: scoring.Sample,
    boxed: Prediction | None,
    found: Prediction | None,
    threshold: float,
    pool: baselines.Pool | None,
) -> dict:
    """Returns the description of one photo and the scores of its predictions and baselines."""
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
    """Computes thresholds and figures of each subset.

    Parameters
    ----------
    rows : sequence of dict
        From `score_row`. Changed in place: the IoU at each protocol threshold is replaced by the
        IoU at the best threshold.
    threshold : float
        The model's own threshold.

    Returns
    -------
    dict
        Keys "threshold" and "subsets".
    """
    best = best_threshold([row["boxed"]["iou_by_threshold"] for row in rows])
    for row in rows:
        for part in ("boxed", "found"):
            row[part]["iou_best"] = row[part].pop("iou_by_threshold")[best]
    for name in rows[0]["baselines"] if rows else ():
        baseline_best = best_threshold([row["baselines"][name] for row in rows])
        for row in rows:
            row["baselines"][name] = float(row["baselines"][name][baseline_best])
    return {
        "threshold": {"own": threshold, "best_on_these_photos": metrics.PROTOCOL_THRESHOLDS[best]},
        "subsets": {name: subset_figures(part) for name, part in subsets(rows).items()},
    }


def best_threshold(curves: Sequence[Sequence[float]]) -> int:
    """Returns the index of the protocol threshold with the highest mean IoU over all photos.

    Parameters
    ----------
    curves : sequence
        IoU at each of the T protocol thresholds, one row a photo; rows of NaN are ignored.
    """
    curves = np.asarray(curves, dtype=np.float64).reshape(-1, len(metrics.PROTOCOL_THRESHOLDS))
    known = curves[~np.isnan(curves[:, 0])]
    return int(np.argmax(known.mean(axis=0))) if len(known) else 0


def subsets(rows: Sequence[dict]) -> dict[str, list[dict]]:
    """Returns the rows of all photos, of the clean ones, and both for each category."""
    named = {"all": list(rows), "clean": [row for row in rows if row["clean"]]}
    for category in sorted({row["category"] for row in rows}):
        part = [row for row in rows if row["category"] == category]
        named[category] = part
        named[f"clean {category}"] = [row for row in part if row["clean"]]
    return {name: part for name, part in named.items() if part}


def subset_figures(rows: Sequence[dict]) -> dict:
    """Returns means with intervals of the predictions and baselines of some photos."""
    shapes = [row["shape"] for row in rows]
    boxed, found = (
        prediction_figures([row[part] for row in rows], shapes) for part in ("boxed", "found")
    )
    return {
        "photos": len(rows),
        "shapes": len(set(shapes)),
        "boxed": boxed,
        "found": found,
        "kept_without_box": found["iou"]["mean"] / max(boxed["iou"]["mean"], 1e-12),
        "baselines": {
            name: mean_with_interval([row["baselines"][name] for row in rows], shapes)
            for name in rows[0]["baselines"]
        },
    }


def prediction_figures(scores: Sequence[dict], shapes: Sequence[str]) -> dict:
    """Returns means with intervals, the azimuth's figures and the share of broken models."""
    figures = {
        name: mean_with_interval([s[name] for s in scores], shapes) for name in (*MEANS, "iou_best")
    }
    errors = np.array([s["azimuth_error"] for s in scores])
    errors = errors[~np.isnan(errors)]
    pieces = np.array([s["largest_piece"] for s in scores])
    figures["azimuth_error_median"] = float(np.median(errors)) if len(errors) else math.nan
    figures["azimuth_wrong"] = share(errors > metrics.HALF_TURN_WRONG)
    figures["crumbled"] = share(pieces < MIN_LARGEST_PIECE)
    return figures


def share(flags: np.ndarray) -> float:
    """Returns the share of True values, NaN for an empty array."""
    return float(flags.mean()) if len(flags) else math.nan


def mean_with_interval(values: Sequence[float], shapes: Sequence[str]) -> dict:
    """Returns the mean of the values that are not NaN, and its 95 % interval over shapes.

    Returns
    -------
    dict
        "mean", "low", "high"; the limits are None for fewer than three shapes.
    """
    known = [value for value in values if not math.isnan(value)]
    low, high = metrics.bootstrap_interval(values, shapes) or (None, None)
    return {"mean": float(np.mean(known)) if known else math.nan, "low": low, "high": high}
