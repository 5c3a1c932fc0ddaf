"""The camera of a whole photo, above the floor that all pieces stand on.

camera = RoomCamera(focal=900, pitch=0.2, height=1.5, size=(1200, 900))
camera.project(points)                   # (..., 3) metres in the scene's frame -> pixels
"""

from dataclasses import dataclass
from math import cos, sin

import numpy as np

NEAREST = 0.05  # metres; keeps the projection of points beside the camera finite


@dataclass(frozen=True)
class RoomCamera:
    """A pinhole camera without roll whose axis goes through the photo's middle."""

    focal: float  # pixels
    pitch: float  # radians, of the axis below the horizon
    height: float  # metres above the floor
    size: tuple[int, int]  # width and height of the photo, pixels

    def project(self, points: np.ndarray) -> np.ndarray:
        """Return pixels (..., 2) of points (..., 3) in the scene's frame."""
        view = np.array([self.focal, self.pitch, self.height])
        return project(view, self.size, points)

    def ray(self, pixel: tuple[float, float]) -> tuple[float, float]:
        """Return the direction of a pixel: bearing to the right, and angle below the horizon.

        Parameters
        ----------
        pixel : tuple of 2 float
            x and y.

        Returns
        -------
        bearing, drop : float
            Radians.
        """
        right = (pixel[0] - self.size[0] / 2) / self.focal
        down = (pixel[1] - self.size[1] / 2) / self.focal
        forward = cos(self.pitch) - down * sin(self.pitch)
        below = sin(self.pitch) + down * cos(self.pitch)
        level = np.hypot(right, forward)
        return float(np.arctan2(right, forward)), float(np.arctan2(below, level))


def project(view: np.ndarray, size: tuple[int, int], points: np.ndarray) -> np.ndarray:
    """Project points for many cameras at once.

    Parameters
    ----------
    view : (..., 3) float
        Focal length (pixels), pitch (radians) and height (metres) of each camera.
    size : tuple of 2 int
        Width and height of the photo, pixels.
    points : (..., 3) float
        In the scene's frame, metres; broadcast against the cameras.

    Returns
    -------
    (..., 2) float
        Pixels x and y.
    """
    focal, pitch, height = np.moveaxis(view, -1, 0)
    x, up, forward = points[..., 0], points[..., 1] - height, -points[..., 2]
    depth = np.maximum(forward * np.cos(pitch) - up * np.sin(pitch), NEAREST)
    down = -(forward * np.sin(pitch) + up * np.cos(pitch))
    scale = focal / depth
    return np.stack([size[0] / 2 + x * scale, size[1] / 2 + down * scale], axis=-1)
