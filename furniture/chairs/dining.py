"""Chairs at a table: frames with every kind of back, parsons chairs, café and stacking chairs."""

from furniture.beams import LEFT_RIGHT, beam, tube
from furniture.chairs.parts import bases, legs, seats
from furniture.chairs.parts.arms import arms, padded_arms
from furniture.chairs.parts.dimensions import (
    BACK,
    FRAME,
    SEAT,
    ChairDimensions,
    draw_dimensions,
    set_default,
    upholstered_materials,
    wooden_materials,
)
from furniture.chairs.parts.frame_backs import fill_back, posts
from furniture.chairs.parts.shaped_backs import curved_plate, padded, upright_back
from furniture.choices import SIDES, Choices
from furniture.legs import leg
from furniture.primitives import Furniture, builds


def framed(draw: Choices, **fixed: float | str) -> Furniture:
    """Builds four legs. The two rear legs continue upwards as the posts of the back."""
    name = fixed.pop("name", "framed")
    chair = draw_dimensions(draw, name, wooden_materials(draw), **fixed)
    seat_design = draw.pick(
        "seat_design", {"board": 3, "pad": 4, "waterfall": 1, "rush": 1.2, "slatted": 0.8}
    )
    seats.seat(chair, seat_design)
    frame_thickness = draw.span("frame_thickness", 0.026, 0.046)
    leg_design = draw.pick("leg_design", legs.LEGS)
    square = leg_design in ("straight", "tapered") or draw.often("has_square_posts", 0.2)
    half = posts(
        chair,
        frame_thickness,
        square,
        flare=draw.span("back_flare", -0.02, 0.03) * draw.often("is_flared", 0.5),
    )
    fronts = _front_legs(chair, leg_design, frame_thickness)
    stretcher_design = draw.pick("stretcher_design", legs.STRETCHERS)
    legs.stretchers(chair, fronts, stretcher_design, frame_thickness)
    if chair.seat_thickness < 0.05 and draw.often("has_apron", 0.7):
        legs.apron(chair, frame_thickness)
    fill_back(chair, half)
    if draw.often("has_arms", 0.16):
        arms(chair, half)
    return chair.piece


@builds("leg")
def _front_legs(chair: ChairDimensions, style: str, t: float):
    """Adds the front legs. Returns (top, foot) of left front, left rear, right front ..."""
    leg_ends = []
    splay = chair.draw.span("splay", 0, 0.03) * chair.draw.often("is_splayed", 0.3)
    for side in chair.draw.each(SIDES, LEFT_RIGHT):
        x, z = side * (chair.seat_width / 2 - t / 2), chair.seat_depth / 2 - t / 2
        top, foot = (x, chair.seat_underside + 0.008, z), (x + side * splay, 0.0, z + splay)
        leg(chair.piece, chair.draw, top, foot, t * 1.1, style, FRAME)
        x, z = side * (chair.rear_width / 2 - t * 0.45), -chair.seat_depth / 2 + t * 0.3
        leg_ends += [(top, foot), ((x, chair.seat_underside, z), (x, 0.0, z - 0.03))]
    return leg_ends


def parsons(draw: Choices, **fixed: float | str) -> Furniture:
    """A padded seat and a padded back on legs, sometimes with padded arms."""
    set_default(draw, fixed, "seat_thickness", 0.06, 0.14)
    name = fixed.pop("name", "parsons")
    chair = draw_dimensions(draw, name, upholstered_materials(draw), **fixed)
    back_thickness = draw.span("back_thickness", 0.05, 0.1)
    y, t = chair.seat_height - chair.seat_thickness / 2, chair.seat_thickness
    width = (chair.seat_width + chair.rear_width) / 2
    edge = t * draw.span("seat_edge_ratio", 0.15, 0.45)
    chair.piece.box(
        (0, y, 0), (width, t, chair.seat_depth), edge=edge, corner=0.04, material=SEAT, part="seat"
    )
    if draw.often("has_crown", 0.6):
        crown = (0.95 * width, t + 0.03, 0.95 * chair.seat_depth)
        chair.piece.ellipsoid((0, y, 0), crown, material=SEAT, part="seat")
    chair.rear_width = width
    padded(chair, back_thickness, BACK)
    padded_base(chair)
    if draw.often("has_arms", 0.15):
        padded_arms(
            chair,
            chair.seat_thickness + draw.span("arm_height", 0.16, 0.22),
            draw.span("arm_thickness", 0.04, 0.08),
            BACK,
        )
    return chair.piece


