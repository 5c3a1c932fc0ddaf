"""The other side of the descriptor: grids of pieces to points of the same space.

    encoder = PieceEncoder(values=128)
    descriptors = encoder(grids)             # (M, 32, 32, 32) 0 or 1 -> (M, 128), unit length

It is used in training and when a bank is made, never in the application.
"""

import torch
import torch.nn.functional as F
from torch import nn

WIDTHS = (32, 64, 128, 256)  # channels after each halving of the side
NORM_GROUPS = 8
HIDDEN = 512


class PieceEncoder(nn.Module):
    """Encode solid cells with 3D convolutions of stride 2.

    Parameters
    ----------
    values : int
        Length of a descriptor.
    """

    def __init__(self, values: int):
        super().__init__()
        self.layers, inside = nn.ModuleList(), 1
        for outside in WIDTHS:
            norm = nn.GroupNorm(NORM_GROUPS, outside)
            convolution = nn.Conv3d(inside, outside, 4, stride=2, padding=1, bias=False)
            self.layers.append(nn.Sequential(convolution, norm, nn.GELU()))
            inside = outside
        self.hidden = nn.Linear(8 * WIDTHS[-1], HIDDEN)  # 2 x 2 x 2 cells are left of 32
        self.out = nn.Linear(HIDDEN, values)

    def forward(self, grids: torch.Tensor) -> torch.Tensor:
        """Encode grids (M, 32, 32, 32) float; returns (M, values) of unit length."""
        x = grids[:, None]
        for layer in self.layers:
            x = layer(x)
        x = self.out(F.gelu(self.hidden(x.flatten(1))))
        return F.normalize(x, dim=1)
