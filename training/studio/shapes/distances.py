"""Signed distance from points to primitives and to whole pieces of furniture.

Distances are in units of the piece's unit cube, negative inside.
"""

import torch

from furniture import primitives as P

EMPTY_DISTANCE = 10.0  # distance to an empty row


def distance(points: torch.Tensor, rows: torch.Tensor, min_half: float) -> torch.Tensor:
    """Returns the signed distance from each point to each primitive.

    Where it is not exact it is too small, so that sphere tracing does not step through a surface.

    Parameters
    ----------
    points : torch.Tensor
        (..., 3).
    rows : torch.Tensor
        (..., COLUMNS) of `furniture.primitives`, broadcast against the points.
    min_half : float
        Minimum half thickness; thinner primitives are thickened.

    Returns
    -------
    torch.Tensor
        (...) float32.
    """
    offset = points - rows[..., P.CENTER]
    turn = rows[..., P.ROTATION].unflatten(-1, (3, 3))
    x, y, z = (
        turn[..., i, 0] * offset[..., 0]
        + turn[..., i, 1] * offset[..., 1]
        + turn[..., i, 2] * offset[..., 2]
        for i in range(3)
    )
    half = rows[..., P.HALF].clamp_min(min_half)
    half_x, half_y, half_z = half[..., 0], half[..., 1], half[..., 2]
    ellipsoid = _ellipsoid(x, y, z, half_x, half_y, half_z)
    x, z = _unbend(x, z, rows[..., P.BEND])
    height = ((y / half_y).clamp(-1, 1) + 1) / 2
    half_x = half_x * (1 + (rows[..., 17] - 1) * height)
    half_z = half_z * (1 + (rows[..., 18] - 1) * height)
    half_x, half_z = half_x.clamp_min(min_half), half_z.clamp_min(min_half)
    corner = torch.minimum(rows[..., P.CORNER], torch.minimum(half_x, half_z))
    rectangle = _rectangle(x, z, half_x, half_z, corner)
    ellipse = _ellipse(x, z, half_x, half_z)
    section = torch.where(rows[..., P.KIND] == P.BOX, rectangle, ellipse)
    narrow = torch.minimum(half_y, torch.minimum(half_x, half_z))
    edge = torch.minimum(rows[..., P.EDGE], narrow)
    side, cap = section + edge, y.abs() - half_y + edge
    solid = torch.maximum(side, cap).clamp_max(0) + _length(side.clamp_min(0), cap.clamp_min(0))
    return torch.where(rows[..., P.KIND] == P.ELLIPSOID, ellipsoid, solid - edge)


def union(
    points: torch.Tensor, rows: torch.Tensor, min_half: float = 0.0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the distance to whole pieces and the nearest material.

    Parameters
    ----------
    points : torch.Tensor
        (S, N, 3).
    rows : torch.Tensor
        (S, P, COLUMNS); unused rows have SIGN 0.
    min_half : float
        Minimum half thickness of a primitive.

    Returns
    -------
    distance : torch.Tensor
        (S, N) float32.
    part : torch.Tensor
        (S, N) int64, index into the materials of the piece.
    """
    each = distance(points[:, :, None], rows[:, None], min_half)  # (S, N, P)
    sign = rows[:, None, :, P.SIGN]
    solid, nearest = torch.where(sign > 0, each, EMPTY_DISTANCE).min(dim=-1)
    cut = torch.where(sign < 0, each, EMPTY_DISTANCE).amin(dim=-1)
    part = rows[..., P.MATERIAL].long().gather(1, nearest)
    return torch.maximum(solid, -cut), part


def _length(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Length of (x, y), at least 1e-7."""
    return (x * x + y * y + 1e-14).sqrt()


def _rectangle(
    x: torch.Tensor,
    z: torch.Tensor,
    half_x: torch.Tensor,
    half_z: torch.Tensor,
    corner: torch.Tensor,
) -> torch.Tensor:
    """Distance to a rectangle with round corners."""
    x, z = x.abs() - half_x + corner, z.abs() - half_z + corner
    return torch.maximum(x, z).clamp_max(0) + _length(x.clamp_min(0), z.clamp_min(0)) - corner


def _ellipse(
    x: torch.Tensor, z: torch.Tensor, half_x: torch.Tensor, half_z: torch.Tensor
) -> torch.Tensor:
    """First-order distance to an ellipse (exact for a circle)."""
    inner = _length(x / half_x, z / half_z)
    slope = _length(x / (half_x * half_x), z / (half_z * half_z))
    return inner * (inner - 1) / slope.clamp_min(1e-6)


def _ellipsoid(
    x: torch.Tensor,
    y: torch.Tensor,
    z: torch.Tensor,
    half_x: torch.Tensor,
    half_y: torch.Tensor,
    half_z: torch.Tensor,
) -> torch.Tensor:
    """First-order distance to an ellipsoid (exact for a sphere)."""
    inner = _length(_length(x / half_x, y / half_y), z / half_z)
    slope = _length(_length(x / half_x**2, y / half_y**2), z / half_z**2)
    return inner * (inner - 1) / slope.clamp_min(1e-6)


def _unbend(
    x: torch.Tensor, z: torch.Tensor, bend: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Unrolls an arc of curvature `bend` about local y to a straight local x."""
    straight = bend.abs() < 1e-4
    safe = torch.where(straight, 1.0, bend)
    radius = 1 / safe
    away = radius - z
    reach = _length(x, away) * radius.sign()
    angle = torch.atan2(x * radius.sign(), away * radius.sign())
    unrolled = angle * radius
    return torch.where(straight, x, unrolled), torch.where(straight, z, radius - reach)
