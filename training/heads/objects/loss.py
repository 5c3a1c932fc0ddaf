"""The loss of the object head, as in CenterNet, with masks.

loss, figures = object_loss(model.object_maps(images), make_targets(rooms, side=56))
"""

import torch
import torch.nn.functional as F

from network.heads.found_maps import FoundMaps, decode_boxes, mask_logits
from training.heads.objects.targets import ObjectTargets

# weights that bring the losses to one size
CENTER, BOX, CATEGORY, MASK = 1.0, 5.0, 0.3, 1.0  # boxes are what a short run learns last
NEAR = 0.3  # heat from which a cell learns box and category: more cells than centres learn faster
FOCUS, FALL = 2, 4  # exponents of the focal loss (Law and Deng 2018)


def object_loss(
    maps: FoundMaps, targets: ObjectTargets
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Computes the loss of a batch.

    Parameters
    ----------
    maps : FoundMaps
        Output of the head, float32.
    targets : ObjectTargets
        Of the same pictures.

    Returns
    -------
    loss : Tensor, () float32
        The weighted sum.
    figures : dict of Tensor
        The losses before weighting.
    """
    heat, owner = targets.heat.max(dim=1)  # (B, s, s); the object of a cell
    parts = {
        "center": center_loss(maps.center[:, 0], heat, targets.ignored),
        "box": box_loss(maps, targets, heat, owner),
        "category": category_loss(maps.category, targets, heat, owner),
        "mask": mask_loss(maps, targets),
    }
    weights = (CENTER, BOX, CATEGORY, MASK)
    loss = sum(w * part for w, part in zip(weights, parts.values(), strict=True))
    return loss, {name: part.detach() for name, part in parts.items()}


def center_loss(logits: torch.Tensor, heat: torch.Tensor, ignored: torch.Tensor) -> torch.Tensor:
    """Focal loss of the centres: (B, s, s) logits, heat and ignored cells -> ()."""
    is_center = heat > 0.999
    log_p, log_q = F.logsigmoid(logits), F.logsigmoid(-logits)
    p = logits.sigmoid()
    right = (1 - p) ** FOCUS * log_p
    wrong = p**FOCUS * log_q * (1 - heat) ** FALL
    wrong = torch.where(ignored, 0.0, wrong)
    return -torch.where(is_center, right, wrong).sum() / is_center.sum().clamp(min=1)


def box_loss(
    maps: FoundMaps, targets: ObjectTargets, heat: torch.Tensor, owner: torch.Tensor
) -> torch.Tensor:
    """One minus the generalised IoU of the boxes near the centres (Rezatofighi et al. 2019)."""
    weight = torch.where(heat > NEAR, heat, 0.0)
    index = owner.flatten(1)[..., None].expand(-1, -1, 4)
    truth = targets.boxes.gather(1, index).transpose(1, 2).view(len(heat), 4, *heat.shape[1:])
    loss = 1 - generalized_iou(decode_boxes(maps), truth)
    return (loss * weight).sum() / weight.sum().clamp(min=1)


def generalized_iou(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Returns the generalised IoU (B, ...), -1 to 1, of boxes (B, 4, ...)."""

    def area(low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
        return (high - low).clamp_min(0).prod(dim=1)

    (a0, a1), (b0, b1) = (box.split(2, dim=1) for box in (a, b))
    shared = area(torch.maximum(a0, b0), torch.minimum(a1, b1))
    union = (area(a0, a1) + area(b0, b1) - shared).clamp_min(1e-6)
    hull = area(torch.minimum(a0, b0), torch.maximum(a1, b1)).clamp_min(1e-6)
    return shared / union - (hull - union).clamp_min(0) / hull


def category_loss(
    logits: torch.Tensor, targets: ObjectTargets, heat: torch.Tensor, owner: torch.Tensor
) -> torch.Tensor:
    """Cross-entropy of the category near the centres."""
    weight = torch.where(heat > NEAR, heat, 0.0)
    truth = targets.category.gather(1, owner.flatten(1)).view_as(owner)
    loss = F.cross_entropy(logits, truth, reduction="none", label_smoothing=0.05)
    return (loss * weight).sum() / weight.sum().clamp(min=1)


def mask_loss(maps: FoundMaps, targets: ObjectTargets) -> torch.Tensor:
    """Cross-entropy and dice of the masks of the weights at the true centres, in the true boxes."""
    index = targets.cells[:, None].expand(-1, maps.weights.shape[1], -1)
    weights = maps.weights.flatten(2).gather(2, index).transpose(1, 2)  # (B, K, channels)
    logits = mask_logits(weights, maps.prototypes, targets.boxes)
    inside = _inside(targets.boxes, logits.shape[-1])
    bce = F.binary_cross_entropy_with_logits(logits, targets.masks, reduction="none")
    area = inside.sum(dim=(2, 3)).clamp_min(1)
    bce = (bce * inside).sum(dim=(2, 3)) / area
    p, truth = logits.sigmoid() * inside, targets.masks * inside
    dice = 1 - (2 * (p * truth).sum(dim=(2, 3)) + 1) / ((p + truth).sum(dim=(2, 3)) + 1)
    counted = targets.is_target.float()
    return ((bce + dice) * counted).sum() / counted.sum().clamp(min=1)


def _inside(boxes: torch.Tensor, side: int) -> torch.Tensor:
    """1.0 in the cells (B, K, s, s) of boxes that are one cell wider on each side."""
    line = (torch.arange(side, device=boxes.device) + 0.5) / side
    low, high = boxes[..., :2, None] - 1 / side, boxes[..., 2:, None] + 1 / side
    x, y = ((line > low) & (line < high)).unbind(2)
    return (y[..., None] & x[:, :, None, :]).float()
