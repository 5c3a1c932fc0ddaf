"""The other side of the descriptor: grids of pieces to points of the same space.

    encoder = PieceEncoder(values=128)
    descriptors = encoder(grids)             # (M, 32, 32, 32) 0 or 1 -> (M, 128), unit length

It is used in training and when a bank is made, never in the application.
"""

import torch
import torch.nn.functional as F
from torch import nn

GROWTH = (1, 2, 4, 8)  # channels after each halving of the side, in widths
NORM_GROUPS = 8
HIDDEN = 512


class PieceEncoder(nn.Module):
    """Encode solid cells with 3D convolutions of stride 2.

    Parameters
    ----------
    values : int
        Length of a descriptor.
    width : int
        Channels of the first layer, a multiple of 8.
    """

    def __init__(self, values: int, width: int = 32):
        super().__init__()
        self.layers, inside = nn.ModuleList(), 1
        for outside in (width * factor for factor in GROWTH):
            norm = nn.GroupNorm(NORM_GROUPS, outside)
            convolution = nn.Conv3d(inside, outside, 4, stride=2, padding=1, bias=False)
            self.layers.append(nn.Sequential(convolution, norm, nn.GELU()))
            inside = outside
        self.hidden = nn.Linear(8 * inside, HIDDEN)  # 2 x 2 x 2 cells are left of 32
        self.out = nn.Linear(HIDDEN, values)
        self.center = nn.BatchNorm1d(values, affine=False)  # as in network.heads.descriptor

    @classmethod
    def of(cls, state: dict[str, torch.Tensor]) -> "PieceEncoder":
        """Return the encoder of a state dict, in eval mode."""
        encoder = cls(len(state["out.bias"]), len(state["layers.0.0.weight"]))
        encoder.load_state_dict(state)
        return encoder.eval()

    def forward(self, grids: torch.Tensor) -> torch.Tensor:
        """Encode grids (M, 32, 32, 32) float; returns (M, values) of unit length."""
        x = grids[:, None]
        for layer in self.layers:
            x = layer(x)
        x = self.out(F.gelu(self.hidden(x.flatten(1))))
        return F.normalize(self.center(x), dim=1)
