"""The camera that took the photo, fitted so that the predicted shape covers the predicted mask.

    camera = fit_camera(prediction, threshold=0.25)
    pixels = camera.project(points)          # (N, 3) in the object's frame -> u, v, distance
    camera.fits                              # or distrust it

The network tells azimuth and elevation; distance, scale and place in the picture are found here,
the angles refined a little. Points are in the object's frame as at the top of `voxel_model.py`, the
grid being the unit cube around the origin. Pixels are those of the network's square crop.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from voxel_model import Prediction

SIDE = 56  # pixels of the fit, the mask head's own resolution: a cell is a little over one of them
RIMMED = SIDE + 2  # with a rim for what falls outside, which is cheaper than leaving it out
# IoU of outline and mask from which colours may be taken from the photo; or, for thin furniture
# that cells thicken, the share of the mask that is covered and a lower IoU
GOOD_FIT, WELL_COVERED, FAIR_FIT = 0.6, 0.85, 0.4
# Distances (longest sides of the object) tried first: close-up, Pix3D's median, telephoto
DISTANCES = (1.6, 2.4, 5.0)
# Slack of the network's angles, degrees: its median errors are of this size
AZIMUTH_SLACK, ELEVATION_SLACK = 20.0, 12.0
DISTANCE, DISTANCE_SLACK = 2.4, 0.8  # usual distance, and its spread as a logarithm
PRIOR = 0.02  # IoU that leaving a predicted or usual value by its slack must gain
# First steps of the search: degrees, degrees, log distance, log scale, pixels of SIDE
STEPS = np.array([8.0, 6.0, 0.35, 0.06, 2.0, 2.0])
HALVINGS = 3  # of the steps; the last move a pixel by a quarter
MOST_POINTS = 12_000  # on the shape's surface; more do not change the outline at SIDE pixels


@dataclass(frozen=True)
class Camera:
    """A pinhole camera that looks at the object's centre and may shift its picture."""

    azimuth: float  # degrees
    elevation: float  # degrees
    distance: float  # from the object's centre, in its longest sides
    focal: float  # pixels
    center: tuple[float, float]  # pixel (u right, v down) that shows the object's centre
    iou: float = 0.0  # of the shape's outline with the mask, 0 to 1
    covered: float = 0.0  # share of the mask that the outline covers

    @property
    def fits(self) -> bool:
        """Whether the photo may be trusted to lie on the shape."""
        thick = self.covered >= WELL_COVERED and self.iou >= FAIR_FIT
        return self.iou >= GOOD_FIT or thick

    @property
    def axes(self) -> np.ndarray:
        """(3, 3) rows right, down, forward: the camera's axes in the object's frame."""
        azimuth, elevation = np.radians([self.azimuth, self.elevation])
        sa, ca, se, ce = np.sin(azimuth), np.cos(azimuth), np.sin(elevation), np.cos(elevation)
        return np.array([[ca, 0, -sa], [sa * se, -ce, ca * se], [-sa * ce, -se, -ca * ce]])

    @property
    def eye(self) -> np.ndarray:
        """(3,) where the camera stands."""
        return -self.distance * self.axes[2]

    def project(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) points -> (N, 3): pixel u, v and the depth along the view."""
        right, down, depth = (points @ self.axes.T.astype(points.dtype)).T
        depth = np.maximum(depth + self.distance, 1e-3)
        u = self.center[0] + self.focal * right / depth
        v = self.center[1] + self.focal * down / depth
        return np.stack([u, v, depth], axis=1)


def fit_camera(prediction: Prediction, threshold: float) -> Camera:
    """The camera under which the cells above the threshold cover the mask best.

    Raises nothing: an empty grid or mask gives a camera with iou 0.
    """
    size = prediction.crop_mask.shape[0]
    points, mask = _surface(prediction.occupancy > np.float32(threshold)), _small(prediction)
    middle = (SIDE / 2, SIDE / 2)
    start = Camera(prediction.azimuth, prediction.elevation, DISTANCE, SIDE, middle)
    if not len(points) or not (mask > 0.5).any():
        return start
    starts = [_into_box(replace(start, distance=d), points, mask) for d in DISTANCES]
    judged = _judged(mask)
    best = max(starts, key=lambda camera: _iou(camera, _rays(camera, points), judged))
    best = _climb(best, start, points, judged)
    scale = size / SIDE
    center = (best.center[0] * scale, best.center[1] * scale)
    iou, covered = _overlap(best, _rays(best, points), judged)
    return replace(best, focal=best.focal * scale, center=center, iou=iou, covered=covered)


def _surface(solid: np.ndarray) -> np.ndarray:
    """(N, 3) float32: eight points in each cell that is seen from somewhere, unit cube."""
    padded = np.pad(solid, 1)
    inner = solid.copy()
    for axis in range(3):
        for shift in (-1, 1):
            inner &= np.roll(padded, shift, axis)[1:-1, 1:-1, 1:-1]
    cells = np.argwhere(solid & ~inner)
    corners = (np.indices((2, 2, 2)).reshape(3, -1).T - 0.5) / 2  # a quarter cell from the centre
    points = (cells[:, None] + 0.5 + corners).reshape(-1, 3)
    points = points[:: -(-len(points) // MOST_POINTS) or 1]
    return (points / max(solid.shape) - 0.5).astype(np.float32)


def _small(prediction: Prediction) -> np.ndarray:
    """(SIDE, SIDE) the crop's mask, averaged."""
    mask = prediction.crop_mask
    edges = np.linspace(0, mask.shape[0], SIDE + 1).round().astype(int)
    sums = np.add.reduceat(np.add.reduceat(mask, edges[:-1], 0), edges[:-1], 1)
    return (sums / np.outer(np.diff(edges), np.diff(edges))).astype(np.float32)


