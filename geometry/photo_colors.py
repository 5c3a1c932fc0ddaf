"""Colours of the photo on the model: what the camera saw is taken from it, the rest follows suit.

    colors = photo_colors(prediction, threshold)     # (R, R, R, 3) uint8, one per cell
    colors = photo_colors(fused, threshold, find_shots(fused, threshold, predictions))

Each cell of the surface looks itself up in the photo, and counts as far as it is seen
(`geometry/visibility.py`). What it finds holds light and shadow; a smooth light that depends on the
surface's direction is fitted and divided out, with the predicted albedo as the measure. Sides that
the photo does not show take the colour of their mirror image where that is seen (furniture is
mostly symmetric), else the predicted albedo, toned as the photo tones the seen cells of like place
and colour.

Mean error of seen cells on the 83 of 96 generated scenes whose camera fits and which show enough,
sRGB of 255 against the mean colour of each part (its texture counts as error): photo as it is 34.7,
these colours 25.5, predicted albedo 24.7. The network knows the studio's paints; on real photos,
whose colours it misses (green chairs come out brown), these are the ones that look like the photo.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from core.prediction import Prediction
from geometry.camera import Camera, fit_camera
from geometry.colors import SRGB_TO_LINEAR, to_srgb
from geometry.surface_cells import NEIGHBOR_OFFSETS, SurfaceCells, find_surface_cells
from geometry.visibility import cell_visibility, ramp, sample_photo, visible_normals

MIN_LINEAR = 0.01  # linear; keeps the logarithm of black finite
RIDGE = 0.1  # of the fitted light; a normal's variance is a third where all directions are seen
MAX_LOG_CHANGE = np.log(2.5)  # by which light or tone may change a colour
EXPOSURE_SHARE = (
    0.7  # share of the photo's mean difference in lightness that is exposure, not paint
)
ALBEDO_SHARE = 0.6  # share of the photo's differences in lightness that is paint, not shadow
MIN_VISIBLE_CELLS = 6  # seen cells below which a photo tells nothing
MIRROR_TRUST = 0.8  # trust in a mirrored colour; 1 is a seen one's
BLOCK_CELLS = 3  # cells a side of the blocks of seen cells that tone the hidden ones
COLOR_DISTANCE_SCALE = (
    2.0  # of a toned colour: sRGB difference 1 is as far as this many longest sides
)
MIN_DISTANCE = 0.05  # longest sides within which all blocks are as near
COLOR_BANDWIDTH = (
    0.25  # sRGB difference, of 1, at which a predicted colour hardly speaks for another
)
MIN_VISIBILITY = 0.5  # from which a cell counts as seen where others ask it for its tone


class PosedPhoto(NamedTuple):
    """A photo, as the prediction made of it, and the camera that took it."""

    photo: Prediction
    camera: Camera


@dataclass(frozen=True)
class SurfaceColors:
    """Colours that were found for the cells of a surface."""

    colors: np.ndarray  # (R, R, R, 3) uint8 sRGB, predicted ones where none were found
    is_colored: np.ndarray  # (R, R, R) bool

    def for_cells(self, cells: np.ndarray) -> np.ndarray:
        """(R, R, R, 3) uint8, right in the `cells` (R, R, R) at least: most meshes ask no more."""
        return self.colors if self.is_colored[cells].all() else self.all_cells

    @cached_property
    def all_cells(self) -> np.ndarray:
        """(R, R, R, 3) uint8: cells off the surface take the nearest one's colour, so that another
        threshold uncovers no other paint."""
        if self.is_colored.all():
            return self.colors
        nearest = ndimage.distance_transform_edt(
            ~self.is_colored, return_distances=False, return_indices=True
        )
        return self.colors[tuple(nearest)]


def find_shots(
    prediction: Prediction, threshold: float, photos: Sequence[Prediction] = ()
) -> list[PosedPhoto]:
    """The cameras from which the photos show the shape of `prediction`.

    photos : the predictions that were fused to this one; by default it is its own photo
    Those whose outline does not fit the photo's mask are left out.
    """
    return _shots(find_surface_cells(prediction.occupancy, threshold), photos or [prediction])


def _shots(shell: SurfaceCells, photos: Sequence[Prediction]) -> list[PosedPhoto]:
    shots = [PosedPhoto(photo, fit_camera(photo, shell)) for photo in photos]
    return [shot for shot in shots if shot.camera.is_reliable]


def photo_colors(
    prediction: Prediction, threshold: float, shots: list[PosedPhoto] | None = None
) -> np.ndarray:
    """(R, R, R, 3) uint8 sRGB for every cell: photo where seen, mirror image, or prediction.

    shots : of `find_shots`, which is asked when there are none given
    Cells off the surface take the nearest one's colour. The predicted colours come back when no
    camera fits.
    """
    shell = find_surface_cells(prediction.occupancy, threshold)
    shots = _shots(shell, [prediction]) if shots is None else shots
    return _paint(prediction.colors, shell, shots).all_cells


def fit_surface_colors(
    prediction: Prediction, threshold: float, photos: Sequence[Prediction] = ()
) -> SurfaceColors:
    """`photo_colors` of `find_shots`, not yet spread to the cells off the surface."""
    shell = find_surface_cells(prediction.occupancy, threshold)
    return _paint(prediction.colors, shell, _shots(shell, photos or [prediction]))


def _paint(predicted: np.ndarray, shell: SurfaceCells, shots: list[PosedPhoto]) -> SurfaceColors:
    found = np.zeros(shell.grid_shape, bool)
    if not shots:
        return SurfaceColors(predicted, ~found)
    at = tuple(shell.cell_indices.T)
    colors = predicted.copy()
    colors[at], found[at] = surface_cell_colors(shell, predicted[at], shots), True
    return SurfaceColors(colors, found)


def surface_cell_colors(
    shell: SurfaceCells, predicted: np.ndarray, shots: list[PosedPhoto]
) -> np.ndarray:
    """(N, 3) uint8 sRGB for the cells of a shell whose predicted colours (N, 3) are given."""
    base = SRGB_TO_LINEAR[predicted] + np.float32(MIN_LINEAR)
    views = [view for shot in shots if (view := _view(shell, base, shot))]
    if not views:
        return predicted
    weights, tones = (np.stack(values) for values in zip(*views, strict=True))
    seen = weights.max(axis=0)
    tone = (weights[..., None] * tones).sum(axis=0) / np.maximum(weights.sum(axis=0), 1e-6)[:, None]
    painted = base * np.exp(tone)
    hidden = base * np.exp(_spread(shell, predicted, tone, seen))
    twin, trust = _twins(shell, seen)
    hidden = _blend(hidden, painted[twin], trust)
    return to_srgb(_blend(hidden, painted, seen) - MIN_LINEAR)


def _view(
    shell: SurfaceCells, base: np.ndarray, shot: PosedPhoto
) -> tuple[np.ndarray, np.ndarray] | None:
    """How far a photo shows each cell (N,), and the tone (N, 3) of what it shows; None for none."""
    normals = visible_normals(shell, shot.camera)
    points = shell.centers + normals * np.float32(shell.pitch / 2)
    seen = cell_visibility(shell, points, normals, *shot)
    if (seen > MIN_VISIBILITY).sum() < MIN_VISIBLE_CELLS:
        return None
    some, tone = np.flatnonzero(seen), np.zeros_like(base)
    found = sample_photo(points[some], *shot)
    tone[some] = _tone(found, base[some], normals[some], seen[some])
    return seen, tone


def _tone(found: np.ndarray, base: np.ndarray, normals: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(N, 3) logarithm of the photo over the prediction, less what is light and shadow."""
    tone = np.log((found + MIN_LINEAR) / base)
    gray = tone.mean(axis=1)
    paint = ALBEDO_SHARE * (gray - _light(normals, gray, seen))
    return np.clip(tone + (paint - gray)[:, None], -MAX_LOG_CHANGE, MAX_LOG_CHANGE)


