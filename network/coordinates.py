"""Object coordinates: the place in the object's cube that each visible pixel shows.

    head = CoordinateHead(64)
    coordinates = head(pyramid)                        # (B, 3, 56, 56), -0.5 to 0.5 in the cube
    feedback = CoordinateFeedback(64, width=256, refined=32)
    tokens = feedback.tokens(coordinates, mask, side=14)             # (B, 196, 256)
    fine, coarse = feedback.cells(coordinates, mask, pyramid)        # (B, 16^3, 32), (B, 8^3, 256)

The head learns from the renderer's hit points. What it predicts tells the decoder where the
visible surface lies in the grid: as waves on the memory tokens, and as features of the pixels,
averaged in the cells that they show. No gradient flows through the coordinates themselves.
"""

import torch
import torch.nn.functional as F
from torch import nn

GRID = 16  # cells a side into which pixels are sorted
PATCH = 2  # values a side of the coordinates in each token
FREQUENCIES = (3.0, 6.0, 12.0)  # about 1/2, 1 and 2 waves along the cube, as in layers.seen_from
WAVES = 3 * 2 * len(FREQUENCIES)
PRIOR = 0.5  # pixels; a cell that less is seen of takes a smaller mean


class CoordinateHead(nn.Module):
    """Coordinates (B, 3, s, s) from the mask head's merged feature map (B, C, s, s)."""

    def __init__(self, channels: int):
        super().__init__()
        self.smooth = nn.Conv2d(channels, channels, 3, padding=1)
        self.out = nn.Conv2d(channels, 3, 1)

    def forward(self, pyramid):
        return self.out(F.relu(self.smooth(pyramid)))


class CoordinateFeedback(nn.Module):
    """Turns coordinates into additions to the decoder's tokens, queries and cells."""

    def __init__(self, channels: int, width: int, refined: int):
        super().__init__()
        self.to_tokens = nn.Linear(WAVES * PATCH**2, width)
        self.to_pixels = nn.Linear(channels, refined)
        self.to_cells = nn.Linear(refined + 1, refined)
        self.to_queries = nn.Linear(refined + 1, width)

    def tokens(self, coordinates, mask, side: int):
        """Additions (B, side^2, D) to the tokens of a feature map of side^2 positions."""
        angles = torch.cat([coordinates * f for f in FREQUENCIES], dim=1)
        waves = torch.cat([angles.sin(), angles.cos()], dim=1) * mask  # (B, 18, s, s)
        waves = F.pixel_unshuffle(F.adaptive_avg_pool2d(waves, side * PATCH), PATCH)
        return self.to_tokens(waves.flatten(2).transpose(1, 2))

    def cells(self, coordinates, mask, pyramid):
        """Additions to the cells (B, 16^3, C) and to the queries (B, 8^3, D).

        Each pixel's features go to the cell that it shows, weighted by its mask.
        """
        weight = mask.flatten(2).transpose(1, 2).float()  # (B, s^2, 1)
        features = self.to_pixels(pyramid.flatten(2).transpose(1, 2))
        seen = torch.cat([features.float() * weight, weight], dim=2)  # (B, s^2, C + 1)
        place = ((coordinates.flatten(2).float() + 0.5) * GRID).long().clamp(0, GRID - 1)
        x, y, z = place.unbind(1)
        index = ((x * GRID + y) * GRID + z)[..., None].expand_as(seen)
        sums = seen.new_zeros(len(seen), GRID**3, seen.shape[2]).scatter_add(1, index, seen)
        blocks = sums.unflatten(1, (GRID // 2, 2, GRID // 2, 2, GRID // 2, 2)).sum((2, 4, 6))
        blocks = blocks.flatten(1, 3)  # (B, 8^3, C + 1)
        return self.to_cells(_means(sums)), self.to_queries(_means(blocks))


def _means(sums: torch.Tensor) -> torch.Tensor:
    """(B, N, C + 1) weighted sums and the weight -> weighted means, and a share from 0 to 1."""
    values, weight = sums[..., :-1], sums[..., -1:]
    return torch.cat([values, weight], dim=2) / (weight + PRIOR)
