"""Beds: frames, head and foot boards, mattresses and bedding, bunks, lofts, canopies, cots.

Seen in the real grids: the head stands at the back (-z) and the long side runs along z (a day bed's
along x); a mattress lies on most, flat and without linen; the space under slatted frames is empty,
that under drawers and divans solid. Width over length 0.5-0.9, height 0.35-0.5 of the length.
"""

from dataclasses import dataclass

import numpy as np

from training.synthetic.primitives import Furniture
from training.synthetic.shapes.parts import (
    SIDES,
    arc,
    beam,
    leg,
    often,
    pick,
    slices,
    span,
    tilt,
    tube,
)
from training.synthetic.shapes.soft_parts import pillow

FRAME, MATTRESS, LINEN, PILLOW = 0, 1, 2, 3
WIDTHS = {0.9: 4, 1.2: 1.2, 1.4: 3, 1.6: 4, 1.8: 2, 2.0: 0.6}


@dataclass
class Bed:
    """Measures of a bed, metres, its middle over the origin, the head at z < 0."""

    piece: Furniture
    rng: np.random.Generator
    width: float
    length: float
    deck: float  # height of the slats, where the mattress lies
    mattress: float  # thickness

    @property
    def top(self) -> float:
        return self.deck + self.mattress


def draw_bed(rng, name: str, frame: str | None = None, **fixed) -> Bed:
    """Random measures and materials."""
    frame = frame or pick(rng, {"wood": 5, "painted": 2, "metal": 1, "fabric": 2, "leather": 0.7})
    sizes = {
        "width": pick(rng, WIDTHS) * span(rng, 0.95, 1.06),
        "length": span(rng, 1.9, 2.08),
        "deck": span(rng, 0.2, 0.36),
        "mattress": span(rng, 0.1, 0.28),
    }
    sizes.update(fixed)
    return Bed(Furniture("bed", (frame, "fabric", "fabric", "fabric"), name), rng, **sizes)


def mattress(b: Bed, bedding: bool | None = None) -> None:
    """The mattress on its deck, and perhaps pillows, a duvet, a throw."""
    rng, p = b.rng, b.piece
    size = (b.width - 0.03, b.mattress, b.length - 0.03)
    edge = b.mattress * span(rng, 0.1, 0.45)
    corner = span(rng, 0.03, 0.1)
    p.box((0, b.top - size[1] / 2, 0), size, edge=edge, corner=corner, part=MATTRESS)
    p.box((0, b.deck - 0.01, 0), (b.width, 0.04, b.length), part=FRAME)
    if often(rng, 0.5) if bedding is None else bedding:
        pillows(b)
        if often(rng, 0.75):
            duvet(b)


def pillows(b: Bed) -> None:
    """One or two rows, flat or leaning on the head board."""
    rng = b.rng
    count = 1 if b.width < 1.15 else 2
    w = min(b.width / count - 0.06, span(rng, 0.55, 0.75))
    flat = often(rng, 0.7)
    for row in range(pick(rng, {1: 4, 2: 1})):
        d, h = span(rng, 0.36, 0.46), span(rng, 0.12, 0.2)
        z = -b.length / 2 + (d / 2 + 0.03 if flat else 0.16) + row * span(rng, 0.12, 0.2)
        y = b.top + (h * 0.36 if flat else d * 0.4)
        turn = tilt(0 if flat else -55)
        for x in slices(-b.width / 4, b.width / 4, count):
            pillow(b.piece, (x, y, z), (w, h, d), turn, PILLOW)


def duvet(b: Bed) -> None:
    """A cover that hangs over the sides, its edge turned back below the pillows."""
    rng, p = b.rng, b.piece
    start = -b.length / 2 + span(rng, 0.35, 0.75)
    thick, hang = span(rng, 0.03, 0.1), span(rng, 0.02, 0.25)
    end = b.length / 2 + pick(rng, (-0.02, 0.03, -span(rng, 0.05, 0.7)))
    size = (b.width + 0.04, thick + hang, end - start)
    y = b.top + thick - size[1] / 2
    p.box((0, y, (start + end) / 2), size, edge=0.8 * thick, corner=0.06, part=LINEN)
    if often(rng, 0.4):
        fold = (b.width + 0.05, thick * 1.3, span(rng, 0.15, 0.3))
        p.box((0, b.top + thick, start + fold[2] / 2), fold, edge=0.4 * thick, part=MATTRESS)
    if often(rng, 0.25):
        throw = (b.width + 0.08, thick + hang + 0.03, span(rng, 0.4, 0.6))
        z = end - throw[2] / 2 - span(rng, 0, 0.3)
        p.box((0, y + 0.01, z), throw, edge=0.02, part=PILLOW)


