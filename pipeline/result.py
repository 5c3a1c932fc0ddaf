"""What is kept of a picture, so that a new threshold, style or format never runs the network again.

kept = Kept(prediction, "chair", Path("out"), model.config.threshold)
held = kept.slim()                               # 0.28 MB in place of 0.8, the same answers
"""

import mmap
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from core.prediction import Prediction
from geometry.photo_colors import Paint, paint
from images.views import dim_background

# elsewhere than on Windows, where they are so, pages would be shared with other processes
PRIVATE = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}


@dataclass(frozen=True)
class Packed:
    """What was made of the photos and their masks, which then need not be held themselves."""

    photos: int  # how many
    picture: np.ndarray  # bytes, `Kept.seen` as WebP without loss
    found: np.ndarray  # bits, of Paint
    painted: np.ndarray  # bits, cells whose colour is not the predicted one
    colors: np.ndarray  # (N, 3) uint8, theirs

    @classmethod
    def of(cls, kept: "Kept") -> "Packed":
        file, colors = BytesIO(), kept.paint.colors
        # the quickest of its ways, a tenth larger than the one that takes twenty times as long
        kept.seen.save(file, "webp", lossless=True, quality=0, method=0)
        painted = (colors != kept.prediction.colors).any(axis=-1)
        arrays = (
            np.frombuffer(file.getbuffer(), np.uint8),
            np.packbits(kept.paint.found),
            np.packbits(painted),
            colors[painted],
        )
        return cls(max(len(kept.photos), 1), *map(apart, arrays))

    def paint(self, predicted: np.ndarray) -> Paint:
        """predicted : (R, R, R, 3) uint8, the colours of the prediction"""
        found, painted = (
            np.unpackbits(bits, count=predicted[..., 0].size).astype(bool)
            for bits in (self.found, self.painted)
        )
        shape, colors = predicted.shape[:3], predicted.copy()
        colors[painted.reshape(shape)] = self.colors
        return Paint(colors, found.reshape(shape))


@dataclass(frozen=True)
class Kept:
    """All that a model's files are made of."""

    prediction: Prediction
    name: str  # of the picture, without its suffix: downloads are called after it
    folder: Path  # holds this visit's files and goes with it
    threshold: float  # the model's own, at which the photo is laid on the shape
    photos: tuple[Prediction, ...] = ()  # what was fused to `prediction`, if it was
    packed: Packed | None = None  # in place of the photos, see `slim`

    @cached_property
    def paint(self) -> Paint:
        """Colours of the photos where they show the object; found once."""
        if self.packed:
            return self.packed.paint(self.prediction.colors)
        return paint(self.prediction, self.threshold, self.photos)

    @property
    def photo_colors(self) -> np.ndarray:
        """(R, R, R, 3) uint8, `paint` on every cell."""
        return self.paint.everywhere

    @property
    def seen(self) -> Image.Image:
        """(S, S) RGB, the crop that the network saw, its background dimmed."""
        if self.packed:
            with Image.open(BytesIO(self.packed.picture)) as picture:
                return picture.convert("RGB")
        return dim_background(self.prediction.crop, self.prediction.crop_mask)

    @property
    def pictures(self) -> int:
        """How many photos it was made of."""
        return self.packed.photos if self.packed else max(len(self.photos), 1)

    def slim(self) -> "Kept":
        """Without pictures and masks, which are needed no more when `paint` is found.

        A mask of the whole picture may take 200 MB, a crop and its mask 0.4.
        """
        p, packed = self.prediction, self.packed or Packed.of(self)
        arrays = {"occupancy": apart(p.occupancy), "colors": apart(p.colors)}
        bare = replace(p, alpha=None, crop=None, crop_mask=None, **arrays)
        return replace(self, prediction=bare, photos=(), packed=packed)


def apart(array: np.ndarray) -> np.ndarray:
    """A copy in pages of its own, which the system has back with the array.

    On the heap what is held for an hour lies among what a picture takes for moments: the gaps
    between 120 visits kept 50 MB of it from the system.
    """
    pages = mmap.mmap(-1, max(array.nbytes, 1), **PRIVATE)
    copy = np.ndarray(array.shape, array.dtype, pages)
    copy[...] = array
    return copy
