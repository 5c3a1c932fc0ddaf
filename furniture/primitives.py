"""The primitive of all furniture: a rounded box that may taper, bend or be a rod or an ellipsoid.

    piece = Furniture("table", materials=("wood", "metal"))
    piece.box((0, 0.72, 0), (1.6, 0.04, 0.9), material=0)
    piece.ellipsoid((0, 0.76, 0), (0.1, 0.04, 0.1), material=1)
    primitives = piece.primitives()          # (N, COLUMNS) float32, longest side 1, centred

A piece is built in metres, y up, z toward its front; `primitives()` scales it into the unit cube.
Each row has a material (an index into the piece's materials) and belongs to a named part.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import numpy as np

from furniture.choices import Choices

COLUMNS = 24  # floats of one primitive, in the order of the slices below
CENTER = slice(0, 3)
ROTATION = slice(3, 12)  # row-major; local = rotation @ (point - center)
HALF = slice(12, 15)  # half of the local x, y, z extent before bending
CORNER = 15  # radius of the corners of the local xz section
EDGE = 16  # radius of the edge between the sides and the two caps
TAPER = slice(17, 19)  # scale of x and z at the local top relative to the bottom
BEND = 19  # curvature about local y; the ends of local x move toward +z
MATERIAL = 20  # index into the piece's materials
KIND = 21  # BOX, ELLIPSE or ELLIPSOID
SIGN = 22  # +1 solid, -1 cut out of the whole piece
BOX, ELLIPSE, ELLIPSOID = 0.0, 1.0, 2.0  # section: rounded rectangle, ellipse; whole: ellipsoid
MAX_MATERIALS = 16  # materials of one piece; the studio's palettes have this many rows
MAX_PRIMITIVES = 64  # rows of one piece; the studio's arrays have this many
HULL_AROUND, HULL_ALONG = 24, 5  # points of `hull_points` around local y and along it
MATERIALS = ("wood", "fabric", "leather", "metal", "plastic", "painted", "glass", "stone", "paper")


@dataclass
class Furniture:
    """A piece of furniture as a union of primitives, in metres, y up, z toward the front."""

    category: str
    materials: tuple[str, ...] = ("wood",)  # entries of MATERIALS, which rows refer to by index
    name: str = ""  # the design
    choices: Choices | None = None  # what the generator drew
    rows: list[np.ndarray] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)  # named part of each row
    current_part: str = "body"  # part of the rows that are added next

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Names the part of all rows that are added within, and the scope of its choices.

        A part within a part of the same name changes nothing.

        Parameters
        ----------
        name : str
            A noun in the singular: `leg`, `seat`, `drawer`.
        """
        outer = self.current_part
        if name == outer:
            yield
            return
        self.current_part = name
        try:
            with self.choices.scope(name) if self.choices else nullcontext():
                yield
        finally:
            self.current_part = outer

    def keep(self, start: int, condition: Callable[[np.ndarray], bool]) -> None:
        """Removes the rows from index `start` on for which `condition(row)` is false."""
        chosen = [i for i, row in enumerate(self.rows) if i < start or condition(row)]
        self.rows = [self.rows[i] for i in chosen]
        self.parts = [self.parts[i] for i in chosen]

    def add(
        self,
        center: Sequence[float],
        size: Sequence[float],
        *,
        rotation: np.ndarray | None = None,
        corner: float = 0.0,
        edge: float = 0.0,
        taper: tuple[float, float] = (1.0, 1.0),
        bend: float = 0.0,
        material: int = 0,
        kind: float = BOX,
        cut: bool = False,
        part: str | None = None,
    ) -> None:
        """Adds one primitive.

        Parameters
        ----------
        center : (3,) float
            Metres.
        size : (3,) float
            Full local extents before bending, metres.
        rotation : (3, 3) float, optional
            Turns local axes into the piece's axes.
        corner, edge : float
            Radii in metres of the edges along local y and around the caps.
        taper : (2,) float
            Scale of local x and z at the top relative to the bottom.
        bend : float
            Curvature in 1/metres about local y; `2 * pi / size[0]` closes a ring.
        material : int
            Index into `materials`.
        kind : float
            BOX, ELLIPSE (elliptic section along local y) or ELLIPSOID.
        cut : bool
            Removes this volume from the whole piece instead of adding it.
        part : str, optional
            Named part of the primitive; by default the current part.
        """
        row = np.zeros(COLUMNS, np.float32)
        row[CENTER] = center
        row[ROTATION] = (np.eye(3) if rotation is None else np.asarray(rotation).T).ravel()
        row[HALF] = np.asarray(size, float) / 2
        row[CORNER], row[EDGE], row[TAPER], row[BEND] = corner, edge, taper, bend
        row[MATERIAL], row[KIND], row[SIGN] = material, kind, -1.0 if cut else 1.0
        self.rows.append(row)
        self.parts.append(part or self.current_part)

    def box(
        self, center: Sequence[float], size: Sequence[float], edge: float = 0.004, **options: Any
    ) -> None:
        """Adds a board, panel or cushion whose edges all have the radius `edge`, metres."""
        self.add(center, size, edge=edge, corner=options.pop("corner", edge), **options)

    def cylinder(
        self,
        center: Sequence[float],
        radius: float,
        height: float,
        edge: float = 0.0,
        radius_z: float | None = None,
        **options: Any,
    ) -> None:
        """Adds an upright round or elliptic slab; `rotation` turns it.

        Parameters
        ----------
        center : (3,) float
            Metres.
        radius, height : float
            Metres.
        edge : float
            Radius of the edges of both caps, metres.
        radius_z : float, optional
            Radius along z of an elliptic slab, metres.
        **options
            All options of `add`.
        """
        size = (2 * radius, height, 2 * (radius_z or radius))
        self.add(center, size, edge=edge, kind=ELLIPSE, **options)

    def ellipsoid(self, center: Sequence[float], size: Sequence[float], **options: Any) -> None:
        """Adds an ellipsoid with full extents `size`, metres."""
        self.add(center, size, kind=ELLIPSOID, **options)

    def ring(
        self,
        center: Sequence[float],
        radius: float,
        height: float,
        thickness: float,
        rotation: np.ndarray | None = None,
        **options: Any,
    ) -> None:
        """Adds a closed upright band: a hoop, a wall, a rim.

        Parameters
        ----------
        center : (3,) float
            Metres.
        radius : float
            Mean radius, metres.
        height, thickness : float
            Along the axis and across the band, metres.
        rotation : (3, 3) float, optional
            Turns the axis, which is y.
        **options
            All options of `add`.
        """
        base = np.eye(3) if rotation is None else np.asarray(rotation)
        # the centre of a bent box lies on the band, one radius from the axis
        offset = base @ np.array([0.0, 0.0, -radius])
        size = (2 * np.pi * radius, height, thickness)
        self.add(np.asarray(center) + offset, size, rotation=base, bend=1 / radius, **options)

    def primitives(self) -> np.ndarray:
        """Returns (N, COLUMNS) float32 rows: centred, longest side of the bounding box 1."""
        rows = np.stack(self.rows)
        low, high = bounds(rows)
        scale = 1.0 / float((high - low).max())
        rows[:, CENTER] = (rows[:, CENTER] - (low + high) / 2) * scale
        rows[:, HALF] *= scale
        rows[:, [CORNER, EDGE]] *= scale
        rows[:, BEND] /= scale
        return rows

    def height(self) -> float:
        """Returns the distance from the lowest to the highest point, metres."""
        low, high = bounds(np.stack(self.rows))
        return float(high[1] - low[1])


