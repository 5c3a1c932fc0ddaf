"""Pictures through random colour filters, so that the network trusts shape before texture.

    source = Filtered(studio, share=0.2, seed=0)
    source.batch(step, size)               # the studio's, the first fifth of it filtered

A filter is a random 3x3 convolution that mixes the channels (Xu et al., "Robust and Generalizable
Visual Representation Learning via Random Convolutions", ICLR 2021), blended with the picture.
"""

import functools
from dataclasses import replace

import torch
import torch.nn.functional as F

from training.data.batches import Batch

TAPS = 3  # pixels a side of a filter; at 224 it roughens texture and leaves legs standing

FILTER_STREAM = 1  # of random numbers, beside the studio's own


class ColorFilteredSource:
    """A source of batches whose first pictures are filtered, all else as it was.

    Which pictures these are does not matter, since every one is drawn anew; a fixed number keeps
    shapes static. Their colours tell nothing of the paint any more, so no cell of theirs counts.
    """

    def __init__(self, source, share: float, seed: int):
        self.source, self.share, self.seed = source, share, seed

    def batch(self, step: int, size: int) -> Batch:
        batch = self.source.batch(step, size)
        count = round(self.share * size)
        generator = torch.Generator(batch.image.device)
        generator.manual_seed(hash((self.seed, step, FILTER_STREAM)) % 2**62)
        image, surface = batch.image.clone(), batch.surface.clone()
        apply = _compiled() if image.is_cuda else apply_filters
        image[:count] = apply(image[:count], *draw_filters(count, generator))
        surface[:count] = False
        return replace(batch, image=image, surface=surface)


def draw_filters(count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Random kernels (count, 3, 3 * TAPS^2), and shares (count, 1, 1, 1) in which they count."""
    device, center = generator.device, TAPS * TAPS // 2
    strength, share = torch.rand(2, count, 1, 1, 1, generator=generator, device=device)
    kernel = torch.randn(count, 3, 3, TAPS**2, generator=generator, device=device)
    beside = torch.arange(TAPS**2, device=device) != center
    kernel = torch.where(beside, strength * kernel, kernel)  # near 0 it mixes channels alone
    return kernel.flatten(2), share


def apply_filters(image: torch.Tensor, kernel: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """(B, 3, S, S) in [0, 1] -> the same size, each blended with its own random convolution.

    The convolution keeps the mean and the spread of each channel, so that no exposure is lost.
    """
    padded = F.pad(image, [TAPS // 2] * 4, mode="reflect")
    windows = padded.unfold(2, TAPS, 1).unfold(3, TAPS, 1)  # (B, 3, S, S, TAPS, TAPS)
    # as F.unfold gives them, which would start a kernel for each picture
    patches = windows.permute(0, 1, 4, 5, 2, 3).flatten(4).flatten(1, 3)  # (B, 27, S * S)
    filtered = (kernel @ patches).view_as(image)
    (mean, spread), (own_mean, own_spread) = _statistics(image), _statistics(filtered)
    filtered = (filtered - own_mean) / own_spread * spread + mean
    return torch.lerp(image, filtered, share).clamp(0, 1)


@functools.cache
def _compiled():
    return torch.compile(apply_filters, dynamic=False)


def _statistics(image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation (B, 3, 1, 1) of each channel."""
    deviation, mean = torch.std_mean(image, dim=(2, 3), keepdim=True)
    return mean, deviation.clamp_min(1e-3)
