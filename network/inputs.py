"""Crops to the normalised input of the network, and errors of the GPU's memory.

tensor = to_tensor(crops, model)         # (B, 3, S, S) on the model's device
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

from core.errors import ModelError

if TYPE_CHECKING:
    from network.model import VoxelModel

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@contextmanager
def out_of_memory_as_model_error() -> Iterator[None]:
    """Raise ModelError and free the cache if the GPU's memory is not sufficient."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        torch.cuda.empty_cache()
        raise ModelError(
            "The GPU's memory is taken up; try again when less runs on it, "
            "or start with CUDA_VISIBLE_DEVICES= to use the processor."
        ) from error


def normalize(images: torch.Tensor) -> torch.Tensor:
    """Normalise images with the mean and deviation of ImageNet.

    Parameters
    ----------
    images : Tensor, (B, 3, S, S) float
        sRGB in [0, 1].

    Returns
    -------
    Tensor, (B, 3, S, S) float
        Normalised images.
    """
    mean = images.new_tensor(IMAGENET_MEAN).view(3, 1, 1)
    return (images - mean) / images.new_tensor(IMAGENET_STD).view(3, 1, 1)


def to_tensor(crops: list[Image.Image | np.ndarray], model: "VoxelModel") -> torch.Tensor:
    """Stack crops to the normalised input of the network.

    Parameters
    ----------
    crops : list of PIL.Image.Image or ndarray
        (S, S, 3) uint8 RGB, all of one size.
    model : VoxelModel
        The model, for its device.

    Returns
    -------
    Tensor, (B, 3, S, S) float32
        Input on the model's device; equal to `normalize`.
    """
    device = next(model.parameters()).device
    crops = [np.asarray(crop) for crop in crops]
    # pinned memory, where there is a GPU to copy from it directly
    stacked = torch.empty(
        (len(crops), *crops[0].shape), dtype=torch.uint8, pin_memory=device.type == "cuda"
    )
    np.stack(crops, out=stacked.numpy())
    stacked = stacked.to(device, non_blocking=True)
    # normalise whole rows of pixels: three times faster than the last axis of length 3
    rows = stacked.flatten(2).float().div_(255)  # (B, S, 3 S)
    mean, std = (rows.new_tensor(v).repeat(stacked.shape[2]) for v in (IMAGENET_MEAN, IMAGENET_STD))
    return rows.sub_(mean).div_(std).view(stacked.shape).permute(0, 3, 1, 2)
