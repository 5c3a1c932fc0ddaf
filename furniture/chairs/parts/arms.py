"""Armrests of frame chairs and office chairs."""

from collections.abc import Sequence

from furniture.beams import LEFT_RIGHT, beam, tube
from furniture.chairs.parts.dimensions import FRAME, METAL, ChairDimensions
from furniture.choices import SIDES
from furniture.primitives import builds


@builds("armrest")
def arms(chair: ChairDimensions, half: float | None = None, kind: str | None = None) -> None:
    """Adds two wooden or tubular arms from the plane of the back to the front.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    half : float, optional
        Distance of the uprights from the middle, metres.
    kind : str, optional
        Design; drawn by default.
    """
    kind = kind or chair.draw.pick("design", {"post": 3, "slope": 1.5, "loop": 2, "bracket": 1})
    half = chair.rear_width / 2 if half is None else half
    {"post": _post, "slope": _slope, "loop": _loop, "bracket": _bracket}[kind](chair, half)


def _post(chair: ChairDimensions, half: float) -> None:
    """Adds level rails on uprights at the seat's front corners."""
    draw = chair.draw
    height = chair.draw.span("height", 0.17, 0.25)
    thickness = draw.span("thickness", 0.022, 0.035)
    pad_width = draw.span("pad_width", 0.03, 0.065)
    is_square = draw.often("is_square", 0.6)
    front = chair.seat_depth / 2 - draw.span("front_gap", 0.02, 0.16)
    x = chair.seat_width / 2 + draw.span("overhang", -0.01, 0.02)
    for side in draw.each(SIDES, LEFT_RIGHT):
        rear = chair.back_point(height, side * half, -0.01)
        tip = (
            side * (x + 0.015),
            chair.seat_height + height - draw.span("tip_drop", -0.01, 0.01),
            front + 0.03,
        )
        beam(
            chair.piece,
            rear,
            tip,
            (thickness, pad_width),
            square=is_square,
            over=0.01,
            material=FRAME,
        )
        foot = (
            side * (x - 0.012 - chair.leg_inset),
            chair.seat_underside - 0.005,
            front - 0.02 - chair.leg_inset * 0.5,
        )
        beam(
            chair.piece,
            foot,
            (tip[0] - side * 0.01, tip[1], front),
            thickness,
            square=is_square,
            material=FRAME,
        )


def _slope(chair: ChairDimensions, half: float) -> None:
    """Adds arms that fall toward the front and bend down into the seat."""
    draw = chair.draw
    height = chair.draw.span("height", 0.2, 0.28)
    thickness = draw.span("thickness", 0.022, 0.034)
    front = chair.seat_depth / 2 - draw.span("front_gap", 0.06, 0.16)
    for side in LEFT_RIGHT:
        x = side * (chair.seat_width / 2 + 0.005)
        knee = (x * 1.06, chair.seat_height + height - 0.03, front)
        path = [
            chair.back_point(height, side * half),
            knee,
            (x * 0.94, chair.seat_underside + 0.005, front - 0.05),
        ]
        tube(chair.piece, path, thickness, 0.06, FRAME)


def _loop(chair: ChairDimensions, half: float) -> None:
    """Adds a closed loop of tube at each side of the seat."""
    draw = chair.draw
    height = chair.draw.span("height", 0.18, 0.25)
    thickness = draw.span("thickness", 0.02, 0.035)
    front = chair.seat_depth / 2 - draw.span("front_gap", 0.04, 0.14)
    rear = -chair.seat_depth / 2 + draw.span("rear_gap", 0.0, 0.1)
    for side in draw.each(SIDES, LEFT_RIGHT):
        x = side * (max(half, chair.seat_width / 2) + draw.span("overhang", 0.0, 0.03))
        y = chair.seat_height + height
        start = (side * (chair.rear_width / 2 - 0.03), chair.seat_underside + 0.01, rear)
        end = (side * (chair.seat_width / 2 - 0.03), chair.seat_underside + 0.01, front - 0.05)
        tube(chair.piece, [start, (x, y, rear), (x, y, front), end], thickness, 0.06, FRAME)


def _bracket(chair: ChairDimensions, half: float) -> None:
    """Adds pads on tubes that begin under the seat."""
    draw = chair.draw
    height = chair.draw.span("height", 0.18, 0.24)
    thickness = draw.span("thickness", 0.018, 0.026)
    forward = draw.span("forward", -0.06, 0.06)
    for side in draw.each(SIDES, LEFT_RIGHT):
        x, y = side * (chair.seat_width / 2 + 0.03), chair.seat_height + height
        path = [
            (0.5 * x, chair.seat_underside - 0.004, forward),
            (x, chair.seat_underside - 0.004, forward),
            (x, y, forward - 0.02),
        ]
        tube(chair.piece, path, thickness, 0.03, FRAME)
        pad(chair, (x, y, forward + 0.02), draw.span("pad_length", 0.2, 0.28))


