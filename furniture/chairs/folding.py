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
    plan = draw_dimensions(
        draw,
        fixed.pop("name", "folding"),
        (frame_material, seat_material, seat_material, "metal"),
        later=("rear_width",),
        **fixed,
    )
    plan.rear_width = plan.seat_width
    seats.seat(
        plan, draw.pick("seat_design", {"round": 3, "board": 2, "slatted": 1, "waterfall": 1})
    )
    leg_thickness = draw.span("leg_thickness", 0.018, 0.03)
    square = frame_material == "wood"
    section = (leg_thickness, leg_thickness * 1.5) if square else leg_thickness
    x = plan.seat_width / 2 + leg_thickness * 0.6
    low, high = plan.back_point(plan.back_height * 0.45), plan.back_point(plan.back_height)
    front = plan.seat_depth / 2 + draw.span("front_reach", 0.0, 0.06)
    rear = -plan.seat_depth / 2 - draw.span("rear_reach", 0.0, 0.08)
    for side in draw.each(SIDES, LEFT_RIGHT):
        base, join, top = (
            (side * x, 0, front),
            plan.back_point(0.05, side * x, 0.06),
            plan.back_point(plan.back_height, side * x),
        )
        if square or draw.often("is_straight", 0.3):
            beam(plan.piece, base, top, section, square=square, material=FRAME, part="leg")
        else:
            tube(plan.piece, [base, join, top], leg_thickness, 0.2, FRAME, part="leg")
        inner = side * (x - leg_thickness)
        start = (inner, 0, rear)
        end = (
            inner,
            plan.seat_underside + 0.01,
            plan.seat_depth * draw.span("rear_leg_top", 0.2, 0.4),
        )
        beam(plan.piece, start, end, section, square=square, material=FRAME, part="leg")
    _folding_rails(plan, x, leg_thickness, front, rear)
    high_x = 2 * x
    back_wrap = draw.span("back_wrap", 0, 1.2)
    back_thickness = draw.span("back_thickness", 0.014, 0.04)
    sag = high_x**2 * back_wrap / 8
    size = (high_x + leg_thickness * 0.5, high[1] - low[1], back_thickness)
    center = plan.back_point((plan.back_height * 1.45) / 2, 0, -sag)
    corner = draw.span("back_corner_ratio", 0.1, 0.45) * back_thickness
    plan.piece.add(
        center,
        size,
        rotation=tilt(plan.back_angle),
        bend=back_wrap,
        edge=0.4 * back_thickness,
        corner=corner,
        material=BACK,
        part="back",
    )
    if draw.often("has_top_rail", 0.3):
        tube(
            plan.piece,
            [plan.back_point(plan.back_height, -x), plan.back_point(plan.back_height, x)],
            leg_thickness,
            0,
            FRAME,
            part="back",
        )
    return plan.piece


@builds("rail")
def _folding_rails(plan: ChairDimensions, x, t, front, rear) -> None:
    """Adds rails between the legs and under the seat."""
    height = plan.draw.span("height", 0.08, 0.25)
    share = height / plan.seat_height
    ahead = front + (plan.back_z(0.05) + 0.06 - front) * share
    behind = rear + (plan.seat_depth * 0.3 - rear) * share
    for z in (ahead, behind):
        beam(plan.piece, (-x, height, z), (x, height, z), t * 0.8, material=FRAME)
    under = plan.seat_underside - 0.004
    for z in (plan.seat_depth * 0.28, -plan.seat_depth * 0.3):
        beam(plan.piece, (-x, under, z), (x, under, z), t * 0.8, material=FRAME)


def director(draw: Choices, **fixed: float | str) -> Furniture:
    """Crossed legs, a seat and a back of cloth, level arms."""
    cloth_material = draw.pick("cloth_material", SOFT)
    set_default(draw, fixed, "seat_width", 0.5, 0.58)
    fixed.setdefault("seat_thickness", 0.02)
    set_default(draw, fixed, "back_angle", 2, 8)
    frame_material = draw.pick("frame_material", {"wood": 4, "metal": 1, "painted": 0.7})
    plan = draw_dimensions(
        draw,
        fixed.pop("name", "director"),
        (frame_material, cloth_material, cloth_material, "metal"),
        later=("rear_width",),
        **fixed,
    )
    plan.rear_width, t = plan.seat_width, draw.span("leg_thickness", 0.024, 0.036)
    seat_sag = draw.span("seat_sag", 0.0, 0.25)
    stations = [
        (z * plan.seat_depth, plan.seat_height - 0.01, plan.seat_width, seat_sag)
        for z in (0.5, 0, -0.5)
    ]
    loft(plan.piece, stations, 0.014, SEAT, part="seat")
    x = plan.seat_width / 2
    arm = plan.seat_height + draw.span("arm_height", 0.16, 0.22)
    for sz in LEFT_RIGHT:
        z = sz * (plan.seat_depth / 2 - t)
        for side in LEFT_RIGHT:
            beam(
                plan.piece,
                (side * x, t, z),
                (-side * x, plan.seat_height, z),
                t,
                square=True,
                material=FRAME,
                part="leg",
            )
    for side in LEFT_RIGHT:
        for y, wide in ((t / 2, t), (plan.seat_height - t / 2, t), (arm, t * 2)):
            z = plan.seat_depth / 2
            ends = (side * x, y, -z), (side * x, y, z)
            beam(plan.piece, *ends, (t, wide), square=True, material=FRAME, part="frame")
        z = plan.seat_depth / 2 - t
        beam(
            plan.piece,
            (side * x, plan.seat_height, z),
            (side * x, arm, z),
            t,
            square=True,
            material=FRAME,
            part="frame",
        )
        top = plan.back_point(plan.back_height, side * x, t)
        beam(
            plan.piece,
            (side * x, plan.seat_height, -z),
            top,
            t,
            square=True,
            material=FRAME,
            part="back",
        )
    back_strip_height = draw.span("back_strip_height", 0.14, 0.2)
    middle = plan.back_point(plan.back_height - back_strip_height / 2, 0, t)
    plan.piece.box(
        middle,
        (2 * x + t, back_strip_height, 0.016),
        rotation=tilt(plan.back_angle),
        material=BACK,
        part="back",
    )
    return plan.piece


