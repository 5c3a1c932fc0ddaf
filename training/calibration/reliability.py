"""Do probabilities keep their word? The fit, the table, the error and the plot.

    scale = fit_scale(logits, solid)
    rows = reliability(expit(scale * logits), solid)
    calibration_error(rows), calibration_error(rows, SHOWN)
    draw({"photographs": rows}, "reliability.png")

numpy and Matplotlib alone; nothing here knows the network.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar

BINS = 10  # of equal width, a tenth each
SCALES = 0.01, 10.0  # far beyond what a trained network is wrong by
MIN_REPORTED_PROBABILITY = (
    0.1  # nine cells in ten lie below it and are easy: a mean over all of them says little
)


def fit_scale(logits: np.ndarray, solid: np.ndarray) -> float:
    """The scale of the logits that makes the cells most likely.

    logits, solid : arrays of one shape, float and bool
    One over the temperature of Guo et al. 2017, "On Calibration of Modern Neural Networks".
    """
    x, y = logits.ravel().astype(np.float64), solid.ravel()
    told = x @ y / len(x)

    def unlikeliness(scale: float) -> float:
        """Mean binary cross-entropy, which is convex in the scale."""
        return np.logaddexp(0, scale * x).mean() - scale * told

    return float(minimize_scalar(unlikeliness, bounds=SCALES, options={"xatol": 1e-6}).x)


def reliability(probability: np.ndarray, solid: np.ndarray, bins: int = BINS) -> list[dict]:
    """For each bin of probability: its edges, the number of cells, what was said, what is true.

    said, true : mean probability and share of solid cells, None in an empty bin
    """
    p, y = probability.ravel(), solid.ravel()
    place = np.minimum((p * bins).astype(int), bins - 1)
    cells = np.bincount(place, minlength=bins)
    said = np.bincount(place, p, bins) / np.maximum(cells, 1)
    true = np.bincount(place, y, bins) / np.maximum(cells, 1)
    return [
        {
            "low": i / bins,
            "high": (i + 1) / bins,
            "cells": int(cells[i]),
            "said": float(said[i]) if cells[i] else None,
            "true": float(true[i]) if cells[i] else None,
        }
        for i in range(bins)
    ]


def calibration_error(rows: Sequence[dict], above: float = 0.0) -> float:
    """Expected calibration error: mean |said - true| over the cells of bins from `above` on."""
    rows = [row for row in rows if row["cells"] and row["low"] >= above]
    cells = sum(row["cells"] for row in rows)
    gaps = (row["cells"] * abs(row["said"] - row["true"]) for row in rows)
    return sum(gaps) / cells if cells else float("nan")


def plot_reliability(curves: dict[str, Sequence[dict]], path: str | Path) -> None:
    """Reliability plot: share of solid cells over what was said, one line for each set of rows."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.4, 4.2), dpi=110, layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", label="as it should be")
    for name, rows in curves.items():
        known = [row for row in rows if row["cells"]]
        said, true = ([row[key] for row in known] for key in ("said", "true"))
        axes.plot(said, true, marker="o", markersize=4, label=name)
    axes.set(xlabel="probability that was said", ylabel="share that is solid", aspect="equal")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.legend(fontsize=8, loc="upper left")
    figure.savefig(path)
