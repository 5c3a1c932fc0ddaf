"""A linear classifier that tells furniture from other pictures by the network's image summary.

    weights = fit_weights(furniture, non_furniture, groups)      # (257,), offset last
    weights = with_threshold(weights, furniture)         # a tenth of the scores is below 0
    familiarity_scores(summaries, weights) < 0           # True: warn

The classifier is linear because a more flexible one would overfit the few hundred pictures.
"""

from collections.abc import Sequence

import numpy as np

from network.prediction import familiarity_scores

# share of generated scenes with a warning. Scenes are harder than photographs, of which half as
# many get one; users would ignore a warning that is often wrong
FALSE_ALARMS = 0.1
SHRINKAGE = 0.5  # of the covariance toward its mean variance; results are flat from 0.3 to 0.9


def fit_weights(
    furniture: np.ndarray, non_furniture: np.ndarray, groups: Sequence[str] | None = None
) -> np.ndarray:
    """Fits Fisher's linear discriminant.

    Parameters
    ----------
    furniture, non_furniture : numpy.ndarray
        (N, D) and (M, D) summaries.
    groups : sequence of str, optional
        M names; every group has the same weight, whatever its number of pictures.

    Returns
    -------
    numpy.ndarray
        (D + 1,) weights and offset: scores of furniture have mean 0 and standard deviation 1.
    """
    groups = np.zeros(len(non_furniture)) if groups is None else np.asarray(groups)
    _, group_of, counts = np.unique(groups, return_inverse=True, return_counts=True)
    share = 1 / (len(counts) * counts[group_of])  # (M,)
    mean, other_mean = furniture.mean(axis=0), share @ non_furniture
    deviations = (non_furniture - other_mean) * np.sqrt(share)[:, None]
    covariance = (np.cov(furniture.T, bias=True) + deviations.T @ deviations) / 2
    isotropic = np.eye(len(mean)) * np.diag(covariance).mean()
    covariance = (1 - SHRINKAGE) * covariance + SHRINKAGE * isotropic
    direction = np.linalg.solve(covariance, mean - other_mean)
    direction /= (furniture @ direction).std()
    return np.append(direction, -mean @ direction)


def with_threshold(weights: np.ndarray, furniture: np.ndarray) -> np.ndarray:
    """Shifts the offset so that FALSE_ALARMS of these furniture summaries (N, D) score below 0."""
    level = np.quantile(familiarity_scores(furniture, weights), FALSE_ALARMS)
    return np.append(weights[:-1], weights[-1] - level)


def detection_rates(
    summaries: np.ndarray, weights: np.ndarray, groups: Sequence[str]
) -> dict[str, dict]:
    """Computes the share of pictures without furniture that get a warning.

    Parameters
    ----------
    summaries : numpy.ndarray
        (M, D), of pictures without furniture.
    weights : numpy.ndarray
        (D + 1,).
    groups : sequence of str
        M names.

    Returns
    -------
    dict
        {group: {"pictures", "share"}}, and "all kinds" with the mean share over the groups.
    """
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
    furniture: np.ndarray,
    threshold_furniture: np.ndarray,
    non_furniture: np.ndarray,
    groups: Sequence[str],
) -> dict[str, float]:
    """Computes the detection rate of each group with weights fitted on the other groups.

    Parameters
    ----------
    furniture : numpy.ndarray
        (N, D) summaries that fit the weights.
    threshold_furniture : numpy.ndarray
        (K, D) summaries that set the threshold.
    non_furniture : numpy.ndarray
        (M, D) summaries.
    groups : sequence of str
        M names.

    Returns
    -------
    dict
        {group: share}, and "all kinds" with the mean.
    """
    groups = np.asarray(groups)
    table = {}
    for name in np.unique(groups):
        rest = groups != name
        weights = fit_weights(furniture, non_furniture[rest], groups[rest])
        weights = with_threshold(weights, threshold_furniture)
        table[str(name)] = float((familiarity_scores(non_furniture[~rest], weights) < 0).mean())
    return table | {"all kinds": float(np.mean(list(table.values())))}
