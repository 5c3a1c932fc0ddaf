"""Scores of one photo: reading it, predicting it with and without its box, all its figures.

    for sample, reason in load_samples(root, records): ...
    boxed, found = predict_both(model, [sample])[0]
    row = score_prediction(sample, boxed, threshold=0.4)     # {"iou": ..., "chamfer": ..., ...}

summary.py averages the scores.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import PictureError
from core.masks import full_mask
from core.prediction import Prediction
from training.evaluation import baselines, metrics, surface_metrics
from training.pix3d import dataset
from voxel_model import VoxelModel, predict_batch

MASK_LEVEL = 0.5  # probability from which a pixel belongs to the object


@dataclass
class Sample:
    """One photo with its ground truth in the model's axes."""

    record: dataset.Record
    image: Image.Image
    mask: np.ndarray | None  # (H, W) bool; None if its size differs from the photo's
    truth: np.ndarray  # (32, 32, 32) bool, canonical
    resampled: np.ndarray  # (32, 32, 32) float32, ground truth by Pix3D's protocol
    surface: np.ndarray  # (8192, 3) points


# predictions with and without the annotated box; None if the model refuses the photo
PredictionPair = tuple[Prediction | None, Prediction | None]


def load_samples(
    root: str | Path, records: Sequence[dataset.Record]
) -> Iterator[tuple[Sample | None, str]]:
    """Reads the photos of the records with their ground truth.

    Yields
    ------
    sample : Sample or None
        None if a file cannot be read.
    reason : str
        "", or an error message that names the unreadable file.
    """
    shapes: dict[str, tuple] = {}  # cache by voxel file: many photos share a shape
    for record in records:
        try:
            if record.voxel not in shapes:
                shapes[record.voxel] = ground_truth_forms(dataset.read_voxels(root, record.voxel))
            image = dataset.read_image(root, record)
            mask = dataset.read_mask(root, record) if record.mask else None
        except dataset.DataError as error:
            yield None, str(error)
            continue
        same_size = mask is not None and mask.shape == image.size[::-1]
        yield Sample(record, image, mask if same_size else None, *shapes[record.voxel]), ""


