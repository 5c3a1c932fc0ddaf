"""A sofa's measures and what all sofas share: body, seat and back cushions, throws, feet."""

from dataclasses import dataclass

import numpy as np

from furniture.cushions import cushion, pillow
from furniture.parts import LEFT_RIGHT, beam, feet, leg, often, pick, spaced, span, tilt
from furniture.primitives import Furniture

BODY, CUSHIONS, FEET, THROWS = 0, 1, 2, 3
COVERS = {"fabric": 4, "leather": 2}


@dataclass
class SofaDimensions:
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


def draw_build(rng, name: str, **fixed) -> SofaDimensions:
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
    return SofaDimensions(Furniture("sofa", (cover, cover, feet_of, "fabric"), name), rng, **sizes)


def body(b: SofaDimensions) -> float:
    """The plinth under the cushions and the back; returns the plinth's top."""
    rng, p = b.rng, b.piece
    base = b.sit - span(rng, 0.1, 0.2)
    size = (b.width - 0.02, base - b.lift, b.depth - 0.02)
    p.box((0, (b.lift + base) / 2, 0), size, edge=0.015, material=BODY)
    over = b.arm if often(rng, 0.5) else 0.0
    edge = b.back * pick(rng, (0.1, 0.25, 0.48))
    size = (b.inner + 2 * over - 0.004, b.tall - b.lift - 0.01, b.back)
    middle = (0, (b.tall + b.lift) / 2, -b.depth / 2 + b.back / 2)
    p.box(middle, size, edge=edge, rotation=tilt(b.lean), material=BODY)
    if often(rng, 0.12):
        y, z = b.tall - b.back * 0.5, -b.depth / 2 + b.back * 0.3
        beam(p, (-size[0] / 2, y, z), (size[0] / 2, y, z), b.back * 1.25, edge=0.02, material=BODY)
    return base


def body_low(b: SofaDimensions) -> float:
    """Only the plinth; returns its top."""
    base = b.sit - span(b.rng, 0.1, 0.18)
    size = (b.width - 0.04, base - b.lift, b.depth - 0.04)
    b.piece.box((0, (b.lift + base) / 2, 0), size, edge=0.015, material=BODY)
    return base


def seat_cushions(b: SofaDimensions, base: float, count: int | None = None) -> None:
    """`count` cushions side by side on the plinth, maybe proud of the arms' front."""
    rng, depth = b.rng, b.depth - b.back
    count = count or (b.seats if often(rng, 0.75) else 1)
    proud, puff = span(rng, -0.01, 0.05), span(rng, 0.1, 0.5)
    each, h = b.inner / count, b.sit - base + 0.02
    for x in spaced(-b.inner / 2 + each / 2, b.inner / 2 - each / 2, count):
        size = (each - 0.006, h, depth + proud)
        center = (x, b.sit - h / 2, b.rear + size[2] / 2)
        cushion(b.piece, rng, center, size, puff=puff, material=CUSHIONS)


def back_cushions(b: SofaDimensions, count: int | None = None) -> None:
    """Loose cushions against the back, level with it or higher."""
    rng = b.rng
    count = count or pick(rng, (b.seats, b.seats, max(b.seats - 1, 1)))
    high = b.tall - b.sit + span(rng, -0.08, 0.1)
    thick, each = span(rng, 0.12, 0.22), b.inner / count
    puff, lean = span(rng, 0.25, 0.5), b.lean + span(rng, 4, 14)
    for x in spaced(-b.inner / 2 + each / 2, b.inner / 2 - each / 2, count):
        center = (x, b.sit + high * 0.47, b.rear + thick * 0.45)
        size = (each - 0.008, high, thick)
        edge = puff * thick
        b.piece.box(center, size, edge=edge, corner=edge, rotation=tilt(lean), material=CUSHIONS)
        if puff > 0.35:
            crown = (each * 0.92, high * 0.92, thick * 1.3)
            b.piece.egg(center, crown, rotation=tilt(lean), material=CUSHIONS)


def throws(b: SofaDimensions, chance: float = 0.3) -> None:
    """Loose pillows in the corners of the seat."""
    rng = b.rng
    if not often(rng, chance):
        return
    for s in LEFT_RIGHT:
        for i in range(int(span(rng, 0, 2.5))):
            side = span(rng, 0.36, 0.5)
            x = s * (b.inner / 2 - side / 2 - 0.02 - i * side * span(rng, 0.4, 0.8))
            center = (x, b.sit + side * 0.46, b.rear + 0.12 + i * 0.04)
            turn = tilt(span(rng, 12, 30))
            pillow(b.piece, center, (side, side, span(rng, 0.12, 0.17)), turn, THROWS)


def finish(b: SofaDimensions) -> Furniture:
    """Feet under the body."""
    if b.lift:
        feet(b.piece, b.rng, b.width, b.depth, b.lift + 0.01, material=FEET, inset=0.08)
        if b.width > 1.9 and often(b.rng, 0.3):
            for s in LEFT_RIGHT:
                z = s * (b.depth / 2 - 0.08)
                leg(b.piece, b.rng, (0, b.lift + 0.02, z), (0, 0, z), 0.05, "block", FEET)
    return b.piece
