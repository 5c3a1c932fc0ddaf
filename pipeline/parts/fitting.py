"""Fits the proportions of a piece to a prediction: monotone warps along the three axes.

    warp = fit_warp(prediction.occupancy, grid)
    vertices, normals = warp.apply(part.vertices, part.normals)

Along one axis, with the others fixed, the overlap is a sum over slabs: slab i of the prediction
against the slab w(i) of the piece. The best w is a path through the matrix of these products, found
by dynamic programming. The expected overlap is a ratio of two such sums; Dinkelbach's method turns
it into a few paths: maximise N - r D, set r to N / D, repeat.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.parts.search import expected_overlaps

CELLS = 32  # a side
FINE = 4  # positions of the piece in a cell
STEPS = np.array([3, 4, 5])  # positions from one slab to the next: slopes 0.75, 1 and 1.25
# For a slope other than 1, in mean slabs of the piece. IoU on 45 dev photos: .451 without warps,
# .460 at 0.15, .468 at 0.05, .463 at 0.
PENALTY = 0.05
SHIFT = 6  # positions by which the first slab may be moved; 1.5 cells
ROUNDS = 2  # over the axes
RATIOS = 3  # steps of Dinkelbach's method
AXES = (1, 0, 2)  # order; heights differ most
MIRRORED = 0  # the axis whose warp is its own mirror image


@dataclass(frozen=True)
class Warp:
    """Positions of the slabs of the grid in the piece, for each axis."""

    positions: np.ndarray  # (3, 32) float, centres in [-0.5, 0.5], strictly ascending
    overlap: float  # expected overlap of the warped piece

    def apply(self, vertices: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns vertices and unit normals (V, 3) of a mesh in the warped piece."""
        place, slope = np.empty_like(vertices), np.empty_like(normals)
        for axis in range(3):
            place[:, axis], slope[:, axis] = _inverse(self.positions[axis], vertices[:, axis])
        turned = normals / slope
        return place, turned / np.linalg.norm(turned, axis=1, keepdims=True)

    def resample(self, grid: np.ndarray) -> np.ndarray:
        """Returns the grid of the warped piece (32, 32, 32) float32, nearest cells."""
        for axis in range(3):
            index = np.floor((self.positions[axis] + 0.5) * CELLS).astype(int)
            inside = (index >= 0) & (index < CELLS)
            shape = [1, 1, 1]
            shape[axis] = CELLS
            grid = np.take(grid, index.clip(0, CELLS - 1), axis) * inside.reshape(shape)
        return grid


IDENTITY = np.tile((np.arange(CELLS) + 0.5) / CELLS - 0.5, (3, 1))


def fit_warp(occupancy: np.ndarray, grid: np.ndarray) -> Warp:
    """Returns the warp that raises the expected overlap of a piece.

    Parameters
    ----------
    occupancy : (32, 32, 32) float
        Probabilities of a prediction.
    grid : (32, 32, 32) float
        Solid cells of the piece.

    Returns
    -------
    Warp
        Slopes are between 0.75 and 1.25; x stays symmetric. The identity where nothing helps.
    """
    positions = IDENTITY.copy()
    best = Warp(positions, float(expected_overlaps(occupancy, grid[None])[0]))
    for _ in range(ROUNDS):
        for axis in AXES:
            trial = best.positions.copy()
            others = np.copy(best.positions)
            others[axis] = IDENTITY[axis]
            partly = Warp(others, 0.0).resample(grid)
            trial[axis] = _fit_axis(occupancy, partly, axis, best.overlap)
            warp = Warp(trial, 0.0)
            overlap = float(expected_overlaps(occupancy, warp.resample(grid)[None])[0])
            if overlap > best.overlap:
                best = Warp(trial, overlap)
    return best


def _fit_axis(occupancy: np.ndarray, grid: np.ndarray, axis: int, ratio: float) -> np.ndarray:
    """The positions (32,) of the slabs along one axis."""
    slabs = np.moveaxis(occupancy, axis, 0).reshape(CELLS, -1).astype(np.float32)
    piece = np.moveaxis(grid, axis, 0).reshape(CELLS, -1).astype(np.float32)
    shared = np.repeat(slabs @ piece.T, FINE, axis=1)  # (32, 128)
    volume = np.repeat(piece.sum(axis=1), FINE)  # (128,)
    total, scale = float(slabs.sum()), PENALTY * float(volume.mean())
    for _ in range(RATIOS):
        gain = (1 + ratio) * shared - ratio * volume
        if axis == MIRRORED:
            gain = gain[CELLS // 2 :] + gain[CELLS // 2 - 1 :: -1, ::-1]
        path = _best_path(gain, scale, axis == MIRRORED)
        if axis == MIRRORED:
            path = np.concatenate([CELLS * FINE - 1 - path[::-1], path])
        hits = shared[np.arange(CELLS), path.clip(0, CELLS * FINE - 1)]
        inside = (path >= 0) & (path < CELLS * FINE)
        numerator = float(hits[inside].sum())
        ratio = numerator / (total + float(volume[path[inside]].sum()) - numerator)
    return (path + 0.5) / (CELLS * FINE) - 0.5


def _best_path(gain: np.ndarray, penalty: float, from_center: bool) -> np.ndarray:
    """The positions with the highest sum of gains minus penalties, one for each slab."""
    slabs, pad = len(gain), 4 * SHIFT * FINE
    width = gain.shape[1] + 2 * pad
    padded = np.zeros((slabs, width), np.float32)
    padded[:, pad:-pad] = gain
    start = pad + (gain.shape[1] // 2 if from_center else 0) + np.arange(-SHIFT, SHIFT + 1) + 2
    if from_center:
        start = start[SHIFT - 1 : SHIFT + 2]
    value = np.full(width, -np.inf, np.float32)
    value[start] = padded[0, start]
    came = np.zeros((slabs, width), np.int8)
    costs = penalty * np.abs(STEPS - FINE)
    for i in range(1, slabs):
        options = np.full((len(STEPS), width), -np.inf, np.float32)
        for k, step in enumerate(STEPS):
            options[k, step:] = value[:-step] - costs[k]
        came[i] = options.argmax(axis=0)
        value = options.max(axis=0) + padded[i]
    path = np.empty(slabs, int)
    path[-1] = int(value.argmax())
    for i in range(slabs - 1, 0, -1):
        path[i - 1] = path[i] - STEPS[came[i, path[i]]]
    return path - pad


def _inverse(positions: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places in the grid of places in the piece, and the slope of that map."""
    step = 1 / CELLS
    knots = np.concatenate([[positions[0] - 1], positions, [positions[-1] + 1]])
    centers = IDENTITY[0]
    places = np.concatenate([[centers[0] - 1], centers, [centers[-1] + 1]])
    slopes = np.diff(places) / np.diff(knots)
    index = np.searchsorted(knots, values, side="right").clip(1, len(knots) - 1) - 1
    smooth = np.interp(values, knots[1:-1] + step / 2, slopes[1:])
    return places[index] + slopes[index] * (values - knots[index]), smooth
