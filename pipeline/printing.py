"""Models for a 3D printer: one solid body with flat feet, and the thickness of its walls.

    printable = make_printable(occupancy, threshold=0.25, height=100)
    export_mesh(printable.mesh, "chair.stl", printable.height)
    printable.min_wall, printable.notes()    # millimetres, and sentences for the user

Loose parts that are near, such as a chair's legs, are joined by a short strut. Small and distant
parts are left out. The notes report both. `pipeline/block_printing.py` holds the parts for models
made of blocks.
"""

from dataclasses import dataclass

import numpy as np
import trimesh
from scipy import ndimage

from core.errors import MeshError
from geometry.grids import MIN_COMPONENT_SHARE, validate_grid
from geometry.mesh_files import millimeters_per_unit
from meshing import voxels_to_mesh
from pipeline.block_printing import block_walls, fuse_contacts

FACE_CONNECTIVITY = ndimage.generate_binary_structure(3, 1)  # printed cells hold by their faces
MAX_STRUT_CELLS = 8.0  # cells; pieces farther away belong to another object
MAX_FOOT_GAP = 2  # cells above the floor within which a foot ends: legs differ by this much
MIN_WALL = 0.8  # mm: two lines of the usual 0.4 mm nozzle; thinner walls break or are not printed
MAX_WALL_CELLS = 8.0  # cells up to which the thickness of a wall is measured
RAY_STEP = 0.125  # cells between two samples of this measurement
WALL_QUANTILE = 0.01  # of the vertices; the thinnest measurement of all is noise


@dataclass(frozen=True)
class Printable:
    """A mesh for a printer and data for its notes."""

    mesh: trimesh.Trimesh  # one closed body, in the frame of `voxels_to_mesh`
    height: float  # mm
    min_wall: float  # mm, thinnest wall; at most MAX_WALL_CELLS
    joined: int  # pieces that got a strut
    dropped: int  # pieces that were left out

    def notes(self) -> list[str]:
        """Return sentences for the user; none if there is nothing to report."""
        notes = []
        if self.joined == 1:
            notes.append("One loose piece is joined by a strut.")
        if self.joined > 1:
            notes.append(f"{self.joined} loose pieces are joined by struts.")
        if self.dropped:
            pieces = "One piece is" if self.dropped == 1 else f"{self.dropped} pieces are"
            notes.append(f"{pieces} left out: too small or too far from the rest.")
        if self.min_wall < MIN_WALL:
            height = MIN_WALL / self.min_wall * self.height
            notes.append(
                f"The thinnest wall has {self.min_wall:.1f} mm and may print with gaps: make the "
                f"model {np.ceil(height):.0f} mm tall to reach {MIN_WALL} mm."
            )
        return notes


def size_note(mesh: trimesh.Trimesh, height: float | None, size: float) -> str:
    """Return a sentence with the sides of an STL; `height` and `size` as for `export_mesh`."""
    width, tall, depth = mesh.extents * millimeters_per_unit(mesh.extents, height, size)
    return f"The model is {width:.0f} mm wide, {depth:.0f} mm deep and {tall:.0f} mm tall."


def make_printable(
    occupancy: np.ndarray,
    threshold: float,
    height: float | None = None,
    size: float = 120.0,
    style: str = "smooth",
) -> Printable:
    """Make one solid body with flat feet from the cells above the threshold.

    Parameters
    ----------
    occupancy : ndarray, (X, Y, Z) float
        Probability that the cell is solid.
    threshold : float
        Probability above which a cell is solid.
    height : float, optional
        Height of the model in millimetres.
    size : float
        Longest side of the model in millimetres, used without a height.
    style : {"smooth", "blocks"}
        As for `voxels_to_mesh`. Blocks that touch at an edge or a corner only are fused: a slicer
        needs two faces at each edge.

    Returns
    -------
    Printable
        The mesh and its data.

    Raises
    ------
    MeshError
        If the height is not a positive number, or `voxels_to_mesh` cannot mesh the grid.
    """
    length = size if height is None else height
    if not 0 < length < np.inf:
        raise MeshError(f"The height is {length!r}; give a positive number of millimetres.")
    occupancy, _, solid = validate_grid(occupancy, None, threshold)
    joined_solid, joined, dropped = join_components(solid)
    body = ndimage.binary_fill_holes(level_feet(joined_solid))
    if style == "blocks":
        body = fuse_contacts(body, occupancy)
        mesh = voxels_to_mesh(body.astype(np.float32), None, 0.5, style)
        walls = block_walls(body) / max(body.shape)
    else:
        field = _printable_field(occupancy, threshold, solid, body)
        mesh = voxels_to_mesh(field, None, threshold, style)
        walls = wall_thickness(mesh, field, threshold)
    scale = millimeters_per_unit(mesh.extents, height, size)
    min_wall = float(np.quantile(walls, WALL_QUANTILE)) * scale
    return Printable(mesh, float(mesh.extents[1] * scale), min_wall, joined, dropped)


