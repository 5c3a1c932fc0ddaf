"""Moulded seats in one piece: side shells, arm shells, buckets and pods on every base."""

from math import cos, pi, radians, sin

from furniture.chairs import bases
from furniture.chairs.dimensions import BACK, SEAT, draw_plan, moulded
from furniture.parts import loft, often, pick, span, tilt
from furniture.primitives import Furniture

UNDER = {
    "spread": 4,
    "wire": 1.5,
    "legs": 3,
    "sled": 1.5,
    "swivel": 3,
    "pedestal": 1.5,
    "cantilever": 1,
}


def stand(plan, kind: str | None = None) -> None:
    """Any base under a shell."""
    kind = kind or pick(plan.rng, UNDER)
    if kind == "legs":
        bases.four_legs(plan, stretcher=pick(plan.rng, {"none": 4, "box": 1}))
        return
    {
        "spread": bases.spread,
        "wire": bases.wire,
        "sled": bases.sled,
        "swivel": bases.swivel,
        "pedestal": bases.pedestal,
        "cantilever": bases.cantilever,
    }[kind](plan)


def side_shell(rng, **fixed) -> Furniture:
    """A shell without arms: seat and back flow into each other."""
    fixed.setdefault("thick", span(rng, 0.012, 0.05))
    plan = draw_plan(rng, fixed.pop("name", "side_shell"), moulded(rng), **fixed)
    plan.tuck = 0.1 * plan.width
    bucket(plan, side=span(rng, 0.0, 1.0), waist=span(rng, 0.78, 1.0), crown=span(rng, 0.6, 1.05))
    stand(plan)
    if often(rng, 0.25):
        size = (plan.width * 0.85, 0.04, plan.depth * 0.8)
        plan.piece.box((0, plan.height + 0.005, 0.0), size, edge=0.016, corner=0.1, material=BACK)
    return plan.piece


def arm_shell(rng, **fixed) -> Furniture:
    """A shell whose sides rise to armrests: a low wall all around, a higher one behind."""
    fixed.setdefault("thick", span(rng, 0.014, 0.05))
    fixed.setdefault("rise", span(rng, 0.3, 0.45))
    fixed.setdefault("width", span(rng, 0.46, 0.58))
    plan = draw_plan(rng, fixed.pop("name", "arm_shell"), moulded(rng), **fixed)
    t, r = plan.thick, plan.width / 2
    plan.depth = plan.width * span(rng, 0.85, 1.0)
    lean, center = tilt(plan.lean * 0.6), -plan.depth / 2 + 0.02
    arm, turn = span(rng, 0.17, 0.26), span(rng, 0.95, 1.3)
    for top, reach, narrow in (
        (arm, turn, span(rng, 0.78, 1.0)),
        (span(rng, 0.5, 0.7) * (arm + plan.rise), turn * span(rng, 0.55, 0.7), 0.85),
        (plan.rise, turn * span(rng, 0.38, 0.52), span(rng, 0.6, 0.95)),
    ):
        low = plan.under + 0.2 * t
        tall = plan.height + top - low
        plan.piece.add(
            (0, low + tall / 2, center - tall / 2 * lean[1, 2] * 0.9),
            (pi * r * reach, tall, t),
            rotation=lean,
            bend=1 / r,
            taper=(narrow, 1.0),
            edge=0.45 * t,
            corner=0.45 * t,
            material=SEAT,
        )
    _shell_seat(plan)
    stand(plan)
    return plan.piece


def _shell_seat(plan) -> None:
    """The floor of an arm shell: a round plate, or a bowl with raised sides."""
    t, w, d, y = plan.thick, plan.width, plan.depth, plan.height - plan.thick / 2
    plan.tuck = 0.11 * w
    if often(plan.rng, 0.5):
        plan.piece.box((0, y, 0.01), (w * 0.99, t, d), edge=0.4 * t, corner=0.42 * d, material=SEAT)
    else:
        wrap = span(plan.rng, 0.6, 1.8)
        rows = ((0.52, -0.02, 0.8), (0.3, 0.0, 0.98), (-0.2, 0.0, 1.0), (-0.5, 0.01, 0.75))
        loft(plan.piece, [(d * z, y + up, w * s, wrap) for z, up, s in rows], t, SEAT)
    if often(plan.rng, 0.3):
        pad = (w * 0.84, 0.05, d * 0.84)
        plan.piece.box((0, plan.height + 0.012, 0.02), pad, edge=0.02, corner=0.16, material=BACK)


