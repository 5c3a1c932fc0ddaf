"""What is kept of a picture, so that a new threshold, style or format never runs the network again.

kept = Kept(prediction, "chair", Path("out"), model.config.threshold)
held = kept.compact()                               # 0.28 MB in place of 0.8, the same answers
"""

import mmap
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from core.prediction import Prediction
from geometry.photo_colors import SurfaceColors, fit_surface_colors
from images.views import dim_background

# elsewhere than on Windows, where they are so, pages would be shared with other processes
PRIVATE_MAP_FLAGS = (
    {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
)


@dataclass(frozen=True)
class PackedResult:
    """What was made of the photos and their masks, which then need not be held themselves."""

    photo_count: int  # how many
    picture: np.ndarray  # bytes, `Result.dimmed_crop` as WebP without loss
    is_colored: np.ndarray  # bits, of Paint
    painted: np.ndarray  # bits, cells whose colour is not the predicted one
    colors: np.ndarray  # (N, 3) uint8, theirs

    @classmethod
    def of(cls, kept: "Result") -> "PackedResult":
        file, colors = BytesIO(), kept.surface_colors.colors
        # the quickest of its ways, a tenth larger than the one that takes twenty times as long
        kept.dimmed_crop.save(file, "webp", lossless=True, quality=0, method=0)
        painted = (colors != kept.prediction.colors).any(axis=-1)
        arrays = (
            np.frombuffer(file.getbuffer(), np.uint8),
            np.packbits(kept.surface_colors.is_colored),
            np.packbits(painted),
            colors[painted],
        )
        return cls(max(len(kept.photo_predictions), 1), *map(copy_to_private_pages, arrays))

    def surface_colors(self, predicted: np.ndarray) -> SurfaceColors:
        """predicted : (R, R, R, 3) uint8, the colours of the prediction"""
        found, painted = (
            np.unpackbits(bits, count=predicted[..., 0].size).astype(bool)
            for bits in (self.is_colored, self.painted)
        )
        shape, colors = predicted.shape[:3], predicted.copy()
        colors[painted.reshape(shape)] = self.colors
        return SurfaceColors(colors, found.reshape(shape))


@dataclass(frozen=True)
class Result:
    """All that a model's files are made of."""

    prediction: Prediction
    name: str  # of the picture, without its suffix: downloads are called after it
    folder: Path  # holds this visit's files and goes with it
    threshold: float  # the model's own, at which the photo is laid on the shape
    photo_predictions: tuple[Prediction, ...] = ()  # what was fused to `prediction`, if it was
    packed: PackedResult | None = None  # in place of the photos, see `compact`

    @cached_property
    def surface_colors(self) -> SurfaceColors:
        """Colours of the photos where they show the object; found once."""
        if self.packed:
            return self.packed.surface_colors(self.prediction.colors)
        return fit_surface_colors(self.prediction, self.threshold, self.photo_predictions)

    @property
    def cell_colors(self) -> np.ndarray:
        """(R, R, R, 3) uint8, `fit_surface_colors` on every cell."""
        return self.surface_colors.all_cells

    @property
    def dimmed_crop(self) -> Image.Image:
        """(S, S) RGB, the crop that the network saw, its background dimmed."""
        if self.packed:
            with Image.open(BytesIO(self.packed.picture)) as picture:
                return picture.convert("RGB")
        return dim_background(self.prediction.crop, self.prediction.crop_mask)

    @property
    def photo_count(self) -> int:
        """How many photos it was made of."""
        return self.packed.photo_count if self.packed else max(len(self.photo_predictions), 1)

    def compact(self) -> "Result":
        """Without pictures and masks, which are needed no more when `fit_surface_colors` is found.

        A mask of the whole picture may take 200 MB, a crop and its mask 0.4.
        """
        p, packed = self.prediction, self.packed or PackedResult.of(self)
        arrays = {
            "occupancy": copy_to_private_pages(p.occupancy),
            "colors": copy_to_private_pages(p.colors),
        }
        bare = replace(p, alpha=None, crop=None, crop_mask=None, **arrays)
        return replace(self, prediction=bare, photo_predictions=(), packed=packed)


def copy_to_private_pages(array: np.ndarray) -> np.ndarray:
    """A copy in pages of its own, which the system has back with the array.

    On the heap what is held for an hour lies among what a picture takes for moments: the gaps
    between 120 visits kept 50 MB of it from the system.
    """
    pages = mmap.mmap(-1, max(array.nbytes, 1), **PRIVATE_MAP_FLAGS)
    copy = np.ndarray(array.shape, array.dtype, pages)
    copy[...] = array
    return copy
