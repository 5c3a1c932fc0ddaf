"""Sofas: seats, arms and backs of every make, straight, cornered, with a chaise, framed, folding.

Seen in the real grids: the long side runs along x and fills the cube (height 0.25-0.6, depth
0.34-0.72 of it), the front faces +z, bodies are solid down to the floor or to short feet, seat
cushions are part of the body, back cushions lean on it; throw pillows are rare. The long leg of a
corner comes forward on either side.
"""

from dataclasses import dataclass

import numpy as np

from training.synthetic.primitives import Furniture
from training.synthetic.shapes.parts import (
    SIDES,
    arc,
    beam,
    feet,
    leg,
    often,
    pick,
    slices,
    span,
    tilt,
)
from training.synthetic.shapes.soft_parts import cushion, pillow, solid_arms

BODY, CUSHIONS, FEET, THROWS = 0, 1, 2, 3
COVERS = {"fabric": 4, "leather": 2}


@dataclass
class Build:
    """Measures of a sofa, metres; the middle of its seat's length is x = 0, its back at z < 0."""

    piece: Furniture
    rng: np.random.Generator
    width: float
    depth: float
    sit: float  # height of the seat cushions' top
    tall: float  # height of the back
    arm: float  # width of an arm, 0 for none
    back: float  # thickness of the back
    lift: float  # of the body over the floor
    seats: int
    lean: float

    @property
    def inner(self) -> float:
        return self.width - 2 * self.arm

    @property
    def rear(self) -> float:
        """z of the back's front side."""
        return -self.depth / 2 + self.back


def draw_build(rng, name: str, **fixed) -> Build:
    """Random measures, any of them `fixed` by the design."""
    seats = fixed.get("seats", pick(rng, {1: 0.6, 2: 4, 3: 5, 4: 1}))
    arm = fixed.get("arm", pick(rng, (span(rng, 0.08, 0.16), span(rng, 0.16, 0.32))))
    sizes = {
        "width": seats * span(rng, 0.54, 0.76) + 2 * arm,
        "depth": span(rng, 0.76, 1.05),
        "sit": span(rng, 0.38, 0.48),
        "tall": span(rng, 0.64, 0.98),
        "arm": arm,
        "back": span(rng, 0.14, 0.28),
        "lift": pick(rng, (0.0, span(rng, 0.02, 0.07), span(rng, 0.08, 0.18))),
        "seats": seats,
        "lean": span(rng, 0, 10),
    }
    sizes.update(fixed)
    cover = pick(rng, COVERS)
    feet_of = pick(rng, {"wood": 3, "metal": 1.5, "painted": 0.5})
    return Build(Furniture("sofa", (cover, cover, feet_of, "fabric"), name), rng, **sizes)


def body(b: Build) -> float:
    """The plinth under the cushions and the back; returns the plinth's top."""
    rng, p = b.rng, b.piece
    base = b.sit - span(rng, 0.1, 0.2)
    size = (b.width - 0.02, base - b.lift, b.depth - 0.02)
    p.box((0, (b.lift + base) / 2, 0), size, edge=0.015, part=BODY)
    over = b.arm if often(rng, 0.5) else 0.0
    edge = b.back * pick(rng, (0.1, 0.25, 0.48))
    size = (b.inner + 2 * over - 0.004, b.tall - b.lift - 0.01, b.back)
    middle = (0, (b.tall + b.lift) / 2, -b.depth / 2 + b.back / 2)
    p.box(middle, size, edge=edge, rotation=tilt(b.lean), part=BODY)
    if often(rng, 0.12):
        y, z = b.tall - b.back * 0.5, -b.depth / 2 + b.back * 0.3
        beam(p, (-size[0] / 2, y, z), (size[0] / 2, y, z), b.back * 1.25, edge=0.02, part=BODY)
    return base


