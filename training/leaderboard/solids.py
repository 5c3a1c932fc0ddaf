"""Solid grids of meshes and surfaces of grids, so that both kinds of predictions meet one measure.

grid = solid_grid(mesh)              # (128, 128, 128) bool, as Pix3D's own grids
truth = truth_surface(voxels)        # trimesh of a grid of 128 cells a side
"""

import numpy as np
import torch
import torch.nn.functional as F
import trimesh
from scipy import ndimage
from skimage.measure import marching_cubes

from training.studio.shapes.solids import fill_surface

SIDE = 128  # cells a side, as in Pix3D's grids
NEIGHBOURS = np.ones((3, 3, 3), dtype=bool)
THIN_LEVEL = 0.55  # of a cell that averaging would lose; just above the level of the surface
SURFACE_LEVEL = 0.5


def unit_mesh(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """Returns a copy that is centred, with a bounding box of longest side 1."""
    low, high = mesh.bounds
    vertices = (mesh.vertices - (low + high) / 2) / (high - low).max()
    return trimesh.Trimesh(vertices, mesh.faces, process=False)


def solid_grid(mesh: trimesh.Trimesh) -> np.ndarray:
    """Returns the cells that the surface crosses and those that it encloses.

    Parameters
    ----------
    mesh : trimesh.Trimesh
        Of any scale. Faces may point either way; where the surface is open, nothing is enclosed.

    Returns
    -------
    numpy.ndarray
        (SIDE, SIDE, SIDE) bool, the bounding box centred, its longest side filling the grid.
    """
    unit = unit_mesh(mesh)
    return fill_surface(unit.vertices, unit.faces, SIDE)


def truth_surface(voxels: np.ndarray) -> trimesh.Trimesh:
    """Returns the surface of a true grid, averaged to 64 cells a side.

    Cells that the average would lose stay solid, so that thin parts are kept.

    Parameters
    ----------
    voxels : numpy.ndarray
        (128, 128, 128) bool.
    """
    grid = torch.from_numpy(np.ascontiguousarray(voxels, dtype=np.float32))[None, None]
    mean, highest = F.avg_pool3d(grid, 2)[0, 0].numpy(), F.max_pool3d(grid, 2)[0, 0].numpy()
    field = np.where((mean < SURFACE_LEVEL) & (highest > 0), THIN_LEVEL, mean)
    vertices, faces, _, _ = marching_cubes(
        np.pad(field, 2), SURFACE_LEVEL, gradient_direction="ascent"
    )
    return trimesh.Trimesh(vertices, faces, process=False)


def largest_share(grid: np.ndarray) -> float:
    """Returns the share of the solid cells in the largest piece; cells that touch are joined."""
    pieces, count = ndimage.label(grid, NEIGHBOURS)
    return float(np.bincount(pieces.ravel())[1:].max() / grid.sum()) if count else 0.0