def padded_base(chair: ChairDimensions) -> None:
    """Adds any base that suits a padded or moulded seat."""
    base_design = chair.draw.pick(
        "base_design", {"legs": 7, "sled": 1, "cantilever": 1, "swivel": 0.7, "spread": 1}
    )
    if base_design == "legs":
        legs.four_legs(
            chair, stretcher=chair.draw.pick("stretcher_design", {"none": 7, "box": 1, "h": 1.5})
        )
    elif base_design == "swivel":
        bases.swivel(chair, castors=chair.draw.often("has_castors", 0.3))
    else:
        {"sled": bases.sled, "cantilever": bases.cantilever, "spread": legs.spread}[base_design](
            chair
        )


def cafe(draw: Choices, **fixed: float | str) -> Furniture:
    """A café chair of pressed steel: splayed legs, a hoop with one slat."""
    set_default(draw, fixed, "back_height", 0.33, 0.42)
    fixed.setdefault("seat_thickness", 0.03)
    materials = (draw.pick("frame_material", {"metal": 2, "painted": 1.5}),) * 4
    chair = draw_dimensions(
        draw, fixed.pop("name", "cafe"), materials, unread=("rear_width",), **fixed
    )
    chair.rear_width = chair.seat_width * 0.92
    seats.seat(chair, draw.pick("seat_design", ("round", "board")))
    leg_splay = draw.span("leg_splay", 0.04, 0.08)
    stretcher_design = draw.pick("stretcher_design", {"none": 3, "box": 1})
    legs.four_legs(chair, splay=leg_splay, style="tapered", stretcher=stretcher_design)
    half = chair.rear_width / 2 - 0.02
    back_corner_radius = draw.span("back_corner_radius", 0.08, 0.14)
    path = [
        chair.back_point(-0.01, -half, 0.02),
        chair.back_point(chair.back_height, -half),
        chair.back_point(chair.back_height, half),
    ]
    tube(
        chair.piece,
        [*path, chair.back_point(-0.01, half, 0.02)],
        0.022,
        back_corner_radius,
        FRAME,
        part="back",
    )
    slat_width = draw.span("slat_width", 0.08, 0.2)
    start, end = chair.back_point(-0.01, 0, 0.02), chair.back_point(chair.back_height, 0)
    beam(chair.piece, start, end, (slat_width, 0.012), square=True, material=BACK, part="back")
    if draw.often("has_arms", 0.3):
        arms(chair, half, "slope")
    return chair.piece


def stacking(draw: Choices, **fixed: float | str) -> Furniture:
    """Visitor and conference chairs: a tube frame, a plate or pad as back, loop arms or none."""
    frame_material = draw.pick("frame_material", {"metal": 3, "painted": 1})
    cover_material = draw.pick(
        "cover_material", {"fabric": 3, "plastic": 3, "wood": 1.5, "leather": 1}
    )
    chair = draw_dimensions(
        draw,
        fixed.pop("name", "stacking"),
        (frame_material, cover_material, cover_material, frame_material),
        **fixed,
    )
    kind = (
        "waterfall"
        if cover_material in ("plastic", "wood") or draw.often("is_waterfall", 0.4)
        else "pad"
    )
    seats.seat(chair, kind)
    leg_design = draw.pick("leg_design", {"round": 5, "tapered_round": 2, "straight": 1})
    base_design = draw.pick("base_design", {"legs": 4, "sled": 2.5, "cantilever": 2})
    if base_design == "legs":
        leg_thickness = draw.span("leg_thickness", 0.02, 0.03)
        legs.four_legs(chair, style=leg_design, thickness=leg_thickness, stretcher="none")
    else:
        (bases.sled if base_design == "sled" else bases.cantilever)(chair)
    if draw.often("has_standing_back", 0.75):
        upright_back(chair)
    else:
        half = posts(chair, draw.span("post_thickness", 0.02, 0.028), False, floor=False)
        curved_plate(
            chair,
            0.1,
            chair.back_height,
            half * 2,
            draw.span("back_wrap", 0.2, 1.2),
            draw.span("back_thickness", 0.02, 0.06),
            BACK,
        )
    if draw.often("has_arms", 0.4):
        arms(
            chair,
            chair.rear_width / 2,
            draw.pick("arm_design", {"loop": 4, "bracket": 1, "slope": 1}),
        )
    return chair.piece