def seat_cushions(b: Build, base: float, count: int | None = None) -> None:
    """`count` cushions side by side on the plinth, maybe proud of the arms' front."""
    rng, depth = b.rng, b.depth - b.back
    count = count or (b.seats if often(rng, 0.75) else 1)
    proud, puff = span(rng, -0.01, 0.05), span(rng, 0.1, 0.5)
    each, h = b.inner / count, b.sit - base + 0.02
    for x in slices(-b.inner / 2 + each / 2, b.inner / 2 - each / 2, count):
        size = (each - 0.006, h, depth + proud)
        center = (x, b.sit - h / 2, b.rear + size[2] / 2)
        cushion(b.piece, rng, center, size, puff=puff, part=CUSHIONS)


def back_cushions(b: Build, count: int | None = None) -> None:
    """Loose cushions against the back, level with it or higher."""
    rng = b.rng
    count = count or pick(rng, (b.seats, b.seats, max(b.seats - 1, 1)))
    high = b.tall - b.sit + span(rng, -0.08, 0.1)
    thick, each = span(rng, 0.12, 0.22), b.inner / count
    puff, lean = span(rng, 0.25, 0.5), b.lean + span(rng, 4, 14)
    for x in slices(-b.inner / 2 + each / 2, b.inner / 2 - each / 2, count):
        center = (x, b.sit + high * 0.47, b.rear + thick * 0.45)
        size = (each - 0.008, high, thick)
        edge = puff * thick
        b.piece.box(center, size, edge=edge, corner=edge, rotation=tilt(lean), part=CUSHIONS)
        if puff > 0.35:
            crown = (each * 0.92, high * 0.92, thick * 1.3)
            b.piece.egg(center, crown, rotation=tilt(lean), part=CUSHIONS)


def throws(b: Build, chance: float = 0.3) -> None:
    """Loose pillows in the corners of the seat."""
    rng = b.rng
    if not often(rng, chance):
        return
    for s in SIDES:
        for i in range(int(span(rng, 0, 2.5))):
            side = span(rng, 0.36, 0.5)
            x = s * (b.inner / 2 - side / 2 - 0.02 - i * side * span(rng, 0.4, 0.8))
            center = (x, b.sit + side * 0.46, b.rear + 0.12 + i * 0.04)
            turn = tilt(span(rng, 12, 30))
            pillow(b.piece, center, (side, side, span(rng, 0.12, 0.17)), turn, THROWS)


def finish(b: Build) -> Furniture:
    """Feet under the body."""
    if b.lift:
        feet(b.piece, b.rng, b.width, b.depth, b.lift + 0.01, part=FEET, inset=0.08)
        if b.width > 1.9 and often(b.rng, 0.3):
            for s in SIDES:
                z = s * (b.depth / 2 - 0.08)
                leg(b.piece, b.rng, (0, b.lift + 0.02, z), (0, 0, z), 0.05, "block", FEET)
    return b.piece


def classic(rng) -> Furniture:
    """Arms, a back and loose cushions: most sofas."""
    b = draw_build(rng, "classic")
    base = body(b)
    seat_cushions(b, base)
    if often(rng, 0.7):
        back_cushions(b)
    top = min(span(rng, 0.5, 0.72), b.tall)
    solid_arms(b.piece, rng, b.width, b.depth, b.arm, b.lift, top, BODY)
    throws(b)
    return finish(b)


def boxy(rng) -> Furniture:
    """Arms and back of one height around the seat: Klippan, tuxedo and cube sofas."""
    tall = span(rng, 0.62, 0.74)
    b = draw_build(rng, "boxy", tall=tall, arm=span(rng, 0.1, 0.24), lean=0.0)
    base = b.sit - span(rng, 0.08, 0.16)
    edge, p = b.arm * span(rng, 0.08, 0.48), b.piece
    p.box((0, (b.lift + base) / 2, 0), (b.width - 0.02, base - b.lift, b.depth - 0.02), edge=0.02)
    size = (b.width, tall - b.lift, b.back)
    p.box((0, (tall + b.lift) / 2, -b.depth / 2 + b.back / 2), size, edge=edge, part=BODY)
    top = tall - pick(rng, (0.0, 0.0, span(rng, 0.03, 0.1)))
    for s in SIDES:
        center = (s * (b.width - b.arm) / 2, (top + b.lift) / 2, 0)
        p.box(center, (b.arm, top - b.lift, b.depth), edge=edge, part=BODY)
    seat_cushions(b, base)
    if often(rng, 0.3):
        back_cushions(b)
    throws(b, 0.2)
    return finish(b)