def _light(normals: np.ndarray, gray: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(N,) logarithm of the light's strength, linear in the normal."""
    weight = seen / seen.sum()
    mean, centered = weight @ gray, normals - weight @ normals
    variance = centered.T @ (centered * weight[:, None]) + RIDGE * np.eye(3)
    slope = np.linalg.solve(variance, centered.T @ ((gray - mean) * weight))
    return EXPOSURE_SHARE * mean + np.clip(centered @ slope, -MAX_LOG_CHANGE, MAX_LOG_CHANGE)


def _spread(
    shell: SurfaceCells, predicted: np.ndarray, tone: np.ndarray, seen: np.ndarray
) -> np.ndarray:
    """(N, 3) mean tone of the seen cells near in place and colour; none where no colour is.

    They are asked in blocks, and only by cells that are not wholly seen.
    """
    key = np.hstack([shell.centers, predicted * np.float32(COLOR_DISTANCE_SCALE / 255)])
    sure, asking = np.flatnonzero(seen > MIN_VISIBILITY), np.flatnonzero(seen < 1)
    told = _block_means(shell, sure, np.hstack([key, tone])[sure])
    weight, kept = (_squares(key[asking, part], told[:, part]) for part in (slice(3), slice(3, 6)))
    weight += kept  # squared distance in place and colour; in place, as there may be a million
    weight += MIN_DISTANCE**2
    np.reciprocal(np.square(weight, out=weight), out=weight)
    kept *= -((COLOR_BANDWIDTH * COLOR_DISTANCE_SCALE) ** -2)
    np.exp(kept, out=kept)
    kept *= weight
    spread = np.zeros_like(tone)
    spread[asking] = kept @ told[:, 6:] / weight.sum(axis=1, keepdims=True)
    return spread


def _block_means(shell: SurfaceCells, chosen: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(B, K) means of the values (M, K) of the chosen cells over blocks of the grid."""
    blocks = shell.cell_indices[chosen] // BLOCK_CELLS @ np.array([2**40, 2**20, 1])
    _, block, count = np.unique(blocks, return_inverse=True, return_counts=True)
    sums = [np.bincount(block, column) for column in values.T]
    return (np.stack(sums, axis=1) / count[:, None]).astype(np.float32)


def _squares(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N, M) squared distances of the rows of (N, K) and (M, K)."""
    squares = a @ (-2 * b.T)
    squares += (a**2).sum(axis=1)[:, None]
    squares += (b**2).sum(axis=1)
    return np.maximum(squares, 0, out=squares)


def _twins(shell: SurfaceCells, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N,) the best seen cell at each one's mirror image, left for right, and how far to trust it.

    It may lie beside the place, as predictions are not quite symmetric.
    """
    hidden = np.flatnonzero(seen < 1)
    mirrored = np.array([shell.grid_shape[0] - 1, 0, 0]) + shell.cell_indices[hidden] * (-1, 1, 1)
    around, away = shell.neighbor_numbers(mirrored), np.linalg.norm(NEIGHBOR_OFFSETS, axis=1)
    trusts = np.append(seen, 0)[around] * ramp(-away, -2, -1)[:, None]  # -1, none, is not seen
    best = trusts.argmax(axis=0), np.arange(len(hidden))
    twin, trust = np.arange(len(seen)), np.zeros_like(seen)
    twin[hidden], trust[hidden] = around[best], MIRROR_TRUST * trusts[best]
    return twin, trust


def _blend(below: np.ndarray, above: np.ndarray, share: np.ndarray) -> np.ndarray:
    return below + (above - below) * share[:, None]
