"""The loss of each head: functions of a prediction and the truth.

    occupancy_bce(outputs.occupancy, batch.occupancy, thin=2.0)      # () float32

training.loop.objective weights and sums them. All have static shapes and wait for no GPU.
"""

import torch
import torch.nn.functional as F

THIN_AT = 32  # cells a side of the grid on which thin parts are defined


def occupancy_bce(logits: torch.Tensor, truth: torch.Tensor, thin: float) -> torch.Tensor:
    """Binary cross-entropy of the cells, with more weight on thin parts.

    Parameters
    ----------
    logits, truth : Tensor, (B, R, R, R) float32
        Predicted logits; 1 for solid and 0 for empty cells.
    thin : float
        A cell has the weight 1 + thin * `thinness`.

    Returns
    -------
    Tensor, () float32
        Mean over all cells.
    """
    weight = 1.0 + thin * thinness(truth) if thin else None
    return F.binary_cross_entropy_with_logits(logits, truth, weight)


def thinness(truth: torch.Tensor) -> torch.Tensor:
    """Measure for each solid cell how empty its 3x3x3 neighbourhood is.

    A leg one cell thick has 0.78, a board one cell thick 0.33, the face of a solid block 0. Cells
    outside the grid are empty. A grid finer than THIN_AT is measured at THIN_AT cells a side, so
    that a leg is as thin on a fine grid.

    Parameters
    ----------
    truth : Tensor, (B, R, R, R) float32
        1 for solid and 0 for empty cells.

    Returns
    -------
    Tensor, (B, R, R, R) float32
        0 for empty cells and for solid cells with a neighbourhood at least half solid; up to 1.
    """
    finer = max(1, truth.shape[-1] // THIN_AT)
    solid = F.max_pool3d(truth[:, None], finer)[:, 0] if finer > 1 else truth
    filled = solid
    for axis in (1, 2, 3):  # a separable sum: three cheap passes that compile into few kernels
        pad = [0, 0] * (3 - axis) + [1, 1]
        padded, n = F.pad(filled, pad), solid.shape[axis]
        filled = sum(padded.narrow(axis, i, n) for i in range(3))
    thin = F.relu(1.0 - filled * (2 / 27))
    if finer > 1:
        thin = F.interpolate(thin[:, None], scale_factor=float(finer))[:, 0]
    return truth * thin


def distillation_bce(logits: torch.Tensor, teachers: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy of the cells against the probabilities of other networks.

    Thin parts have no extra weight, unlike in `occupancy_bce`: where teachers doubt a thin leg that
    is there, the weighted truth prevails.

    Parameters
    ----------
    logits, teachers : Tensor, (B, R, R, R) float32
        Predicted logits; probabilities of `training.loop.teachers`.

    Returns
    -------
    Tensor, () float32
        Mean over all cells; least, but not 0, where both agree.
    """
    return F.binary_cross_entropy_with_logits(logits, teachers)


def soft_iou(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """One minus the IoU of the probabilities.

    Parameters
    ----------
    logits, truth : Tensor, (B, R, R, R) float32
        Predicted logits; 1 for solid and 0 for empty cells.

    Returns
    -------
    Tensor, () float32
        Mean over the objects, in [0, 1]; 0 is perfect.
    """
    probability = logits.sigmoid().flatten(1)
    truth = truth.flatten(1)
    intersection = (probability * truth).sum(1)
    union = probability.sum(1) + truth.sum(1) - intersection
    # one more cell in both: the IoU of an empty truth is defined
    return (1.0 - (intersection + 1.0) / (union + 1.0)).mean()


def extents_bce(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy of the slices of the grid: 1 for a slice with a solid cell.

    The slices along an axis that hold one are the object's extent on that axis. A slice has the
    logit of its most solid cell, which alone gets the gradient: `occupancy_bce` hardly notices a
    thin leg that ends a cell too early, as it is a few of 32,768 cells.

    Parameters
    ----------
    logits, truth : Tensor, (B, R, R, R) float32
        Predicted logits; 1 for solid and 0 for empty cells.

    Returns
    -------
    Tensor, () float32
        Mean over the R slices along each of the three axes.
    """
    others = ((2, 3), (1, 3), (1, 2))
    slices = torch.stack([logits.amax(dim) for dim in others], dim=1)  # (B, 3, R)
    solid = torch.stack([truth.amax(dim) for dim in others], dim=1)
    return F.binary_cross_entropy_with_logits(slices, solid)


def profiles_l1(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Distance of the profiles of the grid along its axes.

    A profile is the share of the object's volume in each slice along an axis. Two profiles are
    compared by the earth mover's distance, which grows with the shift of a surface such as a seat;
    `occupancy_bce` and `soft_iou` are as large for a shift by two cells as by ten.

    Parameters
    ----------
    logits, truth : Tensor, (B, R, R, R) float32
        Predicted logits; 1 for solid and 0 for empty cells.

    Returns
    -------
    Tensor, () float32
        Mean over the three axes, in sides of the grid.
    """
    predicted, true = (_cumulative_profiles(grid) for grid in (logits.sigmoid(), truth))
    return (predicted - true).abs().mean()


def _cumulative_profiles(grid: torch.Tensor) -> torch.Tensor:
    """(B, R, R, R) -> (B, 3, R) share of the volume up to each slice along each axis."""
    profiles = torch.stack([grid.sum((2, 3)), grid.sum((1, 3)), grid.sum((1, 2))], dim=1)
    return profiles.cumsum(dim=2) / profiles.sum(dim=2, keepdim=True).clamp_min(1.0)


def color_l1(logits: torch.Tensor, colors: torch.Tensor, surface: torch.Tensor) -> torch.Tensor:
    """Absolute error of the colours of surface cells.

    Parameters
    ----------
    logits, colors : Tensor, (B, 3, R, R, R) float32
        Predicted logits; true sRGB in [0, 1].
    surface : Tensor, (B, R, R, R) bool
        Cells with a known colour.

    Returns
    -------
    Tensor, () float32
        Mean over these cells and the channels; 0 if there is no such cell.
    """
    error = (logits.sigmoid() - colors).abs().mean(dim=1)
    return masked_mean(torch.where(surface, error, 0.0), surface)


def mask_loss(logits: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy plus dice loss of the mask.

    Parameters
    ----------
    logits : Tensor, (B, 1, s, s) float32
        Predicted logits.
    mask : Tensor, (B, 1, S, S) float32
        True mask in [0, 1]; it is averaged to s pixels a side. NaN where it is unknown.

    Returns
    -------
    Tensor, () float32
        Mean over the known masks; 0 if there are none.
    """
    truth = F.avg_pool2d(mask, mask.shape[-1] // logits.shape[-1]).flatten(1)
    known = truth[:, 0].isfinite()
    logits, truth = logits.flatten(1), truth.nan_to_num(0.0)
    bce = F.binary_cross_entropy_with_logits(logits, truth, reduction="none").mean(1)
    probability = logits.sigmoid()
    overlap = 2 * (probability * truth).sum(1) + 1.0
    dice = overlap / (probability.sum(1) + truth.sum(1) + 1.0)
    return masked_mean(torch.where(known, bce + 1.0 - dice, 0.0), known)


def category_loss(logits: torch.Tensor, category: torch.Tensor, smoothing: float) -> torch.Tensor:
    """Cross-entropy of the category.

    Parameters
    ----------
    logits : Tensor, (B, K) float32
        Predicted logits of K categories.
    category : Tensor, (B,) int64
        True categories; a negative label is unknown and is ignored.
    smoothing : float
        Label smoothing, 0 to 1.

    Returns
    -------
    Tensor, () float32
        Mean over the known labels; 0 if all are unknown.
    """
    known = category >= 0
    loss = F.cross_entropy(
        logits, category.clamp(min=0), reduction="none", label_smoothing=smoothing
    )
    return masked_mean(torch.where(known, loss, 0.0), known)


def azimuth_loss(vector: torch.Tensor, azimuth: torch.Tensor) -> torch.Tensor:
    """One minus the cosine of the azimuth's error.

    Parameters
    ----------
    vector : Tensor, (B, 2) float32
        Predicted sine and cosine, of any common length.
    azimuth : Tensor, (B,) float32
        True azimuth in radians; NaN for objects without a front, which are ignored.

    Returns
    -------
    Tensor, () float32
        Mean over the known azimuths, in [0, 2]; 0 if all are NaN.
    """
    known = azimuth.isfinite()
    azimuth = torch.where(known, azimuth, 0.0)  # before the arithmetic: 0 * NaN is NaN
    unit = F.normalize(vector, dim=1, eps=1e-3)
    cosine = unit[:, 0] * azimuth.sin() + unit[:, 1] * azimuth.cos()
    return masked_mean(torch.where(known, 1.0 - cosine, 0.0), known)


def elevation_l1(predicted: torch.Tensor, elevation: torch.Tensor) -> torch.Tensor:
    """Absolute error of the elevation.

    Parameters
    ----------
    predicted, elevation : Tensor, (B,) float32
        Radians; a true elevation of NaN is unknown and is ignored.

    Returns
    -------
    Tensor, () float32
        Mean over the known elevations in radians; 0 if all are NaN.
    """
    known = elevation.isfinite()
    error = (predicted - torch.where(known, elevation, 0.0)).abs()
    return masked_mean(torch.where(known, error, 0.0), known)


def coordinates_l1(predicted: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Absolute error of the object coordinates where the object is visible.

    Parameters
    ----------
    predicted : Tensor, (B, 3, s, s) float32
        Predicted points in the object's cube.
    truth : Tensor, (B, 3, S, S) float32
        True points, NaN where a pixel does not show the object; S is a multiple of s. A predicted
        pixel is compared with the mean of the true pixels that it covers.

    Returns
    -------
    Tensor, () float32
        Mean in longest sides of the object, each pixel weighted by its visible share.
    """
    step = truth.shape[-1] // predicted.shape[-1]
    known = truth[:, :1].isfinite()
    share = F.avg_pool2d(known.float(), step)
    mean = F.avg_pool2d(torch.where(known, truth, 0.0), step) / share.clamp_min(1e-6)
    error = (predicted - mean).abs().mean(dim=1, keepdim=True)
    return (error * share).sum() / share.sum().clamp(min=1)


def masked_mean(values: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Mean over known values.

    Parameters
    ----------
    values : Tensor, float32
        Values, 0 where unknown.
    known : Tensor, bool
        The same shape.

    Returns
    -------
    Tensor, () float32
        Sum over count of the known values; 0 if there are none.
    """
    return values.sum() / known.sum().clamp(min=1)
