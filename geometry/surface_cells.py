"""Surface cells: solid cells with an empty cell at one of their six faces.

    cells = find_surface_cells(occupancy, threshold)
    cells.centers                            # (N, 3) in the object's frame
    cells.neighbor_occupancy[:, i]           # (27,) probabilities around cell i

Camera fit and colours use only these cells: a twentieth of the grid, half as many as a mesh has
vertices. The object's frame is that of `voxel_model.py`: the grid is the unit cube around the
origin, x to the right, y up, z to the front.
"""

from dataclasses import dataclass

import numpy as np

# (27, 3) steps from a cell to its neighbours, the cell itself included.
NEIGHBOR_OFFSETS = np.indices((3, 3, 3)).reshape(3, -1).T - 1
# (27, 3) 3D Sobel filter along each axis. Normals from it follow a staircase of cells smoothly.
SOBEL = np.where(NEIGHBOR_OFFSETS == 0, 2, 1).prod(axis=1)[:, None] * NEIGHBOR_OFFSETS
OFFSET_LENGTHS = np.abs(NEIGHBOR_OFFSETS).sum(axis=1)  # (27,) number of axes that a step changes
CENTER_OFFSET = len(NEIGHBOR_OFFSETS) // 2  # index of the step (0, 0, 0)
FACE_OFFSETS = np.flatnonzero(OFFSET_LENGTHS == 1)  # (6,) indices of the neighbours across a face
CORNER_OFFSETS = NEIGHBOR_OFFSETS[OFFSET_LENGTHS == 3]  # (8, 3) from a cell's centre to its corners


@dataclass(frozen=True)
class SurfaceCells:
    """The N surface cells of a grid and their neighbours."""

    grid_shape: tuple[int, int, int]
    cell_indices: np.ndarray  # (N, 3) int, grid indices in ascending order
    neighbor_occupancy: np.ndarray  # (27, N) float32, at NEIGHBOR_OFFSETS; 0 outside the grid
    neighbor_solid: np.ndarray  # (27, N) bool, neighbor_occupancy above the threshold
    centers: np.ndarray  # (N, 3) float32, object's frame, in longest sides of the grid

    @property
    def pitch(self) -> float:
        """Side of a cell, in longest sides of the grid."""
        return 1 / max(self.grid_shape)

    def neighbor_numbers(self, indices: np.ndarray) -> np.ndarray:
        """Find the surface cells around given cells.

        Parameters
        ----------
        indices : (M, 3) int
            Grid indices of cells, surface cells or not.

        Returns
        -------
        (27, M) int
            Numbers (0 to N - 1) of the surface cells at NEIGHBOR_OFFSETS, -1 where there is none.
        """
        padded_shape = tuple(n + 2 for n in self.grid_shape)
        numbers = np.full(np.prod(padded_shape), -1)
        numbers[(self.cell_indices + 1) @ _strides(padded_shape)] = np.arange(
            len(self.cell_indices)
        )
        return numbers[_flat_neighbors(indices, padded_shape)]


def find_surface_cells(occupancy: np.ndarray, threshold: float) -> SurfaceCells:
    """Find the surface cells of a grid.

    Parameters
    ----------
    occupancy : (X, Y, Z) float32
        Probability in [0, 1] that a cell is solid.
    threshold : float
        Cells above it are solid.

    Returns
    -------
    SurfaceCells
        N is 0 if no cell is solid.
    """
    padded, shape = np.pad(occupancy, 1), occupancy.shape
    indices = np.argwhere(surface_mask(occupancy > np.float32(threshold)))
    neighbors = padded.ravel()[_flat_neighbors(indices, padded.shape)]
    centers = (indices + 0.5 - np.array(shape) / 2) / max(shape)
    solid = neighbors > np.float32(threshold)
    return SurfaceCells(shape, indices, neighbors, solid, centers.astype(np.float32))


def surface_mask(solid: np.ndarray) -> np.ndarray:
    """Mark the surface cells.

    Parameters
    ----------
    solid : (X, Y, Z) bool

    Returns
    -------
    (X, Y, Z) bool
        Solid cells with an empty cell, or the border of the grid, at one of six faces.
    """
    padded = np.pad(solid, 1)
    inner = solid.copy()
    for axis in range(3):
        for start in (0, 2):
            window = [slice(1, -1)] * 3
            window[axis] = slice(start, start + solid.shape[axis])
            inner &= padded[tuple(window)]
    return solid & ~inner


def _flat_neighbors(indices: np.ndarray, padded_shape: tuple[int, ...]) -> np.ndarray:
    """(27, N) flat indices, in the padded grid, of the neighbours of the cells (N, 3)."""
    strides = _strides(padded_shape)
    return (NEIGHBOR_OFFSETS @ strides)[:, None] + (indices + 1) @ strides


def _strides(shape: tuple[int, ...]) -> np.ndarray:
    """(3,) steps in the flat grid from a cell to its neighbour along x, y and z."""
    return np.array([shape[1] * shape[2], shape[2], 1])
