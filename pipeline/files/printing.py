"""Models for a 3D printer: one solid body with flat feet, and the thickness of its walls.

    printable = make_printable(occupancy, threshold=0.25, height=100)
    export_mesh(printable.mesh, "chair.stl", printable.height)
    printable.min_wall, printable.notes()    # millimetres, and sentences for the user

Loose parts, such as a chair's legs, are joined by a strut. Small and distant parts are left out.
The notes report both. `block_printing.py` holds what models made of blocks need.
"""

from dataclasses import dataclass

import numpy as np
import trimesh
from scipy import ndimage

from geometry.grids import validate_grid
from geometry.mesh_files import millimeters_per_unit
from geometry.solids.feet import level_feet
from geometry.solids.joining import join_parts
from meshing import voxels_to_mesh
from pipeline.files.block_printing import block_walls, fuse_contacts
from pipeline.real_size import estimate_size

FACE_CONNECTIVITY = ndimage.generate_binary_structure(3, 1)  # printed cells hold by their faces
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


def size_note(mesh: trimesh.Trimesh, height: float | None, size: float, category: str = "") -> str:
    """Return a sentence with the sides of a printed model and its scale.

    Parameters
    ----------
    mesh : trimesh.Trimesh
    height, size : float
        As for `export_mesh`.
    category : str
        Of the piece; the estimate of its real size gives the scale.

    Returns
    -------
    str
    """
    width, tall, depth = mesh.extents * millimeters_per_unit(mesh.extents, height, size)
    scale = 10 * estimate_size(category, mesh.extents).height / tall
    ratio = f"{scale:.0f}" if scale >= 10 else f"{scale:.2g}"
    return (
        f"The model is {width:.0f} mm wide, {depth:.0f} mm deep and {tall:.0f} mm tall, "
        f"about 1:{ratio} of the real size."
    )


def make_printable(
    occupancy: np.ndarray,
    threshold: float,
    height: float | None = None,
    size: float = 120.0,
    style: str = "smooth",
    colors: np.ndarray | None = None,
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
    colors : ndarray, (X, Y, Z, 3) uint8, optional
        sRGB colour of each cell.

    Returns
    -------
    Printable
        The mesh and its data.

    Raises
    ------
    MeshError
        If the height is not a positive number, or `voxels_to_mesh` cannot mesh the grid.
    """
    occupancy, _, solid = validate_grid(occupancy, None, threshold)
    body, joined, dropped = _printable_body(occupancy, solid)
    if style == "blocks":
        body = fuse_contacts(body, occupancy)
        mesh = voxels_to_mesh(body.astype(np.float32), colors, 0.5, style)
        walls = block_walls(body) / max(body.shape)
    else:
        field = _printable_field(occupancy, threshold, solid, body)
        mesh = voxels_to_mesh(field, colors, threshold, style)
        walls = wall_thickness(mesh, field, threshold)
    scale = millimeters_per_unit(mesh.extents, height, size)
    min_wall = float(np.quantile(walls, WALL_QUANTILE)) * scale
    return Printable(mesh, float(mesh.extents[1] * scale), min_wall, joined, dropped)


def _printable_body(occupancy: np.ndarray, solid: np.ndarray) -> tuple[np.ndarray, int, int]:
    """Join the cells by their faces; the numbers of parts that got a strut and were left out."""
    parts = join_parts(occupancy, solid)
    struts = ndimage.binary_dilation(parts.struts, np.ones((2, 2, 2)), origin=-1)
    # parts that touch at an edge or a corner are thickened there
    body = join_parts(occupancy, parts.cells | struts, FACE_CONNECTIVITY).cells
    body = ndimage.binary_fill_holes(level_feet(body))
    return body, parts.joined, parts.dropped


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