def camp_stool(draw: Choices, **fixed: float | str) -> Furniture:
    """A crossed frame with a pad or cloth, with or without a back."""
    set_default(draw, fixed, "seat_height", 0.38, 0.5)
    plan = draw_dimensions(
        draw,
        fixed.pop("name", "camp_stool"),
        wooden_materials(draw),
        later=("rear_width",),
        **fixed,
    )
    plan.rear_width = plan.seat_width
    seats.seat(plan, draw.pick("seat_design", {"pad": 2, "waterfall": 2, "slatted": 1, "board": 1}))
    legs.crossed(plan)
    if draw.often("has_back", 0.5):
        half = posts(plan, draw.span("post_thickness", 0.02, 0.034), True, floor=False)
        fill_back(plan, half)
        if draw.often("has_arms", 0.3):
            arms(plan, half)
    return plan.piece


def crossed_frames(draw: Choices, **fixed: float | str) -> Furniture:
    """A low lounger of two leaning frames that cross at the side."""
    frame_material = draw.pick("frame_material", {"wood": 4, "metal": 1, "painted": 1})
    cover_material = draw.pick("cover_material", {frame_material: 2, "fabric": 2, "leather": 1})
    set_default(draw, fixed, "seat_width", 0.5, 0.7)
    set_default(draw, fixed, "seat_height", 0.32, 0.4)
    set_default(draw, fixed, "back_angle", 20, 34)
    set_default(draw, fixed, "back_height", 0.42, 0.6)
    plan = draw_dimensions(
        draw,
        fixed.pop("name", "crossed_frames"),
        (frame_material, cover_material, cover_material, "metal"),
        later=("seat_thickness",),
        **fixed,
    )
    plan.seat_thickness, t = 0.03, draw.span("leg_thickness", 0.03, 0.045)
    x = plan.seat_width / 2
    seat_drop = draw.span("seat_drop", 0.06, 0.12)
    front = (plan.seat_height, plan.seat_depth / 2)
    rear = (plan.seat_height - seat_drop, -plan.seat_depth / 2)
    for s in draw.each(SIDES, LEFT_RIGHT):
        side = s * x
        top = plan.back_point(plan.back_height, side)
        beam(
            plan.piece,
            (side, 0, plan.seat_depth / 2 + 0.05),
            top,
            (t, t * 1.4),
            square=True,
            part="leg",
        )
        inner = side - s * t
        tail = (inner, 0, -plan.seat_depth / 2 - draw.span("rear_reach", 0.05, 0.2))
        beam(plan.piece, tail, (inner, front[0], front[1]), (t, t * 1.4), square=True, part="leg")
        beam(
            plan.piece,
            (inner, *front),
            (inner, *rear),
            (t * 1.2, t),
            square=True,
            material=FRAME,
            part="frame",
        )
    stations = [(front[1], front[0], 2 * x, 0), (rear[1], rear[0], 2 * x, 0)]
    loft(plan.piece, stations, draw.span("seat_pad_thickness", 0.02, 0.06), SEAT, part="seat")
    if draw.often("has_slats", 0.5):
        for u in spaced(-x + 0.05, x - 0.05, draw.count("slat_count", 5, 9)):
            start, end = (u, rear[0] - 0.01, rear[1]), plan.back_point(plan.back_height - 0.02, u)
            beam(plan.piece, start, end, (0.03, 0.014), material=BACK, part="back")
    else:
        stations = [
            (rear[1], rear[0], 2 * x, 0),
            (*_zy(plan.back_point(plan.back_height)), 2 * x, 0),
        ]
        loft(plan.piece, stations, draw.span("back_pad_thickness", 0.02, 0.07), BACK, part="back")
    top = plan.back_point(plan.back_height, -x), plan.back_point(plan.back_height, x)
    beam(plan.piece, *top, (t, t), square=True, material=FRAME, part="back")
    return plan.piece


def _zy(point) -> tuple[float, float]:
    """Returns z and y of a point."""
    return point[2], point[1]
