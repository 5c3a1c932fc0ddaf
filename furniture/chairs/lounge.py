"""Upholstered easy chairs: club, wing and slipper chairs, recliners."""

from furniture.beams import LEFT_RIGHT, beam, loft
from furniture.chairs.parts import bases, legs
from furniture.chairs.parts.dimensions import BACK, FRAME, SEAT, SOFT, draw_dimensions, set_default
from furniture.chairs.parts.shaped_backs import padded
from furniture.choices import SIDES, Choices
from furniture.cushions import cushion, pillow, solid_arms
from furniture.legs import feet
from furniture.primitives import Furniture
from furniture.vectors import tilt


def _soft_materials(draw: Choices) -> tuple[str, str, str, str]:
    """Draws the materials of an easy chair: frame, cover, cover, small metal."""
    cover_material = draw.pick("cover_material", SOFT)
    return (
        draw.pick("frame_material", {"wood": 4, "metal": 1.5, "painted": 0.6}),
        cover_material,
        cover_material,
        "metal",
    )


def club(draw: Choices, **fixed: float | str) -> Furniture:
    """Solid arms and back around a loose seat cushion, like a sofa with one seat."""
    piece = Furniture("chair", _soft_materials(draw), fixed.pop("name", "club"), draw)
    seat_width = draw.span("seat_width", 0.48, 0.62)
    depth = draw.span("depth", 0.7, 0.95)
    arm_width = draw.span("arm_width", 0.09, 0.26)
    back_thickness = draw.span("back_thickness", 0.14, 0.28)
    clearance = draw.pick(
        "clearance",
        (0.0, draw.span("low_clearance", 0.02, 0.06), draw.span("high_clearance", 0.08, 0.2)),
    )
    seat_height = draw.span("seat_height", 0.38, 0.46)
    back_height = draw.span("back_height", 0.68, 0.95)
    w = seat_width + 2 * arm_width
    base = seat_height - draw.span("plinth_drop", 0.1, 0.18)
    piece.box(
        (0, (clearance + base) / 2, 0),
        (w - 0.02, base - clearance, depth - 0.02),
        edge=0.015,
        material=SEAT,
        part="base",
    )
    back_angle = draw.span("back_angle", 0, 12)
    y = (clearance + back_height) / 2
    z = -depth / 2 + back_thickness / 2
    edge = back_thickness * draw.span("back_edge_ratio", 0.1, 0.48)
    size = (
        w - 2 * arm_width * draw.pick("back_inset", (0.0, 0.95)),
        back_height - clearance,
        back_thickness,
    )
    piece.box((0, y, z), size, edge=edge, rotation=tilt(back_angle), material=BACK, part="back")
    if draw.often("has_back_cushion", 0.6):
        back_cushion_height = draw.span("back_cushion_height", 0.35, 0.5)
        middle = (0, seat_height + back_cushion_height * 0.45, z + back_thickness / 2 + 0.05)
        cushion(
            piece,
            draw,
            middle,
            (seat_width, back_cushion_height, 0.16),
            rotation=tilt(back_angle + 4),
            material=BACK,
            part="back",
        )
    cushion(
        piece,
        draw,
        (0, (base + seat_height) / 2, back_thickness / 2),
        (
            seat_width,
            seat_height - base + 0.02,
            depth - back_thickness + draw.span("seat_overhang", 0, 0.03),
        ),
        material=SEAT,
        part="seat",
    )
    solid_arms(
        piece, draw, w, depth, arm_width, clearance, draw.span("arm_height", 0.52, 0.68), SEAT
    )
    feet(piece, draw, w, depth, clearance, material=FRAME)
    if draw.often("has_pillow", 0.12):
        size = (0.42, 0.4, 0.14)
        pillow(piece, (0, seat_height + 0.18, z + back_thickness / 2 + 0.12), size, tilt(18), SEAT)
    return piece


def wing(draw: Choices, **fixed: float | str) -> Furniture:
    """A tall back with wings, rolled or slim arms, and legs."""
    set_default(draw, fixed, "seat_width", 0.5, 0.62)
    set_default(draw, fixed, "seat_depth", 0.5, 0.6)
    set_default(draw, fixed, "seat_height", 0.42, 0.48)
    set_default(draw, fixed, "seat_thickness", 0.14, 0.24)
    set_default(draw, fixed, "back_height", 0.55, 0.72)
    chair = draw_dimensions(
        draw, fixed.pop("name", "wing"), _soft_materials(draw), unread=("rear_width",), **fixed
    )
    chair.rear_width, back = chair.seat_width, draw.span("back_thickness", 0.09, 0.14)
    y = chair.seat_height - chair.seat_thickness / 2
    cushion(
        chair.piece,
        draw,
        (0, y, 0),
        (chair.seat_width + 0.02, chair.seat_thickness, chair.seat_depth),
        material=SEAT,
        part="seat",
    )
    padded(chair, back, BACK, 0.0)
    wing_thickness = draw.span("wing_thickness", 0.06, 0.12)
    arm_height = draw.span("arm_height", 0.16, 0.24)
    wing_depth = draw.span("wing_depth", 0.12, 0.24)
    wing_flare = draw.span("wing_flare", 0, 0.06)
    for s in draw.each(SIDES, LEFT_RIGHT):
        x = s * (chair.seat_width / 2 + wing_thickness * 0.22)
        low = chair.back_point(arm_height * 0.8, x, wing_depth * 0.4)
        high = chair.back_point(chair.back_height - 0.08, x + s * wing_flare, wing_depth * 0.4)
        section = (wing_thickness * 0.8, wing_depth + 0.04)
        beam(
            chair.piece,
            low,
            high,
            section,
            (wing_thickness * 0.7, wing_depth * draw.span("wing_top_ratio", 0.5, 1.0)),
            square=True,
            edge=0.3 * wing_thickness,
            over=0.06,
            material=BACK,
            part="wing",
        )
        side = (wing_thickness, chair.seat_thickness + arm_height, chair.seat_depth)
        center = (x, chair.seat_underside + side[1] / 2, -0.01)
        chair.piece.box(center, side, edge=0.2 * wing_thickness, material=BACK, part="armrest")
        if draw.often("has_arm_roll", 0.6):
            h = chair.seat_height + arm_height
            ends = (x, h, -chair.seat_depth / 2), (x, h - 0.01, chair.seat_depth / 2 - 0.01)
            beam(
                chair.piece, *ends, wing_thickness * 1.35, edge=0.02, material=BACK, part="armrest"
            )
    chair.seat_width += wing_thickness
    legs.four_legs(chair, stretcher="none", splay=draw.span("leg_splay", 0, 0.04))
    return chair.piece


