"""From one photograph of a piece of furniture to voxels: load the model, predict.

    model = load_model()                             # MODEL_REPO_ID's, or the embedded checkpoint
    prediction = predict(model, Image.open("chair.jpg"))
    prediction.occupancy                             # (32, 32, 32) float32, probability of solid

Axes, in all modules: grids are indexed [x, y, z]. x points to the right as seen from the object's
front, y points up, z points toward its front (right-handed). The object is centred in the grid and
its longest side fills the grid.

Angles give the camera's position as seen from the object. Azimuth 0 is in front of it (+z) and
grows toward +x; Pix3D counts azimuth in the opposite direction. Elevation grows upward.
"""

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from core.boxes import Box, clip_box, scale_box, square_around
from core.categories import CATEGORIES
from core.errors import ModelError
from core.found_objects import FoundObject
from core.masks import alpha_box
from core.prediction import Prediction
from images.detail import photo_detail
from images.preprocessing import DecodedImage, crop_squares, decode_images
from network import Outputs, VoxelConfig, VoxelModel
from network.finding import find_boxes, find_masks, find_objects, full_box
from network.hub import download
from network.inputs import normalize, out_of_memory_as_model_error, to_tensor
from network.layers import channels_last
from network.packing import pack
from network.prediction import NetworkInput, decode_outputs
from network.weights import load_classic, load_files, load_folder

__all__ = [
    "CATEGORIES",
    "FoundObject",
    "ModelError",
    "Outputs",
    "Prediction",
    "VoxelConfig",
    "VoxelModel",
    "find_boxes",
    "find_masks",
    "find_objects",
    "full_box",
    "load_model",
    "normalize",
    "predict",
    "predict_batch",
    "predict_decoded",
    "to_tensor",
]
logger = logging.getLogger(__name__)
EMBEDDED_CHECKPOINT = Path(__file__).parent / "checkpoint"
MAX_BATCH = 64  # images in one pass of the network


# --- loading ------------------------------------------------------------------------------------


def load_model(
    source: str | Path | None = None, device: str = "auto", fold: bool = True
) -> VoxelModel:
    """Load a model for prediction.

    Parameters
    ----------
    source : str, Path or None
        Hub repo id, local folder or classic `.pth` file. None is the Hub repo in the environment
        variable MODEL_REPO_ID (at MODEL_REVISION), or the embedded checkpoint without it.
    device : str
        A torch device, or "auto" for the first available of CUDA, MPS and CPU.
    fold : bool
        Multiply frozen batch norms into the convolutions, and pack the kernels for an x86 CPU:
        faster. False to train, to average, or to change the weights in another way.

    Returns
    -------
    VoxelModel
        The model in eval mode, float32.

    Raises
    ------
    ModelError
        If the source cannot be loaded or the device cannot be used. There is no fallback to other
        or untrained weights.
    """
    source = str(source or os.environ.get("MODEL_REPO_ID") or EMBEDDED_CHECKPOINT)
    path = Path(source)
    if path.suffix == ".pth":
        model = load_classic(path)
    elif _is_folder(path):
        model = load_folder(path)
    elif path.is_absolute():
        raise ModelError(f"There is no folder {path}; name one that holds a checkpoint.")
    else:
        model = load_files(*download(source, os.environ.get("MODEL_REVISION") or None))
    if fold:
        model.fold()
    channels_last(model)  # a tenth faster on a CPU, more on tensor cores
    model = model.eval().to(pick_device(device))
    if fold and model.config.decoder != "fc" and next(model.parameters()).device.type == "cpu":
        pack(model)
    return model


