"""The kernels of `triton_tracer`: each processes one tile of rays of one picture.

Arguments are pointers to the tensors that the function of the same name in `tracer` takes, then to
the results. `stride` is B * N, `side` the cells a side of a grid, `OBJECTS` the number of shapes in
a picture, `TILE` the pixels a side of a tile. `triton_functions` holds the code that the kernels
share.
"""

import triton
import triton.language as tl

from training.studio.rendering import torch_functions, tracer
from training.studio.rendering.triton_functions import (
    around,
    cells,
    enter,
    into,
    nearest,
    ray_into,
    sample,
    slope,
    three,
    tile_rays,
    turned,
    vector,
)

PLANES = tl.constexpr(tracer.PLANES)
POSE = tl.constexpr(torch_functions.POSE)
NEVER, CUBE, HIT = tl.constexpr(tracer.NEVER), tl.constexpr(tracer.CUBE), tl.constexpr(tracer.HIT)
STRIDE, SLOWEST = tl.constexpr(tracer.STRIDE), tl.constexpr(tracer.SLOWEST)
STEPS, SHADOW_STEPS = tl.constexpr(tracer.STEPS), tl.constexpr(tracer.SHADOW_STEPS)
PENUMBRA, LIFT = tl.constexpr(tracer.PENUMBRA), tl.constexpr(tracer.LIFT)
REACH_COUNT = tl.constexpr(len(tracer.REACHES))
REACHES = tl.constexpr(tracer.REACHES)
FULL_OCCLUSION = tl.constexpr(sum(0.5**i for i in range(len(tracer.REACHES))))


@triton.jit
def first_hits(
    distance,
    part,
    slot,
    pose,
    clear,
    eye,
    direction,
    limit,
    length,
    which,
    glass,
    glass_which,
    stride,
    size: tl.constexpr,
    resolution: tl.constexpr,
    side: tl.constexpr,
    OBJECTS: tl.constexpr,
    TILE: tl.constexpr,
):
    """Finds the first surface and the first glass on each ray; see `tracer.first_hits`."""
    ray = tile_rays(size, TILE)
    picture = tl.program_id(0)
    dx, dy, dz = vector(direction, ray, stride)
    ex, ey, ez = three(eye + picture * 3)
    end = tl.load(limit + ray)
    zero = dx * 0
    best, best_glass = zero + NEVER, zero + NEVER
    found = tl.full([TILE * TILE], -1, tl.int32)
    found_glass = tl.full([TILE * TILE], -1, tl.int32)
    cell = 1.0 / resolution
    for k in range(OBJECTS):
        row = picture * OBJECTS + k
        here = pose + row * POSE
        present = tl.load(here + 2) > 0
        bits = tl.load(clear + row)
        base = tl.load(slot + row).to(tl.int64) * (side * side * side)
        ox, oy, oz = into(here, ex, ey, ez)
        rx, ry, rz, scale = ray_into(here, dx, dy, dz)
        t, far = enter(ox, oy, oz, rx, ry, rz, CUBE, zero)
        far = tl.minimum(far, tl.minimum(best, end) / scale)
        far = tl.where(present, far, -1.0)
        moving = t < far
        solid, through = zero + NEVER, zero + NEVER
        step = 0
        while (step < STEPS) & (tl.max(moving.to(tl.int32), 0) > 0):
            x = cells(ox + t * rx, resolution)
            y = cells(oy + t * ry, resolution)
            z = cells(oz + t * rz, resolution)
            d = sample(distance + base, x, y, z, side, moving)
            arrived = moving & (d <= cell * HIT)
            p = nearest(part + base, x, y, z, side, arrived).to(tl.int32)
            glassy = arrived & (((bits >> p) & 1) != 0)
            through = tl.where(glassy & (through >= NEVER), t + d, through)
            stop = arrived & (glassy == 0)
            solid = tl.where(stop, t + d, solid)
            t = tl.where(moving, t + tl.maximum(tl.abs(d) * STRIDE, cell * SLOWEST), t)
            moving = moving & (stop == 0) & (t < far)
            step += 1
        solid = tl.where(solid < NEVER, solid * scale, NEVER)
        through = tl.where(through < NEVER, through * scale, NEVER)
        found = tl.where(solid < best, k, found)
        best = tl.minimum(best, solid)
        found_glass = tl.where(through < best_glass, k, found_glass)
        best_glass = tl.minimum(best_glass, through)
    behind = best_glass >= best
    tl.store(length + ray, best)
    tl.store(which + ray, found)
    tl.store(glass + ray, tl.where(behind, NEVER, best_glass))
    tl.store(glass_which + ray, tl.where(behind, -1, found_glass))


