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
    plan = draw_dimensions(draw, name, materials, rear_width=fixed["seat_width"], **fixed)
    seats.seat(plan, draw.pick("seat_design", {"board": 4, "pad": 2, "slatted": 0.7}))
    if draw.often("has_four_legs", 0.55):
        legs.four_legs(plan)
        return plan.piece
    t = draw.span("panel_thickness", 0.02, 0.05)
    lean = draw.span("panel_splay", 0.0, 0.05)
    for s in draw.each(SIDES, LEFT_RIGHT):
        x = s * (plan.seat_width / 2 - draw.span("panel_inset", 0.0, 0.14) - t)
        top, foot = (x, plan.seat_underside + 0.01, 0), (x + s * lean, 0, 0)
        section = (t, plan.seat_depth * draw.span("panel_depth_ratio", 0.75, 0.95))
        beam(plan.piece, foot, top, section, square=True, material=FRAME, part="leg")
    if draw.often("has_stretcher", 0.7):
        x = plan.seat_width / 2 - 0.1
        y = plan.seat_underside * draw.span("stretcher_height", 0.3, 0.8)
        beam(
            plan.piece,
            (-x, y, 0),
            (x, y, 0),
            (draw.span("stretcher_width", 0.04, 0.12), 0.025),
            square=True,
            part="stretcher",
        )
    return plan.piece


def ottoman(draw: Choices, **fixed: float | str) -> Furniture:
    """A soft block: a pouf, a cube or a footstool."""
    soft = draw.pick("cover_material", {"fabric": 3, "leather": 2})
    piece = Furniture("chair", ("wood", soft, soft, "metal"), "ottoman", draw)
    w = draw.span("width", 0.4, 0.8)
    h = draw.span("height", 0.28, 0.46)
    d = w * draw.span("depth_ratio", 0.6, 1.0)
    lift = draw.pick("clearance", (0.0, draw.span("foot_height", 0.03, 0.2)))
    kind = draw.pick("shape", {"box": 3, "drum": 2, "pouf": 1.5})
    body = h - lift
    middle = (0, lift + body / 2, 0)
    if kind == "pouf":
        piece.box(
            middle, (w, body, w), edge=0.45 * body, corner=0.45 * w, material=SEAT, part="seat"
        )
    elif kind == "drum":
        piece.cylinder(
            middle,
            w / 2,
            body,
            edge=draw.span("edge_radius", 0.02, 0.08),
            material=SEAT,
            part="seat",
        )
    else:
        base = body * draw.span("base_ratio", 0.45, 0.8)
        piece.box((0, lift + base / 2, 0), (w, base, d), edge=0.015, material=SEAT, part="base")
        top = body - base + 0.02
        cushion(piece, draw, (0, h - top / 2, 0), (w, top, d), material=SEAT, part="seat")
    feet(piece, draw, w * 0.9, (d if kind == "box" else w) * 0.9, lift, 0.13 * w, material=FRAME)
    return piece
