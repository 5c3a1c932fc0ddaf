"""Round moulded chairs: tubs with a curved wall, pods with an open front."""

from math import cos, pi, radians, sin

from furniture.chairs.parts.dimensions import (
    BACK,
    SEAT,
    ChairDimensions,
    draw_dimensions,
    set_default,
)
from furniture.chairs.shells import shell_base
from furniture.choices import Choices
from furniture.primitives import Furniture, builds
from furniture.vectors import tilt


def tub(draw: Choices, **fixed: float | str) -> Furniture:
    """A curved wall around a thick seat: barrel and tub chairs."""
    set_default(draw, fixed, "back_height", 0.26, 0.45)
    set_default(draw, fixed, "seat_width", 0.46, 0.64)
    set_default(draw, fixed, "seat_thickness", 0.1, 0.18)
    cover_material = draw.pick(
        "cover_material", {"fabric": 3, "leather": 2, "plastic": 0.5, "wood": 0.5}
    )
    materials = (
        draw.pick("base_material", {"wood": 3, "metal": 2}),
        cover_material,
        cover_material,
        "metal",
    )
    chair = draw_dimensions(
        draw,
        fixed.pop("name", "tub"),
        materials,
        unread=("seat_depth", "rear_width", "back_angle"),
        **fixed,
    )
    r = chair.seat_width / 2
    wall_thickness = draw.span("wall_thickness", 0.03, 0.09)
    chair.seat_depth = chair.rear_width = chair.seat_width
    chair.leg_inset = 0.14 * chair.seat_width
    low = chair.seat_underside - draw.span("wall_drop", 0.0, 0.04)
    top = chair.seat_height + chair.back_height
    wall_turn = draw.span("wall_turn", 1.0, 1.45)
    chair.piece.add(
        (0, (low + top) / 2, -r - wall_thickness / 2),
        (2 * (r + wall_thickness / 2) * wall_turn * pi / 2, top - low, wall_thickness),
        bend=1 / (r + wall_thickness / 2),
        taper=(draw.span("wall_taper", 0.5, 1.0), 1.0),
        edge=0.4 * wall_thickness,
        corner=0.45 * wall_thickness,
        material=BACK,
        part="back",
    )
    _tub_seat(chair, r)
    shell_base(
        chair, draw.pick("base_design", {"legs": 4, "spread": 1, "swivel": 2, "pedestal": 2})
    )
    return chair.piece


@builds("seat")
def _tub_seat(chair: ChairDimensions, r: float) -> None:
    """Adds a round or rounded seat inside the wall."""
    draw = chair.draw
    y = chair.seat_height - chair.seat_thickness / 2
    t = chair.seat_thickness
    edge = t * draw.span("edge_ratio", 0.15, 0.45)
    if draw.often("is_disc", 0.5):
        chair.piece.cylinder((0, y, 0), r * 1.02, t, edge=edge, radius_z=r * 1.1, material=SEAT)
    else:
        size = (2 * r + 0.02, t, 2 * r + 0.02)
        chair.piece.box((0, y, 0.02), size, edge=edge, corner=0.7 * r, material=SEAT)


def pod(draw: Choices, **fixed: float | str) -> Furniture:
    """An ellipsoid with an open front, on a swivel foot, a pedestal or legs."""
    shell_width = draw.span("shell_width", 0.6, 0.82)
    tall = shell_width * draw.span("shell_height_ratio", 0.85, 1.35)
    cover_material = draw.pick("cover_material", {"fabric": 3, "leather": 2, "plastic": 2})
    set_default(draw, fixed, "seat_height", 0.38, 0.48)
    chair = draw_dimensions(
        draw,
        fixed.pop("name", "pod"),
        ("metal", cover_material, cover_material, "plastic"),
        unread=(
            "seat_width",
            "seat_depth",
            "rear_width",
            "seat_thickness",
            "back_height",
            "back_angle",
        ),
        **fixed,
    )
    deep = shell_width * draw.span("shell_depth_ratio", 0.85, 1.05)
    low = chair.seat_height - draw.span("shell_drop", 0.12, 0.2)
    y = low + tall / 2
    wall_thickness = draw.span("wall_thickness", 0.04, 0.08)
    chair.piece.ellipsoid((0, y, 0), (shell_width, tall, deep), material=SEAT, part="shell")
    lift = chair.seat_height - low
    out = draw.span("opening_forward", 0.14, 0.28) * deep
    hollow = (shell_width - 2 * wall_thickness, tall * 2 - 2 * lift, deep * 1.15)
    chair.piece.ellipsoid(
        (0, chair.seat_height + hollow[1] / 2, out), hollow, material=SEAT, cut=True, part="shell"
    )
    opening_angle = draw.span("opening_angle", 20, 50)
    _cut_front(chair, y, tall, deep, opening_angle, draw.span("opening_height", 0.1, 0.3))
    chair.seat_height, chair.seat_thickness = low + 0.06, 0.04
    chair.seat_width = chair.seat_depth = chair.rear_width = 0.5 * shell_width
    shell_base(chair, draw.pick("base_design", {"swivel": 4, "pedestal": 3, "spread": 1}))
    return chair.piece


def _cut_front(chair: ChairDimensions, y, tall, deep, slope, keep) -> None:
    """Cuts the shell by a plane that falls to the front and stays above the seat."""
    c, s = cos(radians(slope)), sin(radians(slope))
    size = 2 * tall
    rise = max(y + keep * tall * 0.5, chair.seat_height + 0.03 + 0.4 * deep * s / c)
    center = (0, rise + c * size / 2, s * size / 2)
    chair.piece.box(center, (size, size, size), rotation=tilt(-slope), cut=True, part="shell")
