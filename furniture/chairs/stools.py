"""Seats without much of a back: stools, bar stools, benches, ottomans, pouffes, saddles."""

from math import cos, hypot, pi, sin

from furniture.chairs import bases, seats
from furniture.chairs.backs import fill, hoop, padded, posts, shape
from furniture.chairs.dimensions import (
    BACK,
    FRAME,
    SEAT,
    SOFT,
    ChairDimensions,
    draw_plan,
    upholstered,
    wooden,
)
from furniture.chairs.dining import framed, parsons
from furniture.chairs.shells import side_shell
from furniture.cushions import cushion
from furniture.parts import (
    LEFT_RIGHT,
    arc,
    beam,
    feet,
    interpolate,
    leg,
    loft,
    often,
    pick,
    span,
    spin,
    tilt,
)
from furniture.primitives import Furniture

UPWARD = spin(180)  # turns a lying board so that it bends up, not down


def stool(rng, **fixed) -> Furniture:
    """A seat on three or four legs, low or as tall as a bar."""
    tall = fixed.pop("tall", often(rng, 0.6))
    fixed.setdefault("height", span(rng, 0.58, 0.8) if tall else span(rng, 0.38, 0.5))
    fixed.setdefault("width", span(rng, 0.28, 0.44))
    fixed.setdefault("thick", span(rng, 0.025, 0.09))
    fixed.setdefault("depth", fixed["width"] * pick(rng, (1.0, 1.0, span(rng, 0.65, 0.95))))
    plan = draw_plan(rng, fixed.pop("name", "stool"), wooden(rng), rear=fixed["width"], **fixed)
    kind = pick(rng, {"round": 5, "board": 2, "pad": 2, "saddle": 1.5, "rush": 0.7})
    _saddle(plan) if kind == "saddle" else seats.seat(plan, kind)
    if kind == "round" and often(rng, 0.25):
        _tripod(plan)
    else:
        _splayed(plan)
    return plan.piece


def _saddle(plan: ChairDimensions) -> None:
    """A board that rises to both sides."""
    wrap, t = span(plan.rng, 0.8, 1.8), max(plan.thick * 0.7, 0.025)
    plan.thick = t
    middle = (0, plan.height - t / 2, 0)
    plan.piece.add(
        middle,
        (plan.width, plan.depth, t),
        rotation=tilt(-90) @ UPWARD,
        bend=wrap,
        edge=0.3 * t,
        corner=0.3 * t,
        material=SEAT,
    )


def _splayed(plan: ChairDimensions) -> None:
    """Four legs with stretchers at one or two heights, square or round ring."""
    rng = plan.rng
    splay = span(rng, 0.02, 0.1) if often(rng, 0.75) else 0.0
    tall = plan.height > 0.55
    kind = pick(rng, {"box": 6 if tall else 1, "double": 2, "h": 1, "none": 1 if tall else 4})
    ringed = tall and abs(plan.width - plan.depth) < 0.02 and often(rng, 0.25)
    legs = bases.four_legs(plan, splay=splay, stretcher="none" if ringed else kind)
    if ringed:
        at = interpolate(legs[0][1], legs[0][0], span(rng, 0.3, 0.5))
        r, t = hypot(at[0], at[2]), span(rng, 0.016, 0.025)
        middle = (0, at[1], -r)
        arc(plan.piece, middle, (1, 0, 0), (0, 0, 1), 1 / r, 2 * pi * r, (t, t), material=FRAME)


def _tripod(plan: ChairDimensions) -> None:
    rng, r = plan.rng, plan.width / 2 - 0.04
    turn, splay = span(rng, 0, 2), span(rng, 0.02, 0.09)
    style = pick(rng, bases.LEGS)
    t = span(rng, 0.028, 0.045)
    for i in range(3):
        c, s = cos(turn + 2 * pi * i / 3), sin(turn + 2 * pi * i / 3)
        top = (r * c, plan.under + 0.006, r * s)
        leg(plan.piece, rng, top, ((r + splay) * c, 0, (r + splay) * s), t, style, FRAME)
        if plan.height > 0.5 or often(rng, 0.4):
            beam(
                plan.piece, (0, 0.25, 0), ((r + splay * 0.5) * c, 0.25, (r + splay * 0.5) * s), 0.02
            )


