"""Metrics of grids, masks and angles on numpy arrays, shared by training and evaluation.

    from training.evaluation import metrics
    metrics.pix3d_iou(probability, truth, [0.4])        # Pix3D's protocol, (1,)
    metrics.occupancy_scores(probability, truth, 0.4)   # iou, precision, recall, mae, mse, r2

Grids are (R, R, R) in one common frame; probabilities lie in [0, 1]. Every function scores one
object; the caller averages.
"""

from collections.abc import Sequence
from functools import reduce

import numpy as np
from scipy import ndimage

from geometry.grids import solid_bounds

PROTOCOL_SIDE = 32  # Pix3D compares at 32 cells a side
PROTOCOL_BOX_LEVEL = 0.1  # cells at or above this value span the bounding box
PROTOCOL_THRESHOLDS = np.arange(1, 50) / 100  # 0.01 ... 0.49, the published search
HALF_TURN_WRONG = 90.0  # degrees; a larger error confuses the front with the back or a side


# --- Pix3D's protocol ---------------------------------------------------------------------------


def pix3d_iou(
    probability: np.ndarray, truth: np.ndarray, thresholds: Sequence[float] = PROTOCOL_THRESHOLDS
) -> np.ndarray:
    """Computes the IoU at 32^3 by Pix3D's own protocol.

    Both grids are resampled with `pix3d_resample` and compared as `grid > threshold`, the ground
    truth too. Two empty grids score 0. Source: `eval/eval.py` (downsample_voxel,
    calc_iou_from_list) and "Evaluation details" of the README in
    https://github.com/xingyuansun/pix3d. There the threshold is the one of 0.01, 0.02, ... that
    maximises the mean over all test objects.

    Parameters
    ----------
    probability, truth : numpy.ndarray
        Cubic grids of any side in the same axes; their scales may differ.
    thresholds : sequence of float
        T thresholds.

    Returns
    -------
    numpy.ndarray
        (T,) float64.
    """
    return resampled_iou(pix3d_resample(probability), pix3d_resample(truth), thresholds)


def resampled_iou(a: np.ndarray, b: np.ndarray, thresholds: Sequence[float]) -> np.ndarray:
    """Returns the IoU (T,) float64 of two grids from `pix3d_resample` at each threshold."""
    return np.array([iou(a > t, b > t) for t in thresholds])


