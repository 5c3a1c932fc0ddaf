"""Backs of frame chairs: between two posts, or standing on the seat; all follow the plan's lean."""

from math import asin, cos, pi, radians, sin

from furniture.chairs.dimensions import BACK, FRAME, SEAT, ChairDimensions
from furniture.parts import LEFT_RIGHT, arc, beam, loft, often, pick, spaced, span, tilt

FILLS = {
    "slats": 3,
    "ladder": 4,
    "cross": 1,
    "splat": 1.5,
    "panel": 3,
    "pad": 3,
    "rails": 1.5,
    "rungs": 1,
    "perforated": 0.8,
    "lyre": 0.5,
}


def rail(
    plan: ChairDimensions,
    h: float,
    width: float,
    height: float,
    thick: float,
    wrap=0.0,
    material=BACK,
):
    """A level rail across the back at `h` above the seat; its ends meet the back's plane."""
    x, y, z = plan.at(h)
    sag = width * width * wrap / 8
    section = min(height, thick)
    plan.piece.add(
        (x, y, z - sag),
        (width, height, thick),
        rotation=tilt(plan.lean),
        bend=wrap,
        edge=0.35 * section,
        corner=0.3 * section,
        material=material,
    )


def posts(
    plan: ChairDimensions, thick: float, square: bool, floor: bool = True, flare: float = 0.0
) -> float:
    """The two rear posts, down to the floor or to the seat; returns half their distance."""
    rng = plan.rng
    half = plan.narrow * plan.rear / 2 - thick * 0.45
    rake = span(rng, 0.0, 0.09) if often(rng, 0.7) else 0.0
    deep = thick * span(rng, 0.9, 1.4)
    narrow = span(rng, 0.65, 1.0)
    for s in LEFT_RIGHT:
        join = (
            s * half,
            plan.height - min(plan.thick, 0.03),
            -plan.depth / 2 + thick * 0.3 + plan.tuck,
        )
        top = plan.at(plan.rise, s * (half + flare))
        section, end = (thick, deep), (thick * narrow, deep * narrow)
        if floor:
            foot = (s * half, 0.0, join[2] - rake)
            beam(plan.piece, foot, join, end, section, square=square, over=0.004, material=FRAME)
        beam(plan.piece, join, top, section, end, square=square, over=0.006, material=FRAME)
        if not square and often(rng, 0.3):
            plan.piece.egg(top, (thick * 1.3, thick * 1.8, thick * 1.3), material=FRAME)
    return half + flare * 0.8


def fill(plan: ChairDimensions, half: float, kind: str | None = None, material: int = BACK) -> None:
    """What stands between posts `half` from the middle, up to the plan's rise."""
    rng = plan.rng
    kind = kind or pick(rng, FILLS)
    wrap = span(rng, 0.4, 1.8) if often(rng, 0.55) else 0.0
    width = 2 * half
    crest = span(rng, 0.035, 0.1)
    top = plan.rise - crest * span(rng, 0.2, 0.6)
    low = span(rng, 0.06, 0.2) * min(plan.rise / 0.45, 1.3)
    thick = span(rng, 0.015, 0.028)
    if kind in ("panel", "pad", "perforated"):
        _panel(plan, kind, width, low * pick(rng, (0.4, 1.0)), top + crest / 2, wrap, material)
        return
    rail(plan, top, width, crest, thick, wrap, material)
    if kind == "ladder":
        for h in spaced(low, top, pick(rng, range(3, 6)))[:-1]:
            rail(plan, h, width, crest * span(rng, 0.6, 0.95), thick * 0.8, wrap, material)
    elif kind == "rungs":
        count = int(span(rng, 3, 7))
        for h in spaced(low, top, count)[:-1]:
            rail(plan, h, width, 0.018, 0.018, wrap, material)
    elif kind == "rails":
        rail(plan, low + 0.05, width, crest * 0.8, thick, wrap, material)
    else:
        rail(plan, low, width, span(rng, 0.025, 0.05), thick, wrap, material)
        _uprights(plan, kind, width, low, top, wrap, material)


