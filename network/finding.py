"""Finds the pieces of furniture in whole photos: one, or all of them.

    boxes = find_boxes(model, [picture], [None])           # of the best piece
    objects = find_objects(model, picture)                 # all, best first

A model with an object head (`config.objects`) finds pieces with it; another one with the mask head,
which shows one object.
"""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import torch
from PIL import Image

from core.boxes import Box, clip_box, scale_box, square_around
from core.errors import PictureError
from core.found_objects import FoundObject
from core.masks import alpha_box, object_box
from images.preprocessing import DecodedImage, crop_squares, decode_images
from network.heads.object_decoding import decode_objects, with_exact_box
from network.inputs import out_of_memory_as_model_error, to_tensor
from network.model import VoxelModel

MASK_THRESHOLD = 0.5  # probability from which a pixel belongs to the object in `find_boxes`


@out_of_memory_as_model_error()
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
        `boxes` with each None replaced by that of the best found object, in pixels of the image.
        Without an object head, or if it finds nothing, it is the box of the largest region of the
        predicted mask. It is the whole image if that is empty, and for the classic design, which
        has no mask head.
    """
    missing = [i for i, box in enumerate(boxes) if box is None]
    boxes = [box or _whole(picture) for box, picture in zip(boxes, pictures, strict=True)]
    if not missing or model.config.decoder == "fc":
        return boxes
    rows = _find_in(model, [pictures[i] for i in missing])
    for i, found in zip(missing, rows, strict=True):
        if found:
            boxes[i] = found[0].box
    return boxes


def _whole(picture: Image.Image) -> Box:
    return (0.0, 0.0, *map(float, picture.size))


def _to_image(box: Box, square: Box, side: int) -> Box:
    """Map a box in a crop of `side` pixels to pixels of the image; the square is the crop's."""
    scale = (square[2] - square[0]) / side
    offset = (*square[:2], *square[:2])
    return tuple(value * scale + shift for value, shift in zip(box, offset, strict=True))


@out_of_memory_as_model_error()
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


@out_of_memory_as_model_error()
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
    picture, alpha = decoded.rgb, decoded.alpha
    if alpha is not None and (box := alpha_box(alpha)) is not None:
        found = [FoundObject(box, 1.0, "", alpha, _whole(picture))]
    else:
        found = _find_in(model, [picture])[0]
    return [_in_full_pixels(piece, decoded) for piece in found]


def full_box(box: Box, image: DecodedImage) -> Box:
    """Return a box in pixels of the decoded image in those of the whole picture."""
    if image.scale == 1:
        return box
    return clip_box(scale_box(box, image.scale), image.full_size)


def _in_full_pixels(piece: FoundObject, image: DecodedImage) -> FoundObject:
    """Return what was found in an image with its boxes in pixels of the whole picture."""
    box = full_box(piece.box, image)
    return replace(piece, box=box, mask_box=scale_box(piece.mask_box, image.scale))


def _find_in(model: VoxelModel, pictures: list[Image.Image]) -> list[list[FoundObject]]:
    """Find the pieces in each picture, best first."""
    return (_find_all if model.config.objects else _find_one)(model, pictures)


def _find_all(model: VoxelModel, pictures: list[Image.Image]) -> list[list[FoundObject]]:
    """Find the pieces in each picture by the object head; the mask head makes one box exact.

    Where the object head finds nothing, the result is what the mask head finds.
    """
    squares = [square_around(_whole(picture)) for picture in pictures]
    crops = crop_squares(pictures, squares, model.config.image_size)
    features = model.features(to_tensor([pixels for _, pixels in crops], model))
    maps, sizes = model.object_head(features), [picture.size for picture in pictures]
    found = decode_objects(maps, model.config.categories, squares, sizes)
    masks = model.mask_head(features).sigmoid()[:, 0].float().cpu().numpy()
    rows = []
    for pieces, *view in zip(found, masks, squares, pictures, strict=True):
        of_mask = _mask_object(*view)
        rows.append(with_exact_box(pieces, of_mask[0].box if of_mask else None) or of_mask)
    return rows


def _find_one(model: VoxelModel, pictures: list[Image.Image]) -> list[list[FoundObject]]:
    """Find one object in each picture by the mask head."""
    wholes = list(map(_whole, pictures))
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
