"""What holds a seat up: legs with stretchers, sleds, cantilevers, wire, pedestals, swivel stars."""

from math import cos, pi, sin

from furniture.chairs.dimensions import FRAME, METAL, ChairDimensions
from furniture.parts import LEFT_RIGHT, arc, beam, interpolate, leg, often, pick, span, star, tube

LEGS = {"straight": 4, "tapered": 4, "round": 2, "tapered_round": 3, "turned": 1.6}
STRETCHERS = {"none": 5, "box": 2, "h": 2.5, "double": 1.2, "front": 1, "sides": 1.2}


def four_legs(
    plan: ChairDimensions, *, splay=None, style=None, stretcher=None, thickness=None
) -> list:
    """Four legs to the floor and their stretchers; returns each leg's (top, foot)."""
    rng = plan.rng
    style = style or pick(rng, LEGS)
    thin = {"round": (0.022, 0.038), "turned": (0.036, 0.055)}.get(style, (0.028, 0.052))
    t = thickness or span(rng, *thin)
    splay = (span(rng, 0, 0.09) * often(rng, 0.6)) if splay is None else splay
    rake = span(rng, 0, 0.07) * often(rng, 0.6) + splay * 0.8
    inset = t * 0.5 + plan.tuck + (span(rng, 0.0, 0.05) if splay > 0.02 else 0.0)
    legs = []
    for sx in LEFT_RIGHT:
        for sz, width in ((1, plan.width), (-1, plan.rear)):
            top = (sx * (width / 2 - inset), plan.under + 0.008, sz * (plan.depth / 2 - inset))
            out = splay if sz > 0 else rake
            foot = (top[0] + sx * splay, 0.0, top[2] + sz * out)
            leg(plan.piece, rng, top, foot, t, style, FRAME)
            legs.append((top, foot))
    if often(rng, 0.25) and plan.thick < 0.05:
        apron(plan, t)
    stretchers(plan, legs, stretcher or pick(rng, STRETCHERS), t)
    return legs


def apron(plan: ChairDimensions, inset: float, material: int = FRAME) -> None:
    """The four rails under a thin seat."""
    h, t = span(plan.rng, 0.03, 0.07), 0.02
    y, z = plan.under - h / 2 + 0.004, plan.depth / 2 - inset * 0.6 - plan.tuck
    front, rear = (w / 2 - inset * 0.6 - plan.tuck for w in (plan.width, plan.rear))
    for sign, x in ((1, front), (-1, rear)):
        ends = (-x, y, sign * z), (x, y, sign * z)
        beam(plan.piece, *ends, (h, t), square=True, material=material)
    for s in LEFT_RIGHT:
        beam(
            plan.piece, (s * front, y, z), (s * rear, y, -z), (h, t), square=True, material=material
        )


def stretchers(plan: ChairDimensions, legs, kind: str, t: float, material: int = FRAME) -> None:
    """Rails between legs, given as (top, foot) in the order left front, left rear, right ..."""
    if kind == "none":
        return
    rng, square = plan.rng, often(plan.rng, 0.4)
    r = t * span(rng, 0.45, 0.75)
    level = span(rng, 0.2, 0.55)
    points = [
        [interpolate(foot, top, share) for top, foot in legs] for share in (level, level * 0.55)
    ]

    def rail(a, b, flat=1.4) -> None:
        section = (r * flat, r) if square else r
        beam(plan.piece, a, b, section, square=square, material=material)

    for row in points[: 2 if kind == "double" else 1]:
        left_front, left_rear, right_front, right_rear = row
        if kind in ("box", "double", "h", "sides"):
            rail(left_front, left_rear)
            rail(right_front, right_rear)
        if kind == "h":
            rail(interpolate(left_front, left_rear, 0.5), interpolate(right_front, right_rear, 0.5))
        if kind in ("box", "double", "front"):
            lift = span(rng, -0.04, 0.08)
            for a, b in ((left_front, right_front), (left_rear, right_rear)):
                rail((a[0], a[1] + lift, a[2]), (b[0], b[1] + lift, b[2]))


def sled(plan: ChairDimensions, material: int = FRAME) -> None:
    """Two bent loops of tube that run along the floor."""
    rng, t = plan.rng, span(plan.rng, 0.016, 0.028)
    y, x = plan.under - t * 0.2, min(plan.width, plan.rear) / 2 - span(rng, 0.0, 0.05)
    out, front = span(rng, 0, 0.05), plan.depth / 2 - span(rng, 0, 0.06)
    rear, rake = -plan.depth / 2 + span(rng, 0, 0.08), span(rng, -0.03, 0.1)
    bend = span(rng, 0.03, 0.08)
    for s in LEFT_RIGHT:
        top, low = s * x, s * (x + out)
        path = [(top, y, rear), (low, t / 2, rear - rake), (low, t / 2, front + rake / 2)]
        tube(plan.piece, [*path, (top, y, front)], t, bend, material)
    for z in (rear, front):
        beam(plan.piece, (-x, y, z), (x, y, z), t, material=material)
    if often(rng, 0.4):
        z = front + rake / 2
        beam(plan.piece, (-x - out, t / 2, z), (x + out, t / 2, z), t, material=material)


def cantilever(plan: ChairDimensions, material: int = FRAME) -> None:
    """A tube that leaves the floor only in front."""
    rng, t = plan.rng, span(plan.rng, 0.02, 0.03)
    x = min(plan.width, plan.rear) / 2 - t * span(rng, 0, 1.0)
    y, front = plan.under - t * 0.2, plan.depth / 2 - span(rng, -0.03, 0.05)
    rear = -plan.depth / 2 - span(rng, -0.05, 0.08)
    bend, flat = span(rng, 0.04, 0.11), often(rng, 0.15)
    for s in LEFT_RIGHT:
        path = [(s * x, y, -plan.depth / 2 + 0.03), (s * x, y, front), (s * x, t / 2, front - 0.02)]
        tube(plan.piece, [*path, (s * x, t / 2, rear)], t, 0.0 if flat else bend, material)
    beam(plan.piece, (-x, t / 2, rear), (x, t / 2, rear), t, material=material)
    if often(rng, 0.4):
        beam(plan.piece, (-x, y, 0), (x, y, 0), t, material=material)


