"""`trace.py` as Triton kernels: one launch for all pictures and objects of a batch.

A program follows a tile of TILE x TILE pixels, whose rays read neighbouring cells, and ends when
the last of them has arrived; what it does is `kernel_programs.py`'s. Functions take and return what
their namesakes in `trace.py` do.
Without a GPU, TRITON_INTERPRET=1 runs them on the CPU, which is how the tests compare both.
"""

import torch

from training.studio.rendering import triton_programs
from training.studio.rendering.tracer import Grids, Objects
from training.studio.shapes.distance_grids import side_of

TILE = 8  # pixels a side: two rays a thread of one warp, so that a warp waits for itself alone
WARPS = 1


def first_hits(grids: Grids, objects: Objects, eye, direction, limit):
    length, glass = _empty(limit), _empty(limit)
    which, glass_which = _empty(limit, torch.int32), _empty(limit, torch.int32)
    inputs = (*_scene(grids, objects), objects.clear, eye.contiguous(), direction, limit)
    outputs = (length, which, glass, glass_which)
    _launch(triton_programs.first_hits, limit, grids, *inputs, *outputs)
    return outputs


def normals(grids: Grids, objects: Objects, eye, direction, length, which):
    out = _empty(direction)
    inputs = (grids.distance, objects.slot, objects.pose, eye.contiguous(), direction)
    _launch(triton_programs.normals, length, grids, *inputs, length, which, out)
    return out


def sunlight(grids: Grids, objects: Objects, point, normal, sun, sharpness, lit):
    out = _empty(point[0])
    inputs = (grids.distance, objects.slot, objects.pose, point, normal)
    _launch(triton_programs.sunlight, out, grids, *inputs, sun.contiguous(), sharpness, lit, out)
    return out


def openness(grids: Grids, objects: Objects, planes, point, normal):
    out = _empty(point[0])
    inputs = (grids.distance, objects.slot, objects.pose, planes.contiguous(), point, normal)
    _launch(triton_programs.openness, out, grids, *inputs, out)
    return out


def _empty(like: torch.Tensor, dtype=torch.float32) -> torch.Tensor:
    """Contiguous, whatever the layout of `like`: kernels write to it by offset."""
    return torch.empty(like.shape, dtype=dtype, device=like.device)


def _scene(grids: Grids, objects: Objects):
    return grids.distance, grids.part, objects.slot, objects.pose


def _launch(kernel, like: torch.Tensor, grids: Grids, *tensors) -> None:
    """One program for each tile of each picture; rays are the rows of a square picture."""
    pictures, rays = like.shape
    size = round(rays**0.5)
    if size * size != rays or size % TILE:
        raise ValueError(f"A picture of {rays} rays is no square whose side {TILE} divides.")
    tensors = [t.contiguous() for t in tensors]  # outputs are already: inputs alone are copied
    grid = (pictures, (size // TILE) ** 2)
    shape = (pictures * rays, size, grids.resolution, side_of(grids.resolution), TILE)
    kernel[grid](*tensors, *shape, num_warps=WARPS)
