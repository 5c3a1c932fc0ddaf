"""Batches from decoded photos: bytes until the device has them.

    batch = assemble([sample, sample], resolution=32, device=torch.device("cuda"))

A sample of 224 x 224 pixels has 0.2 MB as bytes and 1.9 MB as the float32 tensors of a batch.
Conversion on the device keeps the thread that trains free.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from training.data.batches import Batch


class PhotoSample(NamedTuple):
    """One cropped photo with its labels."""

    image: np.ndarray  # (S, S, 3) uint8
    mask: np.ndarray | None  # (S, S) uint8, 255 on the object; None where it is unknown
    cells: np.ndarray  # (R^3 / 8,) uint8, np.packbits of the solid cells in our axes
    label: int  # number of the category, -1 if unknown
    azimuth: float  # radians, NaN if unknown
    elevation: float  # radians, NaN if unknown
    place: tuple[float, float, float]  # as in Batch, before the mirror
    mirrored: bool  # the batch holds the mirror image
    source: str


def assemble(samples: Sequence[PhotoSample], resolution: int, device: torch.device | str) -> Batch:
    """Joins samples to a batch on a device.

    Parameters
    ----------
    samples : sequence of PhotoSample
        B samples of one size.
    resolution : int
        R, cells a side of their grids.
    device : torch.device or str
        Device of the batch.

    Returns
    -------
    Batch
        B samples without colours and coordinates, which photos do not show.
    """
    side = samples[0].image.shape[0]
    grid = (len(samples), resolution, resolution, resolution)
    blank = np.zeros((side, side), np.uint8)
    cells = np.unpackbits(np.stack([sample.cells for sample in samples]), axis=1)
    upload = partial(_upload, device=torch.device(device))
    image = upload(np.stack([sample.image for sample in samples])).float()
    mask = upload(np.stack([blank if s.mask is None else s.mask for s in samples])).float()
    unknown = upload(np.array([sample.mask is None for sample in samples]))
    batch = Batch(
        image=image.permute(0, 3, 1, 2).contiguous() / 255,
        mask=torch.where(unknown[:, None, None, None], torch.nan, mask[:, None] / 255),
        occupancy=upload(cells.reshape(grid)).float(),
        colors=torch.zeros((grid[0], 3, *grid[1:]), device=device),
        surface=torch.zeros(grid, dtype=torch.bool, device=device),
        category=upload(np.array([sample.label for sample in samples])),
        azimuth=upload(np.array([sample.azimuth for sample in samples], np.float32)),
        elevation=upload(np.array([sample.elevation for sample in samples], np.float32)),
        coordinates=torch.full((grid[0], 3, side, side), torch.nan, device=device),
        place=upload(np.array([sample.place for sample in samples], np.float32)),
        source=[sample.source for sample in samples],
    )
    mirrored = np.array([sample.mirrored for sample in samples])
    return _mirror(batch, upload(mirrored)) if mirrored.any() else batch


def _upload(array: np.ndarray, device: torch.device) -> torch.Tensor:
    """Copies an array to the device; from pinned memory, so that no step waits for the GPU."""
    values = torch.from_numpy(array)
    if device.type == "cuda":
        values = values.pin_memory()
    return values.to(device, non_blocking=True)


def _mirror(batch: Batch, mirrored: torch.Tensor) -> Batch:
    """Mirrors the samples that `mirrored` (B,) names."""
    flipped = batch.mirrored().tensors()
    chosen = {
        name: torch.where(mirrored.view(-1, *[1] * (value.ndim - 1)), flipped[name], value)
        for name, value in batch.tensors().items()
    }
    return Batch(**chosen, source=batch.source)