def bucket(plan, side: float, waist: float, crown: float) -> None:
    """Seat and back in one lofted sheet; the seat's upper side is the plan's height."""
    rng, d, w, t = plan.rng, plan.depth, plan.width, plan.thick
    y = plan.height - t / 2
    drop, sag = span(rng, 0.01, 0.04), span(rng, 0.0, 0.03)
    k, knee = side * 2.2, span(rng, 0.05, 0.1)
    wrap = span(rng, 0.3, 2.4)
    mid = (0.3 + 0.25 * span(rng, 0, 1)) * plan.rise
    stations = [
        (d / 2, y - drop, w * span(rng, 0.75, 0.95), 0.3 * k),
        (d * 0.3, y, w, k),
        (-d * 0.15, y - sag, w * 0.98, k),
        (-d / 2 + knee * 0.7, y + 0.012, w * (1 + waist) / 2, k),
        (-d / 2 - 0.01, y + knee, w * waist, wrap),
        (plan.behind(mid), y + mid, w * (waist + crown + 1) / 3, wrap),
        (plan.behind(plan.rise * 0.86), y + plan.rise * 0.86, w * (crown + 0.1), wrap),
        (plan.behind(plan.rise), y + plan.rise, w * crown * 0.75, wrap),
    ]
    loft(plan.piece, stations, t, SEAT)


def tub(rng, **fixed) -> Furniture:
    """A curved wall around a thick seat: barrel and tub chairs."""
    fixed.setdefault("rise", span(rng, 0.26, 0.45))
    fixed.setdefault("width", span(rng, 0.46, 0.64))
    fixed.setdefault("thick", span(rng, 0.1, 0.18))
    soft = pick(rng, {"fabric": 3, "leather": 2, "plastic": 0.5, "wood": 0.5})
    materials = (pick(rng, {"wood": 3, "metal": 2}), soft, soft, "metal")
    plan = draw_plan(rng, fixed.pop("name", "tub"), materials, **fixed)
    r, wall = plan.width / 2, span(rng, 0.03, 0.09)
    plan.depth = plan.rear = plan.width
    plan.tuck = 0.14 * plan.width
    low = plan.under - span(rng, 0.0, 0.04)
    top = plan.height + plan.rise
    turn = span(rng, 1.0, 1.45)
    plan.piece.add(
        (0, (low + top) / 2, -r - wall / 2),
        (2 * (r + wall / 2) * turn * pi / 2, top - low, wall),
        bend=1 / (r + wall / 2),
        taper=(span(rng, 0.5, 1.0), 1.0),
        edge=0.4 * wall,
        corner=0.45 * wall,
        material=BACK,
    )
    _tub_seat(plan, r)
    stand(plan, pick(rng, {"legs": 4, "spread": 1, "swivel": 2, "pedestal": 2}))
    return plan.piece


def _tub_seat(plan, r: float) -> None:
    rng, y, t = plan.rng, plan.height - plan.thick / 2, plan.thick
    edge = t * span(rng, 0.15, 0.45)
    if often(rng, 0.5):
        plan.piece.cylinder((0, y, 0), r * 1.02, t, edge=edge, radius_z=r * 1.1, material=SEAT)
    else:
        size = (2 * r + 0.02, t, 2 * r + 0.02)
        plan.piece.box((0, y, 0.02), size, edge=edge, corner=0.7 * r, material=SEAT)


def pod(rng, **fixed) -> Furniture:
    """An egg with its front cut open, on a swivel foot, a pedestal or legs."""
    width = span(rng, 0.6, 0.82)
    tall = width * span(rng, 0.85, 1.35)
    soft = pick(rng, {"fabric": 3, "leather": 2, "plastic": 2})
    fixed.setdefault("height", span(rng, 0.38, 0.48))
    plan = draw_plan(rng, fixed.pop("name", "pod"), ("metal", soft, soft, "plastic"), **fixed)
    deep = width * span(rng, 0.85, 1.05)
    low = plan.height - span(rng, 0.12, 0.2)
    y = low + tall / 2
    wall = span(rng, 0.04, 0.08)
    plan.piece.egg((0, y, 0), (width, tall, deep), material=SEAT)
    lift, out = plan.height - low, span(rng, 0.14, 0.28) * deep
    hollow = (width - 2 * wall, tall * 2 - 2 * lift, deep * 1.15)
    plan.piece.egg((0, plan.height + hollow[1] / 2, out), hollow, material=SEAT, cut=True)
    slope = span(rng, 20, 50)
    _cut_front(plan, y, tall, deep, slope, span(rng, 0.1, 0.3))
    plan.height, plan.thick = low + 0.06, 0.04
    plan.width = plan.depth = plan.rear = 0.5 * width
    stand(plan, pick(rng, {"swivel": 4, "pedestal": 3, "spread": 1}))
    return plan.piece


def _cut_front(plan, y, tall, deep, slope, keep) -> None:
    """Slice the egg by a plane that falls to the front, never into the seat."""
    c, s = cos(radians(slope)), sin(radians(slope))
    size = 2 * tall
    rise = max(y + keep * tall * 0.5, plan.height + 0.03 + 0.4 * deep * s / c)
    center = (0, rise + c * size / 2, s * size / 2)
    plan.piece.box(center, (size, size, size), rotation=tilt(-slope), cut=True)
