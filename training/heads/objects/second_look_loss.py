"""The loss of the second look: which candidates are pieces, and where their sides are.

loss, figures = second_look_loss(first, second, rooms)       # Candidates before and after
"""

import torch
import torch.nn.functional as F

from network.heads.second_look import Candidates
from training.heads.objects.loss import generalized_iou
from training.studio.room_batches import RoomBatch

SAME_PIECE = 0.5  # IoU from which a corrected box is right: the score is to tell its IoU
NEAR = 0.4  # IoU from which a candidate learns the sides of a piece
INSIDE = 0.7  # share of a box in an ignored piece from which it is neither right nor wrong
BOX = 2.0  # weight of the boxes
JITTER = 0.05  # of the side: boxes of training pictures are better than those of new ones


def second_look_loss(
    first: Candidates, second: Candidates, rooms: RoomBatch
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Computes the loss of a batch.

    Parameters
    ----------
    first, second : Candidates
        Before and after the correction.
    rooms : RoomBatch
        The same pictures.

    Returns
    -------
    loss : Tensor, () float32
        The weighted sum.
    figures : dict of Tensor
        The losses before weighting.
    """
    near, owner = (overlaps(first.boxes, rooms.boxes)[0] * rooms.is_target[:, None]).max(dim=2)
    truth = rooms.boxes.gather(1, owner[..., None].expand(-1, -1, 4))
    wrong = 1 - generalized_iou(second.boxes.transpose(1, 2), truth.transpose(1, 2))
    counted = (near >= NEAR).float()
    box = (wrong * counted).sum() / counted.sum().clamp(min=1)
    score = score_loss(second, rooms)
    return score + BOX * box, {"second_score": score.detach(), "second_box": box.detach()}


def score_loss(second: Candidates, rooms: RoomBatch) -> torch.Tensor:
    """Cross-entropy of the scores with the IoU of the corrected boxes, 0 below SAME_PIECE."""
    iou, inside = overlaps(second.boxes.detach(), rooms.boxes)
    best = (iou * rooms.is_target[:, None]).amax(dim=2)
    truth = torch.where(best >= SAME_PIECE, best, 0.0)
    unsure = ((iou >= SAME_PIECE) | (inside >= INSIDE)) & rooms.is_ignored[:, None]
    counted = (truth > 0) | ~unsure.any(dim=2)
    loss = F.binary_cross_entropy_with_logits(second.logits, truth, reduction="none")
    return (loss * counted).sum() / (truth > 0).sum().clamp(min=1)


def overlaps(a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the IoU (B, N, K) of boxes (B, N, 4) and (B, K, 4), and the share of a in b."""
    low = torch.maximum(a[:, :, None, :2], b[:, None, :, :2])
    high = torch.minimum(a[:, :, None, 2:], b[:, None, :, 2:])
    shared = (high - low).clamp_min(0).prod(dim=-1)
    area_a, area_b = ((v[..., 2:] - v[..., :2]).clamp_min(0).prod(dim=-1) for v in (a, b))
    union = area_a[:, :, None] + area_b[:, None] - shared
    return shared / union.clamp_min(1e-9), shared / area_a[:, :, None].clamp_min(1e-9)


def jittered(found: Candidates) -> Candidates:
    """Returns candidates whose boxes are changed at random."""
    size = (found.boxes[..., 2:] - found.boxes[..., :2]).repeat(1, 1, 2)
    return found._replace(boxes=found.boxes + JITTER * size * torch.randn_like(found.boxes))
