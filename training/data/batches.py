"""What all sources of training data have in common: the batch they yield, and mixing by weight.

    photos = PhotoBatches(Pix3DPhotos("pix3d", records, augment=True), batch_size=64, seed=0)
    mixture = Mixture({"photos": (photos, 0.3), "studio": (studio, 0.7)}, seed=0)
    mixture.batch(step, 64)                         # what an unbroken run sees at that step
    for batch in iter_from(mixture, step): ...      # the same as an iterable

A source is an iterable of `Batch`, or has `batch(n, size)`; the studio and the photos have that, a
pure function of the seed and n, which is what makes resuming a run exact.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import count, islice

import numpy as np
import torch


@dataclass
class Batch:
    """What every source of training data yields; angles in radians, in our convention."""

    image: torch.Tensor  # (B, 3, S, S) float32 sRGB in [0, 1], not yet normalised
    mask: torch.Tensor  # (B, 1, S, S) float32, visible part of the object
    occupancy: torch.Tensor  # (B, R, R, R) float32, 0 or 1
    colors: torch.Tensor  # (B, 3, R, R, R) float32 sRGB in [0, 1], albedo
    surface: torch.Tensor  # (B, R, R, R) bool, cells whose colour is known; none in photos
    category: torch.Tensor  # (B,) int64, index into CATEGORIES
    azimuth: torch.Tensor  # (B,) float32, NaN where unknown
    elevation: torch.Tensor  # (B,) float32, NaN where unknown
    source: list[str]  # (B,) where each sample came from

    def __len__(self) -> int:
        return len(self.source)

    def tensors(self) -> dict[str, torch.Tensor]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "source"}

    def to(self, device: torch.device | str, non_blocking: bool = True) -> "Batch":
        moved = {k: t.to(device, non_blocking=non_blocking) for k, t in self.tensors().items()}
        return replace(self, **moved)

    def mirrored(self) -> "Batch":
        """The same world in a mirror: pictures and grids flipped left to right, azimuth negated."""
        return replace(
            self,
            image=self.image.flip(-1),
            mask=self.mask.flip(-1),
            occupancy=self.occupancy.flip(-3),
            colors=self.colors.flip(-3),
            surface=self.surface.flip(-3),
            azimuth=-self.azimuth,
        )


def concatenate(batches: Sequence[Batch]) -> Batch:
    """Several batches as one."""
    parts = [batch.tensors() for batch in batches]
    joined = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    return Batch(**joined, source=[name for batch in batches for name in batch.source])


class Mixture:
    """At each step a whole batch of one source, drawn by weight.

    sources : {name: (source, weight)}; weights need not sum to one. A source is an iterable of
        batches, or has `batch(n, size)`, its n-th batch as a pure function, as the studio has
    A source is asked for its batches 0, 1, 2 ... in turn, whatever the others do in between.
    """

    def __init__(self, sources: dict[str, tuple[object, float]], seed: int = 0):
        weights = np.array([weight for _, weight in sources.values()], dtype=np.float64)
        if not len(weights) or (weights < 0).any() or not weights.sum() > 0:
            raise ValueError("A mixture needs weights of zero or more, at least one above zero.")
        self.sources = [source for source, _ in sources.values()]
        self.edges, self.seed = np.cumsum(weights / weights.sum()), seed
        self._counted = (0, np.zeros(len(weights), dtype=int))  # a step and `past` of it

    def choice(self, step: int) -> int:
        """Index of the source that serves a step."""
        value = np.random.default_rng((self.seed, step)).random()
        return min(int(np.searchsorted(self.edges, value, "right")), len(self.edges) - 1)

    def past(self, step: int) -> np.ndarray:
        """How many batches of each source the steps before `step` took."""
        begin, counts = self._counted if self._counted[0] <= step else (0, 0 * self._counted[1])
        chosen = [self.choice(n) for n in range(begin, step)]
        counts = counts + np.bincount(chosen, minlength=len(self.sources)).astype(int)
        self._counted = (step, counts)
        return counts

    def batch(self, step: int, size: int) -> Batch:
        """Batch number `step`, of `size` samples, from sources that all have `batch(n, size)`."""
        chosen = self.choice(step)
        return self.sources[chosen].batch(int(self.past(step)[chosen]), size)

    def __iter__(self) -> Iterator[Batch]:
        return self.iter_from(0)

    def iter_from(self, step: int) -> Iterator[Batch]:
        """Batches from number `step` on, from sources that are iterables; ends with the first."""
        past = self.past(step)
        running: dict[int, Iterator[Batch]] = {}  # a source of weight zero is never opened
        for chosen in map(self.choice, count(step)):
            if chosen not in running:
                running[chosen] = iter_from(self.sources[chosen], int(past[chosen]))
            try:
                yield next(running[chosen])
            except StopIteration:
                return


def iter_from(source: Iterable[Batch], step: int) -> Iterator[Batch]:
    """The source's batches from number `step` on; asks the source if it knows how to skip."""
    if hasattr(source, "iter_from"):
        return source.iter_from(step)
    return islice(iter(source), step, None)
