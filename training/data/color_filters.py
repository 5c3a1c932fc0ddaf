"""Random colour filters on a share of the pictures, so that the network relies on shape.

    source = ColorFilteredSource(studio, share=0.2, seed=0)
    batch = source.batch(step, size)       # the first fifth of the batch is filtered

A filter is a random 3x3 convolution over all channels, blended with the original picture (Xu et
al., "Robust and Generalizable Visual Representation Learning via Random Convolutions", ICLR 2021).
"""

import functools
from collections.abc import Callable
from dataclasses import replace

import torch
import torch.nn.functional as F

from training.data.batches import Batch, BatchSource

TAPS = 3  # pixels a side of a filter: at 224 pixels it changes texture and keeps thin legs visible
FILTER_STREAM = 1  # distinguishes these random numbers from the studio's


class ColorFilteredSource:
    """A source whose first pictures in each batch are filtered.

    Filtering a fixed number of pictures keeps tensor shapes static for the compiler. All samples
    are independent, so it does not matter which ones are filtered. A filtered picture no longer
    shows the true colours, so all of its cells are removed from `surface`.

    Parameters
    ----------
    source : BatchSource
        Source of the unfiltered batches.
    share : float
        Share of each batch that is filtered, in [0, 1].
    seed : int
        Seed of the filters.
    """

    def __init__(self, source: BatchSource, share: float, seed: int):
        self.source, self.share, self.seed = source, share, seed

    def batch(self, step: int, size: int) -> Batch:
        """Returns batch number `step` with `size` samples."""
        batch = self.source.batch(step, size)
        count = round(self.share * size)
        if not count:  # a small batch
            return batch
        generator = torch.Generator(batch.image.device)
        generator.manual_seed(hash((self.seed, step, FILTER_STREAM)) % 2**62)
        image, surface = batch.image.clone(), batch.surface.clone()
        apply = _compiled_filters() if image.is_cuda else apply_filters
        image[:count] = apply(image[:count], *draw_filters(count, generator))
        surface[:count] = False
        return replace(batch, image=image, surface=surface)


def draw_filters(count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Draws random filters.

    Returns
    -------
    kernel : torch.Tensor
        (count, 3, 3 * TAPS^2) float32.
    share : torch.Tensor
        (count, 1, 1, 1) float32 in [0, 1], weight of the filtered picture in the blend.
    """
    device, center = generator.device, TAPS * TAPS // 2
    strength, share = torch.rand(2, count, 1, 1, 1, generator=generator, device=device)
    kernel = torch.randn(count, 3, 3, TAPS**2, generator=generator, device=device)
    off_center = torch.arange(TAPS**2, device=device) != center
    kernel = torch.where(off_center, strength * kernel, kernel)  # strength 0 only mixes channels
    return kernel.flatten(2), share


def apply_filters(image: torch.Tensor, kernel: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """Blends each picture with its own random convolution.

    The result of the convolution is rescaled to the mean and standard deviation of each original
    channel, so that the exposure stays the same.

    Parameters
    ----------
    image : torch.Tensor
        (B, 3, S, S) in [0, 1].
    kernel, share : torch.Tensor
        From `draw_filters`.

    Returns
    -------
    torch.Tensor
        (B, 3, S, S) in [0, 1].
    """
    padded = F.pad(image, [TAPS // 2] * 4, mode="reflect")
    windows = padded.unfold(2, TAPS, 1).unfold(3, TAPS, 1)  # (B, 3, S, S, TAPS, TAPS)
    # the same layout as F.unfold, which would launch one kernel for each picture
    patches = windows.permute(0, 1, 4, 5, 2, 3).flatten(4).flatten(1, 3)  # (B, 27, S * S)
    filtered = (kernel @ patches).view_as(image)
    mean, deviation = _channel_statistics(image)
    filtered_mean, filtered_deviation = _channel_statistics(filtered)
    filtered = (filtered - filtered_mean) / filtered_deviation * deviation + mean
    return torch.lerp(image, filtered, share).clamp(0, 1)


@functools.cache
def _compiled_filters() -> Callable:
    """Compiles `apply_filters` at the first call."""
    return torch.compile(apply_filters, dynamic=False)


def _channel_statistics(image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation (B, 3, 1, 1) of each channel."""
    deviation, mean = torch.std_mean(image, dim=(2, 3), keepdim=True)
    return mean, deviation.clamp_min(1e-3)
