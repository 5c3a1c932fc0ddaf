"""Easy chairs in an open frame: loose cushions on wood, bent runners."""

from furniture.beams import LEFT_RIGHT, beam, loft, spaced, tube
from furniture.chairs.parts.dimensions import (
    BACK,
    FRAME,
    SEAT,
    SOFT,
    ChairDimensions,
    draw_dimensions,
    set_default,
)
from furniture.choices import SIDES, Choices
from furniture.cushions import cushion
from furniture.primitives import Furniture, builds
from furniture.vectors import tilt


def wooden_lounge(draw: Choices, **fixed: float | str) -> Furniture:
    """Loose cushions in an open frame with wooden arms."""
    frame_material = draw.pick("frame_material", {"wood": 5, "metal": 1, "painted": 0.5})
    set_default(draw, fixed, "seat_width", 0.54, 0.66)
    set_default(draw, fixed, "seat_depth", 0.56, 0.68)
    set_default(draw, fixed, "seat_height", 0.38, 0.45)
    set_default(draw, fixed, "back_height", 0.38, 0.6)
    set_default(draw, fixed, "back_angle", 14, 26)
    cover_material = draw.pick("cover_material", SOFT)
    chair = draw_dimensions(
        draw,
        fixed.pop("name", "wooden_lounge"),
        (frame_material, cover_material, cover_material, "metal"),
        unread=("rear_width", "seat_thickness"),
        **fixed,
    )
    chair.rear_width, t = chair.seat_width, draw.span("frame_thickness", 0.03, 0.05)
    cushion_thickness = draw.span("cushion_thickness", 0.08, 0.15)
    seat_angle = draw.span("seat_angle", 3, 10)
    has_square_frame = draw.often("has_square_frame", 0.6)
    center = (0, chair.seat_height - cushion_thickness / 2, 0)
    cushion(
        chair.piece,
        draw,
        center,
        (chair.seat_width, cushion_thickness, chair.seat_depth),
        tilt(seat_angle),
        material=SEAT,
        part="seat",
    )
    chair.seat_thickness = cushion_thickness
    _back_cushion(chair, cushion_thickness)
    _open_frame(chair, t, has_square_frame, seat_angle)
    return chair.piece


@builds("back")
def _back_cushion(chair: ChairDimensions, pad: float) -> None:
    """Adds a back of slats, or a cushion with or without a head roll."""
    draw = chair.draw
    h = chair.back_height * 0.5
    if draw.often("has_slats", 0.2):
        for x in spaced(
            -chair.seat_width / 2 + 0.03,
            chair.seat_width / 2 - 0.03,
            draw.count("slat_count", 6, 10),
        ):
            beam(
                chair.piece,
                chair.back_point(-0.06, x),
                chair.back_point(chair.back_height, x),
                (0.022, 0.014),
                material=FRAME,
            )
        rail = (
            chair.back_point(chair.back_height, -chair.seat_width / 2 - 0.02),
            chair.back_point(chair.back_height, chair.seat_width / 2 + 0.02),
        )
        beam(chair.piece, *rail, (0.05, 0.025), square=True, material=FRAME)
        low = (
            chair.back_point(-0.06, -chair.seat_width / 2),
            chair.back_point(-0.06, chair.seat_width / 2),
        )
        beam(chair.piece, *low, (0.04, 0.025), square=True, material=FRAME)
        return
    size = (chair.seat_width, chair.back_height + 0.02, pad)
    cushion(
        chair.piece,
        draw,
        chair.back_point(h, 0, pad * 0.35),
        size,
        tilt(chair.back_angle),
        material=BACK,
        part="back",
    )
    if draw.often("has_head_roll", 0.3):
        head = chair.back_point(chair.back_height * 0.86, 0, pad * 0.7)
        chair.piece.box(
            head,
            (chair.seat_width * 0.9, 0.16, 0.1),
            edge=0.04,
            rotation=tilt(chair.back_angle),
            material=BACK,
        )


