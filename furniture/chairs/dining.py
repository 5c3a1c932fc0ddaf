"""Chairs at a table: frames with every kind of back, parsons, Windsor, café, stacking chairs."""

from math import pi

from furniture.chairs import bases, seats
from furniture.chairs.arms import arms, padded_arms
from furniture.chairs.backs import fill, hoop, padded, posts, shape, standing
from furniture.chairs.dimensions import BACK, FRAME, SEAT, draw_plan, upholstered, wooden
from furniture.parts import LEFT_RIGHT, arc, beam, interpolate, leg, often, pick, spaced, span, tube
from furniture.primitives import Furniture


def framed(rng, **fixed) -> Furniture:
    """Four legs of which the rear two rise as the posts of the back."""
    name = fixed.pop("name", "framed")
    plan = draw_plan(rng, name, wooden(rng), **fixed)
    kind = pick(rng, {"board": 3, "pad": 4, "waterfall": 1, "rush": 1.2, "slatted": 0.8})
    seats.seat(plan, kind)
    t = span(rng, 0.026, 0.046)
    style = pick(rng, bases.LEGS)
    square = style in ("straight", "tapered") or often(rng, 0.2)
    half = posts(plan, t, square, flare=span(rng, -0.02, 0.03) * often(rng, 0.5))
    fronts = _front_legs(plan, style, t)
    stretcher = pick(rng, bases.STRETCHERS)
    bases.stretchers(plan, fronts, stretcher, t)
    if plan.thick < 0.05 and often(rng, 0.7):
        bases.apron(plan, t)
    fill(plan, half)
    if often(rng, 0.16):
        arms(plan, half)
    return plan.piece


def _front_legs(plan, style: str, t: float):
    """Front legs; returns all four as (top, foot), left front, left rear, right front, ..."""
    legs, splay = [], span(plan.rng, 0, 0.03) * often(plan.rng, 0.3)
    for s in LEFT_RIGHT:
        x, z = s * (plan.width / 2 - t / 2), plan.depth / 2 - t / 2
        top, foot = (x, plan.under + 0.008, z), (x + s * splay, 0.0, z + splay)
        leg(plan.piece, plan.rng, top, foot, t * 1.1, style, FRAME)
        x, z = s * (plan.rear / 2 - t * 0.45), -plan.depth / 2 + t * 0.3
        legs += [(top, foot), ((x, plan.under, z), (x, 0.0, z - 0.03))]
    return legs


def parsons(rng, **fixed) -> Furniture:
    """A padded seat and a padded back on legs, sometimes with padded arms."""
    fixed.setdefault("thick", span(rng, 0.06, 0.14))
    name = fixed.pop("name", "parsons")
    plan = draw_plan(rng, name, upholstered(rng), **fixed)
    thick = span(rng, 0.05, 0.1)
    y, t = plan.height - plan.thick / 2, plan.thick
    width = (plan.width + plan.rear) / 2
    edge = t * span(rng, 0.15, 0.45)
    plan.piece.box((0, y, 0), (width, t, plan.depth), edge=edge, corner=0.04, material=SEAT)
    if often(rng, 0.6):
        crown = (0.95 * width, t + 0.03, 0.95 * plan.depth)
        plan.piece.egg((0, y, 0), crown, material=SEAT)
    plan.rear = width
    padded(plan, thick, BACK)
    under_chair(plan)
    if often(rng, 0.15):
        padded_arms(plan, plan.thick + span(rng, 0.16, 0.22), span(rng, 0.04, 0.08), BACK)
    return plan.piece


def under_chair(plan) -> None:
    """Any base that suits a padded or moulded seat."""
    kind = pick(plan.rng, {"legs": 7, "sled": 1, "cantilever": 1, "swivel": 0.7, "spread": 1})
    if kind == "legs":
        bases.four_legs(plan, stretcher=pick(plan.rng, {"none": 7, "box": 1, "h": 1.5}))
    elif kind == "swivel":
        bases.swivel(plan, castors=often(plan.rng, 0.3))
    else:
        {"sled": bases.sled, "cantilever": bases.cantilever, "spread": bases.spread}[kind](plan)


def bow_back(rng, **fixed) -> Furniture:
    """Windsor and bentwood chairs: a hoop over a dished or round seat."""
    plan = draw_plan(rng, fixed.pop("name", "bow_back"), wooden(rng), **fixed)
    plan.rear = plan.width * span(rng, 0.85, 1.0)
    seats.seat(plan, pick(rng, {"dished": 5, "round": 2, "pad": 1}))
    style = pick(rng, {"turned": 3, "tapered_round": 3, "round": 1, "straight": 0.6})
    splay = span(rng, 0.03, 0.09)
    stretcher = pick(rng, {"h": 5, "box": 2, "none": 2})
    bases.four_legs(plan, splay=splay, style=style, stretcher=stretcher)
    hoop(plan)
    if often(rng, 0.2):
        arms(plan, plan.rear / 2 - 0.01, pick(rng, ("post", "slope")))
    return plan.piece


