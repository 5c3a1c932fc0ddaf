"""Fits the camera of a photo and the place and size of each piece together.

    room = fit_room(views, (1200, 900))
    room.camera.height, room.meters, room.places

The unknowns are focal length, pitch and height of the camera, and of each piece its distance, its
bearing and its size. They follow from the boxes, the predicted elevations, the usual sizes and the
usual cameras, by nonlinear least squares with a robust loss. All pieces stand on y = 0. The turns
of the pieces follow from the first fit; a second one uses them. Bounds keep any boxes, also those
of no furniture, in a room whose grid (`pipeline.scene.placement.floor`) has a moderate size.
"""

from dataclasses import dataclass
from math import exp, log, pi, radians

import numpy as np

from pipeline.scene.placement.angle_errors import angle_errors
from pipeline.scene.placement.camera import NEAREST, RoomCamera
from pipeline.scene.placement.headings import aligned
from pipeline.scene.placement.least_squares import least_squares
from pipeline.scene.placement.pieces import PieceView
from pipeline.scene.placement.priors import FOCAL, HEIGHT, KNOWN_FOCAL_SPREAD, PITCH, Usual

LOWEST, HIGHEST = 0.3, 2.6  # metres, heights of the camera from which the fit starts
EDGE_ERROR = 0.05  # of a box, in its longer sides; boxes of the detection are about as exact
MIN_EDGE_ERROR = 1.0  # pixels
SIBLING_SPREAD = 0.1  # of the logarithm of sizes of one category in one room
CUT_SHARE = 0.01  # of the photo's side; a box that ends nearer to the edge may be cut off there
GLOBALS = 3  # unknowns of the camera
OWN = 3  # unknowns of each piece: logarithms of distance and size, bearing
STEP = 1e-4  # of the numeric derivatives; all unknowns are angles or logarithms
MOST_SPREADS = 5  # of camera and sizes from the usual ones
NEAREST_PIECE, FARTHEST_PIECE = 0.2, 20.0  # metres along the floor
LARGEST_PIECE = 5.0  # metres
WIDEST_BEARING = radians(80)
CAMERA_ROWS = 3  # residuals of the camera alone, the first ones


@dataclass(frozen=True)
class FittedRoom:
    """Camera and N pieces."""

    camera: RoomCamera
    meters: np.ndarray  # (N,) longest side of each piece's grid
    places: np.ndarray  # (N, 2) x and z of the middle of each piece's grid
    yaw: np.ndarray  # (N,) radians, turn about y from the piece's frame to the scene's


def fit_room(
    views: list[PieceView], size: tuple[int, int], focal: float | None = None
) -> FittedRoom:
    """Fit camera and pieces.

    Parameters
    ----------
    views : list of PieceView
        At least one piece.
    size : tuple of 2 int
        Width and height of the photo, pixels.
    focal : float, optional
        Focal length in pixels, if the photo's file tells it.

    Returns
    -------
    FittedRoom
    """
    problem = RoomProblem(views, size, focal)
    first = problem.solve(problem.start())
    problem.align(first)
    return problem.room(problem.solve(first))


