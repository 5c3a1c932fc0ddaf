"""Colours of surface cells that no photo shows: from their mirror image or from similar cells.

tone = hidden_tones(cells, predicted, albedo, tone, visibility)      # (N, 3)
mirror, trust = mirror_cells(cells, visibility)              # (N,), (N,)
"""

import numpy as np

from geometry.surface_cells import NEIGHBOR_OFFSETS, SurfaceCells
from geometry.visibility import ramp

VISIBLE = 0.5  # visibility above which a cell counts as visible and lends its tone
MIRROR_TRUST = 0.8  # weight of a mirrored colour; that of a visible cell is 1
BLOCK_CELLS = 3  # cells, side of the blocks over which the visible cells are averaged
COLOR_DISTANCE_SCALE = 2.0  # longest sides; distance of two colours with sRGB difference 1
MIN_DISTANCE = 0.15  # longest sides; nearer blocks have equal weight
COLOR_BANDWIDTH = 0.4  # sRGB difference, 0 to 1, at which the weight of a block falls to 1 / e
SHOWN_BANDWIDTH = 0.6  # log difference from the estimate at which a block's weight falls to 1 / e
SHARE_POWER = 0.5  # of the share of similar blocks: few are enough to outweigh the prediction
TINY = 1e-30  # added to sums of weights


def hidden_tones(
    cells: SurfaceCells,
    predicted: np.ndarray,
    albedo: np.ndarray,
    tone: np.ndarray,
    visibility: np.ndarray,
) -> np.ndarray:
    """Estimate the tone of hidden cells from visible cells near in position and colour.

    The estimate is a kernel regression on means over blocks of visible cells. With it a hidden cell
    gets the colours of visible cells whose predicted colours are similar: a patch that the network
    predicts in a colour of its own is no stain then. It tends to 0, the predicted colour, where no
    visible cell has a similar one.

    The regression then leaves out blocks whose colour is far from its estimate. The result is a
    colour that most of the near blocks show: the mean of a red frame and a grey wall is neither.

    Parameters
    ----------
    cells : SurfaceCells
    predicted : (N, 3) uint8
        Predicted sRGB albedo.
    albedo : (N, 3) float
        The same in linear light, positive.
    tone : (N, 3) float
        log(photo / albedo) of each cell; used where the cell is visible.
    visibility : (N,) float
        From 0 to 1.

    Returns
    -------
    (N, 3) float
        Estimated tone; 0 for cells with visibility 1, which do not need it.
    """
    key = np.hstack([cells.centers, predicted * np.float32(COLOR_DISTANCE_SCALE / 255)])
    visible, hidden = np.flatnonzero(visibility > VISIBLE), np.flatnonzero(visibility < 1)
    shown = np.log(albedo) + tone  # log colours where the cell is visible
    blocks = _block_means(cells, visible, np.hstack([key, shown])[visible])  # (B, 3 + 3 + 3)
    weight, similarity = (
        _squared_distances(key[hidden, part], blocks[:, part])  # (H, B)
        for part in (slice(3), slice(3, 6))
    )
    # Squared distance in position and colour. All steps are in place: there may be 10^6 entries.
    weight += similarity
    weight += MIN_DISTANCE**2
    np.reciprocal(np.square(weight, out=weight), out=weight)
    similarity *= -((COLOR_BANDWIDTH * COLOR_DISTANCE_SCALE) ** -2)
    np.exp(similarity, out=similarity)
    similarity *= weight
    result = np.zeros_like(tone)
    share = (similarity.sum(axis=1) / weight.sum(axis=1)) ** SHARE_POWER
    estimate = _robust_means(similarity, blocks[:, 6:])
    result[hidden] = share[:, None] * (estimate - np.log(albedo[hidden]))
    return result


def _robust_means(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(H, 3) float32 weighted means of the values (B, 3) without those far from the mean.

    weights : (H, B) float32
    """
    near = _squared_distances(_weighted_means(weights, values), values)
    near *= -(SHOWN_BANDWIDTH**-2)
    np.exp(near, out=near)
    near *= weights
    return _weighted_means(near, values)


def _weighted_means(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    return weights @ values / (weights.sum(axis=1, keepdims=True) + np.float32(TINY))


def mirror_cells(cells: SurfaceCells, visibility: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the visible cell at the mirror image of each hidden cell, left and right exchanged.

    The cell may be a neighbour of the exact mirror image, because predictions are not exactly
    symmetric.

    Parameters
    ----------
    cells : SurfaceCells
    visibility : (N,) float
        From 0 to 1.

    Returns
    -------
    mirror : (N,) int
        Number of a surface cell; the cell itself if its visibility is 1.
    trust : (N,) float
        Weight of its colour, 0 to MIRROR_TRUST.
    """
    hidden = np.flatnonzero(visibility < 1)
    mirrored = np.array([cells.grid_shape[0] - 1, 0, 0]) + cells.cell_indices[hidden] * (-1, 1, 1)
    candidates = cells.neighbor_numbers(mirrored)  # (27, H)
    distances = np.linalg.norm(NEIGHBOR_OFFSETS, axis=1)
    # candidate -1 (no cell) reads the appended visibility 0
    trusts = np.append(visibility, 0)[candidates] * ramp(-distances, -2, -1)[:, None]
    best = trusts.argmax(axis=0), np.arange(len(hidden))
    mirror, trust = np.arange(len(visibility)), np.zeros_like(visibility)
    mirror[hidden], trust[hidden] = candidates[best], MIRROR_TRUST * trusts[best]
    return mirror, trust


def _block_means(cells: SurfaceCells, selected: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(B, K) float32 means of the values (M, K) of the selected cells (M,) in each block."""
    keys = cells.cell_indices[selected] // BLOCK_CELLS @ np.array([2**40, 2**20, 1])
    _, block, count = np.unique(keys, return_inverse=True, return_counts=True)
    sums = [np.bincount(block, column) for column in values.T]
    return (np.stack(sums, axis=1) / count[:, None]).astype(np.float32)


def _squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N, M) squared distances between the rows of (N, K) and of (M, K)."""
    squares = a @ (-2 * b.T)
    squares += (a**2).sum(axis=1)[:, None]
    squares += (b**2).sum(axis=1)
    return np.maximum(squares, 0, out=squares)
