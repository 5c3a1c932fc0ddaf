"""Armrests of frame chairs and office chairs."""

from collections.abc import Sequence

from furniture.beams import LEFT_RIGHT, beam, tube
from furniture.chairs.parts.dimensions import FRAME, METAL, ChairDimensions
from furniture.choices import SIDES
from furniture.primitives import builds


@builds("armrest")
def arms(plan: ChairDimensions, half: float | None = None, kind: str | None = None) -> None:
    """Adds two wooden or tubular arms from the plane of the back to the front.

    Parameters
    ----------
    plan : ChairDimensions
        The chair; its piece gets the primitives.
    half : float, optional
        Distance of the uprights from the middle, metres.
    kind : str, optional
        Design; drawn by default.
    """
    kind = kind or plan.draw.pick("design", {"post": 3, "slope": 1.5, "loop": 2, "bracket": 1})
    half = plan.rear_width / 2 if half is None else half
    {"post": _post, "slope": _slope, "loop": _loop, "bracket": _bracket}[kind](plan, half)


def _post(plan: ChairDimensions, half: float) -> None:
    """Adds level rails on uprights at the seat's front corners."""
    draw = plan.draw
    h = plan.draw.span("height", 0.17, 0.25)
    t = draw.span("thickness", 0.022, 0.035)
    wide = draw.span("pad_width", 0.03, 0.065)
    square = draw.often("is_square", 0.6)
    front = plan.seat_depth / 2 - draw.span("front_gap", 0.02, 0.16)
    x = plan.seat_width / 2 + draw.span("overhang", -0.01, 0.02)
    for s in draw.each(SIDES, LEFT_RIGHT):
        rear = plan.back_point(h, s * half, -0.01)
        tip = (
            s * (x + 0.015),
            plan.seat_height + h - draw.span("tip_drop", -0.01, 0.01),
            front + 0.03,
        )
        beam(plan.piece, rear, tip, (t, wide), square=square, over=0.01, material=FRAME)
        foot = (
            s * (x - 0.012 - plan.leg_inset),
            plan.seat_underside - 0.005,
            front - 0.02 - plan.leg_inset * 0.5,
        )
        beam(plan.piece, foot, (tip[0] - s * 0.01, tip[1], front), t, square=square, material=FRAME)


def _slope(plan: ChairDimensions, half: float) -> None:
    """Adds arms that fall toward the front and bend down into the seat."""
    draw = plan.draw
    h = plan.draw.span("height", 0.2, 0.28)
    t = draw.span("thickness", 0.022, 0.034)
    front = plan.seat_depth / 2 - draw.span("front_gap", 0.06, 0.16)
    for s in LEFT_RIGHT:
        x = s * (plan.seat_width / 2 + 0.005)
        knee = (x * 1.06, plan.seat_height + h - 0.03, front)
        path = [
            plan.back_point(h, s * half),
            knee,
            (x * 0.94, plan.seat_underside + 0.005, front - 0.05),
        ]
        tube(plan.piece, path, t, 0.06, FRAME)


def _loop(plan: ChairDimensions, half: float) -> None:
    """Adds a closed loop of tube at each side of the seat."""
    draw = plan.draw
    h = plan.draw.span("height", 0.18, 0.25)
    t = draw.span("thickness", 0.02, 0.035)
    front = plan.seat_depth / 2 - draw.span("front_gap", 0.04, 0.14)
    rear = -plan.seat_depth / 2 + draw.span("rear_gap", 0.0, 0.1)
    for s in draw.each(SIDES, LEFT_RIGHT):
        x = s * (max(half, plan.seat_width / 2) + draw.span("overhang", 0.0, 0.03))
        y = plan.seat_height + h
        start = (s * (plan.rear_width / 2 - 0.03), plan.seat_underside + 0.01, rear)
        end = (s * (plan.seat_width / 2 - 0.03), plan.seat_underside + 0.01, front - 0.05)
        tube(plan.piece, [start, (x, y, rear), (x, y, front), end], t, 0.06, FRAME)


def _bracket(plan: ChairDimensions, half: float) -> None:
    """Adds pads on tubes that begin under the seat."""
    draw = plan.draw
    h = plan.draw.span("height", 0.18, 0.24)
    t = draw.span("thickness", 0.018, 0.026)
    z = draw.span("forward", -0.06, 0.06)
    for s in draw.each(SIDES, LEFT_RIGHT):
        x, y = s * (plan.seat_width / 2 + 0.03), plan.seat_height + h
        path = [
            (0.5 * x, plan.seat_underside - 0.004, z),
            (x, plan.seat_underside - 0.004, z),
            (x, y, z - 0.02),
        ]
        tube(plan.piece, path, t, 0.03, FRAME)
        pad(plan, (x, y, z + 0.02), draw.span("pad_length", 0.2, 0.28))


