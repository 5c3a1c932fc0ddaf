"""Chairs that fold, rock, hang on ropes or stand on the lawn, high chairs, wicker, Z and blocks."""

from itertools import pairwise

from furniture.chairs import bases, seats
from furniture.chairs.arms import arms
from furniture.chairs.backs import fill, posts
from furniture.chairs.dimensions import BACK, FRAME, SEAT, SOFT, ChairDimensions, draw_plan, wooden
from furniture.chairs.dining import bow_back, framed
from furniture.chairs.lounge import wooden_lounge
from furniture.chairs.shells import tub
from furniture.cushions import cushion
from furniture.parts import LEFT_RIGHT, arc, beam, loft, often, pick, spaced, span, tilt, tube
from furniture.primitives import Furniture


def folding(rng, **fixed) -> Furniture:
    """Long front-to-rear legs that become the back posts, crossed by shorter rear legs."""
    frame = pick(rng, {"metal": 4, "wood": 2, "painted": 1, "plastic": 1})
    seat = pick(rng, {"fabric": 1, "plastic": 2, "metal": 1, "wood": 1})
    fixed.setdefault("thick", span(rng, 0.016, 0.05))
    fixed.setdefault("rise", span(rng, 0.32, 0.42))
    plan = draw_plan(rng, fixed.pop("name", "folding"), (frame, seat, seat, "metal"), **fixed)
    plan.rear = plan.width
    seats.seat(plan, pick(rng, {"round": 3, "board": 2, "slatted": 1, "waterfall": 1}))
    t, square = span(rng, 0.018, 0.03), frame == "wood"
    section = (t, t * 1.5) if square else t
    x = plan.width / 2 + t * 0.6
    low, high = plan.at(plan.rise * 0.45), plan.at(plan.rise)
    front = plan.depth / 2 + span(rng, 0.0, 0.06)
    rear = -plan.depth / 2 - span(rng, 0.0, 0.08)
    for s in LEFT_RIGHT:
        base, join, top = (s * x, 0, front), plan.at(0.05, s * x, 0.06), plan.at(plan.rise, s * x)
        if square or often(rng, 0.3):
            beam(plan.piece, base, top, section, square=square, material=FRAME)
        else:
            tube(plan.piece, [base, join, top], t, 0.2, FRAME)
        inner = s * (x - t)
        start = (inner, 0, rear)
        end = (inner, plan.under + 0.01, plan.depth * span(rng, 0.2, 0.4))
        beam(plan.piece, start, end, section, square=square, material=FRAME)
    _folding_rails(plan, x, t, front, rear)
    high_x = 2 * x
    wrap, thick = span(rng, 0, 1.2), span(rng, 0.014, 0.04)
    sag = high_x**2 * wrap / 8
    size = (high_x + t * 0.5, high[1] - low[1], thick)
    center = plan.at((plan.rise * 1.45) / 2, 0, -sag)
    corner = span(rng, 0.1, 0.45) * thick
    plan.piece.add(
        center,
        size,
        rotation=tilt(plan.lean),
        bend=wrap,
        edge=0.4 * thick,
        corner=corner,
        material=BACK,
    )
    if often(rng, 0.3):
        tube(plan.piece, [plan.at(plan.rise, -x), plan.at(plan.rise, x)], t, 0, FRAME)
    return plan.piece


def _folding_rails(plan, x, t, front, rear) -> None:
    y = span(plan.rng, 0.08, 0.25)
    share = y / plan.height
    ahead = front + (plan.behind(0.05) + 0.06 - front) * share
    behind = rear + (plan.depth * 0.3 - rear) * share
    for z in (ahead, behind):
        beam(plan.piece, (-x, y, z), (x, y, z), t * 0.8, material=FRAME)
    under = plan.under - 0.004
    for z in (plan.depth * 0.28, -plan.depth * 0.3):
        beam(plan.piece, (-x, under, z), (x, under, z), t * 0.8, material=FRAME)


