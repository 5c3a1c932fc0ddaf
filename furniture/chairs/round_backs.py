"""Chairs with a bent back: Windsor and bentwood hoops, captain's chairs."""

from math import pi

from furniture.beams import LEFT_RIGHT, arc, beam, spaced
from furniture.chairs.parts import legs, seats
from furniture.chairs.parts.arms import arms
from furniture.chairs.parts.dimensions import (
    BACK,
    FRAME,
    ChairDimensions,
    draw_dimensions,
    set_default,
    wooden_materials,
)
from furniture.chairs.parts.shaped_backs import hoop
from furniture.choices import SIDES, Choices
from furniture.legs import leg
from furniture.primitives import Furniture
from furniture.vectors import interpolate


def bow_back(draw: Choices, **fixed: float | str) -> Furniture:
    """Windsor and bentwood chairs: a hoop over a dished or round seat."""
    chair = draw_dimensions(
        draw, fixed.pop("name", "bow_back"), wooden_materials(draw), unread=("rear_width",), **fixed
    )
    chair.rear_width = chair.seat_width * draw.span("rear_ratio", 0.85, 1.0)
    seats.seat(chair, draw.pick("seat_design", {"dished": 5, "round": 2, "pad": 1}))
    leg_design = draw.pick(
        "leg_design", {"turned": 3, "tapered_round": 3, "round": 1, "straight": 0.6}
    )
    leg_splay = draw.span("leg_splay", 0.03, 0.09)
    stretcher_design = draw.pick("stretcher_design", {"h": 5, "box": 2, "none": 2})
    legs.four_legs(chair, splay=leg_splay, style=leg_design, stretcher=stretcher_design)
    hoop(chair)
    if draw.often("has_arms", 0.2):
        arms(chair, chair.rear_width / 2 - 0.01, draw.pick("arm_design", ("post", "slope")))
    return chair.piece


def captain(draw: Choices, **fixed: float | str) -> Furniture:
    """A level rail around the sitter at arm height, on legs or spindles."""
    set_default(draw, fixed, "back_height", 0.22, 0.34)
    chair = draw_dimensions(
        draw, fixed.pop("name", "captain"), wooden_materials(draw), unread=("back_angle",), **fixed
    )
    chair.seat_depth = max(chair.seat_depth, 0.9 * chair.seat_width)
    seat_design = draw.pick(
        "seat_design", {"pad": 3, "dished": 3, "rush": 1, "round": 1, "board": 1}
    )
    seats.seat(chair, seat_design)
    r = chair.seat_width / 2 + draw.span("rail_overhang", 0.0, 0.05)
    leg_thickness = draw.span("leg_thickness", 0.024, 0.036)
    y = chair.seat_height + chair.back_height
    rail_height = draw.span("rail_height", 0.022, 0.05)
    turn = draw.span("rail_turn", 0.85, 1.15) * pi
    section = (rail_height, draw.span("rail_depth", 0.024, 0.05))
    rear = -r + draw.span("rail_offset", -0.02, 0.04)
    arc(
        chair.piece,
        (0, y, rear),
        (1, 0, 0),
        (0, 0, 1),
        1 / r,
        r * turn,
        section,
        material=BACK,
        part="back",
    )
    if draw.often("has_crest", 0.5):
        crest = section[0] * draw.span("crest_ratio", 1.6, 3.5)
        middle = (0, y + crest / 2 - section[0] / 2, rear - 0.004)
        reach = r * draw.share("crest_reach", 0.9, 1.8)
        pair = (crest, section[1])
        arc(
            chair.piece,
            middle,
            (1, 0, 0),
            (0, 0, 1),
            1 / r,
            reach,
            pair,
            material=BACK,
            part="back",
        )
    _captain_supports(chair, r, rear, y, leg_thickness)
    return chair.piece


def _captain_supports(chair: ChairDimensions, r, rear, y, t) -> None:
    """Adds what carries the bent rail: legs or posts, spindles or a splat."""
    draw = chair.draw
    leg_is_square = draw.often("leg_is_square", 0.3)
    leg_design = draw.pick("leg_design", {"tapered_round": 3, "straight": 2, "turned": 1})
    legs_reach_rail = draw.often("legs_reach_rail", 0.55)
    leg_ends = []
    for side in draw.each(SIDES, LEFT_RIGHT):
        for front in draw.each(("front", "rear"), (True, False)):
            z = (rear + r) + (draw.span("leg_forward", 0.0, 0.05) if front else -0.72 * r)
            x = side * (r - 0.005 if front else 0.7 * r)
            foot = (x * 1.02, 0.0, z + (0.02 if front else -0.04))
            top = (x, y if legs_reach_rail else chair.seat_underside + 0.005, z)
            if legs_reach_rail:
                beam(
                    chair.piece,
                    foot,
                    top,
                    0.8 * t,
                    t,
                    square=leg_is_square,
                    material=FRAME,
                    part="leg",
                )
                inner = (x * 0.7, chair.seat_underside + 0.01, z * 0.8)
                beam(
                    chair.piece,
                    inner,
                    interpolate(foot, top, chair.seat_underside / y),
                    (0.03, 0.02),
                    material=FRAME,
                    part="rail",
                )
            else:
                top = (x * 0.85, top[1], z * 0.8)
                leg(chair.piece, draw, top, foot, t * 1.2, leg_design, FRAME)
                stand = (x * 0.84, chair.seat_height - 0.01, z * 0.78)
                beam(chair.piece, stand, (x, y, z), 0.6 * t, material=FRAME, part="armrest")
            leg_ends.append((top, foot))
    if draw.often("has_stretchers", 0.4):
        legs.stretchers(chair, leg_ends, draw.pick("stretcher_design", ("h", "box", "sides")), t)
    if draw.often("has_splat", 0.5):
        splat_width = draw.span("splat_width", 0.06, 0.14)
        start = (0, chair.seat_height - 0.01, -chair.seat_depth / 2 + 0.03)
        beam(
            chair.piece,
            start,
            (0, y, rear),
            (splat_width, 0.014),
            square=True,
            material=BACK,
            part="back",
        )
    elif not legs_reach_rail or draw.often("has_spindles", 0.4):
        for x in spaced(-0.55 * r, 0.55 * r, draw.count("spindle_count", 3, 7)):
            z = rear + r - (r * r - x * x) ** 0.5
            start = (x * 0.9, chair.seat_height - 0.01, -chair.seat_depth / 2 + 0.03)
            beam(chair.piece, start, (x, y, z), 0.014, material=BACK, part="back")
