"""Primitives to signed distance grids: the one form that the studio renders and voxelises.

A grid has `resolution` cells along the piece's unit cube and MARGIN empty cells around it, so that
normals at the border are right. Distances are in units of the cube, negative inside.
"""

import functools
from collections.abc import Iterator

import torch

from furniture import primitives as P

RESOLUTION = 128  # cells of the unit cube a side, Pix3D's own resolution
MARGIN = 4  # empty cells around it: a rendered normal reads one cell to each side
BLOCK = 4  # cells a side that are refined together where a surface passes
CHUNK = 8192  # blocks refined in one call: a static shape for torch.compile
FEW_ROWS = (16, 32)  # blocks of pieces with so many rows or fewer go together; half have 13
CPU_CHUNK = 128  # eager code keeps its temporaries in the cache
THINNEST = 0.9  # half thickness in cells under which interpolation would lose a rod
FAR = 10.0  # distance of an empty row


def side_of(resolution: int) -> int:
    """Cells a side of a grid whose unit cube has `resolution`."""
    return resolution + 2 * MARGIN


def cell_centers(resolution: int, stride: int = 1, device=None) -> torch.Tensor:
    """(side / stride) float32 coordinates along an axis: centres of `stride`-wide blocks."""
    count = side_of(resolution) // stride
    index = torch.arange(count, device=device, dtype=torch.float32)
    return ((index + 0.5) * stride - MARGIN) / resolution - 0.5


def distance(points: torch.Tensor, rows: torch.Tensor, thinnest: float) -> torch.Tensor:
    """Signed distance from each point to each primitive, an underestimate where it is not exact.

    points : (..., 3); rows : (..., COLUMNS), broadcast against the points; thinnest : least half
    thickness -> (...)
    """
    offset = points - rows[..., P.CENTER]
    turn = rows[..., P.ROTATION].unflatten(-1, (3, 3))
    x, y, z = (
        turn[..., i, 0] * offset[..., 0]
        + turn[..., i, 1] * offset[..., 1]
        + turn[..., i, 2] * offset[..., 2]
        for i in range(3)
    )
    half = rows[..., P.HALF].clamp_min(thinnest)
    half_x, half_y, half_z = half[..., 0], half[..., 1], half[..., 2]
    egg = _ellipsoid(x, y, z, half_x, half_y, half_z)
    x, z = _unbend(x, z, rows[..., P.BEND])
    lift = ((y / half_y).clamp(-1, 1) + 1) / 2
    half_x = half_x * (1 + (rows[..., 17] - 1) * lift)
    half_z = half_z * (1 + (rows[..., 18] - 1) * lift)
    half_x, half_z = half_x.clamp_min(thinnest), half_z.clamp_min(thinnest)
    corner = torch.minimum(rows[..., P.CORNER], torch.minimum(half_x, half_z))
    rectangle = _rectangle(x, z, half_x, half_z, corner)
    ellipse = _ellipse(x, z, half_x, half_z)
    section = torch.where(rows[..., P.KIND] == P.BOX, rectangle, ellipse)
    narrow = torch.minimum(half_y, torch.minimum(half_x, half_z))
    edge = torch.minimum(rows[..., P.EDGE], narrow)
    side, cap = section + edge, y.abs() - half_y + edge
    solid = torch.maximum(side, cap).clamp_max(0) + _length(side.clamp_min(0), cap.clamp_min(0))
    return torch.where(rows[..., P.KIND] == P.ELLIPSOID, egg, solid - edge)