def rocking(rng, **fixed) -> Furniture:
    """Any frame chair on two bent runners."""
    kind = pick(rng, {"framed": 3, "bow": 3, "lounge": 2})
    lift = span(rng, 0.03, 0.06)
    sizes = {"name": "rocking", "lean": span(rng, 12, 22)}
    if kind == "lounge":
        piece = wooden_lounge(rng, **sizes)
    else:
        sizes |= {"rise": span(rng, 0.45, 0.72), "height": span(rng, 0.36, 0.42)}
        sizes |= {"width": span(rng, 0.45, 0.56), "depth": span(rng, 0.42, 0.5)}
        piece = (bow_back if kind == "bow" else framed)(rng, **sizes)
    feet = [foot for row in piece.rows if (foot := _lower_end(row))[1] < 0.02]
    for row in piece.rows:
        row[1] += lift
    _runners(piece, rng, feet, lift)
    return piece


def _lower_end(row) -> tuple[float, float, float]:
    """The end of a rod's axis that is nearer the floor."""
    reach = row[13] * (-1.0 if row[7] > 0 else 1.0)  # local y in the piece's axes: row[6:9]
    return tuple(float(row[i] + reach * row[6 + i]) for i in range(3))


def _runners(piece, rng, feet, lift: float) -> None:
    """Two bent rails under the feet, and pegs from the feet down to them."""
    length, radius, t = span(rng, 0.75, 0.95), span(rng, 0.8, 1.3), span(rng, 0.022, 0.035)
    tall = span(rng, 1.2, 1.8) * t
    for s in LEFT_RIGHT:
        side = [foot for foot in feet if foot[0] * s > 0]
        x = sum(foot[0] for foot in side) / len(side)
        middle = (x, tall / 2, -0.04)
        arc(piece, middle, (0, 0, 1), (0, 1, 0), 1 / radius, length, (t, tall), material=FRAME)
        for foot in side:
            low = tall / 2 + (foot[2] + 0.04) ** 2 / (2 * radius)
            top = max(lift, low) + 0.03
            beam(piece, (x, low, foot[2]), (foot[0], top, foot[2]), t, material=FRAME)


def adirondack(rng, **fixed) -> Furniture:
    """Slanted slats, wide flat arms, rear legs that run down from the seat."""
    frame = pick(rng, {"wood": 3, "painted": 2, "plastic": 1})
    piece = Furniture("chair", (frame,) * 3, "adirondack")
    w, d = span(rng, 0.5, 0.58), span(rng, 0.52, 0.62)
    front, drop = span(rng, 0.34, 0.4), span(rng, 0.1, 0.2)
    rise, lean = span(rng, 0.62, 0.8), span(rng, 20, 32)
    t = 0.022
    rear = front - drop
    slope = tilt(90 - 57.3 * drop / d)
    count = int(span(rng, 4, 7))
    for i in range(count):
        share = (i + 0.5) / count
        center = (0, front - drop * share, d / 2 - d * share)
        piece.box(center, (w, d / count * 0.86, t), rotation=slope, material=FRAME)
    plan = ChairDimensions(piece, rng, w, w, d, rear, t, rise, lean)
    boards = int(span(rng, 4, 8))
    fan = span(rng, 0.0, 0.12)
    for i, x in enumerate(spaced(-w / 2 + 0.04, w / 2 - 0.04, boards)):
        arch = fan * (1 - (2 * i / (boards - 1) - 1) ** 2)
        wide = (w / boards * 0.85, t)
        beam(piece, plan.at(-0.04, x * 0.9), plan.at(rise * 0.85 + arch, x), wide, square=True)
    for h in (0.1, rise * 0.6):
        ends = plan.at(h, -w / 2, -t), plan.at(h, w / 2, -t)
        beam(piece, *ends, (0.06, t), square=True)
    arm = front + span(rng, 0.16, 0.22)
    back = plan.behind(arm - rear) - 0.05
    for s in LEFT_RIGHT:
        x = s * (w / 2 + t / 2)
        tail = plan.at(-0.03, x, -0.28)
        beam(piece, (x, front - 0.05, d / 2), (x, 0.03, tail[2]), (0.1, t), square=True)
        beam(piece, (x, 0, d / 2 - 0.03), (x, arm, d / 2 - 0.05), (t * 1.2, 0.09), square=True)
        flat = (t, span(rng, 0.09, 0.14))
        beam(piece, (x + s * 0.03, arm, d / 2 + 0.05), (x, arm, back), flat, square=True)
    ends = (-w / 2, arm - 0.03, back + 0.03), (w / 2, arm - 0.03, back + 0.03)
    beam(piece, *ends, (0.05, t * 1.4), square=True)
    return piece


