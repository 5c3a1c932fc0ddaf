"""Traces rays through distance grids in plain torch: the CPU path and the kernels' reference.

A picture holds K shapes, each placed by a row of `pose`. Rays are (B, N): N rays of B pictures. The
rays that meet the cube of a shape are gathered into a flat list (M,), so that the others cost
nothing. World lengths are in the named object's longest side, in furnished rooms in metres.
`triton_tracer` has the same functions as Triton kernels.
"""

from typing import NamedTuple

import torch

from training.studio.rendering.torch_functions import (
    SCALE,
    STRETCH,
    Grids,
    around,
    enter,
    gradient,
    into,
    nearest,
    rays_into,
    sample,
    to_cells,
    turned,
)
from training.studio.shapes.distance_grids import side_of

OBJECTS = 4  # of a training picture: the named object and up to three around it
STEPS = 48  # of sphere tracing; a ray that has not arrived then counts as a miss
SHADOW_STEPS = 24
STRIDE = 0.95  # step length as a share of the distance: sampled grids are not exact
SLOWEST = 0.5  # minimum step length in cells
HIT = 0.3  # distance in cells at which a ray has reached a surface
NEVER = 1e4  # ray length of a miss
CUBE = 0.505  # half side of a shape's cube, slightly enlarged against rounding
PENUMBRA = 0.08  # margin around the cube in which a passing shadow ray is dimmed
LIFT = 3.0  # cells along the normal at which a shadow ray starts
REACHES = (0.02, 0.05, 0.1, 0.2)  # lengths along the normal at which occlusion is sampled
PLANES = 3  # the floor and two walls


class Objects(NamedTuple):
    """Shapes of B pictures and their poses."""

    slot: torch.Tensor  # (B, K) int64 into the bank
    # (B, K, POSE) float32: cos, sin of yaw, scale, centre, stretch along its own axes
    pose: torch.Tensor
    glass_bits: torch.Tensor  # (B, K) int32: bit p is set where material p is glass