def chesterfield(rng) -> Furniture:
    """Rolled arms and back of one height, buttoned."""
    b = draw_build(rng, "chesterfield", arm=span(rng, 0.2, 0.28), lean=0.0)
    b.tall, roll, p = span(rng, 0.66, 0.78), span(rng, 0.18, 0.26), b.piece
    base = body_low(b)
    seat_cushions(b, base, pick(rng, (1, b.seats)))
    y, x, z = b.tall - roll / 2, (b.width - b.arm) / 2, -b.depth / 2 + b.back / 2
    beam(p, (-x, y, z), (x, y, z), roll, edge=0.03, over=roll / 2, part=BODY)
    p.box((0, (y + b.lift) / 2, z), (b.width, y - b.lift, b.back), edge=0.02, part=BODY)
    for s in SIDES:
        beam(p, (s * x, y, z), (s * x, y, b.depth / 2), roll, edge=0.03, part=BODY)
        size = (b.arm * 0.8, y - b.lift, b.depth - 0.02)
        p.box((s * x, (y + b.lift) / 2, 0), size, edge=0.02, part=BODY)
    return finish(b)


def body_low(b: Build) -> float:
    """Only the plinth; returns its top."""
    base = b.sit - span(b.rng, 0.1, 0.18)
    size = (b.width - 0.04, base - b.lift, b.depth - 0.04)
    b.piece.box((0, (b.lift + base) / 2, 0), size, edge=0.015, part=BODY)
    return base


def armless(rng) -> Furniture:
    """Two thick mattresses, futons and sofa beds without arms."""
    b = draw_build(
        rng, "armless", arm=0.0, seats=pick(rng, {2: 4, 3: 2}), back=span(rng, 0.14, 0.3)
    )
    p, t = b.piece, b.sit - b.lift
    edge = min(t, b.back) * span(rng, 0.2, 0.48)
    size = (b.width, t, b.depth - b.back * 0.4)
    p.box((0, b.lift + t / 2, b.back * 0.2), size, edge=edge, part=CUSHIONS)
    lean, low = span(rng, 2, 18), b.lift
    size = (b.width, (b.tall - low), b.back)
    p.box((0, (b.tall + low) / 2, -b.depth / 2 + b.back / 2), size, edge=edge, rotation=tilt(lean))
    if often(rng, 0.3):
        for s in SIDES:
            x = s * (b.width / 2 - 0.11)
            p.cylinder((x, b.sit + 0.09, b.rear + 0.25), 0.1, 0.5, rotation=tilt(90), part=THROWS)
    return finish(b)


def framed(rng) -> Furniture:
    """Loose cushions in an open frame of wood or metal; futons on slats."""
    b = draw_build(rng, "framed", arm=span(rng, 0.05, 0.09), lift=0.0, lean=span(rng, 8, 20))
    p, t, pad = b.piece, span(rng, 0.03, 0.06), span(rng, 0.1, 0.18)
    base, arm_y = b.sit - pad, span(rng, 0.52, 0.66)
    z, x, square = b.depth / 2 - t, b.width / 2 - t / 2, often(rng, 0.7)
    seat_cushions(b, base)
    back_cushions(b)
    rear_top = -b.depth / 2 + 0.02
    for s in SIDES:
        beam(p, (s * x, 0, z), (s * x, arm_y, z), t, square=square, part=FEET)
        beam(p, (s * x, 0, -z), (s * x, arm_y, rear_top), t, square=square, part=FEET)
        ends = (s * x, arm_y, -b.depth / 2), (s * x, arm_y, b.depth / 2)
        beam(p, *ends, (t * 0.8, max(b.arm, t)), square=square, part=FEET)
        beam(p, (s * x, base - t, -z), (s * x, base - t, z), (2 * t, t), square=square, part=FEET)
        if often(rng, 0.4):
            for zz in slices(-z, z, 6)[1:-1]:
                beam(p, (s * x, base, zz), (s * x, arm_y, zz), 0.025, square=square, part=FEET)
    for zz in (z, -z * 0.2, -z):
        beam(p, (-x, base - 0.02, zz), (x, base - 0.02, zz), (2 * t, t), square=square, part=FEET)
    p.box((0, base + 0.004, b.back * 0.4), (b.inner, 0.03, b.depth - b.back), part=FEET)
    back_z = b.rear - 0.03
    for y in (b.sit + 0.12, b.tall - 0.1):
        beam(p, (-x, y, back_z), (x, y, back_z), (0.07, 0.03), square=square, part=FEET)
    for s in SIDES:
        beam(p, (s * x, base, back_z), (s * x, b.tall - 0.07, back_z), t, square=square, part=FEET)
    return p


