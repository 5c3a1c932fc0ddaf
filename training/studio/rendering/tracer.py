"""Rays against distance grids in plain torch: the CPU path, and what `kernels.py` is held against.

A picture holds OBJECTS shapes, each placed by a row of `pose`. Rays come in as (B, N), N rays of B
pictures; the ones that can meet a shape are gathered to a flat list (M,), so that rays which miss
its cube or have arrived cost nothing. World lengths are in the named object's longest side.
"""

from typing import NamedTuple

import torch

from training.studio.shapes.distance_grids import MARGIN, side_of

OBJECTS = 4  # the named object and up to three around it
STEPS = 48  # of sphere tracing; a ray that grazes a surface for longer counts as a miss
SHADOW_STEPS = 24
STRIDE = 0.95  # share of the distance that a step goes: grids are sampled, not exact
SLOWEST = 0.5  # cells that a step goes at least
HIT = 0.3  # cells from a surface at which a ray has arrived
NEVER = 1e4  # ray length that stands for a miss
CUBE = 0.505  # half side of a shape's cube and a hair
PENUMBRA = 0.08  # around the cube: a ray that passes so near is dimmed
LIFT = 3.0  # cells along the normal at which a shadow ray starts
REACHES = (0.02, 0.05, 0.1, 0.2)  # lengths along the normal at which occlusion is looked for
PLANES = 3  # the floor and two walls
# columns of `pose`; an absent object has SCALE 0
COS, SIN, SCALE, PLACE, STRETCH, POSE = 0, 1, 2, slice(3, 6), slice(6, 9), 9


class Grids(NamedTuple):
    """All shapes of a bank, flat, so that a slot is an offset."""

    distance: torch.Tensor  # (slots * side^3,) float16, in longest sides of the shape
    part: torch.Tensor  # (slots * side^3,) uint8
    resolution: int


class Objects(NamedTuple):
    """The shapes of B pictures and where they stand."""

    slot: torch.Tensor  # (B, OBJECTS) int64
    # (B, OBJECTS, POSE) float32: cos, sin of yaw, scale, centre, stretch along its own axes
    pose: torch.Tensor
    clear: torch.Tensor  # (B, OBJECTS) int32: bit p is set where part p is glass


