"""Triangle meshes of primitives: rounded boards, rods, bent panels and ellipsoids.

    mesh = primitive_mesh(row)               # one row of `Furniture.primitives()`
    mesh.vertices, mesh.faces, mesh.normals  # (V, 3), (F, 3), (V, 3)

Each mesh is closed, its faces are ordered counter-clockwise as seen from outside, and its vertex
normals are those of the rounded solid, so that flat sides are shaded flat and edges are shaded
round. The solid is the one of `training/studio/shapes/distance_grids.py::distance`.
"""

from typing import NamedTuple

import numpy as np

from furniture.primitives import (
    BEND,
    BOX,
    CENTER,
    CORNER,
    EDGE,
    ELLIPSOID,
    HALF,
    KIND,
    ROTATION,
    TAPER,
    bend_forward,
)

MIN_BEVEL = 0.002  # longest sides; radius of an edge that is sharp in the row, so that it is seen
MAX_BEVEL_SHARE = 0.2  # of the smallest half extent; limits MIN_BEVEL on thin boards
MIN_INSET_CORNER = 0.15  # of the corner radius that remains where a cap's edge is rounded inwards
BEND_STEP = np.radians(12.0)  # largest turn of a bent side from one vertex to the next
CHORD_ERROR = 0.0012  # longest sides; distance of a chord from its arc, which sets the steps
MIN_ARC, MAX_ARC = 2, 8  # steps of a quarter circle


class PrimitiveMesh(NamedTuple):
    """A closed triangle mesh with one normal for each vertex."""

    vertices: np.ndarray  # (V, 3) float64, in the row's frame, longest side of the piece 1
    faces: np.ndarray  # (F, 3) int64, counter-clockwise from outside
    normals: np.ndarray  # (V, 3) float64, unit length


def primitive_mesh(row: np.ndarray) -> PrimitiveMesh:
    """Returns the surface of one primitive.

    Parameters
    ----------
    row : (COLUMNS,) float
        A row as `Furniture.primitives` gives it; its sign is not read.

    Returns
    -------
    PrimitiveMesh
        Some 60 to 1,500 faces, fewer for thin rods than for large cushions.
    """
    row = np.asarray(row, np.float64)
    points, normals = bent(*surface_rings(row), row[BEND])
    faces = _ring_faces(*points.shape[:2])
    rotation = row[ROTATION].reshape(3, 3)  # local = rotation @ (point - center)
    vertices = points.reshape(-1, 3) @ rotation + row[CENTER]
    return PrimitiveMesh(vertices, faces, normals.reshape(-1, 3) @ rotation)


