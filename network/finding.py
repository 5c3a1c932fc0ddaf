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
from network.inputs import out_of_memory_as_model_error, to_tensor
from network.model import VoxelModel
from network.object_decoding import decode_objects

MASK_THRESHOLD = 0.5  # probability from which a pixel belongs to the object in `find_boxes`


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
    if missing and model.config.objects:
        found = _decode_all(model, [pictures[i] for i in missing])
        for i, objects in zip(list(missing), found, strict=True):
            if objects:
                boxes[i] = objects[0].box
                missing.remove(i)
    if not missing or model.config.decoder == "fc":
        return boxes
    squares = [square_around(boxes[i]) for i in missing]
    masks = find_masks(model, [pictures[i] for i in missing], squares)
    for i, square, mask in zip(missing, squares, masks, strict=True):
        mask_box = object_box(mask, MASK_THRESHOLD)
        if mask_box is not None:
            with suppress(PictureError):  # too small, or outside the image: not an object
                boxes[i] = clip_box(_to_image(mask_box, square, mask.shape[0]), pictures[i].size)
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
    elif model.config.objects:
        found = _decode_all(model, [picture])[0]
    else:
        found = _find_one(model, picture)
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


def _decode_all(model: VoxelModel, pictures: list[Image.Image]) -> list[list[FoundObject]]:
    """Run the object head on whole pictures; return the objects of each, best first."""
    squares = [square_around(_whole(picture)) for picture in pictures]
    crops = crop_squares(pictures, squares, model.config.image_size)
    maps = model.object_maps(to_tensor([pixels for _, pixels in crops], model))
    sizes = [picture.size for picture in pictures]
    return decode_objects(maps, model.config.categories, squares, sizes)


def _find_one(model: VoxelModel, picture: Image.Image) -> list[FoundObject]:
    """Find the object of `find_boxes`; its score is the mean of its mask above the threshold."""
    whole = _whole(picture)
    square = square_around(whole)
    if model.config.decoder == "fc":
        return [FoundObject(whole, 1.0, "", np.ones((1, 1), np.float32), whole)]
    mask = find_masks(model, [picture], [square])[0]
    mask_box = object_box(mask, MASK_THRESHOLD)
    if mask_box is None:
        return []
    score = float(mask[mask >= MASK_THRESHOLD].mean())
    with suppress(PictureError):  # too small, or outside the image
        box = clip_box(_to_image(mask_box, square, mask.shape[0]), picture.size)
        return [FoundObject(box, score, "", mask, square)]
    return []
