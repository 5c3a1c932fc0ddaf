"""Object coordinates: the point in the object's cube that each visible pixel shows.

    head = CoordinateHead(64)
    coordinates = head(pyramid)                        # (B, 3, 56, 56), -0.5 to 0.5 in the cube
    feedback = CoordinateFeedback(64, width=256, refined=32)
    encoded = feedback.encode(coordinates, mask)                     # (B, 18, 56, 56)
    tokens = feedback.tokens(encoded, side=14)                       # (B, 196, 256)
    cells, queries = feedback.cells(coordinates, mask, pyramid)      # (B, 16^3, 32), (B, 8^3, 256)

The head is trained with the renderer's hit points. Its prediction gives the decoder the position
of the visible surface in the grid in two forms: as sines and cosines in the memory tokens, and as
pixel features, averaged in the cells that the pixels show. The decoder sends no gradient back
through the coordinates.
"""

import torch
import torch.nn.functional as F
from torch import nn

from network.layers import WAVES, waves

GRID = 16  # cells a side of the grid in which pixel features are averaged
PATCH = 2  # coordinates a side in each memory token
PRIOR = 0.5  # pixels added to each cell's weight: a cell with few pixels has a smaller mean


class CoordinateHead(nn.Module):
    """Predict coordinates from the mask head's pyramid.

    Parameters
    ----------
    channels : int
        Channels C of the pyramid.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.smooth = nn.Conv2d(channels, channels, 3, padding=1)
        self.out = nn.Conv2d(channels, 3, 1)

    def forward(self, pyramid: torch.Tensor) -> torch.Tensor:
        """Predict coordinates (B, 3, s, s), -0.5 to 0.5, from a map (B, C, s, s)."""
        return self.out(F.relu(self.smooth(pyramid)))


class CoordinateFeedback(nn.Module):
    """Convert coordinates to additions to the decoder's tokens, queries and cells.

    Parameters
    ----------
    channels : int
        Channels of the mask head's pyramid.
    width : int
        Channels D of tokens and queries.
    refined : int
        Channels C of the decoder's 16x16x16 grid.
    """

    def __init__(self, channels: int, width: int, refined: int):
        super().__init__()
        self.to_tokens = nn.Linear(WAVES * PATCH**2, width)
        self.to_pixels = nn.Linear(channels, refined)
        self.to_cells = nn.Linear(refined + 1, refined)
        self.to_queries = nn.Linear(refined + 1, width)

    @staticmethod
    def encode(coordinates: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Encode the coordinates of the object's pixels as waves, for `tokens`.

        Parameters
        ----------
        coordinates : Tensor, (B, 3, s, s) float
            Points in the object's cube, -0.5 to 0.5.
        mask : Tensor, (B, 1, s, s) float
            Probability that a pixel shows the object.

        Returns
        -------
        Tensor, (B, 18, s, s) float
            The waves, weighted by the mask.
        """
        return waves(coordinates, dim=1) * mask

    def tokens(self, encoded: torch.Tensor, side: int) -> torch.Tensor:
        """Return additions to the memory tokens of one feature map.

        Parameters
        ----------
        encoded : Tensor, (B, 18, s, s) float
            Of `encode`.
        side : int
            Height and width of the feature map.

        Returns
        -------
        Tensor, (B, side^2, D) float
            One vector for each token.
        """
        encoded = F.pixel_unshuffle(F.adaptive_avg_pool2d(encoded, side * PATCH), PATCH)
        return self.to_tokens(encoded.flatten(2).transpose(1, 2))

    def cells(
        self, coordinates: torch.Tensor, mask: torch.Tensor, pyramid: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return additions to the decoder's cells and queries.

        Each pixel's features are added to the cell that it shows, weighted by the mask.

        Parameters
        ----------
        coordinates : Tensor, (B, 3, s, s) float
            Points in the object's cube, -0.5 to 0.5.
        mask : Tensor, (B, 1, s, s) float
            Probability that a pixel shows the object.
        pyramid : Tensor, (B, channels, s, s) float
            The mask head's map.

        Returns
        -------
        cells : Tensor, (B, 16^3, C) float
            One vector for each cell.
        queries : Tensor, (B, 8^3, D) float
            One vector for each query.
        """
        weight = mask.flatten(2).transpose(1, 2).float()  # (B, s^2, 1)
        features = self.to_pixels(pyramid.flatten(2).transpose(1, 2))
        weighted = torch.cat([features.float() * weight, weight], dim=2)  # (B, s^2, C + 1)
        sums = _sum_in_cells(weighted, coordinates)  # (B, 16^3, C + 1)
        blocks = sums.unflatten(1, (GRID // 2, 2, GRID // 2, 2, GRID // 2, 2))
        # one dimension at a time: a tenth of the time of one sum over three on a CPU
        blocks = blocks.sum(2).sum(3).sum(4).flatten(1, 3)  # (B, 8^3, C + 1)
        return self.to_cells(_means(sums)), self.to_queries(_means(blocks))


def _sum_in_cells(values: torch.Tensor, coordinates: torch.Tensor) -> torch.Tensor:
    """Sum the values (B, s^2, n) of pixels with coordinates (B, 3, s, s) in (B, 16^3, n) cells."""
    cell = ((coordinates.flatten(2).float() + 0.5) * GRID).long().clamp(0, GRID - 1)
    x, y, z = cell.unbind(1)
    first = torch.arange(len(values), device=values.device)[:, None] * GRID**3  # of each image
    index = (first + (x * GRID + y) * GRID + z).flatten()  # (B * s^2,)
    # rows of one matrix for the whole batch: on a CPU faster than a scatter in each image
    values = values.flatten(0, 1)
    sums = values.new_zeros(len(first) * GRID**3, values.shape[1])
    sums = sums.scatter_add(0, index[:, None].expand_as(values), values)
    return sums.unflatten(0, (len(first), GRID**3))


def _means(sums: torch.Tensor) -> torch.Tensor:
    """(B, N, C + 1) weighted sums and weight -> (B, N, C + 1) means, and a share in [0, 1]."""
    values, weight = sums[..., :-1], sums[..., -1:]
    return torch.cat([values, weight], dim=2) / (weight + PRIOR)
