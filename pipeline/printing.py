"""A model made fit for a 3D printer: one solid piece with flat feet, and how thin its walls are.

    result = prepare(occupancy, threshold=0.25, height=100)
    export_mesh(result.mesh, "chair.stl", result.height)
    result.min_wall, result.notes()          # millimetres, and sentences for a person

Parts that hang loose are joined by a short strut where they are near, as a chair's legs should be;
what is small or far is left out, and both are said.
"""

from dataclasses import dataclass

import numpy as np
import trimesh
from scipy import ndimage

from core.errors import MeshError
from geometry.grids import validate_grid
from meshing import voxels_to_mesh

FACE_CONNECTIVITY = ndimage.generate_binary_structure(
    3, 1
)  # a print holds where cells share a face
CRUMB_SHARE = 0.01  # of the largest piece's cells, below which a piece is left out
MAX_STRUT_CELLS = 8.0  # cells; farther pieces belong to something else
MAX_FOOT_GAP = (
    2  # cells above the floor within which a foot ends; the network's legs differ by so much
)
MIN_WALL = 0.8  # mm: two lines of the usual 0.4 mm nozzle; thinner walls break or are left out
MAX_WALL_CELLS, RAY_STEP = (
    8.0,
    0.125,
)  # cells that a ray looks inwards for the far wall, and its steps
WALL_QUANTILE = 0.01  # of the surface; the thinnest ray of all would be noise


@dataclass(frozen=True)
class Printable:
    """A mesh for the printer and what a person should know about it."""

    mesh: trimesh.Trimesh  # one closed body, as `voxels_to_mesh` gives it
    height: float  # mm
    min_wall: float  # mm, of the walls; at most 8 cells, beyond which nobody looks
    thin_share: float  # of the surface whose wall is thinner than THIN
    joined: int  # pieces that got a strut
    dropped: int  # pieces that were left out

    def notes(self) -> list[str]:
        """Sentences for a person; none when there is nothing to say."""
        notes = []
        if self.joined:
            notes.append(f"{_pieces(self.joined)} hung loose and got a strut.")
        if self.dropped:
            notes.append(f"{_pieces(self.dropped)} too small or too far away {_was(self.dropped)}.")
        if self.min_wall < MIN_WALL:
            scale = MIN_WALL / self.min_wall * self.height
            notes.append(
                f"The thinnest wall has {self.min_wall:.1f} mm, and {MIN_WALL} mm is the least "
                f"that prints well: make the model {np.ceil(scale):.0f} mm tall or expect gaps."
            )
        return notes


def _pieces(count: int) -> str:
    return "One piece" if count == 1 else f"{count} pieces"


def _was(count: int) -> str:
    return "was left out" if count == 1 else "were left out"


def make_printable(
    occupancy: np.ndarray, threshold: float, height: float = 100.0, flat_base: bool = True
) -> Printable:
    """One solid piece of the cells above the threshold, `height` millimetres tall.

    flat_base : level the feet that end just above the floor, so that all of them touch the bed
    Raises MeshError for what `voxels_to_mesh` refuses and for an impossible height.
    """
    if not 0 < height < np.inf:
        raise MeshError(f"The height is {height!r}; give a positive number of millimetres.")
    occupancy, _, solid = validate_grid(occupancy, None, threshold)
    kept, joined, dropped = join_components(solid)
    kept = ndimage.binary_fill_holes(level_feet(kept) if flat_base else kept)
    field = np.where(kept, np.where(solid, occupancy, 1), np.minimum(occupancy, threshold))
    field = field.astype(np.float32)
    if flat_base:
        floor = np.flatnonzero(kept.any(axis=(0, 2)))[0]
        field[:, floor] = kept[:, floor]  # certain cells above certain air: a level surface
        field[:, max(floor - 1, 0)] *= kept[:, max(floor - 1, 0)]
    mesh = voxels_to_mesh(field, None, threshold)
    walls = wall_thickness(mesh, field, threshold) * height / mesh.extents[1]
    thinnest = float(np.quantile(walls, WALL_QUANTILE))
    return Printable(mesh, height, thinnest, float((walls < MIN_WALL).mean()), joined, dropped)


def join_components(solid: np.ndarray) -> tuple[np.ndarray, int, int]:
    """The largest piece with the near ones on struts: cells, how many joined, how many dropped.

    Pieces are what cells hold together by their faces. Those that touch the rest by an edge are
    thickened there without being counted.
    """
    labels, count = ndimage.label(solid, FACE_CONNECTIVITY)
    cells = np.bincount(labels.ravel())[1:]
    body = labels == cells.argmax() + 1
    pending = {i + 1 for i in np.flatnonzero(cells >= CRUMB_SHARE * cells.max())}
    pending.discard(cells.argmax() + 1)
    dropped, joined = count - 1 - len(pending), 0
    while pending:
        away, nearest = ndimage.distance_transform_edt(~body, return_indices=True)
        gaps = ndimage.minimum(away, labels, sorted(pending))
        gap, piece = min(zip(gaps, sorted(pending), strict=True))
        if gap > MAX_STRUT_CELLS:
            break
        pending.discard(piece)
        start = min(np.argwhere(labels == piece), key=lambda cell: away[tuple(cell)])
        body = body | (labels == piece) | _strut(start, nearest[(..., *start)], body.shape)
        joined += gap >= 2  # a whole cell of air between
    return body, joined, dropped + len(pending)


def _strut(start: np.ndarray, end: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(X, Y, Z) bool, a line of 2 x 2 x 2 cells, so that neighbours share faces."""
    line = np.zeros(shape, bool)
    steps = np.linspace(start, end, 2 * int(np.abs(end - start).max()) + 1)
    line[tuple(steps.round().astype(int).T)] = True
    return ndimage.binary_dilation(line, np.ones((2, 2, 2)), origin=-1)


def level_feet(solid: np.ndarray) -> np.ndarray:
    """The cells with every column that ends just above the floor let down onto it."""
    floor = np.flatnonzero(solid.any(axis=(0, 2)))[0]
    leveled = solid.copy()
    near = leveled[:, floor : floor + MAX_FOOT_GAP + 1]
    near[:] = np.logical_or.accumulate(near[:, ::-1], axis=1)[:, ::-1]
    return leveled


def wall_thickness(mesh: trimesh.Trimesh, field: np.ndarray, threshold: float) -> np.ndarray:
    """(V,) from each vertex straight inwards to the far wall, in the mesh's units.

    field : (X, Y, Z) float32, the probabilities that `voxels_to_mesh` made the mesh of
    A ray and not the largest inscribed ball, which vanishes at every convex edge.
    """
    side = max(field.shape)
    middle = np.array(field.shape) / 2 - 0.5
    start = (mesh.vertices - mesh.metadata["grid_center"]) * side + middle  # in cells' centres
    depth = np.arange(2 * RAY_STEP, MAX_WALL_CELLS + RAY_STEP, RAY_STEP)
    along = start[:, None] - depth[:, None] * mesh.vertex_normals[:, None]  # (V, D, 3)
    inside = ndimage.map_coordinates(field, along.reshape(-1, 3).T, order=1, mode="grid-constant")
    air = inside.reshape(len(start), -1) <= threshold
    air[:, -1] = True  # nobody looks deeper
    return depth[air.argmax(axis=1)] / side
