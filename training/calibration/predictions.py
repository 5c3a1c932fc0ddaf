"""What a model makes of pictures, beside the truth: scenes, photographs, and what is no furniture.

    scenes = generated(model, StudioConfig(assets="../shared/data"), streams=(0, 1), pictures=128)
    shapes, photos = photographs(model, Path("../shared/data/pix3d_dev"))
    found, summaries = meet(model, strangers())

Every picture goes the way a visitor's goes, through `predict_batch`; nothing is kept of it but the
logits and the summary.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from scipy.special import logit

from training.calibration.non_furniture import NonFurniturePicture
from training.evaluation import scoring
from training.evaluation.validation import VALIDATION_SEED
from training.pix3d import dataset
from training.studio.studio import Studio, StudioConfig
from voxel_model import VoxelModel, predict_batch

BATCH_SIZE = 16  # pictures at once, for a laptop's memory
MAX_ABS_LOGIT = 15.0  # beyond this logit float32 knows no probability but 1


class RawPredictions(NamedTuple):
    """What the uncalibrated model makes of N pictures, and the truth."""

    logits: np.ndarray  # (N, R, R, R) float32
    solid: np.ndarray  # (N, R, R, R) bool
    summary: np.ndarray  # (N, 256)


def raw_outputs(model: VoxelModel, images: list, boxes: list | None = None) -> tuple:
    """Logits (N, R, R, R) and summaries (N, 256), each picture taken as a visitor's is."""
    kept: list[torch.Tensor] = []
    hook = model.summary.register_forward_hook(lambda *call: kept.append(call[2].cpu()))
    try:
        predictions = predict_batch(model, images, boxes)
    finally:
        hook.remove()
    occupancy = np.stack([p.occupancy for p in predictions])
    logits = logit(occupancy.astype(np.float64)).clip(-MAX_ABS_LOGIT, MAX_ABS_LOGIT)
    return logits.astype(np.float32), torch.cat(kept).double().numpy()


def predict_scenes(
    model: VoxelModel, config: StudioConfig, streams: Sequence[int], pictures: int
) -> RawPredictions:
    """Scenes that no training run sees, `pictures` of each stream, which has its own shapes."""
    c = model.config
    config = replace(config, resolution=c.resolution, image_size=c.image_size)
    parts = []
    for stream in streams:
        studio = Studio(config, next(model.parameters()).device, VALIDATION_SEED + stream)
        for step in range(-(-pictures // BATCH_SIZE)):
            batch = studio.batch(step, BATCH_SIZE)
            pixels = (batch.image * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
            logits, summary = raw_outputs(model, [Image.fromarray(p) for p in pixels])
            parts.append((logits, batch.occupancy.cpu().numpy() > 0.5, summary))
    return RawPredictions(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def predict_photos(model: VoxelModel, root: Path) -> tuple[list[str], dict[str, RawPredictions]]:
    """Shape of each photo, and what is seen with its box given and with the object found."""
    shapes, parts = [], {"photos, box given": [], "photos, box found": []}
    for sample, reason in scoring.load_samples(root, dataset.load_records(root)):
        if sample is None:
            raise dataset.DataError(f"{reason}; repair the data first.")
        shapes.append(sample.record.shape)
        truth = dataset.canonical_grid(ground_truth_grid(root, sample), model.config.resolution)
        for name, box in zip(parts, (sample.record.bbox, None), strict=True):
            logits, summary = raw_outputs(model, [sample.image], [box])
            parts[name].append((logits, truth[None], summary))
    joined = {
        k: RawPredictions(*map(np.concatenate, zip(*p, strict=True))) for k, p in parts.items()
    }
    return shapes, joined


def ground_truth_grid(root: Path, sample: scoring.Sample) -> np.ndarray:
    return dataset.to_model_axes(dataset.read_voxels(root, sample.record.voxel))


def summarise_non_furniture(
    model: VoxelModel, found: Iterable[NonFurniturePicture]
) -> tuple[list[NonFurniturePicture], np.ndarray]:
    """The strangers without their pictures, and their summaries (M, 256)."""
    names, parts = [], []
    for stranger in found:
        parts.append(raw_outputs(model, [stranger.image])[1])
        names.append(replace(stranger, image=None))
    return names, np.concatenate(parts)