@triton.jit
def normals(
    distance,
    slot,
    pose,
    eye,
    direction,
    length,
    which,
    out,
    stride,
    size: tl.constexpr,
    resolution: tl.constexpr,
    side: tl.constexpr,
    OBJECTS: tl.constexpr,
    TILE: tl.constexpr,
):
    """Computes the normals where the rays hit; see `tracer.normals`."""
    ray = tile_rays(size, TILE)
    picture = tl.program_id(0)
    dx, dy, dz = vector(direction, ray, stride)
    ex, ey, ez = three(eye + picture * 3)
    t = tl.load(length + ray)
    k = tl.load(which + ray)
    nx, ny, nz = dx * 0, dx * 0, dx * 0
    for i in range(OBJECTS):
        mask = k == i
        if tl.max(mask.to(tl.int32), 0) > 0:
            row = picture * OBJECTS + i
            here = pose + row * POSE
            c, s, _scale = three(here)
            base = tl.load(slot + row).to(tl.int64) * (side * side * side)
            x, y, z = into(here, ex + t * dx, ey + t * dy, ez + t * dz)
            x, y, z = cells(x, resolution), cells(y, resolution), cells(z, resolution)
            gx, gy, gz = slope(distance + base, x, y, z, side, mask)
            ax, ay, az = three(here + 6)
            gx, gy, gz = turned(c, -s, gx / ax, gy / ay, gz / az)
            shorter = 1 / tl.sqrt(gx * gx + gy * gy + gz * gz + 1e-12)
            gx, gy, gz = gx * shorter, gy * shorter, gz * shorter
            nx, ny = tl.where(mask, gx, nx), tl.where(mask, gy, ny)
            nz = tl.where(mask, gz, nz)
    tl.store(out + ray, nx)
    tl.store(out + stride + ray, ny)
    tl.store(out + 2 * stride + ray, nz)


@triton.jit
def sunlight(
    distance,
    slot,
    pose,
    point,
    normal,
    sun,
    sharpness,
    lit,
    out,
    stride,
    size: tl.constexpr,
    resolution: tl.constexpr,
    side: tl.constexpr,
    OBJECTS: tl.constexpr,
    TILE: tl.constexpr,
):
    """Computes the share of the sun at each point; see `tracer.sunlight`."""
    ray = tile_rays(size, TILE)
    picture = tl.program_id(0)
    px, py, pz = vector(point, ray, stride)
    nx, ny, nz = vector(normal, ray, stride)
    sx, sy, sz = three(sun + picture * 3)
    hard = tl.load(sharpness + picture)
    asked = tl.load(lit + ray) != 0
    cell = 1.0 / resolution
    px, py, pz = px + nx * (cell * LIFT), py + ny * (cell * LIFT), pz + nz * (cell * LIFT)
    zero = px * 0
    seen = zero + 1
    for k in range(OBJECTS):
        row = picture * OBJECTS + k
        here = pose + row * POSE
        present = tl.load(here + 2) > 0
        base = tl.load(slot + row).to(tl.int64) * (side * side * side)
        ox, oy, oz = into(here, px, py, pz)
        rx, ry, rz, _scale = ray_into(here, sx, sy, sz)
        t, far = enter(ox, oy, oz, rx, ry, rz, 0.5 + PENUMBRA, zero)
        far = tl.where(present, far, -1.0)
        moving = asked & (t < far)
        t = tl.maximum(t, 1.5 * cell)
        step = 0
        while (step < SHADOW_STEPS) & (tl.max(moving.to(tl.int32), 0) > 0):
            x, y, z = ox + t * rx, oy + t * ry, oz + t * rz
            moving = moving & (t < far) & (seen > 0)
            d = around(distance + base, x, y, z, resolution, side, moving)
            share = tl.minimum(tl.maximum(hard * d / t + 0.2, 0.0), 1.0)
            seen = tl.where(moving, tl.minimum(seen, share), seen)
            t += tl.minimum(tl.maximum(d, cell), 0.25)
            step += 1
    tl.store(out + ray, seen)


@triton.jit
def openness(
    distance,
    slot,
    pose,
    planes,
    point,
    normal,
    out,
    stride,
    size: tl.constexpr,
    resolution: tl.constexpr,
    side: tl.constexpr,
    OBJECTS: tl.constexpr,
    TILE: tl.constexpr,
):
    """Computes the ambient light at each point; see `tracer.openness`."""
    ray = tile_rays(size, TILE)
    picture = tl.program_id(0)
    px, py, pz = vector(point, ray, stride)
    nx, ny, nz = vector(normal, ray, stride)
    blocked = px * 0
    for i in tl.static_range(REACH_COUNT):
        reach = REACHES[i]
        x, y, z = px + reach * nx, py + reach * ny, pz + reach * nz
        free = px * 0 + NEVER
        for k in range(PLANES):
            plane = planes + (picture * PLANES + k) * 4
            a, b, c = three(plane)
            free = tl.minimum(free, a * x + b * y + c * z - tl.load(plane + 3))
        for k in range(OBJECTS):
            row = picture * OBJECTS + k
            here = pose + row * POSE
            c, s, scale = three(here)
            ax, ay, az = three(here + 6)
            ux, uy, uz = turned(c, s, nx, ny, nz)
            ux, uy, uz = ux * ax, uy * ay, uz * az
            scale = scale * tl.sqrt(ux * ux + uy * uy + uz * uz)  # exact on flat sides
            base = tl.load(slot + row).to(tl.int64) * (side * side * side)
            lx, ly, lz = into(here, x, y, z)
            # a point farther than `reach` from the cube is not blocked: its ray reads nothing
            edge = tl.where(scale > 0, 0.5 + reach / tl.maximum(scale, 1e-6), -1.0)
            close = (tl.abs(lx) < edge) & (tl.abs(ly) < edge) & (tl.abs(lz) < edge)
            away = around(distance + base, lx, ly, lz, resolution, side, close) * scale
            free = tl.where(close, tl.minimum(free, away), free)
        blocked += tl.minimum(tl.maximum(reach - free, 0.0), reach) / reach * 0.5**i
    tl.store(out + ray, 1 - blocked / FULL_OCCLUSION)