def _uprights(plan, kind, width, low, top, wrap, material) -> None:
    rng = plan.rng
    deep = width * width * wrap / 8

    def stand(x: float, end_x: float, section, end=None, square=True) -> None:
        away = -deep * (1 - (2 * x / width) ** 2)
        start, stop = plan.at(low, x, away), plan.at(top, end_x, away)
        beam(plan.piece, start, stop, section, end, square=square, material=material)

    if kind == "slats":
        square = often(rng, 0.6)
        count = int(span(rng, 3, 8))
        wide = span(rng, 0.012, 0.03) if square else span(rng, 0.01, 0.018)
        fan = span(rng, 0.85, 1.0)
        for x in spaced(-width / 2, width / 2, count + 2)[1:-1]:
            stand(x * fan, x, (wide, 0.012) if square else wide, square=square)
    elif kind == "cross":
        x = width / 2 - 0.01
        stand(-x, x, (0.028, 0.016))
        stand(x, -x, (0.028, 0.016))
        if often(rng, 0.3):
            plan.piece.egg(
                plan.at((low + top) / 2, 0, -deep), (0.07, 0.07, 0.03), material=material
            )
    elif kind == "splat":
        wide = span(rng, 0.08, 0.2)
        stand(0.0, 0.0, (wide, 0.014), (wide * span(rng, 0.7, 1.5), 0.014))
        if often(rng, 0.4):
            for s in LEFT_RIGHT:
                stand(s * width * 0.33, s * width * 0.33, (0.02, 0.012))
    else:
        for s in LEFT_RIGHT:
            start, stop = span(rng, 0.03, 0.08) * s, span(rng, 0.06, 0.12) * s
            stand(start, stop, (0.024, 0.014))
        stand(0, 0, (0.016, 0.012))
        plan.piece.egg(plan.at((low + top) / 2, 0, -deep), (0.12, 0.1, 0.02), material=material)


def _panel(plan, kind, width, low, top, wrap, material) -> None:
    """A board or pad between the posts, perhaps pierced."""
    rng = plan.rng
    pad = kind == "pad"
    thick = span(rng, 0.035, 0.08) if pad else span(rng, 0.012, 0.025)
    wrap = wrap * 0.6
    x, y, z = plan.at((low + top) / 2)
    sag = width * width * wrap / 8
    size = (width, (top - low) / cos(radians(plan.lean)), thick)
    narrow = span(rng, 0.85, 1.1) if often(rng, 0.3) else 1.0
    where = SEAT if pad else material
    plan.piece.add(
        (x, y, z - sag),
        size,
        rotation=tilt(plan.lean),
        bend=wrap,
        taper=(narrow, 1.0),
        edge=(0.45 if pad else 0.3) * thick,
        corner=(0.4 if pad else 0.2) * thick,
        material=where,
    )
    if kind == "perforated":
        rows, columns = int(span(rng, 1, 5)), int(span(rng, 2, 6))
        cell = (0.84 * width / columns, 0.8 * (top - low) / rows)
        for h in spaced(low + cell[1] * 0.6, top - cell[1] * 0.6, rows):
            for cx in spaced(-width / 2 + cell[0] * 0.6, width / 2 - cell[0] * 0.6, columns):
                hole = (cell[0] * 0.62, cell[1] * 0.6, 0.12)
                center = plan.at(h, cx, -sag)
                round_hole = 0.5 * min(hole[:2]) * span(rng, 0.1, 0.9)
                plan.piece.box(center, hole, edge=round_hole, rotation=tilt(plan.lean), cut=True)


def hoop(plan: ChairDimensions, inner: str | None = None, material: int = BACK) -> None:
    """A bow from the seat over the sitter's back, with spindles, a splat or a pad in it."""
    rng = plan.rng
    t = span(rng, 0.018, 0.035)
    radius = plan.narrow * plan.rear / 2 - t / 2
    flat = min(plan.rise - t / 2, 2.2 * radius)
    straight = max(flat - radius, 0.02)
    rotation = tilt(plan.lean)
    up = tuple(rotation[:, 1])
    base = -plan.depth / 2 + plan.tuck + t

    def on(x: float, h: float) -> tuple[float, float, float]:
        return x, plan.height + up[1] * h - 0.01, base + up[2] * h

    for s in LEFT_RIGHT:
        beam(
            plan.piece,
            on(s * radius, 0),
            on(s * radius, straight),
            t,
            over=0.004,
            material=material,
        )
    top = on(0, straight + radius)
    down = tuple(-v for v in up)
    arc(plan.piece, top, (-1, 0, 0), down, 1 / radius, pi * radius, (t, t), material=material)
    _inside_hoop(plan, on, radius, straight, inner, material, rotation)


