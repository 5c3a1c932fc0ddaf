"""The batch that every source of training data yields, and mixing sources by weight.

    photos = PhotoBatches(Pix3DPhotos("pix3d", records, augment=True), batch_size=64, seed=0)
    mixture = Mixture({"photos": (photos, 0.3), "studio": (studio, 0.7)}, seed=0)
    batch = mixture.batch(step, 64)

A source has `batch(step, size)`, which depends on the source's seed and on the arguments alone.
A resumed run therefore sees the same batches as a run that was never interrupted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Protocol

import numpy as np
import torch

from core.errors import UserError

MIRROR = [[[-1.0]], [[1.0]], [[1.0]]]  # signs of the coordinates in a mirror
PLACE_MIRROR = [-1.0, 1.0, 1.0]  # signs of the place


@dataclass
class Batch:
    """B training samples; angles in radians, axes of voxel_model.py."""

    image: torch.Tensor  # (B, 3, S, S) float32 sRGB in [0, 1], not yet normalised
    # (B, 1, S, S) float32 in [0, 1], visible part of the object; NaN in a photo without a mask
    mask: torch.Tensor
    occupancy: torch.Tensor  # (B, R, R, R) float32, 0 or 1
    colors: torch.Tensor  # (B, 3, R, R, R) float32 sRGB in [0, 1], albedo
    surface: torch.Tensor  # (B, R, R, R) bool, cells with a known colour; none in photos
    category: torch.Tensor  # (B,) int64, index into the network's categories, -1 if unknown
    azimuth: torch.Tensor  # (B,) float32, NaN where unknown
    elevation: torch.Tensor  # (B,) float32, NaN where unknown
    coordinates: torch.Tensor  # (B, 3, S, S) place in the object's cube; NaN where none is shown
    # (B, 3) float32, the crop in its photograph: centre x, y from the photograph's centre, x right,
    # y down, and half the crop's side; in units of the longest side, NaN where unknown
    place: torch.Tensor
    source: list[str]  # B names of the samples' origins

    def __len__(self) -> int:
        """Returns the number of samples."""
        return len(self.source)

    def tensors(self) -> dict[str, torch.Tensor]:
        """Returns all fields but `source`, by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "source"}

    def to(self, device: torch.device | str, non_blocking: bool = True) -> "Batch":
        """Returns the batch with all tensors on `device`."""
        moved = {k: t.to(device, non_blocking=non_blocking) for k, t in self.tensors().items()}
        return replace(self, **moved)

    def mirrored(self) -> "Batch":
        """Returns the mirrored batch: images and grids flipped left to right, azimuth negated."""
        return replace(
            self,
            image=self.image.flip(-1),
            mask=self.mask.flip(-1),
            occupancy=self.occupancy.flip(-3),
            colors=self.colors.flip(-3),
            surface=self.surface.flip(-3),
            azimuth=-self.azimuth,
            coordinates=self.coordinates.flip(-1) * self.coordinates.new_tensor(MIRROR),
            place=self.place * self.place.new_tensor(PLACE_MIRROR),
        )


class BatchSource(Protocol):
    """The studio, photographs, or a mixture of both."""

    def batch(self, step: int, size: int) -> Batch:
        """Returns batch number `step` with `size` samples."""
        ...


def concatenate(batches: Sequence[Batch]) -> Batch:
    """Joins several batches into one, in order."""
    parts = [batch.tensors() for batch in batches]
    joined = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    return Batch(**joined, source=[name for batch in batches for name in batch.source])


class Mixture:
    """A source that takes each batch from one of several sources, chosen at random by weight.

    Each source is asked for its own batches 0, 1, 2 ... in order, independently of the others.

    Parameters
    ----------
    sources : dict
        {name: (source, weight)}; weights are zero or more and need not sum to one.
    seed : int
        Seed of the choices.

    Raises
    ------
    UserError
        If a weight is negative or no weight is above zero.
    """

    def __init__(self, sources: dict[str, tuple[BatchSource, float]], seed: int = 0):
        weights = np.array([weight for _, weight in sources.values()], dtype=np.float64)
        if not len(weights) or (weights < 0).any() or not weights.sum() > 0:
            raise UserError("A mixture needs weights of zero or more, at least one above zero.")
        self.sources = [source for source, _ in sources.values()]
        self.upper_bounds, self.seed = np.cumsum(weights / weights.sum()), seed
        # a step and the result of `batches_before` for it
        self._counted = (0, np.zeros(len(weights), dtype=int))

    def source_index(self, step: int) -> int:
        """Returns the index of the source that serves a step."""
        value = np.random.default_rng((self.seed, step)).random()
        index = int(np.searchsorted(self.upper_bounds, value, "right"))
        return min(index, len(self.upper_bounds) - 1)

    def batches_before(self, step: int) -> np.ndarray:
        """Returns the number of batches (sources,) that each source served before `step`."""
        begin, counts = self._counted if self._counted[0] <= step else (0, 0 * self._counted[1])
        chosen = [self.source_index(n) for n in range(begin, step)]
        counts = counts + np.bincount(chosen, minlength=len(self.sources)).astype(int)
        self._counted = (step, counts)
        return counts

    def batch(self, step: int, size: int) -> Batch:
        """Returns batch number `step` with `size` samples, all from one source."""
        chosen = self.source_index(step)
        return self.sources[chosen].batch(int(self.batches_before(step)[chosen]), size)
