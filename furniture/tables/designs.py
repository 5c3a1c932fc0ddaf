"""Tables of a top and a base: dining, coffee, side, bar and console tables."""

from furniture.choices import Choices
from furniture.primitives import Furniture
from furniture.tables import bases, columns, frames
from furniture.tables.tops import OUTLINES, SQUARE_OUTLINES, Deck, draw_top_size, table_top

LONG_BASES = {
    bases.legs: 12,
    frames.frames: 2.2,
    frames.trestle: 2.2,
    frames.panels: 1.6,
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
    frames.panels: 2.0,
    frames.frames: 1.6,
    bases.hairpin: 1.0,
    columns.crossed: 1.4,
    columns.cage: 1.5,
    columns.drum: 0.7,
    columns.pedestal: 0.8,
    bases.arched: 0.9,
    bases.three_legs: 0.0,
    frames.trestle: 0.5,
}


def _assemble(
    draw: Choices, piece: Furniture, width, height, depth, square: bool, supports: dict
) -> Deck:
    """Adds a top and one of the given bases."""
    deck = table_top(piece, draw, width, height, depth, SQUARE_OUTLINES if square else OUTLINES)
    base_design = draw.pick("base_design", supports)
    base_design(piece, draw, deck)
    return deck


def dining(draw: Choices, piece: Furniture) -> None:
    """A dining table, 0.7 to 0.78 m high, square or up to 2.4 m long."""
    width, depth, square = draw_top_size(draw, 0.7, 1.25)
    if not square:
        width = draw.span("long_width", 1.0, 2.4)
        depth = min(
            width * draw.span("long_depth_ratio", 0.5, 0.8), draw.span("max_depth", 0.68, 1.1)
        )
    supports = ROUND_BASES if square else LONG_BASES
    _assemble(draw, piece, width, draw.span("height", 0.7, 0.78), depth, square, supports)


def coffee(draw: Choices, piece: Furniture) -> None:
    """A low wide table, often with a shelf."""
    width, depth, square = draw_top_size(draw, 0.6, 1.4)
    width, depth = (width * 0.8, width * 0.8) if square else (width, depth)
    height = draw.span("height", 0.28, 0.56)
    _assemble(draw, piece, width, height, depth, square, LOW_BASES)


def side(draw: Choices, piece: Furniture) -> None:
    """An end table about as high as it is wide."""
    width, depth, square = draw_top_size(draw, 0.3, 0.65)
    depth, square = (width, True) if draw.often("is_as_deep_as_wide", 0.5) else (depth, square)
    depth = max(depth, 0.26)
    supports = dict(ROUND_BASES if draw.often("has_round_base", 0.5) else LOW_BASES)
    _assemble(draw, piece, width, draw.span("height", 0.4, 0.72), depth, square, supports)


def bar(draw: Choices, piece: Furniture) -> None:
    """A high table to stand at."""
    width, depth, square = draw_top_size(draw, 0.55, 1.5)
    width, depth = (min(width, 0.9),) * 2 if square else (width, max(depth, 0.4))
    supports = ROUND_BASES if square else LONG_BASES
    _assemble(draw, piece, width, draw.span("height", 0.88, 1.12), depth, square, supports)


def console(draw: Choices, piece: Furniture) -> None:
    """A narrow table for a wall or the back of a sofa."""
    width = draw.span("width", 0.7, 1.6)
    height = draw.span("height", 0.68, 0.88)
    depth = draw.span("depth", 0.25, 0.42)
    outlines = {"rectangle": 8, "soft": 2}
    deck = table_top(piece, draw, width, height, depth, outlines)
    deck = deck._replace(leg_thickness=min(deck.leg_thickness, 0.16 * depth))
    draw.pick("base_design", {bases.legs: 8, frames.frames: 2, frames.panels: 2, columns.cage: 2})(
        piece, draw, deck
    )