def _is_folder(path: Path) -> bool:
    """Return whether the path is a folder; a name that is too long for a file is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def pick_device(device: str) -> torch.device:
    """Return the torch device of a name, after one small computation on it.

    Parameters
    ----------
    device : str
        A torch device, or "auto" for the first of CUDA, MPS and CPU that computes.

    Returns
    -------
    torch.device
        The device. "auto" logs a warning if a GPU is there that this torch cannot use.

    Raises
    ------
    ModelError
        If there is no such device, or torch cannot use it.
    """
    if device != "auto":
        if problem := _device_problem(device):
            raise ModelError(
                f"The device {device!r} cannot be used ({problem}); choose auto, cpu, cuda or mps."
            )
        return torch.device(device)
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    for name in (name for name, is_available in available.items() if is_available):
        problem = _device_problem(name)
        if not problem:
            return torch.device(name)
        logger.warning("The GPU cannot be used (%s); the model runs on the CPU.", problem)
    return torch.device("cpu")


def _device_problem(device: str) -> str | None:
    """Compute on a device; returns the first line of the error, or None."""
    try:
        ones = torch.ones(2, 2, device=device)
        (ones @ ones).sum().item()
    except Exception as error:  # torch raises many types: no driver, no kernel for this GPU
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return lines[0].rstrip(".")
    return None


# --- prediction ---------------------------------------------------------------------------------


def predict(
    model: VoxelModel, image: Image.Image | DecodedImage, box: Box | None = None
) -> Prediction:
    """Predict the object in one image.

    Parameters
    ----------
    model : VoxelModel
        The model.
    image : PIL.Image.Image or DecodedImage
        The photograph.
    box : tuple of 4 float, optional
        The object in pixels of the upright image. Without it the model finds the object.

    Returns
    -------
    Prediction
        Shape, colours, category and camera.

    Raises
    ------
    PictureError
        If the image or the box cannot be used.
    ModelError
        If the GPU has too little free memory.
    """
    return predict_batch(model, [image], None if box is None else [box])[0]


def predict_batch(
    model: VoxelModel,
    images: list[Image.Image | DecodedImage],
    boxes: list[Box | None] | None = None,
) -> list[Prediction]:
    """Predict one object in each image.

    Parameters
    ----------
    model : VoxelModel
        The model.
    images : list of PIL.Image.Image or DecodedImage
        The photographs.
    boxes : list of tuple or None, optional
        For each image its box, or None for the object that the model finds.

    Returns
    -------
    list of Prediction
        One prediction for each image.

    Raises
    ------
    PictureError
        For the first image or box that cannot be used.
    ModelError
        If the GPU has too little free memory.
    """
    return predict_decoded(model, decode_images(images), boxes)


@out_of_memory_as_model_error()
@torch.inference_mode()
def predict_decoded(
    model: VoxelModel, images: list[DecodedImage], boxes: list[Box | None] | None = None
) -> list[Prediction]:
    """Predict one object in each decoded image; otherwise as `predict_batch`."""
    pictures, alphas, focals = zip(*images, strict=True)
    boxes = [
        _alpha_box(image.alpha)
        if box is None
        else scale_box(clip_box(box, image.full_size), 1 / image.scale)
        for box, image in zip(boxes or [None] * len(images), images, strict=True)
    ]
    boxes = find_boxes(model, pictures, boxes)
    squares = [square_around(box, model.config.crop_margin) for box in boxes]
    crops = crop_squares(pictures, squares, model.config.image_size)
    rows = zip(pictures, alphas, boxes, squares, crops, strict=True)
    predictions = _predict_inputs(model, (NetworkInput(*row, *crop) for *row, crop in rows))
    size = model.config.image_size
    places = zip(pictures, boxes, squares, strict=True)
    details = [photo_detail(*place, size) for place in places]
    rows = zip(predictions, images, focals, details, strict=True)
    return [
        replace(_in_full_pixels(p, image), focal=focal, detail=detail)
        for p, image, focal, detail in rows
    ]


def _in_full_pixels(prediction: Prediction, image: DecodedImage) -> Prediction:
    """Return the prediction for an image with its boxes in pixels of the whole picture."""
    if image.scale == 1:
        return prediction
    return replace(
        prediction,
        size=image.full_size,
        box=full_box(prediction.box, image),
        square=scale_box(prediction.square, image.scale),
    )


def _predict_inputs(model: VoxelModel, inputs: Iterator[NetworkInput]) -> list[Prediction]:
    """Run the network in batches. A GPU computes one batch while the next crops are made."""
    predictions, previous, outputs = [], [], None
    while batch := list(islice(inputs, MAX_BATCH)):
        tensors = [to_tensor([row.pixels for row in batch], model)]
        if model.config.placed:
            tensors.append(tensors[0].new_tensor([row.place for row in batch]))
        if outputs is not None:  # read the last outputs before the GPU gets more work
            predictions += decode_outputs(model, outputs, previous)
        previous, outputs = batch, model(*tensors)
    return predictions + decode_outputs(model, outputs, previous)


def _alpha_box(alpha: np.ndarray | None) -> Box | None:
    return None if alpha is None else alpha_box(alpha)
