"""Calibration of probabilities: the fit, the reliability table, the error and the plot.

scale = fit_scale(logits, solid)
rows = reliability(expit(scale * logits), solid)
calibration_error(rows), calibration_error(rows, MIN_REPORTED_PROBABILITY)
plot_reliability({"photographs": rows}, "reliability.png")
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar

BINS = 10  # of equal width, 0.1 each
SCALES = 0.01, 10.0  # search interval; a trained network is off by much less
# nine of ten cells lie below it and are easy, so a mean over all cells hides errors of the others
MIN_REPORTED_PROBABILITY = 0.1


def fit_scale(logits: np.ndarray, solid: np.ndarray) -> float:
    """Fits the scale of the logits that maximises the likelihood of the cells.

    The scale is 1 / temperature of Guo et al., "On Calibration of Modern Neural Networks", 2017.

    Parameters
    ----------
    logits : numpy.ndarray
        Any shape, float.
    solid : numpy.ndarray
        The same shape, bool: ground truth.
    """
    x, y = logits.ravel().astype(np.float64), solid.ravel()
    mean_solid_logit = x @ y / len(x)

    def cross_entropy(scale: float) -> float:
        """Mean binary cross-entropy, which is convex in the scale."""
        return np.logaddexp(0, scale * x).mean() - scale * mean_solid_logit

    return float(minimize_scalar(cross_entropy, bounds=SCALES, options={"xatol": 1e-6}).x)


def reliability(probability: np.ndarray, solid: np.ndarray, bins: int = BINS) -> list[dict]:
    """Compares predicted and observed probability in bins.

    Parameters
    ----------
    probability : numpy.ndarray
        Any shape, in [0, 1].
    solid : numpy.ndarray
        The same shape, bool: ground truth.
    bins : int
        Number of bins of equal width.

    Returns
    -------
    list of dict
        For each bin "low" and "high" (its limits), "cells" (their number), "said" (mean predicted
        probability) and "true" (share of solid cells); the last two are None for an empty bin.
    """
    p, y = probability.ravel(), solid.ravel()
    bin_of = np.minimum((p * bins).astype(int), bins - 1)
    cells = np.bincount(bin_of, minlength=bins)
    predicted = np.bincount(bin_of, p, bins) / np.maximum(cells, 1)
    observed = np.bincount(bin_of, y, bins) / np.maximum(cells, 1)
    return [
        {
            "low": i / bins,
            "high": (i + 1) / bins,
            "cells": int(cells[i]),
            "said": float(predicted[i]) if cells[i] else None,
            "true": float(observed[i]) if cells[i] else None,
        }
        for i in range(bins)
    ]


def calibration_error(rows: Sequence[dict], above: float = 0.0) -> float:
    """Computes the expected calibration error.

    Parameters
    ----------
    rows : sequence of dict
        From `reliability`.
    above : float
        Bins with a lower limit below this value are ignored.

    Returns
    -------
    float
        Mean over the cells of |predicted - observed| of their bin; NaN without cells.
    """
    rows = [row for row in rows if row["cells"] and row["low"] >= above]
    cells = sum(row["cells"] for row in rows)
    gaps = (row["cells"] * abs(row["said"] - row["true"]) for row in rows)
    return sum(gaps) / cells if cells else float("nan")


def plot_reliability(curves: dict[str, Sequence[dict]], path: str | Path) -> None:
    """Plots observed over predicted probability, one curve for each set of rows.

    Parameters
    ----------
    curves : dict
        {label: rows of `reliability`}.
    path : str or Path
        PNG file to write.
    """
    from matplotlib.figure import Figure  # imported here: slow, and only this function needs it

    figure = Figure(figsize=(4.4, 4.2), dpi=110, layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", label="perfect calibration")
    for name, rows in curves.items():
        filled = [row for row in rows if row["cells"]]
        predicted, observed = ([row[key] for row in filled] for key in ("said", "true"))
        axes.plot(predicted, observed, marker="o", markersize=4, label=name)
    axes.set(xlabel="predicted probability", ylabel="share of solid cells", aspect="equal")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.legend(fontsize=8, loc="upper left")
    figure.savefig(path)
