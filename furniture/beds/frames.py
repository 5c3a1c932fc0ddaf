"""Beds on the floor or on low frames: most beds, divans, platforms and futons."""

from furniture.beams import LEFT_RIGHT, spaced
from furniture.beds.bedding import mattress, rails
from furniture.beds.boards import board, head_kind
from furniture.beds.dimensions import FRAME, PILLOW, BedDimensions, draw_dimensions
from furniture.choices import SIDES, Choices
from furniture.legs import leg
from furniture.primitives import Furniture, builds


def framed(draw: Choices) -> Furniture:
    """A headboard, side rails, legs or a footboard, and a mattress: the most frequent beds."""
    bed = draw_dimensions(draw, "framed")
    piece = bed.piece
    kind, metal = head_kind(bed), bed.piece.materials[FRAME] == "metal"
    half = bed.length / 2 + 0.03
    if draw.often("has_headboard", 0.92):
        board(bed, -half, draw.span("headboard_height", 0.7, 1.25), kind)
    if draw.often("has_footboard", 0.35):
        top = bed.top + draw.span("footboard_rise", -0.1, 0.3)
        board(bed, half, top, kind if kind != "padded" else "panel")
        rear_only = False
    else:
        rear_only = True
        foot_rail_height = draw.span("foot_rail_height", 0.08, 0.25)
        piece.box(
            (0, bed.deck_height + 0.03 - foot_rail_height / 2, half - 0.01),
            (bed.width + 0.06, foot_rail_height, 0.04),
            material=FRAME,
            part="foot_rail",
        )
    rails(
        bed,
        draw.span("side_rail_height", *((0.04, 0.06) if metal else (0.1, 0.26))),
    )
    ends = (half - 0.05,) if rear_only else ()
    for z in draw.each(
        "end", (*ends, *((-half + 0.05,) if draw.often("has_head_legs", 0.6) else ()))
    ):
        for side in draw.each(SIDES, LEFT_RIGHT):
            x = side * (bed.width / 2 - 0.02)
            leg_design = draw.pick(
                "leg_design", ("straight", "tapered", "tapered_round", "block", "round")
            )
            leg(
                piece,
                draw,
                (x, bed.deck_height, z),
                (x, 0, z),
                draw.span("leg_thickness", 0.05, 0.09),
                leg_design,
                FRAME,
            )
    mattress(bed)
    return piece


def divan(draw: Choices) -> Furniture:
    """A solid base down to the floor or nearly: box springs and storage beds."""
    bed = draw_dimensions(
        draw,
        "divan",
        deck_height=draw.span("deck_height", 0.26, 0.42),
        mattress_thickness=draw.span("mattress_thickness", 0.14, 0.3),
    )
    piece = bed.piece
    clearance = draw.pick("clearance", (0.0, draw.span("foot_height", 0.03, 0.12)))
    w = bed.width + draw.span("base_overhang", 0, 0.08)
    base_edge_radius = draw.span("base_edge_radius", 0.008, 0.04)
    size = (w, bed.deck_height - clearance, bed.length + 0.02)
    piece.box(
        (0, (clearance + bed.deck_height) / 2, 0),
        size,
        edge=base_edge_radius,
        material=FRAME,
        part="base",
    )
    if draw.often("has_drawers", 0.45):
        drawer_count = draw.count("drawer_count", 1, 4)
        h = (bed.deck_height - clearance) * draw.span("drawer_height_ratio", 0.5, 0.8)
        for side in LEFT_RIGHT:
            for z in spaced(-bed.length * 0.33, bed.length * 0.33, drawer_count):
                d = bed.length * 0.9 / max(drawer_count, 2)
                middle = (side * (w / 2 + 0.004), clearance + (bed.deck_height - clearance) / 2, z)
                piece.box(middle, (0.02, h, d - 0.03), material=FRAME, part="drawer")
                piece.box(
                    (middle[0] + side * 0.012, middle[1], z),
                    (0.02, 0.02, 0.12),
                    material=PILLOW,
                    part="handle",
                )
    if draw.often("has_headboard", 0.75):
        headboard_design = draw.pick("headboard_design", ("padded", "panel", "shelf"))
        z = -bed.length / 2 - 0.03
        headboard_height = draw.span("headboard_height", 0.8, 1.3)
        if headboard_design == "shelf":
            _shelf_head(bed, z, headboard_height, w)
        else:
            board(bed, z, headboard_height, headboard_design)
    if clearance:
        for sx in LEFT_RIGHT:
            for sz in LEFT_RIGHT:
                x, z = sx * (w / 2 - 0.1), sz * (bed.length / 2 - 0.1)
                leg(piece, draw, (x, clearance + 0.02, z), (x, 0, z), 0.06, "block", FRAME)
    mattress(bed)
    return piece


