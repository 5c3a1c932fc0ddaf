"""The camera that took the photo, fitted so that the predicted shape covers the predicted mask.

    camera = fit_camera(prediction, shell_of(prediction.occupancy, threshold=0.25))
    pixels = camera.project(points)          # (N, 3) in the object's frame -> u, v, distance
    camera.is_reliable                              # or distrust it

The network tells azimuth and elevation; distance, scale and place in the picture are found here,
the angles refined a little. Points are in the object's frame as at the top of `voxel_model.py`, the
grid being the unit cube around the origin. Pixels are those of the network's square crop.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import cos, exp, log, radians, sin

import numpy as np

from core.prediction import Prediction
from geometry.surface_cells import CORNER_OFFSETS, FACE_OFFSETS, NEIGHBOR_OFFSETS, SurfaceCells

FIT_SIZE = (
    56  # pixels of the fit, the mask head's own resolution: a cell is a little over one of them
)
PADDED_FIT_SIZE = (
    FIT_SIZE + 2
)  # with a rim for what falls outside, which is cheaper than leaving it out
# IoU of outline and mask from which colours may be taken from the photo; or, for thin furniture
# that cells thicken, the share of the mask that is covered and a lower IoU
MIN_FIT_IOU, MIN_COVERAGE, MIN_COVERED_FIT_IOU = 0.6, 0.85, 0.4
# Distances (longest sides of the object) tried first: close-up, Pix3D's median, telephoto
INITIAL_DISTANCES = (1.6, 2.4, 5.0)
# Slack of the network's angles, degrees, as large as its median errors, and of the logarithm of
# the usual distance
PRIOR_SCALES = 20.0, 12.0, 0.8
TYPICAL_DISTANCE = 2.4
PRIOR_WEIGHT = 0.02  # IoU that leaving a predicted or usual value by its slack must gain
# First steps of the search: degrees, degrees, log distance, log scale, pixels of SIDE
INITIAL_STEPS = 8.0, 6.0, 0.35, 0.06, 2.0, 2.0
HALVINGS = 3  # of the steps; the last move a pixel by a quarter
MIN_FACING_COSINE = (
    -0.05
)  # cosine to the view from which a cell's side counts: perspective shows more
MAX_POINTS = 12_000  # on the shape's surface; more do not change the outline at SIDE pixels


@dataclass(frozen=True)
class Camera:
    """A pinhole camera that looks at the object's centre and may shift its picture."""

    azimuth: float  # degrees
    elevation: float  # degrees
    distance: float  # from the object's centre, in its longest sides
    focal: float  # pixels
    center: tuple[float, float]  # pixel (u right, v down) that shows the object's centre
    iou: float = 0.0  # of the shape's outline with the mask, 0 to 1
    mask_coverage: float = 0.0  # share of the mask that the outline covers

    @property
    def is_reliable(self) -> bool:
        """Whether the photo may be trusted to lie on the shape."""
        thick = self.mask_coverage >= MIN_COVERAGE and self.iou >= MIN_COVERED_FIT_IOU
        return self.iou >= MIN_FIT_IOU or thick

    @property
    def axes(self) -> np.ndarray:
        """(3, 3) rows right, down, forward: the camera's axes in the object's frame."""
        return _axes(self.azimuth, self.elevation)

    @property
    def eye(self) -> np.ndarray:
        """(3,) where the camera stands."""
        return -self.distance * self.axes[2]

    def project(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) points -> (N, 3): pixel u, v and the depth along the view."""
        right_down_depth = self.axes.astype(points.dtype) @ points.T
        depth = np.maximum(right_down_depth[2] + self.distance, 1e-3)
        pixels = np.empty(points.shape, depth.dtype)
        pixels[:, 0] = self.center[0] + self.focal * right_down_depth[0] / depth
        pixels[:, 1] = self.center[1] + self.focal * right_down_depth[1] / depth
        pixels[:, 2] = depth
        return pixels


def _axes(azimuth: float, elevation: float) -> np.ndarray:
    azimuth, elevation = radians(azimuth), radians(elevation)
    sa, ca, se, ce = sin(azimuth), cos(azimuth), sin(elevation), cos(elevation)
    return np.array([[ca, 0, -sa], [sa * se, -ce, ca * se], [-sa * ce, -se, -ca * ce]])


def fit_camera(photo: Prediction, shell: SurfaceCells) -> Camera:
    """The camera under which a shape covers the photo's mask best.

    photo : mask and angles are taken from it; the shell need not be of its own occupancy
    Raises nothing: an empty shell or mask gives a camera with iou 0.
    """
    angles = photo.azimuth, photo.elevation
    start = Camera(*angles, TYPICAL_DISTANCE, FIT_SIZE, (FIT_SIZE / 2, FIT_SIZE / 2))
    points = front_points(shell, start)
    mask = _small(photo.crop_mask)
    if not points.size or not (mask > 0.5).any():
        return start
    judged = _judged(mask)
    best = _climb(_first(start, points, mask, judged), points, judged)
    scale = len(photo.crop_mask) / FIT_SIZE
    center = (best.center[0] * scale, best.center[1] * scale)
    return replace(best, focal=best.focal * scale, center=center)


def front_points(shell: SurfaceCells, camera: Camera) -> np.ndarray:
    """(3, N) float32: points on the sides of cells that the camera, or one near it, may see.

    A quarter of a cell from its centre, four on a side, each once. The sides that look away would
    double the points and not change the outline.
    """
    toward = -camera.axes[2]
    shown = np.zeros((len(CORNER_OFFSETS), len(shell.cell_indices)), bool)
    for side in FACE_OFFSETS:
        if NEIGHBOR_OFFSETS[side] @ toward > MIN_FACING_COSINE:
            shown[CORNER_OFFSETS @ NEIGHBOR_OFFSETS[side] > 0] |= ~shell.neighbor_solid[side]
    corner, cell = np.nonzero(shown)
    away = (CORNER_OFFSETS / 4 * shell.pitch).astype(np.float32)
    points = shell.centers.T[:, cell] + away.T[:, corner]
    return np.ascontiguousarray(points[:, :: -(-len(cell) // MAX_POINTS) or 1])


def _small(mask: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE) the crop's mask, averaged."""
    edges = np.linspace(0, len(mask), FIT_SIZE + 1).round().astype(int)
    for _ in range(2):  # rows, then columns as rows, of which numpy adds whole ones
        sums, counts = mask[edges[:-1]], np.diff(edges)
        for i in range(1, counts.max()):
            sums = sums + mask[edges[:-1] + np.minimum(i, counts - 1)] * (i < counts)[:, None]
        mask = np.ascontiguousarray((sums / counts[:, None]).T)
    return mask.astype(np.float32)


