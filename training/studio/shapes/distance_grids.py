"""Signed distance grids of furniture: the studio renders and voxelises them.

A grid has `resolution` cells along the piece's unit cube and MARGIN empty cells on each side, so
that normals at the border are right. Distances are in units of the cube, negative inside.
"""

import functools
from collections.abc import Callable, Iterator

import torch

from furniture import primitives as P
from training.studio.shapes.distances import union

RESOLUTION = 128  # cells along the unit cube, the resolution of Pix3D's voxels
MARGIN = 4  # empty cells around the cube: a rendered normal reads one cell to each side
BLOCK_SIDE = 4  # cells a side of a block; blocks that a surface crosses are refined
BLOCKS_PER_CALL = 8192  # blocks refined in one call: a static shape for torch.compile
ROW_LIMITS = (16, 32)  # pieces up to so many rows are refined together, without empty rows
CPU_BLOCKS_PER_CALL = 128  # so that the temporaries of eager code fit the processor's cache
MIN_HALF_THICKNESS = 0.9  # in cells; interpolation would lose a thinner rod


def side_of(resolution: int) -> int:
    """Returns the cells a side of a grid, with its margin."""
    return resolution + 2 * MARGIN


def cell_centers(
    resolution: int, stride: int = 1, device: torch.device | None = None
) -> torch.Tensor:
    """Returns coordinates along one axis.

    Parameters
    ----------
    resolution : int
        Cells along the unit cube.
    stride : int
        Cells a side of a block.
    device : torch.device, optional
        Device of the result.

    Returns
    -------
    torch.Tensor
        (side / stride,) float32, centres of the blocks; the cube spans -0.5 to 0.5.
    """
    count = side_of(resolution) // stride
    index = torch.arange(count, device=device, dtype=torch.float32)
    return ((index + 0.5) * stride - MARGIN) / resolution - 0.5


def bake(
    rows: torch.Tensor, resolution: int = RESOLUTION, compiled: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """Evaluates pieces on grids, finely only near their surfaces.

    Parameters
    ----------
    rows : torch.Tensor
        (S, P, COLUMNS) on any device.
    resolution : int
        Cells along the unit cube.
    compiled : bool
        Uses `torch.compile`, for a GPU.

    Returns
    -------
    distance : torch.Tensor
        (S, side, side, side) float16.
    part : torch.Tensor
        (S, side, side, side) uint8, index into the materials of the piece.
    """
    return Baking(rows, resolution, compiled).grids()


class Baking:
    """`bake` in two steps: coarse blocks at once, fine cells when `grids` is called.

    The second step needs the number of blocks that surfaces cross on the CPU. If the GPU has other
    work between the steps, the number arrives in time; `grids` right after the constructor waits.

    Parameters
    ----------
    rows : torch.Tensor
        (S, P, COLUMNS) on any device.
    resolution : int
        Cells along the unit cube.
    compiled : bool
        Uses `torch.compile`, for a GPU.
    """

    def __init__(self, rows: torch.Tensor, resolution: int, compiled: bool):
        if not compiled:  # eager code needs no static shape: drop the rows that no piece uses
            rows = rows[:, : int((rows[..., P.SIGN] != 0).sum(dim=1).max())]
        self.rows, self.resolution, self.compiled = rows, resolution, compiled
        self.evaluate = _compiled_union() if compiled else union
        axis = cell_centers(resolution, BLOCK_SIDE, rows.device)
        self.points = torch.cartesian_prod(axis, axis, axis)  # (blocks^3, 3)
        points = self.points.expand(len(rows), -1, -1)
        self.coarse, self.part = self.evaluate(points, rows, MIN_HALF_THICKNESS / resolution)
        self.block_radius = 3**0.5 * BLOCK_SIDE / 2 / resolution
        near = self.coarse.abs() < 2 * self.block_radius  # (S, blocks^3)
        self.row_limits, pieces = zip(*_by_rows(rows), strict=True)
        self.crossed_blocks = [near & some[:, None] for some in pieces]
        counts = torch.stack([some.sum() for some in self.crossed_blocks])
        self.counts, self.copied = counts.to("cpu", non_blocking=True), None
        if counts.is_cuda:
            self.copied = torch.cuda.Event()
            self.copied.record()

    def grids(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Refines the blocks that surfaces cross.

        Returns
        -------
        distance : torch.Tensor
            (S, side, side, side) float16.
        part : torch.Tensor
            (S, side, side, side) uint8, index into the materials of the piece.
        """
        if self.copied is not None:
            self.copied.synchronize()
        far = (self.coarse.abs() - self.block_radius).clamp_min(self.block_radius / 2)
        grid = (self.coarse.sign() * far).half()[..., None].repeat(1, 1, BLOCK_SIDE**3)
        part = self.part.byte()[..., None].repeat(
            1, 1, BLOCK_SIDE**3
        )  # (S, blocks^3, BLOCK_SIDE^3)
        offsets = _offsets(self.resolution, self.rows.device)
        for piece, block, rows in self._crossed_chunks():
            inside = self.points[block][:, None] + offsets
            near, which = self.evaluate(inside, rows, MIN_HALF_THICKNESS / self.resolution)
            grid[piece, block], part[piece, block] = near.half(), which.byte()
        blocks = side_of(self.resolution) // BLOCK_SIDE
        return _unblock(grid, blocks), _unblock(part, blocks)

    def _crossed_chunks(self) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        """Yields piece (N,), block (N,) and rows (N, P, COLUMNS) of blocks that surfaces cross."""
        chunk = BLOCKS_PER_CALL if self.compiled else CPU_BLOCKS_PER_CALL
        for limit, crossed, count in zip(
            self.row_limits, self.crossed_blocks, self.counts.tolist(), strict=True
        ):
            if count == 0:
                continue
            # `nonzero` would wait for the GPU to count
            for some in torch.nonzero_static(crossed, size=count).split(chunk):
                piece, block = (_padded(some) if self.compiled else some).unbind(1)
                yield piece, block, self.rows[piece, :limit]


def _by_rows(rows: torch.Tensor) -> Iterator[tuple[int, torch.Tensor]]:
    """Yields limits of rows, and the pieces (S,) bool between the limit before and this one."""
    used, lower = (rows[..., P.SIGN] != 0).sum(dim=1), 0
    for limit in (*ROW_LIMITS, rows.shape[1]):
        yield limit, (used > lower) & (used <= limit)
        lower = limit


def _offsets(resolution: int, device: torch.device) -> torch.Tensor:
    """Cell centres (BLOCK_SIDE^3, 3) relative to the centre of their block."""
    step = (torch.arange(BLOCK_SIDE, device=device) - (BLOCK_SIDE - 1) / 2) / resolution
    return torch.cartesian_prod(step, step, step)


def _padded(index: torch.Tensor) -> torch.Tensor:
    """Repeats the last row up to BLOCKS_PER_CALL rows, so that all calls have one shape."""
    return torch.cat([index, index[-1:].expand(BLOCKS_PER_CALL - len(index), -1)])


def _unblock(grid: torch.Tensor, blocks: int) -> torch.Tensor:
    """Reorders (S, blocks^3, BLOCK_SIDE^3) to (S, side, side, side)."""
    grid = grid.view(-1, *[blocks] * 3, *[BLOCK_SIDE] * 3).permute(0, 1, 4, 2, 5, 3, 6)
    return grid.reshape(-1, *[blocks * BLOCK_SIDE] * 3)


@functools.cache
def _compiled_union() -> Callable[..., tuple[torch.Tensor, torch.Tensor]]:
    """Compiles `union` once for all pieces."""
    return torch.compile(union, dynamic=False)
