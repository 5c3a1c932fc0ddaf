"""Takes the colours of surface cells from photos and corrects them for light and shadow.

    surface_colors = fit_surface_colors(prediction, threshold)
    surface_colors.all_cells                 # (R, R, R, 3) uint8, one colour per cell
    surface_colors = fit_surface_colors(fused, threshold, predictions)       # several photos

1. Fit the camera of each photo (`camera_fit.py`). Photos that do not fit are not used.
2. Sample the photo at each surface cell and weight it by the visibility of the cell
   (`visibility.py`).
3. The tone of a cell is log(photo / predicted albedo). Fit a light that is linear in the normal
   and remove it from the tone. The exposure of the photo is a share of the median of the tone,
   but a photo with a bright background is not dark.
4. Hidden cells take the colour of their mirror image if that is visible (most furniture is
   symmetric), else the predicted albedo with the tone of visible cells that are near in position
   and colour (`hidden_colors.py`).

Mean difference of the colours of visible cells to the true ones (CIE 1976, 1 is just seen), where
the network has learned the kind of picture and where not: 13.7 and 24.2 for its albedo, 14.2 and
18.0 for these colours (85 scenes of the studio; 76 plain renderings of generated furniture; in
both those whose camera fits).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from core.prediction import Prediction
from geometry.camera import Camera
from geometry.camera_fit import fit_camera
from geometry.colors import SRGB_TO_LINEAR, to_srgb
from geometry.hidden_colors import VISIBLE, hidden_tones, mirror_cells
from geometry.surface_cells import SurfaceCells, find_surface_cells
from geometry.texture.photo_view import PhotoView, photo_view
from geometry.visibility import cell_visibility, sample_photo, visible_normals

MIN_LINEAR = 0.01  # linear light added to every colour: the logarithm of black stays finite
RIDGE = 0.1  # of the light fit; a normal's variance is 1/3 if all directions are visible
MAX_LOG_LIGHT = np.log(2.5)  # limit of the slope of the light
MAX_LOG_CHANGE = np.log(2.5)  # limit of the change of luminance
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)  # of linear RGB (IEC 61966-2-1)
EXPOSURE_SHARE = 0.7  # share of the median log lightness difference that is exposure, not albedo
ALBEDO_SHARE = 0.6  # share of the other lightness differences that is albedo, not shadow
MAX_SHADE = 0.7  # log luminance; the part of a lightness difference above it is albedo
# Quantile of the background's luminance that counts as its brightness, and how far, in log
# luminance, the exposure may lie below it
BACKGROUND_QUANTILE, MAX_DARKNESS = 0.8, 0.3
MAX_BACKGROUND_MASK = 0.3  # probability of the object up to which a pixel is background
MIN_BACKGROUND = 0.04  # share of the crop; a smaller background says nothing of the exposure
BACKGROUND_STRIDE = 4  # pixels of the crop; every fourth one gives the same quantile
# Cells, an offset that selects among equally near cells the one that the distance transform selects
TIE_BREAK = np.array([1e-7, 1e-5, 1e-3])
MOST_SHOWN = 255  # of a cell in SurfaceColors
MIN_VISIBLE_CELLS = 6  # a photo with fewer visible cells is not used


class PosedPhoto(NamedTuple):
    """A photo, given as its prediction, and the camera that took it."""

    prediction: Prediction
    camera: Camera


class Observation(NamedTuple):
    """The N surface cells in one photo."""

    visibility: np.ndarray  # (N,) 0 to 1
    tone: np.ndarray  # (N, 3) log(photo / predicted albedo) without light; 0 for hidden cells


@dataclass(frozen=True)
class SurfaceColors:
    """Colours of the surface cells; other cells hold the predicted colours."""

    colors: np.ndarray  # (R, R, R, 3) uint8 sRGB
    # (R, R, R) uint8: 0 off the surface, 1 for a surface cell that no photo shows, 255 for one
    # that faces the camera; all 1 without a photo
    shown: np.ndarray
    view: PhotoView | None = None  # the first photo that fits, for a texture

    @property
    def is_colored(self) -> np.ndarray:
        """(R, R, R) bool: the cells with a colour of their own."""
        return self.shown > 0

    def for_cells(self, mask: np.ndarray) -> np.ndarray:
        """Return colours that are final for the given cells.

        This is faster than `all_cells` if most of them are surface cells, as in meshes.

        Parameters
        ----------
        mask : (R, R, R) bool

        Returns
        -------
        (R, R, R, 3) uint8
        """
        missing = np.argwhere(mask & ~self.is_colored)
        if not len(missing):
            return self.colors
        known, result = np.argwhere(self.is_colored), self.colors.copy()
        nearest = known[cKDTree(known).query(missing - TIE_BREAK)[1]]
        result[tuple(missing.T)] = self.colors[tuple(nearest.T)]
        return result

    @cached_property
    def all_cells(self) -> np.ndarray:
        """(R, R, R, 3) uint8: each other cell takes the colour of the nearest surface cell.

        A lower or higher threshold then moves the surface without a change of colour.
        """
        if self.is_colored.all():
            return self.colors
        nearest = ndimage.distance_transform_edt(
            ~self.is_colored, return_distances=False, return_indices=True
        )
        return self.colors[tuple(nearest)]


def fit_surface_colors(
    prediction: Prediction, threshold: float, photos: Sequence[Prediction] = ()
) -> SurfaceColors:
    """Colour the surface of a prediction from its photos.

    Parameters
    ----------
    prediction : Prediction
        The shape and the predicted albedo, a cube of R cells a side.
    threshold : float
        Probability above which cells are solid.
    photos : sequence of Prediction
        The predictions that were fused to `prediction`; `prediction` itself by default.

    Returns
    -------
    SurfaceColors
        The predicted colours if no camera fits.
    """
    cells = find_surface_cells(prediction.occupancy, threshold)
    posed_photos = _pose_photos(cells, photos or [prediction])
    if not posed_photos:
        return SurfaceColors(prediction.colors, np.ones(cells.grid_shape, np.uint8))
    index = tuple(cells.cell_indices.T)
    colors, shown = prediction.colors.copy(), np.zeros(cells.grid_shape, np.uint8)
    colors[index], visibility = surface_cell_colors(cells, prediction.colors[index], posed_photos)
    shown[index] = 1 + np.rint((MOST_SHOWN - 1) * visibility)
    return SurfaceColors(colors, shown, photo_view(*posed_photos[0]))


def _pose_photos(cells: SurfaceCells, photos: Sequence[Prediction]) -> list[PosedPhoto]:
    """Photos with a reliable camera."""
    posed_photos = [PosedPhoto(photo, fit_camera(photo, cells)) for photo in photos]
    return [photo for photo in posed_photos if photo.camera.is_reliable]


def surface_cell_colors(
    cells: SurfaceCells, predicted: np.ndarray, photos: Sequence[PosedPhoto]
) -> tuple[np.ndarray, np.ndarray]:
    """Colour surface cells from photos whose cameras are known.

    Parameters
    ----------
    cells : SurfaceCells
    predicted : (N, 3) uint8
        Predicted sRGB albedo of the cells.
    photos : sequence of PosedPhoto

    Returns
    -------
    colors : (N, 3) uint8
        sRGB; `predicted` itself if no photo shows enough cells.
    visibility : (N,) float
        From 0 to 1, in the photo that shows the cell best.
    """
    albedo = SRGB_TO_LINEAR[predicted] + np.float32(MIN_LINEAR)
    observations = [view for photo in photos if (view := _observe(cells, albedo, photo))]
    if not observations:
        return predicted, np.zeros(len(predicted), np.float32)
    weights, tones = (np.stack(values) for values in zip(*observations, strict=True))
    visibility = weights.max(axis=0)
    tone = (weights[..., None] * tones).sum(axis=0) / np.maximum(weights.sum(axis=0), 1e-6)[:, None]
    visible_colors = albedo * np.exp(tone)
    hidden_colors = albedo * np.exp(hidden_tones(cells, predicted, albedo, tone, visibility))
    mirror, trust = mirror_cells(cells, visibility)
    hidden_colors = _blend(hidden_colors, visible_colors[mirror], trust)
    colors = to_srgb(_blend(hidden_colors, visible_colors, visibility) - MIN_LINEAR)
    return colors, visibility


def _observe(cells: SurfaceCells, albedo: np.ndarray, photo: PosedPhoto) -> Observation | None:
    """Visibility and tone of the cells in one photo; None if it shows too few cells."""
    normals = visible_normals(cells, photo.camera)
    points = cells.centers + normals * np.float32(cells.pitch / 2)
    visibility = cell_visibility(cells, points, normals, *photo)
    if (visibility > VISIBLE).sum() < MIN_VISIBLE_CELLS:
        return None
    index, tone = np.flatnonzero(visibility), np.zeros_like(albedo)
    colors, darkest = sample_photo(points[index], *photo), darkest_exposure(photo.prediction)
    tone[index] = _tone(colors, albedo[index], normals[index], visibility[index], darkest)
    return Observation(visibility, tone)


def darkest_exposure(prediction: Prediction) -> float:
    """Return the least log exposure that the background of the object allows.

    Parameters
    ----------
    prediction : Prediction
        Its crop and its mask are used.

    Returns
    -------
    float
        0 before a white background, less before a darker one, -inf without a background.
    """
    step = slice(None, None, BACKGROUND_STRIDE)
    mask = prediction.crop_mask[step, step]
    background = np.asarray(prediction.crop)[step, step][mask <= MAX_BACKGROUND_MASK]
    if len(background) < MIN_BACKGROUND * mask.size:
        return -np.inf
    luminance = np.quantile(SRGB_TO_LINEAR[background] @ LUMINANCE, BACKGROUND_QUANTILE)
    return min(float(np.log(luminance + MIN_LINEAR)) - MAX_DARKNESS, 0.0)


def _tone(
    colors: np.ndarray,
    albedo: np.ndarray,
    normals: np.ndarray,
    visibility: np.ndarray,
    darkest: float,
) -> np.ndarray:
    """(N, 3) log(photo / albedo) without light and shadow.

    Only the luminance is limited and corrected. A limit for each channel would give colours that
    are neither in the photo nor predicted: olive where grey lies on predicted orange.
    """
    photo = colors + np.float32(MIN_LINEAR)
    luminance = np.log((photo @ LUMINANCE) / (albedo @ LUMINANCE))
    rest = luminance - _fit_light(normals, luminance, visibility, darkest)
    shade = (1 - ALBEDO_SHARE) * np.clip(rest, -MAX_SHADE, MAX_SHADE)
    change = rest - shade
    change = np.clip(change, -MAX_LOG_CHANGE, MAX_LOG_CHANGE)
    return np.log(photo / albedo) + (change - luminance)[:, None]


def _fit_light(
    normals: np.ndarray, lightness: np.ndarray, visibility: np.ndarray, darkest: float
) -> np.ndarray:
    """(N,) log of the light: the exposure, at least `darkest`, and a slope along the normals.

    The slope is a weighted ridge regression of the lightness.
    """
    weight = visibility / visibility.sum()
    centered = normals - weight @ normals
    variance = centered.T @ (centered * weight[:, None]) + RIDGE * np.eye(3)
    slope = np.linalg.solve(variance, centered.T @ ((lightness - weight @ lightness) * weight))
    exposure = max(EXPOSURE_SHARE * weighted_median(lightness, weight), darkest)
    return exposure + np.clip(centered @ slope, -MAX_LOG_LIGHT, MAX_LOG_LIGHT)


def weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """Return the value at which half of the weight is reached; values and weights are (N,)."""
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def _blend(below: np.ndarray, above: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(N, 3) mix of two colours; `share` (N,) is the share of `above`."""
    return below + (above - below) * share[:, None]