def captain(rng, **fixed) -> Furniture:
    """A level rail bent around the sitter at arm height, on legs or spindles."""
    fixed.setdefault("rise", span(rng, 0.22, 0.34))
    plan = draw_plan(rng, fixed.pop("name", "captain"), wooden(rng), **fixed)
    plan.depth = max(plan.depth, 0.9 * plan.width)
    kind = pick(rng, {"pad": 3, "dished": 3, "rush": 1, "round": 1, "board": 1})
    seats.seat(plan, kind)
    r, t = plan.width / 2 + span(rng, 0.0, 0.05), span(rng, 0.024, 0.036)
    y, tall = plan.height + plan.rise, span(rng, 0.022, 0.05)
    turn = span(rng, 0.85, 1.15) * pi
    section = (tall, span(rng, 0.024, 0.05))
    rear = -r + span(rng, -0.02, 0.04)
    arc(plan.piece, (0, y, rear), (1, 0, 0), (0, 0, 1), 1 / r, r * turn, section, material=BACK)
    if often(rng, 0.5):
        crest = section[0] * span(rng, 1.6, 3.5)
        middle = (0, y + crest / 2 - section[0] / 2, rear - 0.004)
        reach = r * span(rng, 0.9, 1.8)
        pair = (crest, section[1])
        arc(plan.piece, middle, (1, 0, 0), (0, 0, 1), 1 / r, reach, pair, material=BACK)
    _captain_supports(plan, r, rear, y, t)
    return plan.piece


def _captain_supports(plan, r, rear, y, t) -> None:
    rng = plan.rng
    square, style = often(rng, 0.3), pick(rng, {"tapered_round": 3, "straight": 2, "turned": 1})
    through = often(rng, 0.55)
    legs = []
    for s in LEFT_RIGHT:
        for front in (True, False):
            z = (rear + r) + (span(rng, 0.0, 0.05) if front else -0.72 * r)
            x = s * (r - 0.005 if front else 0.7 * r)
            foot = (x * 1.02, 0.0, z + (0.02 if front else -0.04))
            top = (x, y if through else plan.under + 0.005, z)
            if through:
                beam(plan.piece, foot, top, 0.8 * t, t, square=square, material=FRAME)
                inner = (x * 0.7, plan.under + 0.01, z * 0.8)
                beam(
                    plan.piece,
                    inner,
                    interpolate(foot, top, plan.under / y),
                    (0.03, 0.02),
                    material=FRAME,
                )
            else:
                top = (x * 0.85, top[1], z * 0.8)
                leg(plan.piece, rng, top, foot, t * 1.2, style, FRAME)
                stand = (x * 0.84, plan.height - 0.01, z * 0.78)
                beam(plan.piece, stand, (x, y, z), 0.6 * t, material=FRAME)
            legs.append((top, foot))
    if often(rng, 0.4):
        bases.stretchers(plan, legs, pick(rng, ("h", "box", "sides")), t)
    if often(rng, 0.5):
        wide = span(rng, 0.06, 0.14)
        start = (0, plan.height - 0.01, -plan.depth / 2 + 0.03)
        beam(plan.piece, start, (0, y, rear), (wide, 0.014), square=True, material=BACK)
    elif not through or often(rng, 0.4):
        for x in spaced(-0.55 * r, 0.55 * r, int(span(rng, 3, 7))):
            z = rear + r - (r * r - x * x) ** 0.5
            start = (x * 0.9, plan.height - 0.01, -plan.depth / 2 + 0.03)
            beam(plan.piece, start, (x, y, z), 0.014, material=BACK)


def cafe(rng, **fixed) -> Furniture:
    """Pressed-steel café chair: splayed channel legs, a hoop with one slat."""
    fixed.setdefault("rise", span(rng, 0.33, 0.42))
    fixed.setdefault("thick", 0.03)
    materials = (pick(rng, {"metal": 2, "painted": 1.5}),) * 4
    plan = draw_plan(rng, fixed.pop("name", "cafe"), materials, **fixed)
    plan.rear = plan.width * 0.92
    seats.seat(plan, pick(rng, ("round", "board")))
    splay = span(rng, 0.04, 0.08)
    stretcher = pick(rng, {"none": 3, "box": 1})
    bases.four_legs(plan, splay=splay, style="tapered", stretcher=stretcher)
    half, r = plan.rear / 2 - 0.02, span(rng, 0.08, 0.14)
    path = [plan.at(-0.01, -half, 0.02), plan.at(plan.rise, -half), plan.at(plan.rise, half)]
    tube(plan.piece, [*path, plan.at(-0.01, half, 0.02)], 0.022, r, FRAME)
    wide = span(rng, 0.08, 0.2)
    start, end = plan.at(-0.01, 0, 0.02), plan.at(plan.rise, 0)
    beam(plan.piece, start, end, (wide, 0.012), square=True, material=BACK)
    if often(rng, 0.3):
        arms(plan, half, "slope")
    return plan.piece


def stacking(rng, **fixed) -> Furniture:
    """Visitor and conference chairs: tube frame, plate or pad for a back, loop arms or none."""
    frame = pick(rng, {"metal": 3, "painted": 1})
    soft = pick(rng, {"fabric": 3, "plastic": 3, "wood": 1.5, "leather": 1})
    plan = draw_plan(rng, fixed.pop("name", "stacking"), (frame, soft, soft, frame), **fixed)
    kind = "waterfall" if soft in ("plastic", "wood") or often(rng, 0.4) else "pad"
    seats.seat(plan, kind)
    style = pick(rng, {"round": 5, "tapered_round": 2, "straight": 1})
    base = pick(rng, {"legs": 4, "sled": 2.5, "cantilever": 2})
    if base == "legs":
        thickness = span(rng, 0.02, 0.03)
        bases.four_legs(plan, style=style, thickness=thickness, stretcher="none")
    else:
        (bases.sled if base == "sled" else bases.cantilever)(plan)
    if often(rng, 0.75):
        standing(plan)
    else:
        half = posts(plan, span(rng, 0.02, 0.028), False, floor=False)
        shape(plan, 0.1, plan.rise, half * 2, span(rng, 0.2, 1.2), span(rng, 0.02, 0.06), BACK)
    if often(rng, 0.4):
        arms(plan, plan.rear / 2, pick(rng, {"loop": 4, "bracket": 1, "slope": 1}))
    return plan.piece
