"""Chairs at a table: frames with every kind of back, parsons, Windsor, café, stacking chairs."""

from math import pi

from furniture.beams import LEFT_RIGHT, arc, beam, spaced, tube
from furniture.chairs import bases, seats
from furniture.chairs.arms import arms, padded_arms
from furniture.chairs.backs import fill_back, hoop, padded, posts, curved_plate, upright_back
from furniture.chairs.dimensions import (
    BACK,
    FRAME,
    SEAT,
    draw_dimensions,
    set_default,
    upholstered_materials,
    wooden_materials,
)
from furniture.choices import SIDES
from furniture.legs import leg
from furniture.primitives import Furniture, builds
from furniture.vectors import interpolate


def framed(draw, **fixed) -> Furniture:
    """Four legs of which the rear two rise as the posts of the back."""
    name = fixed.pop("name", "framed")
    plan = draw_dimensions(draw, name, wooden_materials(draw), **fixed)
    kind = draw.pick(
        "seat_design", {"board": 3, "pad": 4, "waterfall": 1, "rush": 1.2, "slatted": 0.8}
    )
    seats.seat(plan, kind)
    t = draw.span("frame_thickness", 0.026, 0.046)
    style = draw.pick("leg_design", bases.LEGS)
    square = style in ("straight", "tapered") or draw.often("has_square_posts", 0.2)
    half = posts(
        plan, t, square, flare=draw.span("back_flare", -0.02, 0.03) * draw.often("is_flared", 0.5)
    )
    fronts = _front_legs(plan, style, t)
    stretcher = draw.pick("stretcher_design", bases.STRETCHERS)
    bases.stretchers(plan, fronts, stretcher, t)
    if plan.seat_thickness < 0.05 and draw.often("has_apron", 0.7):
        bases.apron(plan, t)
    fill_back(plan, half)
    if draw.often("has_arms", 0.16):
        arms(plan, half)
    return plan.piece


@builds("leg")
def _front_legs(plan, style: str, t: float):
    """Front legs; returns all four as (top, foot), left front, left rear, right front, ..."""
    legs = []
    splay = plan.draw.span("splay", 0, 0.03) * plan.draw.often("is_splayed", 0.3)
    for s in plan.draw.each(SIDES, LEFT_RIGHT):
        x, z = s * (plan.seat_width / 2 - t / 2), plan.seat_depth / 2 - t / 2
        top, foot = (x, plan.seat_underside + 0.008, z), (x + s * splay, 0.0, z + splay)
        leg(plan.piece, plan.draw, top, foot, t * 1.1, style, FRAME)
        x, z = s * (plan.rear_width / 2 - t * 0.45), -plan.seat_depth / 2 + t * 0.3
        legs += [(top, foot), ((x, plan.seat_underside, z), (x, 0.0, z - 0.03))]
    return legs


def parsons(draw, **fixed) -> Furniture:
    """A padded seat and a padded back on legs, sometimes with padded arms."""
    set_default(draw, fixed, "seat_thickness", 0.06, 0.14)
    name = fixed.pop("name", "parsons")
    plan = draw_dimensions(draw, name, upholstered_materials(draw), **fixed)
    thick = draw.span("back_thickness", 0.05, 0.1)
    y, t = plan.seat_height - plan.seat_thickness / 2, plan.seat_thickness
    width = (plan.seat_width + plan.rear_width) / 2
    edge = t * draw.span("seat_edge_ratio", 0.15, 0.45)
    plan.piece.box(
        (0, y, 0), (width, t, plan.seat_depth), edge=edge, corner=0.04, material=SEAT, part="seat"
    )
    if draw.often("has_crown", 0.6):
        crown = (0.95 * width, t + 0.03, 0.95 * plan.seat_depth)
        plan.piece.egg((0, y, 0), crown, material=SEAT, part="seat")
    plan.rear_width = width
    padded(plan, thick, BACK)
    padded_base(plan)
    if draw.often("has_arms", 0.15):
        padded_arms(
            plan,
            plan.seat_thickness + draw.span("arm_height", 0.16, 0.22),
            draw.span("arm_thickness", 0.04, 0.08),
            BACK,
        )
    return plan.piece


