"""How a run is doing: figures and pictures on generated objects and on real photographs.

    validation = Validation(studio, pictures=512, batch_size=256)
    validation(model)      # {"iou": ..., "precision": ..., "color_error": ..., ...}
    watch_photos(model, "../shared/data/pix3d_dev")

Generated objects choose the best checkpoint; photographs are only watched.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

from training.evaluation import metrics
from voxel_model import Outputs, VoxelModel, normalize

# A stream that no training run of a sane --seed shares, ranks included.
VALIDATION_SEED = 2_000_000_011
KINDS = ("cad", "procedural")  # what the studio's sources begin with
SHOWN = 6  # objects in the TensorBoard picture
SHOWN_SIZE = 160  # pixels a side of each of its tiles
USUAL_VIEW = (30.0, 20.0)  # azimuth and elevation where the camera is unknown


class Validation:
    """A fixed set of generated pictures, made once and kept on the device."""

    def __init__(self, studio, pictures: int, batch_size: int):
        count = math.ceil(pictures / batch_size)  # whole batches: one shape for the studio
        self.batches = [studio.batch(step, batch_size) for step in range(count)]

    @torch.no_grad()
    def __call__(self, model: VoxelModel) -> dict[str, float]:
        """Means over the set; azimuth_error is the median in degrees, azimuth_wrong a share.

        iou, precision and recall are taken at the model's own threshold; cad_iou and procedural_iou
        are of the two kinds of shapes, where the set holds them. A model without heads for them has
        no figures for colour, mask, category, camera and coordinates.
        """
        columns: dict[str, list] = {}
        for batch in self.batches:
            outputs = model(normalize(batch.image))
            for name, values in score(outputs, batch, model.config.threshold).items():
                columns.setdefault(name, []).extend(values)
        figures = {name: mean(values) for name, values in columns.items()}
        figures |= self._by_kind(columns["iou"])
        if "azimuth_error" in columns:
            errors = np.array(columns["azimuth_error"])
            errors = errors[~np.isnan(errors)]
            figures["azimuth_error"] = float(np.median(errors)) if len(errors) else math.nan
            figures["azimuth_wrong"] = mean(errors > metrics.HALF_TURN_WRONG)
        return figures

    def _by_kind(self, ious: list[float]) -> dict[str, float]:
        """The mean IoU of each kind of shape, by the sources of the pictures."""
        kinds = [name.split("/")[0] for batch in self.batches for name in batch.source]
        chosen = {
            kind: [i for i, k in zip(ious, kinds, strict=True) if k == kind] for kind in KINDS
        }
        return {f"{kind}_iou": mean(values) for kind, values in chosen.items() if values}

    @torch.no_grad()
    def picture(self, model: VoxelModel) -> np.ndarray:
        """(rows, columns, 3) uint8: photo, predicted and true grid of the first objects."""
        from training.evaluation.gallery import draw_voxels

        batch = self.batches[0]
        outputs = model(normalize(batch.image[:SHOWN]))
        predicted = outputs.occupancy.float().sigmoid().cpu().numpy()
        truth = batch.occupancy[:SHOWN].cpu().numpy()
        colors = None if outputs.color is None else to_uint8(outputs.color[:SHOWN].sigmoid())
        true_colors = to_uint8(batch.colors[:SHOWN])
        photos = F.interpolate(batch.image[:SHOWN], SHOWN_SIZE, mode="bilinear", antialias=True)
        photos = (photos.clamp(0, 1) * 255).byte().permute(0, 2, 3, 1).cpu().numpy()
        rows = []
        for i, photo in enumerate(photos):
            view = camera_of(batch, i)
            level = model.config.threshold
            mine = draw_voxels(
                predicted[i], None if colors is None else colors[i], *view, SHOWN_SIZE, level
            )
            true = draw_voxels(truth[i], true_colors[i], *view, SHOWN_SIZE)
            rows.append(np.concatenate([photo, np.asarray(mine), np.asarray(true)], axis=1))
        return np.concatenate(rows)


def score(outputs: Outputs, batch, threshold: float) -> dict[str, list[float]]:
    """One value an object and figure; NaN where it does not apply."""
    predicted = outputs.occupancy.float().sigmoid().cpu().numpy()
    truth = batch.occupancy.cpu().numpy() > 0.5
    rows = [
        metrics.occupancy_scores(p, t, threshold) for p, t in zip(predicted, truth, strict=True)
    ]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    if outputs.mask is None:
        return columns
    colors = outputs.color.float().sigmoid()
    if outputs.coordinates is not None:
        columns["coordinate_error"] = coordinate_errors(outputs.coordinates, batch.coordinates)
    return columns | {
        "color_error": color_errors(colors, batch.colors, batch.surface),
        "mask_iou": mask_ious(outputs.mask.float(), batch.mask),
        "category_accuracy": category_right(outputs.category, batch.category),
        "azimuth_error": azimuth_errors(outputs.pose.float(), batch.azimuth),
    }


def color_errors(predicted, colors, surface) -> list[float]:
    """As metrics.color_error, one value an object, on the device."""
    error = (predicted - colors).abs().mean(dim=1) * surface
    return (error.flatten(1).sum(1) / surface.flatten(1).sum(1)).tolist()  # 0 / 0 is NaN


def coordinate_errors(predicted: torch.Tensor, truth: torch.Tensor) -> list[float]:
    """Mean distance (longest sides) between the points that pixels show and the predicted ones."""
    step = truth.shape[-1] // predicted.shape[-1]
    truth = truth[..., step // 2 :: step, step // 2 :: step]
    known = truth[:, 0].isfinite()
    error = torch.where(known, (predicted.float() - truth).square().sum(dim=1).sqrt(), 0.0)
    return (error.flatten(1).sum(1) / known.flatten(1).sum(1)).tolist()  # 0 / 0 is NaN


def mask_ious(logits: torch.Tensor, mask: torch.Tensor) -> list[float]:
    """IoU at the picture's own size, the logits enlarged as voxel_model does for a user."""
    seen = F.interpolate(logits.sigmoid(), mask.shape[-2:], mode="bilinear") > 0.5
    true = mask > 0.5
    both, either = ((x.flatten(1).sum(1)).float() for x in (seen & true, seen | true))
    return (both / either).tolist()