def _inside_hoop(plan, on, radius, straight, inner, material, rotation) -> None:
    rng = plan.rng
    inner = inner or pick(rng, {"spindles": 5, "splat": 1, "pad": 2, "rail": 1})

    def ceiling(x: float) -> float:
        return straight + radius * cos(asin(max(-1, min(1, x / radius))))

    if inner in ("spindles", "splat"):
        count, thin = int(span(rng, 4, 9)), span(rng, 0.01, 0.016)
        for x in spaced(-0.78 * radius, 0.78 * radius, count):
            if inner == "splat" and abs(x) < 0.3 * radius:
                continue
            beam(plan.piece, on(x * 0.75, 0), on(x, ceiling(x)), thin, material=material)
        if inner == "splat":
            wide = (0.4 * radius, 0.012)
            beam(plan.piece, on(0, 0), on(0, ceiling(0)), wide, square=True, material=material)
    elif inner == "pad":
        top = ceiling(0) * span(rng, 0.85, 0.97)
        low = span(rng, 0.02, 0.5) * straight
        thick = span(rng, 0.015, 0.06)
        middle = on(0, (top + low) / 2)
        plan.piece.add(
            middle,
            (1.9 * radius, thick, top - low),
            rotation=rotation @ tilt(-90),
            corner=0.9 * radius,
            edge=0.4 * thick,
            material=SEAT,
        )
    else:
        h = straight * span(rng, 0.4, 0.9)
        ends = on(-radius, h), on(radius, h)
        beam(plan.piece, *ends, (span(rng, 0.05, 0.12), 0.016), square=True, material=material)


def padded(
    plan: ChairDimensions, thick: float, material: int = BACK, wrap: float | None = None
) -> None:
    """An upholstered back that grows out of the seat, maybe wrapping and with a rolled top."""
    rng = plan.rng
    wrap = (span(rng, 0, 1.8) if often(rng, 0.4) else 0.0) if wrap is None else wrap
    waist, crown = span(rng, 0.92, 1.03), span(rng, 0.88, 1.05)
    wide = plan.rear
    knee = span(rng, 0.25, 0.6)
    scoop = span(rng, 0.0, 0.03)
    stations = [
        (plan.behind(0) + thick / 2, plan.under + 0.01, wide, wrap * 0.5),
        (plan.behind(knee * plan.rise) + scoop, plan.height + knee * plan.rise, wide * waist, wrap),
        (
            plan.behind(plan.rise),
            plan.height + plan.rise - thick * 0.4,
            wide * crown,
            wrap,
        ),
    ]
    loft(plan.piece, stations, thick, material)
    if often(rng, 0.1):
        _, y, z = plan.at(plan.rise - thick * 0.4)
        roll = thick * span(rng, 1.2, 1.5)
        ends = (-wide * crown / 2, y, z - thick * 0.2), (wide * crown / 2, y, z - thick * 0.2)
        beam(plan.piece, *ends, roll, edge=0.01, material=material)


def standing(plan: ChairDimensions, material: int = BACK) -> None:
    """A plate held by one or two uprights that leave the seat: task and stacking chairs."""
    rng = plan.rng
    thick = span(rng, 0.015, 0.06)
    low, top = plan.rise * span(rng, 0.35, 0.6), plan.rise
    wide = plan.rear * span(rng, 0.8, 1.0)
    wrap = span(rng, 0.3, 2.2)
    shape(plan, low, top, wide, wrap, thick, material)
    sag = wide * wide * wrap / 8
    one = often(rng, 0.25)
    for x in (0.0,) if one else (-wide * 0.38, wide * 0.38):
        away = -sag * (1 - (2 * x / wide) ** 2) - thick * 0.3
        start = (x, plan.under + 0.006, -plan.depth / 2 + 0.03)
        bend = (x, plan.height + 0.02, plan.behind(0.0) + away * 0.5)
        section = (0.06, 0.012) if one else (0.022, 0.022)
        end = plan.at((low + top) / 2, x, away)
        beam(plan.piece, start, bend, section, square=one, over=0.008, material=FRAME)
        beam(plan.piece, bend, end, section, square=one, over=0.008, material=FRAME)


def shape(plan, low, top, wide, wrap, thick, material, round_ends=None) -> None:
    """A wrapped plate from `low` to `top` above the seat whose outline may narrow at the ends."""
    rng = plan.rng
    bottom = span(rng, 0.65, 1.0) if round_ends is None else round_ends
    crown = span(rng, 0.65, 1.0) if round_ends is None else round_ends
    sag = wide * wide * wrap / 8
    shares = (0.0, 0.25, 0.75, 1.0) if min(bottom, crown) < 0.92 else (0.0, 0.5, 1.0)
    widths = (bottom, 1.0, 1.0, crown) if len(shares) == 4 else (bottom, 1.0, crown)
    lumbar = span(rng, 0.0, 0.03)
    stations = []
    for share, w in zip(shares, widths, strict=True):
        h = low + (top - low) * share
        forward = lumbar * sin(pi * min(share * 1.6, 1.0)) - sag * w * w
        stations.append((plan.behind(h) + forward, plan.height + h, wide * w, wrap))
    loft(plan.piece, stations, thick, material)