def padded_base(plan) -> None:
    """Any base that suits a padded or moulded seat."""
    kind = plan.draw.pick(
        "base_design", {"legs": 7, "sled": 1, "cantilever": 1, "swivel": 0.7, "spread": 1}
    )
    if kind == "legs":
        bases.four_legs(
            plan, stretcher=plan.draw.pick("stretcher_design", {"none": 7, "box": 1, "h": 1.5})
        )
    elif kind == "swivel":
        bases.swivel(plan, castors=plan.draw.often("has_castors", 0.3))
    else:
        {"sled": bases.sled, "cantilever": bases.cantilever, "spread": bases.spread}[kind](plan)


def bow_back(draw, **fixed) -> Furniture:
    """Windsor and bentwood chairs: a hoop over a dished or round seat."""
    plan = draw_dimensions(
        draw, fixed.pop("name", "bow_back"), wooden_materials(draw), later=("rear_width",), **fixed
    )
    plan.rear_width = plan.seat_width * draw.span("rear_ratio", 0.85, 1.0)
    seats.seat(plan, draw.pick("seat_design", {"dished": 5, "round": 2, "pad": 1}))
    style = draw.pick("leg_design", {"turned": 3, "tapered_round": 3, "round": 1, "straight": 0.6})
    splay = draw.span("leg_splay", 0.03, 0.09)
    stretcher = draw.pick("stretcher_design", {"h": 5, "box": 2, "none": 2})
    bases.four_legs(plan, splay=splay, style=style, stretcher=stretcher)
    hoop(plan)
    if draw.often("has_arms", 0.2):
        arms(plan, plan.rear_width / 2 - 0.01, draw.pick("arm_design", ("post", "slope")))
    return plan.piece