def category_right(logits: torch.Tensor, category: torch.Tensor) -> list[float]:
    right = (logits.argmax(1) == category).float()
    return torch.where(category >= 0, right, torch.nan).tolist()


def azimuth_errors(pose: torch.Tensor, azimuth: torch.Tensor) -> list[float]:
    predicted = torch.atan2(pose[:, 0], pose[:, 1]).rad2deg()
    return metrics.angle_error(
        predicted.cpu().numpy(), azimuth.float().rad2deg().cpu().numpy()
    ).tolist()


def mean(values) -> float:
    values = np.asarray(values, dtype=np.float64)
    values = values[~np.isnan(values)]
    return float(values.mean()) if len(values) else math.nan


def to_uint8(colors: torch.Tensor) -> np.ndarray:
    """(B, 3, R, R, R) in [0, 1] -> (B, R, R, R, 3) uint8"""
    return (colors.float() * 255).round().byte().permute(0, 2, 3, 4, 1).cpu().numpy()


def camera_of(batch, i: int) -> tuple[float, float]:
    view = tuple(math.degrees(float(angles[i])) for angles in (batch.azimuth, batch.elevation))
    return USUAL_VIEW if any(math.isnan(angle) for angle in view) else view


def watch_photos(model: VoxelModel, root: str, batch_size: int = 64) -> dict[str, float]:
    """The main figures of training.evaluate on a folder of real photographs."""
    from training.evaluate import evaluate_records
    from training.pix3d import dataset

    result, _ = evaluate_records(model, root, dataset.load_records(root), batch_size=batch_size)
    subsets = result["subsets"]
    everything = subsets["all"]["boxed"]
    figures = {
        "iou": everything["iou"]["mean"],
        "iou_best": everything["iou_best"]["mean"],
        "best_threshold": float(result["threshold"]["best_on_these_photos"]),
        "mask_iou": everything["mask_iou"]["mean"],
        "category_right": everything["category_right"]["mean"],
        "azimuth_error": everything["azimuth_error_median"],
        "azimuth_wrong": everything["azimuth_wrong"],
        "crumbled": everything["crumbled"],
        "found_iou": subsets["all"]["found"]["iou"]["mean"],
    }
    for name in ("clean", "clean chair"):
        if name in subsets:
            figures[f"iou_{name.replace(' ', '_')}"] = subsets[name]["boxed"]["iou"]["mean"]
    return figures
