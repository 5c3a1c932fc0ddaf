"""Stools without a back: on three or four legs, or on a swivel base."""

from math import cos, hypot, pi, sin

from furniture.beams import arc, beam, loft
from furniture.chairs.parts import bases, legs, seats
from furniture.chairs.parts.dimensions import (
    FRAME,
    SEAT,
    SOFT,
    ChairDimensions,
    draw_dimensions,
    set_default,
    wooden_materials,
)
from furniture.choices import Choices
from furniture.legs import leg
from furniture.primitives import Furniture, builds
from furniture.vectors import interpolate, spin, tilt

UPWARD = spin(180)  # turns a lying board so that it bends up, not down


def stool(draw: Choices, **fixed: float | str) -> Furniture:
    """A seat on three or four legs, low or at the height of a bar."""
    tall = fixed.pop("tall", draw.often("is_tall", 0.6))
    fixed.setdefault(
        "seat_height",
        draw.span("seat_height", *((0.58, 0.8) if tall else (0.38, 0.5))),
    )
    set_default(draw, fixed, "seat_width", 0.28, 0.44)
    set_default(draw, fixed, "seat_thickness", 0.025, 0.09)
    fixed.setdefault(
        "seat_depth",
        fixed["seat_width"]
        * draw.pick("depth_design", (1.0, 1.0, draw.span("depth_ratio", 0.65, 0.95))),
    )
    chair = draw_dimensions(
        draw,
        fixed.pop("name", "stool"),
        wooden_materials(draw),
        rear_width=fixed["seat_width"],
        unread=("back_height", "back_angle"),
        **fixed,
    )
    seat_design = draw.pick(
        "seat_design", {"round": 5, "board": 2, "pad": 2, "saddle": 1.5, "rush": 0.7}
    )
    _saddle(chair) if seat_design == "saddle" else seats.seat(chair, seat_design)
    if seat_design == "round" and draw.often("is_tripod", 0.25):
        _tripod(chair)
    else:
        splayed_legs(chair)
    return chair.piece


@builds("seat")
def _saddle(chair: ChairDimensions) -> None:
    """Adds a board that rises to both sides."""
    wrap = chair.draw.span("wrap", 0.8, 1.8)
    t = max(chair.seat_thickness * 0.7, 0.025)
    chair.seat_thickness = t
    middle = (0, chair.seat_height - t / 2, 0)
    chair.piece.add(
        middle,
        (chair.seat_width, chair.seat_depth, t),
        rotation=tilt(-90) @ UPWARD,
        bend=wrap,
        edge=0.3 * t,
        corner=0.3 * t,
        material=SEAT,
    )


def splayed_legs(chair: ChairDimensions) -> None:
    """Adds four legs with stretchers at one or two heights, or with a foot ring."""
    draw = chair.draw
    splay = draw.span("leg_splay", 0.02, 0.1) if draw.often("is_splayed", 0.75) else 0.0
    tall = chair.seat_height > 0.55
    stretcher_design = draw.pick(
        "stretcher_design", {"box": 6 if tall else 1, "double": 2, "h": 1, "none": 1 if tall else 4}
    )
    ringed = (
        tall
        and abs(chair.seat_width - chair.seat_depth) < 0.02
        and draw.often("has_foot_ring", 0.25)
    )
    corners = legs.four_legs(chair, splay=splay, stretcher="none" if ringed else stretcher_design)
    if ringed:
        at = interpolate(corners[0][1], corners[0][0], draw.share("foot_ring_height", 0.3, 0.5))
        r = hypot(at[0], at[2])
        foot_ring_thickness = draw.span("foot_ring_thickness", 0.016, 0.025)
        middle = (0, at[1], -r)
        arc(
            chair.piece,
            middle,
            (1, 0, 0),
            (0, 0, 1),
            1 / r,
            2 * pi * r,
            (foot_ring_thickness, foot_ring_thickness),
            material=FRAME,
            part="foot_ring",
        )


@builds("leg")
def _tripod(chair: ChairDimensions) -> None:
    """Adds three legs, perhaps braced to the middle."""
    draw = chair.draw
    r = chair.seat_width / 2 - 0.04
    turn = draw.span("turn", 0, 2)
    splay = draw.span("splay", 0.02, 0.09)
    design = draw.pick("design", legs.LEGS)
    thickness = draw.span("thickness", 0.028, 0.045)
    for i in draw.each(("first", "second", "third"), range(3)):
        c, s = cos(turn + 2 * pi * i / 3), sin(turn + 2 * pi * i / 3)
        top = (r * c, chair.seat_underside + 0.006, r * s)
        leg(chair.piece, draw, top, ((r + splay) * c, 0, (r + splay) * s), thickness, design, FRAME)
        if chair.seat_height > 0.5 or draw.often("has_brace", 0.4):
            beam(
                chair.piece,
                (0, 0.25, 0),
                ((r + splay * 0.5) * c, 0.25, (r + splay * 0.5) * s),
                0.02,
            )


def saddle_stool(draw: Choices, **fixed: float | str) -> Furniture:
    """A swivel stool on castors with a round pad or a saddle."""
    set_default(draw, fixed, "seat_height", 0.42, 0.62)
    set_default(draw, fixed, "seat_width", 0.33, 0.44)
    materials = ("metal", *(draw.pick("cover_material", SOFT),) * 2, "plastic")
    chair = draw_dimensions(
        draw,
        fixed.pop("name", "saddle_stool"),
        materials,
        unread=("seat_depth", "seat_thickness", "back_height", "back_angle", "rear_width"),
        **fixed,
    )
    chair.seat_thickness = draw.span("seat_thickness", 0.05, 0.1)
    chair.seat_depth = chair.seat_width * draw.span("depth_ratio", 0.85, 1.0)
    if draw.often("is_round", 0.5):
        seats.seat(chair, "round")
    else:
        y, d, t = (
            chair.seat_height - chair.seat_thickness / 2,
            chair.seat_depth,
            chair.seat_thickness,
        )
        stations = [
            (d / 2, y + 0.03, chair.seat_width * 0.55, -1.5),
            (0.1 * d, y, chair.seat_width * 0.8, -2.0),
            (-0.3 * d, y, chair.seat_width, -1.2),
            (-d / 2, y + 0.04, chair.seat_width * 0.85, -0.5),
        ]
        loft(chair.piece, stations, t, SEAT, part="seat")
    bases.swivel(chair, castors=True)
    if draw.often("has_foot_ring", 0.3) and chair.seat_height > 0.5:
        bases.foot_ring(chair, 0.2, 0.2)
    return chair.piece
