"""Armrests of frame and office chairs, on a `ChairDimensions`."""

from furniture.chairs.dimensions import FRAME, METAL, ChairDimensions
from furniture.parts import LEFT_RIGHT, beam, often, pick, span, tube


def arms(plan: ChairDimensions, half: float | None = None, kind: str | None = None) -> None:
    """Wooden or tubular arms from the back's plane, `half` from the middle, to the front."""
    kind = kind or pick(plan.rng, {"post": 3, "slope": 1.5, "loop": 2, "bracket": 1})
    half = plan.rear / 2 if half is None else half
    {"post": _post, "slope": _slope, "loop": _loop, "bracket": _bracket}[kind](plan, half)


def _post(plan: ChairDimensions, half: float) -> None:
    """A level rail on an upright that stands on the seat's front corner or on the front leg."""
    rng, h = plan.rng, span(plan.rng, 0.17, 0.25)
    t, wide = span(rng, 0.022, 0.035), span(rng, 0.03, 0.065)
    square, front = often(rng, 0.6), plan.depth / 2 - span(rng, 0.02, 0.16)
    x = plan.width / 2 + span(rng, -0.01, 0.02)
    for s in LEFT_RIGHT:
        rear = plan.at(h, s * half, -0.01)
        tip = (s * (x + 0.015), plan.height + h - span(rng, -0.01, 0.01), front + 0.03)
        beam(plan.piece, rear, tip, (t, wide), square=square, over=0.01, material=FRAME)
        foot = (s * (x - 0.012 - plan.tuck), plan.under - 0.005, front - 0.02 - plan.tuck * 0.5)
        beam(plan.piece, foot, (tip[0] - s * 0.01, tip[1], front), t, square=square, material=FRAME)


def _slope(plan: ChairDimensions, half: float) -> None:
    """An arm that falls and bends down into the seat."""
    rng, h = plan.rng, span(plan.rng, 0.2, 0.28)
    t, front = span(rng, 0.022, 0.034), plan.depth / 2 - span(rng, 0.06, 0.16)
    for s in LEFT_RIGHT:
        x = s * (plan.width / 2 + 0.005)
        knee = (x * 1.06, plan.height + h - 0.03, front)
        path = [plan.at(h, s * half), knee, (x * 0.94, plan.under + 0.005, front - 0.05)]
        tube(plan.piece, path, t, 0.06, FRAME)


def _loop(plan: ChairDimensions, half: float) -> None:
    """A closed loop of tube at the seat's side."""
    rng, h = plan.rng, span(plan.rng, 0.18, 0.25)
    t = span(rng, 0.02, 0.035)
    front, rear = plan.depth / 2 - span(rng, 0.04, 0.14), -plan.depth / 2 + span(rng, 0.0, 0.1)
    for s in LEFT_RIGHT:
        x = s * (max(half, plan.width / 2) + span(rng, 0.0, 0.03))
        y = plan.height + h
        start = (s * (plan.rear / 2 - 0.03), plan.under + 0.01, rear)
        end = (s * (plan.width / 2 - 0.03), plan.under + 0.01, front - 0.05)
        tube(plan.piece, [start, (x, y, rear), (x, y, front), end], t, 0.06, FRAME)


def _bracket(plan: ChairDimensions, half: float) -> None:
    """A tube from under the seat to a pad, held only below."""
    rng, h = plan.rng, span(plan.rng, 0.18, 0.24)
    t, z = span(rng, 0.018, 0.026), span(rng, -0.06, 0.06)
    for s in LEFT_RIGHT:
        x, y = s * (plan.width / 2 + 0.03), plan.height + h
        path = [(0.5 * x, plan.under - 0.004, z), (x, plan.under - 0.004, z), (x, y, z - 0.02)]
        tube(plan.piece, path, t, 0.03, FRAME)
        pad(plan, (x, y, z + 0.02), span(rng, 0.2, 0.28))


def pad(plan: ChairDimensions, center, length: float, material: int = METAL) -> None:
    """The cushioned top of an armrest."""
    rng = plan.rng
    size = (span(rng, 0.045, 0.085), span(rng, 0.022, 0.04), length)
    plan.piece.box(center, size, edge=0.4 * size[1], corner=0.45 * size[0], material=material)


def office_arms(plan: ChairDimensions, kind: str | None = None) -> None:
    """T arms, loops, swept arms or cantilevers that hold on to the seat's underside."""
    rng = plan.rng
    kind = kind or pick(rng, {"t": 4, "loop": 3, "swept": 2, "fixed": 1})
    h = span(rng, 0.17, 0.25)
    x = plan.width / 2 + span(rng, 0.02, 0.06)
    y, low = plan.height + h, plan.under + 0.008
    t, z = span(rng, 0.025, 0.045), span(rng, -0.08, 0.02)
    soft = often(rng, 0.5)
    thick = span(rng, 0.02, 0.035)
    for s in LEFT_RIGHT:
        if kind == "t":
            elbow = (s * x, low - 0.01, z)
            beam(plan.piece, (s * 0.12, low, z), elbow, (0.02, 0.06), over=0.012, square=True)
            beam(
                plan.piece, elbow, (s * x, y, z - 0.02), (t * 0.7, t * 1.5), square=True, over=0.01
            )
            pad(plan, (s * x, y + 0.006, z + 0.02), span(rng, 0.22, 0.28))
        elif kind == "loop":
            rear, front = z - 0.13, z + 0.16
            path = [(s * 0.14, low, rear + 0.05), (s * x, low, rear + 0.04), (s * x, y, rear)]
            path += [(s * x, y, front), (s * x, low, z + 0.08), (s * 0.14, low, z + 0.08)]
            tube(plan.piece, path, t, 0.05, FRAME)
            if soft:
                pad(plan, (s * x, y + 0.012, z), 0.26)
        elif kind == "swept":
            back = plan.behind(h + 0.08) + 0.02
            stations = [
                (z + 0.12, low + 0.01),
                (z + 0.19, y - 0.06),
                (z + 0.13, y),
                (back, y + 0.02),
            ]
            points = [(s * x, py, pz) for pz, py in stations]
            points[0] = (s * (plan.width / 2 - 0.04), low, z + 0.1)
            points[-1] = (s * plan.rear * 0.42, y + 0.02, back - 0.02)
            tube(plan.piece, points, t * 1.25, 0.05, METAL if soft else FRAME)
        else:
            path = [(s * 0.15, low, z), (s * x, low, z), (s * x, y, z - 0.04), (s * x, y, z + 0.2)]
            tube(plan.piece, path, thick, 0.04, FRAME)
            pad(plan, (s * x, y + 0.01, z + 0.08), 0.24)


def padded_arms(plan: ChairDimensions, height: float, thick: float, material: int) -> None:
    """Thin upholstered sides that stand on the seat, sloping to the front."""
    drop = span(plan.rng, 0.0, 0.08)
    for s in LEFT_RIGHT:
        x = s * (plan.width / 2 - thick / 2)
        rear = (x, plan.under + height * 0.5, -plan.depth / 2)
        front = (x, plan.under + (height - drop) * 0.5, plan.depth / 2 - 0.04)
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
