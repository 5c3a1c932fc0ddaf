"""Scores the predictions of one program on the photographs of a data set.

    result = score_predictions(root, records, files, appearance=None)
    result["subsets"]["clean chair"]["iou"]        # {"mean": ..., "low": ..., "high": ...}

A photograph without a prediction has the worst score of each measure, so that nobody gains by
leaving one out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import trimesh
from tqdm import tqdm

from training.evaluation import metrics, surface_metrics
from training.evaluation.summary import best_threshold, mean_with_interval, subsets
from training.leaderboard.appearance import Appearance, kernel_distance, pair_distance
from training.leaderboard.predictions import Predicted, read_prediction
from training.leaderboard.solids import largest_share, solid_grid, truth_surface
from training.leaderboard.surface_scores import (
    PIX3D_LEVEL,
    mesh_points,
    pix3d_distances,
    surface_scores,
    worst_surface_scores,
)
from training.pix3d import dataset

MIN_LARGEST_PIECE = 0.99  # share of the solid cells; below it a piece stands apart
FIGURES = (
    *("iou", "iou_best", "chamfer", "emd", "f01", "f02", "f05", "normals", "loose", "apart"),
    "pair",
)
WORST_PAIR = 1.0  # cosine distance of unrelated features


@dataclass
class Truth:
    """The true shape of a photograph in the forms that the measures need."""

    resampled: np.ndarray  # (32, 32, 32) float32 by Pix3D's protocol
    points: np.ndarray  # (1024, 3) by Pix3D's protocol
    mesh: trimesh.Trimesh
    features: np.ndarray | None  # (8, C); None without appearance


def load_truth(root: Path, voxel: str, appearance: Appearance | None) -> Truth:
    """Reads a voxel file of the data set; DataError if it is broken."""
    voxels = dataset.to_model_axes(dataset.read_voxels(root, voxel))
    mesh = truth_surface(voxels)
    return Truth(
        metrics.pix3d_resample(voxels),
        surface_metrics.sample_surface(voxels, 0.5, surface_metrics.CHAMFER_POINTS),
        mesh,
        appearance.features(mesh) if appearance else None,
    )


def score_predictions(
    root: Path,
    records: Sequence[dataset.Record],
    files: dict[str, Path],
    appearance: Appearance | None = None,
) -> dict:
    """Scores every photograph and summarises the scores.

    Parameters
    ----------
    root : Path
        Folder of pix3d.json.
    records : sequence of Record
        The photographs.
    files : dict
        {`Record.img`: file} of `find_predictions`.
    appearance : Appearance, optional
        Encoder of the appearance; None to leave it out.

    Returns
    -------
    dict
        "threshold", "missing" (photographs without a prediction), "subsets" and "photos".

    Raises
    ------
    PredictionError, DataError
        If a prediction or a true grid cannot be read.
    """
    truths: dict[str, Truth] = {}
    rows, features = [], []
    for record in tqdm(records, unit="photo", disable=None):
        if record.voxel not in truths:
            truths[record.voxel] = load_truth(root, record.voxel, appearance)
        truth, file = truths[record.voxel], files.get(record.img)
        predicted = read_prediction(file) if file else Predicted(None)
        row = {
            **{name: getattr(record, name) for name in ("img", "category", "shape", "clean")},
            **score_row(predicted, truth),
        }
        pair = (None, truth.features)
        if appearance and predicted.mesh is not None:
            pair = (appearance.features(predicted.mesh), truth.features)
            row["pair"] = pair_distance(*pair)
        elif appearance:
            row["pair"] = WORST_PAIR
        rows.append(row)
        features.append(pair)
    missing = [record.img for record in records if record.img not in files]
    return summarise(rows, features) | {"missing": missing, "photos": rows}


def score_row(predicted: Predicted, truth: Truth) -> dict:
    """Returns the scores of one prediction without its appearance."""
    if predicted.mesh is None and predicted.occupancy is None:
        grid, level = np.zeros((metrics.PROTOCOL_SIDE,) * 3), predicted.level
    elif predicted.occupancy is None:
        grid, level = solid_grid(predicted.mesh), predicted.level
    else:
        grid, level = predicted.occupancy, predicted.level
    if predicted.mesh is None or predicted.occupancy is not None:
        count = surface_metrics.CHAMFER_POINTS
        points = surface_metrics.sample_surface(grid, PIX3D_LEVEL, count, seed=1)
    else:
        points = mesh_points(predicted.mesh, seed=1)
    levels = [level, *metrics.PROTOCOL_THRESHOLDS]
    ious = metrics.resampled_iou(metrics.pix3d_resample(grid), truth.resampled, levels)
    surface = worst_surface_scores()
    if predicted.mesh is not None:
        surface = surface_scores(predicted.mesh, truth.mesh)
    return {
        "iou": float(ious[0]),
        "iou_by_threshold": ious[1:].tolist(),
        **pix3d_distances(points, truth.points),
        **surface,
        "apart": float(largest_share(np.asarray(grid) > level) < MIN_LARGEST_PIECE),
    }


def summarise(rows: Sequence[dict], features: Sequence[tuple]) -> dict:
    """Computes the best threshold, and the means with intervals over shapes of each subset.

    Parameters
    ----------
    rows : sequence of dict
        From `score_row` with "category", "shape" and "clean". Changed in place: the IoU at each
        protocol threshold is replaced by that at the best one.
    features : sequence of tuple
        Features of prediction and truth for each row, None where there are none.
    """
    best = best_threshold([row["iou_by_threshold"] for row in rows])
    for row, pair in zip(rows, features, strict=True):
        row["iou_best"] = row.pop("iou_by_threshold")[best]
        row["features"] = pair
    figures = {name: subset_figures(part) for name, part in subsets(rows).items()}
    for row in rows:
        del row["features"]
    return {"threshold": float(metrics.PROTOCOL_THRESHOLDS[best]), "subsets": figures}


def subset_figures(rows: Sequence[dict]) -> dict:
    """Returns the figures of some photographs."""
    shapes = [row["shape"] for row in rows]
    figures = {
        name: mean_with_interval([row[name] for row in rows], shapes)
        for name in FIGURES
        if name in rows[0]
    }
    pairs = [row["features"] for row in rows if row["features"][0] is not None]
    if len(pairs) > 1:
        figures["kid"] = kernel_distance(
            *(np.concatenate(side) for side in zip(*pairs, strict=True))
        )
    return {"photos": len(rows), "shapes": len(set(shapes))} | figures
