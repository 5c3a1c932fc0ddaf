"""Seats without much of a back: stools, bar stools, benches, ottomans, pouffes, saddles."""

from math import cos, hypot, pi, sin

from furniture.beams import LEFT_RIGHT, arc, beam, loft
from furniture.chairs import bases, seats
from furniture.chairs.backs import fill_back, hoop, padded, posts, curved_plate
from furniture.chairs.dimensions import (
    BACK,
    FRAME,
    SEAT,
    SOFT,
    ChairDimensions,
    draw_dimensions,
    set_default,
    upholstered_materials,
    wooden_materials,
)
from furniture.chairs.dining import framed, parsons
from furniture.chairs.shells import side_shell
from furniture.choices import SIDES
from furniture.cushions import cushion
from furniture.legs import feet, leg
from furniture.primitives import Furniture, builds
from furniture.vectors import interpolate, spin, tilt

UPWARD = spin(180)  # turns a lying board so that it bends up, not down


def stool(draw, **fixed) -> Furniture:
    """A seat on three or four legs, low or as tall as a bar."""
    tall = fixed.pop("tall", draw.often("is_tall", 0.6))
    fixed.setdefault(
        "seat_height",
        draw.span("tall_height", 0.58, 0.8) if tall else draw.span("low_height", 0.38, 0.5),
    )
    set_default(draw, fixed, "seat_width", 0.28, 0.44)
    set_default(draw, fixed, "seat_thickness", 0.025, 0.09)
    fixed.setdefault(
        "seat_depth",
        fixed["seat_width"]
        * draw.pick("depth_design", (1.0, 1.0, draw.span("depth_ratio", 0.65, 0.95))),
    )
    plan = draw_dimensions(
        draw,
        fixed.pop("name", "stool"),
        wooden_materials(draw),
        rear_width=fixed["seat_width"],
        **fixed,
    )
    kind = draw.pick("seat_design", {"round": 5, "board": 2, "pad": 2, "saddle": 1.5, "rush": 0.7})
    _saddle(plan) if kind == "saddle" else seats.seat(plan, kind)
    if kind == "round" and draw.often("is_tripod", 0.25):
        _tripod(plan)
    else:
        _splayed(plan)
    return plan.piece


@builds("seat")
def _saddle(plan: ChairDimensions) -> None:
    """A board that rises to both sides."""
    wrap = plan.draw.span("wrap", 0.8, 1.8)
    t = max(plan.seat_thickness * 0.7, 0.025)
    plan.seat_thickness = t
    middle = (0, plan.seat_height - t / 2, 0)
    plan.piece.add(
        middle,
        (plan.seat_width, plan.seat_depth, t),
        rotation=tilt(-90) @ UPWARD,
        bend=wrap,
        edge=0.3 * t,
        corner=0.3 * t,
        material=SEAT,
    )


def _splayed(plan: ChairDimensions) -> None:
    """Four legs with stretchers at one or two heights, square or round ring."""
    draw = plan.draw
    splay = draw.span("leg_splay", 0.02, 0.1) if draw.often("is_splayed", 0.75) else 0.0
    tall = plan.seat_height > 0.55
    kind = draw.pick(
        "stretcher_design", {"box": 6 if tall else 1, "double": 2, "h": 1, "none": 1 if tall else 4}
    )
    ringed = (
        tall and abs(plan.seat_width - plan.seat_depth) < 0.02 and draw.often("has_foot_ring", 0.25)
    )
    legs = bases.four_legs(plan, splay=splay, stretcher="none" if ringed else kind)
    if ringed:
        at = interpolate(legs[0][1], legs[0][0], draw.span("foot_ring_height", 0.3, 0.5))
        r = hypot(at[0], at[2])
        t = draw.span("foot_ring_thickness", 0.016, 0.025)
        middle = (0, at[1], -r)
        arc(
            plan.piece,
            middle,
            (1, 0, 0),
            (0, 0, 1),
            1 / r,
            2 * pi * r,
            (t, t),
            material=FRAME,
            part="foot_ring",
        )


