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
from pipeline.scene.placement.priors import usual_length

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
    height, filled = solid.shape[1], solid.any(axis=1)
    first = np.where(filled, solid.argmax(axis=1), height)
    last = np.where(filled, height - solid[:, ::-1].argmax(axis=1), 0)
    # at each corner of the columns, the lowest and the highest end hold all outermost points
    low, high = -_highest_around(-first, -height), _highest_around(last, 0)
    x, z = np.nonzero(high)
    ends = np.concatenate([np.stack([x, y[x, z], z], axis=1) for y in (low, high)])
    points = ends - [solid.shape[0] / 2, first.min(), solid.shape[2] / 2]
    chosen = (directions() @ points.T).argmax(axis=1)
    return points[chosen] / max(solid.shape)


def _highest_around(values: np.ndarray, outside: int) -> np.ndarray:
    """Return the highest of the four values (X, Z) around each corner, (X + 1, Z + 1)."""
    padded = np.pad(values, 1, constant_values=outside)
    rows = np.maximum(padded[:-1], padded[1:])
    return np.maximum(rows[:, :-1], rows[:, 1:])


@cache
def directions() -> np.ndarray:
    """Return (DIRECTIONS, 3) unit vectors spread over the sphere (Fibonacci's spiral)."""
    k = np.arange(DIRECTIONS) + 0.5
    y, angle = 1 - 2 * k / DIRECTIONS, np.pi * (1 + 5**0.5) * k
    level = np.sqrt(1 - y**2)
    return np.stack([level * np.cos(angle), y, level * np.sin(angle)], axis=1)
