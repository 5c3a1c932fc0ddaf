"""What holds a seat up: legs with stretchers, sleds, cantilevers, wire, pedestals, swivel stars."""

from math import cos, pi, sin

from furniture.beams import LEFT_RIGHT, arc, beam, tube
from furniture.chairs.dimensions import FRAME, METAL, ChairDimensions
from furniture.choices import SIDES
from furniture.legs import leg, star
from furniture.primitives import builds
from furniture.vectors import interpolate

LEGS = {"straight": 4, "tapered": 4, "round": 2, "tapered_round": 3, "turned": 1.6}
STRETCHERS = {"none": 5, "box": 2, "h": 2.5, "double": 1.2, "front": 1, "sides": 1.2}


@builds("leg")
def four_legs(
    plan: ChairDimensions, *, splay=None, style=None, stretcher=None, thickness=None
) -> list:
    """Four legs to the floor and their stretchers; returns each leg's (top, foot)."""
    draw = plan.draw
    style = style or draw.pick("design", LEGS)
    thin = {"round": (0.022, 0.038), "turned": (0.036, 0.055)}.get(style, (0.028, 0.052))
    t = thickness or draw.span("thickness", *thin)
    splay = (
        (draw.span("splay", 0, 0.09) * draw.often("is_splayed", 0.6)) if splay is None else splay
    )
    rake = draw.span("rake", 0, 0.07) * draw.often("is_raked", 0.6) + splay * 0.8
    inset = t * 0.5 + plan.leg_inset + (draw.span("inset", 0.0, 0.05) if splay > 0.02 else 0.0)
    legs = []
    for sx in draw.each(SIDES, LEFT_RIGHT):
        for sz, width in draw.each(
            ("front", "rear"), ((1, plan.seat_width), (-1, plan.rear_width))
        ):
            top = (
                sx * (width / 2 - inset),
                plan.seat_underside + 0.008,
                sz * (plan.seat_depth / 2 - inset),
            )
            out = splay if sz > 0 else rake
            foot = (top[0] + sx * splay, 0.0, top[2] + sz * out)
            leg(plan.piece, draw, top, foot, t, style, FRAME)
            legs.append((top, foot))
    if draw.often("has_apron", 0.25) and plan.seat_thickness < 0.05:
        apron(plan, t)
    stretchers(plan, legs, stretcher or draw.pick("stretcher_design", STRETCHERS), t)
    return legs


@builds("apron")
def apron(plan: ChairDimensions, inset: float, material: int = FRAME) -> None:
    """The four rails under a thin seat."""
    h = plan.draw.span("height", 0.03, 0.07)
    t = 0.02
    y, z = plan.seat_underside - h / 2 + 0.004, plan.seat_depth / 2 - inset * 0.6 - plan.leg_inset
    front, rear = (w / 2 - inset * 0.6 - plan.leg_inset for w in (plan.seat_width, plan.rear_width))
    for sign, x in ((1, front), (-1, rear)):
        ends = (-x, y, sign * z), (x, y, sign * z)
        beam(plan.piece, *ends, (h, t), square=True, material=material)
    for s in LEFT_RIGHT:
        beam(
            plan.piece, (s * front, y, z), (s * rear, y, -z), (h, t), square=True, material=material
        )


@builds("stretcher")
def stretchers(plan: ChairDimensions, legs, kind: str, t: float, material: int = FRAME) -> None:
    """Rails between legs, given as (top, foot) in the order left front, left rear, right ..."""
    if kind == "none":
        return
    draw = plan.draw
    square = plan.draw.often("is_square", 0.4)
    r = t * draw.span("thickness", 0.45, 0.75)
    level = draw.span("height", 0.2, 0.55)
    points = [
        [interpolate(foot, top, share) for top, foot in legs] for share in (level, level * 0.55)
    ]

    def rail(a, b, flat=1.4) -> None:
        section = (r * flat, r) if square else r
        beam(plan.piece, a, b, section, square=square, material=material)

    for row in draw.each("row", points[: 2 if kind == "double" else 1]):
        left_front, left_rear, right_front, right_rear = row
        if kind in ("box", "double", "h", "sides"):
            rail(left_front, left_rear)
            rail(right_front, right_rear)
        if kind == "h":
            rail(interpolate(left_front, left_rear, 0.5), interpolate(right_front, right_rear, 0.5))
        if kind in ("box", "double", "front"):
            lift = draw.span("front_lift", -0.04, 0.08)
            for a, b in ((left_front, right_front), (left_rear, right_rear)):
                rail((a[0], a[1] + lift, a[2]), (b[0], b[1] + lift, b[2]))


