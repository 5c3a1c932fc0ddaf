"""A grid of probabilities becomes a coloured mesh.

    mesh = voxels_to_mesh(occupancy, colors, threshold=0.5, style="smooth")
    export_mesh(mesh, "chair.glb")                         # or .obj, .ply, .stl
    export_voxels(occupancy, colors, 0.5, "chair.vox")     # or .npz, .binvox

Grids are indexed [x, y, z], y up, z toward the object's front (`voxel_model.py` states it). Meshes
keep these axes: the grid's longest side is 1, the lowest point stands on y = 0, x and z are
centred. Colours are sRGB bytes. `geometry/mesh_files.py` writes files; its names are here too.
"""

import numpy as np
import trimesh
from skimage.measure import marching_cubes

from core.errors import MeshError
from geometry.grids import bounding_box, remove_small_components, validate_grid
from geometry.mesh_files import (
    MESH_SUFFIXES,
    VOXEL_SUFFIXES,
    MeshArrays,
    export_mesh,
    export_voxels,
    to_glb,
)

__all__ = [
    "MESH_SUFFIXES",
    "STYLES",
    "VOXEL_SUFFIXES",
    "MeshArrays",
    "MeshError",
    "axis_bounds",
    "export_mesh",
    "export_voxels",
    "is_watertight",
    "to_glb",
    "voxels_to_arrays",
    "voxels_to_mesh",
]
STYLES = ("smooth", "blocks")
# Probability by which each cell is kept off the threshold: vertices that meet in a cell's centre
# would weld and break the surface when a file is read again; 1e-4 of a cell is not seen.
CLEARANCE = np.float32(1e-4)
# The six faces of a cell: the direction outwards, and the corners counter-clockwise from outside.
FACE_NORMALS = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
CUBE_FACE_CORNERS = np.array(
    [
        [[1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 0, 1]],
        [[0, 0, 0], [0, 0, 1], [0, 1, 1], [0, 1, 0]],
        [[0, 1, 0], [0, 1, 1], [1, 1, 1], [1, 1, 0]],
        [[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]],
        [[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]],
        [[0, 0, 0], [0, 1, 0], [1, 1, 0], [1, 0, 0]],
    ]
)
# vertices (V, 3) in cells from the grid's corner, faces (F, 3), normals (V, 3), and each vertex's
# solid cell (V,), a flat index
Surface = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def voxels_to_mesh(
    occupancy: np.ndarray,
    colors: np.ndarray | None = None,
    threshold: float = 0.5,
    style: str = "smooth",
    min_component: float = 0.0,
) -> trimesh.Trimesh:
    """Closed surface around the cells whose probability exceeds the threshold, facing outwards.

    Parameters
    ----------
    occupancy : (X, Y, Z) float, probability in [0, 1] that a cell is solid
    colors : (X, Y, Z, 3) uint8, sRGB; those of empty cells are never used
    threshold : probability, above 0 and below 1
    style : "smooth" puts the surface where the interpolated probability crosses the threshold and
        shares vertices, so that `mesh.is_watertight` holds; "blocks" draws one cube per cell, each
        face with vertices of its own for crisp colours: ask `is_watertight(mesh)`, which merges
    min_component : leave out pieces with fewer cells than this share of the largest piece's;
        1 keeps the largest alone, its hollows filled: with "smooth", one body to print

    Raises MeshError for wrong input and for a grid that is empty at the threshold. The mesh's
    metadata tells `grid_center`, (3,) where the middle of the grid lies in its frame, and `cells`,
    (V,) the flat index of the solid cell that each vertex belongs to.
    """
    skin = voxels_to_arrays(occupancy, colors, threshold, style, min_component)
    mesh = trimesh.Trimesh(skin.vertices, skin.faces, vertex_normals=skin.normals, process=False)
    mesh.metadata.update(grid_center=skin.grid_center, cells=skin.cells)
    if skin.colors is not None:
        rgba = np.full((len(skin.vertices), 4), 255, np.uint8)
        rgba[:, :3] = skin.colors
        mesh.visual.vertex_colors = rgba
    return mesh


def voxels_to_arrays(
    occupancy: np.ndarray,
    colors: np.ndarray | None = None,
    threshold: float = 0.5,
    style: str = "smooth",
    min_component: float = 0.0,
) -> MeshArrays:
    """The arrays of `voxels_to_mesh`, whose arguments and errors these are."""
    if style not in STYLES:
        raise MeshError(f"The style {style!r} is unknown; choose {' or '.join(STYLES)}.")
    occupancy, colors, solid = validate_grid(occupancy, colors, threshold)
    if min_component:
        kept = remove_small_components(solid, min_component)
        occupancy = np.where(kept == solid, occupancy, np.float32(kept))
        solid = kept
    box = bounding_box(solid)
    if style == "smooth":
        vertices, faces, normals, cells = _smooth(occupancy[box], np.float32(threshold))
    else:
        vertices, faces, normals, cells = _blocks(solid[box])
    (left, right), (floor, _), (back, front) = axis_bounds(vertices)
    origin, side = np.array([(left + right) / 2, floor, (back + front) / 2]), max(solid.shape)
    middle = np.array(solid.shape) / 2 - [part.start for part in box] - origin
    if colors is not None:
        colors = colors[box].reshape(-1, 3)[cells]
    cells = _numbered(cells, solid[box].shape, box, solid.shape)
    return MeshArrays((vertices - origin) / side, faces, normals, colors, cells, middle / side)


