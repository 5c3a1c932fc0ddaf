"""The place of the crop in its photo: what the network knows of the camera's optical axis.

    embedding = PlaceEmbedding(width=256)
    memory = memory + embedding(place)[:, None]        # place (B, 3), memory (B, M, 256)

A crop beside the photo's centre shows an object that the camera did not look at, and a large crop
of a photo has more perspective than a small one.
"""

import torch
import torch.nn.functional as F
from torch import nn

from network.layers import WAVES, waves


class PlaceEmbedding(nn.Module):
    """One vector for the place of a crop; zero before training.

    Parameters
    ----------
    width : int
        Channels D of the vector.
    """

    def __init__(self, width: int):
        super().__init__()
        self.hidden = nn.Linear(3 + WAVES, width)
        self.out = nn.Linear(width, width)
        self.unknown = nn.Parameter(torch.zeros(width))
        # a network that starts from weights without this layer starts at their outputs
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, place: torch.Tensor) -> torch.Tensor:
        """Embed places.

        Parameters
        ----------
        place : Tensor, (B, 3) float
            Of `core.boxes.crop_place`; NaN where it is unknown.

        Returns
        -------
        Tensor, (B, D) float
            One vector for each image.
        """
        known = place.isfinite().all(dim=1, keepdim=True)  # (B, 1)
        place = torch.where(known, place, 0.0)
        encoded = torch.cat([place, waves(place, dim=1)], dim=1)  # (B, 21)
        return torch.where(known, self.out(F.gelu(self.hidden(encoded))), self.unknown)
