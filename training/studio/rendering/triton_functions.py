"""Triton functions that the kernels share: rays of a tile, frames of objects, grid look-ups.

Most have the name of a function in `torch_functions`. They work on one object and take x, y and z
as separate tensors (TILE * TILE,), one element for each ray of the tile.
"""

import triton
import triton.language as tl

from training.studio.rendering import tracer
from training.studio.shapes.distance_grids import MARGIN as MARGIN_CELLS

MARGIN, NEVER = tl.constexpr(MARGIN_CELLS), tl.constexpr(tracer.NEVER)


@triton.jit
def tile_rays(size: tl.constexpr, TILE: tl.constexpr):
    """Returns the offsets into (B, N) of the rays of this program."""
    lane = tl.arange(0, TILE * TILE)
    tile = tl.program_id(1)
    row = tile // (size // TILE) * TILE + lane // TILE
    column = tile % (size // TILE) * TILE + lane % TILE
    return tl.program_id(0) * size * size + row * size + column


@triton.jit
def vector(base, offset, stride):
    """Loads x, y and z of (3, B, N) at the offsets of the rays."""
    return (
        tl.load(base + offset),
        tl.load(base + stride + offset),
        tl.load(base + 2 * stride + offset),
    )


@triton.jit
def three(base):
    """Loads three numbers in sequence."""
    return tl.load(base), tl.load(base + 1), tl.load(base + 2)


@triton.jit
def turned(c, s, x, y, z):
    """Rotates a world direction into the frame of an object."""
    return c * x - s * z, y, c * z + s * x


@triton.jit
def into(pose, x, y, z):
    """Transforms a world point into the frame of the object at `pose`."""
    c, s, scale = three(pose)
    px, py, pz = three(pose + 3)
    sx, sy, sz = three(pose + 6)
    x, y, z = turned(c, s, x - px, y - py, z - pz)
    scale = tl.maximum(scale, 1e-6)
    return x / (scale * sx), y / (scale * sy), z / (scale * sz)


@triton.jit
def ray_into(pose, x, y, z):
    """Transforms a world direction; also returns the world length of a unit along the ray."""
    c, s, scale = three(pose)
    sx, sy, sz = three(pose + 6)
    x, y, z = turned(c, s, x, y, z)
    x, y, z = x / sx, y / sy, z / sz
    shorter = 1 / tl.sqrt(x * x + y * y + z * z)
    return x * shorter, y * shorter, z * shorter, tl.maximum(scale, 1e-6) * shorter


@triton.jit
def slab(o, d, half, near, far):
    """Clips the interval [near, far] of a ray to one axis of a cube."""
    d = tl.where(tl.abs(d) < 1e-7, 1e-7, d)
    a, b = -(o + half) / d, -(o - half) / d
    return tl.maximum(near, tl.minimum(a, b)), tl.minimum(far, tl.maximum(a, b))


@triton.jit
def enter(ox, oy, oz, dx, dy, dz, half, zero):
    """Returns the lengths at which a ray enters and leaves a cube; near > far for a miss."""
    near, far = slab(ox, dx, half, zero, zero + NEVER)
    near, far = slab(oy, dy, half, near, far)
    return slab(oz, dz, half, near, far)


@triton.jit
def cells(x, resolution: tl.constexpr):
    """Converts a coordinate of the unit cube to a cell coordinate."""
    return (x + 0.5) * resolution + (MARGIN - 0.5)


@triton.jit
def corner(x, side: tl.constexpr):
    """Returns the lower cell of the interpolation and the fraction toward the next."""
    x = tl.minimum(tl.maximum(x, 0.0), side - 1.001)
    i = x.to(tl.int32)
    return i, x - i


@triton.jit
def along_z(grid, offset, f, mask):
    """Interpolates between two neighbouring cells along z."""
    low = tl.load(grid + offset, mask=mask, other=0.0).to(tl.float32)
    high = tl.load(grid + offset + 1, mask=mask, other=0.0).to(tl.float32)
    return low + f * (high - low)


@triton.jit
def sample(grid, x, y, z, side: tl.constexpr, mask):
    """Interpolates the distance trilinearly at cell coordinates."""
    i, fx = corner(x, side)
    j, fy = corner(y, side)
    k, fz = corner(z, side)
    o = (i * side + j) * side + k
    near = (1 - fy) * along_z(grid, o, fz, mask) + fy * along_z(grid, o + side, fz, mask)
    o += side * side
    far = (1 - fy) * along_z(grid, o, fz, mask) + fy * along_z(grid, o + side, fz, mask)
    return (1 - fx) * near + fx * far


@triton.jit
def index(x, side: tl.constexpr):
    """Returns the cell that contains a cell coordinate."""
    return tl.minimum(tl.maximum(x + 0.5, 0.0), side - 1.0).to(tl.int32)


@triton.jit
def nearest(grid, x, y, z, side: tl.constexpr, mask):
    """Returns the value of the cell that contains a point."""
    o = (index(x, side) * side + index(y, side)) * side + index(z, side)
    return tl.load(grid + o, mask=mask, other=0)


@triton.jit
def around(grid, x, y, z, resolution: tl.constexpr, side: tl.constexpr, mask):
    """Returns the distance at a point inside or outside the unit cube."""
    ix = tl.minimum(tl.maximum(x, -0.5), 0.5)
    iy = tl.minimum(tl.maximum(y, -0.5), 0.5)
    iz = tl.minimum(tl.maximum(z, -0.5), 0.5)
    outside = tl.sqrt((x - ix) * (x - ix) + (y - iy) * (y - iy) + (z - iz) * (z - iz))
    cx, cy, cz = cells(ix, resolution), cells(iy, resolution), cells(iz, resolution)
    return nearest(grid, cx, cy, cz, side, mask).to(tl.float32) + outside


@triton.jit
def slope(grid, x, y, z, side: tl.constexpr, mask):
    """Returns the unit gradient of the distance, as `torch_functions.gradient`."""
    a = sample(grid, x + 1, y - 1, z - 1, side, mask)
    b = sample(grid, x - 1, y - 1, z + 1, side, mask)
    c = sample(grid, x - 1, y + 1, z - 1, side, mask)
    d = sample(grid, x + 1, y + 1, z + 1, side, mask)
    gx, gy, gz = a - b - c + d, c + d - a - b, b + d - a - c
    inverse = 1 / tl.sqrt(gx * gx + gy * gy + gz * gz + 1e-12)
    return gx * inverse, gy * inverse, gz * inverse
