"""Primitives to signed distance grids: the one representation that the studio renders and voxelises.

A grid has SIDE cells a side: the piece's unit cube takes the inner RESOLUTION cells, MARGIN cells
around it stay empty so that normals at the border are right. Distances are in units of the cube.
"""

import torch

from training.synthetic import primitives as P

RESOLUTION = 128  # cells of the unit cube a side, Pix3D's own resolution
MARGIN = 4  # empty cells around it: a rendered normal reads one cell to each side
SIDE = RESOLUTION + 2 * MARGIN
CELL = 1.0 / RESOLUTION
THINNEST = 0.9 * CELL  # half thickness under which trilinear interpolation would lose a rod
FAR = 10.0  # distance of an empty row


def cell_centers(device=None, side: int = SIDE, margin: int = MARGIN) -> torch.Tensor:
    """(side, 3) float32: the coordinate of each cell's centre along an axis, repeated per axis."""
    index = torch.arange(side, device=device, dtype=torch.float32)
    return (index - margin + 0.5) / (side - 2 * margin) - 0.5


def distance(points: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Signed distance from each point to each primitive, an underestimate where it is not exact.

    points : (..., 3); rows : (..., COLUMNS), broadcast against the points -> (...)
    """
    offset = points - rows[..., P.CENTER]
    turn = rows[..., P.ROTATION].unflatten(-1, (3, 3))
    x, y, z = (
        turn[..., i, 0] * offset[..., 0]
        + turn[..., i, 1] * offset[..., 1]
        + turn[..., i, 2] * offset[..., 2]
        for i in range(3)
    )
    half = rows[..., P.HALF].clamp_min(THINNEST)
    half_x, half_y, half_z = half[..., 0], half[..., 1], half[..., 2]
    egg = _ellipsoid(x, y, z, half_x, half_y, half_z)
    x, z = _unbend(x, z, rows[..., P.BEND])
    lift = ((y / half_y).clamp(-1, 1) + 1) / 2
    half_x = half_x * (1 + (rows[..., 17] - 1) * lift)
    half_z = half_z * (1 + (rows[..., 18] - 1) * lift)
    half_x, half_z = half_x.clamp_min(THINNEST), half_z.clamp_min(THINNEST)
    corner = torch.minimum(rows[..., P.CORNER], torch.minimum(half_x, half_z))
    rectangle = _rectangle(x, z, half_x, half_z, corner)
    ellipse = _ellipse(x, z, half_x, half_z)
    section = torch.where(rows[..., P.KIND] == P.BOX, rectangle, ellipse)
    narrow = torch.minimum(half_y, torch.minimum(half_x, half_z))
    edge = torch.minimum(rows[..., P.EDGE], narrow)
    side, cap = section + edge, y.abs() - half_y + edge
    solid = torch.maximum(side, cap).clamp_max(0) + _length(side.clamp_min(0), cap.clamp_min(0))
    return torch.where(rows[..., P.KIND] == P.EGG, egg, solid - edge)


def union(points: torch.Tensor, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Distance to a piece and the part that is nearest.

    points : (S, N, 3); rows : (S, P, COLUMNS), unused rows have SIGN 0
    -> distance (S, N), part (S, N) int64
    """
    each = distance(points[:, :, None], rows[:, None])  # (S, N, P)
    sign = rows[:, None, :, P.SIGN]
    solid, nearest = torch.where(sign > 0, each, FAR).min(dim=-1)
    cut = torch.where(sign < 0, each, FAR).amin(dim=-1)
    part = rows[..., P.PART].long().gather(1, nearest)
    return torch.maximum(solid, -cut), part


def _length(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return (x * x + y * y + 1e-14).sqrt()


def _rectangle(x, z, half_x, half_z, corner):
    x, z = x.abs() - half_x + corner, z.abs() - half_z + corner
    return torch.maximum(x, z).clamp_max(0) + _length(x.clamp_min(0), z.clamp_min(0)) - corner


def _ellipse(x, z, half_x, half_z):
    """First-order distance to an ellipse (exact for a circle)."""
    inner = _length(x / half_x, z / half_z)
    slope = _length(x / (half_x * half_x), z / (half_z * half_z))
    return inner * (inner - 1) / slope.clamp_min(1e-6)


def _ellipsoid(x, y, z, half_x, half_y, half_z):
    inner = _length(_length(x / half_x, y / half_y), z / half_z)
    slope = _length(_length(x / half_x**2, y / half_y**2), z / half_z**2)
    return inner * (inner - 1) / slope.clamp_min(1e-6)


def _unbend(x, z, bend):
    """Unroll an arc of curvature `bend` about local y back to a straight local x."""
    straight = bend.abs() < 1e-4
    safe = torch.where(straight, 1.0, bend)
    radius = 1 / safe
    away = radius - z
    reach = _length(x, away) * radius.sign()
    angle = torch.atan2(x * radius.sign(), away * radius.sign())
    unrolled = angle * radius
    return torch.where(straight, x, unrolled), torch.where(straight, z, radius - reach)
