"""Scores of a surface against the true one: Chamfer and EMD as Pix3D takes them, F-scores, normals.

    pix3d_distances(points, true_points)           # {"chamfer": ..., "emd": ...}
    surface_scores(mesh, truth)                    # {"f01": ..., "normals": ..., "loose": ...}

Lengths are in longest sides of the bounding box; each surface is centred and scaled by its own box.
"""

import numpy as np
import trimesh
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from training.evaluation.surface_metrics import CHAMFER_POINTS
from training.leaderboard.solids import unit_mesh

PIX3D_LEVEL = 0.1  # of the isosurface on which Pix3D samples points
POINTS = 8000  # sampled on a surface for the F-scores
F_RADII = {"f01": 0.01, "f02": 0.02, "f05": 0.05}
LOOSE_BELOW = 0.99  # share of the area of the largest connected surface


def pix3d_distances(points: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Computes Chamfer distance and earth mover's distance of two clouds of one size.

    Parameters
    ----------
    points, truth : numpy.ndarray
        (CHAMFER_POINTS, 3), of `surface_metrics.sample_surface`; an empty cloud (0, 3) counts as
        points in the centre, as in Pix3D's code.

    Returns
    -------
    dict
        "chamfer": mean distance (not squared) to the nearest point, both directions summed;
        "emd": mean distance of the best one-to-one assignment, which is exact here.
    """
    clouds = [c if len(c) else np.zeros((CHAMFER_POINTS, 3)) for c in (points, truth)]
    distances = cdist(*clouds)
    rows, columns = linear_sum_assignment(distances)
    return {
        "chamfer": float(distances.min(axis=0).mean() + distances.min(axis=1).mean()),
        "emd": float(distances[rows, columns].mean()),
    }


def mesh_points(mesh: trimesh.Trimesh, seed: int = 0) -> np.ndarray:
    """Samples (CHAMFER_POINTS, 3) on a mesh, centred and scaled by their own bounding box."""
    points, _ = trimesh.sample.sample_surface(mesh, CHAMFER_POINTS, seed=seed)
    low, high = points.min(axis=0), points.max(axis=0)
    return np.asarray((points - (low + high) / 2) / (high - low).max())


def surface_scores(mesh: trimesh.Trimesh, truth: trimesh.Trimesh) -> dict[str, float]:
    """Computes F-scores, the consistency of normals, and whether parts are loose.

    Parameters
    ----------
    mesh, truth : trimesh.Trimesh
        Of any scale.

    Returns
    -------
    dict
        f01, f02, f05; "normals": mean |cosine| to the normal of the nearest point, both ways;
        "loose": 1.0 if the largest connected surface has under 99 % of the area.
    """
    (a, a_normals), (b, b_normals) = (sample(unit_mesh(m)) for m in (mesh, truth))
    to_b, nearest_b = cKDTree(b).query(a)
    to_a, nearest_a = cKDTree(a).query(b)
    scores = {name: f_score(to_b, to_a, radius) for name, radius in F_RADII.items()}
    cosines = [
        np.abs((normals * others).sum(axis=1)).mean()
        for normals, others in (
            (a_normals, b_normals[nearest_b]),
            (b_normals, a_normals[nearest_a]),
        )
    ]
    scores["normals"] = float(np.mean(cosines))
    scores["loose"] = float(largest_surface(mesh) < LOOSE_BELOW)
    return scores


def sample(mesh: trimesh.Trimesh) -> tuple[np.ndarray, np.ndarray]:
    """Samples points on a mesh; returns points and normals, (POINTS, 3) each."""
    points, faces = trimesh.sample.sample_surface(mesh, POINTS, seed=0)
    return np.asarray(points), mesh.face_normals[faces]


def f_score(to_truth: np.ndarray, to_prediction: np.ndarray, radius: float) -> float:
    """Returns the harmonic mean of the shares of both distances below `radius`."""
    precision, recall = (to_truth < radius).mean(), (to_prediction < radius).mean()
    return float(2 * precision * recall / max(precision + recall, 1e-9))


def largest_surface(mesh: trimesh.Trimesh) -> float:
    """Returns the share of the area in the largest connected surface."""
    labels = trimesh.graph.connected_component_labels(
        mesh.face_adjacency, node_count=len(mesh.faces)
    )
    areas = np.bincount(labels, weights=mesh.area_faces)
    return float(areas.max() / areas.sum())


def worst_surface_scores() -> dict[str, float]:
    """Returns the scores of a photograph without a surface."""
    return dict.fromkeys(F_RADII, 0.0) | {"normals": 0.0, "loose": 1.0}
