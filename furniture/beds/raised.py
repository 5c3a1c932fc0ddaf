"""Beds with posts and rails: day beds, cots, canopies, bunks, lofts and their ladders."""

from furniture.beds.bedding import FRAME, LINEN, MATTRESS, PILLOW, Bed, draw_bed, mattress, rails
from furniture.beds.boards import board
from furniture.cushions import pillow
from furniture.parts import LEFT_RIGHT, beam, often, pick, spaced, span, tilt
from furniture.primitives import Furniture


def day_bed(rng) -> Furniture:
    """A narrow bed with its long side as the front and boards on three sides."""
    b = draw_bed(rng, "day_bed", width=span(rng, 0.8, 1.0), deck=span(rng, 0.28, 0.4))
    p, solid = b.piece, often(rng, 0.5)
    high, side, t = span(rng, 0.7, 1.05), span(rng, 0.6, 0.95), span(rng, 0.03, 0.06)
    x, z = b.length / 2, b.width / 2
    kind = "panel" if solid else "bars"
    _fence(b, (-x, -z), (x, -z), high, kind, t)
    for s in LEFT_RIGHT:
        _fence(b, (s * x, -z), (s * x, z), min(side, high), kind, t)
    base = b.deck if often(rng, 0.5) else 0.2
    p.box((0, b.deck - base / 2 + 0.02, 0), (b.length, base, b.width), edge=0.008, material=FRAME)
    size = (b.length - 0.04, b.mattress, b.width - 0.02)
    p.box((0, b.top - b.mattress / 2, 0), size, edge=0.3 * b.mattress, material=MATTRESS)
    for s in LEFT_RIGHT if often(rng, 0.4) else ():
        pillow(p, (s * x * 0.7, b.top + 0.2, -z * 0.7), (0.5, 0.45, 0.16), tilt(20), PILLOW)
    return p


def _fence(b: Bed, start, end, top: float, kind: str, t: float) -> None:
    """A side of panels or bars between two posts on the floor, points in plan."""
    p, rng = b.piece, b.rng
    (x0, z0), (x1, z1) = start, end
    for x, z in (start, end):
        beam(p, (x, 0, z), (x, top, z), max(t, 0.04), square=True, material=FRAME)
    flat = max(t * 0.8, 0.02)
    for y in (top - 0.03, b.deck):
        beam(p, (x0, y, z0), (x1, y, z1), (0.06, flat), square=True, material=FRAME)
    if kind == "panel":
        size = (abs(x1 - x0) + 0.01, top - b.deck, abs(z1 - z0) + 0.01)
        size = (max(size[0], 0.02), size[1], max(size[2], 0.02))
        p.box(((x0 + x1) / 2, (top + b.deck) / 2, (z0 + z1) / 2), size, material=FRAME)
    else:
        count = int(span(rng, 4, 9))
        for share in spaced(0, 1, count + 2)[1:-1]:
            x, z = x0 + (x1 - x0) * share, z0 + (z1 - z0) * share
            beam(p, (x, b.deck, z), (x, top - 0.03, z), 0.02, material=FRAME)


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
    for s in LEFT_RIGHT:
        _fence(b, (s * x, -z), (s * x, z), top - span(rng, 0, 0.06), "bars", t)
    mattress(b, bedding=False)
    return b.piece


def canopy(rng) -> Furniture:
    """Four tall posts, joined above, with or without cloth."""
    b = draw_bed(rng, "canopy", pick(rng, {"wood": 3, "metal": 2, "painted": 1}))
    p, high, metal = b.piece, span(rng, 1.8, 2.2), b.piece.materials[0] == "metal"
    t = span(rng, 0.028, 0.045) if metal else span(rng, 0.06, 0.1)
    x, z = b.width / 2 + t / 2, b.length / 2 + t / 2
    for sx in LEFT_RIGHT:
        for sz in LEFT_RIGHT:
            beam(
                p, (sx * x, 0, sz * z), (sx * x, high, sz * z), t, square=not metal, material=FRAME
            )
    if often(rng, 0.85):
        for s in LEFT_RIGHT:
            beam(
                p,
                (s * x, high, -z),
                (s * x, high, z),
                t,
                square=not metal,
                over=t / 2,
                material=FRAME,
            )
            beam(
                p,
                (-x, high, s * z),
                (x, high, s * z),
                t,
                square=not metal,
                over=t / 2,
                material=FRAME,
            )
    board(b, -z, span(rng, 0.8, 1.2), pick(rng, ("panel", "bars", "rungs")))
    p.box((0, b.deck, z), (2 * x, 0.14, 0.03), material=FRAME)
    rails(b, 0.14)
    if often(rng, 0.25):
        p.box((0, high, 0), (2 * x, 0.03, 2 * z), material=LINEN)
    if often(rng, 0.25):
        for s in LEFT_RIGHT:
            p.box((s * x, high / 2, -z + 0.1), (0.05, high - 0.1, 0.2), edge=0.02, material=LINEN)
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
    for sx in LEFT_RIGHT:
        for sz in LEFT_RIGHT:
            beam(p, (sx * x, 0, sz * z), (sx * x, top, sz * z), t, square=square, material=FRAME)
    for level, deck in enumerate((b.deck, high)):
        if level == 0 and b.piece.name == "loft":
            continue
        p.box((0, deck, 0), (2 * x, 0.04, 2 * z), material=FRAME)
        for s in LEFT_RIGHT:
            p.box((s * x, deck, 0), (t * 0.6, span(rng, 0.08, 0.16), 2 * z), material=FRAME)
            p.box((0, deck, s * z), (2 * x, 0.1, t * 0.6), material=FRAME)
        size = (b.width - 0.02, b.mattress, b.length - 0.02)
        p.box((0, deck + b.mattress / 2, 0), size, edge=0.04, material=MATTRESS)
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
    side = pick(rng, LEFT_RIGHT)
    for y in spaced(high + b.mattress + 0.06, top - 0.03, count):
        for s in LEFT_RIGHT:
            front = z - (gap if s == side else 0.0)
            beam(p, (s * x, y, -z), (s * x, y, front), thin, square=square, material=FRAME)
            beam(p, (-x, y, s * z), (x, y, s * z), thin, square=square, material=FRAME)
    if gap:
        ends = (side * x, high, z - gap), (side * x, top - 0.02, z - gap)
        beam(p, *ends, t * 0.7, square=square, material=FRAME)
    for s in LEFT_RIGHT:
        y = b.deck + span(rng, 0.2, 0.4)
        beam(p, (-x, y, s * z), (x, y, s * z), thin, square=square, material=FRAME)


def _ladder(b: Bed, high, top, x, z, t) -> None:
    rng, p = b.rng, b.piece
    wide, slope = span(rng, 0.3, 0.42), span(rng, 0.0, 0.4)
    on_side = often(rng, 0.6)
    side, rung = pick(rng, LEFT_RIGHT), 5 if high > 1.5 else 4

    def at(across: float, y: float):
        away = slope * (1 - y / high)
        if on_side:
            return side * (x + 0.02 + away), y, z - 0.1 - wide / 2 + across
        return across, y, z + 0.02 + away

    for s in LEFT_RIGHT:
        ends = at(s * wide / 2, 0.0), at(s * wide / 2, min(high + 0.1, top))
        beam(p, *ends, max(t * 0.7, 0.028), square=True, material=FRAME)
    for y in spaced(0.25, high - 0.1, rung):
        beam(p, at(-wide / 2, y), at(wide / 2, y), (0.03, 0.05), square=True, material=FRAME)