@builds("armrest")
def pad(
    chair: ChairDimensions, center: Sequence[float], length: float, material: int = METAL
) -> None:
    """Adds the cushioned top of an armrest.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    center : (3,) float
        Metres.
    length : float
        Metres along z.
    material : int
        Index into the materials of the piece.
    """
    draw = chair.draw
    size = (draw.span("pad_width", 0.045, 0.085), draw.span("pad_thickness", 0.022, 0.04), length)
    chair.piece.box(center, size, edge=0.4 * size[1], corner=0.45 * size[0], material=material)


@builds("armrest")
def office_arms(chair: ChairDimensions, kind: str | None = None) -> None:
    """Adds two arms that are fixed under the seat: T shapes, loops, swept arms or cantilevers.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    kind : str, optional
        Design; drawn by default.
    """
    draw = chair.draw
    kind = kind or draw.pick("design", {"t": 4, "loop": 3, "swept": 2, "fixed": 1})
    height = draw.span("height", 0.17, 0.25)
    x = chair.seat_width / 2 + draw.span("overhang", 0.02, 0.06)
    y, low = chair.seat_height + height, chair.seat_underside + 0.008
    thickness = draw.span("thickness", 0.025, 0.045)
    forward = draw.span("forward", -0.08, 0.02)
    is_padded = draw.often("is_padded", 0.5)
    tube_thickness = draw.span("tube_thickness", 0.02, 0.035)
    for side in draw.each(SIDES, LEFT_RIGHT):
        if kind == "t":
            elbow = (side * x, low - 0.01, forward)
            beam(
                chair.piece,
                (side * 0.12, low, forward),
                elbow,
                (0.02, 0.06),
                over=0.012,
                square=True,
            )
            beam(
                chair.piece,
                elbow,
                (side * x, y, forward - 0.02),
                (thickness * 0.7, thickness * 1.5),
                square=True,
                over=0.01,
            )
            pad(chair, (side * x, y + 0.006, forward + 0.02), draw.span("pad_length", 0.22, 0.28))
        elif kind == "loop":
            rear, front = forward - 0.13, forward + 0.16
            path = [
                (side * 0.14, low, rear + 0.05),
                (side * x, low, rear + 0.04),
                (side * x, y, rear),
            ]
            path += [
                (side * x, y, front),
                (side * x, low, forward + 0.08),
                (side * 0.14, low, forward + 0.08),
            ]
            tube(chair.piece, path, thickness, 0.05, FRAME)
            if is_padded:
                pad(chair, (side * x, y + 0.012, forward), 0.26)
        elif kind == "swept":
            back = chair.back_z(height + 0.08) + 0.02
            stations = [
                (forward + 0.12, low + 0.01),
                (forward + 0.19, y - 0.06),
                (forward + 0.13, y),
                (back, y + 0.02),
            ]
            points = [(side * x, py, pz) for pz, py in stations]
            points[0] = (side * (chair.seat_width / 2 - 0.04), low, forward + 0.1)
            points[-1] = (side * chair.rear_width * 0.42, y + 0.02, back - 0.02)
            tube(chair.piece, points, thickness * 1.25, 0.05, METAL if is_padded else FRAME)
        else:
            path = [
                (side * 0.15, low, forward),
                (side * x, low, forward),
                (side * x, y, forward - 0.04),
                (side * x, y, forward + 0.2),
            ]
            tube(chair.piece, path, tube_thickness, 0.04, FRAME)
            pad(chair, (side * x, y + 0.01, forward + 0.08), 0.24)


@builds("armrest")
def padded_arms(chair: ChairDimensions, height: float, thick: float, material: int) -> None:
    """Adds two thin upholstered sides that slope to the front.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    height : float
        Metres.
    thick : float
        Thickness, metres.
    material : int
        Index into the materials of the piece.
    """
    front_drop = chair.draw.span("front_drop", 0.0, 0.08)
    for side in LEFT_RIGHT:
        x = side * (chair.seat_width / 2 - thick / 2)
        rear = (x, chair.seat_underside + height * 0.5, -chair.seat_depth / 2)
        front = (x, chair.seat_underside + (height - front_drop) * 0.5, chair.seat_depth / 2 - 0.04)
        beam(
            chair.piece,
            rear,
            front,
            (height, thick),
            (height - front_drop, thick),
            square=True,
            edge=0.4 * thick,
            material=material,
        )
