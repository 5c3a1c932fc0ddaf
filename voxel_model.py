"""One photograph of a piece of furniture to voxels: network, preprocessing, loading, prediction.

    model = load_model()                             # embedded checkpoint, or MODEL_REPO_ID's
    prediction = predict(model, Image.open("chair.jpg"))
    prediction.occupancy                             # (32, 32, 32) float32, probability of solid

Axes, here and everywhere: grids are indexed [x, y, z]; y points up, z toward the object's front and
x completes the right-handed frame, so that x runs to the right in a picture taken from the front.
The object's longest side fills the grid and the object is centred in it. The camera is seen from
the object: azimuth 0 is in front of it (+z), positive azimuth moves toward +x; elevation is up.
Pix3D counts azimuth the other way round.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from core.boxes import Box, clip_box, square_around
from core.categories import CATEGORIES
from core.errors import ModelError, PictureError
from core.masks import object_box
from core.prediction import Prediction
from images.preprocessing import crop_square, crop_squares, decode_images
from network import Outputs, VoxelConfig, VoxelModel
from network.hub import download
from network.layers import channels_last
from network.prediction import NetworkInput, decode_outputs
from network.weights import load_classic, load_files, load_folder

__all__ = [
    "CATEGORIES",
    "ModelError",
    "Outputs",
    "PictureError",
    "Prediction",
    "VoxelConfig",
    "VoxelModel",
    "crop_square",
    "find_boxes",
    "find_masks",
    "load_model",
    "normalize",
    "predict",
    "predict_batch",
    "predict_decoded",
    "square_around",
]
EMBEDDED_CHECKPOINT = Path(__file__).parent / "checkpoint"
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
MAX_BATCH = 64  # pictures that the network takes at once
MASK_THRESHOLD = 0.5  # probability at which a pixel of the finding pass counts as object


# --- loading ------------------------------------------------------------------------------------


def load_model(source: str | Path | None = None, device: str = "auto") -> VoxelModel:
    """The model in eval mode, float32.

    source : Hub repo id, local folder, classic `.pth`, or None: the Hub repo that MODEL_REPO_ID
        names (at MODEL_REVISION), else the embedded checkpoint
    device : "auto" takes CUDA, then MPS, then CPU
    Raises ModelError with one sentence; never falls back to untrained weights.
    """
    source = str(source or os.environ.get("MODEL_REPO_ID") or EMBEDDED_CHECKPOINT)
    path = Path(source)
    if path.suffix == ".pth":
        model = load_classic(path)
    elif path.is_dir():
        model = load_folder(path)
    elif path.is_absolute():
        raise ModelError(f"There is no folder {path}; name one that holds a checkpoint.")
    else:
        model = load_files(*download(source, os.environ.get("MODEL_REVISION")))
    channels_last(model)  # a tenth faster on a CPU, more on tensor cores
    return model.eval().to(pick_device(device))


def pick_device(device: str) -> torch.device:
    if device != "auto":
        return torch.device(device)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


# --- prediction ---------------------------------------------------------------------------------


def normalize(images: torch.Tensor) -> torch.Tensor:
    """(B, 3, S, S) sRGB in [0, 1] -> ImageNet-normalised."""
    mean = images.new_tensor(IMAGENET_MEAN).view(3, 1, 1)
    return (images - mean) / images.new_tensor(IMAGENET_STD).view(3, 1, 1)


def predict(model: VoxelModel, image: Image.Image, box: Box | None = None) -> Prediction:
    """The object in `box`, or, without one, the object that the model finds in the picture."""
    return predict_batch(model, [image], None if box is None else [box])[0]


@contextmanager
def _memory_in_a_sentence() -> Iterator[None]:
    """ModelError, and what was taken given back, where the GPU's memory does not suffice."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        torch.cuda.empty_cache()
        raise ModelError(
            "The GPU's memory is taken up; try again when less runs on it, "
            "or start with CUDA_VISIBLE_DEVICES= to use the processor."
        ) from error


def predict_batch(
    model: VoxelModel, images: list[Image.Image], boxes: list[Box | None] | None = None
) -> list[Prediction]:
    """One prediction for each picture; raises PictureError for the first that cannot be used."""
    return predict_decoded(model, decode_images(images), boxes)


