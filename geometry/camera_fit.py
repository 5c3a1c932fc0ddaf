"""Fits the camera of a photo so that the predicted shape covers the predicted mask.

    cells = find_surface_cells(prediction.occupancy, threshold=0.25)
    camera = fit_camera(prediction, cells)
    camera.is_reliable                       # False: do not use the photo's colours

The network predicts azimuth and elevation. The fit finds distance, focal length and image centre,
and corrects the angles. It maximises the soft IoU of the mask and the outline of points on the
shape, by a pattern search (Hooke and Jeeves) at 56 x 56 pixels.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import exp, log
from typing import NamedTuple

import numpy as np

from core.prediction import Prediction
from geometry.camera import MIN_DEPTH, Camera, camera_axes
from geometry.surface_cells import CORNER_OFFSETS, FACE_OFFSETS, NEIGHBOR_OFFSETS, SurfaceCells

FIT_SIZE = 56  # pixels, the resolution of the mask head; a cell is about 1.5 of them
# Points outside the image are clipped to a border of one pixel, which is faster than a selection.
PADDED_FIT_SIZE = FIT_SIZE + 2
INITIAL_DISTANCES = (1.6, 2.4, 5.0)  # longest sides: close-up, median of Pix3D, telephoto
TYPICAL_DISTANCE = 2.4
# Scales of the prior on azimuth, elevation (degrees, the network's median errors) and log distance.
PRIOR_SCALES = 20.0, 12.0, 0.8
PRIOR_WEIGHT = 0.02  # IoU that a deviation of one scale must gain
# First steps: degrees, degrees, log distance, log (focal / distance), pixels, pixels.
INITIAL_STEPS = 8.0, 6.0, 0.35, 0.06, 2.0, 2.0
STEP_ORDER = (4, 5, 3, 0, 1, 2)  # image position first, because the angles depend on it
HALVINGS = 3  # of the steps; the last ones move the image by a quarter of a pixel
# Cosine between a face of a cell and the view above which its points are used. Below 0 because
# perspective shows faces that look slightly away.
MIN_FACING_COSINE = -0.05
MAX_POINTS = 12_000  # more points do not change the outline at FIT_SIZE


class FitTarget(NamedTuple):
    """The mask in the form that the IoU needs."""

    rows: (
        np.ndarray
    )  # (2, PADDED_FIT_SIZE ** 2) float32: the mask; 1 inside the image, 0 on the border
    mask_sum: float


def fit_camera(prediction: Prediction, cells: SurfaceCells) -> Camera:
    """Find the camera under which a shape covers the photo's mask best.

    Parameters
    ----------
    prediction : Prediction
        Its mask and angles are used. The shape may come from another prediction.
    cells : SurfaceCells
        The shape.

    Returns
    -------
    Camera
        Pixels are those of the prediction's crop; `iou` is 0 if the mask or the shape is empty.
    """
    angles = prediction.azimuth, prediction.elevation
    start = Camera(*angles, TYPICAL_DISTANCE, FIT_SIZE, (FIT_SIZE / 2, FIT_SIZE / 2))
    points = front_points(cells, start)
    mask = _downsample(prediction.crop_mask)
    if not points.size or not (mask > 0.5).any():
        return start
    target = _fit_target(mask)
    best = _pattern_search(_initial_camera(start, points, mask, target), points, target)
    scale = len(prediction.crop_mask) / FIT_SIZE
    center = (best.center[0] * scale, best.center[1] * scale)
    return replace(best, focal=best.focal * scale, center=center)


def front_points(cells: SurfaceCells, camera: Camera) -> np.ndarray:
    """Sample points on the faces that a camera, or a camera near it, may see.

    Four points on a face, a quarter of a cell from its centre, each point once. Faces that look
    away are left out: they double the number of points and do not change the outline.

    Parameters
    ----------
    cells : SurfaceCells
    camera : Camera

    Returns
    -------
    (3, N) float32
        Points in the object's frame, at most about MAX_POINTS.
    """
    toward = -camera.axes[2]
    is_used = np.zeros((len(CORNER_OFFSETS), len(cells.cell_indices)), bool)
    for face in FACE_OFFSETS:
        if NEIGHBOR_OFFSETS[face] @ toward > MIN_FACING_COSINE:
            is_used[CORNER_OFFSETS @ NEIGHBOR_OFFSETS[face] > 0] |= ~cells.neighbor_solid[face]
    corner, cell = np.nonzero(is_used)
    offsets = (CORNER_OFFSETS / 4 * cells.pitch).astype(np.float32)
    points = cells.centers.T[:, cell] + offsets.T[:, corner]
    return np.ascontiguousarray(points[:, :: -(-len(cell) // MAX_POINTS) or 1])


def _downsample(mask: np.ndarray) -> np.ndarray:
    """(FIT_SIZE, FIT_SIZE) float32 area averages of a square mask."""
    edges = np.linspace(0, len(mask), FIT_SIZE + 1).round().astype(int)
    for _ in range(2):  # rows, then columns after a transpose: numpy adds whole rows fast
        sums, counts = mask[edges[:-1]], np.diff(edges)
        for i in range(1, counts.max()):
            sums = sums + mask[edges[:-1] + np.minimum(i, counts - 1)] * (i < counts)[:, None]
        mask = np.ascontiguousarray((sums / counts[:, None]).T)
    return mask.astype(np.float32)


def _fit_target(mask: np.ndarray) -> FitTarget:
    """Pad the mask (FIT_SIZE, FIT_SIZE) and the image area by the border."""
    rows = np.stack([np.pad(m, 1).ravel() for m in (mask, np.ones_like(mask))])
    return FitTarget(rows, float(mask.sum()))


def _initial_camera(
    start: Camera, points: np.ndarray, mask: np.ndarray, target: FitTarget
) -> Camera:
    """Best of INITIAL_DISTANCES, each scaled and placed so that the points fill the mask's box."""
    rows, columns = np.flatnonzero((mask > 0.5).any(1)), np.flatnonzero((mask > 0.5).any(0))
    low, high = np.array([columns[0], rows[0]]), np.array([columns[-1], rows[-1]]) + 1
    candidates = []
    for distance in INITIAL_DISTANCES:
        rays = _rays(start.azimuth, start.elevation, distance, points)
        ray_low, ray_high = np.array([(axis.min(), axis.max()) for axis in rays]).T
        focal = float(np.sqrt(np.prod((high - low) / (ray_high - ray_low))))
        center = tuple(((low + high) / 2 - focal * (ray_low + ray_high) / 2).tolist())
        iou, _ = _overlap(rays, focal, center, target)
        candidates.append(replace(start, distance=distance, focal=focal, center=center, iou=iou))
    return max(candidates, key=lambda camera: camera.iou)