@builds("frame")
def _open_frame(chair: ChairDimensions, t: float, square: bool, slope: float) -> None:
    """Adds legs, arms and rails of the open frame."""
    draw = chair.draw
    arm_y = chair.seat_height + draw.span("arm_height", 0.12, 0.22)
    front = chair.seat_depth / 2 - draw.span("front_inset", 0.02, 0.1)
    arm_width = draw.span("arm_width", 0.04, 0.1)
    fall = chair.seat_depth * slope / 90
    rear = chair.back_z(arm_y - chair.seat_height) - 0.02
    rear_rake = draw.span("rear_rake", 0, 0.1)
    arm_drop = draw.span("arm_drop", -0.03, 0.06)
    for side in draw.each(SIDES, LEFT_RIGHT):
        x = side * (chair.seat_width / 2 + t / 2 + 0.005)
        beam(chair.piece, (x, 0, front + 0.02), (x, arm_y, front), t, square=square, material=FRAME)
        beam(
            chair.piece,
            (x, 0, rear - rear_rake),
            (x, arm_y - arm_drop, rear),
            t,
            square=square,
            material=FRAME,
        )
        ends = (
            (x, arm_y, front + draw.span("arm_overhang", 0.02, 0.08)),
            (x, arm_y - arm_drop, rear - 0.03),
        )
        beam(chair.piece, *ends, (t * 0.8, arm_width), square=square)
        y = chair.seat_underside - 0.01
        beam(chair.piece, (x, y + fall * 0.5, front), (x, y - fall * 0.5, rear), t, square=square)
        post = (
            (x * 0.94, y - fall * 0.4, -chair.seat_depth / 2),
            chair.back_point(chair.back_height * 0.9, x * 0.94, -0.02),
        )
        beam(chair.piece, *post, t * 0.8, square=square, material=FRAME)
    x = chair.seat_width / 2 + t / 2
    for z, y in (
        (front, chair.seat_underside + fall * 0.5),
        (-chair.seat_depth / 2, chair.seat_underside - fall * 0.35),
    ):
        beam(chair.piece, (-x, y, z), (x, y, z), t * 0.9, square=square, material=FRAME)
    for h in spaced(
        chair.back_height * 0.3, chair.back_height * 0.85, draw.pick("rung_count", (2, 3))
    ):
        beam(
            chair.piece,
            chair.back_point(h, -x * 0.94, -0.02),
            chair.back_point(h, x * 0.94, -0.02),
            t * 0.7,
            material=FRAME,
        )


def bent_lounge(draw: Choices, **fixed: float | str) -> Furniture:
    """A long pad on two bent runners of laminated wood or tube."""
    frame_material = draw.pick("frame_material", {"wood": 4, "metal": 1})
    cover_material = draw.pick("cover_material", SOFT)
    name = fixed.pop("name", "bent_lounge")
    piece = Furniture(
        "chair", (frame_material, cover_material, cover_material, "metal"), name, draw
    )
    seat_width = draw.span("seat_width", 0.5, 0.62)
    seat_depth = draw.span("seat_depth", 0.52, 0.6)
    frame_thickness = draw.span("frame_thickness", 0.028, 0.04)
    pad_thickness = draw.span("pad_thickness", 0.05, 0.1)
    seat_height = draw.span("seat_height", 0.36, 0.42)
    back_slope = draw.span("back_slope", 0.3, 0.48)
    back_height = draw.span("back_height", 0.5, 0.68)
    stations = [
        (seat_depth / 2, seat_height, seat_width, 0),
        (seat_depth * 0.3, seat_height + 0.02, seat_width, 0),
        (-seat_depth * 0.42, seat_height - 0.08, seat_width, 0),
        (-seat_depth * 0.55, seat_height, seat_width, 0),
        (
            -seat_depth / 2 - back_height * back_slope * 0.6,
            seat_height + back_height * 0.62,
            seat_width,
            0,
        ),
        (
            -seat_depth / 2 - back_height * back_slope * 0.85,
            seat_height + back_height,
            seat_width * draw.span("head_ratio", 0.85, 1),
            0,
        ),
    ]
    loft(piece, stations, pad_thickness, SEAT, part="seat")
    arm = seat_height + draw.span("arm_height", 0.14, 0.2)
    out = seat_width / 2 + frame_thickness * 0.7
    rear = -seat_depth * 0.5 - 0.16
    for side in draw.each(SIDES, LEFT_RIGHT):
        x = side * out
        path = [
            (x, arm + 0.02, rear),
            (x, arm, seat_depth / 2),
            (x, frame_thickness / 2, seat_depth / 2 + 0.02),
            (x, frame_thickness / 2, rear),
        ]
        tube(
            piece,
            path,
            frame_thickness,
            draw.span("arm_bend_radius", 0.06, 0.12),
            FRAME,
            part="frame",
        )
        start = (x * 0.98, seat_height - pad_thickness * 0.4, seat_depth / 2 - 0.03)
        beam(
            piece,
            start,
            (x * 0.98, seat_height - 0.11, -seat_depth * 0.45),
            (frame_thickness, frame_thickness * 1.2),
            material=FRAME,
            part="frame",
        )
        post = (
            (x * 0.98, seat_height - 0.12, -seat_depth * 0.45),
            (x * 0.98, seat_height + back_height * 0.62, stations[4][0]),
        )
        beam(
            piece,
            *post,
            (frame_thickness, frame_thickness),
            over=0.01,
            material=FRAME,
            part="frame",
        )
    for y, z in (
        (seat_height - 0.03, seat_depth / 2 - 0.02),
        (frame_thickness / 2, rear + 0.06),
        (seat_height + back_height * 0.5, stations[4][0] + 0.02),
    ):
        beam(
            piece,
            (-out, y, z),
            (out, y, z),
            frame_thickness,
            square=True,
            material=FRAME,
            part="frame",
        )
    return piece
