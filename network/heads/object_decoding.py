"""Decode the maps of the object head to found objects.

objects = decode_objects(model.object_maps(tensor), model.config.categories, squares, sizes)
objects[0][0].box                        # best object of the first image
"""

from dataclasses import replace

import numpy as np

from core.boxes import MIN_BOX_SIDE, Box, box_iou
from core.found_objects import FoundObject
from network.heads.found_maps import (
    CANDIDATES,
    FoundMaps,
    at_cells,
    averaged_boxes,
    best_peaks,
    mask_logits,
)

MAX_OBJECTS = 12  # in one photo
MIN_SCORE = 0.25  # probability of a centre; F1 on held-out rooms is the same from 0.25 to 0.3
MAX_OVERLAP = 0.5  # IoU of masks from which two peaks are one piece
MASK_LEVEL = 0.5  # probability from which a pixel belongs to a piece
# of two pieces that are equally sure, the larger one is more often what the photo is about: the
# score is multiplied by this power of the box's share of the photo to order the pieces
PROMINENCE = 0.5
SAME_PIECE = 0.6  # IoU of boxes from which the mask head shows a found piece


def decode_objects(
    maps: FoundMaps,
    categories: tuple[str, ...],
    squares: list[Box],
    sizes: list[tuple[int, int]],
    min_score: float = MIN_SCORE,
) -> list[list[FoundObject]]:
    """Decode the maps of a batch.

    Parameters
    ----------
    maps : FoundMaps
        Output of the head for B images, on any device.
    categories : tuple of str
        Names of the categories.
    squares : list of tuple
        The square of each image that the network received, in pixels of the image.
    sizes : list of tuple
        Width and height of each image.
    min_score : float
        Smallest probability of an object.

    Returns
    -------
    list of list of FoundObject
        For each image at most MAX_OBJECTS, no two of one piece; sure and large ones first.
    """
    peaks = FoundPeaks.of(maps)
    rows = zip(peaks, squares, sizes, strict=True)
    return [_objects(peak, categories, *row, min_score) for peak, *row in rows]


class FoundPeaks:
    """Scores, boxes, categories and masks of the best peaks of one image, as arrays."""

    def __init__(self, scores, boxes, categories, masks):
        self.scores = scores  # (N,) float32, falling
        self.boxes = boxes  # (N, 4) float32, shares of the square
        self.categories = categories  # (N,) int
        self.masks = masks  # (N, s, s) float32, probabilities

    @classmethod
    def of(cls, maps: FoundMaps) -> list["FoundPeaks"]:
        """Return the CANDIDATES best peaks of each image of a batch."""
        maps = FoundMaps(*(value.float() for value in maps))
        best, cells = best_peaks(maps.center, CANDIDATES)  # (B, N)
        boxes = at_cells(averaged_boxes(maps), cells)
        masks = mask_logits(at_cells(maps.weights, cells), maps.prototypes, boxes).sigmoid()
        kinds = at_cells(maps.category, cells).argmax(dim=2)
        arrays = (v.cpu().numpy() for v in (best.sigmoid(), boxes, kinds, masks))
        return [cls(*row) for row in zip(*arrays, strict=True)]


def _objects(
    peaks: FoundPeaks,
    categories: tuple[str, ...],
    square: Box,
    size: tuple[int, int],
    min_score: float,
) -> list[FoundObject]:
    """Return the objects of one image."""
    scale, (left, top) = square[2] - square[0], square[:2]
    found = []
    for i in kept_peaks(peaks, min_score):
        shifted = peaks.boxes[i].astype(float) * scale + (left, top, left, top)
        limits = (*size, *size)
        box = tuple(float(np.clip(v, 0, most)) for v, most in zip(shifted, limits, strict=True))
        if min(box[2] - box[0], box[3] - box[1]) >= MIN_BOX_SIDE:
            name = categories[int(peaks.categories[i])]
            mask = cut_to_box(peaks.masks[i], peaks.boxes[i])
            found.append(FoundObject(box, float(peaks.scores[i]), name, mask, square))
    return sorted(found[:MAX_OBJECTS], key=lambda piece: _prominence(piece, size), reverse=True)


def _prominence(piece: FoundObject, size: tuple[int, int]) -> float:
    """Return how probably a piece is the subject of a photo, as a number without a unit."""
    x0, y0, x1, y1 = piece.box
    return piece.score * ((x1 - x0) * (y1 - y0) / (size[0] * size[1])) ** PROMINENCE


def with_exact_box(found: list[FoundObject], box: Box | None) -> list[FoundObject]:
    """Give the piece that the mask head shows the box of the mask.

    On photographs of one piece, the box of the mask overlaps with the annotated one by 0.91.

    Parameters
    ----------
    found : list of FoundObject
        Pieces of one image.
    box : tuple of 4 float, optional
        Box of the mask head's object, in pixels of the image.

    Returns
    -------
    list of FoundObject
        The same pieces in the same order; the box of one that agrees with `box` is replaced.
    """
    overlaps = [0.0 if box is None else box_iou(piece.box, box) for piece in found]
    if not found or max(overlaps) < SAME_PIECE:
        return found
    best = overlaps.index(max(overlaps))
    return [replace(p, box=box) if i == best else p for i, p in enumerate(found)]


def kept_peaks(peaks: FoundPeaks, min_score: float) -> list[int]:
    """Return the numbers of the peaks that are different pieces, best first.

    Parameters
    ----------
    peaks : FoundPeaks
        Peaks of one image.
    min_score : float
        Smallest probability.

    Returns
    -------
    list of int
        A peak is left out if its mask, cut to its box, covers nearly that of a better one.
    """
    kept: list[int] = []
    solid: list[np.ndarray] = []
    for i in np.flatnonzero(peaks.scores >= min_score).tolist():
        mask = cut_to_box(peaks.masks[i], peaks.boxes[i]) >= MASK_LEVEL
        if mask.any() and all(_overlap(mask, other) < MAX_OVERLAP for other in solid):
            kept.append(i)
            solid.append(mask)
    return kept


def cut_to_box(mask: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Return the mask (s, s) with 0 in the cells outside a box, given in shares of its side."""
    side = mask.shape[0]
    low = np.floor(box[:2] * side).clip(0, side).astype(int)
    high = np.ceil(box[2:] * side).clip(0, side).astype(int)
    cut = np.zeros_like(mask)
    inside = slice(low[1], high[1]), slice(low[0], high[0])
    cut[inside] = mask[inside]
    return cut


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Return the intersection over union of two masks."""
    return float((a & b).sum() / max((a | b).sum(), 1))
