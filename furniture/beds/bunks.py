"""Bunk and loft beds with their guards and ladders."""

from furniture.beams import LEFT_RIGHT, beam, spaced
from furniture.beds.dimensions import FRAME, MATTRESS, BedDimensions, draw_dimensions
from furniture.choices import ENDS, SIDES, Choices
from furniture.primitives import Furniture, builds


def bunk(draw: Choices) -> Furniture:
    """Two decks one above the other, or one raised deck over an empty floor, with a ladder."""
    frame_material = draw.pick("frame_material", {"wood": 3, "metal": 2, "painted": 1})
    bed = draw_dimensions(
        draw,
        "bunk",
        frame_material,
        width=draw.pick("bed_width", (0.9, 0.9, 1.0, 1.4)),
        mattress_thickness=draw.span("mattress_thickness", 0.1, 0.18),
    )
    piece = bed.piece
    upper_deck_height = draw.span("upper_deck_height", 1.25, 1.75)
    metal = frame_material == "metal"
    post_thickness = draw.span("post_thickness", *((0.03, 0.05) if metal else (0.05, 0.09)))
    top = upper_deck_height + draw.span("guard_height", 0.25, 0.42)
    x = bed.width / 2 + post_thickness / 2
    z = bed.length / 2 + post_thickness / 2
    square = not metal
    for sx in LEFT_RIGHT:
        for sz in LEFT_RIGHT:
            beam(
                piece,
                (sx * x, 0, sz * z),
                (sx * x, top, sz * z),
                post_thickness,
                square=square,
                material=FRAME,
                part="post",
            )
    for level, deck in draw.each("deck", enumerate((bed.deck_height, upper_deck_height))):
        if level == 0 and bed.piece.name == "loft":
            continue
        piece.box((0, deck, 0), (2 * x, 0.04, 2 * z), material=FRAME, part="deck")
        for side in draw.each(SIDES, LEFT_RIGHT):
            piece.box(
                (side * x, deck, 0),
                (post_thickness * 0.6, draw.span("rail_height", 0.08, 0.16), 2 * z),
                material=FRAME,
                part="rail",
            )
            piece.box(
                (0, deck, side * z), (2 * x, 0.1, post_thickness * 0.6), material=FRAME, part="rail"
            )
        size = (bed.width - 0.02, bed.mattress_thickness, bed.length - 0.02)
        piece.box(
            (0, deck + bed.mattress_thickness / 2, 0),
            size,
            edge=0.04,
            material=MATTRESS,
            part="mattress",
        )
        if level == 0 and draw.often("is_loft", 0.4):
            piece.keep(0, lambda row: row[1] > 0.9 or row[13] * 2 > top * 0.9)
            piece.name = "loft"
    _guards(bed, upper_deck_height, top, x, z, post_thickness, square)
    _ladder(bed, upper_deck_height, top, x, z, post_thickness)
    return piece


@builds("guard")
def _guards(bed: BedDimensions, high, top, x, z, t, square) -> None:
    """Adds the rails around the upper deck, with an opening for the ladder."""
    draw = bed.draw
    piece = bed.piece
    rail_count = draw.pick("rail_count", (1, 2, 3))
    thin = (draw.span("rail_height", 0.03, 0.1), t * 0.5) if square else t * 0.7
    opening = draw.pick("opening", (0.0, 0.5))
    opening_side = draw.pick("opening_side", LEFT_RIGHT)
    for y in spaced(high + bed.mattress_thickness + 0.06, top - 0.03, rail_count):
        for side in LEFT_RIGHT:
            front = z - (opening if side == opening_side else 0.0)
            beam(
                piece, (side * x, y, -z), (side * x, y, front), thin, square=square, material=FRAME
            )
            beam(piece, (-x, y, side * z), (x, y, side * z), thin, square=square, material=FRAME)
    if opening:
        ends = (opening_side * x, high, z - opening), (opening_side * x, top - 0.02, z - opening)
        beam(piece, *ends, t * 0.7, square=square, material=FRAME)
    for side in draw.each(ENDS, LEFT_RIGHT):
        y = bed.deck_height + draw.span("lower_rail_rise", 0.2, 0.4)
        beam(piece, (-x, y, side * z), (x, y, side * z), thin, square=square, material=FRAME)


@builds("ladder")
def _ladder(bed: BedDimensions, high, top, x, z, t) -> None:
    """Adds a ladder at the foot end or at one side."""
    draw = bed.draw
    piece = bed.piece
    width = draw.span("width", 0.3, 0.42)
    slope = draw.span("slope", 0.0, 0.4)
    is_at_side = draw.often("is_at_side", 0.6)
    side = draw.pick("side", LEFT_RIGHT)
    rung = 5 if high > 1.5 else 4

    def at(across: float, y: float):
        away = slope * (1 - y / high)
        if is_at_side:
            return side * (x + 0.02 + away), y, z - 0.1 - width / 2 + across
        return across, y, z + 0.02 + away

    for s in LEFT_RIGHT:
        ends = at(s * width / 2, 0.0), at(s * width / 2, min(high + 0.1, top))
        beam(piece, *ends, max(t * 0.7, 0.028), square=True, material=FRAME)
    for y in spaced(0.25, high - 0.1, rung):
        beam(piece, at(-width / 2, y), at(width / 2, y), (0.03, 0.05), square=True, material=FRAME)