@builds("headboard")
def _shelf_head(bed: BedDimensions, z: float, top: float, w: float) -> None:
    """Adds a headboard as deep as a shelf, open at the sides."""
    depth = bed.draw.span("depth", 0.15, 0.3)
    piece = bed.piece
    piece.box((0, top / 2, z - 0.01), (w, top, 0.03), material=FRAME)
    piece.box((0, top / 2, z - depth), (w, top, 0.02), material=FRAME)
    for y in spaced(0.02, top - 0.012, 4):
        piece.box((0, y, z - depth / 2), (w, 0.024, depth), material=FRAME)


def platform(draw: Choices) -> Furniture:
    """A low deck that is wider than its mattress."""
    bed = draw_dimensions(
        draw,
        "platform",
        deck_height=draw.span("deck_height", 0.1, 0.26),
        mattress_thickness=draw.span("mattress_thickness", 0.1, 0.24),
    )
    piece = bed.piece
    overhang = draw.span("overhang", 0.02, 0.2)
    deck_thickness = draw.span("deck_thickness", 0.03, 0.12)
    w, d = bed.width + 2 * overhang, bed.length + 2 * overhang
    piece.box(
        (0, bed.deck_height - deck_thickness / 2, 0),
        (w, deck_thickness, d),
        edge=0.01,
        material=FRAME,
        part="deck",
    )
    leg_inset = draw.span("leg_inset", 0.03, 0.3)
    if draw.often("has_plinth", 0.5):
        size = (w - 2 * leg_inset, bed.deck_height - deck_thickness / 2, d - 2 * leg_inset)
        piece.box((0, size[1] / 2, 0), size, material=FRAME, part="base")
    else:
        for sx in LEFT_RIGHT:
            for sz in LEFT_RIGHT:
                x, z = sx * (w / 2 - leg_inset), sz * (d / 2 - leg_inset)
                leg(
                    piece,
                    draw,
                    (x, bed.deck_height - deck_thickness / 2, z),
                    (x, 0, z),
                    0.08,
                    "block",
                    FRAME,
                )
    if draw.often("has_headboard", 0.6):
        board(
            bed,
            -d / 2,
            draw.span("headboard_height", 0.5, 0.9),
            draw.pick("headboard_design", ("panel", "padded", "rungs")),
        )
    mattress(bed)
    return piece


def futon(draw: Choices) -> Furniture:
    """A mattress on the floor, on slats, or an air bed."""
    bed = draw_dimensions(
        draw,
        "futon",
        deck_height=draw.pick("deck_height", (0.03, draw.span("raised_deck_height", 0.05, 0.12))),
        mattress_thickness=draw.span("mattress_thickness", 0.1, 0.3),
    )
    mattress(bed)
    if draw.often("has_slats", 0.2):
        for z in spaced(-bed.length / 2 + 0.06, bed.length / 2 - 0.06, 8):
            bed.piece.box(
                (0, bed.deck_height / 2, z),
                (bed.width + 0.1, bed.deck_height, 0.1),
                material=FRAME,
                part="slat",
            )
    return bed.piece