def _printable_field(
    occupancy: np.ndarray, threshold: float, solid: np.ndarray, body: np.ndarray
) -> np.ndarray:
    """Return probabilities (X, Y, Z) float32 whose surface encloses `body` on a level floor."""
    field = np.where(body, np.where(solid, occupancy, 1), np.minimum(occupancy, threshold))
    field = field.astype(np.float32)
    floor = np.flatnonzero(body.any(axis=(0, 2)))[0]
    field[:, floor] = body[:, floor]  # probability 1 above probability 0: a level surface
    field[:, max(floor - 1, 0)] *= body[:, max(floor - 1, 0)]
    return field


def join_components(solid: np.ndarray) -> tuple[np.ndarray, int, int]:
    """Join the components of a grid to the largest one with struts.

    Cells of a component share faces. Components that touch the body at an edge are thickened there
    and not counted as joined.

    Parameters
    ----------
    solid : ndarray, (X, Y, Z) bool
        Solid cells, at least one.

    Returns
    -------
    body : ndarray, (X, Y, Z) bool
        One component.
    joined : int
        Components that got a strut across at least one empty cell.
    dropped : int
        Components that are too small or too far away.
    """
    labels, count = ndimage.label(solid, FACE_CONNECTIVITY)
    cells = np.bincount(labels.ravel())[1:]
    largest = cells.argmax() + 1
    body = labels == largest
    pending = {i + 1 for i in np.flatnonzero(cells >= MIN_COMPONENT_SHARE * cells.max())}
    pending.discard(largest)
    dropped, joined = count - 1 - len(pending), 0
    while pending:
        distance, nearest = ndimage.distance_transform_edt(~body, return_indices=True)
        gaps = ndimage.minimum(distance, labels, sorted(pending))
        gap, component = min(zip(gaps, sorted(pending), strict=True))
        if gap > MAX_STRUT_CELLS:
            break
        pending.discard(component)
        start = min(np.argwhere(labels == component), key=lambda cell: distance[tuple(cell)])
        body = body | (labels == component) | _strut(start, nearest[(..., *start)], body.shape)
        joined += gap >= 2  # cells: at least one empty cell between
    return body, joined, dropped + len(pending)


def _strut(start: np.ndarray, end: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return a line (X, Y, Z) bool, 2 x 2 cells thick, so that neighbours share faces."""
    line = np.zeros(shape, bool)
    steps = np.linspace(start, end, 2 * int(np.abs(end - start).max()) + 1)
    line[tuple(steps.round().astype(int).T)] = True
    return ndimage.binary_dilation(line, np.ones((2, 2, 2)), origin=-1)


def level_feet(solid: np.ndarray) -> np.ndarray:
    """Extend columns of cells that end just above the floor down to it.

    Parameters
    ----------
    solid : ndarray, (X, Y, Z) bool
        Solid cells, at least one.

    Returns
    -------
    ndarray, (X, Y, Z) bool
        The cells and the extensions, each at most MAX_FOOT_GAP cells long.
    """
    floor = np.flatnonzero(solid.any(axis=(0, 2)))[0]
    leveled = solid.copy()
    lowest = leveled[:, floor : floor + MAX_FOOT_GAP + 1]
    lowest[:] = np.logical_or.accumulate(lowest[:, ::-1], axis=1)[:, ::-1]
    return leveled


def wall_thickness(mesh: trimesh.Trimesh, field: np.ndarray, threshold: float) -> np.ndarray:
    """Measure the thickness of the wall at each vertex, along a ray straight inwards.

    The diameter of the largest inscribed ball is no alternative: it is 0 at each convex edge.

    Parameters
    ----------
    mesh : trimesh.Trimesh
        Mesh that `voxels_to_mesh` made of `field`.
    field : ndarray, (X, Y, Z) float32
        Probability that the cell is solid.
    threshold : float
        Probability above which a cell is solid.

    Returns
    -------
    ndarray, (V,) float
        Thickness in units of the mesh, at most that of MAX_WALL_CELLS cells.
    """
    side = max(field.shape)
    middle = np.array(field.shape) / 2 - 0.5
    start = (mesh.vertices - mesh.metadata["grid_center"]) * side + middle  # (V, 3) in cells
    depth = np.arange(2 * RAY_STEP, MAX_WALL_CELLS + RAY_STEP, RAY_STEP)
    samples = start[:, None] - depth[:, None] * mesh.vertex_normals[:, None]  # (V, D, 3)
    values = ndimage.map_coordinates(field, samples.reshape(-1, 3).T, order=1, mode="grid-constant")
    empty = values.reshape(len(start), -1) <= threshold
    empty[:, -1] = True  # the measurement ends here
    return depth[empty.argmax(axis=1)] / side
