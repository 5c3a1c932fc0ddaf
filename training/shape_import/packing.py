"""One imported shape in the form that the studio reads.

    model, closed, front = pack_shape(folder, entry)

Closed meshes become solid. A mesh that is not closed becomes walls of one cell of 128; what they
enclose without a gap is filled.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.categories import find_category
from training.pix3d.dataset import canonical_grid
from training.shape_import import directions
from training.shape_import.formats import ShapeFile, read_shape
from training.shape_import.table import ShapeEntry
from training.studio.shapes.cad import PACKED_SIDE, CadModel
from training.studio.shapes.part_colors import color_parts
from training.studio.shapes.solids import fill_surface

if TYPE_CHECKING:  # imported where it is used: its import takes a second
    import trimesh


def pack_shape(folder: Path, entry: ShapeEntry) -> tuple[CadModel, bool, str]:
    """Reads a shape and turns it to the axes of `voxel_model.py`.

    Parameters
    ----------
    folder : Path
        Folder of the import.
    entry : ShapeEntry
        File and directions.

    Returns
    -------
    model : CadModel
        The shape, centred, longest side 1.
    closed : bool
        True for a grid and for a mesh without holes.
    front : str
        The front direction in the file. A guess is turned by a quarter if the category has its
        front on a longer side and the shape is deeper than wide.

    Raises
    ------
    ShapeFileError
        If the file cannot be used.
    """
    shape = read_shape(folder / entry.file)
    front = _front(shape, entry)
    rotation = directions.to_model_axes(entry.up, front)
    if shape.grid is not None:
        solid = canonical_grid(directions.rotate_grid(shape.grid, rotation), PACKED_SIDE)
        mesh, closed = _grid_surface(solid), True
        vertices = np.asarray(mesh.vertices)
    else:
        mesh, closed = shape.mesh, _is_closed(shape.mesh)
        vertices = _normalized(mesh, rotation)
        solid = fill_surface(vertices, mesh.faces, PACKED_SIDE)
    parts, colors, textured = color_parts(mesh, vertices)
    arrays = (vertices.astype(np.float32), np.asarray(mesh.faces), parts, colors)
    return (
        CadModel(entry.name, entry.category, *arrays, textured, np.packbits(solid)),
        closed,
        front,
    )


def _front(shape: ShapeFile, entry: ShapeEntry) -> str:
    """Front of a shape; a guess is turned if the object is deeper than wide and should not be."""
    if "front" not in entry.guessed or not find_category(entry.category).wide:
        return entry.front
    rotation = directions.to_model_axes(entry.up, entry.front)
    if shape.grid is not None:
        sides = np.ptp(np.argwhere(shape.grid), axis=0) + 1.0
    else:
        sides = np.ptp(shape.mesh.vertices, axis=0)
    wide, _, deep = np.abs(rotation) @ sides
    turn = deep > directions.WIDE_RATIO * wide
    return directions.turned(entry.up, entry.front) if turn else entry.front


def _normalized(mesh: "trimesh.Trimesh", rotation: np.ndarray) -> np.ndarray:
    """Vertices (V, 3) in our axes; the triangles are centred and their longest side is 1."""
    vertices = np.asarray(mesh.vertices) @ rotation.T
    used = vertices[np.unique(mesh.faces)]  # a stray vertex does not count
    low, high = used.min(axis=0), used.max(axis=0)
    return (vertices - (low + high) / 2) / (high - low).max()


def _is_closed(mesh: "trimesh.Trimesh") -> bool:
    """True if the mesh has no hole; vertices at one place count as one.

    An edge of a hole belongs to one triangle. Four triangles at an edge are two solids that touch.
    """
    welded = mesh.copy()
    welded.merge_vertices(merge_tex=True, merge_norm=True)
    edges = np.sort(welded.edges, axis=1)
    edges = edges[edges[:, 0] != edges[:, 1]]
    _, counts = np.unique(edges @ (len(welded.vertices), 1), return_counts=True)
    return bool((counts % 2 == 0).all())


def _grid_surface(solid: np.ndarray) -> "trimesh.Trimesh":
    """Surface of a canonical grid in the unit cube."""
    import trimesh
    from skimage.measure import marching_cubes

    vertices, faces, *_ = marching_cubes(np.pad(solid, 1).astype(np.float32), 0.5)
    return trimesh.Trimesh((vertices - 0.5) / len(solid) - 0.5, faces, process=False)
