"""Torch functions that the tracer shares: transforms into shapes' frames, and grid look-ups.

The functions of the same name in `triton_functions` do the same for one object.
"""

from typing import NamedTuple

import torch

from training.studio.shapes.distance_grids import MARGIN, side_of

# columns of `pose`; an absent object has SCALE 0
COS, SIN, SCALE, PLACE, STRETCH, POSE = 0, 1, 2, slice(3, 6), slice(6, 9), 9


class Grids(NamedTuple):
    """Grids of all shapes of a bank, flat: the grid of a slot starts at slot * side^3."""

    distance: torch.Tensor  # (slots * side^3,) float16, in longest sides of the shape
    part: torch.Tensor  # (slots * side^3,) uint8, index of the nearest material of the shape
    resolution: int  # cells along the unit cube


def into(pose: torch.Tensor, point: torch.Tensor) -> torch.Tensor:
    """Transforms world points into the frames of objects.

    Parameters
    ----------
    pose : torch.Tensor
        (..., POSE).
    point : torch.Tensor
        (3, ..., N) or (3, ...).

    Returns
    -------
    torch.Tensor
        Points in the unit cubes, centred at 0.
    """
    turn = pose.movedim(-1, 0)
    extra = (1,) * (point.dim() - turn.dim())
    scale = turn[SCALE].clamp_min(1e-6) * turn[STRETCH]
    place, scale = (v.reshape(v.shape + extra) for v in (turn[PLACE], scale))
    return turned(pose, point - place) / scale


def rays_into(pose: torch.Tensor, direction: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Transforms world directions into the frames of objects.

    Parameters
    ----------
    pose : torch.Tensor
        (..., POSE).
    direction : torch.Tensor
        (3, ...) unit vectors.

    Returns
    -------
    ray : torch.Tensor
        (3, ...) unit vectors in the objects' frames.
    length : torch.Tensor
        World length of a unit length along each ray.
    """
    stretch = pose[..., STRETCH].movedim(-1, 0)
    extra = (1,) * (direction.dim() - pose.dim())
    ray = turned(pose, direction) / stretch.reshape(stretch.shape + extra)
    shorter = ray.square().sum(dim=0).rsqrt()
    scale = pose[..., SCALE].clamp_min(1e-6)
    return ray * shorter, scale.reshape(scale.shape + extra) * shorter


def turned(pose: torch.Tensor, vector: torch.Tensor, back: bool = False) -> torch.Tensor:
    """Rotates world directions into the frames of objects.

    Parameters
    ----------
    pose : torch.Tensor
        (..., POSE).
    vector : torch.Tensor
        (3, ..., N) or (3, ...).
    back : bool
        Rotates from the frames of the objects into the world instead.

    Returns
    -------
    torch.Tensor
        Of the shape of `vector`.
    """
    extra = (1,) * (vector.dim() - pose.dim())
    c, s = (pose[..., i].view(pose.shape[:-1] + extra) for i in (COS, SIN))
    s = -s if back else s
    x, y, z = vector
    return torch.stack([c * x - s * z, y + 0 * c, c * z + s * x])


def enter(
    origin: torch.Tensor, ray: torch.Tensor, half: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Intersects rays with a cube that is centred at 0.

    Parameters
    ----------
    origin, ray : torch.Tensor
        (3, ...) start and direction.
    half : float
        Half side of the cube.

    Returns
    -------
    near, far : torch.Tensor
        Lengths at which the rays enter and leave the cube; near > far for a miss.
    """
    ray = torch.where(ray.abs() < 1e-7, 1e-7, ray)
    a, b = (-half - origin) / ray, (half - origin) / ray
    return torch.minimum(a, b).amax(dim=0).clamp_min(0), torch.maximum(a, b).amin(dim=0)


def to_cells(point: torch.Tensor, resolution: int) -> torch.Tensor:
    """Converts points of the unit cube (3, ...) to cell coordinates of a grid.

    Cell centres lie at whole numbers; the margin of the grid is counted.
    """
    return (point + 0.5) * resolution + (MARGIN - 0.5)


def sample(grids: Grids, base: torch.Tensor, cells: torch.Tensor) -> torch.Tensor:
    """Interpolates distances trilinearly.

    Parameters
    ----------
    grids : Grids
        Shapes of the bank.
    base : torch.Tensor
        (M,) int64, start of each point's grid.
    cells : torch.Tensor
        (3, M) cell coordinates; clamped to the grid.

    Returns
    -------
    torch.Tensor
        (M,) float32, in longest sides of the shape.
    """
    side = side_of(grids.resolution)
    cells = cells.clamp(0, side - 1.001)
    corner = cells.floor()
    fx, fy, fz = cells - corner
    i, j, k = corner.int()
    start = base + ((i * side + j) * side + k)
    total = 0.0
    for ox, wx in ((0, 1 - fx), (side * side, fx)):
        for oy, wy in ((0, 1 - fy), (side, fy)):
            low = grids.distance[start + ox + oy].float()
            high = grids.distance[start + ox + oy + 1].float()
            total = total + wx * wy * (low + fz * (high - low))
    return total


def gradient(grids: Grids, base: torch.Tensor, cells: torch.Tensor) -> torch.Tensor:
    """Returns the direction in which the distance grows.

    Four samples at the corners of a tetrahedron, one cell away along each axis.

    Parameters
    ----------
    grids : Grids
        Shapes of the bank.
    base : torch.Tensor
        (M,) int64, start of each point's grid.
    cells : torch.Tensor
        (3, M) cell coordinates, as `to_cells` returns them.

    Returns
    -------
    torch.Tensor
        (3, M) unit vectors in the frame of the shape.
    """
    total = torch.zeros_like(cells)
    for corner in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        corner = torch.tensor(corner, dtype=cells.dtype, device=cells.device)[:, None]
        total += corner * sample(grids, base, cells + corner)
    return total * (total.square().sum(dim=0) + 1e-12).rsqrt()


def nearest(
    grid: torch.Tensor, resolution: int, base: torch.Tensor, cells: torch.Tensor
) -> torch.Tensor:
    """Returns the value of the cell that contains each point.

    Parameters
    ----------
    grid : torch.Tensor
        (slots * side^3,) `distance` or `part` of Grids.
    resolution : int
        Cells along the unit cube.
    base : torch.Tensor
        Start of each point's grid, broadcast to the points.
    cells : torch.Tensor
        (3, ...) cell coordinates; clamped to the grid.
    """
    side = side_of(resolution)
    i, j, k = (cells + 0.5).floor().clamp(0, side - 1).int()
    return grid[base + ((i * side + j) * side + k)]


def around(grids: Grids, base: torch.Tensor, point: torch.Tensor) -> torch.Tensor:
    """Returns the distance at points inside and outside the unit cube.

    Outside, it is the value at the nearest point of the cube plus the distance to that point.

    Parameters
    ----------
    grids : Grids
        Shapes of the bank.
    base : torch.Tensor
        Start of each point's grid, broadcast to the points.
    point : torch.Tensor
        (3, ...) in the frame of the shape.
    """
    inside = point.clamp(-0.5, 0.5)
    outside = (point - inside).square().sum(dim=0).sqrt()
    cells = to_cells(inside, grids.resolution)
    return nearest(grids.distance, grids.resolution, base, cells).float() + outside