def _into_box(camera: Camera, points: np.ndarray, mask: np.ndarray) -> Camera:
    """The camera with scale and place such that the points fill the mask's bounding box."""
    u, v, _ = camera.project(points).T
    rows, columns = np.flatnonzero((mask > 0.5).any(1)), np.flatnonzero((mask > 0.5).any(0))
    low, high = np.array([columns[0], rows[0]]), np.array([columns[-1], rows[-1]]) + 1
    least, most = np.array([u.min(), v.min()]), np.array([u.max(), v.max()])
    scale = np.sqrt(np.prod((high - low) / (most - least)))
    center = (low + high) / 2 - scale * ((least + most) / 2 - camera.center)
    return replace(camera, focal=camera.focal * scale, center=tuple(center))


def _rays(camera: Camera, points: np.ndarray) -> np.ndarray:
    """(2, N) right and down of the points over their depth: what the lens scales."""
    right_down_depth = camera.axes.astype(np.float32) @ points.T
    depth = np.maximum(right_down_depth[2] + np.float32(camera.distance), np.float32(1e-3))
    return right_down_depth[:2] / depth


def _judged(mask: np.ndarray) -> np.ndarray:
    """(RIMMED ** 2, 2) float32: the mask, and what lies in the picture, with the rim around."""
    return np.stack([np.pad(m, 1).ravel() for m in (mask, np.ones_like(mask))], axis=1)


def _iou(camera: Camera, rays: np.ndarray, judged: np.ndarray) -> float:
    return _overlap(camera, rays, judged)[0]


def _overlap(camera: Camera, rays: np.ndarray, judged: np.ndarray) -> tuple[float, float]:
    """Soft IoU of the mask's probabilities with the points' outline, and its covered share."""
    pixels = rays * np.float32(camera.focal)
    pixels += np.array(camera.center, np.float32)[:, None] + 1
    u, v = np.clip(pixels, 0, RIMMED - 1, out=pixels).astype(np.int32)
    outline = np.zeros(RIMMED * RIMMED, np.float32)
    outline[v * RIMMED + u] = 1
    shared, shown = outline @ judged
    masked = judged[:, 0].sum()
    return float(shared / (shown + masked - shared)), float(shared / masked)


def _climb(camera: Camera, start: Camera, points: np.ndarray, judged: np.ndarray) -> Camera:
    """Pattern search: a step each way in each of six values, then smaller ones."""
    usual = np.array([start.azimuth, start.elevation, np.log(DISTANCE)])
    slack = np.array([AZIMUTH_SLACK, ELEVATION_SLACK, DISTANCE_SLACK])

    def at(x: np.ndarray) -> Camera:
        distance, focal = np.exp(x[2]), np.exp(x[2] + x[3])  # size in the picture stays with x[2]
        return Camera(x[0], x[1], distance, focal, (x[4], x[5]))

    def score(x: np.ndarray, rays: np.ndarray) -> float:
        return _iou(at(x), rays, judged) - PRIOR * (((x[:3] - usual) / slack) ** 2).sum()

    log_distance = np.log(camera.distance)
    x = np.array([camera.azimuth, camera.elevation, log_distance, 0.0, *camera.center])
    x[3] = np.log(camera.focal) - log_distance
    rays = _rays(camera, points)
    best = score(x, rays)
    for i, sign, step in _moves():
        trial = x.copy()
        trial[i] += sign * step
        turned = _rays(at(trial), points) if i < 3 else rays  # scale and place move no ray
        value = score(trial, turned)
        if value > best:
            x, best, rays = trial, value, turned
    return at(x)


def _moves() -> Iterator[tuple[int, int, float]]:
    """Which value to move, which way and how far: place first, as the angles depend on it."""
    for halving in range(HALVINGS + 1):
        for i in (4, 5, 3, 0, 1, 2):
            for sign in (1, -1):
                yield i, sign, STEPS[i] / 2**halving