def spread(plan: ChairDimensions, material: int = FRAME) -> None:
    """Four or three tapered dowels that leave a hub under a shell."""
    rng = plan.rng
    t, inset = span(rng, 0.026, 0.042), span(rng, 0.08, 0.17)
    splay, square = span(rng, 0.04, 0.13), often(rng, 0.25)
    x, z = max(plan.width / 2 - inset, 0.05), max(plan.depth / 2 - inset, 0.05)
    for sx in LEFT_RIGHT:
        for sz in LEFT_RIGHT:
            top = (sx * x, plan.under + 0.012, sz * z)
            foot = (sx * (x + splay), 0, sz * (z + splay))
            beam(plan.piece, foot, top, 0.6 * t, t, square=square, material=material)
    y = plan.under - 0.004
    if often(rng, 0.6):
        for a, b in (((-x, y, z), (x, y, -z)), ((x, y, z), (-x, y, -z))):
            beam(plan.piece, a, b, (0.02, 0.03), square=True, material=material)
    else:
        plan.piece.box(
            (0, y - 0.01, 0), (2 * x + t, 0.03, 2 * z + t), corner=0.03, material=material
        )


def wire(plan: ChairDimensions) -> None:
    """The Eiffel base: wooden or metal legs braced by crossed wire."""
    spread(plan)
    rng = plan.rng
    x, z = plan.width / 2 - 0.03, plan.depth / 2 - 0.03
    low = plan.under * span(rng, 0.3, 0.5)
    for s in LEFT_RIGHT:
        top, y = plan.under + 0.005, low
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


def column(
    plan: ChairDimensions, low: float, radius: float, material: int = FRAME, gaiter: bool = True
) -> None:
    """The gas spring or post from `low` to the seat."""
    top = plan.under + 0.01
    plan.piece.cylinder((0, (low + top) / 2, 0), radius, top - low, material=material)
    if gaiter:
        high = low + 0.55 * (top - low)
        plan.piece.cylinder((0, (low + high) / 2, 0), radius * 1.5, high - low, material=material)


def plate(plan: ChairDimensions, material: int = METAL) -> None:
    """The tilt mechanism under the seat of a swivel chair."""
    size = (span(plan.rng, 0.14, 0.24), span(plan.rng, 0.03, 0.06), span(plan.rng, 0.18, 0.28))
    plan.piece.box((0, plan.under - size[1] / 2 + 0.012, 0), size, edge=0.01, material=material)


def swivel(plan: ChairDimensions, castors: bool | None = None, material: int = FRAME) -> None:
    """A column on four or five arms, with or without castors."""
    rng = plan.rng
    castors = often(rng, 0.7) if castors is None else castors
    count = 5 if castors and often(rng, 0.93) else pick(rng, {4: 3, 5: 1, 3: 0.2})
    radius = span(rng, 0.27, 0.36)
    hub = star(plan.piece, rng, radius, count, span(rng, 0.07, 0.1), castors, material, METAL)
    column(plan, hub - 0.01, span(rng, 0.018, 0.03), material, gaiter=often(rng, 0.6))


def pedestal(plan: ChairDimensions, material: int = FRAME) -> None:
    """One post on a disc, a trumpet or a flat ring."""
    rng = plan.rng
    r, t = span(rng, 0.19, 0.28), span(rng, 0.012, 0.03)
    kind = pick(rng, {"disc": 4, "trumpet": 3, "ring": 1, "square": 1})
    if kind == "square":
        plan.piece.box((0, t / 2, 0), (1.8 * r, t, 1.8 * r), corner=0.02, material=material)
    elif kind == "ring":
        plan.piece.ring((0, 0.02, 0), r, 0.04, 0.03, edge=0.012, material=material)
        plan.piece.box((0, 0.03, 0), (2 * r, 0.03, 0.06), material=material)
        plan.piece.box((0, 0.03, 0), (0.06, 0.03, 2 * r), material=material)
    else:
        plan.piece.cylinder((0, t / 2, 0), r, t, edge=t * 0.4, material=material)
    if kind == "trumpet":
        middle = plan.under * span(rng, 0.25, 0.5)
        waist = span(rng, 0.025, 0.05)
        beam(plan.piece, (0, t, 0), (0, middle, 0), 1.5 * r, 2 * waist, material=material)
        beam(
            plan.piece,
            (0, middle, 0),
            (0, plan.under + 0.01, 0),
            2 * waist,
            3 * waist,
            material=material,
        )
    else:
        column(plan, 0.01, span(rng, 0.02, 0.04), material, gaiter=often(rng, 0.4))


def foot_ring(plan: ChairDimensions, height: float, radius: float, material: int = FRAME) -> None:
    """A hoop to rest one's feet on, with spokes to the middle."""
    t = span(plan.rng, 0.016, 0.024)
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


def crossed(plan: ChairDimensions, material: int = FRAME) -> None:
    """An X in the side view (folding frames) or in the front view."""
    rng, t = plan.rng, span(plan.rng, 0.02, 0.035)
    y, x, z = plan.under + 0.005, plan.width / 2 - t / 2, plan.depth / 2 - t / 2
    section = (t, t * span(rng, 1, 1.6))
    square = often(rng, 0.6)
    if often(rng, 0.6):
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
