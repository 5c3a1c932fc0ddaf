"""A pinhole camera around the object.

    pixels = camera.project(points)          # (N, 3) in the object's frame -> u, v, depth

Points are in the object's frame of `voxel_model.py`: the grid is the unit cube around the origin.
Pixels are those of the square crop that the network receives; u points right, v points down.
"""

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np

# A camera is reliable, and the photo's colours may be used, if the outline of the shape and the
# mask have this IoU.
MIN_FIT_IOU = 0.6
# Cells thicken thin furniture, so a lower IoU is enough if the outline covers most of the mask.
MIN_COVERAGE, MIN_COVERED_FIT_IOU = 0.85, 0.4
MIN_DEPTH = 1e-3  # longest sides; keeps the projection of points beside the camera finite


@dataclass(frozen=True)
class Camera:
    """A pinhole camera that points at the object's centre; its image may be shifted."""

    azimuth: float  # degrees
    elevation: float  # degrees
    distance: float  # from the object's centre, in longest sides of the grid
    focal: float  # pixels
    center: tuple[float, float]  # pixel (u, v) of the object's centre
    iou: float = 0.0  # of the shape's outline and the mask, 0 to 1
    mask_coverage: float = 0.0  # share of the mask that the outline covers

    @property
    def is_reliable(self) -> bool:
        """True if the shape fits the mask well enough to take colours from the photo."""
        is_covered = self.mask_coverage >= MIN_COVERAGE and self.iou >= MIN_COVERED_FIT_IOU
        return self.iou >= MIN_FIT_IOU or is_covered

    @property
    def axes(self) -> np.ndarray:
        """(3, 3) rotation from the object's frame to the camera; rows are right, down, forward."""
        return camera_axes(self.azimuth, self.elevation)

    @property
    def eye(self) -> np.ndarray:
        """(3,) position of the camera in the object's frame."""
        return -self.distance * self.axes[2]

    def project(self, points: np.ndarray) -> np.ndarray:
        """Project points into the image.

        Parameters
        ----------
        points : (N, 3) float
            In the object's frame.

        Returns
        -------
        (N, 3) float
            Pixel u, pixel v and the depth along the view in longest sides.
        """
        right_down_depth = self.axes.astype(points.dtype) @ points.T
        depth = np.maximum(right_down_depth[2] + self.distance, MIN_DEPTH)
        pixels = np.empty(points.shape, depth.dtype)
        pixels[:, 0] = self.center[0] + self.focal * right_down_depth[0] / depth
        pixels[:, 1] = self.center[1] + self.focal * right_down_depth[1] / depth
        pixels[:, 2] = depth
        return pixels


def camera_axes(azimuth: float, elevation: float) -> np.ndarray:
    """Return the rotation from the object's frame to the frame of a camera.

    Parameters
    ----------
    azimuth, elevation : float
        Degrees; 0, 0 is the view from the front (+z).

    Returns
    -------
    (3, 3) float
        Rows are the camera's unit axes right, down and forward.
    """
    azimuth, elevation = radians(azimuth), radians(elevation)
    sa, ca, se, ce = sin(azimuth), cos(azimuth), sin(elevation), cos(elevation)
    return np.array([[ca, 0, -sa], [sa * se, -ce, ca * se], [-sa * ce, -se, -ca * ce]])