def bar_chair(rng, **fixed) -> Furniture:
    """A stool at counter height with any back."""
    height = span(rng, 0.58, 0.8)
    kind = pick(rng, {"framed": 4, "parsons": 3, "bow": 1, "shell": 2, "low": 3})
    width = span(rng, 0.36, 0.46)
    sizes = {"height": height, "width": width, "depth": span(rng, 0.34, 0.44), "name": "bar_chair"}
    if kind == "framed":
        return framed(rng, rise=span(rng, 0.18, 0.45), **sizes)
    if kind == "parsons":
        return parsons(rng, rise=span(rng, 0.2, 0.5), **sizes)
    if kind == "shell":
        return side_shell(rng, rise=span(rng, 0.2, 0.42), **sizes)
    plan = draw_plan(rng, sizes.pop("name"), wooden(rng), rise=span(rng, 0.2, 0.42), **sizes)
    plan.rear = plan.width
    seats.seat(plan, pick(rng, {"round": 4, "pad": 1}))
    _splayed(plan)
    if kind == "bow":
        hoop(plan)
    else:
        _low_back(plan)
    return plan.piece


def _low_back(plan: ChairDimensions) -> None:
    rng = plan.rng
    if often(rng, 0.5):
        half = posts(plan, span(rng, 0.022, 0.034), often(rng, 0.5), floor=False)
        fill(plan, half)
        return
    top = plan.rise * 0.8
    wrap, wide = span(rng, 1, 3.5), plan.width * span(rng, 0.8, 1.1)
    shape(plan, top * 0.5, top, wide, wrap, span(rng, 0.02, 0.05), BACK, 1.0)
    sag = wide * wide * wrap / 8
    for s in LEFT_RIGHT:
        x = s * plan.width * 0.22
        away = -sag * (1 - (2 * x / wide) ** 2)
        start = (x, plan.under + 0.01, -plan.depth * 0.38)
        beam(plan.piece, start, plan.at(top * 0.75, x, away), 0.024, over=0.01, material=FRAME)


def pedestal_stool(rng, **fixed) -> Furniture:
    """A bar stool on a post: disc foot, foot rest, disc, tractor or shell seat."""
    fixed.setdefault("height", span(rng, 0.6, 0.84))
    fixed.setdefault("width", span(rng, 0.34, 0.46))
    fixed.setdefault("rise", span(rng, 0.05, 0.4))
    soft = pick(rng, {"leather": 3, "plastic": 2, "fabric": 1, "wood": 1})
    materials = (pick(rng, {"metal": 5, "painted": 1}), soft, soft, "metal")
    plan = draw_plan(rng, fixed.pop("name", "pedestal_stool"), materials, **fixed)
    plan.depth, plan.thick = plan.width * 0.95, span(rng, 0.03, 0.1)
    seats.seat(plan, "round")
    if often(rng, 0.6):
        wide, wrap = plan.width * span(rng, 0.8, 1.15), span(rng, 1.5, 4.0)
        plan.rear = plan.width
        if often(rng, 0.5):
            padded(plan, span(rng, 0.03, 0.06), BACK, wrap * 0.6)
        else:
            shape(plan, -0.02, plan.rise, wide, wrap, span(rng, 0.02, 0.05), BACK)
    bases.pedestal(plan) if often(rng, 0.8) else bases.swivel(plan)
    if often(rng, 0.75):
        bases.foot_ring(plan, span(rng, 0.2, 0.34), span(rng, 0.14, 0.2))
    return plan.piece


