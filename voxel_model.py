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
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from core.boxes import Box, clip_box, scale_box, square_around
from core.categories import CATEGORIES
from core.errors import ModelError, PictureError
from core.found_objects import FoundObject
from core.masks import alpha_box, object_box
from core.prediction import Prediction
from images.preprocessing import DecodedImage, crop_squares, decode_images
from network import Outputs, VoxelConfig, VoxelModel
from network.hub import download
from network.layers import channels_last
from network.object_decoding import decode_objects, with_exact_box
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
]
logger = logging.getLogger(__name__)
EMBEDDED_CHECKPOINT = Path(__file__).parent / "checkpoint"
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
MAX_BATCH = 64  # images in one pass of the network
MASK_THRESHOLD = 0.5  # probability from which a pixel belongs to the object in `find_boxes`


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
        Multiply frozen batch norms into the convolutions: faster; False to train or to average.

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
    return model.eval().to(pick_device(device))


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


@contextmanager
def _out_of_memory_as_model_error() -> Iterator[None]:
    """Raise ModelError and free the cache if the GPU's memory is not sufficient."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        torch.cuda.empty_cache()
        raise ModelError(
            "The GPU's memory is taken up; try again when less runs on it, "
            "or start with CUDA_VISIBLE_DEVICES= to use the processor."
        ) from error


@_out_of_memory_as_model_error()
@torch.inference_mode()
def predict_decoded(
    model: VoxelModel, images: list[DecodedImage], boxes: list[Box | None] | None = None
) -> list[Prediction]:
    """Predict one object in each decoded image; otherwise as `predict_batch`."""
    pictures, alphas = zip(*images, strict=True)
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
    return [_in_full_pixels(*pair) for pair in zip(predictions, images, strict=True)]


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


def full_box(box: Box, image: DecodedImage) -> Box:
    """Return a box in pixels of the decoded image in those of the whole picture."""
    if image.scale == 1:
        return box
    return clip_box(scale_box(box, image.scale), image.full_size)


def _predict_inputs(model: VoxelModel, inputs: Iterator[NetworkInput]) -> list[Prediction]:
    """Run the network in batches. A GPU computes one batch while the next crops are made."""
    predictions, previous, outputs = [], [], None
    while batch := list(islice(inputs, MAX_BATCH)):
        tensor = to_tensor([row.pixels for row in batch], model)
        if outputs is not None:  # read the last outputs before the GPU gets more work
            predictions += decode_outputs(model, outputs, previous)
        previous, outputs = batch, model(tensor)
    return predictions + decode_outputs(model, outputs, previous)


def _alpha_box(alpha: np.ndarray | None) -> Box | None:
    return None if alpha is None else alpha_box(alpha)


@torch.inference_mode()
def find_boxes(
    model: VoxelModel, pictures: list[Image.Image], boxes: list[Box | None]
) -> list[Box]:
    """Find the object in each image that has no box.

    Parameters
    ----------
    model : VoxelModel
        The model.
    pictures : list of PIL.Image.Image
        Upright RGB images.
    boxes : list of tuple or None
        For each image its box, or None.

    Returns
    -------
    list of tuple
        `boxes` with each None replaced by the box of the first object of `find_objects`, or without
        a head for it by that of the largest region of the predicted mask, in pixels of the image.
        It is the whole image if nothing is found, and for the classic design, which has no mask
        head.
    """
    missing = [i for i, box in enumerate(boxes) if box is None]
    boxes = [box or (0.0, 0.0, *map(float, p.size)) for box, p in zip(boxes, pictures, strict=True)]
    if not missing or model.config.decoder == "fc":
        return boxes
    chosen = [pictures[i] for i in missing]
    find = _find_all if model.config.objects else _find_one
    for i, found in zip(missing, find(model, chosen), strict=True):
        if found:
            boxes[i] = found[0].box
    return boxes


def _to_image(box: Box, square: Box, side: int) -> Box:
    """Map a box in a crop of `side` pixels to pixels of the image; the square is the crop's."""
    scale = (square[2] - square[0]) / side
    offset = (*square[:2], *square[:2])
    return tuple(value * scale + shift for value, shift in zip(box, offset, strict=True))


