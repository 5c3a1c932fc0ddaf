"""Generated pictures of pieces that no bank holds, with their true shapes.

    for picture in held_out_pictures(model, settings, count=160):
        picture.prediction, picture.grid, picture.points, picture.design

The studio draws them from the seed of validation, which neither training nor banks use.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image

from core.categories import CATEGORIES
from core.prediction import Prediction
from furniture.pieces import build, make_piece
from network.prediction import NetworkInput, decode_outputs
from pipeline.parts.meshes import part_meshes, union
from training.evaluation.validation import VALIDATION_SEED
from training.parts.mesh_scores import mesh_points
from training.parts.sampling import SHARES
from training.studio.config import StudioConfig
from training.studio.studio import Studio
from voxel_model import VoxelModel, to_tensor

SHAPES = 32  # shapes in the studio at once: one group, replaced together
PER_GROUP = 4  # batches of one group of shapes
BATCH = 16  # pictures of a batch, two of each shape on average
MIRROR = (-1, 1, 1)


@dataclass(frozen=True)
class HeldOutPicture:
    """One picture and the piece that it shows."""

    prediction: Prediction
    category: str
    design: str
    grid: np.ndarray  # (32, 32, 32) float32, true cells, 0 or 1
    points: np.ndarray  # (N, 3) on the true surface, see `mesh_scores.mesh_points`


def studio_settings(settings: StudioConfig) -> StudioConfig:
    """Returns the settings with the shapes and the categories of held-out pictures."""
    shares = {name: float(share) for name, share in SHARES.items()}
    return replace(
        settings, slots=SHAPES, refresh_every=PER_GROUP, shares=shares, cad=None, workers=0
    )


def held_out_pictures(
    model: VoxelModel, settings: StudioConfig, count: int
) -> Iterator[HeldOutPicture]:
    """Yields pictures, the same ones for the same settings.

    Parameters
    ----------
    model : VoxelModel
        On the CPU; predicts.
    settings : StudioConfig
        Of `studio_settings`.
    count : int
        Pictures.
    """
    studio = Studio(settings, torch.device("cpu"), VALIDATION_SEED)
    for step in range(-(-count // BATCH)):
        size = min(BATCH, count - step * BATCH)
        batch, scene, flip = studio.sample(step, size)
        pixels = (batch.image * 255).round().byte().permute(0, 2, 3, 1).numpy()
        predictions = _predict(model, pixels, batch.place)
        numbers = scene.slot[:, 0].numpy() + studio.bank.generation[0] * studio.bank.slots
        for i, prediction in enumerate(predictions):
            yield _picture(
                prediction, int(numbers[i]), settings.shares, bool(flip[i]), batch.occupancy[i]
            )


@torch.inference_mode()
def _predict(model: VoxelModel, pixels: np.ndarray, place: torch.Tensor) -> list[Prediction]:
    """Predictions of crops (B, S, S, 3) uint8 and their places (B, 3)."""
    whole = (0.0, 0.0, float(pixels.shape[2]), float(pixels.shape[1]))
    images = [Image.fromarray(row) for row in pixels]
    inputs = [
        NetworkInput(image, None, whole, whole, image, row)
        for image, row in zip(images, pixels, strict=True)
    ]
    return decode_outputs(model, model(to_tensor(list(pixels), model), place), inputs)


def _picture(
    prediction: Prediction,
    number: int,
    shares: tuple[float, ...],
    is_mirrored: bool,
    grid: torch.Tensor,
) -> HeldOutPicture:
    piece = make_piece(VALIDATION_SEED, number, shares)
    furniture = build(CATEGORIES[piece.category], piece.choices)
    body = union(part_meshes(furniture))
    points = mesh_points(body.vertices, body.faces)
    if is_mirrored:
        points = points * MIRROR
    return HeldOutPicture(
        prediction, CATEGORIES[piece.category], furniture.name, grid.numpy(), points
    )
