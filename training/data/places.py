"""Samples whose place in the photo is withheld, so that the network also learns to do without.

source = PlaceDropout(studio, seed=0)
"""

from dataclasses import replace

import torch

from training.data.batches import Batch, BatchSource

DROPPED_SHARE = 0.15  # of the samples
PLACE_STREAM = 3  # tells these random numbers from others of the same seed and step


class PlaceDropout:
    """A source that makes the place of some samples unknown.

    Parameters
    ----------
    source : BatchSource
        Source of the batches.
    seed : int
        A batch depends on the seed and the step alone.
    """

    def __init__(self, source: BatchSource, seed: int):
        self.source, self.seed = source, seed

    def batch(self, step: int, size: int) -> Batch:
        """Returns batch number `step` with `size` samples."""
        batch = self.source.batch(step, size)
        generator = torch.Generator(batch.place.device)
        generator.manual_seed(hash((self.seed, step, PLACE_STREAM)) % 2**62)
        dropped = torch.rand(size, 1, generator=generator, device=batch.place.device)
        return replace(batch, place=batch.place.masked_fill(dropped < DROPPED_SHARE, torch.nan))