def slipper(draw: Choices, **fixed: float | str) -> Furniture:
    """A low easy chair without arms."""
    set_default(draw, fixed, "seat_width", 0.52, 0.75)
    set_default(draw, fixed, "seat_depth", 0.52, 0.7)
    set_default(draw, fixed, "seat_height", 0.36, 0.44)
    set_default(draw, fixed, "seat_thickness", 0.12, 0.26)
    set_default(draw, fixed, "back_height", 0.34, 0.5)
    set_default(draw, fixed, "back_angle", 8, 22)
    chair = draw_dimensions(
        draw, fixed.pop("name", "slipper"), _soft_materials(draw), unread=("rear_width",), **fixed
    )
    chair.rear_width = chair.seat_width
    size = (chair.seat_width, chair.seat_thickness, chair.seat_depth)
    cushion(
        chair.piece,
        draw,
        (0, chair.seat_height - chair.seat_thickness / 2, 0),
        size,
        material=SEAT,
        part="seat",
    )
    padded(chair, draw.span("back_thickness", 0.12, 0.2), BACK)
    legs.four_legs(chair, stretcher="none")
    return chair.piece


def recliner(draw: Choices, **fixed: float | str) -> Furniture:
    """A padded shell with headrest and padded arms on a star or a ring."""
    set_default(draw, fixed, "seat_width", 0.52, 0.62)
    set_default(draw, fixed, "seat_depth", 0.52, 0.6)
    set_default(draw, fixed, "seat_height", 0.4, 0.46)
    set_default(draw, fixed, "seat_thickness", 0.12, 0.18)
    set_default(draw, fixed, "back_height", 0.55, 0.75)
    set_default(draw, fixed, "back_angle", 12, 28)
    chair = draw_dimensions(
        draw, fixed.pop("name", "recliner"), _soft_materials(draw), unread=("rear_width",), **fixed
    )
    chair.rear_width, wide, t = chair.seat_width, chair.seat_width, chair.seat_thickness
    y, d = chair.seat_height - t / 2, chair.seat_depth
    back_wrap = draw.span("back_wrap", 0.2, 1.6)
    stations = [
        (d / 2, y - 0.03, wide * 0.9, 0.3),
        (d * 0.3, y, wide, 0.5),
        (-d * 0.45, y - 0.02, wide * 0.95, 0.8),
        (
            chair.back_z(chair.back_height * 0.4) + 0.03,
            y + chair.back_height * 0.4,
            wide,
            back_wrap,
        ),
        (
            chair.back_z(chair.back_height),
            y + chair.back_height,
            wide * draw.span("head_ratio", 0.7, 1.0),
            back_wrap,
        ),
    ]
    loft(chair.piece, stations, t * 0.9, SEAT, part="seat")
    head = chair.back_point(chair.back_height * 0.88, 0, t * 0.3)
    size = (
        wide * draw.share("headrest_width", 0.7, 1.0),
        draw.span("headrest_height", 0.16, 0.24),
        t,
    )
    chair.piece.box(
        head,
        size,
        edge=0.05,
        corner=0.05,
        rotation=tilt(chair.back_angle * 0.6),
        material=BACK,
        part="headrest",
    )
    arm_y = chair.seat_height + draw.span("arm_height", 0.12, 0.2)
    arm_thickness = draw.span("arm_thickness", 0.07, 0.12)
    for side in LEFT_RIGHT:
        x = side * (wide / 2 + arm_thickness * 0.35)
        start, end = (x, arm_y, -d * 0.5), (x, arm_y - 0.02, d * 0.35)
        beam(
            chair.piece,
            start,
            end,
            (arm_thickness, arm_thickness),
            square=True,
            edge=0.035,
            over=0.02,
            material=BACK,
            part="armrest",
        )
        ends = (x, chair.seat_underside + 0.05, -d * 0.25), (x, arm_y, 0.0)
        beam(
            chair.piece,
            *ends,
            (arm_thickness * 0.8, d * 0.6),
            square=True,
            edge=0.03,
            material=BACK,
            part="armrest",
        )
    chair.seat_thickness *= 0.95
    if draw.often("has_ring_base", 0.4):
        chair.piece.ring(
            (0, 0.025, 0), 0.3, 0.05, 0.05, edge=0.02, corner=0.01, material=FRAME, part="base"
        )
        for side in LEFT_RIGHT:
            beam(
                chair.piece,
                (side * 0.29, 0.03, 0),
                (side * 0.2, chair.seat_underside + 0.03, 0),
                0.05,
                material=FRAME,
                part="base",
            )
    else:
        bases.swivel(chair, castors=False)
    return chair.piece
