"""Metrics of the network's raw outputs on one training batch, computed on the device.

columns = score(model(normalize(batch.image)), batch, model.config)
mean(columns["iou"])
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F

from training.data.batches import Batch
from training.evaluation import metrics
from voxel_model import Outputs, VoxelConfig


def score(outputs: Outputs, batch: Batch, config: VoxelConfig) -> dict[str, list[float]]:
    """Scores the outputs of one batch.

    Parameters
    ----------
    outputs : Outputs
        Outputs of the network.
    batch : Batch
        The samples.
    config : VoxelConfig
        Calibration of the probabilities, and the least probability of a solid cell.

    Returns
    -------
    dict of list of float
        For each figure one value a sample, NaN if the truth is unknown. There are no figures for
        heads that the model does not have.
    """
    predicted = probabilities(outputs, config).cpu().numpy()
    truth = batch.occupancy.cpu().numpy() > 0.5
    rows = [
        metrics.occupancy_scores(p, t, config.threshold)
        for p, t in zip(predicted, truth, strict=True)
    ]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    columns["extents_error"] = [
        metrics.extents_error(p > config.threshold, t)
        for p, t in zip(predicted, truth, strict=True)
    ]
    if outputs.mask is None:
        return columns
    colors = outputs.color.float().sigmoid()
    if outputs.coordinates is not None:
        columns["coordinate_error"] = coordinate_errors(outputs.coordinates, batch.coordinates)
    return columns | {
        "color_error": color_errors(colors, batch.colors, batch.surface),
        "mask_iou": mask_ious(outputs.mask.float(), batch.mask),
        "category_accuracy": category_accuracies(outputs.category, batch.category),
        "azimuth_error": azimuth_errors(outputs.pose.float(), batch.azimuth),
    }


def probabilities(outputs: Outputs, config: VoxelConfig) -> torch.Tensor:
    """Returns the calibrated probability of each cell, (B, R, R, R) float32."""
    scale, shift = config.calibration
    return (scale * outputs.occupancy.float() + shift).sigmoid()


def color_errors(
    predicted: torch.Tensor, colors: torch.Tensor, surface: torch.Tensor
) -> list[float]:
    """Computes metrics.color_error of each sample on the device.

    Parameters
    ----------
    predicted, colors : Tensor, (B, 3, R, R, R) float32
        sRGB in [0, 1].
    surface : Tensor, (B, R, R, R) bool
        Cells with a known colour.

    Returns
    -------
    list of float
        Mean absolute error; NaN without such cells.
    """
    error = (predicted - colors).abs().mean(dim=1) * surface
    return (error.flatten(1).sum(1) / surface.flatten(1).sum(1)).tolist()  # 0 / 0 is NaN


def coordinate_errors(predicted: torch.Tensor, truth: torch.Tensor) -> list[float]:
    """Computes the mean distance of predicted and true object coordinates.

    Parameters
    ----------
    predicted : Tensor, (B, 3, s, s) float
        Predicted points.
    truth : Tensor, (B, 3, S, S) float32
        True points, NaN where a pixel does not show the object; the pixel next to the centre of
        each block of pixels is used.

    Returns
    -------
    list of float
        Mean distance in longest sides of the object; NaN if no pixel shows it.
    """
    step = truth.shape[-1] // predicted.shape[-1]
    truth = truth[..., step // 2 :: step, step // 2 :: step]
    known = truth[:, 0].isfinite()
    error = torch.where(known, (predicted.float() - truth).square().sum(dim=1).sqrt(), 0.0)
    return (error.flatten(1).sum(1) / known.flatten(1).sum(1)).tolist()  # 0 / 0 is NaN


def mask_ious(logits: torch.Tensor, mask: torch.Tensor) -> list[float]:
    """Computes the IoU of the masks at the size of the image, as network.prediction enlarges them.

    Parameters
    ----------
    logits : Tensor, (B, 1, s, s) float32
        Predicted logits.
    mask : Tensor, (B, 1, S, S) float32
        True masks in [0, 1].

    Returns
    -------
    list of float
        One IoU for each sample.
    """
    predicted = F.interpolate(logits.sigmoid(), mask.shape[-2:], mode="bilinear") > 0.5
    true = mask > 0.5
    both, either = (x.flatten(1).sum(1).float() for x in (predicted & true, predicted | true))
    return (both / either).tolist()


def category_accuracies(logits: torch.Tensor, category: torch.Tensor) -> list[float]:
    """Returns 1 for a right and 0 for a wrong category, NaN for an unknown label below 0."""
    right = (logits.argmax(1) == category).float()
    return torch.where(category >= 0, right, torch.nan).tolist()


def azimuth_errors(pose: torch.Tensor, azimuth: torch.Tensor) -> list[float]:
    """Returns the error in degrees of each azimuth.

    Parameters
    ----------
    pose : Tensor, (B, 3) float32
        Predicted sine and cosine, and elevation.
    azimuth : Tensor, (B,) float32
        True azimuth in radians, NaN if unknown.

    Returns
    -------
    list of float
        0 to 180 degrees, NaN if unknown.
    """
    predicted = torch.atan2(pose[:, 0], pose[:, 1]).rad2deg().cpu().numpy()
    return metrics.angle_error(predicted, azimuth.float().rad2deg().cpu().numpy()).tolist()


def mean(values: Sequence[float]) -> float:
    """Returns the mean of the values that are not NaN; NaN if there are none."""
    values = np.asarray(values, dtype=np.float64)
    values = values[~np.isnan(values)]
    return float(values.mean()) if len(values) else math.nan
