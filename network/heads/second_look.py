"""A second look at the candidates of the object head: a better score and a better box for each.

    look = SecondLook((64, 128, 256, 512), width=64)
    maps = look(maps, features, merged)      # FoundMaps whose peaks are the candidates, corrected

A cell of the first look tells the whole box from the features of one place. The second look cuts
the feature maps in the box of each candidate, as Faster R-CNN does (Ren et al. 2015), and lets the
candidates of one photo see each other and the whole photo, as in DETR (Carion et al. 2020).
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from network.heads.found_maps import FoundMaps, at_cells, averaged_boxes, best_peaks
from network.layers import Block

CANDIDATES = 20  # peaks of one image; a photo has at most 12 pieces, each peak costs time
CUT = 7  # cells a side of a cut
SAMPLES = 2  # points a side of each of these cells, averaged
MARGIN = 0.15  # of the box, added on each side: the true box may be larger
REDUCED = 32  # channels of each of the encoder's maps in a cut
MIXED = 64  # channels of a cut that are read
HIDDEN = 256  # channels of a candidate
HEADS, BLOCKS = 4, 2
LEAST = -9.0  # logits below are as good as this one
SMALLEST = 1e-3  # side of a box, share of the image's side
NO_PIECE = -20.0  # logit of all other cells
FACTOR = 0.5  # of the box's side for an output of 1


class Candidates(NamedTuple):
    """The candidates of B images, N each."""

    logits: torch.Tensor  # (B, N)
    boxes: torch.Tensor  # (B, N, 4) shares of the image's side
    cells: torch.Tensor  # (B, N) int64, flat numbers of their cells


class SecondLook(nn.Module):
    """Correct scores and boxes of the candidates; without training it changes neither.

    Parameters
    ----------
    channels : tuple of int
        Channels of the encoder's maps of strides 4, 8, 16, 32.
    width : int
        Channels of the pyramid's map of stride 4.
    """

    def __init__(self, channels: tuple[int, ...], width: int):
        super().__init__()
        self.reduce = nn.ModuleList(nn.Conv2d(c, REDUCED, 1) for c in channels)
        mixed = nn.Conv2d(width + REDUCED * len(channels), MIXED, 1)
        self.mix = nn.Sequential(mixed, nn.GroupNorm(8, MIXED), nn.ReLU())
        self.read = nn.Linear(CUT * CUT * MIXED, HIDDEN)
        self.place = nn.Linear(6, HIDDEN)  # box, area and logit
        self.memory = nn.Linear(channels[-1], HIDDEN)
        self.blocks = nn.ModuleList(Block(HIDDEN, HEADS, True) for _ in range(BLOCKS))
        self.norm = nn.LayerNorm(HIDDEN)
        self.out = nn.Linear(HIDDEN, 5)  # logit and four sides
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(
        self, maps: FoundMaps, features: list[torch.Tensor], merged: torch.Tensor
    ) -> FoundMaps:
        """Return maps whose only peaks are the candidates, with new scores and boxes.

        Parameters
        ----------
        maps : FoundMaps
            Of the first look.
        features : list of Tensor
            Maps of the encoder.
        merged : Tensor, (B, width, s, s) float
            The pyramid's map of stride 4.
        """
        first = candidates_of(maps)
        return with_candidates(maps, self.correct(first, features, merged))

    def correct(
        self, first: Candidates, features: list[torch.Tensor], merged: torch.Tensor
    ) -> Candidates:
        """Return the candidates with new logits and boxes; gradients do not reach `first`."""
        logits, boxes = first.logits.clamp_min(LEAST).detach(), first.boxes.detach()
        size = (boxes[..., 2:] - boxes[..., :2]).clamp_min(SMALLEST)
        reduced = (layer(value) for layer, value in zip(self.reduce, features, strict=True))
        cuts = torch.cat([cut_boxes(value, boxes) for value in (merged, *reduced)], dim=2)
        looks = self.mix(cuts.flatten(0, 1)).flatten(1).unflatten(0, logits.shape)
        area = size.log().sum(dim=-1, keepdim=True)
        place = torch.cat([boxes, area / 4, logits[..., None] / 4], dim=-1)
        queries = self.read(looks) + self.place(place)  # (B, N, HIDDEN)
        memory = self.memory(features[-1].flatten(2).transpose(1, 2))
        for block in self.blocks:
            queries = block(queries, memory)
        change = self.out(self.norm(queries)).float()
        low = boxes[..., :2] + FACTOR * size * change[..., 1:3]
        high = boxes[..., 2:] + FACTOR * size * change[..., 3:]
        boxes = torch.cat([low, torch.maximum(high, low + SMALLEST)], dim=-1)
        return Candidates(logits + change[..., 0], boxes, first.cells)


def candidates_of(maps: FoundMaps) -> Candidates:
    """Return the best peaks of maps; boxes are cut off at the image's edge."""
    logits, cells = best_peaks(maps.center.float(), CANDIDATES)
    maps = maps._replace(**{name: getattr(maps, name).float() for name in ("offset", "size")})
    return Candidates(logits, at_cells(averaged_boxes(maps), cells).clamp(0, 1), cells)


def with_candidates(maps: FoundMaps, found: Candidates) -> FoundMaps:
    """Return maps with the centres and boxes of the candidates alone."""
    side = maps.center.shape[-1]
    x, y = found.cells % side + 0.5, found.cells // side + 0.5
    low, high = found.boxes[..., :2], found.boxes[..., 2:]
    offset = (low + high) / 2 * side - torch.stack([x, y], dim=-1)
    size = (high - low).clamp_min(SMALLEST).log()

    def spread(values: torch.Tensor, rest: float) -> torch.Tensor:  # (B, N, C) -> (B, C, s, s)
        flat = values.new_full((len(values), values.shape[-1], side * side), rest)
        index = found.cells[:, None].expand(-1, values.shape[-1], -1)
        return flat.scatter(2, index, values.transpose(1, 2)).unflatten(2, (side, side))

    logits = found.logits.clamp_min(NO_PIECE)[..., None]
    return maps._replace(
        center=spread(logits, NO_PIECE), offset=spread(offset, 0.0), size=spread(size, 0.0)
    )


def cut_boxes(maps: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
    """Cut maps in boxes that are enlarged by MARGIN, with CUT cells a side.

    Parameters
    ----------
    maps : Tensor, (B, C, s, s) float
        Maps of the image.
    boxes : Tensor, (B, N, 4) float
        Shares of the image's side.

    Returns
    -------
    Tensor, (B, N, C, CUT, CUT) float
        Zero outside the image.
    """
    side = CUT * SAMPLES
    line = (2 * torch.arange(side, device=maps.device) + 1) / side - 1  # -1 to 1 in the box
    middle = boxes[..., :2] + boxes[..., 2:] - 1  # -1 to 1 in the image
    half = (boxes[..., 2:] - boxes[..., :2]) * (1 + 2 * MARGIN)
    x, y = (middle[..., None] + half[..., None] * line).unbind(2)  # (B, N, side)
    grid = torch.stack(torch.broadcast_tensors(x[:, :, None], y[..., None]), dim=-1)
    values = F.grid_sample(maps, grid.flatten(1, 2).to(maps.dtype), align_corners=False)
    return F.avg_pool2d(values, SAMPLES).unflatten(2, (-1, CUT)).transpose(1, 2)