@builds("armrest")
def pad(
    plan: ChairDimensions, center: Sequence[float], length: float, material: int = METAL
) -> None:
    """Adds the cushioned top of an armrest.

    Parameters
    ----------
    plan : ChairDimensions
        The chair; its piece gets the primitives.
    center : (3,) float
        Metres.
    length : float
        Metres along z.
    material : int
        Index into the materials of the piece.
    """
    draw = plan.draw
    size = (draw.span("pad_width", 0.045, 0.085), draw.span("pad_thickness", 0.022, 0.04), length)
    plan.piece.box(center, size, edge=0.4 * size[1], corner=0.45 * size[0], material=material)


@builds("armrest")
def office_arms(plan: ChairDimensions, kind: str | None = None) -> None:
    """Adds two arms that are fixed under the seat: T shapes, loops, swept arms or cantilevers.

    Parameters
    ----------
    plan : ChairDimensions
        The chair; its piece gets the primitives.
    kind : str, optional
        Design; drawn by default.
    """
    draw = plan.draw
    kind = kind or draw.pick("design", {"t": 4, "loop": 3, "swept": 2, "fixed": 1})
    h = draw.span("height", 0.17, 0.25)
    x = plan.seat_width / 2 + draw.span("overhang", 0.02, 0.06)
    y, low = plan.seat_height + h, plan.seat_underside + 0.008
    t = draw.span("thickness", 0.025, 0.045)
    z = draw.span("forward", -0.08, 0.02)
    soft = draw.often("is_padded", 0.5)
    thick = draw.span("tube_thickness", 0.02, 0.035)
    for s in draw.each(SIDES, LEFT_RIGHT):
        if kind == "t":
            elbow = (s * x, low - 0.01, z)
            beam(plan.piece, (s * 0.12, low, z), elbow, (0.02, 0.06), over=0.012, square=True)
            beam(
                plan.piece, elbow, (s * x, y, z - 0.02), (t * 0.7, t * 1.5), square=True, over=0.01
            )
            pad(plan, (s * x, y + 0.006, z + 0.02), draw.span("pad_length", 0.22, 0.28))
        elif kind == "loop":
            rear, front = z - 0.13, z + 0.16
            path = [(s * 0.14, low, rear + 0.05), (s * x, low, rear + 0.04), (s * x, y, rear)]
            path += [(s * x, y, front), (s * x, low, z + 0.08), (s * 0.14, low, z + 0.08)]
            tube(plan.piece, path, t, 0.05, FRAME)
            if soft:
                pad(plan, (s * x, y + 0.012, z), 0.26)
        elif kind == "swept":
            back = plan.back_z(h + 0.08) + 0.02
            stations = [
                (z + 0.12, low + 0.01),
                (z + 0.19, y - 0.06),
                (z + 0.13, y),
                (back, y + 0.02),
            ]
            points = [(s * x, py, pz) for pz, py in stations]
            points[0] = (s * (plan.seat_width / 2 - 0.04), low, z + 0.1)
            points[-1] = (s * plan.rear_width * 0.42, y + 0.02, back - 0.02)
            tube(plan.piece, points, t * 1.25, 0.05, METAL if soft else FRAME)
        else:
            path = [(s * 0.15, low, z), (s * x, low, z), (s * x, y, z - 0.04), (s * x, y, z + 0.2)]
            tube(plan.piece, path, thick, 0.04, FRAME)
            pad(plan, (s * x, y + 0.01, z + 0.08), 0.24)


@builds("armrest")
def padded_arms(plan: ChairDimensions, height: float, thick: float, material: int) -> None:
    """Adds two thin upholstered sides that slope to the front.

    Parameters
    ----------
    plan : ChairDimensions
        The chair; its piece gets the primitives.
    height : float
        Metres.
    thick : float
        Thickness, metres.
    material : int
        Index into the materials of the piece.
    """
    drop = plan.draw.span("front_drop", 0.0, 0.08)
    for s in LEFT_RIGHT:
        x = s * (plan.seat_width / 2 - thick / 2)
        rear = (x, plan.seat_underside + height * 0.5, -plan.seat_depth / 2)
        front = (x, plan.seat_underside + (height - drop) * 0.5, plan.seat_depth / 2 - 0.04)
        beam(
            plan.piece,
            rear,
            front,
            (height, thick),
            (height - drop, thick),
            square=True,
            edge=0.4 * thick,
            material=material,
        )