def builds(name: str) -> Callable:
    """Decorates a helper that builds one named part.

    The helper's first argument is the `Furniture`, or an object that holds it as `piece`.
    """

    def decorate(helper: Callable) -> Callable:
        @wraps(helper)
        def build_part(owner: Any, *args: Any, **options: Any) -> Any:
            piece = getattr(owner, "piece", owner)
            if piece.current_part == name:
                return helper(owner, *args, **options)
            with piece.part(name):
                return helper(owner, *args, **options)

        return build_part

    return decorate


def bounds(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the lower and the upper corner, each (3,), of the box around all solid rows."""
    points = hull_points(rows[rows[:, SIGN] > 0]).reshape(-1, 3)
    return points.min(axis=0), points.max(axis=0)


def hull_points(rows: np.ndarray) -> np.ndarray:
    """Returns points on the surface of each primitive, bent and tapered.

    Parameters
    ----------
    rows : (N, COLUMNS) float
        Primitives.

    Returns
    -------
    (N, HULL_AROUND * HULL_ALONG, 3) float
        In the units of the rows.
    """
    angle = np.linspace(0, 2 * np.pi, HULL_AROUND, endpoint=False)
    c, s = np.cos(angle)[None, None], np.sin(angle)[None, None]
    y = np.linspace(-1, 1, HULL_ALONG)[None, :, None]
    half = rows[:, HALF][:, None, None, :]
    box = rows[:, KIND] == BOX
    stretch = 1 / np.maximum(abs(c), abs(s))  # of a circle to a square
    section = np.where(box[:, None, None], stretch, 1.0)
    ellipsoid = (rows[:, KIND] == ELLIPSOID)[:, None, None]
    section = section * np.where(ellipsoid, np.sqrt(np.maximum(1 - y**2, 0)), 1.0)
    grow = 1 + (rows[:, TAPER][:, None, None, :] - 1) * (y[..., None] + 1) / 2
    x = c * section * half[..., 0] * grow[..., 0]
    z = s * section * half[..., 2] * grow[..., 1]
    x, z = bend_forward(x, z, rows[:, BEND][:, None, None])
    local = np.stack([x, np.broadcast_to(y * half[..., 1], x.shape), z], axis=-1)
    local = local.reshape(len(rows), -1, 3)
    turn = rows[:, ROTATION].reshape(-1, 3, 3)
    return np.einsum("npk,nkj->npj", local, turn) + rows[:, None, CENTER]


def bend_forward(x: np.ndarray, z: np.ndarray, bend: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Wraps local x around an arc of curvature `bend` (1/length); straight where it is zero."""
    safe = np.where(abs(bend) < 1e-4, 1.0, bend)
    radius = 1 / safe
    bent_x = (radius - z) * np.sin(x * safe)
    bent_z = radius - (radius - z) * np.cos(x * safe)
    straight = abs(bend) < 1e-4
    return np.where(straight, x, bent_x), np.where(straight, z, bent_z)
