"""The object head: finds all pieces of furniture in a whole photo, as in CenterNet.

    head = ObjectHead((64, 128, 256, 512), categories=9)
    maps = head(features)                # maps of strides 4, 8, 16, 32 -> FoundMaps at stride 4

A cell of stride 4 with a high `center` is the middle of a piece's box. The other maps tell at that
cell where exactly the middle is, how large the box is, its category, and the weights of its mask.
A mask is a weighted sum of the prototypes, which all pieces share, and of a paraboloid around the
box's middle, which tells equal chairs of one row apart (Zhou et al. 2019, Bolya et al. 2019).

`network.object_decoding` makes objects of the maps.
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from network.layers import upsample

STRIDE = 4  # pixels a side of a cell
WIDTH = 64  # channels of the pyramid
PROTOTYPES = 16  # shared maps that masks are sums of
PLACES = 5  # further terms of a mask: 1, x, y, x^2, y^2 from the middle of the box
FAR = 2.0  # boxes; x and y are clamped there, so that their squares stay small
PRIOR = 0.01  # initial probability of a centre: few cells have one
NORM_GROUPS = 8


class FoundMaps(NamedTuple):
    """Maps of the object head; s is S / STRIDE."""

    center: torch.Tensor  # (B, 1, s, s) logits
    offset: torch.Tensor  # (B, 2, s, s) from the cell's middle to the box's, right and down, cells
    size: torch.Tensor  # (B, 2, s, s) logarithm of width and height as shares of the image's side
    category: torch.Tensor  # (B, K, s, s) logits
    weights: torch.Tensor  # (B, PROTOTYPES + PLACES, s, s) of the mask of the piece at a cell
    prototypes: torch.Tensor  # (B, PROTOTYPES, s, s)


class ObjectHead(nn.Module):
    """Predict centres, boxes, categories and masks with a feature pyramid of its own.

    Parameters
    ----------
    channels : tuple of int
        Channels of the encoder's maps of strides 4, 8, 16, 32.
    categories : int
        Number of categories K.
    """

    def __init__(self, channels: tuple[int, ...], categories: int):
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

    def forward(self, maps: list[torch.Tensor]) -> FoundMaps:
        """Predict maps of stride 4 from feature maps of strides 4, 8, 16, 32."""
        merged = self.smooth[3](self.lateral[3](maps[3]))
        for level in (2, 1, 0):
            merged = upsample(merged) + self.lateral[level](maps[level])
            merged = self.smooth[level](merged)  # (B, WIDTH, s, s) at the last level
        tower = self.tower(merged)
        outputs = {name: out(tower) for name, out in self.outs.items()}
        return FoundMaps(**outputs, prototypes=self.prototypes(merged))


def _convolution() -> nn.Sequential:
    """Return a 3x3 convolution with its norm; the norm does not depend on the batch."""
    return nn.Sequential(
        nn.Conv2d(WIDTH, WIDTH, 3, padding=1, bias=False),
        nn.GroupNorm(NORM_GROUPS, WIDTH),
        nn.ReLU(),
    )


def mask_logits(
    weights: torch.Tensor, prototypes: torch.Tensor, boxes: torch.Tensor
) -> torch.Tensor:
    """Compute the masks of some objects in each image.

    Parameters
    ----------
    weights : Tensor, (B, N, PROTOTYPES + PLACES) float
        `FoundMaps.weights` at the cells of N objects.
    prototypes : Tensor, (B, PROTOTYPES, s, s) float
        Of FoundMaps.
    boxes : Tensor, (B, N, 4) float
        Boxes x0, y0, x1, y1 of the objects as shares of the image's side.

    Returns
    -------
    Tensor, (B, N, s, s) float
        Logits.
    """
    shared = torch.einsum("bnp,bphw->bnhw", weights[..., :PROTOTYPES], prototypes)
    line = (torch.arange(prototypes.shape[-1], device=boxes.device) + 0.5) / prototypes.shape[-1]
    middle = (boxes[..., :2] + boxes[..., 2:]) / 2
    side = (boxes[..., 2:] - boxes[..., :2]).clamp_min(1e-3)
    away = (line - middle[..., None]) / side[..., None]  # (B, N, 2, s), 0.5 at the box's edge
    x, y = away.clamp(-FAR, FAR).unbind(2)
    one, by_x, by_y, by_xx, by_yy = weights[..., PROTOTYPES:].unbind(2)
    along_x = by_x[..., None] * x + by_xx[..., None] * x.square()  # (B, N, s)
    along_y = by_y[..., None] * y + by_yy[..., None] * y.square()
    return shared + (one[..., None] + along_x)[:, :, None, :] + along_y[..., None]


def decode_boxes(maps: FoundMaps) -> torch.Tensor:
    """Compute the box that each cell predicts.

    Parameters
    ----------
    maps : FoundMaps
        Output of the head.

    Returns
    -------
    Tensor, (B, 4, s, s) float
        x0, y0, x1, y1 as shares of the image's side; may reach outside it.
    """
    side = maps.center.shape[-1]
    line = torch.arange(side, device=maps.center.device) + 0.5
    cells = torch.stack(torch.meshgrid(line, line, indexing="xy"))  # (2, s, s) x, y
    middle = (cells + maps.offset) / side
    half = maps.size.clamp(-6, 1).exp() / 2  # e^-6 is half a pixel of 224
    return torch.cat([middle - half, middle + half], dim=1)


def is_peak(center: torch.Tensor) -> torch.Tensor:
    """Tell which cells (B, 1, s, s) have the highest logit of their 3x3 neighbourhood."""
    return F.max_pool2d(center, 3, 1, 1) == center
