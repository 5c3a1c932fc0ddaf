"""Less for games and art: fewer faces, fewer colours.

mesh = simplify(mesh, faces=1000)
colors = few_colors(colors, 8)           # of cells or of vertices, before they are written
"""

import numpy as np
import trimesh
from fast_simplification import simplify as decimate
from scipy.spatial import cKDTree

from core.errors import MeshError
from geometry.colors import fit_palette

MIN_FACES = 50  # of a model that is still told for furniture
MAX_COLORS = 256  # of a palette, in any format that has one


def simplify(mesh: trimesh.Trimesh, faces: int) -> trimesh.Trimesh:
    """A smooth mesh with at most about `faces` faces, by quadric decimation, colours carried over.

    Each vertex takes the colour of the nearest one before. A closed surface stays closed in the
    sense of `meshing.is_watertight`; `mesh.is_watertight`, which wants two faces on every edge, may
    turn false where thin parts fold together. A mesh with few enough faces comes back as it is.

    Raises MeshError for fewer than 50 faces and for a mesh in blocks, which share no vertices.
    """
    if not faces >= MIN_FACES:
        raise MeshError(f"{faces} faces are too few; ask for {MIN_FACES} or more.")
    if len(mesh.faces) <= faces:
        return mesh
    if len(mesh.vertices) > len(mesh.faces):  # closed triangles have half as many vertices
        raise MeshError("A model in blocks cannot have fewer faces; choose the smooth style.")
    corners, triangles = decimate(
        np.asarray(mesh.vertices), np.asarray(mesh.faces), target_count=int(faces)
    )
    simple = trimesh.Trimesh(corners, triangles, process=False)
    simple.metadata["grid_center"] = mesh.metadata.get("grid_center")
    if mesh.visual.kind == "vertex":
        nearest = cKDTree(mesh.vertices).query(corners)[1]
        simple.visual.vertex_colors = mesh.visual.vertex_colors[nearest]
    return simple


def quantize_colors(colors: np.ndarray, limit: int, shown: np.ndarray | None = None) -> np.ndarray:
    """The same colours (..., 3) uint8, at most `limit` different ones where `shown`.

    shown : (...) bool, which ones can be seen, as surface cells can; the rest take the nearest
    Raises MeshError for a limit outside 1 to 256.
    """
    if not 1 <= limit <= MAX_COLORS:
        raise MeshError(f"A palette has 1 to {MAX_COLORS} colours, not {limit}.")
    rows = colors.reshape(-1, 3)
    palette, index = fit_palette(rows, int(limit), None if shown is None else shown.ravel())
    return palette[index].reshape(colors.shape)