def rails(b: Bed, height: float, thick: float = 0.03, out: float = 0.0) -> None:
    """The two side rails around the deck."""
    x = b.width / 2 + thick / 2 + out
    y = b.deck + span(b.rng, -0.02, 0.06) - height / 2
    for s in SIDES:
        p = b.piece
        p.box((s * x, y, 0), (thick, height, b.length + 0.02), edge=0.006, part=FRAME)


def board(b: Bed, z: float, top: float, kind: str, low: float = 0.0) -> None:
    """A head or foot board at `z` up to `top`: its kind names what fills it."""
    p, rng, w = b.piece, b.rng, b.width + 0.06
    t = span(rng, 0.03, 0.07)
    if kind == "panel":
        low = pick(rng, (0.0, b.deck - 0.08)) if low == 0.0 else low
        p.box((0, (low + top) / 2, z), (w, top - low, t), edge=0.01, part=FRAME)
        _stubs(b, z, low, w, t)
    elif kind == "padded":
        t = span(rng, 0.06, 0.14)
        edge = t * span(rng, 0.15, 0.48)
        p.box((0, (low + top) / 2, z - t / 4), (w, top - low, t), edge=edge, part=FRAME)
        if often(rng, 0.5):
            _channels(b, z - t / 4, top, w, t)
    elif kind == "arched":
        p.box((0, (low + top) / 2 - 0.06, z), (w, top - low - 0.12, t), edge=0.01, part=FRAME)
        p.egg((0, top - 0.12, z), (w * 0.9, 0.24, t), part=FRAME)
    elif kind == "sleigh":
        _sleigh(b, z, top, w, t)
    else:
        _open_board(b, z, top, kind, w, t)


def _stubs(b: Bed, z: float, low: float, w: float, t: float) -> None:
    if low > 0:
        for s in SIDES:
            x = s * (w / 2 - 0.04)
            beam(b.piece, (x, 0, z), (x, low + 0.05, z), (0.07, t), square=True, part=FRAME)


def _channels(b: Bed, z: float, top: float, w: float, t: float) -> None:
    """Upholstered tubes or buttoned squares on a padded board."""
    rng, p = b.rng, b.piece
    low = b.top - 0.05
    if often(rng, 0.5):
        count = int(span(rng, 4, 10))
        each = w / count
        for x in slices(-w / 2 + each / 2, w / 2 - each / 2, count):
            size = (each, top - low, t * 1.3)
            p.box((x, (low + top) / 2, z + 0.01), size, edge=0.03, corner=0.03, part=FRAME)
    else:
        count = int(span(rng, 2, 4))
        for x in slices(-w / 2 + w / count / 2, w / 2 - w / count / 2, count):
            size = (w / count * 0.96, top - low, t * 1.5)
            p.box((x, (low + top) / 2, z + 0.02), size, edge=0.03, part=FRAME)


def _sleigh(b: Bed, z: float, top: float, w: float, t: float) -> None:
    """A board that rolls outward."""
    sign = 1.0 if z > 0 else -1.0
    low, p = b.deck - 0.1, b.piece
    h = top - low
    radius = h * span(b.rng, 0.7, 1.2)
    place = (0, low + h / 2, z)
    arc(p, place, (0, 1, 0), (0, 0, sign), 1 / radius, h * 1.05, (w, t), edge=0.01, part=FRAME)
    away = h * h / radius / 8
    roll = span(b.rng, 0.05, 0.1)
    ends = (-w / 2, top - 0.01, z + sign * away), (w / 2, top - 0.01, z + sign * away)
    beam(p, *ends, roll, edge=0.01, part=FRAME)
    for s in SIDES:
        x = s * (w / 2 - 0.05)
        foot = z + sign * away * 1.2
        beam(p, (x, 0, foot), (x, low + 0.1, z + sign * away), 0.07, square=True, part=FRAME)