@builds("leg")
def _tripod(plan: ChairDimensions) -> None:
    draw = plan.draw
    r = plan.seat_width / 2 - 0.04
    turn = draw.span("turn", 0, 2)
    splay = draw.span("splay", 0.02, 0.09)
    style = draw.pick("design", bases.LEGS)
    t = draw.span("thickness", 0.028, 0.045)
    for i in draw.each(("first", "second", "third"), range(3)):
        c, s = cos(turn + 2 * pi * i / 3), sin(turn + 2 * pi * i / 3)
        top = (r * c, plan.seat_underside + 0.006, r * s)
        leg(plan.piece, draw, top, ((r + splay) * c, 0, (r + splay) * s), t, style, FRAME)
        if plan.seat_height > 0.5 or draw.often("has_brace", 0.4):
            beam(
                plan.piece, (0, 0.25, 0), ((r + splay * 0.5) * c, 0.25, (r + splay * 0.5) * s), 0.02
            )


def bar_chair(draw, **fixed) -> Furniture:
    """A stool at counter height with any back."""
    height = draw.span("seat_height", 0.58, 0.8)
    kind = draw.pick("body_design", {"framed": 4, "parsons": 3, "bow": 1, "shell": 2, "low": 3})
    width = draw.span("seat_width", 0.36, 0.46)
    sizes = {
        "seat_height": height,
        "seat_width": width,
        "seat_depth": draw.span("seat_depth", 0.34, 0.44),
        "name": "bar_chair",
    }
    if kind == "framed":
        return framed(draw, back_height=draw.span("framed_back_height", 0.18, 0.45), **sizes)
    if kind == "parsons":
        return parsons(draw, back_height=draw.span("padded_back_height", 0.2, 0.5), **sizes)
    if kind == "shell":
        return side_shell(draw, back_height=draw.span("shell_back_height", 0.2, 0.42), **sizes)
    plan = draw_dimensions(
        draw,
        sizes.pop("name"),
        wooden_materials(draw),
        back_height=draw.span("low_back_height", 0.2, 0.42),
        later=("rear_width",),
        **sizes,
    )
    plan.rear_width = plan.seat_width
    seats.seat(plan, draw.pick("low_seat_design", {"round": 4, "pad": 1}))
    _splayed(plan)
    if kind == "bow":
        hoop(plan)
    else:
        _low_back(plan)
    return plan.piece


def _low_back(plan: ChairDimensions) -> None:
    draw = plan.draw
    if draw.often("has_posts", 0.5):
        half = posts(
            plan,
            draw.span("post_thickness", 0.022, 0.034),
            draw.often("has_square_posts", 0.5),
            floor=False,
        )
        fill_back(plan, half)
        return
    top = plan.back_height * 0.8
    wrap = draw.span("back_wrap", 1, 3.5)
    wide = plan.seat_width * draw.span("back_width", 0.8, 1.1)
    curved_plate(
        plan, top * 0.5, top, wide, wrap, draw.span("back_thickness", 0.02, 0.05), BACK, 1.0
    )
    sag = wide * wide * wrap / 8
    for s in LEFT_RIGHT:
        x = s * plan.seat_width * 0.22
        away = -sag * (1 - (2 * x / wide) ** 2)
        start = (x, plan.seat_underside + 0.01, -plan.seat_depth * 0.38)
        beam(
            plan.piece,
            start,
            plan.back_point(top * 0.75, x, away),
            0.024,
            over=0.01,
            material=FRAME,
            part="post",
        )


