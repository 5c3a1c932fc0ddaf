"""Sofas that turn a corner: with a chaise, L and U shapes, day couches, loose modules."""

from furniture.cushions import cushion, pillow, solid_arms
from furniture.parts import LEFT_RIGHT, feet, leg, often, pick, spaced, span, tilt
from furniture.primitives import Furniture
from furniture.sofas.body import (
    BODY,
    CUSHIONS,
    FEET,
    THROWS,
    SofaDimensions,
    back_cushions,
    body,
    draw_build,
    finish,
    seat_cushions,
    throws,
)


def _side_arms(b: SofaDimensions, sides, top: float) -> None:
    """Arms of the straight part at the given `sides` alone."""
    before = len(b.piece.rows)
    solid_arms(b.piece, b.rng, b.width, b.depth, b.arm, b.lift, top, BODY)
    arms = b.piece.rows[before:]
    b.piece.rows[before:] = [row for row in arms if (1 if row[0] > 0 else -1) in sides]


def chaise(rng) -> Furniture:
    """A straight sofa of which one end seat reaches far forward, its side armed or open."""
    b = draw_build(rng, "chaise", seats=pick(rng, {2: 2, 3: 4, 4: 1}))
    base, side = body(b), pick(rng, LEFT_RIGHT)
    seat_cushions(b, base)
    if often(rng, 0.75):
        back_cushions(b)
    armed = often(rng, 0.6)
    top = min(span(rng, 0.5, 0.7), b.tall)
    _side_arms(b, LEFT_RIGHT if armed else (-side,), top)
    wide = b.inner / b.seats * span(rng, 0.9, 1.1) + (0.0 if armed else b.arm)
    far = span(rng, 1.4, 1.75) - b.depth / 2
    x = side * ((b.inner if armed else b.width) / 2 - wide / 2)
    z0 = b.depth / 2 - 0.04
    long = far - z0
    if armed and often(rng, 0.4):
        wide += b.arm
        x += side * b.arm / 2
    middle = (x, (b.lift + base) / 2, z0 + long / 2)
    b.piece.box(middle, (wide - 0.01, base - b.lift, long), edge=0.015, material=BODY)
    size = (wide - 0.006, b.sit - base + 0.02, far - b.rear - 0.01)
    center = (x, b.sit - size[1] / 2 + 0.002, (far + b.rear) / 2)
    edge = size[1] * span(rng, 0.15, 0.48)
    b.piece.box(center, size, edge=edge, corner=0.06, material=CUSHIONS)
    if b.lift:
        for s in LEFT_RIGHT:
            fx, fz = x + s * (wide / 2 - 0.07), far - 0.1
            leg(b.piece, rng, (fx, b.lift + 0.02, fz), (fx, 0, fz), 0.05, "block", FEET)
    throws(b, 0.25)
    return finish(b)


def corner(rng) -> Furniture:
    """Two sofas at a right angle; sometimes a U with a third."""
    b = draw_build(rng, "corner", seats=pick(rng, {3: 3, 4: 2}), lean=span(rng, 0, 5))
    base, side = body(b), pick(rng, LEFT_RIGHT)
    seat_cushions(b, base)
    loose = often(rng, 0.65)
    if loose:
        back_cushions(b)
    top = min(span(rng, 0.5, 0.68), b.tall)
    both = b.width > 2.6 and often(rng, 0.2)
    wings = LEFT_RIGHT if both else (side,)
    _side_arms(b, tuple(s for s in LEFT_RIGHT if s not in wings), top)
    far = b.depth / 2 + span(rng, 0.55, 1.6)
    for s in wings:
        _wing(b, s, base, far, top, loose)
    throws(b, 0.2)
    return finish(b)


