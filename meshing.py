"""Converts a grid of probabilities to a coloured mesh and writes files.

    mesh = voxels_to_mesh(occupancy, colors, threshold=0.5, style="smooth")
    export_mesh(mesh, "chair.glb")                         # or .obj, .ply, .stl
    export_voxels(occupancy, colors, 0.5, "chair.vox")     # or .npz, .binvox
    mesh = default_mesh(prediction)                        # as the page shows it

Grids are indexed [x, y, z], x to the object's right, y up, z toward its front (see
`voxel_model.py`). Meshes have the same axes. The longest side of the grid has length 1, the lowest
vertex is at y = 0, and the mesh is centred in x and z. Colours are sRGB bytes.

`geometry/surface.py` extracts surfaces; `geometry/mesh_files.py` and `geometry/voxel_files.py`
write files. This module imports their public names.
"""

import numpy as np
import trimesh

from core.errors import MeshError
from core.prediction import Prediction
from geometry.grids import bounding_box, validate_grid
from geometry.mesh_files import MESH_SUFFIXES, MeshArrays, export_mesh, to_glb
from geometry.surface import CUBE_FACE_CORNERS, block_surface, smooth_surface
from geometry.voxel_files import VOXEL_SUFFIXES, export_voxels

__all__ = [
    "CUBE_FACE_CORNERS",
    "MESH_SUFFIXES",
    "STYLES",
    "VOXEL_SUFFIXES",
    "MeshArrays",
    "MeshError",
    "axis_bounds",
    "default_mesh",
    "export_mesh",
    "export_voxels",
    "is_watertight",
    "to_glb",
    "voxels_to_arrays",
    "voxels_to_mesh",
]
STYLES = ("smooth", "blocks")
MERGE_STEPS = 2**20  # lattice steps along the diagonal on which `is_watertight` merges vertices


def default_mesh(prediction: Prediction, style: str | None = None) -> trimesh.Trimesh:
    """Return the mesh that the page shows for a prediction; see `pipeline.export.default_mesh`.

    Parameters
    ----------
    prediction : Prediction
        The prediction.
    style : str, optional
        "parts", "smooth" or "blocks", by default the page's. Where a prediction has no model of
        parts, the mesh is smooth.
    """
    # Imported here: pipeline builds on this module.
    from pipeline.export import default_mesh as shown_mesh

    return shown_mesh(prediction, style)


def voxels_to_mesh(
    occupancy: np.ndarray,
    colors: np.ndarray | None = None,
    threshold: float = 0.5,
    style: str = "smooth",
) -> trimesh.Trimesh:
    """Build the closed surface of the cells whose probability exceeds the threshold.

    Parameters
    ----------
    occupancy : (X, Y, Z) float
        Probability in [0, 1] that a cell is solid.
    colors : (X, Y, Z, 3) uint8, optional
        sRGB. Colours of empty cells are not used.
    threshold : float
        Probability between 0 and 1, both excluded.
    style : {"smooth", "blocks"}
        "smooth" places the surface where the interpolated probability equals the threshold. Faces
        share vertices and `mesh.is_watertight` is True. "blocks" draws one cube per cell. Each face
        has its own vertices and one colour; `is_watertight(mesh)` merges them and is True.

    Returns
    -------
    trimesh.Trimesh
        Faces are counter-clockwise from outside. `metadata["grid_center"]` is the middle of the
        grid in the mesh's frame, (3,) float.

    Raises
    ------
    MeshError
        If an argument is wrong or if no cell exceeds the threshold.
    """
    return voxels_to_arrays(occupancy, colors, threshold, style).to_trimesh()


def voxels_to_arrays(
    occupancy: np.ndarray,
    colors: np.ndarray | None = None,
    threshold: float = 0.5,
    style: str = "smooth",
) -> MeshArrays:
    """Build the mesh of `voxels_to_mesh` as plain arrays, which is faster.

    Parameters
    ----------
    occupancy, colors, threshold, style
        As for `voxels_to_mesh`.

    Returns
    -------
    MeshArrays

    Raises
    ------
    MeshError
        As for `voxels_to_mesh`.
    """
    if style not in STYLES:
        raise MeshError(f"The style {style!r} is unknown; choose {' or '.join(STYLES)}.")
    occupancy, colors, solid = validate_grid(occupancy, colors, threshold)
    box = bounding_box(solid)
    if style == "smooth":
        surface = smooth_surface(occupancy[box], np.float32(threshold))
    else:
        surface = block_surface(solid[box])
    (left, right), (floor, _), (back, front) = axis_bounds(surface.vertices)
    origin, scale = np.array([(left + right) / 2, floor, (back + front) / 2]), max(solid.shape)
    middle = np.array(solid.shape) / 2 - [part.start for part in box] - origin
    if colors is not None:
        colors = colors[box].reshape(-1, 3)[surface.cells]
    vertices = (surface.vertices - origin) / scale
    return MeshArrays(vertices, surface.faces, surface.normals, colors, middle / scale)


def axis_bounds(vertices: np.ndarray) -> list[tuple[float, float]]:
    """Return the lowest and the highest x, y and z.

    Parameters
    ----------
    vertices : (V, 3) float

    Returns
    -------
    list of (float, float)
        One pair for each axis.
    """
    # column by column: numpy's min(axis=0) takes 20 times as long
    return [(float(column.min()), float(column.max())) for column in vertices.T]


def is_watertight(mesh: trimesh.Trimesh | MeshArrays) -> bool:
    """Check that the surface is closed after vertices at the same position are merged.

    Each edge must occur equally often in both directions. `mesh.is_watertight` is stricter: it
    requires two faces at each edge, and cubes that touch along an edge have four.

    Parameters
    ----------
    mesh : trimesh.Trimesh or MeshArrays

    Returns
    -------
    bool
    """
    vertices, faces = np.asarray(mesh.vertices), np.asarray(mesh.faces)
    low, high = np.array(axis_bounds(vertices)).T
    steps = MERGE_STEPS / np.linalg.norm(high - low)  # per unit of length
    x, y, z = (
        np.round((column - start) * steps).astype(np.int64)
        for column, start in zip(vertices.T, low, strict=True)
    )
    _, position = np.unique(x + (y << 21) + (z << 42), return_inverse=True)
    a, b, c = position[faces].T
    start, end = np.concatenate([a, b, c]), np.concatenate([b, c, a])
    forward, backward = start * len(position) + end, end * len(position) + start
    return np.array_equal(np.sort(forward), np.sort(backward))