def surface_rings(row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns points and normals (K, M, 3) of K rings around local y, before bending.

    The first and the last ring are closed by caps. Point M - 1 - i of a ring is the mirror image of
    its point i in the plane z = 0.
    """
    return _ellipsoid_rings(row[HALF]) if row[KIND] == ELLIPSOID else _extruded_rings(row)


def _extruded_rings(row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points and normals (K, M, 3) of an extruded section, from the bottom cap to the top cap."""
    half, taper = np.maximum(row[HALF], 1e-4), row[TAPER]
    bevel = min(MIN_BEVEL, MAX_BEVEL_SHARE * half.min())
    edge = np.clip(row[EDGE], bevel, half.min() * max(min(*taper, 1.0), 0.05))
    arc = _arc_angles(edge)
    angle, sign = np.concatenate([arc[::-1], arc]), np.repeat([-1.0, 1.0], len(arc))  # (K,)
    y = sign * (half[1] - edge + edge * np.sin(angle))
    slope = half[[0, 2]] * (taper - 1) / (2 * half[1])  # of the half extents along y
    extent = half[[0, 2]] + slope * (y[:, None] + half[1])  # (K, 2)
    inset = edge * (1 - np.cos(angle))
    outline, outward = _outline(row, extent, max(row[CORNER], bevel), inset)
    points = np.insert(outline, 1, y[:, None], axis=-1)
    tilt, lift = np.cos(angle)[:, None], (sign * np.sin(angle))[:, None]
    side = np.abs(outward) @ slope  # a side that grows upwards faces down a little
    normals = np.insert(tilt[..., None] * outward, 1, lift - tilt * side, axis=-1)
    return points, normals / np.linalg.norm(normals, axis=-1, keepdims=True)


def _ellipsoid_rings(half: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points and normals (K, M, 3) of an ellipsoid, from its lowest ring to its highest."""
    steps = 2 * _arc_steps(half.max())
    latitude = np.linspace(-0.5, 0.5, 2 * steps + 1)[1:-1] * np.pi
    latitude = np.concatenate([[-0.495 * np.pi], latitude, [0.495 * np.pi]])
    around = _around(4 * steps)
    unit = np.stack(
        np.broadcast_arrays(
            np.cos(latitude)[:, None] * np.cos(around),
            np.sin(latitude)[:, None],
            np.cos(latitude)[:, None] * np.sin(around),
        ),
        axis=-1,
    )
    normals = unit / half
    return unit * half, normals / np.linalg.norm(normals, axis=-1, keepdims=True)


def _outline(
    row: np.ndarray, extent: np.ndarray, corner: float, inset: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Points (K, M, 2) as x, z and outward normals of K sections, each moved inwards by its inset.

    M depends on the row alone. The points run from -x over +z to +x and back over -z, and point
    M - 1 - i is the mirror image of point i in the plane z = 0, which `_cap_faces` needs.
    """
    if row[KIND] == BOX:
        return _rounded_rectangle(row, extent, corner, inset)
    angle = _around(4 * _arc_steps(max(row[HALF][0], row[HALF][2])))
    unit = np.column_stack([np.cos(angle), np.sin(angle)])
    normals = unit / extent[:, None]
    points = unit * np.maximum(extent - inset[:, None], 1e-4)[:, None]
    return points, normals / np.linalg.norm(normals, axis=-1, keepdims=True)


def _rounded_rectangle(
    row: np.ndarray, extent: np.ndarray, corner: float, inset: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """`_outline` of rectangles; bent ones have additional points along x."""
    corners = np.minimum(corner, 0.999 * extent.min(axis=1))
    radius = np.maximum(corners - inset, MIN_INSET_CORNER * corners)[:, None]
    middle = np.maximum(extent - inset[:, None], radius * 1.001) - radius  # of the front right arc
    angles = np.linspace(np.pi, np.pi / 2, _arc_steps(min(row[CORNER], row[HALF].max())) + 1)
    arc = np.column_stack([np.cos(angles), np.sin(angles)])  # a quarter from -x to +z
    left = arc * radius[:, None] + (middle * (-1, 1))[:, None]
    right = left[:, ::-1] * (-1, 1)
    bends = int(np.ceil(abs(row[BEND]) * 2 * row[HALF][0] / BEND_STEP))
    between = np.linspace(left[:, -1], right[:, 0], max(bends, 1) + 1, axis=1)[:, 1:-1]
    front = np.concatenate([left, between, right], axis=1)
    flat = np.tile((0.0, 1.0), (between.shape[1], 1))
    normal = np.concatenate([arc, flat, arc[::-1] * (-1, 1)])
    points = np.concatenate([front, front[:, ::-1] * (1, -1)], axis=1)
    normals = np.concatenate([normal, normal[::-1] * (1, -1)])
    return points, np.broadcast_to(normals, points.shape)


def bent(points: np.ndarray, normals: np.ndarray, bend: float) -> tuple[np.ndarray, np.ndarray]:
    """Wraps local x around an arc of curvature `bend` about local y; the ends move toward +z.

    Points and normals have any shape (..., 3).
    """
    if abs(bend) < 1e-4:
        return points, normals
    x, y, z = np.moveaxis(points, -1, 0)
    bent_x, bent_z = bend_forward(x, z, bend)
    moved = np.stack([bent_x, y, bent_z], axis=-1)
    sine, cosine = np.sin(x * bend), np.cos(x * bend)
    nx, ny, nz = np.moveaxis(normals, -1, 0)
    turned = np.stack([nx * cosine - nz * sine, ny, nx * sine + nz * cosine], axis=-1)
    return moved, turned


def _ring_faces(rings: int, count: int) -> np.ndarray:
    """Triangles between neighbouring rings, and strips that close the first and the last ring.

    A strip joins each point with its mirror image, so that it also closes a bent section, from
    whose centre not all points are visible.
    """
    i, j = np.arange(count), (np.arange(count) + 1) % count
    low = (np.arange(rings - 1) * count)[:, None]
    high = low + count
    sides = np.concatenate(
        [
            np.stack([low + i, low + j, high + j], axis=-1),
            np.stack([low + i, high + j, high + i], axis=-1),
        ],
        axis=1,
    )
    cap = _cap_faces(count)
    return np.concatenate([sides.reshape(-1, 3), cap[:, ::-1], cap + (rings - 1) * count])


def _cap_faces(count: int) -> np.ndarray:
    """Triangles that close one ring, seen from +y counter-clockwise where the ring is so."""
    i = np.arange(count // 2 - 1)
    last = count - 1
    return np.concatenate(
        [
            np.column_stack([i, i + 1, last - 1 - i]),
            np.column_stack([i, last - 1 - i, last - i]),
        ]
    )


def _around(count: int) -> np.ndarray:
    """Angles of `count` points of a circle from -x over +z, none of them on the x axis."""
    return np.pi - (np.arange(count) + 0.5) / count * 2 * np.pi


def _arc_steps(radius: float) -> int:
    """Steps of a quarter circle, so that chords stay within CHORD_ERROR of the arc."""
    if radius <= CHORD_ERROR:
        return MIN_ARC
    step = 2 * np.arccos(1 - CHORD_ERROR / radius)
    return int(np.clip(np.ceil(np.pi / 2 / step), MIN_ARC, MAX_ARC))


def _arc_angles(edge: float) -> np.ndarray:
    """Angles of a cap's edge, from the side (0) to the cap (90 degrees)."""
    return np.linspace(0, np.pi / 2, _arc_steps(edge) + 1)