def _rays(azimuth: float, elevation: float, distance: float, points: np.ndarray) -> np.ndarray:
    """(2, N) right and down of the points (3, N) divided by their depth."""
    right_down_depth = camera_axes(azimuth, elevation).astype(np.float32) @ points
    depth = np.maximum(right_down_depth[2] + np.float32(distance), np.float32(MIN_DEPTH))
    return right_down_depth[:2] / depth


def _overlap(
    rays: np.ndarray, focal: float, center: tuple[float, float], target: FitTarget
) -> tuple[float, float]:
    """Soft IoU of the mask and the outline of the points, and the covered share of the mask."""
    u, v = rays * np.float32(focal)
    u += np.float32(center[0] + 1)
    v += np.float32(center[1] + 1)
    u.clip(0, PADDED_FIT_SIZE - 1, out=u)
    v.clip(0, PADDED_FIT_SIZE - 1, out=v)
    pixel = np.floor(v, out=v)  # float until the last step: numpy's integer operations are slower
    pixel *= PADDED_FIT_SIZE
    pixel += u
    outline = np.zeros(PADDED_FIT_SIZE * PADDED_FIT_SIZE, np.float32)
    outline[pixel.astype(np.intp)] = 1
    shared, area = (target.rows @ outline).tolist()
    return shared / (area + target.mask_sum - shared), shared / target.mask_sum


def _pattern_search(camera: Camera, points: np.ndarray, target: FitTarget) -> Camera:
    """Maximise IoU minus the prior over six values, by steps that are halved HALVINGS times.

    The values x are azimuth, elevation, log distance, log (focal / distance), center u, center v.
    """
    prior = camera.azimuth, camera.elevation, log(TYPICAL_DISTANCE)

    def score(x: list[float], rays: np.ndarray) -> float:
        iou, _ = _overlap(rays, exp(x[2] + x[3]), (x[4], x[5]), target)
        return iou - PRIOR_WEIGHT * sum(
            ((x[i] - prior[i]) / PRIOR_SCALES[i]) ** 2 for i in range(3)
        )

    def rays_of(x: list[float]) -> np.ndarray:
        return _rays(x[0], x[1], exp(x[2]), points)

    scale = log(camera.focal / camera.distance)
    x = [camera.azimuth, camera.elevation, log(camera.distance), scale, *camera.center]
    rays = rays_of(x)
    best = score(x, rays)
    for i, step in _steps():
        for move in (step, -step):
            trial = [*x[:i], x[i] + move, *x[i + 1 :]]
            trial_rays = rays_of(trial) if i < 3 else rays  # rays depend on x[:3] only
            value = score(trial, trial_rays)
            if value > best:
                x, best, rays = trial, value, trial_rays
                break  # the opposite step leads back to the old value
    focal, center = exp(x[2] + x[3]), (x[4], x[5])
    return Camera(x[0], x[1], exp(x[2]), focal, center, *_overlap(rays, focal, center, target))


def _steps() -> Iterator[tuple[int, float]]:
    """Index of each value to change, and the size of the step."""
    for halving in range(HALVINGS + 1):
        for i in STEP_ORDER:
            yield i, INITIAL_STEPS[i] / 2**halving
