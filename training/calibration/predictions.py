"""Uncalibrated predictions of a model on scenes, photographs and pictures without furniture.

    scenes = predict_scenes(model, StudioConfig(assets="../shared/data"), (0, 1), pictures=128)
    shapes, photos = predict_photos(model, Path("../shared/data/pix3d_dev"))
    pictures, summaries = summarise_non_furniture(model, non_furniture_pictures())

Each picture is cropped and normalised as in the product, by `predict_batch`. Only the logits and
the summary are stored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from scipy.special import logit
from tqdm import tqdm

from core.boxes import Box
from training.calibration.non_furniture import NonFurniturePicture
from training.evaluation import scoring
from training.evaluation.validation import VALIDATION_SEED
from training.pix3d import dataset
from training.studio.studio import Studio, StudioConfig
from voxel_model import VoxelModel, predict_batch

BATCH_SIZE = 16  # pictures a batch; fits the memory of a laptop
MAX_ABS_LOGIT = 15.0  # float32 cannot distinguish the probability of a larger logit from 1


class RawPredictions(NamedTuple):
    """Outputs of the uncalibrated model for N pictures, and the ground truth."""

    logits: np.ndarray  # (N, R, R, R) float32
    solid: np.ndarray  # (N, R, R, R) bool, ground truth
    summary: np.ndarray  # (N, 256) float64


def raw_outputs(
    model: VoxelModel, images: Sequence[Image.Image], boxes: Sequence[Box | None] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Predicts pictures as the product does.

    Parameters
    ----------
    model : VoxelModel
        Its calibration must be the identity for uncalibrated logits.
    images : sequence of PIL.Image.Image
        N pictures.
    boxes : sequence, optional
        Box of the object in each picture, None to detect it.

    Returns
    -------
    logits : numpy.ndarray
        (N, R, R, R) float32.
    summaries : numpy.ndarray
        (N, 256) float64.
    """
    summaries: list[torch.Tensor] = []
    hook = model.summary.register_forward_hook(lambda *call: summaries.append(call[2].cpu()))
    try:
        predictions = predict_batch(model, images, boxes)
    finally:
        hook.remove()
    occupancy = np.stack([p.occupancy for p in predictions])
    logits = logit(occupancy.astype(np.float64)).clip(-MAX_ABS_LOGIT, MAX_ABS_LOGIT)
    return logits.astype(np.float32), torch.cat(summaries).double().numpy()


def predict_scenes(
    model: VoxelModel, config: StudioConfig, streams: Sequence[int], pictures: int
) -> RawPredictions:
    """Predicts generated scenes that no training run sees.

    Parameters
    ----------
    model : VoxelModel
        Uncalibrated model.
    config : StudioConfig
        Settings of the studio; resolution and categories are set to the model's.
    streams : sequence of int
        Numbers added to the validation seed; each stream has its own shapes.
    pictures : int
        Pictures of each stream, rounded up to whole batches.
    """
    c = model.config
    config = config.changed({"resolution": c.resolution, "categories": c.categories})
    parts = []
    for stream in streams:
        studio = Studio(config, next(model.parameters()).device, VALIDATION_SEED + stream)
        for step in tqdm(range(-(-pictures // BATCH_SIZE)), unit="batch", disable=None):
            batch = studio.batch(step, BATCH_SIZE)
            pixels = (batch.image * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
            logits, summary = raw_outputs(model, [Image.fromarray(p) for p in pixels])
            parts.append((logits, batch.occupancy.cpu().numpy() > 0.5, summary))
    return RawPredictions(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def predict_photos(model: VoxelModel, root: Path) -> tuple[list[str], dict[str, RawPredictions]]:
    """Predicts the photographs of a Pix3D folder, with the annotated box and without a box.

    Returns
    -------
    shapes : list of str
        Shape folder of each photo.
    photos : dict
        RawPredictions by "photos, box given" and "photos, box found".

    Raises
    ------
    DataError
        If a photo cannot be read.
    """
    shapes, parts = [], {"photos, box given": [], "photos, box found": []}
    truths: dict[str, np.ndarray] = {}  # many photos show the same shape
    for sample, reason in scoring.load_samples(root, dataset.load_records(root)):
        if sample is None:
            raise dataset.DataError(f"{reason}; repair the data first.")
        shapes.append(sample.record.shape)
        voxel = sample.record.voxel
        if voxel not in truths:
            voxels = dataset.to_model_axes(dataset.read_voxels(root, voxel))
            truths[voxel] = dataset.canonical_grid(voxels, model.config.resolution)
        truth = truths[voxel]
        for name, box in zip(parts, (sample.record.bbox, None), strict=True):
            logits, summary = raw_outputs(model, [sample.image], [box])
            parts[name].append((logits, truth[None], summary))
    return shapes, {
        name: RawPredictions(*map(np.concatenate, zip(*rows, strict=True)))
        for name, rows in parts.items()
    }


def summarise_non_furniture(
    model: VoxelModel, pictures: Iterable[NonFurniturePicture]
) -> tuple[list[NonFurniturePicture], np.ndarray]:
    """Computes the summaries of pictures without furniture.

    Returns
    -------
    pictures : list of NonFurniturePicture
        The same pictures with `image` None, to free memory.
    summaries : numpy.ndarray
        (M, 256) float64.
    """
    descriptions, summaries = [], []
    for picture in pictures:
        summaries.append(raw_outputs(model, [picture.image])[1])
        descriptions.append(replace(picture, image=None))
    return descriptions, np.concatenate(summaries)