def pedestal_stool(draw, **fixed) -> Furniture:
    """A bar stool on a post: disc foot, foot rest, disc, tractor or shell seat."""
    set_default(draw, fixed, "seat_height", 0.6, 0.84)
    set_default(draw, fixed, "seat_width", 0.34, 0.46)
    set_default(draw, fixed, "back_height", 0.05, 0.4)
    soft = draw.pick("cover_material", {"leather": 3, "plastic": 2, "fabric": 1, "wood": 1})
    materials = (draw.pick("frame_material", {"metal": 5, "painted": 1}), soft, soft, "metal")
    plan = draw_dimensions(
        draw,
        fixed.pop("name", "pedestal_stool"),
        materials,
        later=("seat_depth", "seat_thickness"),
        **fixed,
    )
    plan.seat_depth, plan.seat_thickness = (
        plan.seat_width * 0.95,
        draw.span("seat_thickness", 0.03, 0.1),
    )
    seats.seat(plan, "round")
    if draw.often("has_back", 0.6):
        wide = plan.seat_width * draw.span("back_width", 0.8, 1.15)
        wrap = draw.span("back_wrap", 1.5, 4.0)
        plan.rear_width = plan.seat_width
        if draw.often("has_padded_back", 0.5):
            padded(plan, draw.span("padded_back_thickness", 0.03, 0.06), BACK, wrap * 0.6)
        else:
            curved_plate(
                plan,
                -0.02,
                plan.back_height,
                wide,
                wrap,
                draw.span("shell_back_thickness", 0.02, 0.05),
                BACK,
            )
    bases.pedestal(plan) if draw.often("has_pedestal", 0.8) else bases.swivel(plan)
    if draw.often("has_foot_ring", 0.75):
        bases.foot_ring(
            plan, draw.span("foot_ring_height", 0.2, 0.34), draw.span("foot_ring_radius", 0.14, 0.2)
        )
    return plan.piece


def saddle_stool(draw, **fixed) -> Furniture:
    """A swivel stool on castors: round pad or saddle, no back."""
    set_default(draw, fixed, "seat_height", 0.42, 0.62)
    set_default(draw, fixed, "seat_width", 0.33, 0.44)
    materials = ("metal", *(draw.pick("cover_material", SOFT),) * 2, "plastic")
    plan = draw_dimensions(
        draw,
        fixed.pop("name", "saddle_stool"),
        materials,
        later=("seat_depth", "seat_thickness"),
        **fixed,
    )
    plan.seat_thickness = draw.span("seat_thickness", 0.05, 0.1)
    plan.seat_depth = plan.seat_width * draw.span("depth_ratio", 0.85, 1.0)
    if draw.often("is_round", 0.5):
        seats.seat(plan, "round")
    else:
        y, d, t = plan.seat_height - plan.seat_thickness / 2, plan.seat_depth, plan.seat_thickness
        stations = [
            (d / 2, y + 0.03, plan.seat_width * 0.55, -1.5),
            (0.1 * d, y, plan.seat_width * 0.8, -2.0),
            (-0.3 * d, y, plan.seat_width, -1.2),
            (-d / 2, y + 0.04, plan.seat_width * 0.85, -0.5),
        ]
        loft(plan.piece, stations, t, SEAT, part="seat")
    bases.swivel(plan, castors=True)
    if draw.often("has_foot_ring", 0.3) and plan.seat_height > 0.5:
        bases.foot_ring(plan, 0.2, 0.2)
    return plan.piece


def bench(draw, **fixed) -> Furniture:
    """A long seat, its long side facing front: planks on legs or panels, or a padded bench."""
    set_default(draw, fixed, "seat_width", 0.7, 1.5)
    set_default(draw, fixed, "seat_depth", 0.28, 0.42)
    materials = (
        wooden_materials(draw) if draw.often("is_wooden", 0.6) else upholstered_materials(draw)
    )
    name = fixed.pop("name", "bench")
    plan = draw_dimensions(draw, name, materials, rear_width=fixed["seat_width"], **fixed)
    seats.seat(plan, draw.pick("seat_design", {"board": 4, "pad": 2, "slatted": 0.7}))
    if draw.often("has_four_legs", 0.55):
        bases.four_legs(plan)
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


def ottoman(draw, **fixed) -> Furniture:
    """A soft block: pouffe, cube, footstool on feet or on bent wood."""
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