def captain(draw, **fixed) -> Furniture:
    """A level rail bent around the sitter at arm height, on legs or spindles."""
    set_default(draw, fixed, "back_height", 0.22, 0.34)
    plan = draw_dimensions(draw, fixed.pop("name", "captain"), wooden_materials(draw), **fixed)
    plan.seat_depth = max(plan.seat_depth, 0.9 * plan.seat_width)
    kind = draw.pick("seat_design", {"pad": 3, "dished": 3, "rush": 1, "round": 1, "board": 1})
    seats.seat(plan, kind)
    r = plan.seat_width / 2 + draw.span("rail_overhang", 0.0, 0.05)
    t = draw.span("leg_thickness", 0.024, 0.036)
    y = plan.seat_height + plan.back_height
    tall = draw.span("rail_height", 0.022, 0.05)
    turn = draw.span("rail_turn", 0.85, 1.15) * pi
    section = (tall, draw.span("rail_depth", 0.024, 0.05))
    rear = -r + draw.span("rail_offset", -0.02, 0.04)
    arc(
        plan.piece,
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
        reach = r * draw.span("crest_reach", 0.9, 1.8)
        pair = (crest, section[1])
        arc(
            plan.piece, middle, (1, 0, 0), (0, 0, 1), 1 / r, reach, pair, material=BACK, part="back"
        )
    _captain_supports(plan, r, rear, y, t)
    return plan.piece


def _captain_supports(plan, r, rear, y, t) -> None:
    draw = plan.draw
    square = draw.often("leg_is_square", 0.3)
    style = draw.pick("leg_design", {"tapered_round": 3, "straight": 2, "turned": 1})
    through = draw.often("legs_reach_rail", 0.55)
    legs = []
    for s in draw.each(SIDES, LEFT_RIGHT):
        for front in draw.each(("front", "rear"), (True, False)):
            z = (rear + r) + (draw.span("leg_forward", 0.0, 0.05) if front else -0.72 * r)
            x = s * (r - 0.005 if front else 0.7 * r)
            foot = (x * 1.02, 0.0, z + (0.02 if front else -0.04))
            top = (x, y if through else plan.seat_underside + 0.005, z)
            if through:
                beam(plan.piece, foot, top, 0.8 * t, t, square=square, material=FRAME, part="leg")
                inner = (x * 0.7, plan.seat_underside + 0.01, z * 0.8)
                beam(
                    plan.piece,
                    inner,
                    interpolate(foot, top, plan.seat_underside / y),
                    (0.03, 0.02),
                    material=FRAME,
                    part="rail",
                )
            else:
                top = (x * 0.85, top[1], z * 0.8)
                leg(plan.piece, draw, top, foot, t * 1.2, style, FRAME)
                stand = (x * 0.84, plan.seat_height - 0.01, z * 0.78)
                beam(plan.piece, stand, (x, y, z), 0.6 * t, material=FRAME, part="armrest")
            legs.append((top, foot))
    if draw.often("has_stretchers", 0.4):
        bases.stretchers(plan, legs, draw.pick("stretcher_design", ("h", "box", "sides")), t)
    if draw.often("has_splat", 0.5):
        wide = draw.span("splat_width", 0.06, 0.14)
        start = (0, plan.seat_height - 0.01, -plan.seat_depth / 2 + 0.03)
        beam(
            plan.piece, start, (0, y, rear), (wide, 0.014), square=True, material=BACK, part="back"
        )
    elif not through or draw.often("has_spindles", 0.4):
        for x in spaced(-0.55 * r, 0.55 * r, draw.count("spindle_count", 3, 7)):
            z = rear + r - (r * r - x * x) ** 0.5
            start = (x * 0.9, plan.seat_height - 0.01, -plan.seat_depth / 2 + 0.03)
            beam(plan.piece, start, (x, y, z), 0.014, material=BACK, part="back")


def cafe(draw, **fixed) -> Furniture:
    """Pressed-steel café chair: splayed channel legs, a hoop with one slat."""
    set_default(draw, fixed, "back_height", 0.33, 0.42)
    fixed.setdefault("seat_thickness", 0.03)
    materials = (draw.pick("frame_material", {"metal": 2, "painted": 1.5}),) * 4
    plan = draw_dimensions(
        draw, fixed.pop("name", "cafe"), materials, later=("rear_width",), **fixed
    )
    plan.rear_width = plan.seat_width * 0.92
    seats.seat(plan, draw.pick("seat_design", ("round", "board")))
    splay = draw.span("leg_splay", 0.04, 0.08)
    stretcher = draw.pick("stretcher_design", {"none": 3, "box": 1})
    bases.four_legs(plan, splay=splay, style="tapered", stretcher=stretcher)
    half = plan.rear_width / 2 - 0.02
    r = draw.span("back_corner_radius", 0.08, 0.14)
    path = [
        plan.back_point(-0.01, -half, 0.02),
        plan.back_point(plan.back_height, -half),
        plan.back_point(plan.back_height, half),
    ]
    tube(plan.piece, [*path, plan.back_point(-0.01, half, 0.02)], 0.022, r, FRAME, part="back")
    wide = draw.span("slat_width", 0.08, 0.2)
    start, end = plan.back_point(-0.01, 0, 0.02), plan.back_point(plan.back_height, 0)
    beam(plan.piece, start, end, (wide, 0.012), square=True, material=BACK, part="back")
    if draw.often("has_arms", 0.3):
        arms(plan, half, "slope")
    return plan.piece


def stacking(draw, **fixed) -> Furniture:
    """Visitor and conference chairs: tube frame, plate or pad for a back, loop arms or none."""
    frame = draw.pick("frame_material", {"metal": 3, "painted": 1})
    soft = draw.pick("cover_material", {"fabric": 3, "plastic": 3, "wood": 1.5, "leather": 1})
    plan = draw_dimensions(draw, fixed.pop("name", "stacking"), (frame, soft, soft, frame), **fixed)
    kind = "waterfall" if soft in ("plastic", "wood") or draw.often("is_waterfall", 0.4) else "pad"
    seats.seat(plan, kind)
    style = draw.pick("leg_design", {"round": 5, "tapered_round": 2, "straight": 1})
    base = draw.pick("base_design", {"legs": 4, "sled": 2.5, "cantilever": 2})
    if base == "legs":
        thickness = draw.span("leg_thickness", 0.02, 0.03)
        bases.four_legs(plan, style=style, thickness=thickness, stretcher="none")
    else:
        (bases.sled if base == "sled" else bases.cantilever)(plan)
    if draw.often("has_standing_back", 0.75):
        upright_back(plan)
    else:
        half = posts(plan, draw.span("post_thickness", 0.02, 0.028), False, floor=False)
        curved_plate(
            plan,
            0.1,
            plan.back_height,
            half * 2,
            draw.span("back_wrap", 0.2, 1.2),
            draw.span("back_thickness", 0.02, 0.06),
            BACK,
        )
    if draw.often("has_arms", 0.4):
        arms(
            plan,
            plan.rear_width / 2,
            draw.pick("arm_design", {"loop": 4, "bracket": 1, "slope": 1}),
        )
    return plan.piece
