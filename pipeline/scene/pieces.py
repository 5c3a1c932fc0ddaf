"""Outline, usual size and view of one piece: the input of the scene's fit.

piece = piece_of(prediction, threshold)
piece.points, piece.meters               # outermost points of its grid, usual longest side
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from core.boxes import Box
from core.prediction import Prediction
from geometry.grids import bounding_box, validate_grid
from pipeline.scene.priors import usual_length

HALF_FILLED = 1  # cells; the surface passes through the middle of the first and the last cell
DIRECTIONS = 96  # in which the outermost point of a piece is looked for


@dataclass(frozen=True)
class PieceView:
    """One piece as the network sees it; its frame is that of `voxel_model.py`, feet at y = 0."""

    box: Box  # pixels of the photo
    category: str
    certainty: float  # probability of the category
    azimuth: float  # degrees, of the camera as seen from the piece
    elevation: float  # degrees
    points: np.ndarray  # (DIRECTIONS, 3) float, outermost points; the grid's longest side is 1
    height: float  # of the middle of the piece above its feet, in longest sides of the grid
    meters: float  # usual length of the grid's longest side
    spread: float  # standard deviation of the logarithm of `meters`


def piece_of(prediction: Prediction, threshold: float) -> PieceView:
    """Return the view of a predicted piece.

    Parameters
    ----------
    prediction : Prediction
        The prediction.
    threshold : float
        Probability above which a cell is solid.

    Raises
    ------
    MeshError
        If no cell is solid.
    """
    solid = validate_grid(prediction.occupancy, None, threshold)[2]
    sides = [(s.stop - s.start) / max(solid.shape) for s in bounding_box(solid)]
    surface = [max(side - HALF_FILLED / max(solid.shape), side / 2) for side in sides]
    meters, spread = usual_length(prediction.category_probabilities, surface)
    points = outermost_points(solid)
    return PieceView(
        box=prediction.box,
        category=prediction.category,
        certainty=max(prediction.category_probabilities.values(), default=0.0),
        azimuth=prediction.azimuth,
        elevation=prediction.elevation,
        points=points,
        height=sides[1] / 2,
        meters=meters,
        spread=spread,
    )


def outermost_points(solid: np.ndarray) -> np.ndarray:
    """Return the outermost corners of solid cells in DIRECTIONS directions.

    Parameters
    ----------
    solid : (X, Y, Z) bool
        At least one cell is solid.

    Returns
    -------
    (DIRECTIONS, 3) float
        The grid's longest side is 1 and its middle at x = z = 0; the lowest cells stand on y = 0.
    """
    # the ends of each column hold all outermost points
    first, last = solid.argmax(axis=1), solid.shape[1] - solid[:, ::-1].argmax(axis=1)
    x, z = np.nonzero(solid.any(axis=1))
    ends = np.concatenate([np.stack([x, y[x, z], z], axis=1) for y in (first, last)])
    corners = np.array([[i, 0, k] for i in (0, 1) for k in (0, 1)])
    corners = (ends[:, None] + corners).reshape(-1, 3)
    points = corners - [solid.shape[0] / 2, first[x, z].min(), solid.shape[2] / 2]
    chosen = (points @ _directions().T).argmax(axis=0)
    return points[chosen] / max(solid.shape)


@cache
def _directions() -> np.ndarray:
    """Return (DIRECTIONS, 3) unit vectors spread over the sphere (Fibonacci's spiral)."""
    k = np.arange(DIRECTIONS) + 0.5
    y, angle = 1 - 2 * k / DIRECTIONS, np.pi * (1 + 5**0.5) * k
    level = np.sqrt(1 - y**2)
    return np.stack([level * np.cos(angle), y, level * np.sin(angle)], axis=1)