def _open_board(b: Bed, z: float, top: float, kind: str, w: float, t: float) -> None:
    """Two posts with slats, bars, ladder rungs or a hoop of metal tube between them."""
    rng, p = b.rng, b.piece
    metal = b.piece.materials[FRAME] == "metal"
    post = span(rng, 0.025, 0.04) if metal else span(rng, 0.05, 0.08)
    x, low = w / 2 - post / 2, b.deck + span(rng, 0.0, 0.12)
    thin = span(rng, 0.012, 0.02) if metal else span(rng, 0.02, 0.05)
    if kind == "hoop":
        radius = min(span(rng, 0.1, 0.5), top - low, w / 2 - 0.02)
        path = [(-x, 0, z), (-x, top, z), (x, top, z), (x, 0, z)]
        tube(p, path, post, radius, FRAME)
    else:
        for s in SIDES:
            beam(p, (s * x, 0, z), (s * x, top, z), post, square=not metal, part=FRAME)
            if often(rng, 0.3):
                p.egg((s * x, top + post * 0.4, z), (post * 1.4,) * 3, part=FRAME)
        size = (span(rng, 0.04, 0.12), post * 0.7)
        y = top - size[0] * span(rng, 0.5, 1.2)
        beam(p, (-x, y, z), (x, y, z), thin * 1.3 if metal else size, square=not metal, part=FRAME)
    beam(p, (-x, low, z), (x, low, z), (thin * 1.5, thin), square=not metal, part=FRAME)
    if kind == "rungs":
        for y in slices(low, top - 0.05, int(span(rng, 3, 5)))[1:-1]:
            section = (span(rng, 0.04, 0.1), 0.022)
            beam(p, (-x, y, z), (x, y, z), thin if metal else section, square=not metal, part=FRAME)
    elif kind in ("bars", "hoop"):
        for u in slices(-x, x, int(span(rng, 6, 14)))[1:-1]:
            cap = top - 0.02 if kind == "bars" else _under_hoop(u, x, top, radius)
            beam(p, (u, low, z), (u, cap, z), thin, square=not metal, part=FRAME)
    elif kind == "fields":
        count = int(span(rng, 2, 5))
        wide = span(rng, 0.4, 1.0) * 2 * x / count
        for u in slices(-x + x / count, x - x / count, count):
            size = (wide, top - low - 0.04, 0.016)
            p.box((u, (low + top) / 2, z), size, part=FRAME)


def _under_hoop(u: float, x: float, top: float, radius: float) -> float:
    inside = max(abs(u) - (x - radius), 0.0)
    return top - radius + (max(radius * radius - inside * inside, 0.0)) ** 0.5


HEADS = {"panel": 5, "padded": 3, "arched": 0.7, "sleigh": 0.6, "bars": 2, "rungs": 1.5}
HEADS |= {"fields": 1, "hoop": 0.7}


def head_kind(b: Bed) -> str:
    """A board that suits the frame's material."""
    material = b.piece.materials[FRAME]
    if material in ("fabric", "leather"):
        return pick(b.rng, {"padded": 6, "panel": 1, "arched": 1})
    if material == "metal":
        return pick(b.rng, {"bars": 3, "rungs": 1, "hoop": 3})
    return pick(b.rng, {k: v for k, v in HEADS.items() if k not in ("padded", "hoop")})


def framed(rng) -> Furniture:
    """Head board, rails, legs or a foot board, a mattress: most beds."""
    b = draw_bed(rng, "framed")
    p = b.piece
    kind, metal = head_kind(b), b.piece.materials[FRAME] == "metal"
    half = b.length / 2 + 0.03
    if often(rng, 0.92):
        board(b, -half, span(rng, 0.7, 1.25), kind)
    if often(rng, 0.35):
        top = b.top + span(rng, -0.1, 0.3)
        board(b, half, top, kind if kind != "padded" else "panel")
        rear_only = False
    else:
        rear_only = True
        h = span(rng, 0.08, 0.25)
        p.box((0, b.deck + 0.03 - h / 2, half - 0.01), (b.width + 0.06, h, 0.04), part=FRAME)
    rails(b, span(rng, 0.04, 0.06) if metal else span(rng, 0.1, 0.26))
    ends = (half - 0.05,) if rear_only else ()
    for z in (*ends, *((-half + 0.05,) if often(rng, 0.6) else ())):
        for s in SIDES:
            x = s * (b.width / 2 - 0.02)
            style = pick(rng, ("straight", "tapered", "tapered_round", "block", "round"))
            leg(p, rng, (x, b.deck, z), (x, 0, z), span(rng, 0.05, 0.09), style, FRAME)
    mattress(b)
    return p


