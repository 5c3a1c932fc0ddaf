"""The object head: finds all pieces of furniture in a whole photo, as in CenterNet.

    head = ObjectHead((64, 128, 256, 512), categories=9)
    maps = head(features)                # maps of strides 4, 8, 16, 32 -> FoundMaps at stride 4

A cell of stride 4 with a high `center` is the middle of a piece's box. The other maps tell at that
cell where exactly the middle is, how large the box is, its category, and the weights of its mask.
A mask is a weighted sum of the prototypes, which all pieces share, and of a paraboloid around the
box's middle, which tells equal chairs of one row apart (Zhou et al. 2019, Bolya et al. 2019).

`network.heads.object_decoding` makes objects of the maps.
"""

import math

import torch
from torch import nn

from network.heads.found_maps import PLACES, PROTOTYPES, FoundMaps
from network.heads.second_look import SecondLook
from network.layers import upsample

WIDTH = 64  # channels of the pyramid
PRIOR = 0.01  # initial probability of a centre: few cells have one
NORM_GROUPS = 8


class ObjectHead(nn.Module):
    """Predict centres, boxes, categories and masks with a feature pyramid of its own.

    Parameters
    ----------
    channels : tuple of int
        Channels of the encoder's maps of strides 4, 8, 16, 32.
    categories : int
        Number of categories K.
    second_look : bool
        Whether the features in the box of each candidate correct its score and box.
    """

    def __init__(self, channels: tuple[int, ...], categories: int, second_look: bool = False):
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(c, WIDTH, 1) for c in channels)
        self.smooth = nn.ModuleList(_convolution() for _ in channels)
        self.tower = _convolution()
        self.outs = nn.ModuleDict(
            {
                "center": nn.Conv2d(WIDTH, 1, 1),
                "offset": nn.Conv2d(WIDTH, 2, 1),
                "size": nn.Conv2d(WIDTH, 2, 1),
                "category": nn.Conv2d(WIDTH, categories, 1),
                "weights": nn.Conv2d(WIDTH, PROTOTYPES + PLACES, 1),
            }
        )
        self.prototypes = nn.Conv2d(WIDTH, PROTOTYPES, 1)
        nn.init.constant_(self.outs["center"].bias, -math.log(1 / PRIOR - 1))
        nn.init.constant_(self.outs["size"].bias, -1.0)
        self.second = SecondLook(channels, WIDTH) if second_look else None

    def forward(self, maps: list[torch.Tensor]) -> FoundMaps:
        """Predict maps of stride 4 from feature maps of strides 4, 8, 16, 32."""
        found, merged = self.first_look(maps)
        return found if self.second is None else self.second(found, maps, merged)

    def first_look(self, maps: list[torch.Tensor]) -> tuple[FoundMaps, torch.Tensor]:
        """Return the maps before any correction, and the pyramid's map (B, WIDTH, s, s)."""
        merged = self.smooth[3](self.lateral[3](maps[3]))
        for level in (2, 1, 0):
            merged = upsample(merged) + self.lateral[level](maps[level])
            merged = self.smooth[level](merged)  # (B, WIDTH, s, s) at the last level
        tower = self.tower(merged)
        outputs = {name: out(tower) for name, out in self.outs.items()}
        return FoundMaps(**outputs, prototypes=self.prototypes(merged)), merged


def _convolution() -> nn.Sequential:
    """Return a 3x3 convolution with its norm; the norm does not depend on the batch."""
    return nn.Sequential(
        nn.Conv2d(WIDTH, WIDTH, 3, padding=1, bias=False),
        nn.GroupNorm(NORM_GROUPS, WIDTH),
        nn.ReLU(),
    )