def axis_bounds(vertices: np.ndarray) -> list[tuple[float, float]]:
    """Lowest and highest x, y and z; by column, as numpy's axis=0 takes 20 times as long."""
    return [(float(column.min()), float(column.max())) for column in vertices.T]


def is_watertight(mesh: trimesh.Trimesh | MeshArrays) -> bool:
    """Whether the surface is closed when vertices at the same place count as one.

    Each edge must be walked as often one way as the other. `mesh.is_watertight` asks more: exactly
    two faces on every edge, where cubes that touch along an edge alone have four.
    """
    vertices, faces = np.asarray(mesh.vertices), np.asarray(mesh.faces)
    low, high = np.array(axis_bounds(vertices)).T
    fine = 2**20 / np.linalg.norm(high - low)  # steps of the lattice on which places are compared
    x, y, z = (
        np.round((c - a) * fine).astype(np.int64) for c, a in zip(vertices.T, low, strict=True)
    )
    _, place = np.unique(x + (y << 21) + (z << 42), return_inverse=True)
    a, b, c = place[faces].T
    start, end = np.concatenate([a, b, c]), np.concatenate([b, c, a])
    there, back = start * len(place) + end, end * len(place) + start
    return np.array_equal(np.sort(there), np.sort(back))


def _numbered(
    cells: np.ndarray, part: tuple[int, ...], box: tuple[slice, ...], whole: tuple[int, ...]
) -> np.ndarray:
    """Flat indices of the cells of a part of a grid -> flat indices into the whole grid."""
    places = np.unravel_index(cells, part)
    return np.ravel_multi_index([p + b.start for p, b in zip(places, box, strict=True)], whole)


def _smooth(occupancy: np.ndarray, threshold: np.float32) -> Surface:
    """Marching cubes on the probabilities.

    The field is threshold minus probability, so that the classic tables take the empty space for
    the object. They part the object where its cells share no more than an edge, and so hold the
    solid together there, as thin slanted legs need. (skimage's default, Lewiner's tables, leaves
    edges with four faces on ties.) The padding closes the surface at the border of the grid.
    """
    field = np.pad(threshold - occupancy, 1, constant_values=threshold)
    field = np.where(np.abs(field) < CLEARANCE, np.copysign(CLEARANCE, field), field)
    vertices, faces, _, _ = marching_cubes(
        field, 0, method="lorensen", gradient_direction="descent", mask=_crossed(field < 0)
    )
    # each vertex lies on the line between a solid and an empty cell's centre
    low = vertices.astype(np.intp)
    x, y, z = field.shape
    at, step = low @ [y * z, z, 1], (vertices > low) @ [y * z, z, 1]
    x, y, z = np.unravel_index(at + step * (field.ravel()[at] >= 0), field.shape)
    _, high, deep = occupancy.shape
    return vertices - 0.5, faces, _normals(vertices, faces), ((x - 1) * high + y - 1) * deep + z - 1


def _normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (V, 3): the mean of the faces around, weighted by area.

    skimage's, from the gradient of the probabilities, lean up to 32 degrees where these saturate,
    on a ball of 13 cells, these 7; trimesh's take five times as long.
    """
    columns, corners = np.ascontiguousarray(vertices.T), np.ascontiguousarray(faces.T)
    a, b, c = (columns[:, corner] for corner in corners)
    (ux, uy, uz), (vx, vy, vz) = b - a, c - a
    across = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx  # twice the area
    around = corners.ravel().astype(np.intp)
    sums = np.stack([np.bincount(around, np.tile(axis, 3), len(vertices)) for axis in across])
    return (sums / np.maximum(np.sqrt((sums**2).sum(axis=0)), 1e-12)).T


def _crossed(solid: np.ndarray) -> np.ndarray:
    """Which corners to visit: marching cubes spends its time in cubes that the surface misses.

    skimage names a cube by its highest corner.
    """
    some, every = solid, solid
    for axis in range(3):
        low = (slice(None),) * axis + (slice(None, -1),)
        high = (slice(None),) * axis + (slice(1, None),)
        some, every = some[low] | some[high], every[low] & every[high]
    mask = np.zeros(solid.shape, bool)
    mask[1:, 1:, 1:] = some & ~every
    return mask


def _blocks(solid: np.ndarray) -> Surface:
    """A square of two triangles wherever a solid cell meets an empty one."""
    padded = np.pad(solid, 1)
    windows = [
        [slice(1 + step, 1 + step + n) for step, n in zip(side, solid.shape, strict=True)]
        for side in FACE_NORMALS
    ]
    shown = [np.flatnonzero(solid & ~padded[tuple(window)]) for window in windows]
    sides = np.repeat(np.arange(6), [len(cells) for cells in shown])
    cells = np.concatenate(shown)
    places = np.stack(np.unravel_index(cells, solid.shape), axis=1)
    vertices = (places[:, None] + CUBE_FACE_CORNERS[sides]).reshape(-1, 3)  # (S, 4, 3) -> (4 S, 3)
    faces = (4 * np.arange(len(cells))[:, None] + [0, 1, 2, 0, 2, 3]).reshape(-1, 3)
    return vertices, faces, FACE_NORMALS[sides].repeat(4, axis=0).astype(float), cells.repeat(4)
