"""A bed's measures and what lies on it: mattress, pillows, duvet; its side rails."""

from dataclasses import dataclass

import numpy as np

from furniture.cushions import pillow
from furniture.parts import LEFT_RIGHT, often, pick, spaced, span, tilt
from furniture.primitives import Furniture

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
    p.box((0, b.top - size[1] / 2, 0), size, edge=edge, corner=corner, material=MATTRESS)
    p.box((0, b.deck - 0.01, 0), (b.width, 0.04, b.length), material=FRAME)
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
        for x in spaced(-b.width / 4, b.width / 4, count):
            pillow(b.piece, (x, y, z), (w, h, d), turn, PILLOW)


def duvet(b: Bed) -> None:
    """A cover that hangs over the sides, its edge turned back below the pillows."""
    rng, p = b.rng, b.piece
    start = -b.length / 2 + span(rng, 0.35, 0.75)
    thick, hang = span(rng, 0.03, 0.1), span(rng, 0.02, 0.25)
    end = b.length / 2 + pick(rng, (-0.02, 0.03, -span(rng, 0.05, 0.7)))
    size = (b.width + 0.04, thick + hang, end - start)
    y = b.top + thick - size[1] / 2
    p.box((0, y, (start + end) / 2), size, edge=0.8 * thick, corner=0.06, material=LINEN)
    if often(rng, 0.4):
        fold = (b.width + 0.05, thick * 1.3, span(rng, 0.15, 0.3))
        p.box((0, b.top + thick, start + fold[2] / 2), fold, edge=0.4 * thick, material=MATTRESS)
    if often(rng, 0.25):
        throw = (b.width + 0.08, thick + hang + 0.03, span(rng, 0.4, 0.6))
        z = end - throw[2] / 2 - span(rng, 0, 0.3)
        p.box((0, y + 0.01, z), throw, edge=0.02, material=PILLOW)


def rails(b: Bed, height: float, thick: float = 0.03, out: float = 0.0) -> None:
    """The two side rails around the deck."""
    x = b.width / 2 + thick / 2 + out
    y = b.deck + span(b.rng, -0.02, 0.06) - height / 2
    for s in LEFT_RIGHT:
        p = b.piece
        p.box((s * x, y, 0), (thick, height, b.length + 0.02), edge=0.006, material=FRAME)