def _wing(b: SofaDimensions, s: float, base: float, far: float, top: float, loose: bool) -> None:
    """The leg of a corner that comes forward to z = `far` on side `s`."""
    rng, p = b.rng, b.piece
    arm = b.arm * (often(rng, 0.75))
    x, low = s * (b.width / 2 - b.depth / 2), -b.depth / 2
    long = far - low
    middle = (x, (b.lift + base) / 2, (far + low) / 2)
    p.box(middle, (b.depth - 0.02, base - b.lift, long - 0.02), edge=0.015, material=BODY)
    edge = b.back * pick(rng, (0.1, 0.3, 0.48))
    size = (b.back, b.tall - b.lift, long)
    wall = s * (b.width / 2 - b.back / 2)
    p.box((wall, (b.tall + b.lift) / 2, (far + low) / 2), size, edge=edge, material=BODY)
    wide, h = b.depth - b.back, b.sit - base + 0.02
    seat_x = s * (b.width / 2 - b.back - wide / 2)
    start, end = b.depth / 2 - 0.02, far - arm
    count = max(1, round((end - start) / 0.75))
    each = (end - start) / count
    for z in spaced(start + each / 2, end - each / 2, count):
        size = (wide, h, each - 0.005)
        cushion(p, rng, (seat_x, b.sit - h / 2, z), size, puff=0.25, material=CUSHIONS)
        if loose:
            tall = b.tall - b.sit + 0.03
            at = (wall - s * (b.back / 2 + 0.07), b.sit + tall * 0.46, z)
            p.box(at, (0.15, tall, each - 0.02), edge=0.06, material=CUSHIONS)
    if arm:
        size = (b.depth, top - b.lift, arm)
        p.box((x, (top + b.lift) / 2, far - arm / 2), size, edge=0.2 * arm, material=BODY)
    if b.lift:
        place = (x, (far + b.depth / 2) / 2)
        feet(p, rng, b.depth, far - b.depth / 2, b.lift + 0.01, 0.08, place, FEET)


def day_couch(rng) -> Furniture:
    """A long couch with one raised end, its long side facing front."""
    soft = pick(rng, {"fabric": 2, "leather": 2})
    piece = Furniture("sofa", (soft, soft, pick(rng, ("wood", "metal")), "fabric"), "day_couch")
    w, d = span(rng, 1.5, 2.0), span(rng, 0.6, 0.9)
    sit, lift, side = span(rng, 0.36, 0.46), span(rng, 0.1, 0.22), pick(rng, LEFT_RIGHT)
    thick = sit - lift
    cushion(piece, rng, (0, lift + thick / 2, 0), (w, thick, d), material=CUSHIONS)
    high, t = span(rng, 0.2, 0.42), span(rng, 0.1, 0.2)
    end = (side * (w / 2 - t / 2), (lift + sit + high) / 2, 0)
    piece.box(end, (t, thick + high, d), edge=0.45 * t, material=BODY)
    if often(rng, 0.6):
        long = w * span(rng, 0.5, 1.0)
        back = (side * (w - long) / 2, (lift + sit + high * 0.8) / 2, -d / 2 + t / 2)
        piece.box(back, (long, thick + high * 0.8, t), edge=0.4 * t, material=BODY)
    if often(rng, 0.5):
        roll = (side * (w / 2 - t - 0.1), sit + 0.08, 0)
        piece.cylinder(roll, 0.09, d * 0.9, rotation=tilt(90), edge=0.02, material=THROWS)
    feet(piece, rng, w, d, lift + 0.02, 0.08, material=FEET)
    return piece


def modules(rng) -> Furniture:
    """Low cubes pushed together: each a seat, some with a back, a corner or an ottoman."""
    soft = pick(rng, {"fabric": 4, "leather": 1})
    piece = Furniture("sofa", (soft, soft, "plastic", "fabric"), "modules")
    unit, sit = span(rng, 0.7, 1.0), span(rng, 0.36, 0.44)
    tall, back, edge = span(rng, 0.62, 0.78), span(rng, 0.16, 0.28), span(rng, 0.03, 0.1)
    count, side = pick(rng, {2: 1, 3: 3, 4: 1.5}), pick(rng, LEFT_RIGHT)
    xs = spaced(-(count - 1) * unit / 2, (count - 1) * unit / 2, count)
    places = [(x, 0.0) for x in xs]
    places += [(side * xs[-1], unit * (i + 1)) for i in range(pick(rng, (0, 1, 1, 2)))]
    for x, z in places:
        middle = (x, sit / 2, z)
        piece.box(middle, (unit + 0.004, sit, unit + 0.004), edge=edge, material=CUSHIONS)
        if z == 0:
            rear = (x, tall / 2, -unit / 2 + back / 2)
            piece.box(rear, (unit + 0.004, tall, back), edge=edge, material=BODY)
            if often(rng, 0.5):
                size = (unit * 0.85, 0.4, 0.16)
                cushion_at = (x, sit + 0.18, -unit / 2 + back + 0.06)
                piece.box(cushion_at, size, edge=0.07, rotation=tilt(12), material=CUSHIONS)
    for s in LEFT_RIGHT:
        if often(rng, 0.7):
            wall = s * (abs(xs[0]) + unit / 2 - back / 2)
            piece.box((wall, tall / 2, 0), (back, tall, unit), edge=edge, material=BODY)
    if often(rng, 0.3):
        pillow(piece, (xs[0] * 0.8, sit + 0.2, -0.05), (0.45, 0.42, 0.15), tilt(20), THROWS)
    return piece