def director(rng, **fixed) -> Furniture:
    """Crossed legs, canvas seat and back strip, level arms."""
    cloth = pick(rng, SOFT)
    fixed.setdefault("width", span(rng, 0.5, 0.58))
    fixed.setdefault("thick", 0.02)
    fixed.setdefault("lean", span(rng, 2, 8))
    frame = pick(rng, {"wood": 4, "metal": 1, "painted": 0.7})
    plan = draw_plan(rng, fixed.pop("name", "director"), (frame, cloth, cloth, "metal"), **fixed)
    plan.rear, t = plan.width, span(rng, 0.024, 0.036)
    wrap = span(rng, 0.0, 0.25)
    stations = [(z * plan.depth, plan.height - 0.01, plan.width, wrap) for z in (0.5, 0, -0.5)]
    loft(plan.piece, stations, 0.014, SEAT)
    x, arm = plan.width / 2, plan.height + span(rng, 0.16, 0.22)
    for sz in LEFT_RIGHT:
        z = sz * (plan.depth / 2 - t)
        for s in LEFT_RIGHT:
            beam(
                plan.piece, (s * x, t, z), (-s * x, plan.height, z), t, square=True, material=FRAME
            )
    for s in LEFT_RIGHT:
        for y, wide in ((t / 2, t), (plan.height - t / 2, t), (arm, t * 2)):
            z = plan.depth / 2
            ends = (s * x, y, -z), (s * x, y, z)
            beam(plan.piece, *ends, (t, wide), square=True, material=FRAME)
        z = plan.depth / 2 - t
        beam(plan.piece, (s * x, plan.height, z), (s * x, arm, z), t, square=True, material=FRAME)
        top = plan.at(plan.rise, s * x, t)
        beam(plan.piece, (s * x, plan.height, -z), top, t, square=True, material=FRAME)
    h = span(rng, 0.14, 0.2)
    middle = plan.at(plan.rise - h / 2, 0, t)
    plan.piece.box(middle, (2 * x + t, h, 0.016), rotation=tilt(plan.lean), material=BACK)
    return plan.piece


def camp_stool(rng, **fixed) -> Furniture:
    """A crossed frame with a pad or cloth, with or without a back."""
    fixed.setdefault("height", span(rng, 0.38, 0.5))
    plan = draw_plan(rng, fixed.pop("name", "camp_stool"), wooden(rng), **fixed)
    plan.rear = plan.width
    seats.seat(plan, pick(rng, {"pad": 2, "waterfall": 2, "slatted": 1, "board": 1}))
    bases.crossed(plan)
    if often(rng, 0.5):
        half = posts(plan, span(rng, 0.02, 0.034), True, floor=False)
        fill(plan, half)
        if often(rng, 0.3):
            arms(plan, half)
    return plan.piece


