"""Benches and ottomans."""

from furniture.beams import LEFT_RIGHT, beam
from furniture.chairs.parts import legs, seats
from furniture.chairs.parts.dimensions import (
    FRAME,
    SEAT,
    draw_dimensions,
    set_default,
    upholstered_materials,
    wooden_materials,
)
from furniture.choices import SIDES, Choices
from furniture.cushions import cushion
from furniture.legs import feet
from furniture.primitives import Furniture


def bench(draw: Choices, **fixed: float | str) -> Furniture:
    """A long seat, its long side in front, on legs or panels."""
    set_default(draw, fixed, "seat_width", 0.7, 1.5)
    set_default(draw, fixed, "seat_depth", 0.28, 0.42)
    materials = (
        wooden_materials(draw) if draw.often("is_wooden", 0.6) else upholstered_materials(draw)
    )
    name = fixed.pop("name", "bench")
    chair = draw_dimensions(
        draw,
        name,
        materials,
        rear_width=fixed["seat_width"],
        unread=("back_height", "back_angle"),
        **fixed,
    )
    seats.seat(chair, draw.pick("seat_design", {"board": 4, "pad": 2, "slatted": 0.7}))
    if draw.often("has_four_legs", 0.55):
        legs.four_legs(chair)
        return chair.piece
    panel_thickness = draw.span("panel_thickness", 0.02, 0.05)
    panel_splay = draw.span("panel_splay", 0.0, 0.05)
    for side in draw.each(SIDES, LEFT_RIGHT):
        x = side * (chair.seat_width / 2 - draw.span("panel_inset", 0.0, 0.14) - panel_thickness)
        top, foot = (x, chair.seat_underside + 0.01, 0), (x + side * panel_splay, 0, 0)
        section = (panel_thickness, chair.seat_depth * draw.span("panel_depth_ratio", 0.75, 0.95))
        beam(chair.piece, foot, top, section, square=True, material=FRAME, part="leg")
    if draw.often("has_stretcher", 0.7):
        x = chair.seat_width / 2 - 0.1
        y = chair.seat_underside * draw.share("stretcher_height", 0.3, 0.8)
        beam(
            chair.piece,
            (-x, y, 0),
            (x, y, 0),
            (draw.span("stretcher_width", 0.04, 0.12), 0.025),
            square=True,
            part="stretcher",
        )
    return chair.piece


def ottoman(draw: Choices, **fixed: float | str) -> Furniture:
    """A soft block: a pouf, a cube or a footstool."""
    cover_material = draw.pick("cover_material", {"fabric": 3, "leather": 2})
    piece = Furniture("chair", ("wood", cover_material, cover_material, "metal"), "ottoman", draw)
    width = draw.span("width", 0.4, 0.8)
    height = draw.span("height", 0.28, 0.46)
    d = width * draw.span("depth_ratio", 0.6, 1.0)
    clearance = draw.pick("clearance", (0.0, draw.span("foot_height", 0.03, 0.2)))
    shape = draw.pick("shape", {"box": 3, "drum": 2, "pouf": 1.5})
    body = height - clearance
    middle = (0, clearance + body / 2, 0)
    if shape == "pouf":
        piece.box(
            middle,
            (width, body, width),
            edge=0.45 * body,
            corner=0.45 * width,
            material=SEAT,
            part="seat",
        )
    elif shape == "drum":
        piece.cylinder(
            middle,
            width / 2,
            body,
            edge=draw.span("edge_radius", 0.02, 0.08),
            material=SEAT,
            part="seat",
        )
    else:
        base = body * draw.span("base_ratio", 0.45, 0.8)
        piece.box(
            (0, clearance + base / 2, 0), (width, base, d), edge=0.015, material=SEAT, part="base"
        )
        top = body - base + 0.02
        cushion(piece, draw, (0, height - top / 2, 0), (width, top, d), material=SEAT, part="seat")
    feet(
        piece,
        draw,
        width * 0.9,
        (d if shape == "box" else width) * 0.9,
        clearance,
        0.13 * width,
        material=FRAME,
    )
    return piece