@_memory_in_a_sentence()
@torch.inference_mode()
def predict_decoded(
    model: VoxelModel,
    read: list[tuple[Image.Image, np.ndarray | None]],
    boxes: list[Box | None] | None = None,
) -> list[Prediction]:
    """`predict_batch` of what `decode_image` gave."""
    pictures, alphas = zip(*read, strict=True)
    boxes = list(boxes or [None] * len(pictures))
    boxes = [
        clip_box(box, picture.size) if box is not None else _alpha_box(alpha)
        for box, picture, alpha in zip(boxes, pictures, alphas, strict=True)
    ]
    boxes = find_boxes(model, pictures, boxes)
    squares = [square_around(box, model.config.crop_margin) for box in boxes]
    crops = crop_squares(pictures, squares, model.config.image_size)
    views = zip(pictures, alphas, boxes, squares, crops, strict=True)
    return _predict_views(model, (NetworkInput(*known, *crop) for *known, crop in views))


def _predict_views(model: VoxelModel, views: Iterator[NetworkInput]) -> list[Prediction]:
    """A GPU computes one group of views while the next one's crops are gathered."""
    predictions, shown, outputs = [], [], None
    while group := list(islice(views, MAX_BATCH)):
        batch = to_tensor([view.pixels for view in group], model)
        if outputs is not None:  # read before the GPU is given more to do
            predictions += decode_outputs(model, outputs, shown)
        shown, outputs = group, model(batch)
    return predictions + decode_outputs(model, outputs, shown)


def _alpha_box(alpha: np.ndarray | None) -> Box | None:
    return None if alpha is None else object_box(alpha)


@torch.inference_mode()
def find_boxes(
    model: VoxelModel, pictures: list[Image.Image], boxes: list[Box | None]
) -> list[Box]:
    """`boxes` with each None replaced by what the mask head finds in the whole picture."""
    missing = [i for i, box in enumerate(boxes) if box is None]
    boxes = [box or (0.0, 0.0, *map(float, p.size)) for box, p in zip(boxes, pictures, strict=True)]
    if not missing or model.config.decoder == "fc":  # the classic design takes the picture whole
        return boxes
    squares = [square_around(boxes[i]) for i in missing]
    masks = find_masks(model, [pictures[i] for i in missing], squares)
    for i, square, mask in zip(missing, squares, masks, strict=True):
        found = object_box(mask, MASK_THRESHOLD)
        if found is not None:
            scale = (square[2] - square[0]) / mask.shape[0]
            offset = (*square[:2], *square[:2])
            whole = tuple(f * scale + o for f, o in zip(found, offset, strict=True))
            with suppress(PictureError):  # too small to look at, or beside the picture: none
                boxes[i] = clip_box(whole, pictures[i].size)
    return boxes


@_memory_in_a_sentence()
@torch.inference_mode()
def find_masks(model: VoxelModel, pictures: list[Image.Image], squares: list[Box]) -> np.ndarray:
    """(N, 56, 56) float32, probability of object in one square of each picture; masks alone."""
    size = model.config.image_size
    pixels = [pixels for _, pixels in crop_squares(pictures, squares, size)]
    return model.find(to_tensor(pixels, model)).sigmoid()[:, 0].float().cpu().numpy()


def to_tensor(crops: list[Image.Image | np.ndarray], model: VoxelModel) -> torch.Tensor:
    """(B, 3, S, S) as the network wants it, on its device; the crops are RGB, all of one size."""
    device = next(model.parameters()).device
    crops = [np.asarray(crop) for crop in crops]  # (S, S, 3) uint8
    # a GPU reads pinned memory by itself; elsewhere it is plain
    stacked = torch.empty(
        (len(crops), *crops[0].shape), dtype=torch.uint8, pin_memory=device.type == "cuda"
    )
    np.stack(crops, out=stacked.numpy())
    stacked = stacked.to(device, non_blocking=True)
    # `normalize` by whole rows of the picture, not by its triples, which takes three times as long
    rows = stacked.flatten(2).float().div_(255)  # (B, S, 3 S)
    mean, std = (rows.new_tensor(v).repeat(stacked.shape[2]) for v in (IMAGENET_MEAN, IMAGENET_STD))
    return rows.sub_(mean).div_(std).view(stacked.shape).permute(0, 3, 1, 2)