def curved(rng) -> Furniture:
    """A bow of seat and back in plan."""
    cover = pick(rng, COVERS)
    piece = Furniture("sofa", (cover, cover, "wood", "fabric"), "curved")
    radius, turn = span(rng, 1.1, 2.4), span(rng, 0.9, 1.9)
    turn = min(turn, 2.6 / radius)
    sit, tall, depth = span(rng, 0.38, 0.46), span(rng, 0.62, 0.82), span(rng, 0.75, 0.95)
    lift, back = pick(rng, (0.0, span(rng, 0.03, 0.12))), span(rng, 0.16, 0.26)
    inner = radius - depth / 2
    edge = span(rng, 0.04, 0.09)
    place = (0, (lift + sit) / 2, 0.0)
    arc(piece, place, (1, 0, 0), (0, 0, 1), 1 / inner, inner * turn, (sit - lift, depth), edge=edge)
    size = (tall - lift, back)
    place = (0, (lift + tall) / 2, -depth / 2 + back / 2)
    outer = inner + depth / 2 - back / 2
    arc(piece, place, (1, 0, 0), (0, 0, 1), 1 / outer, outer * turn, size, edge=0.45 * back)
    if lift:
        for angle in slices(-turn * 0.4, turn * 0.4, 3):
            for r in (inner - depth * 0.36, inner + depth * 0.36):
                x, z = r * np.sin(angle), inner - r * np.cos(angle)
                leg(piece, rng, (x, lift + 0.03, z), (x, 0, z), 0.05, "tapered_round", FEET)
    return piece


def camelback(rng) -> Furniture:
    """A settee on turned legs, its back arched, with scrolled arms or a show-wood frame."""
    b = draw_build(rng, "camelback", lift=span(rng, 0.14, 0.24), seats=pick(rng, {2: 3, 3: 2}))
    b.back, p = span(rng, 0.08, 0.14), b.piece
    base = body_low(b)
    seat_cushions(b, base, 1)
    lean = tilt(8)
    z, low = -b.depth / 2 + b.back / 2, b.sit - 0.1
    p.box(
        (0, (low + b.tall) / 2, z), (b.width - 0.04, b.tall - low, b.back), edge=0.03, rotation=lean
    )
    hump = (b.width * span(rng, 0.6, 0.95), span(rng, 0.2, 0.4), b.back)
    p.egg((0, b.tall - 0.02, z - 0.02), hump, rotation=lean, part=BODY)
    solid_arms(p, rng, b.width, b.depth, min(b.arm, 0.16), b.lift, span(rng, 0.56, 0.66), BODY)
    return finish(b)


DESIGNS = {
    classic: 10,
    boxy: 4,
    chesterfield: 1.5,
    armless: 1.6,
    framed: 1.6,
    curved: 0.6,
    camelback: 0.8,
}


def sofa(rng: np.random.Generator) -> Furniture:
    """A random sofa, metres, standing on y = 0 and facing +z."""
    return pick(rng, DESIGNS)(rng)