@builds("leg")
def sled(plan: ChairDimensions, material: int = FRAME) -> None:
    """Two bent loops of tube that run along the floor."""
    draw = plan.draw
    t = plan.draw.span("thickness", 0.016, 0.028)
    y = plan.seat_underside - t * 0.2
    x = min(plan.seat_width, plan.rear_width) / 2 - draw.span("inset", 0.0, 0.05)
    out = draw.span("splay", 0, 0.05)
    front = plan.seat_depth / 2 - draw.span("front_inset", 0, 0.06)
    rear = -plan.seat_depth / 2 + draw.span("rear_inset", 0, 0.08)
    rake = draw.span("rake", -0.03, 0.1)
    bend = draw.span("bend_radius", 0.03, 0.08)
    for s in LEFT_RIGHT:
        top, low = s * x, s * (x + out)
        path = [(top, y, rear), (low, t / 2, rear - rake), (low, t / 2, front + rake / 2)]
        tube(plan.piece, [*path, (top, y, front)], t, bend, material)
    for z in (rear, front):
        beam(plan.piece, (-x, y, z), (x, y, z), t, material=material)
    if draw.often("has_floor_bar", 0.4):
        z = front + rake / 2
        beam(plan.piece, (-x - out, t / 2, z), (x + out, t / 2, z), t, material=material)


@builds("leg")
def cantilever(plan: ChairDimensions, material: int = FRAME) -> None:
    """A tube that leaves the floor only in front."""
    draw = plan.draw
    t = plan.draw.span("thickness", 0.02, 0.03)
    x = min(plan.seat_width, plan.rear_width) / 2 - t * draw.span("inset", 0, 1.0)
    y = plan.seat_underside - t * 0.2
    front = plan.seat_depth / 2 - draw.span("front_inset", -0.03, 0.05)
    rear = -plan.seat_depth / 2 - draw.span("rear_reach", -0.05, 0.08)
    bend = draw.span("bend_radius", 0.04, 0.11)
    flat = draw.often("is_sharp", 0.15)
    for s in LEFT_RIGHT:
        path = [
            (s * x, y, -plan.seat_depth / 2 + 0.03),
            (s * x, y, front),
            (s * x, t / 2, front - 0.02),
        ]
        tube(plan.piece, [*path, (s * x, t / 2, rear)], t, 0.0 if flat else bend, material)
    beam(plan.piece, (-x, t / 2, rear), (x, t / 2, rear), t, material=material)
    if draw.often("has_seat_bar", 0.4):
        beam(plan.piece, (-x, y, 0), (x, y, 0), t, material=material)


@builds("leg")
def spread(plan: ChairDimensions, material: int = FRAME) -> None:
    """Four or three tapered dowels that leave a hub under a shell."""
    draw = plan.draw
    t = draw.span("thickness", 0.026, 0.042)
    inset = draw.span("inset", 0.08, 0.17)
    splay = draw.span("splay", 0.04, 0.13)
    square = draw.often("is_square", 0.25)
    x, z = max(plan.seat_width / 2 - inset, 0.05), max(plan.seat_depth / 2 - inset, 0.05)
    for sx in LEFT_RIGHT:
        for sz in LEFT_RIGHT:
            top = (sx * x, plan.seat_underside + 0.012, sz * z)
            foot = (sx * (x + splay), 0, sz * (z + splay))
            beam(plan.piece, foot, top, 0.6 * t, t, square=square, material=material)
    y = plan.seat_underside - 0.004
    if draw.often("has_cross", 0.6):
        for a, b in (((-x, y, z), (x, y, -z)), ((x, y, z), (-x, y, -z))):
            beam(plan.piece, a, b, (0.02, 0.03), square=True, material=material)
    else:
        plan.piece.box(
            (0, y - 0.01, 0), (2 * x + t, 0.03, 2 * z + t), corner=0.03, material=material
        )


@builds("leg")
def wire(plan: ChairDimensions) -> None:
    """The Eiffel base: wooden or metal legs braced by crossed wire."""
    spread(plan)
    draw = plan.draw
    x, z = plan.seat_width / 2 - 0.03, plan.seat_depth / 2 - 0.03
    low = plan.seat_underside * draw.span("brace_height", 0.3, 0.5)
    for s in LEFT_RIGHT:
        top, y = plan.seat_underside + 0.005, low
        beam(
            plan.piece,
            (s * x * 0.9, y, z * 0.9),
            (-s * x * 0.5, top, z * 0.5),
            0.01,
            material=METAL,
        )
        beam(
            plan.piece,
            (s * x * 0.9, y, -z * 0.9),
            (-s * x * 0.5, top, -z * 0.5),
            0.01,
            material=METAL,
        )
        beam(
            plan.piece,
            (s * x * 0.9, y, z * 0.9),
            (s * x * 0.5, top, -z * 0.5),
            0.01,
            material=METAL,
        )


@builds("column")
def column(
    plan: ChairDimensions, low: float, radius: float, material: int = FRAME, gaiter: bool = True
) -> None:
    """The gas spring or post from `low` to the seat."""
    top = plan.seat_underside + 0.01
    plan.piece.cylinder((0, (low + top) / 2, 0), radius, top - low, material=material)
    if gaiter:
        high = low + 0.55 * (top - low)
        plan.piece.cylinder((0, (low + high) / 2, 0), radius * 1.5, high - low, material=material)


