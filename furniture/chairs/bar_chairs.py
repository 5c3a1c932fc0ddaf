"""Seats at counter height with a back or on a post."""

from furniture.beams import LEFT_RIGHT, beam
from furniture.chairs.dining import framed, parsons
from furniture.chairs.parts import bases, seats
from furniture.chairs.parts.dimensions import (
    BACK,
    FRAME,
    ChairDimensions,
    draw_dimensions,
    set_default,
    wooden_materials,
)
from furniture.chairs.parts.frame_backs import fill_back, posts
from furniture.chairs.parts.shaped_backs import curved_plate, hoop, padded
from furniture.chairs.shells import side_shell
from furniture.chairs.stools import splayed_legs
from furniture.choices import Choices
from furniture.primitives import Furniture


def bar_chair(draw: Choices, **fixed: float | str) -> Furniture:
    """A seat at counter height with any back."""
    seat_height = draw.span("seat_height", 0.58, 0.8)
    body_design = draw.pick(
        "body_design", {"framed": 4, "parsons": 3, "bow": 1, "shell": 2, "low": 3}
    )
    seat_width = draw.span("seat_width", 0.36, 0.46)
    sizes = {
        "seat_height": seat_height,
        "seat_width": seat_width,
        "seat_depth": draw.span("seat_depth", 0.34, 0.44),
        "name": "bar_chair",
    }
    if body_design == "framed":
        return framed(draw, back_height=draw.span("back_height", 0.18, 0.45), **sizes)
    if body_design == "parsons":
        return parsons(draw, back_height=draw.span("back_height", 0.2, 0.5), **sizes)
    if body_design == "shell":
        return side_shell(draw, back_height=draw.span("back_height", 0.2, 0.42), **sizes)
    chair = draw_dimensions(
        draw,
        sizes.pop("name"),
        wooden_materials(draw),
        back_height=draw.span("back_height", 0.2, 0.42),
        unread=("rear_width",),
        **sizes,
    )
    chair.rear_width = chair.seat_width
    seats.seat(chair, draw.pick("low_seat_design", {"round": 4, "pad": 1}))
    splayed_legs(chair)
    if body_design == "bow":
        hoop(chair)
    else:
        _low_back(chair)
    return chair.piece


def _low_back(chair: ChairDimensions) -> None:
    """Adds a low back: posts with a filling, or a bent plate."""
    draw = chair.draw
    if draw.often("has_posts", 0.5):
        half = posts(
            chair,
            draw.span("post_thickness", 0.022, 0.034),
            draw.often("has_square_posts", 0.5),
            floor=False,
        )
        fill_back(chair, half)
        return
    top = chair.back_height * 0.8
    back_wrap = draw.span("back_wrap", 1, 3.5)
    wide = chair.seat_width * draw.share("back_width", 0.8, 1.1)
    curved_plate(
        chair, top * 0.5, top, wide, back_wrap, draw.span("back_thickness", 0.02, 0.05), BACK, 1.0
    )
    sag = wide * wide * back_wrap / 8
    for side in LEFT_RIGHT:
        x = side * chair.seat_width * 0.22
        away = -sag * (1 - (2 * x / wide) ** 2)
        start = (x, chair.seat_underside + 0.01, -chair.seat_depth * 0.38)
        beam(
            chair.piece,
            start,
            chair.back_point(top * 0.75, x, away),
            0.024,
            over=0.01,
            material=FRAME,
            part="post",
        )


def pedestal_stool(draw: Choices, **fixed: float | str) -> Furniture:
    """A bar stool on a post, with a foot ring, with or without a back."""
    set_default(draw, fixed, "seat_height", 0.6, 0.84)
    set_default(draw, fixed, "seat_width", 0.34, 0.46)
    set_default(draw, fixed, "back_height", 0.05, 0.4)
    cover_material = draw.pick(
        "cover_material", {"leather": 3, "plastic": 2, "fabric": 1, "wood": 1}
    )
    materials = (
        draw.pick("frame_material", {"metal": 5, "painted": 1}),
        cover_material,
        cover_material,
        "metal",
    )
    chair = draw_dimensions(
        draw,
        fixed.pop("name", "pedestal_stool"),
        materials,
        unread=("seat_depth", "seat_thickness"),
        **fixed,
    )
    chair.seat_depth, chair.seat_thickness = (
        chair.seat_width * 0.95,
        draw.span("seat_thickness", 0.03, 0.1),
    )
    seats.seat(chair, "round")
    if draw.often("has_back", 0.6):
        wide = chair.seat_width * draw.share("back_width", 0.8, 1.15)
        back_wrap = draw.span("back_wrap", 1.5, 4.0)
        chair.rear_width = chair.seat_width
        if draw.often("has_padded_back", 0.5):
            padded(chair, draw.span("padded_back_thickness", 0.03, 0.06), BACK, back_wrap * 0.6)
        else:
            curved_plate(
                chair,
                -0.02,
                chair.back_height,
                wide,
                back_wrap,
                draw.span("shell_back_thickness", 0.02, 0.05),
                BACK,
            )
    bases.pedestal(chair) if draw.often("has_pedestal", 0.8) else bases.swivel(chair)
    if draw.often("has_foot_ring", 0.75):
        bases.foot_ring(
            chair,
            draw.span("foot_ring_height", 0.2, 0.34),
            draw.span("foot_ring_radius", 0.14, 0.2),
        )
    return chair.piece
