"""Telling furniture from everything else by the network's own summary of a picture.

    weights = fit_weights(furniture, strangers, groups)      # (257,), offset last
    weights = with_threshold(weights, furniture)             # a tenth of these falls below 0
    scores(summaries, weights) < 0                           # what is warned of

A linear discriminant: anything richer learns a few hundred pictures by heart.
"""

from collections.abc import Sequence

import numpy as np

# share of generated scenes that may be warned of: they are harder than photographs, of which half
# as many are; more, and nobody believes it
FALSE_ALARMS = 0.1
SHRINKAGE = 0.5  # of the covariance toward its mean variance; flat from 0.3 to 0.9


def fit_weights(
    furniture: np.ndarray, strangers: np.ndarray, groups: Sequence[str] | None = None
) -> np.ndarray:
    """Fisher's discriminant: (D + 1,) weights and offset, furniture's mean at 0, its deviation 1.

    furniture, strangers : (N, D) and (M, D) summaries
    groups : (M,) names; every group of strangers counts the same, however many pictures it has
    """
    groups = np.zeros(len(strangers)) if groups is None else np.asarray(groups)
    _, place, counts = np.unique(groups, return_inverse=True, return_counts=True)
    share = 1 / (len(counts) * counts[place])  # (M,)
    own, other = furniture.mean(axis=0), share @ strangers
    spread = (strangers - other) * np.sqrt(share)[:, None]
    covariance = (np.cov(furniture.T, bias=True) + spread.T @ spread) / 2
    even = np.eye(len(own)) * np.diag(covariance).mean()
    direction = np.linalg.solve((1 - SHRINKAGE) * covariance + SHRINKAGE * even, own - other)
    direction /= (furniture @ direction).std()
    return np.append(direction, -own @ direction)


def familiarity_scores(summaries: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(N, D) -> (N,): below 0 looks unlike furniture."""
    return summaries @ weights[:-1] + weights[-1]


def with_threshold(weights: np.ndarray, furniture: np.ndarray) -> np.ndarray:
    """The offset moved so that FALSE_ALARMS of these pictures of furniture fall below 0."""
    level = np.quantile(familiarity_scores(furniture, weights), FALSE_ALARMS)
    return np.append(weights[:-1], weights[-1] - level)


def detection_rates(
    summaries: np.ndarray, weights: np.ndarray, groups: Sequence[str]
) -> dict[str, dict]:
    """{group: pictures, share below 0}, and "all kinds", the mean over groups."""
    below, groups = familiarity_scores(summaries, weights) < 0, np.asarray(groups)
    table = {
        str(name): {
            "pictures": int((groups == name).sum()),
            "share": float(below[groups == name].mean()),
        }
        for name in np.unique(groups)
    }
    shares = [row["share"] for row in table.values()]
    return table | {"all kinds": {"pictures": len(below), "share": float(np.mean(shares))}}


def held_out_detection_rates(
    furniture: np.ndarray, choosers: np.ndarray, strangers: np.ndarray, groups: Sequence[str]
) -> dict[str, float]:
    """Share of each group caught by weights and threshold that never saw a picture of its kind."""
    groups = np.asarray(groups)
    table = {}
    for name in np.unique(groups):
        rest = groups != name
        weights = fit_weights(furniture, strangers[rest], groups[rest])
        weights = with_threshold(weights, choosers)
        table[str(name)] = float((familiarity_scores(strangers[~rest], weights) < 0).mean())
    return table | {"all kinds": float(np.mean(list(table.values())))}