def first_hits(
    grids: Grids, objects: Objects, eye: torch.Tensor, direction: torch.Tensor, limit: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Finds the first solid surface on each ray and the first glass before it.

    Parameters
    ----------
    grids : Grids
        Shapes of the bank.
    objects : Objects
        Objects of B pictures.
    eye : torch.Tensor
        (B, 3) start of the rays.
    direction : torch.Tensor
        (3, B, N) unit vectors.
    limit : torch.Tensor
        (B, N) length at which the room ends a ray.

    Returns
    -------
    length : torch.Tensor
        (B, N) length to the surface; NEVER for none.
    which : torch.Tensor
        (B, N) int32, object of the surface; -1 for none.
    glass, glass_which : torch.Tensor
        (B, N) the same for glass in front of the surface.
    """
    length, glass = torch.full_like(limit, NEVER), torch.full_like(limit, NEVER)
    which = torch.full(limit.shape, -1, dtype=torch.int32, device=limit.device)
    glass_which = which.clone()
    for k in range(objects.slot.shape[1]):
        pose = objects.pose[:, k]
        origin = into(pose, eye.T[..., None])  # (3, B, 1)
        ray, scale = rays_into(pose, direction)
        near, far = enter(origin, ray, CUBE)
        far = torch.minimum(far, torch.minimum(length, limit) / scale)
        picture, pixel = ((near < far) & (pose[:, SCALE, None] > 0)).nonzero(as_tuple=True)
        solid, through = march(
            grids,
            objects.slot[picture, k] * side_of(grids.resolution) ** 3,
            objects.glass_bits[picture, k],
            origin[:, picture, 0],
            ray[:, picture, pixel],
            near[picture, pixel],
            far[picture, pixel],
        )
        scale = scale[picture, pixel]
        solid, through = (torch.where(t < NEVER, t * scale, NEVER) for t in (solid, through))
        _keep_nearer(length, which, picture, pixel, solid, k)
        _keep_nearer(glass, glass_which, picture, pixel, through, k)
    behind = glass >= length
    return length, which, glass.masked_fill(behind, NEVER), glass_which.masked_fill(behind, -1)


def _keep_nearer(
    length: torch.Tensor,
    which: torch.Tensor,
    picture: torch.Tensor,
    pixel: torch.Tensor,
    new_length: torch.Tensor,
    k: int,
) -> None:
    """Writes lengths (M,) to object k, and k itself, where they are shorter; in place."""
    nearer = new_length < length[picture, pixel]
    picture, pixel = picture[nearer], pixel[nearer]
    length[picture, pixel], which[picture, pixel] = new_length[nearer], k


def march(
    grids: Grids,
    base: torch.Tensor,
    glass_bits: torch.Tensor,
    origin: torch.Tensor,
    ray: torch.Tensor,
    t: torch.Tensor,
    far: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Traces rays through the grids of their shapes by sphere tracing.

    Parameters
    ----------
    grids : Grids
        Shapes of the bank.
    base : torch.Tensor
        (M,) int64, start of each ray's grid.
    glass_bits : torch.Tensor
        (M,) int32, as in Objects.
    origin, ray : torch.Tensor
        (3, M) start and unit direction in the frame of the shape.
    t, far : torch.Tensor
        (M,) lengths at which the rays enter and leave the cube; `t` is overwritten.

    Returns
    -------
    solid, glass : torch.Tensor
        (M,) lengths to the first solid surface and to the first glass; NEVER for none.
    """
    cell = 1 / grids.resolution
    solid, through = torch.full_like(t, NEVER), torch.full_like(t, NEVER)
    moving = torch.arange(len(t), device=t.device)
    for _ in range(STEPS):
        if not len(moving):
            break
        here = to_cells(origin[:, moving] + t[moving] * ray[:, moving], grids.resolution)
        distance = sample(grids, base[moving], here)
        arrived = distance <= HIT * cell
        part = nearest(grids.part, grids.resolution, base[moving], here).int()
        glassy = arrived & ((glass_bits[moving] >> part) & 1 != 0)
        first = glassy & (through[moving] >= NEVER)
        through[moving[first]] = t[moving[first]] + distance[first]
        stop = arrived & ~glassy
        solid[moving[stop]] = t[moving[stop]] + distance[stop]
        t[moving] += (STRIDE * distance.abs()).clamp_min(SLOWEST * cell)
        moving = moving[~stop & (t[moving] < far[moving])]
    return solid, through


def normals(
    grids: Grids,
    objects: Objects,
    eye: torch.Tensor,
    direction: torch.Tensor,
    length: torch.Tensor,
    which: torch.Tensor,
) -> torch.Tensor:
    """Returns the normals of the surfaces that the rays hit.

    Parameters
    ----------
    grids : Grids
        Shapes of the bank.
    objects : Objects
        Objects of B pictures.
    eye, direction : torch.Tensor
        (B, 3) and (3, B, N) as in `first_hits`.
    length, which : torch.Tensor
        (B, N) results of `first_hits`, of the surfaces or of the glass.

    Returns
    -------
    torch.Tensor
        (3, B, N) outward unit normals in the world; 0 where a ray hits nothing.
    """
    out = torch.zeros_like(direction)
    picture, pixel = (which >= 0).nonzero(as_tuple=True)
    k = which[picture, pixel].long()
    pose = objects.pose[picture, k]
    point = eye.T[:, picture] + length[picture, pixel] * direction[:, picture, pixel]
    base = objects.slot[picture, k] * side_of(grids.resolution) ** 3
    slope = gradient(grids, base, to_cells(into(pose, point), grids.resolution))
    slope = turned(pose, slope / pose[..., STRETCH].movedim(-1, 0), back=True)
    out[:, picture, pixel] = slope * (slope.square().sum(dim=0) + 1e-12).rsqrt()
    return out


def sunlight(
    grids: Grids,
    objects: Objects,
    point: torch.Tensor,
    normal: torch.Tensor,
    sun: torch.Tensor,
    sharpness: torch.Tensor,
    lit: torch.Tensor,
) -> torch.Tensor:
    """Returns the share of the sun that reaches each point.

    Shadows are soft: the share falls with the distance at which the ray to the sun passes a shape.

    Parameters
    ----------
    grids : Grids
        Shapes of the bank.
    objects : Objects
        Objects of B pictures.
    point, normal : torch.Tensor
        (3, B, N) in the world.
    sun : torch.Tensor
        (B, 3) unit vectors toward the sun.
    sharpness : torch.Tensor
        (B,) sharpness of the shadows.
    lit : torch.Tensor
        (B, N) bool. Points where it is False get 1 without tracing.

    Returns
    -------
    torch.Tensor
        (B, N) in [0, 1].
    """
    resolution, cell = grids.resolution, 1 / grids.resolution
    share = torch.ones_like(point[0])
    start = point + LIFT * cell * normal
    for k in range(objects.slot.shape[1]):
        pose = objects.pose[:, k]
        origin, (ray, _) = into(pose, start), rays_into(pose, sun.T[..., None])
        near, far = enter(origin, ray, 0.5 + PENUMBRA)
        traced = lit & (near < far) & (pose[:, SCALE, None] > 0)
        picture, pixel = traced.nonzero(as_tuple=True)
        t = near[picture, pixel].clamp_min(1.5 * cell)
        far, hard = far[picture, pixel], sharpness[picture]
        origin, ray = origin[:, picture, pixel], ray[:, picture, 0]
        base = objects.slot[picture, k] * side_of(resolution) ** 3
        best = torch.ones_like(t)
        for _ in range(SHADOW_STEPS):
            distance = around(grids, base, origin + t * ray)
            inside = t < far
            best = torch.where(
                inside, torch.minimum(best, (hard * distance / t + 0.2).clamp(0, 1)), best
            )
            t = t + torch.where(inside, distance.clamp(cell, 0.25), 0)
        share[picture, pixel] = torch.minimum(share[picture, pixel], best)
    return share


def openness(
    grids: Grids, objects: Objects, planes: torch.Tensor, point: torch.Tensor, normal: torch.Tensor
) -> torch.Tensor:
    """Returns the ambient light that nearby surfaces leave to each point (Evans 2006).

    Parameters
    ----------
    grids : Grids
        Shapes of the bank.
    objects : Objects
        Objects of B pictures.
    planes : torch.Tensor
        (B, PLANES, 4) floor and walls as unit normal and offset.
    point, normal : torch.Tensor
        (3, B, N) in the world.

    Returns
    -------
    torch.Tensor
        (B, N) in [0, 1]; 1 for a point with nothing near it along its normal.
    """
    blocked = torch.zeros_like(point[0])
    for i, reach in enumerate(REACHES):
        spot = point + reach * normal
        free = torch.full_like(blocked, NEVER)
        for k in range(PLANES):
            plane = planes[:, k, :, None]
            free = torch.minimum(free, (plane[:, :3] * spot.transpose(0, 1)).sum(1) - plane[:, 3])
        for k in range(objects.slot.shape[1]):
            pose = objects.pose[:, k]
            base = objects.slot[:, k, None] * side_of(grids.resolution) ** 3
            stretch = pose[:, STRETCH].T[..., None] * turned(pose, normal)  # exact on flat sides
            scale = pose[:, SCALE, None] * stretch.square().sum(dim=0).sqrt()
            away = around(grids, base, into(pose, spot)) * scale
            free = torch.where(pose[:, SCALE, None] > 0, torch.minimum(free, away), free)
        blocked = blocked + (reach - free).clamp(0, reach) / reach * 0.5**i
    return 1 - blocked / sum(0.5**i for i in range(len(REACHES)))