def sprawl(rng, **fixed) -> Furniture:
    """A low slatted lounger of two leaning frames that cross at the side."""
    frame = pick(rng, {"wood": 4, "metal": 1, "painted": 1})
    soft = pick(rng, {frame: 2, "fabric": 2, "leather": 1})
    fixed.setdefault("width", span(rng, 0.5, 0.7))
    fixed.setdefault("height", span(rng, 0.32, 0.4))
    fixed.setdefault("lean", span(rng, 20, 34))
    fixed.setdefault("rise", span(rng, 0.42, 0.6))
    plan = draw_plan(rng, fixed.pop("name", "sprawl"), (frame, soft, soft, "metal"), **fixed)
    plan.thick, t = 0.03, span(rng, 0.03, 0.045)
    x, drop = plan.width / 2, span(rng, 0.06, 0.12)
    front = (plan.height, plan.depth / 2)
    rear = (plan.height - drop, -plan.depth / 2)
    for s in LEFT_RIGHT:
        side = s * x
        top = plan.at(plan.rise, side)
        beam(plan.piece, (side, 0, plan.depth / 2 + 0.05), top, (t, t * 1.4), square=True)
        inner = side - s * t
        tail = (inner, 0, -plan.depth / 2 - span(rng, 0.05, 0.2))
        beam(plan.piece, tail, (inner, front[0], front[1]), (t, t * 1.4), square=True)
        beam(plan.piece, (inner, *front), (inner, *rear), (t * 1.2, t), square=True, material=FRAME)
    stations = [(front[1], front[0], 2 * x, 0), (rear[1], rear[0], 2 * x, 0)]
    loft(plan.piece, stations, span(rng, 0.02, 0.06), SEAT)
    if often(rng, 0.5):
        for u in spaced(-x + 0.05, x - 0.05, int(span(rng, 5, 9))):
            start, end = (u, rear[0] - 0.01, rear[1]), plan.at(plan.rise - 0.02, u)
            beam(plan.piece, start, end, (0.03, 0.014), material=BACK)
    else:
        stations = [(rear[1], rear[0], 2 * x, 0), (*_zy(plan.at(plan.rise)), 2 * x, 0)]
        loft(plan.piece, stations, span(rng, 0.02, 0.07), BACK)
    top = plan.at(plan.rise, -x), plan.at(plan.rise, x)
    beam(plan.piece, *top, (t, t), square=True, material=FRAME)
    return plan.piece


def _zy(point) -> tuple[float, float]:
    return point[2], point[1]


def high_chair(rng, **fixed) -> Furniture:
    """A child's chair on long splayed legs, with rails around it or a tray."""
    frame = pick(rng, {"wood": 3, "plastic": 2, "painted": 1})
    sizes = {"width": span(rng, 0.3, 0.38), "depth": span(rng, 0.28, 0.34)}
    sizes |= {"height": span(rng, 0.48, 0.6), "rise": span(rng, 0.22, 0.34), "lean": 4.0}
    plan = draw_plan(rng, "high_chair", (frame, pick(rng, (frame, "plastic")), frame), **sizes)
    top, t = plan.height + plan.rise * span(rng, 0.65, 0.8), span(rng, 0.026, 0.04)
    splay, p = span(rng, 0.04, 0.12), plan.piece
    wide, deep = plan.width / 2, plan.depth / 2

    def at(sx: float, y: float, sz: float) -> tuple[float, float, float]:
        out = splay * (1 - y / top)
        return sx * (wide + out), y, sz * (deep + out)

    for sx in LEFT_RIGHT:
        for sz in LEFT_RIGHT:
            beam(p, at(sx, 0, sz), at(sx, top, sz), t, square=True, material=FRAME)
    x, _, z = at(1, plan.height, 1)
    plan.width = plan.rear = 2 * x
    plan.depth = 2 * z
    seats.seat(plan, "board")
    for y, rail in ((span(rng, 0.14, 0.24), t * 0.7), (plan.under * 0.75, t), (top - t / 2, t)):
        for s in LEFT_RIGHT:
            if y > plan.height or often(rng, 0.7):
                beam(p, at(s, y, -1), at(s, y, 1), rail, square=True, material=FRAME)
            beam(p, at(-1, y, s), at(1, y, s), rail, square=True, material=FRAME)
    tall = plan.rise + plan.height - top + 0.1
    back = at(0, top - 0.1 + tall / 2, -1)
    p.box(back, (2 * wide, tall, 0.025), edge=0.01, rotation=tilt(6), material=BACK)
    if often(rng, 0.5):
        tray = (2 * wide + 0.08, 0.03, span(rng, 0.18, 0.28))
        p.box((0, top + 0.01, deep + 0.06), tray, corner=0.06, material=SEAT)
    return p