def saddle_stool(rng, **fixed) -> Furniture:
    """A swivel stool on castors: round pad or saddle, no back."""
    fixed.setdefault("height", span(rng, 0.42, 0.62))
    fixed.setdefault("width", span(rng, 0.33, 0.44))
    materials = ("metal", *(pick(rng, SOFT),) * 2, "plastic")
    plan = draw_plan(rng, fixed.pop("name", "saddle_stool"), materials, **fixed)
    plan.thick = span(rng, 0.05, 0.1)
    plan.depth = plan.width * span(rng, 0.85, 1.0)
    if often(rng, 0.5):
        seats.seat(plan, "round")
    else:
        y, d, t = plan.height - plan.thick / 2, plan.depth, plan.thick
        stations = [
            (d / 2, y + 0.03, plan.width * 0.55, -1.5),
            (0.1 * d, y, plan.width * 0.8, -2.0),
            (-0.3 * d, y, plan.width, -1.2),
            (-d / 2, y + 0.04, plan.width * 0.85, -0.5),
        ]
        loft(plan.piece, stations, t, SEAT)
    bases.swivel(plan, castors=True)
    if often(rng, 0.3) and plan.height > 0.5:
        bases.foot_ring(plan, 0.2, 0.2)
    return plan.piece


def bench(rng, **fixed) -> Furniture:
    """A long seat, its long side facing front: planks on legs or panels, or a padded bench."""
    fixed.setdefault("width", span(rng, 0.7, 1.5))
    fixed.setdefault("depth", span(rng, 0.28, 0.42))
    materials = wooden(rng) if often(rng, 0.6) else upholstered(rng)
    name = fixed.pop("name", "bench")
    plan = draw_plan(rng, name, materials, rear=fixed["width"], **fixed)
    seats.seat(plan, pick(rng, {"board": 4, "pad": 2, "slatted": 0.7}))
    if often(rng, 0.55):
        bases.four_legs(plan)
        return plan.piece
    t = span(rng, 0.02, 0.05)
    lean = span(rng, 0.0, 0.05)
    for s in LEFT_RIGHT:
        x = s * (plan.width / 2 - span(rng, 0.0, 0.14) - t)
        top, foot = (x, plan.under + 0.01, 0), (x + s * lean, 0, 0)
        section = (t, plan.depth * span(rng, 0.75, 0.95))
        beam(plan.piece, foot, top, section, square=True, material=FRAME)
    if often(rng, 0.7):
        x, y = plan.width / 2 - 0.1, plan.under * span(rng, 0.3, 0.8)
        beam(plan.piece, (-x, y, 0), (x, y, 0), (span(rng, 0.04, 0.12), 0.025), square=True)
    return plan.piece


def ottoman(rng, **fixed) -> Furniture:
    """A soft block: pouffe, cube, footstool on feet or on bent wood."""
    soft = pick(rng, {"fabric": 3, "leather": 2})
    piece = Furniture("chair", ("wood", soft, soft, "metal"), "ottoman")
    w, h = span(rng, 0.4, 0.8), span(rng, 0.28, 0.46)
    d, lift = w * span(rng, 0.6, 1.0), pick(rng, (0.0, span(rng, 0.03, 0.2)))
    kind = pick(rng, {"box": 3, "drum": 2, "pouf": 1.5})
    body = h - lift
    middle = (0, lift + body / 2, 0)
    if kind == "pouf":
        piece.box(middle, (w, body, w), edge=0.45 * body, corner=0.45 * w, material=SEAT)
    elif kind == "drum":
        piece.cylinder(middle, w / 2, body, edge=span(rng, 0.02, 0.08), material=SEAT)
    else:
        base = body * span(rng, 0.45, 0.8)
        piece.box((0, lift + base / 2, 0), (w, base, d), edge=0.015, material=SEAT)
        top = body - base + 0.02
        cushion(piece, rng, (0, h - top / 2, 0), (w, top, d), material=SEAT)
    feet(piece, rng, w * 0.9, (d if kind == "box" else w) * 0.9, lift, 0.13 * w, material=FRAME)
    return piece