def divan(rng) -> Furniture:
    """A solid base to the floor or nearly: box springs and storage beds."""
    b = draw_bed(rng, "divan", deck=span(rng, 0.26, 0.42), mattress=span(rng, 0.14, 0.3))
    p, lift = b.piece, pick(rng, (0.0, span(rng, 0.03, 0.12)))
    w, edge = b.width + span(rng, 0, 0.08), span(rng, 0.008, 0.04)
    size = (w, b.deck - lift, b.length + 0.02)
    p.box((0, (lift + b.deck) / 2, 0), size, edge=edge, part=FRAME)
    if often(rng, 0.45):
        count, h = int(span(rng, 1, 4)), (b.deck - lift) * span(rng, 0.5, 0.8)
        for s in SIDES:
            for z in slices(-b.length * 0.33, b.length * 0.33, count):
                d = b.length * 0.9 / max(count, 2)
                middle = (s * (w / 2 + 0.004), lift + (b.deck - lift) / 2, z)
                p.box(middle, (0.02, h, d - 0.03), part=FRAME)
                p.box((middle[0] + s * 0.012, middle[1], z), (0.02, 0.02, 0.12), part=PILLOW)
    if often(rng, 0.75):
        kind = pick(rng, ("padded", "panel", "shelf"))
        z, top = -b.length / 2 - 0.03, span(rng, 0.8, 1.3)
        if kind == "shelf":
            _shelf_head(b, z, top, w)
        else:
            board(b, z, top, kind)
    if lift:
        for sx in SIDES:
            for sz in SIDES:
                x, z = sx * (w / 2 - 0.1), sz * (b.length / 2 - 0.1)
                leg(p, rng, (x, lift + 0.02, z), (x, 0, z), 0.06, "block", FRAME)
    mattress(b)
    return p


def _shelf_head(b: Bed, z: float, top: float, w: float) -> None:
    """A head board as deep as a bookcase, open at the sides."""
    deep, p = span(b.rng, 0.15, 0.3), b.piece
    p.box((0, top / 2, z - 0.01), (w, top, 0.03), part=FRAME)
    p.box((0, top / 2, z - deep), (w, top, 0.02), part=FRAME)
    for y in slices(0.02, top - 0.012, 4):
        p.box((0, y, z - deep / 2), (w, 0.024, deep), part=FRAME)


def platform(rng) -> Furniture:
    """A low deck wider than its mattress: tatami, pallets and Malm-like frames."""
    b = draw_bed(rng, "platform", deck=span(rng, 0.1, 0.26), mattress=span(rng, 0.1, 0.24))
    p, out, t = b.piece, span(rng, 0.02, 0.2), span(rng, 0.03, 0.12)
    w, d = b.width + 2 * out, b.length + 2 * out
    p.box((0, b.deck - t / 2, 0), (w, t, d), edge=0.01, part=FRAME)
    inset = span(rng, 0.03, 0.3)
    if often(rng, 0.5):
        size = (w - 2 * inset, b.deck - t / 2, d - 2 * inset)
        p.box((0, size[1] / 2, 0), size, part=FRAME)
    else:
        for sx in SIDES:
            for sz in SIDES:
                x, z = sx * (w / 2 - inset), sz * (d / 2 - inset)
                leg(p, rng, (x, b.deck - t / 2, z), (x, 0, z), 0.08, "block", FRAME)
    if often(rng, 0.6):
        board(b, -d / 2, span(rng, 0.5, 0.9), pick(rng, ("panel", "padded", "rungs")))
    mattress(b)
    return p


def day_bed(rng) -> Furniture:
    """A narrow bed with its long side as the front and boards on three sides."""
    b = draw_bed(rng, "day_bed", width=span(rng, 0.8, 1.0), deck=span(rng, 0.28, 0.4))
    p, solid = b.piece, often(rng, 0.5)
    high, side, t = span(rng, 0.7, 1.05), span(rng, 0.6, 0.95), span(rng, 0.03, 0.06)
    x, z = b.length / 2, b.width / 2
    kind = "panel" if solid else "bars"
    _fence(b, (-x, -z), (x, -z), high, kind, t)
    for s in SIDES:
        _fence(b, (s * x, -z), (s * x, z), min(side, high), kind, t)
    base = b.deck if often(rng, 0.5) else 0.2
    p.box((0, b.deck - base / 2 + 0.02, 0), (b.length, base, b.width), edge=0.008, part=FRAME)
    size = (b.length - 0.04, b.mattress, b.width - 0.02)
    p.box((0, b.top - b.mattress / 2, 0), size, edge=0.3 * b.mattress, part=MATTRESS)
    for s in SIDES if often(rng, 0.4) else ():
        pillow(p, (s * x * 0.7, b.top + 0.2, -z * 0.7), (0.5, 0.45, 0.16), tilt(20), PILLOW)
    return p


