"""The cells that the surface runs through: solid, with an empty one at a side of theirs.

    shell = find_surface_cells(occupancy, threshold)
    shell.centers                            # (N, 3) in the object's frame
    shell.neighbor_occupancy[:, i]           # probabilities of the 27 cells around cell i

Cameras and colours ask these cells alone: a twentieth of the grid, and half a mesh's vertices.
"""

from dataclasses import dataclass

import numpy as np

# The steps from a cell to the 27 around it, itself among them, and what each tells of the normal:
# as Sobel's filter, which a stair of the cells hardly turns
NEIGHBOR_OFFSETS = np.indices((3, 3, 3)).reshape(3, -1).T - 1  # (27, 3)
SOBEL = np.where(NEIGHBOR_OFFSETS == 0, 2, 1).prod(axis=1)[:, None] * NEIGHBOR_OFFSETS  # (27, 3)
CENTER_OFFSET = len(NEIGHBOR_OFFSETS) // 2  # the step to itself
FACE_OFFSETS = np.flatnonzero(
    np.abs(NEIGHBOR_OFFSETS).sum(axis=1) == 1
)  # the six that share a side with it
CORNER_OFFSETS = NEIGHBOR_OFFSETS[
    np.abs(NEIGHBOR_OFFSETS).sum(axis=1) == 3
]  # (8, 3) from a cell's centre to its corners


@dataclass(frozen=True)
class SurfaceCells:
    """N cells of a grid; the object's frame is as in `voxel_model.py`, the origin in the middle."""

    grid_shape: tuple[int, int, int]  # of the grid
    cell_indices: np.ndarray  # (N, 3) int, indices into the grid, rising
    neighbor_occupancy: (
        np.ndarray
    )  # (27, N) float32, probabilities at STEPS from each; 0 beyond the grid
    neighbor_solid: np.ndarray  # (27, N) bool, where these exceed the threshold
    centers: np.ndarray  # (N, 3) float32, in the object's frame, whose unit is the longest side

    @property
    def cells(self) -> np.ndarray:
        """(N,) flat indices into the grid."""
        return self.cell_indices @ _strides(self.grid_shape)

    @property
    def pitch(self) -> float:
        return 1 / max(self.grid_shape)

    def neighbor_numbers(self, places: np.ndarray) -> np.ndarray:
        """(27, M) numbers of this shell's cells at STEPS from the places (M, 3), or -1."""
        wide = tuple(n + 2 for n in self.grid_shape)
        numbers = np.full(np.prod(wide), -1)
        numbers[(self.cell_indices + 1) @ _strides(wide)] = np.arange(len(self.cell_indices))
        return numbers[_around(places, wide)]


def find_surface_cells(occupancy: np.ndarray, threshold: float) -> SurfaceCells:
    """The shell of the cells (X, Y, Z) whose probability exceeds the threshold."""
    padded, shape = np.pad(occupancy, 1), occupancy.shape
    places = np.argwhere(surface_mask(occupancy > np.float32(threshold)))
    around = padded.ravel()[_around(places, padded.shape)]
    centers = (places + 0.5 - np.array(shape) / 2) / max(shape)
    solid = around > np.float32(threshold)
    return SurfaceCells(shape, places, around, solid, centers.astype(np.float32))


def surface_mask(solid: np.ndarray) -> np.ndarray:
    """(X, Y, Z) bool, the solid cells with an empty one or the grid's end at one of six sides."""
    padded = np.pad(solid, 1)
    inner = solid.copy()
    for axis in range(3):
        for start in (0, 2):
            window = [slice(1, -1)] * 3
            window[axis] = slice(start, start + solid.shape[axis])
            inner &= padded[tuple(window)]
    return solid & ~inner


def _around(places: np.ndarray, wide: tuple[int, ...]) -> np.ndarray:
    """(27, N) flat indices, into a grid padded to `wide`, of the cells at STEPS from the places."""
    strides = _strides(wide)
    return (NEIGHBOR_OFFSETS @ strides)[:, None] + (places + 1) @ strides


def _strides(shape: tuple[int, ...]) -> np.ndarray:
    """(3,) how far apart neighbours along each axis are in the flat grid."""
    return np.array([shape[1] * shape[2], shape[2], 1])
