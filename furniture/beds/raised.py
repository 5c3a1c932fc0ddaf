"""Beds with posts and guards: day beds, cots and canopies."""

from furniture.beams import LEFT_RIGHT, beam, spaced
from furniture.beds.bedding import mattress, rails
from furniture.beds.boards import board
from furniture.beds.dimensions import FRAME, LINEN, MATTRESS, PILLOW, BedDimensions, draw_dimensions
from furniture.choices import SIDES, Choices
from furniture.cushions import pillow
from furniture.primitives import Furniture, builds
from furniture.vectors import tilt


def day_bed(draw: Choices) -> Furniture:
    """A narrow bed with its long side in front and boards on three sides."""
    bed = draw_dimensions(
        draw,
        "day_bed",
        width=draw.span("bed_width", 0.8, 1.0),
        deck_height=draw.span("deck_height", 0.28, 0.4),
    )
    piece = bed.piece
    has_panels = draw.often("has_panels", 0.5)
    back_height = draw.span("back_height", 0.7, 1.05)
    side_height = draw.span("side_height", 0.6, 0.95)
    post_thickness = draw.span("post_thickness", 0.03, 0.06)
    x, z = bed.length / 2, bed.width / 2
    kind = "panel" if has_panels else "bars"
    _guard_side(bed, (-x, -z), (x, -z), back_height, kind, post_thickness)
    for side in draw.each(SIDES, LEFT_RIGHT):
        _guard_side(
            bed, (side * x, -z), (side * x, z), min(side_height, back_height), kind, post_thickness
        )
    base = bed.deck_height if draw.often("has_full_base", 0.5) else 0.2
    piece.box(
        (0, bed.deck_height - base / 2 + 0.02, 0),
        (bed.length, base, bed.width),
        edge=0.008,
        material=FRAME,
        part="base",
    )
    size = (bed.length - 0.04, bed.mattress_thickness, bed.width - 0.02)
    piece.box(
        (0, bed.top - bed.mattress_thickness / 2, 0),
        size,
        edge=0.3 * bed.mattress_thickness,
        material=MATTRESS,
        part="mattress",
    )
    for side in LEFT_RIGHT if draw.often("has_pillows", 0.4) else ():
        pillow(
            piece, (side * x * 0.7, bed.top + 0.2, -z * 0.7), (0.5, 0.45, 0.16), tilt(20), PILLOW
        )
    return piece


@builds("guard")
def _guard_side(bed: BedDimensions, start, end, top: float, kind: str, t: float) -> None:
    """Adds one side of panels or bars between two posts; `start` and `end` are (x, z)."""
    piece = bed.piece
    draw = bed.draw
    (x0, z0), (x1, z1) = start, end
    for x, z in (start, end):
        beam(piece, (x, 0, z), (x, top, z), max(t, 0.04), square=True, material=FRAME)
    flat = max(t * 0.8, 0.02)
    for y in (top - 0.03, bed.deck_height):
        beam(piece, (x0, y, z0), (x1, y, z1), (0.06, flat), square=True, material=FRAME)
    if kind == "panel":
        size = (abs(x1 - x0) + 0.01, top - bed.deck_height, abs(z1 - z0) + 0.01)
        size = (max(size[0], 0.02), size[1], max(size[2], 0.02))
        piece.box(((x0 + x1) / 2, (top + bed.deck_height) / 2, (z0 + z1) / 2), size, material=FRAME)
    else:
        bar_count = draw.count("bar_count", 4, 9)
        for share in spaced(0, 1, bar_count + 2)[1:-1]:
            x, z = x0 + (x1 - x0) * share, z0 + (z1 - z0) * share
            beam(piece, (x, bed.deck_height, z), (x, top - 0.03, z), 0.02, material=FRAME)


def cot(draw: Choices) -> Furniture:
    """A child's bed with bars on all sides."""
    bed = draw_dimensions(
        draw,
        "cot",
        "wood" if draw.often("is_wooden", 0.6) else "painted",
        width=draw.span("bed_width", 0.6, 0.72),
        length=draw.span("bed_length", 1.1, 1.45),
        deck_height=draw.span("deck_height", 0.2, 0.5),
        mattress_thickness=0.1,
    )
    x = bed.width / 2
    z = bed.length / 2
    rail_height = draw.span("rail_height", 0.78, 1.0)
    post_thickness = draw.span("post_thickness", 0.035, 0.05)
    end_design = draw.pick("end_design", ("panel", "bars"))
    _guard_side(bed, (-x, -z), (x, -z), rail_height, end_design, post_thickness)
    _guard_side(bed, (-x, z), (x, z), rail_height, end_design, post_thickness)
    for side in draw.each(SIDES, LEFT_RIGHT):
        _guard_side(
            bed,
            (side * x, -z),
            (side * x, z),
            rail_height - draw.span("side_drop", 0, 0.06),
            "bars",
            post_thickness,
        )
    mattress(bed, bedding=False)
    return bed.piece


def canopy(draw: Choices) -> Furniture:
    """Four tall posts, joined above, with or without cloth."""
    bed = draw_dimensions(
        draw, "canopy", draw.pick("frame_material", {"wood": 3, "metal": 2, "painted": 1})
    )
    piece = bed.piece
    post_height = draw.span("post_height", 1.8, 2.2)
    metal = bed.piece.materials[0] == "metal"
    post_thickness = draw.span("post_thickness", *((0.028, 0.045) if metal else (0.06, 0.1)))
    x, z = bed.width / 2 + post_thickness / 2, bed.length / 2 + post_thickness / 2
    for sx in LEFT_RIGHT:
        for sz in LEFT_RIGHT:
            beam(
                piece,
                (sx * x, 0, sz * z),
                (sx * x, post_height, sz * z),
                post_thickness,
                square=not metal,
                material=FRAME,
                part="post",
            )
    if draw.often("has_canopy_rails", 0.85):
        for side in LEFT_RIGHT:
            beam(
                piece,
                (side * x, post_height, -z),
                (side * x, post_height, z),
                post_thickness,
                square=not metal,
                over=post_thickness / 2,
                material=FRAME,
                part="canopy",
            )
            beam(
                piece,
                (-x, post_height, side * z),
                (x, post_height, side * z),
                post_thickness,
                square=not metal,
                over=post_thickness / 2,
                material=FRAME,
                part="canopy",
            )
    board(
        bed,
        -z,
        draw.span("headboard_height", 0.8, 1.2),
        draw.pick("headboard_design", ("panel", "bars", "rungs")),
    )
    piece.box((0, bed.deck_height, z), (2 * x, 0.14, 0.03), material=FRAME, part="rail")
    rails(bed, 0.14)
    if draw.often("has_roof_cloth", 0.25):
        piece.box((0, post_height, 0), (2 * x, 0.03, 2 * z), material=LINEN, part="curtain")
    if draw.often("has_curtains", 0.25):
        for side in LEFT_RIGHT:
            piece.box(
                (side * x, post_height / 2, -z + 0.1),
                (0.05, post_height - 0.1, 0.2),
                edge=0.02,
                material=LINEN,
                part="curtain",
            )
    mattress(bed)
    return piece
