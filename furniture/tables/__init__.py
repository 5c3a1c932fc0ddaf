"""Tables of every height: dining, coffee, side, bar and console, and the small cabinets among them.

Pix3D's tables run along x (the front is a long side) except narrow bedside ones; more than half are
coffee or side tables; open shelves are hollow, drawers, doors and TV benches solid; nothing on top.
"""

import numpy as np

from furniture.parts import often, pick, span
from furniture.primitives import MAX_PRIMITIVES, Furniture
from furniture.tables import bases as bases
from furniture.tables import columns as columns
from furniture.tables.cabinets import bedside, media, open_box, trunk
from furniture.tables.rare_tables import c_shape, gateleg, half_moon, lift_leg, nest, trolley
from furniture.tables.tops import OUTLINES, SQUARE_OUTLINES, Deck, sides, top

LONG_BASES = {
    bases.legs: 12,
    bases.frames: 2.2,
    bases.trestle: 2.2,
    bases.panels: 1.6,
    columns.two_pedestals: 0.7,
    columns.crossed: 0.4,
    columns.cage: 0.6,
    bases.hairpin: 0.6,
    columns.pedestal: 0.3,
}
ROUND_BASES = {
    bases.legs: 6,
    columns.pedestal: 5,
    bases.three_legs: 1.6,
    columns.crossed: 1.2,
    columns.drum: 0.6,
    columns.cage: 0.8,
}
LOW_BASES = {
    bases.legs: 12,
    bases.panels: 2.0,
    bases.frames: 1.6,
    bases.hairpin: 1.0,
    columns.crossed: 1.4,
    columns.cage: 1.5,
    columns.drum: 0.7,
    columns.pedestal: 0.8,
    bases.arched: 0.9,
    bases.three_legs: 0.0,
    bases.trestle: 0.5,
}


def table(rng: np.random.Generator) -> Furniture:
    """A table, bedside cabinet, TV bench or sideboard."""
    design = pick(rng, DESIGNS)
    piece = Furniture("table", materials=_materials(rng), name=design.__name__)
    design(rng, piece)
    return piece if len(piece.rows) <= MAX_PRIMITIVES else table(rng)  # too ornate: draw again


def _materials(rng) -> tuple[str, ...]:
    """Top, base, inlay or second front, handles."""
    tops = {"wood": 10, "painted": 5, "glass": 1.6, "stone": 1.3, "metal": 0.5, "plastic": 0.6}
    base = {"wood": 5, "metal": 4, "painted": 3, "plastic": 0.3}
    return (
        pick(rng, tops),
        pick(rng, base),
        pick(rng, ("wood", "glass", "stone", "painted")),
        "metal",
    )


def _assemble(rng, piece: Furniture, width, height, depth, square: bool, supports: dict) -> Deck:
    """Top and base; a leg or cage suits every outline, other bases only some."""
    deck = top(piece, rng, width, height, depth, SQUARE_OUTLINES if square else OUTLINES)
    base = pick(rng, supports)
    base(piece, rng, deck)
    return deck


def dining(rng, piece: Furniture) -> None:
    """At 0.7-0.78 m, square or round to 2.6 m long."""
    width, depth, square = sides(rng, 0.7, 1.25)
    if not square:
        width = span(rng, 1.0, 2.4)
        depth = min(width * span(rng, 0.5, 0.8), span(rng, 0.68, 1.1))
    supports = ROUND_BASES if square else LONG_BASES
    _assemble(rng, piece, width, span(rng, 0.7, 0.78), depth, square, supports)


def coffee(rng, piece: Furniture) -> None:
    """Low and wide, often with a shelf."""
    width, depth, square = sides(rng, 0.6, 1.4)
    width, depth = (width * 0.8, width * 0.8) if square else (width, depth)
    height = span(rng, 0.28, 0.56)
    _assemble(rng, piece, width, height, depth, square, LOW_BASES)


def side(rng, piece: Furniture) -> None:
    """An end table about as high as wide."""
    width, depth, square = sides(rng, 0.3, 0.65)
    depth, square = (width, True) if often(rng, 0.5) else (depth, square)
    depth = max(depth, 0.26)
    supports = dict(ROUND_BASES if often(rng, 0.5) else LOW_BASES)
    _assemble(rng, piece, width, span(rng, 0.4, 0.72), depth, square, supports)


def bar(rng, piece: Furniture) -> None:
    """A high table to stand at."""
    width, depth, square = sides(rng, 0.55, 1.5)
    width, depth = (min(width, 0.9),) * 2 if square else (width, max(depth, 0.4))
    supports = ROUND_BASES if square else LONG_BASES
    _assemble(rng, piece, width, span(rng, 0.88, 1.12), depth, square, supports)


def console(rng, piece: Furniture) -> None:
    """Narrow, against a wall or a sofa's back."""
    width, height, depth = span(rng, 0.7, 1.6), span(rng, 0.68, 0.88), span(rng, 0.25, 0.42)
    outlines = {"rectangle": 8, "soft": 2}
    deck = top(piece, rng, width, height, depth, outlines)
    deck = deck._replace(bulk=min(deck.bulk, 0.16 * depth))
    pick(rng, {bases.legs: 8, bases.frames: 2, bases.panels: 2, columns.cage: 2})(piece, rng, deck)


DESIGNS = {
    dining: 9,
    coffee: 9,
    side: 5.5,
    bedside: 3.2,
    media: 2.6,
    console: 1.6,
    bar: 1.5,
    open_box: 1.3,
    c_shape: 1.2,
    trunk: 0.9,
    gateleg: 0.8,
    trolley: 0.7,
    nest: 0.6,
    half_moon: 0.3,
    lift_leg: 0.3,
}