@builds("mechanism")
def plate(plan: ChairDimensions, material: int = METAL) -> None:
    """The tilt mechanism under the seat of a swivel chair."""
    size = (
        plan.draw.span("width", 0.14, 0.24),
        plan.draw.span("height", 0.03, 0.06),
        plan.draw.span("depth", 0.18, 0.28),
    )
    plan.piece.box(
        (0, plan.seat_underside - size[1] / 2 + 0.012, 0), size, edge=0.01, material=material
    )


@builds("base")
def swivel(plan: ChairDimensions, castors: bool | None = None, material: int = FRAME) -> None:
    """A column on four or five arms, with or without castors."""
    draw = plan.draw
    castors = draw.often("has_castors", 0.7) if castors is None else castors
    count = (
        5
        if castors and draw.often("has_five_arms", 0.93)
        else draw.pick("arm_count", {4: 3, 5: 1, 3: 0.2})
    )
    radius = draw.span("radius", 0.27, 0.36)
    hub = star(
        plan.piece,
        draw,
        radius,
        count,
        draw.span("hub_height", 0.07, 0.1),
        castors,
        material,
        METAL,
    )
    column(
        plan,
        hub - 0.01,
        draw.span("column_radius", 0.018, 0.03),
        material,
        gaiter=draw.often("has_gaiter", 0.6),
    )


@builds("base")
def pedestal(plan: ChairDimensions, material: int = FRAME) -> None:
    """One post on a disc, a trumpet or a flat ring."""
    draw = plan.draw
    r = draw.span("radius", 0.19, 0.28)
    t = draw.span("thickness", 0.012, 0.03)
    kind = draw.pick("design", {"disc": 4, "trumpet": 3, "ring": 1, "square": 1})
    if kind == "square":
        plan.piece.box((0, t / 2, 0), (1.8 * r, t, 1.8 * r), corner=0.02, material=material)
    elif kind == "ring":
        plan.piece.ring((0, 0.02, 0), r, 0.04, 0.03, edge=0.012, material=material)
        plan.piece.box((0, 0.03, 0), (2 * r, 0.03, 0.06), material=material)
        plan.piece.box((0, 0.03, 0), (0.06, 0.03, 2 * r), material=material)
    else:
        plan.piece.cylinder((0, t / 2, 0), r, t, edge=t * 0.4, material=material)
    if kind == "trumpet":
        middle = plan.seat_underside * draw.span("waist_height", 0.25, 0.5)
        waist = draw.span("waist_radius", 0.025, 0.05)
        beam(plan.piece, (0, t, 0), (0, middle, 0), 1.5 * r, 2 * waist, material=material)
        beam(
            plan.piece,
            (0, middle, 0),
            (0, plan.seat_underside + 0.01, 0),
            2 * waist,
            3 * waist,
            material=material,
        )
    else:
        column(
            plan,
            0.01,
            draw.span("column_radius", 0.02, 0.04),
            material,
            gaiter=draw.often("has_gaiter", 0.4),
        )


@builds("foot_ring")
def foot_ring(plan: ChairDimensions, height: float, radius: float, material: int = FRAME) -> None:
    """A hoop to rest one's feet on, with spokes to the middle."""
    t = plan.draw.span("thickness", 0.016, 0.024)
    middle = (0, height, -radius)
    arc(
        plan.piece,
        middle,
        (1, 0, 0),
        (0, 0, 1),
        1 / radius,
        2 * pi * radius,
        (t, t),
        material=material,
    )
    for i in range(4):
        angle = pi * i / 2 + 0.4
        end = (radius * cos(angle), height, radius * sin(angle))
        beam(plan.piece, (0, height + 0.02, 0), end, t * 0.8, material=material)


@builds("leg")
def crossed(plan: ChairDimensions, material: int = FRAME) -> None:
    """An X in the side view (folding frames) or in the front view."""
    draw = plan.draw
    t = plan.draw.span("thickness", 0.02, 0.035)
    y, x, z = plan.seat_underside + 0.005, plan.seat_width / 2 - t / 2, plan.seat_depth / 2 - t / 2
    section = (t, t * draw.span("depth_ratio", 1, 1.6))
    square = draw.often("is_square", 0.6)
    if draw.often("crosses_at_side", 0.6):
        for s in LEFT_RIGHT:
            inner = s * (x - t)
            ends = (s * x, t / 2, z), (s * x, y, -z)
            beam(plan.piece, *ends, section, square=square, material=material)
            ends = (inner, t / 2, -z), (inner, y, z)
            beam(plan.piece, *ends, section, square=square, material=material)
        for s in LEFT_RIGHT:
            beam(plan.piece, (-x, t, s * z), (x, t, s * z), t, material=material)
            beam(plan.piece, (-x, y, s * z), (x, y, s * z), t, material=material)
        beam(plan.piece, (-x, y / 2, 0), (x, y / 2, 0), t * 0.8, material=material)
        return
    for s in LEFT_RIGHT:
        for u in LEFT_RIGHT:
            ends = (u * x, 0, s * z), (-u * x, y, s * z)
            beam(plan.piece, *ends, section, square=square, material=material)
    beam(plan.piece, (0, y / 2, -z), (0, y / 2, z), t, material=material)
