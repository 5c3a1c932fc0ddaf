"""The mask head: a feature pyramid from the encoder's maps to the object's mask.

head = MaskHead((64, 128, 256, 512))
logits = head(maps)                  # maps of strides 4, 8, 16, 32 -> (B, 1, S / 4, S / 4)
"""

import torch
import torch.nn.functional as F
from torch import nn

from network.layers import upsample

MASK_CHANNELS = 64  # channels of the pyramid


class MaskHead(nn.Module):
    """Predict the object's mask with a small feature pyramid.

    The coarse maps show which object is meant, the fine ones its outline.

    Parameters
    ----------
    channels : tuple of int
        Channels of the encoder's maps of strides 4, 8, 16, 32.
    width : int
        Channels of the pyramid.
    """

    def __init__(self, channels: tuple[int, ...], width: int = MASK_CHANNELS):
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(c, width, 1) for c in channels)
        self.smooth = nn.Conv2d(width, width, 3, padding=1)
        self.out = nn.Conv2d(width, 1, 1)

    def merge(self, maps: list[torch.Tensor]) -> torch.Tensor:
        """Merge maps of strides 4, 8, 16, 32 into one map (B, width, S / 4, S / 4)."""
        merged = self.lateral[3](maps[3])
        for level in (2, 1, 0):
            merged = upsample(merged) + F.relu(self.lateral[level](maps[level]))
        return F.relu(self.smooth(merged))

    def forward(self, maps: list[torch.Tensor]) -> torch.Tensor:
        """Predict mask logits (B, 1, S / 4, S / 4) from maps of strides 4, 8, 16, 32."""
        return self.out(self.merge(maps))
