"""Baselines from the shapes of the training pool, and published figures.

Both baselines get the true category, and the nearest shape is selected by the ground truth. They
bound the IoU that retrieval from the pool could reach.
"""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from training.pix3d.dataset import VOXEL_SIDE, DataError, canonical_grid, to_model_axes

PUBLISHED_SUBSET = "clean chair"  # the only subset with published figures of this protocol
# IoU at 32^3 of models trained on renderings: quoted, not measured; docs/leaderboard.md has sources
PUBLISHED = {
    "3D-R2N2": 0.136,
    "3D-VAE-GAN": 0.171,
    "MarrNet": 0.231,
    "DRC": 0.265,
    "Pix3D without pose": 0.267,
    "Pix3D": 0.282,
}
PUBLISHED_NOTE = (
    "quoted from Pix3D, CVPR 2018, table 3: IoU on its 2,894 clean chairs, models trained on "
    "renderings, best single threshold on the test data; Pix3D's own README checks its row by 0.287"
)
NAMES = ("category's mean shape", "category's nearest shape")
POOL_FILE = "pix3d_voxels.npz"

Pool = dict[str, dict[str, np.ndarray]]  # category -> shape folder -> (R, R, R) float32, our axes


def published_figures(subsets: Iterable[str]) -> dict | None:
    """Returns the published figures that compare with an evaluation.

    Parameters
    ----------
    subsets : iterable of str
        Names of the evaluated subsets, such as "clean chair".

    Returns
    -------
    dict or None
        "subset", "note" and "iou" {method: IoU}; None if that subset was not evaluated.
    """
    if PUBLISHED_SUBSET not in subsets:
        return None
    return {"subset": PUBLISHED_SUBSET, "note": PUBLISHED_NOTE, "iou": PUBLISHED}


def load_voxel_pool(folder: str | os.PathLike, resolution: int = 32) -> Pool:
    """Reads the shapes of `<folder>/pix3d_voxels.npz` as canonical grids.

    A shape with several grids (height-adjusted variants) counts once, as the mean of its grids.

    Raises
    ------
    DataError
        If the file is missing.
    """
    path = Path(folder) / POOL_FILE
    if not path.is_file():
        raise DataError(f"{path} is missing: point --shapes at the folder of the training pool.")
    with np.load(path) as file:
        ids, packed = file["ids"], file["vox"]
    variants: dict[str, dict[str, list[np.ndarray]]] = {}
    for name, bits in zip(ids, packed, strict=True):
        category, shape = str(name).split("/")[1:3]
        grid = np.unpackbits(bits).reshape((VOXEL_SIDE,) * 3)
        grid = canonical_grid(to_model_axes(grid), resolution).astype(np.float32)
        variants.setdefault(category, {}).setdefault(shape, []).append(grid)
    return {
        category: {shape: np.mean(grids, axis=0) for shape, grids in shapes.items()}
        for category, shapes in variants.items()
    }


def mean_shape(pool: Pool, category: str) -> np.ndarray:
    """Returns the mean (R, R, R) float32 of the category's shapes."""
    return np.mean(list(pool[category].values()), axis=0)


def nearest_shape(pool: Pool, category: str, truth: np.ndarray) -> np.ndarray:
    """Returns the category's shape (R, R, R) with the highest IoU against `truth`.

    Parameters
    ----------
    pool : Pool
        From `load_voxel_pool`.
    category : str
        A key of the pool.
    truth : numpy.ndarray
        (R, R, R) bool.
    """
    shapes = np.stack(list(pool[category].values()))  # (N, R, R, R)
    solid = (shapes > 0.5).reshape(len(shapes), -1).astype(np.float32)
    flat = truth.reshape(-1).astype(np.float32)
    intersection = solid @ flat
    union = solid.sum(axis=1) + flat.sum() - intersection
    return shapes[np.argmax(intersection / union)]