def _fence(b: Bed, start, end, top: float, kind: str, t: float) -> None:
    """A side of panels or bars between two posts on the floor, points in plan."""
    p, rng = b.piece, b.rng
    (x0, z0), (x1, z1) = start, end
    for x, z in (start, end):
        beam(p, (x, 0, z), (x, top, z), max(t, 0.04), square=True, part=FRAME)
    flat = max(t * 0.8, 0.02)
    for y in (top - 0.03, b.deck):
        beam(p, (x0, y, z0), (x1, y, z1), (0.06, flat), square=True, part=FRAME)
    if kind == "panel":
        size = (abs(x1 - x0) + 0.01, top - b.deck, abs(z1 - z0) + 0.01)
        size = (max(size[0], 0.02), size[1], max(size[2], 0.02))
        p.box(((x0 + x1) / 2, (top + b.deck) / 2, (z0 + z1) / 2), size, part=FRAME)
    else:
        count = int(span(rng, 4, 9))
        for share in slices(0, 1, count + 2)[1:-1]:
            x, z = x0 + (x1 - x0) * share, z0 + (z1 - z0) * share
            beam(p, (x, b.deck, z), (x, top - 0.03, z), 0.02, part=FRAME)


def cot(rng) -> Furniture:
    """A child's bed behind bars."""
    b = draw_bed(
        rng, "cot", "wood" if often(rng, 0.6) else "painted", width=span(rng, 0.6, 0.72),
        length=span(rng, 1.1, 1.45), deck=span(rng, 0.2, 0.5), mattress=0.1,
    )  # fmt: skip
    x, z, top = b.width / 2, b.length / 2, span(rng, 0.78, 1.0)
    t = span(rng, 0.035, 0.05)
    ends = pick(rng, ("panel", "bars"))
    _fence(b, (-x, -z), (x, -z), top, ends, t)
    _fence(b, (-x, z), (x, z), top, ends, t)
    for s in SIDES:
        _fence(b, (s * x, -z), (s * x, z), top - span(rng, 0, 0.06), "bars", t)
    mattress(b, bedding=False)
    return b.piece


def canopy(rng) -> Furniture:
    """Four tall posts, joined above, with or without cloth."""
    b = draw_bed(rng, "canopy", pick(rng, {"wood": 3, "metal": 2, "painted": 1}))
    p, high, metal = b.piece, span(rng, 1.8, 2.2), b.piece.materials[0] == "metal"
    t = span(rng, 0.028, 0.045) if metal else span(rng, 0.06, 0.1)
    x, z = b.width / 2 + t / 2, b.length / 2 + t / 2
    for sx in SIDES:
        for sz in SIDES:
            beam(p, (sx * x, 0, sz * z), (sx * x, high, sz * z), t, square=not metal, part=FRAME)
    if often(rng, 0.85):
        for s in SIDES:
            beam(
                p, (s * x, high, -z), (s * x, high, z), t, square=not metal, over=t / 2, part=FRAME
            )
            beam(
                p, (-x, high, s * z), (x, high, s * z), t, square=not metal, over=t / 2, part=FRAME
            )
    board(b, -z, span(rng, 0.8, 1.2), pick(rng, ("panel", "bars", "rungs")))
    p.box((0, b.deck, z), (2 * x, 0.14, 0.03), part=FRAME)
    rails(b, 0.14)
    if often(rng, 0.25):
        p.box((0, high, 0), (2 * x, 0.03, 2 * z), part=LINEN)
    if often(rng, 0.25):
        for s in SIDES:
            p.box((s * x, high / 2, -z + 0.1), (0.05, high - 0.1, 0.2), edge=0.02, part=LINEN)
    mattress(b)
    return p


