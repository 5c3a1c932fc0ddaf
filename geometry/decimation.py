"""Reduces the faces of a mesh and the colours of a grid, for games and for art.

mesh = simplify(mesh, faces=1000)
colors = quantize_colors(colors, 8)      # of cells or of vertices, before they are written
"""

import numpy as np
import trimesh
from fast_simplification import simplify as decimate
from scipy.spatial import cKDTree

from core.errors import MeshError
from geometry.colors import fit_palette

MIN_FACES = 50  # with fewer faces, furniture is no longer recognisable
MAX_COLORS = 256  # entries of a palette in every format that has one


def simplify(mesh: trimesh.Trimesh, faces: int) -> trimesh.Trimesh:
    """Reduce a smooth mesh to about `faces` faces by quadric decimation (Garland and Heckbert).

    Each vertex takes the colour of the nearest vertex of the old mesh. A closed surface stays
    closed in the sense of `meshing.is_watertight`. `mesh.is_watertight` requires exactly two faces
    on each edge and may become False where thin parts fold together.

    Parameters
    ----------
    mesh : trimesh.Trimesh
        A mesh of the style "smooth".
    faces : int
        Target number of faces, at least 50.

    Returns
    -------
    trimesh.Trimesh
        A new mesh, or `mesh` itself if it has no more than `faces` faces.

    Raises
    ------
    MeshError
        If `faces` is below 50, or if the mesh has the style "blocks", whose faces share no
        vertices.
    """
    if not faces >= MIN_FACES:
        raise MeshError(f"{faces} faces are too few; ask for {MIN_FACES} or more.")
    if len(mesh.faces) <= faces:
        return mesh
    if len(mesh.vertices) > len(mesh.faces):  # a closed triangle mesh has half as many vertices
        raise MeshError("A model in blocks cannot have fewer faces; choose the smooth style.")
    vertices, triangles = decimate(
        np.asarray(mesh.vertices), np.asarray(mesh.faces), target_count=int(faces)
    )
    result = trimesh.Trimesh(vertices, triangles, process=False)
    result.metadata["grid_center"] = mesh.metadata.get("grid_center")
    if mesh.visual.kind == "vertex":
        nearest = cKDTree(mesh.vertices).query(vertices)[1]
        result.visual.vertex_colors = mesh.visual.vertex_colors[nearest]
    return result


def quantize_colors(colors: np.ndarray, limit: int, mask: np.ndarray | None = None) -> np.ndarray:
    """Reduce colours to a palette.

    Parameters
    ----------
    colors : (..., 3) uint8
        sRGB.
    limit : int
        Maximum number of different colours, 1 to 256.
    mask : (...) bool, optional
        Colours to which the palette is fitted, for example the surface cells; all by default.

    Returns
    -------
    (..., 3) uint8
        The nearest palette colour of each colour.

    Raises
    ------
    MeshError
        If the limit is out of range.
    """
    if not 1 <= limit <= MAX_COLORS:
        raise MeshError(f"A palette has 1 to {MAX_COLORS} colours, not {limit}.")
    rows = colors.reshape(-1, 3)
    palette, index = fit_palette(rows, int(limit), None if mask is None else mask.ravel())
    return palette[index].reshape(colors.shape)
