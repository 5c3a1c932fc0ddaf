"""Measures a model in training on real photographs, within a time limit, and draws some of them.

    watch = PhotoWatch("../shared/data/pix3d_dev", minutes=5.0)
    watch(model)           # {"iou": ..., "mask_iou": ..., ...}
    watch.sheet(model)     # (H, W, 3) uint8: the same 16 photos each time

The other processes of a run wait meanwhile, so the time must have a limit. A measurement that
reaches it covers fewer photos; the following ones take the same photos, so that a curve compares.
"""

import random
import time
from collections.abc import Sequence

import numpy as np
import torch

from core.errors import UserError
from training.evaluation import scoring
from training.evaluation.gallery import DEFAULT_VIEW, draw_voxels
from training.evaluation.summary import score_row, summarise
from training.pix3d import dataset
from voxel_model import VoxelModel

SHEET_PHOTOS = 16  # photos of a sheet
TILE_SIZE = 160  # pixels a side of each tile
ORDER_SEED = 0  # of the order in which photos are measured


class PhotoWatch:
    """A fixed set of photographs.

    Parameters
    ----------
    root : str
        Folder in Pix3D's layout.
    minutes : float
        Longest time of one measurement.
    records : sequence of Record, optional
        Photographs of the folder; None for all.
    batch_size : int
        Photos a batch.

    Raises
    ------
    UserError
        If the folder has no photo.
    """

    def __init__(
        self,
        root: str,
        minutes: float,
        records: Sequence[dataset.Record] | None = None,
        batch_size: int = 16,
    ):
        self.root, self.seconds, self.batch_size = root, 60 * minutes, batch_size
        self.records = list(dataset.load_records(root) if records is None else records)
        if not self.records:
            raise UserError(f"{root} lists no photo; name another folder with --val-data.")
        self.shown = self.records[:: -(-len(self.records) // SHEET_PHOTOS)]
        random.Random(ORDER_SEED).shuffle(self.records)  # a part of them is of all categories

    @torch.no_grad()
    def __call__(self, model: VoxelModel) -> dict[str, float]:
        """Computes the main figures of training.evaluate.

        Parameters
        ----------
        model : VoxelModel
            The model.

        Returns
        -------
        dict of float
            The figures by name; "photos" is their number.
        """
        end, rows = time.monotonic() + self.seconds, []
        for start in range(0, len(self.records), self.batch_size):
            if rows and time.monotonic() > end:
                self.records = self.records[:start]
                break
            rows += self._rows(model, self.records[start : start + self.batch_size])
        if not rows:
            raise UserError(f"No photo under {self.root} can be read.")
        return main_figures(summarise(rows, model.config.threshold))

    def _rows(self, model: VoxelModel, records: list[dataset.Record]) -> list[dict]:
        """Scores of the readable photos among the records."""
        read = scoring.load_samples(self.root, records)
        samples = [sample for sample, _ in read if sample is not None]
        pairs = scoring.predict_both(model, samples) if samples else []
        threshold = model.config.threshold
        return [
            score_row(sample, *pair, threshold, None)
            for sample, pair in zip(samples, pairs, strict=True)
        ]

    @torch.no_grad()
    def sheet(self, model: VoxelModel) -> np.ndarray:
        """Draws photo, prediction and true grid of the same photos; (H, W, 3) uint8."""
        read = scoring.load_samples(self.root, self.shown)
        samples = [sample for sample, _ in read if sample is not None]
        pairs = scoring.predict_both(model, samples)
        rows = [
            draw_row(sample, boxed, model.config.threshold)
            for sample, (boxed, _) in zip(samples, pairs, strict=True)
        ]
        return np.concatenate(rows)


def draw_row(sample: scoring.Sample, prediction: object, threshold: float) -> np.ndarray:
    """Draws the cropped photo, the predicted and the true grid side by side.

    Parameters
    ----------
    sample : Sample
        Photo and ground truth.
    prediction : Prediction or None
        None if the model refused the photo: its tile stays white.
    threshold : float
        Cells above it are drawn.

    Returns
    -------
    ndarray, (TILE_SIZE, 3 * TILE_SIZE, 3) uint8
        Photo, prediction, truth.
    """
    record = sample.record
    known = record.azimuth is not None
    view = (record.azimuth, record.elevation) if known else DEFAULT_VIEW
    photo = sample.image.crop(record.bbox).resize((TILE_SIZE, TILE_SIZE))
    drawn = np.full((TILE_SIZE, TILE_SIZE, 3), 255, np.uint8)
    if prediction is not None:
        drawn = draw_voxels(prediction.occupancy, prediction.colors, *view, TILE_SIZE, threshold)
    true = draw_voxels(sample.truth, None, *view, TILE_SIZE)
    return np.concatenate([np.asarray(picture) for picture in (photo, drawn, true)], axis=1)


def main_figures(result: dict) -> dict[str, float]:
    """Returns the figures that a run watches of the result of `summarise`."""
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
        "photos": float(subsets["all"]["photos"]),
    }
    for name in subsets:
        if name.split()[0] == "clean":  # all clean photos, and those of each category
            figures[f"iou_{name.replace(' ', '_')}"] = subsets[name]["boxed"]["iou"]["mean"]
    return figures
