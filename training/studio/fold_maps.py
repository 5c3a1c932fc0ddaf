"""Height maps of folds, puckers, tufting, channels and quilting, as slopes of a soft surface.

    maps = fold_maps()      # (KINDS, FOLD_SIDE, FOLD_SIDE, 3): slopes along u and v, and hollows

All maps repeat without a seam. The slopes of a map have the mean square 1: the strength of a
material scales them.
"""

import numpy as np
import torch

FOLD_SIDE = 96  # pixels a side of a map
RUMPLED, PUCKERED, TUFTED, CHANNELED, QUILTED = range(5)  # kinds
KINDS = 5
STEEPEST = 3.0  # limit of a slope, against single bright pixels


def fold_maps(seed: int = 0) -> torch.Tensor:
    """Draws the maps.

    Parameters
    ----------
    seed : int
        Seed of the irregular maps.

    Returns
    -------
    torch.Tensor
        (KINDS, FOLD_SIDE, FOLD_SIDE, 3) float16, indexed [kind, v, u]: slope along u, slope along
        v, and hollow, which is 0 on the heights and 1 in the deepest places.
    """
    rng = np.random.default_rng([seed, 11])
    heights = (_rumpled(rng), _puckered(rng), _tufted(), _channeled(), _quilted(rng))
    maps = [_slopes(_smoothed(height, 1.0)) for height in heights]
    return torch.from_numpy(np.stack(maps)).half()


def _slopes(height: np.ndarray) -> np.ndarray:
    """Slopes along u and v of mean square 1, and hollows: (FOLD_SIDE, FOLD_SIDE, 3) float32."""
    along_v, along_u = ((np.roll(height, -1, a) - np.roll(height, 1, a)) / 2 for a in (0, 1))
    scale = np.sqrt((along_u**2 + along_v**2).mean())
    low, high = np.quantile(height, (0.02, 0.9))
    hollow = ((high - height) / (high - low)).clip(0, 1) ** 2
    slopes = [(s / scale).clip(-STEEPEST, STEEPEST) for s in (along_u, along_v)]
    return np.stack([*slopes, hollow], axis=-1).astype(np.float32)


def _smoothed(height: np.ndarray, sigma: float, along: float = 1.0) -> np.ndarray:
    """Gaussian blur of a map that repeats; sigma in pixels along v, `along` times that along u."""
    k = np.fft.fftfreq(FOLD_SIDE) * 2 * np.pi
    window = np.exp(-(sigma**2) * (k[:, None] ** 2 + (along * k) ** 2) / 2)
    return np.fft.ifft2(np.fft.fft2(height) * window).real


def _noise(rng: np.random.Generator, sigma: float, along: float = 1.0) -> np.ndarray:
    """Smooth noise that repeats, of mean 0 and standard deviation 1; as `_smoothed`."""
    noise = _smoothed(rng.standard_normal((FOLD_SIDE, FOLD_SIDE)), sigma, along)
    return (noise - noise.mean()) / noise.std()


def _warped(height: np.ndarray, rng: np.random.Generator, sigma: float, by: float) -> np.ndarray:
    """Moves the pixels of a map by smooth noise of `by` pixels."""
    v, u = np.mgrid[:FOLD_SIDE, :FOLD_SIDE]
    v, u = (np.round(c + by * _noise(rng, sigma)).astype(int) % FOLD_SIDE for c in (v, u))
    return height[v, u]


def _creases(rng: np.random.Generator, sigma: float, sharpness: float) -> np.ndarray:
    """Ridges along the zeros of warped noise, between 0 and 1."""
    noise = _smoothed(_warped(_noise(rng, sigma), rng, 2 * sigma, 0.8 * sigma), 0.7)
    return np.exp(-sharpness * np.abs(noise))


def _folds(rng: np.random.Generator, sigma: float, share: float) -> np.ndarray:
    """Long folds in four directions, each in its own patches; more of them for a larger share."""
    v, u = np.mgrid[:FOLD_SIDE, :FOLD_SIDE]
    height = np.zeros((FOLD_SIDE, FOLD_SIDE))
    for row, column in ((v, u), (u + v, u), (v - u, u), (u, v)):  # shears keep the period
        folds = np.tanh(1.2 * _warped(_noise(rng, sigma, along=3.5), rng, 9, 3))
        patches = (share + 0.5 * _noise(rng, 10)).clip(0, 1.2)
        height += patches * folds[row % FOLD_SIDE, column % FOLD_SIDE]
    return height


def _rumpled(rng: np.random.Generator) -> np.ndarray:
    """Bed linen: many folds on soft lumps."""
    return 0.5 * _noise(rng, 10) + _folds(rng, 3.2, 0.25)


def _puckered(rng: np.random.Generator) -> np.ndarray:
    """Upholstery: few shallow folds and broad lumps."""
    return 0.6 * _noise(rng, 11) + 0.8 * _folds(rng, 2.8, -0.25)


def _tufted() -> np.ndarray:
    """Buttons in a diamond pattern with folds between them, as on a Chesterfield."""
    v, u = np.mgrid[:FOLD_SIDE, :FOLD_SIDE] / FOLD_SIDE * 2 * np.pi * 2
    folds = np.minimum(np.abs(np.sin((u + v) / 2)), np.abs(np.sin((u - v) / 2)))
    buttons = np.exp(-((1 - np.cos(u - v)) + (1 - np.cos(u + v))) * 3)
    return np.sqrt(folds + 0.02) - 0.6 * buttons


def _channeled() -> np.ndarray:
    """Upright stitched channels."""
    _, u = np.mgrid[:FOLD_SIDE, :FOLD_SIDE] / FOLD_SIDE * 2 * np.pi * 2
    return np.sqrt(np.abs(np.sin(u / 2)) + 0.02)


def _quilted(rng: np.random.Generator) -> np.ndarray:
    """A quilt: stitched squares with small creases."""
    v, u = np.mgrid[:FOLD_SIDE, :FOLD_SIDE] / FOLD_SIDE * 2 * np.pi * 2
    squares = np.minimum(np.abs(np.sin(u / 2)), np.abs(np.sin(v / 2)))
    return np.sqrt(squares + 0.02) + 0.12 * _creases(rng, 4, 3)
