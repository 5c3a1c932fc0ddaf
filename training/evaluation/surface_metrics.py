"""Metrics of surfaces: sampled points, Chamfer distance and F-score."""

import numpy as np
from scipy.spatial import cKDTree
from skimage.measure import marching_cubes

SURFACE_POINTS = 8192  # sampled on a surface; at most 0.03 of the longest side apart
CHAMFER_POINTS = 1024  # the first of them, as many as in Pix3D's evaluation
F_SCORE_RADIUS = 0.05  # of the longest side; with 1,024 points even a perfect cube scores 0.75


def sample_surface(
    grid: np.ndarray, level: float, count: int = SURFACE_POINTS, seed: int = 0
) -> np.ndarray:
    """Samples points uniformly on a grid's isosurface.

    As in Pix3D's evaluation the points are centred and scaled by their own bounding box, so that
    position and scale do not matter.

    Parameters
    ----------
    grid : numpy.ndarray
        (R, R, R).
    level : float
        Value of the isosurface.
    count : int
        Number of points.
    seed : int
        Seed of the sampling.

    Returns
    -------
    numpy.ndarray
        (count, 3), longest side 1; (0, 3) for an empty or full grid.
    """
    padded = np.pad(np.asarray(grid, dtype=np.float32), 1)
    if not padded.min() < level < padded.max():
        return np.zeros((0, 3))
    vertices, faces, _, _ = marching_cubes(padded, level)
    a, b, c = vertices[faces].transpose(1, 0, 2)  # (F, 3) each
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(faces), count, p=area / area.sum(dtype=np.float64))
    u, v = np.sqrt(rng.random((count, 1))), rng.random((count, 1))  # uniform on a triangle
    points = (1 - u) * a[chosen] + u * (1 - v) * b[chosen] + u * v * c[chosen]
    low, high = points.min(axis=0), points.max(axis=0)
    return (points - (low + high) / 2) / (high - low).max()


def chamfer_and_f_score(
    a: np.ndarray, b: np.ndarray, radius: float = F_SCORE_RADIUS
) -> tuple[float, float]:
    """Compares two point clouds from `sample_surface`.

    An empty cloud counts as one point in the centre, as in Pix3D's code.

    Parameters
    ----------
    a, b : numpy.ndarray
        (N, 3) and (M, 3).
    radius : float
        Largest distance of a match for the F-score.

    Returns
    -------
    chamfer : float
        Mean distance (not squared) to the nearest point, summed over both directions, of the first
        1,024 points of each cloud.
    f_score : float
        Harmonic mean of the shares of each cloud within `radius` of the other.
    """
    a, b = (cloud if len(cloud) else np.zeros((1, 3)) for cloud in (a, b))
    chamfer = sum(
        distance.mean() for distance in nearest_distances(a[:CHAMFER_POINTS], b[:CHAMFER_POINTS])
    )
    precision, recall = (np.mean(distance <= radius) for distance in nearest_distances(a, b))
    f_score = 2 * precision * recall / max(precision + recall, 1e-12)
    return float(chamfer), float(f_score)


def nearest_distances(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the distance of each point of a to the nearest of b, and of each b to a."""
    return cKDTree(b).query(a)[0], cKDTree(a).query(b)[0]
