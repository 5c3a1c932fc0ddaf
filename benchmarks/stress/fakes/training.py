"""A training run of seconds: a tiny network learns random boxes."""

import os
import signal

import torch

from training.data.batches import Batch
from training.loop.config import TrainConfig
from training.train import Trainer

TINY = TrainConfig(
    steps=6,
    batch_size=2,
    resolution=16,
    image_size=64,
    width=32,
    depth=2,
    heads=2,
    warmup=2,
    val_every=2,
    val_pictures=2,
    log_every=2,
)


class FakeStudio:
    """A source of training batches: random boxes and their silhouettes.

    A batch depends on the seed and the step alone, so that a resumed run sees the same batches.

    Parameters
    ----------
    config : TrainConfig
        Gives the resolution and the size of the images.
    device : object
        Ignored: all tensors are on the CPU.
    seed : int
        Seed of all batches.
    poison : int, optional
        Step at which the images are NaN.
    kill : int, optional
        Step at which the process ends as by `kill -9`.
    """

    def __init__(
        self,
        config: TrainConfig,
        device: object,
        seed: int,
        poison: int | None = None,
        kill: int | None = None,
    ):
        self.config, self.seed, self.poison, self.kill = config, seed, poison, kill

    def batch(self, step: int, size: int) -> Batch:
        """Return `size` samples with the fields of the studio's batches."""
        if step == self.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        generator = torch.Generator().manual_seed(self.seed * 7919 + step)
        occupancy = self._boxes(size, generator)
        silhouette = occupancy.amax(3).transpose(1, 2).flip(1)[:, None]  # (B, 1, R, R), rows down
        side = self.config.image_size
        mask = torch.nn.functional.interpolate(silhouette, (side, side))
        image = mask * torch.rand(size, 3, 1, 1, generator=generator)
        if step == self.poison:
            image = image * torch.nan
        azimuth = torch.rand(size, generator=generator) - 0.5
        azimuth[0] = torch.nan  # a photo without a known camera
        return Batch(
            image=image,
            mask=mask,
            occupancy=occupancy,
            colors=torch.rand(size, 3, *occupancy.shape[1:], generator=generator),
            surface=occupancy > 0,
            category=torch.randint(0, 9, (size,), generator=generator),
            azimuth=azimuth,
            elevation=torch.rand(size, generator=generator),
            coordinates=torch.where(
                mask > 0, torch.rand(size, 3, side, side, generator=generator) - 0.5, torch.nan
            ),
            place=torch.rand(size, 3, generator=generator) - 0.5,
            source=["synthetic"] * size,
        )

    def _boxes(self, size: int, generator: torch.Generator) -> torch.Tensor:
        """Grids (size, R, R, R) float32 with one solid box each."""
        resolution = self.config.resolution
        occupancy = torch.zeros(size, resolution, resolution, resolution)
        for grid in occupancy:
            low = torch.randint(0, resolution // 2, (3,), generator=generator)
            high = low + torch.randint(2, resolution // 2, (3,), generator=generator)
            grid[low[0] : high[0], low[1] : high[1], low[2] : high[2]] = 1
        return occupancy


def run(config: TrainConfig, **faults: int) -> dict:
    """Train on the fake studio in this process, on one thread.

    Parameters
    ----------
    config : TrainConfig
        The run; `TINY` or a change of it.
    **faults : int
        `poison` and `kill` of FakeStudio, for the training data alone.

    Returns
    -------
    dict
        The trainer's record of the run.
    """
    torch.set_num_threads(1)

    def make_source(config, device, seed, held_out=False):
        return FakeStudio(config, device, seed, **({} if held_out else faults))

    return Trainer(config, make_source).train()