def bunk(rng) -> Furniture:
    """Two decks one above the other, or one raised deck over an empty floor, and a ladder."""
    frame = pick(rng, {"wood": 3, "metal": 2, "painted": 1})
    b = draw_bed(
        rng, "bunk", frame, width=pick(rng, (0.9, 0.9, 1.0, 1.4)), mattress=span(rng, 0.1, 0.18)
    )
    p, high, metal = b.piece, span(rng, 1.25, 1.75), frame == "metal"
    t = span(rng, 0.03, 0.05) if metal else span(rng, 0.05, 0.09)
    top, x, z = high + span(rng, 0.25, 0.42), b.width / 2 + t / 2, b.length / 2 + t / 2
    square = not metal
    for sx in SIDES:
        for sz in SIDES:
            beam(p, (sx * x, 0, sz * z), (sx * x, top, sz * z), t, square=square, part=FRAME)
    for level, deck in enumerate((b.deck, high)):
        if level == 0 and b.piece.name == "loft":
            continue
        p.box((0, deck, 0), (2 * x, 0.04, 2 * z), part=FRAME)
        for s in SIDES:
            p.box((s * x, deck, 0), (t * 0.6, span(rng, 0.08, 0.16), 2 * z), part=FRAME)
            p.box((0, deck, s * z), (2 * x, 0.1, t * 0.6), part=FRAME)
        size = (b.width - 0.02, b.mattress, b.length - 0.02)
        p.box((0, deck + b.mattress / 2, 0), size, edge=0.04, part=MATTRESS)
        if level == 0 and often(rng, 0.4):
            p.rows = [row for row in p.rows if row[1] > 0.9 or row[13] * 2 > top * 0.9]
            p.name = "loft"
    _guards(b, high, top, x, z, t, square)
    _ladder(b, high, top, x, z, t)
    return p


def _guards(b: Bed, high, top, x, z, t, square) -> None:
    rng, p = b.rng, b.piece
    count = pick(rng, (1, 2, 3))
    thin = (span(rng, 0.03, 0.1), t * 0.5) if square else t * 0.7
    gap = pick(rng, (0.0, 0.5))
    side = pick(rng, SIDES)
    for y in slices(high + b.mattress + 0.06, top - 0.03, count):
        for s in SIDES:
            front = z - (gap if s == side else 0.0)
            beam(p, (s * x, y, -z), (s * x, y, front), thin, square=square, part=FRAME)
            beam(p, (-x, y, s * z), (x, y, s * z), thin, square=square, part=FRAME)
    if gap:
        ends = (side * x, high, z - gap), (side * x, top - 0.02, z - gap)
        beam(p, *ends, t * 0.7, square=square, part=FRAME)
    for s in SIDES:
        y = b.deck + span(rng, 0.2, 0.4)
        beam(p, (-x, y, s * z), (x, y, s * z), thin, square=square, part=FRAME)


def _ladder(b: Bed, high, top, x, z, t) -> None:
    rng, p = b.rng, b.piece
    wide, slope = span(rng, 0.3, 0.42), span(rng, 0.0, 0.4)
    on_side = often(rng, 0.6)
    side, rung = pick(rng, SIDES), 5 if high > 1.5 else 4

    def at(across: float, y: float):
        away = slope * (1 - y / high)
        if on_side:
            return side * (x + 0.02 + away), y, z - 0.1 - wide / 2 + across
        return across, y, z + 0.02 + away

    for s in SIDES:
        ends = at(s * wide / 2, 0.0), at(s * wide / 2, min(high + 0.1, top))
        beam(p, *ends, max(t * 0.7, 0.028), square=True, part=FRAME)
    for y in slices(0.25, high - 0.1, rung):
        beam(p, at(-wide / 2, y), at(wide / 2, y), (0.03, 0.05), square=True, part=FRAME)


def futon(rng) -> Furniture:
    """A mattress on the floor, on slats, or an air bed."""
    b = draw_bed(
        rng, "futon", deck=pick(rng, (0.03, span(rng, 0.05, 0.12))), mattress=span(rng, 0.1, 0.3)
    )
    mattress(b)
    if often(rng, 0.2):
        for z in slices(-b.length / 2 + 0.06, b.length / 2 - 0.06, 8):
            b.piece.box((0, b.deck / 2, z), (b.width + 0.1, b.deck, 0.1), part=FRAME)
    return b.piece


DESIGNS = {
    framed: 10,
    divan: 4,
    platform: 2.5,
    day_bed: 1.2,
    cot: 0.7,
    canopy: 1,
    bunk: 1.6,
    futon: 0.6,
}


def bed(rng: np.random.Generator) -> Furniture:
    """A random bed, metres, standing on y = 0, its head at the back."""
    return pick(rng, DESIGNS)(rng)