def ground_truth_forms(voxels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Converts a grid in Pix3D's axes to `truth`, `resampled` and `surface` of a Sample."""
    voxels = dataset.to_model_axes(voxels)
    return (
        dataset.canonical_grid(voxels, metrics.PROTOCOL_SIDE),
        metrics.pix3d_resample(voxels),
        surface_metrics.sample_surface(voxels, 0.5),
    )


def predict_both(model: VoxelModel, samples: Sequence[Sample]) -> list[PredictionPair]:
    """Predicts each photo with its annotated box and without a box.

    If the model refuses a photo of the batch, the photos are predicted one by one.
    """
    try:
        return _predict_together(model, samples)
    except PictureError:
        if len(samples) == 1:
            return [(None, None)]
        return [predict_both(model, [sample])[0] for sample in samples]


def _predict_together(model: VoxelModel, samples: Sequence[Sample]) -> list[PredictionPair]:
    """Predicts all photos twice in one batch; PictureError if the model refuses one."""
    images = [sample.image for sample in samples]
    boxes = [sample.record.bbox for sample in samples]
    predictions = predict_batch(model, images * 2, boxes + [None] * len(boxes))
    return list(zip(predictions[: len(boxes)], predictions[len(boxes) :], strict=True))


def score_prediction(sample: Sample, prediction: Prediction | None, threshold: float) -> dict:
    """Computes all figures of one prediction.

    A grid finer than 32^3 is max-pooled to 32^3 for `iou`, `raw_iou`, `precision` and `recall`.

    Parameters
    ----------
    sample : Sample
        Photo and ground truth.
    prediction : Prediction, optional
        None if the model refused the photo: the worst score of each scale.
    threshold : float
        Cells above it are solid.

    Returns
    -------
    dict
        {figure: value}; NaN if the annotation or the network's head is missing.
    """
    if prediction is None:
        return worst_scores(sample)
    factor = prediction.occupancy.shape[0] // metrics.PROTOCOL_SIDE
    grid = metrics.max_pool(prediction.occupancy, max(1, factor))
    raw = metrics.occupancy_scores(grid, sample.truth, threshold)
    points = surface_metrics.sample_surface(prediction.occupancy, threshold, seed=1)
    chamfer, f_score = surface_metrics.chamfer_and_f_score(points, sample.surface)
    return {
        **protocol_scores(grid, sample, threshold),
        "raw_iou": raw["iou"],
        "precision": raw["precision"],
        "recall": raw["recall"],
        "chamfer": chamfer,
        "f_score": f_score,
        "largest_piece": metrics.largest_piece_share(prediction.occupancy > threshold),
        **head_scores(sample, prediction),
        "category": prediction.category,
        "azimuth": prediction.azimuth,
        "elevation": prediction.elevation,
    }


def head_scores(sample: Sample, prediction: Prediction) -> dict:
    """Scores mask, category and azimuth; all NaN for the classic design without these heads."""
    if not prediction.category:
        return dict.fromkeys(("mask_iou", "category_right", "azimuth_error"), math.nan)
    return {
        "mask_iou": mask_iou(sample, prediction),
        "category_right": float(prediction.category == sample.record.category),
        "azimuth_error": azimuth_error(sample, prediction),
    }


def worst_scores(sample: Sample) -> dict:
    """Returns the scores of a photo that the model refused: the worst of each scale."""
    chamfer, f_score = surface_metrics.chamfer_and_f_score(np.zeros((0, 3)), sample.surface)
    return {
        "iou": 0.0,
        "iou_by_threshold": [0.0] * len(metrics.PROTOCOL_THRESHOLDS),
        "raw_iou": 0.0,
        "precision": 0.0,
        "recall": 0.0,
        "chamfer": chamfer,
        "f_score": f_score,
        "largest_piece": 0.0,
        "mask_iou": 0.0,
        "category_right": 0.0,
        "azimuth_error": math.nan if sample.record.azimuth is None else 180.0,
    }


def protocol_scores(grid: np.ndarray, sample: Sample, threshold: float) -> dict:
    """Returns Pix3D's IoU of a grid (32, 32, 32) at `threshold` and at each protocol threshold."""
    levels = [threshold, *metrics.PROTOCOL_THRESHOLDS]
    scores = metrics.resampled_iou(metrics.pix3d_resample(grid), sample.resampled, levels)
    return {"iou": float(scores[0]), "iou_by_threshold": scores[1:].tolist()}


def mask_iou(sample: Sample, prediction: Prediction) -> float:
    """Returns the IoU of predicted and annotated mask over the whole picture; NaN without mask."""
    if sample.mask is None:
        return math.nan
    return metrics.iou(full_mask(prediction) >= MASK_LEVEL, sample.mask)


def azimuth_error(sample: Sample, prediction: Prediction) -> float:
    """Returns the azimuth's error in degrees, 0 to 180; NaN if the true azimuth is unknown."""
    if sample.record.azimuth is None:
        return math.nan
    return float(metrics.angle_error(prediction.azimuth, sample.record.azimuth))


def baseline_scores(pool: baselines.Pool, sample: Sample) -> dict[str, np.ndarray]:
    """Scores the baselines on one photo.

    Returns
    -------
    dict
        {baseline: (T,) IoU at each protocol threshold}; NaN if the pool lacks the category.
    """
    category = sample.record.category
    if category not in pool:
        unknown = np.full(len(metrics.PROTOCOL_THRESHOLDS), math.nan)
        return dict.fromkeys(baselines.NAMES, unknown)
    grids = (
        baselines.mean_shape(pool, category),
        baselines.nearest_shape(pool, category, sample.truth),
    )
    return {
        name: metrics.resampled_iou(
            metrics.pix3d_resample(grid), sample.resampled, metrics.PROTOCOL_THRESHOLDS
        )
        for name, grid in zip(baselines.NAMES, grids, strict=True)
    }
