"""Maps of the object head at stride 4, and the boxes, masks and peaks that they hold.

boxes = decode_boxes(maps)               # of each cell
scores, cells = best_peaks(maps.center, 32)
boxes = at_cells(boxes, cells)
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F

STRIDE = 4  # pixels a side of a cell
PROTOTYPES = 16  # shared maps that masks are sums of
PLACES = 5  # further terms of a mask: 1, x, y, x^2, y^2 from the middle of the box
FAR = 2.0  # boxes; x and y are clamped there, so that their squares stay small
CANDIDATES = 32  # peaks of one image that are decoded


class FoundMaps(NamedTuple):
    """Maps of the object head; s is S / STRIDE."""

    center: torch.Tensor  # (B, 1, s, s) logits
    offset: torch.Tensor  # (B, 2, s, s) from the cell's middle to the box's, right and down, cells
    size: torch.Tensor  # (B, 2, s, s) logarithm of width and height as shares of the image's side
    category: torch.Tensor  # (B, K, s, s) logits
    weights: torch.Tensor  # (B, PROTOTYPES + PLACES, s, s) of the mask of the piece at a cell
    prototypes: torch.Tensor  # (B, PROTOTYPES, s, s)


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


def averaged_boxes(maps: FoundMaps) -> torch.Tensor:
    """Compute the box of each cell as the mean over its 3x3 neighbourhood.

    The cells around a centre predict the same box with different errors. Weights are the
    probabilities of a centre.

    Parameters
    ----------
    maps : FoundMaps
        Output of the head.

    Returns
    -------
    Tensor, (B, 4, s, s) float
        As of `decode_boxes`.
    """
    weight = maps.center.sigmoid().clamp_min(1e-9)  # a sum of zeros has no mean
    return F.avg_pool2d(decode_boxes(maps) * weight, 3, 1, 1) / F.avg_pool2d(weight, 3, 1, 1)


def is_peak(center: torch.Tensor) -> torch.Tensor:
    """Tell which cells (B, 1, s, s) have the highest logit of their 3x3 neighbourhood."""
    return F.max_pool2d(center, 3, 1, 1) == center


def best_peaks(center: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the highest peaks of each image.

    Parameters
    ----------
    center : Tensor, (B, 1, s, s) float
        Logits.
    count : int
        Number of peaks N. If there are fewer, the logits of the rest are -inf.

    Returns
    -------
    logits : Tensor, (B, N) float
        Falling.
    cells : Tensor, (B, N) int64
        Flat numbers of their cells.
    """
    logits = center.masked_fill(~is_peak(center), -torch.inf).flatten(1)
    return logits.topk(min(count, logits.shape[1]), dim=1)


def at_cells(values: torch.Tensor, cells: torch.Tensor) -> torch.Tensor:
    """Return the values (B, N, C) of maps (B, C, s, s) at cells (B, N)."""
    index = cells[:, None].expand(-1, values.shape[1], -1)
    return values.flatten(2).gather(2, index).transpose(1, 2)