@_out_of_memory_as_model_error()
@torch.inference_mode()
def find_masks(model: VoxelModel, pictures: list[Image.Image], squares: list[Box]) -> np.ndarray:
    """Predict the object's mask in one square of each image, without its shape.

    Parameters
    ----------
    model : VoxelModel
        The model.
    pictures : list of PIL.Image.Image
        Upright RGB images.
    squares : list of tuple
        One square for each image, in its pixels.

    Returns
    -------
    ndarray, (N, S / 4, S / 4) float32
        Probability that the pixel shows the object; S is the network's image size.
    """
    size = model.config.image_size
    pixels = [pixels for _, pixels in crop_squares(pictures, squares, size)]
    return model.mask_logits(to_tensor(pixels, model)).sigmoid()[:, 0].float().cpu().numpy()


# --- several objects ----------------------------------------------------------------------------


@_out_of_memory_as_model_error()
@torch.inference_mode()
def find_objects(model: VoxelModel, image: Image.Image | DecodedImage) -> list[FoundObject]:
    """Find all pieces of furniture in a photo, in one pass of the encoder.

    Parameters
    ----------
    model : VoxelModel
        The model. Without a head for this (`config.objects`) the result is the one object that
        `find_boxes` takes, without a category; it is empty if the mask shows nothing.
    image : PIL.Image.Image or DecodedImage
        The photograph. A cut-out is one object.

    Returns
    -------
    list of FoundObject
        At most 12, best first, no two of one piece.

    Raises
    ------
    PictureError
        If the image cannot be used.
    ModelError
        If the GPU has too little free memory.
    """
    decoded = decode_images([image])[0]
    picture, alpha = decoded
    whole = (0.0, 0.0, *map(float, picture.size))
    if (box := _alpha_box(alpha)) is not None:
        return [_found_in_full(FoundObject(box, 1.0, "", alpha, whole), decoded)]
    find = _find_all if model.config.objects else _find_one
    return [_found_in_full(piece, decoded) for piece in find(model, [picture])[0]]


def _found_in_full(piece: FoundObject, image: DecodedImage) -> FoundObject:
    """Return what was found in an image with its boxes in pixels of the whole picture."""
    box = full_box(piece.box, image)
    return replace(piece, box=box, mask_box=scale_box(piece.mask_box, image.scale))


def _find_all(model: VoxelModel, pictures: list[Image.Image]) -> list[list[FoundObject]]:
    """Find the pieces in each picture by the object head; the mask head makes one box exact.

    Where the object head finds nothing, the result is what the mask head finds.
    """
    sizes = [picture.size for picture in pictures]
    squares = [square_around((0.0, 0.0, float(width), float(height))) for width, height in sizes]
    crops = crop_squares(pictures, squares, model.config.image_size)
    features = model.features(to_tensor([pixels for _, pixels in crops], model))
    maps = model.object_head(features)
    found = decode_objects(maps, model.config.categories, squares, sizes)
    masks = model.mask_head(features).sigmoid()[:, 0].float().cpu().numpy()
    rows = []
    for pieces, *view in zip(found, masks, squares, pictures, strict=True):
        of_mask = _mask_object(*view)
        rows.append(with_exact_box(pieces, of_mask[0].box if of_mask else None) or of_mask)
    return rows


def _find_one(model: VoxelModel, pictures: list[Image.Image]) -> list[list[FoundObject]]:
    """Find one object in each picture by the mask head."""
    wholes = [(0.0, 0.0, *map(float, picture.size)) for picture in pictures]
    if model.config.decoder == "fc":
        return [[FoundObject(box, 1.0, "", np.ones((1, 1), np.float32), box)] for box in wholes]
    squares = list(map(square_around, wholes))
    return list(map(_mask_object, find_masks(model, pictures, squares), squares, pictures))


def _mask_object(mask: np.ndarray, square: Box, picture: Image.Image) -> list[FoundObject]:
    """Return the largest region of a mask, if any; its score is the mean of the mask there."""
    region = object_box(mask, MASK_THRESHOLD)
    if region is None:
        return []
    score = float(mask[mask >= MASK_THRESHOLD].mean())
    with suppress(PictureError):  # too small, or outside the image: not an object
        box = clip_box(_to_image(region, square, mask.shape[0]), picture.size)
        return [FoundObject(box, score, "", mask, square)]
    return []


# --- tensors ------------------------------------------------------------------------------------


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


def to_tensor(crops: list[Image.Image | np.ndarray], model: VoxelModel) -> torch.Tensor:
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
