"""F-scores of meshes against the true voxels of a photo.

    truth = truth_points(voxels)                      # (128, 128, 128), the model's axes
    f_scores(mesh_points(vertices, faces), truth)     # (F at 2 %, F at 5 %)

Both surfaces are centred and scaled to a longest side of 1.
"""

import numpy as np
from scipy.spatial import cKDTree
from skimage.measure import marching_cubes

POINTS = 8000  # on each surface
RADII = (0.02, 0.05)  # of the longest side
THIN = 0.55  # value of a block that a part thinner than half of it crosses: it stays solid


def mesh_points(vertices: np.ndarray, faces: np.ndarray, seed: int = 0) -> np.ndarray:
    """Returns points (POINTS, 3) spread evenly over a mesh, longest side 1."""
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    unit = (vertices - (low + high) / 2) / (high - low).max()
    a, b, c = (unit[faces[:, i]] for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(faces), POINTS, p=area / area.sum())
    u, v = rng.random((2, POINTS, 1))
    u, v = np.where(u + v > 1, (1 - u, 1 - v), (u, v))
    return a[chosen] + u * (b - a)[chosen] + v * (c - a)[chosen]


def truth_points(voxels: np.ndarray) -> np.ndarray:
    """Returns points of the surface of true voxels (N, N, N) of 0 and 1, averaged to N / 2."""
    blocks = np.asarray(voxels, np.float32)
    half = blocks.shape[0] // 2
    blocks = blocks.reshape(half, 2, half, 2, half, 2)
    field, most = blocks.mean(axis=(1, 3, 5)), blocks.max(axis=(1, 3, 5))
    field = np.pad(np.where((field < 0.5) & (most > 0), THIN, field), 2)
    vertices, faces, _, _ = marching_cubes(field, 0.5)
    return mesh_points(vertices, faces)


def f_scores(points: np.ndarray, truth: np.ndarray) -> tuple[float, ...]:
    """Returns the harmonic mean of precision and recall of two surfaces at each of RADII."""
    to_truth = cKDTree(truth).query(points)[0]
    to_points = cKDTree(points).query(truth)[0]
    scores = []
    for radius in RADII:
        precision, recall = (to_truth < radius).mean(), (to_points < radius).mean()
        scores.append(float(2 * precision * recall / max(precision + recall, 1e-9)))
    return tuple(scores)