def pix3d_resample(grid: np.ndarray) -> np.ndarray:
    """Crops a grid to its box, pads it to a cube and resamples it trilinearly.

    The box spans the cells >= 0.1. A grid of more than 100 cells a side is 4x max-pooled first, as
    in Pix3D's code. A grid of 64 is 2x max-pooled for the same reason: sampling every other cell
    would lose thin parts. Pix3D's code has no rule for 64.

    Parameters
    ----------
    grid : numpy.ndarray
        (n, n, n) in [0, 1].

    Returns
    -------
    numpy.ndarray
        (32, 32, 32) float32; zeros if all cells are below 0.1.
    """
    grid = np.asarray(grid, dtype=np.float32)
    side = grid.shape[0]
    grid = max_pool(grid, 4 if side > 100 else max(1, side // PROTOCOL_SIDE))
    solid = grid >= PROTOCOL_BOX_LEVEL
    if not solid.any():
        return np.zeros((PROTOCOL_SIDE,) * 3, np.float32)
    bounds = [np.flatnonzero(solid.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    grid = grid[tuple(slice(b[0], b[-1] + 1) for b in bounds)]
    length = max(grid.shape) - 1
    for axis in range(3):
        weights = _trilinear_weights(grid.shape[axis], length)
        grid = np.moveaxis(np.tensordot(weights, grid, axes=(1, axis)), 0, axis)
    return grid


def _trilinear_weights(cells: int, length: int) -> np.ndarray:
    """(32, cells) float32 that samples one axis at 32 points over `length`, centred; 0 outside.

    An axis of one cell extends half a cell to each side; otherwise no sample could hit it.
    """
    position = np.linspace(-length / 2, length / 2, PROTOCOL_SIDE) + (cells - 1) / 2
    if cells == 1:
        return (np.abs(position) <= 0.5).astype(np.float32)[:, None]
    weights = np.clip(1 - np.abs(position[:, None] - np.arange(cells)), 0, 1)
    inside = (position >= -1e-9) & (position <= cells - 1 + 1e-9)
    return (weights * inside[:, None]).astype(np.float32)


def max_pool(grid: np.ndarray, factor: int) -> np.ndarray:
    """Pools (n, n, n) to (n // factor, ...) by maximum."""
    n = grid.shape[0] // factor
    for axis in range(3):
        slices = np.moveaxis(grid, axis, 0)[: n * factor]
        pooled = reduce(np.maximum, (slices[i::factor] for i in range(factor)))
        grid = np.moveaxis(pooled, 0, axis)
    return grid


# --- grids --------------------------------------------------------------------------------------


def iou(a: np.ndarray, b: np.ndarray) -> float:
    """Returns the intersection over union of two bool arrays; 0 if both are empty, as in Pix3D."""
    union = np.count_nonzero(a | b)
    return np.count_nonzero(a & b) / union if union else 0.0


def occupancy_scores(probability: np.ndarray, truth: np.ndarray, threshold: float) -> dict:
    """Scores a grid against a bool grid of the same shape, without alignment.

    Parameters
    ----------
    probability : numpy.ndarray
        (R, R, R) in [0, 1].
    truth : numpy.ndarray
        (R, R, R) bool.
    threshold : float
        Cells above it are solid.

    Returns
    -------
    dict
        "iou", "precision", "recall" of the solid cells (0 where undefined); "mae", "mse", "r2" of
        the probabilities, r2 = 1 - mse / variance of the truth.
    """
    truth = np.asarray(truth, dtype=bool)
    solid = probability > threshold
    hits = np.count_nonzero(solid & truth)
    error = probability.astype(np.float64) - truth
    mse = float(np.mean(error**2))
    return {
        "iou": iou(solid, truth),
        "precision": hits / max(1, np.count_nonzero(solid)),
        "recall": hits / max(1, np.count_nonzero(truth)),
        "mae": float(np.mean(np.abs(error))),
        "mse": mse,
        "r2": 1.0 - mse / max(float(truth.var()), 1e-12),
    }


def extents(solid: np.ndarray) -> np.ndarray:
    """Returns the sides (3,) of the box of the solid cells, as shares of the grid; 0 if none."""
    if not solid.any():
        return np.zeros(3)
    low, high = solid_bounds(solid)
    return (high - low) / len(solid)


def extents_error(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Returns the mean difference of the sides of two grids' boxes.

    Parameters
    ----------
    predicted, truth : numpy.ndarray
        (R, R, R) bool.

    Returns
    -------
    float
        Mean over the three axes as a share of the grid, which the longest side of a true shape
        fills.
    """
    return float(np.abs(extents(predicted) - extents(truth)).mean())


def largest_piece_share(solid: np.ndarray) -> float:
    """Returns the share of the solid cells in the largest piece, cells joined by faces.

    All 345 grids of the training pool score 1 at 32^3. An empty grid scores 0.
    """
    pieces, count = ndimage.label(solid)
    if count == 0:
        return 0.0
    sizes = np.bincount(pieces.ravel())[1:]
    return float(sizes.max() / sizes.sum())


def color_error(predicted: np.ndarray, truth: np.ndarray, surface: np.ndarray) -> float:
    """Returns the mean absolute sRGB error over the cells with a known colour.

    Parameters
    ----------
    predicted, truth : numpy.ndarray
        (3, R, R, R) or (B, 3, R, R, R) in [0, 1].
    surface : numpy.ndarray
        The same shape without the 3, bool.

    Returns
    -------
    float
        In [0, 1]; NaN if no colour is known.
    """
    if not surface.any():
        return float("nan")
    error = np.abs(np.moveaxis(predicted, -4, -1) - np.moveaxis(truth, -4, -1))
    return float(error[surface].mean())


# --- cameras and statistics ---------------------------------------------------------------------


def angle_error(a: np.ndarray | float, b: np.ndarray | float) -> np.ndarray:
    """Returns the angle between two azimuths in degrees, 0 to 180."""
    return np.abs((np.asarray(a) - np.asarray(b) + 180.0) % 360.0 - 180.0)


def bootstrap_interval(
    values: Sequence[float], groups: Sequence | None = None, rounds: int = 2000, seed: int = 0
) -> tuple[float, float] | None:
    """Computes the 95 % percentile bootstrap interval of the mean.

    Parameters
    ----------
    values : sequence of float
        NaN values are ignored.
    groups : sequence, optional
        A label for each value, such as its shape. Whole groups are resampled, because photos of
        one shape are not independent.
    rounds : int
        Number of resamples.
    seed : int
        Seed of the resampling.

    Returns
    -------
    tuple or None
        (low, high); None for fewer than three groups, which are too few to resample.
    """
    values = np.asarray(values, dtype=np.float64)
    labels = np.arange(len(values)) if groups is None else np.unique(groups, return_inverse=True)[1]
    known = ~np.isnan(values)
    _, labels = np.unique(labels[known], return_inverse=True)
    if labels.size == 0 or labels.max() < 2:
        return None
    sums = np.bincount(labels, weights=values[known])
    counts = np.bincount(labels)
    draws = np.random.default_rng(seed).integers(0, len(sums), (rounds, len(sums)))
    means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)
