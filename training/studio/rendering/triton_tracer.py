"""The functions of `tracer` as Triton kernels: one launch for all pictures and objects of a batch.

A program traces a tile of TILE x TILE pixels, whose rays read neighbouring cells, until the last
of them has ended. `triton_programs` holds the kernels. Arguments and results are those of the
functions of the same name in `tracer`. Without a GPU, the environment variable TRITON_INTERPRET=1
runs the kernels on the CPU; tests compare both tracers in this way.
"""

import torch

from training.studio.rendering import triton_programs
from training.studio.rendering.torch_functions import Grids
from training.studio.rendering.tracer import Objects
from training.studio.shapes.distance_grids import side_of

TILE = 8  # pixels a side: two rays for each thread of one warp
WARPS = 1  # of a program: a warp waits for no other


def first_hits(
    grids: Grids, objects: Objects, eye: torch.Tensor, direction: torch.Tensor, limit: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Finds the first surface and the first glass on each ray; see `tracer.first_hits`."""
    length, glass = _empty(limit), _empty(limit)
    which, glass_which = _empty(limit, torch.int32), _empty(limit, torch.int32)
    inputs = (*_scene(grids, objects), objects.glass_bits, eye.contiguous(), direction, limit)
    outputs = (length, which, glass, glass_which)
    _launch(triton_programs.first_hits, limit, grids, objects, *inputs, *outputs)
    return outputs


def normals(
    grids: Grids,
    objects: Objects,
    eye: torch.Tensor,
    direction: torch.Tensor,
    length: torch.Tensor,
    which: torch.Tensor,
) -> torch.Tensor:
    """Returns the normals where the rays hit; see `tracer.normals`."""
    out = _empty(direction)
    inputs = (grids.distance, objects.slot, objects.pose, eye.contiguous(), direction)
    _launch(triton_programs.normals, length, grids, objects, *inputs, length, which, out)
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
    """Returns the share of the sun that reaches each point; see `tracer.sunlight`."""
    out = _empty(point[0])
    inputs = (grids.distance, objects.slot, objects.pose, point, normal)
    _launch(
        triton_programs.sunlight,
        out,
        grids,
        objects,
        *inputs,
        sun.contiguous(),
        sharpness,
        lit,
        out,
    )
    return out


def openness(
    grids: Grids, objects: Objects, planes: torch.Tensor, point: torch.Tensor, normal: torch.Tensor
) -> torch.Tensor:
    """Returns the ambient light at each point; see `tracer.openness`."""
    out = _empty(point[0])
    inputs = (grids.distance, objects.slot, objects.pose, planes.contiguous(), point, normal)
    _launch(triton_programs.openness, out, grids, objects, *inputs, out)
    return out


def _empty(like: torch.Tensor, dtype=torch.float32) -> torch.Tensor:
    """Returns a contiguous tensor of the shape of `like`: kernels write to it by offset."""
    return torch.empty(like.shape, dtype=dtype, device=like.device)


def _scene(grids: Grids, objects: Objects) -> tuple[torch.Tensor, ...]:
    """Returns the first four arguments of the kernel `first_hits`."""
    return grids.distance, grids.part, objects.slot, objects.pose


def _launch(kernel, like: torch.Tensor, grids: Grids, objects: Objects, *tensors) -> None:
    """Launches one program for each tile of each picture; the pictures must be square."""
    pictures, rays = like.shape
    size = round(rays**0.5)
    if size * size != rays or size % TILE:
        raise ValueError(f"A picture of {rays} rays is no square whose side {TILE} divides.")
    tensors = [t.contiguous() for t in tensors]  # copies inputs only: outputs are contiguous
    grid = (pictures, (size // TILE) ** 2)
    count = objects.slot.shape[1]
    shape = (pictures * rays, size, grids.resolution, side_of(grids.resolution), count, TILE)
    kernel[grid](*tensors, *shape, num_warps=WARPS)
