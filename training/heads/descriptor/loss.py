"""The loss of the descriptor: a photo's descriptor ranks pieces as their overlap does.

    loss, figures = ranking_loss(photos, pieces, overlaps, scale, blind)

InfoNCE (van den Oord et al. 2018) with soft targets: the generating piece overlaps with itself by
1 and has the largest target, a piece that overlaps by 0.9 is a good answer and has a smaller one.
"""

import torch

SHARPNESS = 0.05  # overlap by which a piece's target falls to 1 / e
MAX_SCALE = 100.0  # of the scalar products, as in CLIP


def overlap_matrix(truth: torch.Tensor, grids: torch.Tensor) -> torch.Tensor:
    """Returns the IoU (B, M) of shapes (B, 32, 32, 32) with pieces (M, 32, 32, 32) of 0 and 1."""
    truth, grids = truth.flatten(1), grids.flatten(1)
    shared = truth @ grids.T
    return shared / (truth.sum(1)[:, None] + grids.sum(1) - shared).clamp_min(1)


def ranking_loss(
    photos: torch.Tensor,
    pieces: torch.Tensor,
    overlaps: torch.Tensor,
    scale: torch.Tensor,
    blind: torch.Tensor,
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Computes the loss of a batch.

    Parameters
    ----------
    photos : Tensor, (B, K) float32
        Descriptors of photos, of unit length.
    pieces : Tensor, (M, K) float32
        Descriptors of pieces; the first B are those of the photographed shapes.
    overlaps : Tensor, (B, M) float32
        IoU of the photographed shapes with the pieces.
    scale : Tensor, () float32
        Logarithm of the factor of the scalar products.
    blind : Tensor, (B,) bool
        Photos that do not see the photographed shapes: they rank the pieces of the bank alone, as
        in the application, where the true shape is never in the bank.

    Returns
    -------
    loss : Tensor, () float32
        Mean cross-entropy.
    figures : dict of Tensor
        `found`: overlap of the piece that is taken; `best`: the largest overlap among all.
    """
    logits = scale.exp().clamp_max(MAX_SCALE) * photos @ pieces.T  # (B, M)
    shown = torch.arange(len(pieces), device=photos.device) < len(photos)
    hidden = blind[:, None] & shown
    logits = logits.masked_fill(hidden, -1e4)
    target = (overlaps / SHARPNESS).masked_fill(hidden, -1e4).softmax(dim=1)
    loss = -(target * logits.log_softmax(dim=1)).sum(dim=1).mean()
    known = overlaps.masked_fill(hidden, -1)
    taken = known.gather(1, logits.argmax(dim=1, keepdim=True))
    return loss, {"found": taken.mean(), "best": known.amax(dim=1).mean()}
