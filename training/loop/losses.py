"""What the network is trained to get right: one scalar, and its parts for the log.

    objective = Objective(VoxelModel(), LossWeights())
    total, parts = objective(*batch_tensors(batch))  # of training.train
    dict(zip(objective.names, parts.tolist()))       # every part before its weight

The arguments are the fields of training.data.batches.Batch, in its order. Everything stays on the
device and has static shapes, so that forward and loss compile into one graph.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from voxel_model import Outputs, VoxelModel, normalize

THIN_AT = 32  # cells a side at which thin is told from thick


@dataclass
class LossWeights:
    """Weight of each part; chosen so that each one's gradient at the encoder has its say."""

    occupancy: float = 2.0  # BCE: calibrated probabilities, which the threshold relies on
    iou: float = 1.0  # soft IoU: the metric itself, blind to the many easy empty cells
    thin: float = 2.0  # extra BCE weight of a lone solid cell; legs are few and would be given up
    color: float = 1.0  # L1 in sRGB is about 0.1, a tenth of the others
    mask: float = 0.5  # BCE + dice: telling the object from the room is the first lever
    category: float = 0.1  # cross-entropy starts at 2.2 and would drown the shape
    azimuth: float = 0.3  # 1 - cos: smooth, and equal whichever way round the circle
    elevation: float = 0.2  # L1 in radians, a few hundredths once trained
    coordinates: float = 1.0  # L1 in longest sides is about 0.1; dense, so it shapes the encoder
    label_smoothing: float = 0.05  # desks and tables overlap: no label is sure

    @classmethod
    def classic(cls) -> "LossWeights":
        """Plain BCE, as the classic design was trained."""
        return cls(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


class Objective(nn.Module):
    """The network and its loss as one module: one graph to compile, one forward for DDP to see."""

    NAMES = ("occupancy", "iou", "color", "mask", "category", "azimuth", "elevation")
    NAMES += ("coordinates",)

    def __init__(self, model: VoxelModel, weights: LossWeights, bf16: bool = False):
        super().__init__()
        self.model = model
        self.weights = weights
        self.bf16 = bf16

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parts that this model has heads for."""
        if self.model.config.decoder == "fc":
            return self.NAMES[:2]
        return self.NAMES if self.model.config.coordinates else self.NAMES[:-1]

    def forward(
        self, image, mask, occupancy, colors, surface, category, azimuth, elevation, coordinates
    ):
        """Fields of a Batch -> (total (), parts (len(names),) detached), float32."""
        image = normalize(image).contiguous(memory_format=torch.channels_last)
        with torch.autocast(image.device.type, torch.bfloat16, enabled=self.bf16):
            outputs = self.model(image)
        # outside of autocast: a loss in bfloat16 has three digits, too few to tell progress
        outputs = Outputs(*(None if head is None else head.float() for head in outputs))
        w = self.weights
        parts = [occupancy_bce(outputs.occupancy, occupancy, w.thin)]
        parts += [soft_iou(outputs.occupancy, occupancy)]
        if outputs.mask is not None:
            parts += [
                color_l1(outputs.color, colors, surface),
                mask_loss(outputs.mask, mask),
                category_loss(outputs.category, category, w.label_smoothing),
                azimuth_loss(outputs.pose[:, :2], azimuth),
                elevation_l1(outputs.pose[:, 2], elevation),
            ]
        if outputs.coordinates is not None:
            parts.append(coordinates_l1(outputs.coordinates, coordinates))
        total = sum(getattr(w, name) * part for name, part in zip(self.NAMES, parts, strict=False))
        return total, torch.stack(parts).detach()


def occupancy_bce(logits: torch.Tensor, truth: torch.Tensor, thin: float) -> torch.Tensor:
    """Mean binary cross-entropy over (B, R, R, R) cells, thin parts counted up to 1 + `thin`."""
    weight = 1.0 + thin * thinness(truth) if thin else None
    return F.binary_cross_entropy_with_logits(logits, truth, weight)


def thinness(truth: torch.Tensor) -> torch.Tensor:
    """(B, R, R, R) of 0 and 1 -> 0 where empty or thick, up to 1 where a solid cell stands alone.

    A solid cell counts by how empty its 3x3x3 neighbourhood is beyond half: a leg one cell thick
    gets 0.78, a board one cell thick 0.33, the face of a solid block 0. Beyond the grid is empty.
    Cells are those of 32 a side: a leg does not grow thick because the grid grows fine.
    """
    finer = max(1, truth.shape[-1] // THIN_AT)
    solid = F.max_pool3d(truth[:, None], finer)[:, 0] if finer > 1 else truth
    filled = solid
    for axis in (1, 2, 3):  # a separable sum: three cheap passes that compile into few kernels
        pad = [0, 0] * (3 - axis) + [1, 1]
        padded, n = F.pad(filled, pad), solid.shape[axis]
        filled = sum(padded.narrow(axis, i, n) for i in range(3))
    alone = F.relu(1.0 - filled * (2 / 27))
    if finer > 1:
        alone = F.interpolate(alone[:, None], scale_factor=float(finer))[:, 0]
    return truth * alone


def soft_iou(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """1 - IoU of the probabilities, mean over the objects; 0 is perfect."""
    probability = logits.sigmoid().flatten(1)
    truth = truth.flatten(1)
    both = (probability * truth).sum(1)
    either = probability.sum(1) + truth.sum(1) - both
    return (1.0 - (both + 1.0) / (either + 1.0)).mean()  # 1 cell: an empty truth stays defined


def color_l1(logits: torch.Tensor, colors: torch.Tensor, surface: torch.Tensor) -> torch.Tensor:
    """Mean absolute sRGB error over surface cells; (B, 3, R, R, R), `surface` (B, R, R, R) bool."""
    error = (logits.sigmoid() - colors).abs().mean(dim=1)
    return masked_mean(torch.where(surface, error, 0.0), surface)


def mask_loss(logits: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """BCE + dice of (B, 1, s, s) logits against the mask (B, 1, S, S) pooled to their size."""
    truth = F.avg_pool2d(mask, mask.shape[-1] // logits.shape[-1])
    bce = F.binary_cross_entropy_with_logits(logits, truth)
    probability, truth = logits.sigmoid().flatten(1), truth.flatten(1)
    overlap = 2 * (probability * truth).sum(1) + 1.0
    dice = overlap / (probability.sum(1) + truth.sum(1) + 1.0)
    return bce + (1.0 - dice).mean()


def category_loss(logits: torch.Tensor, category: torch.Tensor, smoothing: float) -> torch.Tensor:
    """Cross-entropy of (B, 9) logits; negative labels are unknown and do not count."""
    known = category >= 0
    loss = F.cross_entropy(
        logits, category.clamp(min=0), reduction="none", label_smoothing=smoothing
    )
    return masked_mean(torch.where(known, loss, 0.0), known)


def azimuth_loss(vector: torch.Tensor, azimuth: torch.Tensor) -> torch.Tensor:
    """Mean 1 - cos of the angle between (B, 2) = (sin, cos) of any length and the truth (rad).

    NaN azimuths, of objects without a front, do not count.
    """
    known = azimuth.isfinite()
    azimuth = torch.where(known, azimuth, 0.0)  # before any arithmetic: 0 * NaN is NaN
    unit = F.normalize(vector, dim=1, eps=1e-3)
    cosine = unit[:, 0] * azimuth.sin() + unit[:, 1] * azimuth.cos()
    return masked_mean(torch.where(known, 1.0 - cosine, 0.0), known)


def elevation_l1(predicted: torch.Tensor, elevation: torch.Tensor) -> torch.Tensor:
    """Mean absolute error in radians where the truth is known."""
    known = elevation.isfinite()
    error = (predicted - torch.where(known, elevation, 0.0)).abs()
    return masked_mean(torch.where(known, error, 0.0), known)


def coordinates_l1(predicted: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Mean absolute error in longest sides where the object is seen.

    Parameters
    ----------
    predicted : torch.Tensor
        (B, 3, s, s) float32.
    truth : torch.Tensor
        (B, 3, S, S) float32, NaN where a pixel does not show the object; S is a multiple of s.
        Each predicted pixel is held against the mean of the pixels that it covers.
    """
    step = truth.shape[-1] // predicted.shape[-1]
    known = truth[:, :1].isfinite()
    share = F.avg_pool2d(known.float(), step)
    mean = F.avg_pool2d(torch.where(known, truth, 0.0), step) / share.clamp_min(1e-6)
    error = (predicted - mean).abs().mean(dim=1, keepdim=True)
    return (error * share).sum() / share.sum().clamp(min=1)


def masked_mean(values: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Sum over count of the known, 0 when there is none; `values` are 0 where unknown."""
    return values.sum() / known.sum().clamp(min=1)