def wicker(rng, **fixed) -> Furniture:
    """A woven tub: a wall of rolled bands, a cushion, short legs or a woven skirt."""
    fixed.setdefault("rise", span(rng, 0.3, 0.62))
    sizes = {"width": span(rng, 0.5, 0.62), "thick": span(rng, 0.1, 0.2)}
    if often(rng, 0.5):
        return tub(rng, name="wicker", **sizes, **fixed)
    materials = ("wood", "fabric", "wood", "metal")
    plan = draw_plan(rng, "wicker", materials, **sizes, **fixed)
    r = plan.width / 2
    plan.depth = plan.rear = plan.width
    plan.piece.cylinder((0, plan.height / 2, 0), r * 0.96, plan.height - 0.06, material=BACK)
    for y, grow in ((0.03, 1.02), (plan.height * 0.6, 1.0)):
        plan.piece.ring((0, y, 0), r * grow, 0.04, 0.04, edge=0.02, material=BACK)
    cushion(plan.piece, rng, (0, plan.height - 0.02, 0), (1.8 * r, 0.1, 1.8 * r), material=SEAT)
    h = plan.rise
    for i in range(int(span(rng, 3, 6))):
        y = plan.height + h * (i + 0.5) / 5
        arc(
            plan.piece,
            (0, y, -r),
            (1, 0, 0),
            (0, 0, 1),
            1 / r,
            r * 3.0,
            (h / 4, 0.03),
            material=BACK,
        )
    return plan.piece


def zigzag(rng, **fixed) -> Furniture:
    """One folded plank: Z chairs, plank chairs and tubs of bent sheet."""
    hard = pick(rng, {"wood": 3, "painted": 2, "plastic": 1})
    plan = draw_plan(rng, fixed.pop("name", "zigzag"), (hard,) * 4, **fixed)
    w, d, t = plan.width * 0.9, plan.depth, span(rng, 0.022, 0.045)
    y = plan.height - t / 2
    slope = span(rng, -0.06, 0.03)
    path = [(d / 2, t / 2), (-d / 2, t / 2)]
    path.append((d / 2 + slope, y))
    path += [(-d / 2, y - 0.02), (plan.behind(plan.rise), y + plan.rise)]
    for (z0, y0), (z1, y1) in pairwise(path):
        beam(plan.piece, (0, y0, z0), (0, y1, z1), *_plank(z0, y0, z1, y1, w, t), square=True)
    return plan.piece


def _plank(z0, y0, z1, y1, width, thick) -> tuple[tuple[float, float]]:
    """Section of a plank `width` wide in x, whichever way `beam` turns it."""
    length = ((z1 - z0) ** 2 + (y1 - y0) ** 2) ** 0.5
    return ((width, thick) if abs(z1 - z0) < 0.9 * length else (thick, width),)


def cone(rng, **fixed) -> Furniture:
    """A bow of padded back on a block: kneeling bean bags and poufs with backs."""
    soft = pick(rng, SOFT)
    piece = Furniture("chair", (soft, soft, soft), "bean_bag")
    w, h = span(rng, 0.7, 1.0), span(rng, 0.55, 0.9)
    piece.egg((0, 0.22, 0), (w, 0.46, w), material=0)
    piece.egg((0, h * 0.5, -w * 0.14), (w * 0.78, h, w * 0.6), rotation=tilt(12), material=0)
    piece.box((0, 0.09, 0), (w * 0.8, 0.18, w * 0.8), edge=0.08, corner=0.35 * w, material=0)
    return piece
