"""Chairs with crossed frames: folding chairs, director's chairs, camp stools."""

from furniture.beams import LEFT_RIGHT, beam, loft, spaced, tube
from furniture.chairs.parts import legs, seats
from furniture.chairs.parts.arms import arms
from furniture.chairs.parts.dimensions import (
    BACK,
    FRAME,
    SEAT,
    SOFT,
    ChairDimensions,
    draw_dimensions,
    set_default,
    wooden_materials,
)
from furniture.chairs.parts.frame_backs import fill_back, posts
from furniture.choices import SIDES, Choices
from furniture.primitives import Furniture, builds
from furniture.vectors import tilt


def folding(draw: Choices, **fixed: float | str) -> Furniture:
    """Long legs that are also the posts of the back, crossed by shorter rear legs."""
    frame_material = draw.pick(
        "frame_material", {"metal": 4, "wood": 2, "painted": 1, "plastic": 1}
    )
    seat_material = draw.pick("seat_material", {"fabric": 1, "plastic": 2, "metal": 1, "wood": 1})
    set_default(draw, fixed, "seat_thickness", 0.016, 0.05)
    set_default(draw, fixed, "back_height", 0.32, 0.42)
    chair = draw_dimensions(
        draw,
        fixed.pop("name", "folding"),
        (frame_material, seat_material, seat_material, "metal"),
        unread=("rear_width",),
        **fixed,
    )
    chair.rear_width = chair.seat_width
    seats.seat(
        chair, draw.pick("seat_design", {"round": 3, "board": 2, "slatted": 1, "waterfall": 1})
    )
    leg_thickness = draw.span("leg_thickness", 0.018, 0.03)
    square = frame_material == "wood"
    section = (leg_thickness, leg_thickness * 1.5) if square else leg_thickness
    x = chair.seat_width / 2 + leg_thickness * 0.6
    low, high = chair.back_point(chair.back_height * 0.45), chair.back_point(chair.back_height)
    front = chair.seat_depth / 2 + draw.span("front_reach", 0.0, 0.06)
    rear = -chair.seat_depth / 2 - draw.span("rear_reach", 0.0, 0.08)
    for side in draw.each(SIDES, LEFT_RIGHT):
        base, join, top = (
            (side * x, 0, front),
            chair.back_point(0.05, side * x, 0.06),
            chair.back_point(chair.back_height, side * x),
        )
        if square or draw.often("is_straight", 0.3):
            beam(chair.piece, base, top, section, square=square, material=FRAME, part="leg")
        else:
            tube(chair.piece, [base, join, top], leg_thickness, 0.2, FRAME, part="leg")
        inner = side * (x - leg_thickness)
        start = (inner, 0, rear)
        end = (
            inner,
            chair.seat_underside + 0.01,
            chair.seat_depth * draw.span("rear_leg_top", 0.2, 0.4),
        )
        beam(chair.piece, start, end, section, square=square, material=FRAME, part="leg")
    _folding_rails(chair, x, leg_thickness, front, rear)
    high_x = 2 * x
    back_wrap = draw.span("back_wrap", 0, 1.2)
    back_thickness = draw.span("back_thickness", 0.014, 0.04)
    sag = high_x**2 * back_wrap / 8
    size = (high_x + leg_thickness * 0.5, high[1] - low[1], back_thickness)
    center = chair.back_point((chair.back_height * 1.45) / 2, 0, -sag)
    corner = draw.span("back_corner_ratio", 0.1, 0.45) * back_thickness
    chair.piece.add(
        center,
        size,
        rotation=tilt(chair.back_angle),
        bend=back_wrap,
        edge=0.4 * back_thickness,
        corner=corner,
        material=BACK,
        part="back",
    )
    if draw.often("has_top_rail", 0.3):
        tube(
            chair.piece,
            [chair.back_point(chair.back_height, -x), chair.back_point(chair.back_height, x)],
            leg_thickness,
            0,
            FRAME,
            part="back",
        )
    return chair.piece


@builds("rail")
def _folding_rails(chair: ChairDimensions, x, t, front, rear) -> None:
    """Adds rails between the legs and under the seat."""
    height = chair.draw.span("height", 0.08, 0.25)
    share = height / chair.seat_height
    ahead = front + (chair.back_z(0.05) + 0.06 - front) * share
    behind = rear + (chair.seat_depth * 0.3 - rear) * share
    for z in (ahead, behind):
        beam(chair.piece, (-x, height, z), (x, height, z), t * 0.8, material=FRAME)
    under = chair.seat_underside - 0.004
    for z in (chair.seat_depth * 0.28, -chair.seat_depth * 0.3):
        beam(chair.piece, (-x, under, z), (x, under, z), t * 0.8, material=FRAME)