class RoomProblem:
    """The residuals of a room: a function of a vector of GLOBALS + OWN * N unknowns."""

    def __init__(self, views: list[PieceView], size: tuple[int, int], focal: float | None = None):
        self.views, self.size = views, size
        self.focal = Usual(FOCAL.median + log(max(size)), FOCAL.spread)  # logarithm of pixels
        if focal:
            self.focal = Usual(log(focal), KNOWN_FOCAL_SPREAD)
        points = np.stack([view.points for view in views])  # (N, P, 3)
        self.sides = np.ptp(points, axis=1).max(axis=1)
        ones = np.ones((*points.shape[:2], 1))
        self.points = np.concatenate([points, ones], axis=2).transpose(0, 2, 1)  # (N, 4, P)
        self.center = np.tile(np.array(size) / 2, 2)
        self.azimuth = np.radians([view.azimuth for view in views])
        self.elevation = np.radians([view.elevation for view in views])
        self.middle = np.array([view.height for view in views])
        self.usual = np.log([view.meters for view in views])
        self.spread = np.array([view.spread for view in views])
        self.boxes = np.array([view.box for view in views], float)
        self.is_cut = self._cut_edges()
        certainty = np.array([view.certainty for view in views])
        self.angle_errors = angle_errors(self.boxes, self.is_cut.any(axis=1), certainty)
        longer = np.maximum(*(self.boxes[:, 2:] - self.boxes[:, :2]).T)
        self.edge_error = np.maximum(EDGE_ERROR * longer, MIN_EDGE_ERROR)[:, None]
        names = [view.category for view in views]
        self.pairs = [
            (i, j) for j in range(len(views)) for i in range(j) if names[i] == names[j] != ""
        ]

    def _cut_edges(self) -> np.ndarray:
        """Return which edges (N, 4) of the boxes lie at the photo's edge."""
        margin = CUT_SHARE * max(self.size)
        low = self.boxes[:, :2] < margin
        return np.concatenate([low, self.boxes[:, 2:] > np.array(self.size) - margin], axis=1)

    def start(self) -> np.ndarray:
        """Return the unknowns of a usual camera, with pieces as far as their sizes say."""
        focal = exp(self.focal.median)
        middles = (self.boxes[:, :2] + self.boxes[:, 2:]) / 2
        below = np.arctan((middles[:, 1] - self.size[1] / 2) / focal)
        pitch = float(np.clip(np.median(self.elevation - below), radians(-10), radians(60)))
        camera = RoomCamera(focal, pitch, exp(HEIGHT.median), self.size)
        rays = np.array([camera.ray(tuple(middle)) for middle in middles])
        sides = self.sides * np.exp(self.usual)
        longer = np.maximum(*(self.boxes[:, 2:] - self.boxes[:, :2]).T)
        distance = focal * sides / longer
        rise = self.middle * np.exp(self.usual) + distance * np.sin(rays[:, 1])
        height = float(np.clip(np.median(rise), LOWEST, HIGHEST))
        level = np.log(np.maximum(distance * np.cos(rays[:, 1]), 0.3))
        own = np.stack([level, self.usual, rays[:, 0]], axis=1)
        return np.concatenate([[log(focal), pitch, log(height)], own.ravel()])

    def solve(self, start: np.ndarray) -> np.ndarray:
        """Return the unknowns (U,) that fit best, searched from a start."""
        return least_squares(start, self.residuals, self.linearize, self.bounds())

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the smallest and the largest unknowns, (U,) each."""
        usual = (self.focal, PITCH, HEIGHT)
        camera = np.array([u.median for u in usual])
        reach = np.array([MOST_SPREADS * u.spread for u in usual])
        around = MOST_SPREADS * self.spread
        largest = np.minimum(self.usual + around, np.maximum(self.usual, log(LARGEST_PIECE)))
        ones = np.ones(len(self.views))
        low = (log(NEAREST_PIECE) * ones, self.usual - around, -WIDEST_BEARING * ones)
        high = (log(FARTHEST_PIECE) * ones, largest, WIDEST_BEARING * ones)
        return tuple(
            np.concatenate([first, np.stack(own, axis=1).ravel()])
            for first, own in ((camera - reach, low), (camera + reach, high))
        )

    def align(self, x: np.ndarray) -> None:
        """Replace the predicted azimuths by those of pieces that stand in line where they may."""
        yaw = self._yaw(x[None])[0]
        self.azimuth = self.azimuth + yaw - aligned(yaw, self.angle_errors[0])

    def residuals(self, x: np.ndarray) -> np.ndarray:
        """Return the residuals (M, K) of M vectors of unknowns (M, U), each about 1 if usual."""
        own, height = self._own(x), np.exp(x[:, 2:3])
        level, size = np.exp(own[..., 0]), np.exp(own[..., 1])  # (M, N)
        camera = self._to_camera(x, level, size) @ self.points  # (M, N, 3, P)
        offsets = camera[:, :, :2] / np.maximum(camera[:, :, 2:], NEAREST)
        boxes = np.concatenate([offsets.min(axis=-1), offsets.max(axis=-1)], axis=-1)
        edges = boxes * np.exp(x[:, 0])[:, None, None] + self.center - self.boxes
        edges /= self.edge_error
        # a cut edge says that the piece reaches at least so far
        inside = np.concatenate([np.maximum(edges[..., :2], 0), np.minimum(edges[..., 2:], 0)], -1)
        edges = np.where(self.is_cut, inside, edges)
        elevation = np.arctan2(height - self.middle * size, level)
        rows = [
            self._camera_residuals(x),
            edges.reshape(len(x), -1),
            (elevation - self.elevation) / self.angle_errors[1],
            (own[..., 1] - self.usual) / self.spread,
        ]
        if self.pairs:
            i, j = np.array(self.pairs).T
            siblings = (own[:, i, 1] - own[:, j, 1]) - (self.usual[i] - self.usual[j])
            rows.append(siblings / SIBLING_SPREAD / len(self.views) ** 0.5)
        return np.concatenate(rows, axis=1)

    def _camera_residuals(self, x: np.ndarray) -> np.ndarray:
        """Return how unusual focal length, pitch and height are, (M, 3)."""
        usual = (self.focal, PITCH, HEIGHT)
        return (x[:, :GLOBALS] - [u.median for u in usual]) / [u.spread for u in usual]

    def linearize(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the residuals (K,) of one vector (U,), and their derivatives (K, U).

        All pieces take a step at once in the same unknown of theirs, as no residual depends on two
        pieces but the siblings', whose derivatives are known.
        """
        count = len(self.views)
        each = np.tile(np.eye(OWN), count)  # (OWN, OWN * N)
        moves = np.zeros((GLOBALS + OWN + 1, len(x)))
        moves[:GLOBALS, :GLOBALS] = np.eye(GLOBALS)
        moves[GLOBALS:-1, GLOBALS:] = each
        values = self.residuals(x + STEP * moves)  # the last move is none
        slopes = ((values[:-1] - values[-1]) / STEP).T  # (K, GLOBALS + OWN)
        owner = self._owners(len(slopes))
        own = slopes[:, None, GLOBALS:] * (owner[:, None] == np.arange(count))[..., None]
        own[len(own) - len(self.pairs) :] = self._sibling_slopes()
        own = own.reshape(len(slopes), -1)
        return values[-1], np.concatenate([slopes[:, :GLOBALS], own], axis=1)

    def _owners(self, rows: int) -> np.ndarray:
        """Return the number of the piece that each residual depends on; -1 for none or two."""
        count, pairs = len(self.views), len(self.pairs)
        single = (rows - CAMERA_ROWS - 4 * count - pairs) // count  # residuals of a piece, no edge
        numbers = np.arange(count)
        parts = [np.repeat(numbers, 4), np.tile(numbers, single)]
        return np.concatenate([np.full(CAMERA_ROWS, -1), *parts, np.full(pairs, -1)])

    def _sibling_slopes(self) -> np.ndarray:
        """Return the derivatives (pairs, N, OWN) of the siblings' residuals."""
        slopes = np.zeros((len(self.pairs), len(self.views), OWN))
        for row, (i, j) in enumerate(self.pairs):
            slopes[row, i, 1], slopes[row, j, 1] = 1, -1
        return slopes / SIBLING_SPREAD / len(self.views) ** 0.5

    def room(self, x: np.ndarray) -> FittedRoom:
        """Return the room of a vector of unknowns."""
        size = self._own(x[None])[0, :, 1]
        camera = RoomCamera(float(np.exp(x[0])), float(x[1]), float(np.exp(x[2])), self.size)
        places = self._places(x[None])[0]
        return FittedRoom(camera, np.exp(size), places, self._yaw(x[None])[0])

    def _own(self, x: np.ndarray) -> np.ndarray:
        """Return the unknowns of the pieces (M, N, OWN)."""
        return x[:, GLOBALS:].reshape(len(x), -1, OWN)

    def _places(self, x: np.ndarray) -> np.ndarray:
        """Return x and z of the pieces (M, N, 2)."""
        distance, bearing = self._own(x)[..., 0], self._own(x)[..., 2]
        level = np.exp(distance)
        return np.stack([level * np.sin(bearing), -level * np.cos(bearing)], axis=-1)

    def _yaw(self, x: np.ndarray) -> np.ndarray:
        """Return the turn (M, N) of each piece: the camera's direction from it less its azimuth."""
        return (-self._own(x)[..., 2] - self.azimuth + pi) % (2 * pi) - pi

    def _to_camera(self, x: np.ndarray, level: np.ndarray, size: np.ndarray) -> np.ndarray:
        """Return the matrices (M, N, 3, 4) from a piece's frame to the camera's.

        The camera's axes are right, down and forward; `level` (M, N) is the distance along the
        floor.
        """
        bearing, yaw = self._own(x)[..., 2], self._yaw(x)
        c, s = np.cos(yaw) * size, np.sin(yaw) * size
        ahead, height = level * np.cos(bearing), np.exp(x[:, 2:3])
        cp, sp = np.cos(x[:, 1:2]), np.sin(x[:, 1:2])
        matrix = np.empty((*level.shape, 3, 4))
        rows = (
            (c, 0, s, level * np.sin(bearing)),
            (-s * sp, -size * cp, c * sp, height * cp - ahead * sp),
            (s * cp, -size * sp, -c * cp, ahead * cp + height * sp),
        )
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                matrix[..., i, j] = value
        return matrix
