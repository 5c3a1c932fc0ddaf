"""Moulded seats in one piece: side shells and arm shells."""

from math import pi

from furniture.beams import loft
from furniture.chairs.parts import bases, legs
from furniture.chairs.parts.dimensions import (
    BACK,
    SEAT,
    ChairDimensions,
    draw_dimensions,
    moulded_materials,
    set_default,
)
from furniture.choices import Choices
from furniture.primitives import Furniture, builds
from furniture.vectors import tilt

UNDER = {
    "spread": 4,
    "wire": 1.5,
    "legs": 3,
    "sled": 1.5,
    "swivel": 3,
    "pedestal": 1.5,
    "cantilever": 1,
}


def shell_base(chair: ChairDimensions, kind: str | None = None) -> None:
    """Adds any base that suits a shell.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    kind : str, optional
        One of UNDER; drawn by default.
    """
    kind = kind or chair.draw.pick("base_design", UNDER)
    if kind == "legs":
        legs.four_legs(chair, stretcher=chair.draw.pick("stretcher_design", {"none": 4, "box": 1}))
        return
    {
        "spread": legs.spread,
        "wire": legs.wire,
        "sled": bases.sled,
        "swivel": bases.swivel,
        "pedestal": bases.pedestal,
        "cantilever": bases.cantilever,
    }[kind](chair)


def side_shell(draw: Choices, **fixed: float | str) -> Furniture:
    """A shell without arms; seat and back are one sheet."""
    set_default(draw, fixed, "seat_thickness", 0.012, 0.05)
    chair = draw_dimensions(draw, fixed.pop("name", "side_shell"), moulded_materials(draw), **fixed)
    chair.leg_inset = 0.1 * chair.seat_width
    bucket(
        chair,
        side=draw.share("side_height", 0.0, 1.0),
        waist=draw.span("waist", 0.78, 1.0),
        crown=draw.span("crown", 0.6, 1.05),
    )
    shell_base(chair)
    if draw.often("has_pad", 0.25):
        size = (chair.seat_width * 0.85, 0.04, chair.seat_depth * 0.8)
        chair.piece.box(
            (0, chair.seat_height + 0.005, 0.0),
            size,
            edge=0.016,
            corner=0.1,
            material=BACK,
            part="cushion",
        )
    return chair.piece


def arm_shell(draw: Choices, **fixed: float | str) -> Furniture:
    """A shell whose sides rise to armrests: a low wall around it, a higher one behind."""
    set_default(draw, fixed, "seat_thickness", 0.014, 0.05)
    set_default(draw, fixed, "back_height", 0.3, 0.45)
    set_default(draw, fixed, "seat_width", 0.46, 0.58)
    chair = draw_dimensions(
        draw,
        fixed.pop("name", "arm_shell"),
        moulded_materials(draw),
        unread=("seat_depth",),
        **fixed,
    )
    t, r = chair.seat_thickness, chair.seat_width / 2
    chair.seat_depth = chair.seat_width * draw.span("depth_ratio", 0.85, 1.0)
    lean, center = tilt(chair.back_angle * 0.6), -chair.seat_depth / 2 + 0.02
    arm_height = draw.span("arm_height", 0.17, 0.26)
    arm_turn = draw.span("arm_turn", 0.95, 1.3)
    for top, reach, narrow in (
        (arm_height, arm_turn, draw.span("arm_narrowing", 0.78, 1.0)),
        (
            draw.share("middle_height", 0.5, 0.7) * (arm_height + chair.back_height),
            arm_turn * draw.span("middle_turn", 0.55, 0.7),
            0.85,
        ),
        (
            chair.back_height,
            arm_turn * draw.span("back_turn", 0.38, 0.52),
            draw.span("back_narrowing", 0.6, 0.95),
        ),
    ):
        low = chair.seat_underside + 0.2 * t
        tall = chair.seat_height + top - low
        chair.piece.add(
            (0, low + tall / 2, center - tall / 2 * lean[1, 2] * 0.9),
            (pi * r * reach, tall, t),
            rotation=lean,
            bend=1 / r,
            taper=(narrow, 1.0),
            edge=0.45 * t,
            corner=0.45 * t,
            material=SEAT,
            part="shell",
        )
    _shell_seat(chair)
    shell_base(chair)
    return chair.piece


@builds("seat")
def _shell_seat(chair: ChairDimensions) -> None:
    """Adds the floor of an arm shell: a round plate, or a bowl with raised sides."""
    t, w, d, y = (
        chair.seat_thickness,
        chair.seat_width,
        chair.seat_depth,
        chair.seat_height - chair.seat_thickness / 2,
    )
    chair.leg_inset = 0.11 * w
    if chair.draw.often("is_flat", 0.5):
        chair.piece.box(
            (0, y, 0.01), (w * 0.99, t, d), edge=0.4 * t, corner=0.42 * d, material=SEAT
        )
    else:
        wrap = chair.draw.span("wrap", 0.6, 1.8)
        rows = ((0.52, -0.02, 0.8), (0.3, 0.0, 0.98), (-0.2, 0.0, 1.0), (-0.5, 0.01, 0.75))
        loft(chair.piece, [(d * z, y + up, w * s, wrap) for z, up, s in rows], t, SEAT)
    if chair.draw.often("has_pad", 0.3):
        pad = (w * 0.84, 0.05, d * 0.84)
        chair.piece.box(
            (0, chair.seat_height + 0.012, 0.02), pad, edge=0.02, corner=0.16, material=BACK
        )


@builds("seat")
def bucket(chair: ChairDimensions, side: float, waist: float, crown: float) -> None:
    """Adds seat and back in one sheet.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    side : float
        How high the sides of the seat rise, 0 to 1.
    waist : float
        Width between seat and back relative to the seat.
    crown : float
        Width of the top relative to the seat.
    """
    draw = chair.draw
    d = chair.seat_depth
    w = chair.seat_width
    t = chair.seat_thickness
    y = chair.seat_height - t / 2
    front_drop = draw.span("front_drop", 0.01, 0.04)
    sag = draw.span("sag", 0.0, 0.03)
    k = side * 2.2
    knee_height = draw.span("knee_height", 0.05, 0.1)
    back_wrap = draw.span("back_wrap", 0.3, 2.4)
    mid = (0.3 + 0.25 * draw.share("bend_height", 0, 1)) * chair.back_height
    stations = [
        (d / 2, y - front_drop, w * draw.share("front_width", 0.75, 0.95), 0.3 * k),
        (d * 0.3, y, w, k),
        (-d * 0.15, y - sag, w * 0.98, k),
        (-d / 2 + knee_height * 0.7, y + 0.012, w * (1 + waist) / 2, k),
        (-d / 2 - 0.01, y + knee_height, w * waist, back_wrap),
        (chair.back_z(mid), y + mid, w * (waist + crown + 1) / 3, back_wrap),
        (
            chair.back_z(chair.back_height * 0.86),
            y + chair.back_height * 0.86,
            w * (crown + 0.1),
            back_wrap,
        ),
        (chair.back_z(chair.back_height), y + chair.back_height, w * crown * 0.75, back_wrap),
    ]
    loft(chair.piece, stations, t, SEAT)