def director(draw: Choices, **fixed: float | str) -> Furniture:
    """Crossed legs, a seat and a back of cloth, level arms."""
    cloth_material = draw.pick("cloth_material", SOFT)
    set_default(draw, fixed, "seat_width", 0.5, 0.58)
    fixed.setdefault("seat_thickness", 0.02)
    set_default(draw, fixed, "back_angle", 2, 8)
    frame_material = draw.pick("frame_material", {"wood": 4, "metal": 1, "painted": 0.7})
    chair = draw_dimensions(
        draw,
        fixed.pop("name", "director"),
        (frame_material, cloth_material, cloth_material, "metal"),
        unread=("rear_width",),
        **fixed,
    )
    chair.rear_width, t = chair.seat_width, draw.span("leg_thickness", 0.024, 0.036)
    seat_sag = draw.span("seat_sag", 0.0, 0.25)
    stations = [
        (z * chair.seat_depth, chair.seat_height - 0.01, chair.seat_width, seat_sag)
        for z in (0.5, 0, -0.5)
    ]
    loft(chair.piece, stations, 0.014, SEAT, part="seat")
    x = chair.seat_width / 2
    arm = chair.seat_height + draw.span("arm_height", 0.16, 0.22)
    for sz in LEFT_RIGHT:
        z = sz * (chair.seat_depth / 2 - t)
        for side in LEFT_RIGHT:
            beam(
                chair.piece,
                (side * x, t, z),
                (-side * x, chair.seat_height, z),
                t,
                square=True,
                material=FRAME,
                part="leg",
            )
    for side in LEFT_RIGHT:
        for y, wide in ((t / 2, t), (chair.seat_height - t / 2, t), (arm, t * 2)):
            z = chair.seat_depth / 2
            ends = (side * x, y, -z), (side * x, y, z)
            beam(chair.piece, *ends, (t, wide), square=True, material=FRAME, part="frame")
        z = chair.seat_depth / 2 - t
        beam(
            chair.piece,
            (side * x, chair.seat_height, z),
            (side * x, arm, z),
            t,
            square=True,
            material=FRAME,
            part="frame",
        )
        top = chair.back_point(chair.back_height, side * x, t)
        beam(
            chair.piece,
            (side * x, chair.seat_height, -z),
            top,
            t,
            square=True,
            material=FRAME,
            part="back",
        )
    back_strip_height = draw.span("back_strip_height", 0.14, 0.2)
    middle = chair.back_point(chair.back_height - back_strip_height / 2, 0, t)
    chair.piece.box(
        middle,
        (2 * x + t, back_strip_height, 0.016),
        rotation=tilt(chair.back_angle),
        material=BACK,
        part="back",
    )
    return chair.piece


def camp_stool(draw: Choices, **fixed: float | str) -> Furniture:
    """A crossed frame with a pad or cloth, with or without a back."""
    set_default(draw, fixed, "seat_height", 0.38, 0.5)
    chair = draw_dimensions(
        draw,
        fixed.pop("name", "camp_stool"),
        wooden_materials(draw),
        unread=("rear_width",),
        **fixed,
    )
    chair.rear_width = chair.seat_width
    seats.seat(
        chair, draw.pick("seat_design", {"pad": 2, "waterfall": 2, "slatted": 1, "board": 1})
    )
    legs.crossed(chair)
    if draw.often("has_back", 0.5):
        half = posts(chair, draw.span("post_thickness", 0.02, 0.034), True, floor=False)
        fill_back(chair, half)
        if draw.often("has_arms", 0.3):
            arms(chair, half)
    return chair.piece


def crossed_frames(draw: Choices, **fixed: float | str) -> Furniture:
    """A low lounger of two leaning frames that cross at the side."""
    frame_material = draw.pick("frame_material", {"wood": 4, "metal": 1, "painted": 1})
    cover_material = draw.pick("cover_material", {frame_material: 2, "fabric": 2, "leather": 1})
    set_default(draw, fixed, "seat_width", 0.5, 0.7)
    set_default(draw, fixed, "seat_height", 0.32, 0.4)
    set_default(draw, fixed, "back_angle", 20, 34)
    set_default(draw, fixed, "back_height", 0.42, 0.6)
    chair = draw_dimensions(
        draw,
        fixed.pop("name", "crossed_frames"),
        (frame_material, cover_material, cover_material, "metal"),
        unread=("seat_thickness", "rear_width"),
        **fixed,
    )
    chair.seat_thickness, t = 0.03, draw.span("leg_thickness", 0.03, 0.045)
    x = chair.seat_width / 2
    seat_drop = draw.span("seat_drop", 0.06, 0.12)
    front = (chair.seat_height, chair.seat_depth / 2)
    rear = (chair.seat_height - seat_drop, -chair.seat_depth / 2)
    for s in draw.each(SIDES, LEFT_RIGHT):
        side = s * x
        top = chair.back_point(chair.back_height, side)
        beam(
            chair.piece,
            (side, 0, chair.seat_depth / 2 + 0.05),
            top,
            (t, t * 1.4),
            square=True,
            part="leg",
        )
        inner = side - s * t
        tail = (inner, 0, -chair.seat_depth / 2 - draw.span("rear_reach", 0.05, 0.2))
        beam(chair.piece, tail, (inner, front[0], front[1]), (t, t * 1.4), square=True, part="leg")
        beam(
            chair.piece,
            (inner, *front),
            (inner, *rear),
            (t * 1.2, t),
            square=True,
            material=FRAME,
            part="frame",
        )
    stations = [(front[1], front[0], 2 * x, 0), (rear[1], rear[0], 2 * x, 0)]
    loft(chair.piece, stations, draw.span("seat_pad_thickness", 0.02, 0.06), SEAT, part="seat")
    if draw.often("has_slats", 0.5):
        for u in spaced(-x + 0.05, x - 0.05, draw.count("slat_count", 5, 9)):
            start, end = (u, rear[0] - 0.01, rear[1]), chair.back_point(chair.back_height - 0.02, u)
            beam(chair.piece, start, end, (0.03, 0.014), material=BACK, part="back")
    else:
        stations = [
            (rear[1], rear[0], 2 * x, 0),
            (*_zy(chair.back_point(chair.back_height)), 2 * x, 0),
        ]
        loft(chair.piece, stations, draw.span("back_pad_thickness", 0.02, 0.07), BACK, part="back")
    top = chair.back_point(chair.back_height, -x), chair.back_point(chair.back_height, x)
    beam(chair.piece, *top, (t, t), square=True, material=FRAME, part="back")
    return chair.piece


def _zy(point) -> tuple[float, float]:
    """Returns z and y of a point."""
    return point[2], point[1]
