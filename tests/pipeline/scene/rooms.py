"""A room of boxes seen by a known camera, as predictions of its pieces."""

from dataclasses import dataclass
from math import degrees, radians
from pathlib import Path

import numpy as np

from core.prediction import Prediction
from pipeline.result import Result
from pipeline.scene.placement.camera import RoomCamera
from pipeline.scene.placement.floor import CELL, SolidShape, turned
from tests.pipeline.predictions import make_prediction

SIZE = (1200, 900)
THRESHOLD = 0.5
CELLS = 32
MASK_SIDE = 64  # pixels, that of the crop


@dataclass(frozen=True)
class BoxPiece:
    """A solid box on the floor."""

    category: str
    sides: tuple[float, float, float]  # metres: width, height, depth
    place: tuple[float, float]  # x and z, metres
    yaw: float  # degrees

    @property
    def corners(self) -> np.ndarray:
        """(8, 3) in the scene's frame."""
        w, h, d = self.sides
        local = np.array([[x, y, z] for x in (-w, w) for y in (0, 2 * h) for z in (-d, d)]) / 2
        return turned(local, radians(self.yaw)) + np.array([self.place[0], 0, self.place[1]])

    @property
    def occupancy(self) -> np.ndarray:
        """(CELLS, CELLS, CELLS) float, the box centred in its grid."""
        cells = np.round(np.array(self.sides) / max(self.sides) * CELLS / 2).astype(int) * 2
        grid = np.zeros((CELLS,) * 3)
        low = (CELLS - cells) // 2
        grid[tuple(slice(a, a + n) for a, n in zip(low, cells, strict=True))] = 1
        return grid

    def seen_by(self, camera: RoomCamera) -> Prediction:
        """The prediction of a network that makes no error but in its mask, which fills the box."""
        pixels = camera.project(self.corners)
        box = (*pixels.min(axis=0), *pixels.max(axis=0))
        limits = (*camera.size, *camera.size)
        box = tuple(float(np.clip(v, 0, most)) for v, most in zip(box, limits, strict=True))
        x, z = self.place
        toward = degrees(np.arctan2(-x, -z)) - self.yaw
        rise = camera.height - self.sides[1] / 2
        side, scale = max(camera.size), MASK_SIDE / max(camera.size)
        x0, y0, x1, y1 = (round(value * scale) for value in box)
        mask = np.zeros((MASK_SIDE, MASK_SIDE), np.float32)
        mask[y0:y1, x0:x1] = 1
        return make_prediction(
            self.occupancy,
            size=camera.size,
            box=box,
            square=(0, 0, side, side),
            crop_mask=mask,
            category=self.category,
            category_probabilities={self.category: 1.0},
            azimuth=(toward + 180) % 360 - 180,
            elevation=degrees(np.arctan2(rise, np.hypot(x, z))),
        )


# the usual sizes of pipeline.real_size, so that the scale is known
DINING = (
    BoxPiece("table", (0.86, 0.58, 0.57), (0.1, -3.0), 10),
    BoxPiece("chair", (0.58, 0.92, 0.61), (-0.9, -2.6), 95),
    BoxPiece("chair", (0.58, 0.92, 0.61), (0.9, -3.6), -80),
    BoxPiece("sofa", (2.03, 0.80, 0.98), (-0.3, -5.2), 0),
)
CAMERA = RoomCamera(focal=1200, pitch=radians(13), height=1.4, size=SIZE)


def results_of(pieces: tuple[BoxPiece, ...], camera: RoomCamera = CAMERA) -> list[Result]:
    """Results of all pieces of a room."""
    return [Result(p.seen_by(camera), "room", Path(), THRESHOLD) for p in pieces]


def shared_cells(shapes: list[SolidShape], places: np.ndarray) -> int:
    """Number of cells of the room that two pieces fill."""
    cells = []
    for standing, place in zip(shapes, places, strict=True):
        x, z = np.floor(place / CELL).astype(int)
        cells.append(set(map(tuple, standing.cells + np.array([x, 0, z]))))
    return sum(len(a & b) for i, a in enumerate(cells) for b in cells[:i])