def _first(start: Camera, points: np.ndarray, mask: np.ndarray, judged: tuple) -> Camera:
    """The best of DISTANCES, with scale and place such that the points fill the mask's box."""
    rows, columns = np.flatnonzero((mask > 0.5).any(1)), np.flatnonzero((mask > 0.5).any(0))
    low, high = np.array([columns[0], rows[0]]), np.array([columns[-1], rows[-1]]) + 1
    tried = []
    for distance in INITIAL_DISTANCES:
        rays = _rays(start.azimuth, start.elevation, distance, points)
        least, most = np.array([(axis.min(), axis.max()) for axis in rays]).T
        focal = float(np.sqrt(np.prod((high - low) / (most - least))))
        center = tuple(((low + high) / 2 - focal * (least + most) / 2).tolist())
        iou, _ = _overlap(rays, focal, center, judged)
        tried.append(replace(start, distance=distance, focal=focal, center=center, iou=iou))
    return max(tried, key=lambda camera: camera.iou)


def _rays(azimuth: float, elevation: float, distance: float, points: np.ndarray) -> np.ndarray:
    """(2, N) right and down of the points (3, N) over their depth: what the lens scales."""
    right_down_depth = _axes(azimuth, elevation).astype(np.float32) @ points
    depth = np.maximum(right_down_depth[2] + np.float32(distance), np.float32(1e-3))
    return right_down_depth[:2] / depth


def _judged(mask: np.ndarray) -> tuple[np.ndarray, float]:
    """(2, RIMMED ** 2) float32, the mask and what lies in the picture, with the rim around; and
    the mask's sum."""
    rows = np.stack([np.pad(m, 1).ravel() for m in (mask, np.ones_like(mask))])
    return rows, float(mask.sum())


def _overlap(
    rays: np.ndarray, focal: float, center: tuple[float, float], judged: tuple[np.ndarray, float]
) -> tuple[float, float]:
    """Soft IoU of the mask's probabilities with the points' outline, and its covered share."""
    rows, masked = judged
    u, v = rays * np.float32(focal)
    u += np.float32(center[0] + 1)
    v += np.float32(center[1] + 1)
    u.clip(0, PADDED_FIT_SIZE - 1, out=u)
    v.clip(0, PADDED_FIT_SIZE - 1, out=v)
    pixel = np.floor(v, out=v)  # in floats as long as it can be: numpy's integers are slower
    pixel *= PADDED_FIT_SIZE
    pixel += u
    outline = np.zeros(PADDED_FIT_SIZE * PADDED_FIT_SIZE, np.float32)
    outline[pixel.astype(np.intp)] = 1
    shared, shown = (rows @ outline).tolist()
    return shared / (shown + masked - shared), shared / masked


def _climb(camera: Camera, points: np.ndarray, judged: tuple) -> Camera:
    """Pattern search: a step each way in each of six values, then smaller ones."""
    usual = camera.azimuth, camera.elevation, log(TYPICAL_DISTANCE)

    def score(x: list[float], rays: np.ndarray) -> float:  # the size in the picture stays with x[2]
        iou, _ = _overlap(rays, exp(x[2] + x[3]), (x[4], x[5]), judged)
        return iou - PRIOR_WEIGHT * sum(
            ((x[i] - usual[i]) / PRIOR_SCALES[i]) ** 2 for i in range(3)
        )

    def cast(x: list[float]) -> np.ndarray:
        return _rays(x[0], x[1], exp(x[2]), points)

    scale = log(camera.focal / camera.distance)
    x = [camera.azimuth, camera.elevation, log(camera.distance), scale, *camera.center]
    rays = cast(x)
    best = score(x, rays)
    for i, step in _moves():
        for move in (step, -step):
            trial = [*x[:i], x[i] + move, *x[i + 1 :]]
            turned = cast(trial) if i < 3 else rays  # scale and place move no ray
            value = score(trial, turned)
            if value > best:
                x, best, rays = trial, value, turned
                break  # the other way lies where it came from
    focal, center = exp(x[2] + x[3]), (x[4], x[5])
    return Camera(x[0], x[1], exp(x[2]), focal, center, *_overlap(rays, focal, center, judged))


def _moves() -> Iterator[tuple[int, float]]:
    """Which value to move and how far: place first, as the angles depend on it."""
    for halving in range(HALVINGS + 1):
        for i in (4, 5, 3, 0, 1, 2):
            yield i, INITIAL_STEPS[i] / 2**halving