def union(
    points: torch.Tensor, rows: torch.Tensor, thinnest: float = 0.0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Distance to a piece and the part that is nearest.

    points : (S, N, 3); rows : (S, P, COLUMNS), unused rows have SIGN 0
    -> distance (S, N), part (S, N) int64
    """
    each = distance(points[:, :, None], rows[:, None], thinnest)  # (S, N, P)
    sign = rows[:, None, :, P.SIGN]
    solid, nearest = torch.where(sign > 0, each, FAR).min(dim=-1)
    cut = torch.where(sign < 0, each, FAR).amin(dim=-1)
    part = rows[..., P.MATERIAL].long().gather(1, nearest)
    return torch.maximum(solid, -cut), part


def bake(rows: torch.Tensor, resolution: int = RESOLUTION, compiled: bool = False):
    """Pieces as grids, evaluated finely only where a surface passes.

    rows : (S, P, COLUMNS) on any device
    -> distance (S, side, side, side) float16, part (S, side, side, side) uint8
    """
    return Baking(rows, resolution, compiled).grids()


class Baking:
    """`bake` in two halves: coarse blocks at once, fine cells when `grids` is called.

    The host must know how many blocks a surface crosses to order the second half. With a GPU that
    has other work in between it is told in time; called right away, `grids` waits for it.
    """

    def __init__(self, rows: torch.Tensor, resolution: int, compiled: bool):
        if not compiled:  # a static shape gains nothing here: leave out rows that no piece uses
            rows = rows[:, : int((rows[..., P.SIGN] != 0).sum(dim=1).max())]
        self.rows, self.resolution, self.compiled = rows, resolution, compiled
        self.evaluate = _compiled_union() if compiled else union
        axis = cell_centers(resolution, BLOCK, rows.device)
        self.points = torch.cartesian_prod(axis, axis, axis)  # (blocks^3, 3)
        points = self.points.expand(len(rows), -1, -1)
        self.coarse, self.part = self.evaluate(points, rows, THINNEST / resolution)
        self.reach = 3**0.5 * BLOCK / 2 / resolution
        near = self.coarse.abs() < 2 * self.reach  # (S, blocks^3)
        self.most, pieces = zip(*_by_rows(rows), strict=True)
        self.crossed = [near & some[:, None] for some in pieces]
        counts = torch.stack([some.sum() for some in self.crossed])
        self.counts, self.counted = counts.to("cpu", non_blocking=True), None
        if counts.is_cuda:
            self.counted = torch.cuda.Event()
            self.counted.record()

    def grids(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Distance (S, side, side, side) float16 and part (S, side, side, side) uint8."""
        if self.counted is not None:
            self.counted.synchronize()
        far = (self.coarse.abs() - self.reach).clamp_min(self.reach / 2)
        grid = (self.coarse.sign() * far).half()[..., None].repeat(1, 1, BLOCK**3)
        part = self.part.byte()[..., None].repeat(1, 1, BLOCK**3)  # (S, blocks^3, BLOCK^3)
        offsets = _offsets(self.resolution, self.rows.device)
        for piece, block, rows in self._crossed():
            inside = self.points[block][:, None] + offsets
            near, which = self.evaluate(inside, rows, THINNEST / self.resolution)
            grid[piece, block], part[piece, block] = near.half(), which.byte()
        blocks = side_of(self.resolution) // BLOCK
        return _unblock(grid, blocks), _unblock(part, blocks)

    def _crossed(self) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        """Piece (N,), block (N,) and rows (N, P, COLUMNS) of blocks that a surface crosses."""
        chunk = CHUNK if self.compiled else CPU_CHUNK
        for most, crossed, count in zip(self.most, self.crossed, self.counts.tolist(), strict=True):
            if count == 0:
                continue
            # `nonzero` would wait for the GPU to learn the count
            for some in torch.nonzero_static(crossed, size=count).split(chunk):
                piece, block = (_padded(some) if self.compiled else some).unbind(1)
                yield piece, block, self.rows[piece, :most]


def _by_rows(rows: torch.Tensor) -> Iterator[tuple[int, torch.Tensor]]:
    """Numbers of rows that suffice, and the pieces (S,) bool that have no more; used ones first."""
    used, least = (rows[..., P.SIGN] != 0).sum(dim=1), 0
    for most in (*FEW_ROWS, rows.shape[1]):
        yield most, (used > least) & (used <= most)
        least = most


def _offsets(resolution: int, device) -> torch.Tensor:
    """(BLOCK^3, 3): cell centres relative to their block's centre."""
    step = (torch.arange(BLOCK, device=device) - (BLOCK - 1) / 2) / resolution
    return torch.cartesian_prod(step, step, step)


def _padded(index: torch.Tensor) -> torch.Tensor:
    """Repeats the last row up to CHUNK rows, so that every call has one shape."""
    return torch.cat([index, index[-1:].expand(CHUNK - len(index), -1)])


def _unblock(grid: torch.Tensor, blocks: int) -> torch.Tensor:
    grid = grid.view(-1, *[blocks] * 3, *[BLOCK] * 3).permute(0, 1, 4, 2, 5, 3, 6)
    return grid.reshape(-1, *[blocks * BLOCK] * 3)


@functools.cache
def _compiled_union():
    return torch.compile(union, dynamic=False)


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
