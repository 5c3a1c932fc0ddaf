"""Crossings as distance grids, in the format of `cad.bake`.

distance, part = bake_crossing(crossing, knots, 128, torch.Generator().manual_seed(0))

Both models are evaluated on the grid and joined as solids: inside the region the donor counts, and
outside the main model.
"""

from collections.abc import Iterator

import numpy as np
import torch

from training.studio.shapes.cad import CadModel, bake_placed
from training.studio.shapes.crossings.crossing import Crossing, kept_faces
from training.studio.shapes.distance_grids import cell_centers

OVERLAP_CELLS = 0.5  # both models reach over the border of the region, so that no gap is left


def bake_crossing(
    crossing: Crossing, knots: np.ndarray, resolution: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Evaluates a stretched crossing on a grid.

    Parameters
    ----------
    crossing : Crossing
        The models and their places.
    knots : numpy.ndarray
        (3, 3, 2) of `cad.stretch_knots`, in the unit cube of the crossing.
    resolution : int
        Cells along the unit cube.
    generator : torch.Generator
        Draws the surface samples; its device is used.

    Returns
    -------
    distance : torch.Tensor
        (side, side, side) float16, in longest sides, negative inside.
    part : torch.Tensor
        (side, side, side) uint8, index into the colours of the crossing.
    """
    center, size = crossing.cube
    box = [(edge - center) / size for edge in (crossing.low, crossing.high)]
    low, high = (_stretched(corner, knots) for corner in box)
    corners = [_stretched((edge - center) / size, knots) for edge in crossing.bounds]
    shift, longest = (corners[0] + corners[1]) / 2, float((corners[1] - corners[0]).max())
    region = _box_distance((low - shift) / longest, (high - shift) / longest, resolution)
    region = region.to(generator.device)
    baked = []
    for model, scale, offset in _placed_models(crossing):
        own = _moved_knots(knots, scale / size, (offset - center) / size)
        baked.append(bake_placed(model, own, shift, longest, resolution, generator))
    (main, main_part), (donor, donor_part) = baked
    overlap = OVERLAP_CELLS / resolution
    main = torch.maximum(main, -region - overlap)
    donor = torch.maximum(donor, region - overlap)
    part = torch.where(donor < main, donor_part + crossing.part_offset, main_part)
    return torch.minimum(main, donor).half(), part


def _placed_models(crossing: Crossing) -> Iterator[tuple[CadModel, np.ndarray, np.ndarray]]:
    """Yields main and donor without the triangles that are cut off, with scale and offset."""
    low, high = crossing.low, crossing.high
    yield kept_faces(crossing.main, low, high, inside=False), np.ones(3), np.zeros(3)
    scale, offset = crossing.scale, crossing.offset
    box = (low - offset) / scale, (high - offset) / scale
    yield kept_faces(crossing.donor, *box, inside=True), scale, offset


def _moved_knots(knots: np.ndarray, scale: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Returns the stretch of a model that is scaled and moved before."""
    out = knots.astype(np.float32)
    out[..., 0] = (knots[..., 0] - offset[:, None]) / scale[:, None]
    return out


def _stretched(point: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Applies a stretch to a point (3,), whose coordinates may be infinite."""
    (x0, x1, x2), (y0, y1, y2) = knots[..., 0].T, knots[..., 1].T
    slope = np.where(point < x1, (y1 - y0) / (x1 - x0), (y2 - y1) / (x2 - x1))
    return y1 + slope * (point - x1)


def _box_distance(low: np.ndarray, high: np.ndarray, resolution: int) -> torch.Tensor:
    """Largest of the distances (side, side, side) to the planes of a box, negative inside."""
    centers = cell_centers(resolution)
    x, y, z = (torch.maximum(a - centers, centers - b) for a, b in zip(low, high, strict=True))
    return torch.maximum(torch.maximum(x[:, None, None], y[:, None]), z).float()