def first_hits(grids: Grids, objects: Objects, eye, direction, limit):
    """The first solid surface on each ray and the first glass before it.

    eye : (B, 3); direction : (3, B, N) unit vectors; limit : (B, N) where the room ends a ray
    -> length (B, N), which (B, N) int32, glass length, glass which; NEVER and -1 for none
    """
    length, glass = torch.full_like(limit, NEVER), torch.full_like(limit, NEVER)
    which = torch.full(limit.shape, -1, dtype=torch.int32, device=limit.device)
    glass_which = which.clone()
    for k in range(OBJECTS):
        pose = objects.pose[:, k]
        origin = into(pose, eye.T[..., None])  # (3, B, 1)
        ray, scale = rays_into(pose, direction)
        near, far = enter(origin, ray, CUBE)
        far = torch.minimum(far, torch.minimum(length, limit) / scale)
        picture, pixel = ((near < far) & (pose[:, SCALE, None] > 0)).nonzero(as_tuple=True)
        solid, through = march(
            grids,
            objects.slot[picture, k] * side_of(grids.resolution) ** 3,
            objects.clear[picture, k],
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


def _keep_nearer(length, which, picture, pixel, found, k: int) -> None:
    nearer = found < length[picture, pixel]
    picture, pixel = picture[nearer], pixel[nearer]
    length[picture, pixel], which[picture, pixel] = found[nearer], k


def march(grids: Grids, base, clear, origin, ray, t, far):
    """Sphere-traces flat rays: base, clear, t, far (M,); origin, ray (3, M), in the shape's frame.

    -> lengths to the solid and to the first glass (M,), NEVER for none
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
        glassy = arrived & ((clear[moving] >> part) & 1 != 0)
        first = glassy & (through[moving] >= NEVER)
        through[moving[first]] = t[moving[first]] + distance[first]
        stop = arrived & ~glassy
        solid[moving[stop]] = t[moving[stop]] + distance[stop]
        t[moving] += (STRIDE * distance.abs()).clamp_min(SLOWEST * cell)
        moving = moving[~stop & (t[moving] < far[moving])]
    return solid, through


def normals(grids: Grids, objects: Objects, eye, direction, length, which):
    """(3, B, N) outward unit normals where a ray met object `which`, zero elsewhere."""
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


def gradient(grids: Grids, base, cells):
    """(3, M) unit vectors: differences across a tetrahedron of one cell's reach."""
    total = torch.zeros_like(cells)
    for corner in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        corner = torch.tensor(corner, dtype=cells.dtype, device=cells.device)[:, None]
        total += corner * sample(grids, base, cells + corner)
    return total * (total.square().sum(dim=0) + 1e-12).rsqrt()


def sunlight(grids: Grids, objects: Objects, point, normal, sun, sharpness, lit):
    """(B, N) share of the sun that a point sees, soft by how narrowly its ray passes a shape.

    point, normal : (3, B, N); sun : (B, 3) toward it; sharpness : (B,); lit : (B, N) bool, where
    it is asked for (1 elsewhere)
    """
    resolution, cell = grids.resolution, 1 / grids.resolution
    seen = torch.ones_like(point[0])
    start = point + LIFT * cell * normal
    for k in range(OBJECTS):
        pose = objects.pose[:, k]
        origin, (ray, _) = into(pose, start), rays_into(pose, sun.T[..., None])
        near, far = enter(origin, ray, 0.5 + PENUMBRA)
        asked = lit & (near < far) & (pose[:, SCALE, None] > 0)
        picture, pixel = asked.nonzero(as_tuple=True)
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
        seen[picture, pixel] = torch.minimum(seen[picture, pixel], best)
    return seen


def openness(grids: Grids, objects: Objects, planes, point, normal):
    """(B, N) in [0, 1]: how little stands near a point along its normal (Evans 2006).

    planes : (B, PLANES, 4) floor and walls as unit normal and offset
    """
    blocked = torch.zeros_like(point[0])
    for i, reach in enumerate(REACHES):
        spot = point + reach * normal
        free = torch.full_like(blocked, NEVER)
        for k in range(PLANES):
            plane = planes[:, k, :, None]
            free = torch.minimum(free, (plane[:, :3] * spot.transpose(0, 1)).sum(1) - plane[:, 3])
        for k in range(OBJECTS):
            pose = objects.pose[:, k]
            base = objects.slot[:, k, None] * side_of(grids.resolution) ** 3
            stretch = pose[:, STRETCH].T[..., None] * turned(pose, normal)  # exact on flat sides
            scale = pose[:, SCALE, None] * stretch.square().sum(dim=0).sqrt()
            away = around(grids, base, into(pose, spot)) * scale
            free = torch.where(pose[:, SCALE, None] > 0, torch.minimum(free, away), free)
        blocked = blocked + (reach - free).clamp(0, reach) / reach * 0.5**i
    return 1 - blocked / sum(0.5**i for i in range(len(REACHES)))


def into(pose, point):
    """World points (3, ...) in the frames of the objects at `pose` (..., POSE)."""
    turn = pose.movedim(-1, 0)
    extra = (1,) * (point.dim() - turn.dim())
    scale = turn[SCALE].clamp_min(1e-6) * turn[STRETCH]
    place, scale = (v.reshape(v.shape + extra) for v in (turn[PLACE], scale))
    return turned(pose, point - place) / scale


def rays_into(pose, direction):
    """World directions in the frames of the objects.

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
        World length of a unit along each ray.
    """
    stretch = pose[..., STRETCH].movedim(-1, 0)
    extra = (1,) * (direction.dim() - pose.dim())
    ray = turned(pose, direction) / stretch.reshape(stretch.shape + extra)
    shorter = ray.square().sum(dim=0).rsqrt()
    scale = pose[..., SCALE].clamp_min(1e-6)
    return ray * shorter, scale.reshape(scale.shape + extra) * shorter


def turned(pose, vector, back: bool = False):
    """World directions (3, ...) turned into the objects' frames, or back out of them."""
    extra = (1,) * (vector.dim() - pose.dim())
    c, s = (pose[..., i].view(pose.shape[:-1] + extra) for i in (COS, SIN))
    s = -s if back else s
    x, y, z = vector
    return torch.stack([c * x - s * z, y + 0 * c, c * z + s * x])


def enter(origin, ray, half: float):
    """Ray lengths at which rays (3, ...) enter and leave a cube; near > far: a miss."""
    ray = torch.where(ray.abs() < 1e-7, 1e-7, ray)
    a, b = (-half - origin) / ray, (half - origin) / ray
    return torch.minimum(a, b).amax(dim=0).clamp_min(0), torch.maximum(a, b).amin(dim=0)


def to_cells(point, resolution: int):
    """Positions in the unit cube (3, ...) as indices of a grid, cell centres at whole numbers."""
    return (point + 0.5) * resolution + (MARGIN - 0.5)


def sample(grids: Grids, base, cells):
    """Trilinear distance at cell coordinates (3, M), clamped to the grid that starts at `base`."""
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


def nearest(grid, resolution: int, base, cells):
    """Value of the cell that holds cell coordinates (3, ...)."""
    side = side_of(resolution)
    i, j, k = (cells + 0.5).floor().clamp(0, side - 1).int()
    return grid[base + ((i * side + j) * side + k)]


def around(grids: Grids, base, point):
    """Distance at any point: the grid's value where the cube is nearest, plus the way there."""
    inside = point.clamp(-0.5, 0.5)
    outside = (point - inside).square().sum(dim=0).sqrt()
    cells = to_cells(inside, grids.resolution)
    return nearest(grids.distance, grids.resolution, base, cells).float() + outside
