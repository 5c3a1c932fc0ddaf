"""A prediction together with the data from its photos that its files need.

    result = Result(prediction, "chair", Path("out"), model.config.threshold)
    result = result.compact()               # without crops and masks, gives the same files

A new threshold, style or format is made from a Result; the network does not run again.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.prediction import Prediction
from geometry.photo_colors import SurfaceColors, fit_surface_colors
from geometry.texture.photo_view import PhotoView
from images.views import dim_background

if TYPE_CHECKING:
    from pipeline.parts.model import PartModel

# Lossless WebP at its fastest setting: 10 % larger than the best, in a twentieth of the time
THUMBNAIL_OPTIONS = {"format": "WEBP", "lossless": True, "quality": 0, "method": 0}


@dataclass(frozen=True)
class PhotoSummary:
    """Data from the photos of a compact result, in place of the photos and their masks."""

    colors: np.ndarray  # (R, R, R, 3) uint8 sRGB, of SurfaceColors
    shown: np.ndarray  # (R, R, R) uint8, of SurfaceColors
    thumbnail: bytes  # `Result.thumbnail`
    count: int  # photos
    view: PhotoView | None = None  # of SurfaceColors


@dataclass(frozen=True)
class Result:
    """A prediction and all that its model files are made of."""

    prediction: Prediction
    name: str  # file name of the photo without its suffix; downloads get this name
    folder: Path  # folder of the session; files are written into it and removed with it
    threshold: float  # the model's threshold, at which the photo is projected on the surface
    photo_predictions: tuple[Prediction, ...] = ()  # predictions that were fused, if several
    photo_summary: PhotoSummary | None = None  # set by `compact`
    part_model: "PartModel | None" = None  # furniture made of parts, see `pipeline.parts.model`

    @property
    def photo_count(self) -> int:
        """Number of photos that the prediction was made from."""
        if self.photo_summary:
            return self.photo_summary.count
        return max(len(self.photo_predictions), 1)

    @property
    def surface_colors(self) -> SurfaceColors:
        """Colours of the surface from the photos.

        A compact result returns a new object at each call, so that data which the object caches
        does not stay in the session.
        """
        if self.photo_summary:
            summary = self.photo_summary
            return SurfaceColors(summary.colors, summary.shown, summary.view)
        return self._fitted_colors

    @cached_property
    def _fitted_colors(self) -> SurfaceColors:
        return fit_surface_colors(self.prediction, self.threshold, self.photo_predictions)

    @property
    def cell_colors(self) -> np.ndarray:
        """(R, R, R, 3) uint8 sRGB, colours for all cells from the photos."""
        return self.surface_colors.all_cells

    @property
    def dimmed_crop(self) -> Image.Image:
        """(S, S) RGB, input of the network with a dimmed background."""
        if self.photo_summary:
            with Image.open(BytesIO(self.photo_summary.thumbnail)) as image:
                return image.convert("RGB")
        return dim_background(self.prediction.crop, self.prediction.crop_mask)

    @property
    def thumbnail(self) -> bytes:
        """`dimmed_crop` as a lossless WebP file, encoded once."""
        return self.photo_summary.thumbnail if self.photo_summary else self._encoded_crop

    @cached_property
    def _encoded_crop(self) -> bytes:
        file = BytesIO()
        self.dimmed_crop.save(file, **THUMBNAIL_OPTIONS)
        return file.getvalue()

    def compact(self) -> "Result":
        """Return the result without crops and masks, for a session.

        The mask of a whole photo may take 200 MB, a crop and its mask 0.35 MB. The object's box
        stays as a JPEG of about 40 kB, for the texture. The arrays are copied, as those of the
        network are views of a whole batch's.

        Returns
        -------
        Result
            A result that gives the same files. Its prediction has no crop, mask, alpha and detail.
        """
        if self.photo_summary:
            return self
        prediction = replace(
            self.prediction,
            occupancy=self.prediction.occupancy.copy(),
            colors=self.prediction.colors.copy(),
            descriptor=_copy(self.prediction.descriptor),
            coordinates=_copy(self.prediction.coordinates),
            crop=None,
            crop_mask=None,
            alpha=None,
            detail=None,
        )
        surface = self.surface_colors
        has_photo_colors = surface.colors is not self.prediction.colors
        summary = PhotoSummary(
            colors=surface.colors if has_photo_colors else prediction.colors,
            shown=surface.shown,
            thumbnail=self.thumbnail,
            count=self.photo_count,
            view=surface.view,
        )
        return replace(self, prediction=prediction, photo_predictions=(), photo_summary=summary)


def _copy(array: np.ndarray | None) -> np.ndarray | None:
    return None if array is None else array.copy()
