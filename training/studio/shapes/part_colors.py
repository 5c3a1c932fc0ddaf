"""The colours of a CAD model's triangles, reduced to a few clusters.

parts, colors, textured = color_parts(mesh, vertices)
"""

from typing import TYPE_CHECKING

import numpy as np

from training.studio.shapes.cad import CLUSTERS

if TYPE_CHECKING:  # trimesh is imported where it is used: the studio runs without it
    import trimesh

BANDS = (0.42, 0.52)  # relative heights: legs below, seat or top between, back above
PLAIN = 0.6  # sRGB of clusters without a colour


def color_parts(
    mesh: "trimesh.Trimesh", vertices: np.ndarray
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Clusters the triangles by colour, or by height if the mesh has at most one colour.

    Parameters
    ----------
    mesh : trimesh.Trimesh
        F triangles with or without colours.
    vertices : numpy.ndarray
        (V, 3) vertices of the mesh in the axes of `voxel_model.py`.

    Returns
    -------
    parts : numpy.ndarray
        (F,) int64, index of each triangle's cluster.
    colors : numpy.ndarray
        (CLUSTERS, 3) float32 sRGB in [0, 1].
    textured : bool
        True if the mesh has these colours.
    """
    from scipy.cluster.vq import kmeans2

    colors = _face_colors(mesh)
    distinct = None if colors is None else np.unique(colors.round(2), axis=0)
    if distinct is not None and 1 < len(distinct) <= CLUSTERS:
        parts = np.abs(colors[:, None] - distinct).sum(axis=2).argmin(axis=1)
        padded = np.concatenate([distinct, np.full((CLUSTERS - len(distinct), 3), PLAIN)])
        return parts.astype(np.int64), padded.astype(np.float32), True
    if distinct is not None and len(distinct) > CLUSTERS:
        centers, parts = kmeans2(colors, CLUSTERS, minit="++", seed=0, missing="warn")
        return parts.astype(np.int64), centers.clip(0, 1).astype(np.float32), True
    height = vertices[mesh.faces].mean(axis=1)[:, 1]
    relative_height = (height - height.min()) / max(np.ptp(height), 1e-9)
    bands = np.digitize(relative_height, BANDS)
    return bands.astype(np.int64), np.full((CLUSTERS, 3), PLAIN, np.float32), False


def _face_colors(mesh: "trimesh.Trimesh") -> np.ndarray | None:
    """Colours (F, 3) sRGB in [0, 1] of texture, vertices or material; None without any."""
    try:
        vertex = np.asarray(mesh.visual.to_color().vertex_colors)[:, :3] / 255
    except (AttributeError, IndexError, ValueError):
        return None
    if len(vertex) != len(mesh.vertices):
        return None
    return vertex[mesh.faces].mean(axis=1)
