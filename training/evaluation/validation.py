"""Validates a model in training on generated objects.

    validation = Validation(studio, pictures=512, batch_size=256)
    validation(model)      # {"iou": ..., "precision": ..., "color_error": ..., ...}

The figures select the best checkpoint. monitoring/photo_watch.py measures real photographs.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

from training.data.batches import Batch, BatchSource
from training.evaluation import metrics
from training.evaluation.batch_metrics import mean, probabilities, score
from voxel_model import VoxelModel, normalize

# far from the seeds of training: --seed plus RANK_STRIDE times the rank of a process
VALIDATION_SEED = 2_000_000_011
KINDS = ("cad", "procedural")  # first parts of the studio's source names
ROWS = 16  # objects in the TensorBoard image
TILE_SIZE = 160  # pixels a side of each tile of the image


class Validation:
    """A fixed set of generated samples on the device.

    Parameters
    ----------
    studio : BatchSource
        Source of the samples.
    pictures : int
        Number of samples, rounded up to whole batches.
    batch_size : int
        Samples a batch.
    """

    def __init__(self, studio: BatchSource, pictures: int, batch_size: int):
        count = math.ceil(pictures / batch_size)  # whole batches: one shape for the studio
        self.batches = [studio.batch(step, batch_size) for step in range(count)]

    @torch.no_grad()
    def __call__(self, model: VoxelModel) -> dict[str, float]:
        """Measures a model on the set.

        Parameters
        ----------
        model : VoxelModel
            The model.

        Returns
        -------
        dict of float
            Means over the set: iou, precision, recall and extents_error (at the model's own
            threshold), mse, and the figures of its heads. azimuth_error is the median in degrees,
            azimuth_wrong a share. cad_iou and procedural_iou are means of the two kinds of shapes,
            if the set has them.
        """
        columns: dict[str, list] = {}
        for batch in self.batches:
            outputs = model(normalize(batch.image), batch.place)
            for name, values in score(outputs, batch, model.config).items():
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
        """Returns the mean IoU of each kind of shape, by the sources of the samples."""
        kinds = [name.split("/")[0] for batch in self.batches for name in batch.source]
        grouped = {
            kind: [i for i, k in zip(ious, kinds, strict=True) if k == kind] for kind in KINDS
        }
        return {f"{kind}_iou": mean(values) for kind, values in grouped.items() if values}

    @torch.no_grad()
    def picture(self, model: VoxelModel) -> np.ndarray:
        """Draws the photo, the predicted grid and the true grid of the first objects.

        Parameters
        ----------
        model : VoxelModel
            The model.

        Returns
        -------
        ndarray, (H, W, 3) uint8
            One row for each object.
        """
        from training.evaluation.gallery import draw_voxels

        batch = self.batches[0]
        outputs = model(normalize(batch.image[:ROWS]), batch.place[:ROWS])
        predicted = probabilities(outputs, model.config).cpu().numpy()
        truth = batch.occupancy[:ROWS].cpu().numpy()
        colors = None if outputs.color is None else to_uint8(outputs.color[:ROWS].sigmoid())
        true_colors = to_uint8(batch.colors[:ROWS])
        photos = F.interpolate(batch.image[:ROWS], TILE_SIZE, mode="bilinear", antialias=True)
        photos = (photos.clamp(0, 1) * 255).byte().permute(0, 2, 3, 1).cpu().numpy()
        rows = []
        for i, photo in enumerate(photos):
            view = camera_of(batch, i)
            color = None if colors is None else colors[i]
            threshold = model.config.threshold
            drawn = draw_voxels(predicted[i], color, *view, TILE_SIZE, threshold)
            true = draw_voxels(truth[i], true_colors[i], *view, TILE_SIZE)
            rows.append(np.concatenate([photo, np.asarray(drawn), np.asarray(true)], axis=1))
        return np.concatenate(rows)


def to_uint8(colors: torch.Tensor) -> np.ndarray:
    """(B, 3, R, R, R) in [0, 1] -> (B, R, R, R, 3) uint8."""
    return (colors.float() * 255).round().byte().permute(0, 2, 3, 4, 1).cpu().numpy()


def camera_of(batch: Batch, i: int) -> tuple[float, float]:
    """Returns azimuth and elevation of a sample in degrees; DEFAULT_VIEW if one is unknown."""
    from training.evaluation.gallery import DEFAULT_VIEW

    view = tuple(math.degrees(float(angles[i])) for angles in (batch.azimuth, batch.elevation))
    return DEFAULT_VIEW if any(math.isnan(angle) for angle in view) else view
