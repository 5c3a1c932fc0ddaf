"""Chairs that fold, rock, hang on ropes or stand on the lawn, high chairs, wicker, Z and blocks."""

from itertools import pairwise

from furniture.beams import LEFT_RIGHT, arc, beam, loft, spaced, tube
from furniture.chairs import bases, seats
from furniture.chairs.arms import arms
from furniture.chairs.backs import fill_back, posts
from furniture.chairs.dimensions import (
    BACK,
    FRAME,
    SEAT,
    SOFT,
    ChairDimensions,
    draw_dimensions,
    set_default,
    wooden_materials,
)
from furniture.chairs.dining import bow_back, framed
from furniture.chairs.lounge import wooden_lounge
from furniture.chairs.shells import tub
from furniture.choices import SIDES
from furniture.cushions import cushion
from furniture.primitives import Furniture, builds
from furniture.vectors import tilt


def folding(draw, **fixed) -> Furniture:
    """Long front-to-rear legs that become the back posts, crossed by shorter rear legs."""
    frame = draw.pick("frame_material", {"metal": 4, "wood": 2, "painted": 1, "plastic": 1})
    seat = draw.pick("seat_material", {"fabric": 1, "plastic": 2, "metal": 1, "wood": 1})
    set_default(draw, fixed, "seat_thickness", 0.016, 0.05)
    set_default(draw, fixed, "back_height", 0.32, 0.42)
    plan = draw_dimensions(
        draw,
        fixed.pop("name", "folding"),
        (frame, seat, seat, "metal"),
        later=("rear_width",),
        **fixed,
    )
    plan.rear_width = plan.seat_width
    seats.seat(
        plan, draw.pick("seat_design", {"round": 3, "board": 2, "slatted": 1, "waterfall": 1})
    )
    t = draw.span("leg_thickness", 0.018, 0.03)
    square = frame == "wood"
    section = (t, t * 1.5) if square else t
    x = plan.seat_width / 2 + t * 0.6
    low, high = plan.back_point(plan.back_height * 0.45), plan.back_point(plan.back_height)
    front = plan.seat_depth / 2 + draw.span("front_reach", 0.0, 0.06)
    rear = -plan.seat_depth / 2 - draw.span("rear_reach", 0.0, 0.08)
    for s in draw.each(SIDES, LEFT_RIGHT):
        base, join, top = (
            (s * x, 0, front),
            plan.back_point(0.05, s * x, 0.06),
            plan.back_point(plan.back_height, s * x),
        )
        if square or draw.often("is_straight", 0.3):
            beam(plan.piece, base, top, section, square=square, material=FRAME, part="leg")
        else:
            tube(plan.piece, [base, join, top], t, 0.2, FRAME, part="leg")
        inner = s * (x - t)
        start = (inner, 0, rear)
        end = (
            inner,
            plan.seat_underside + 0.01,
            plan.seat_depth * draw.span("rear_leg_top", 0.2, 0.4),
        )
        beam(plan.piece, start, end, section, square=square, material=FRAME, part="leg")
    _folding_rails(plan, x, t, front, rear)
    high_x = 2 * x
    wrap = draw.span("back_wrap", 0, 1.2)
    thick = draw.span("back_thickness", 0.014, 0.04)
    sag = high_x**2 * wrap / 8
    size = (high_x + t * 0.5, high[1] - low[1], thick)
    center = plan.back_point((plan.back_height * 1.45) / 2, 0, -sag)
    corner = draw.span("back_corner_ratio", 0.1, 0.45) * thick
    plan.piece.add(
        center,
        size,
        rotation=tilt(plan.back_angle),
        bend=wrap,
        edge=0.4 * thick,
        corner=corner,
        material=BACK,
        part="back",
    )
    if draw.often("has_top_rail", 0.3):
        tube(
            plan.piece,
            [plan.back_point(plan.back_height, -x), plan.back_point(plan.back_height, x)],
            t,
            0,
            FRAME,
            part="back",
        )
    return plan.piece


@builds("rail")
def _folding_rails(plan, x, t, front, rear) -> None:
    y = plan.draw.span("height", 0.08, 0.25)
    share = y / plan.seat_height
    ahead = front + (plan.back_z(0.05) + 0.06 - front) * share
    behind = rear + (plan.seat_depth * 0.3 - rear) * share
    for z in (ahead, behind):
        beam(plan.piece, (-x, y, z), (x, y, z), t * 0.8, material=FRAME)
    under = plan.seat_underside - 0.004
    for z in (plan.seat_depth * 0.28, -plan.seat_depth * 0.3):
        beam(plan.piece, (-x, under, z), (x, under, z), t * 0.8, material=FRAME)


def rocking(draw, **fixed) -> Furniture:
    """Any frame chair on two bent runners."""
    kind = draw.pick("frame_design", {"framed": 3, "bow": 3, "lounge": 2})
    lift = draw.span("runner_clearance", 0.03, 0.06)
    sizes = {"name": "rocking", "back_angle": draw.span("back_angle", 12, 22)}
    if kind == "lounge":
        piece = wooden_lounge(draw, **sizes)
    else:
        sizes |= {
            "back_height": draw.span("back_height", 0.45, 0.72),
            "seat_height": draw.span("seat_height", 0.36, 0.42),
        }
        sizes |= {
            "seat_width": draw.span("seat_width", 0.45, 0.56),
            "seat_depth": draw.span("seat_depth", 0.42, 0.5),
        }
        piece = (bow_back if kind == "bow" else framed)(draw, **sizes)
    feet = [foot for row in piece.rows if (foot := _lower_end(row))[1] < 0.02]
    for row in piece.rows:
        row[1] += lift
    _runners(piece, draw, feet, lift)
    return piece


def _lower_end(row) -> tuple[float, float, float]:
    """The end of a rod's axis that is nearer the floor."""
    reach = row[13] * (-1.0 if row[7] > 0 else 1.0)  # local y in the piece's axes: row[6:9]
    return tuple(float(row[i] + reach * row[6 + i]) for i in range(3))


@builds("runner")
def _runners(piece, draw, feet, lift: float) -> None:
    """Two bent rails under the feet, and pegs from the feet down to them."""
    length = draw.span("length", 0.75, 0.95)
    radius = draw.span("radius", 0.8, 1.3)
    t = draw.span("thickness", 0.022, 0.035)
    tall = draw.span("height_ratio", 1.2, 1.8) * t
    for s in LEFT_RIGHT:
        side = [foot for foot in feet if foot[0] * s > 0]
        x = sum(foot[0] for foot in side) / len(side)
        middle = (x, tall / 2, -0.04)
        arc(piece, middle, (0, 0, 1), (0, 1, 0), 1 / radius, length, (t, tall), material=FRAME)
        for foot in side:
            low = tall / 2 + (foot[2] + 0.04) ** 2 / (2 * radius)
            top = max(lift, low) + 0.03
            beam(piece, (x, low, foot[2]), (foot[0], top, foot[2]), t, material=FRAME)


def adirondack(draw, **fixed) -> Furniture:
    """Slanted slats, wide flat arms, rear legs that run down from the seat."""
    frame = draw.pick("frame_material", {"wood": 3, "painted": 2, "plastic": 1})
    piece = Furniture("chair", (frame,) * 3, "adirondack", draw)
    w = draw.span("seat_width", 0.5, 0.58)
    d = draw.span("seat_depth", 0.52, 0.62)
    front = draw.span("seat_height", 0.34, 0.4)
    drop = draw.span("seat_drop", 0.1, 0.2)
    rise = draw.span("back_height", 0.62, 0.8)
    lean = draw.span("back_angle", 20, 32)
    t = 0.022
    rear = front - drop
    slope = tilt(90 - 57.3 * drop / d)
    count = draw.count("seat_slat_count", 4, 7)
    for i in range(count):
        share = (i + 0.5) / count
        center = (0, front - drop * share, d / 2 - d * share)
        piece.box(center, (w, d / count * 0.86, t), rotation=slope, material=FRAME, part="seat")
    plan = ChairDimensions(piece, draw, w, w, d, rear, t, rise, lean)
    boards = draw.count("back_slat_count", 4, 8)
    fan = draw.span("back_arch", 0.0, 0.12)
    for i, x in enumerate(spaced(-w / 2 + 0.04, w / 2 - 0.04, boards)):
        arch = fan * (1 - (2 * i / (boards - 1) - 1) ** 2)
        wide = (w / boards * 0.85, t)
        beam(
            piece,
            plan.back_point(-0.04, x * 0.9),
            plan.back_point(rise * 0.85 + arch, x),
            wide,
            square=True,
            part="back",
        )
    for h in (0.1, rise * 0.6):
        ends = plan.back_point(h, -w / 2, -t), plan.back_point(h, w / 2, -t)
        beam(piece, *ends, (0.06, t), square=True, part="back")
    arm = front + draw.span("arm_height", 0.16, 0.22)
    back = plan.back_z(arm - rear) - 0.05
    for s in draw.each(SIDES, LEFT_RIGHT):
        x = s * (w / 2 + t / 2)
        tail = plan.back_point(-0.03, x, -0.28)
        beam(piece, (x, front - 0.05, d / 2), (x, 0.03, tail[2]), (0.1, t), square=True, part="leg")
        beam(
            piece,
            (x, 0, d / 2 - 0.03),
            (x, arm, d / 2 - 0.05),
            (t * 1.2, 0.09),
            square=True,
            part="leg",
        )
        flat = (t, draw.span("arm_width", 0.09, 0.14))
        beam(
            piece,
            (x + s * 0.03, arm, d / 2 + 0.05),
            (x, arm, back),
            flat,
            square=True,
            part="armrest",
        )
    ends = (-w / 2, arm - 0.03, back + 0.03), (w / 2, arm - 0.03, back + 0.03)
    beam(piece, *ends, (0.05, t * 1.4), square=True, part="armrest")
    return piece


def director(draw, **fixed) -> Furniture:
    """Crossed legs, canvas seat and back strip, level arms."""
    cloth = draw.pick("cloth_material", SOFT)
    set_default(draw, fixed, "seat_width", 0.5, 0.58)
    fixed.setdefault("seat_thickness", 0.02)
    set_default(draw, fixed, "back_angle", 2, 8)
    frame = draw.pick("frame_material", {"wood": 4, "metal": 1, "painted": 0.7})
    plan = draw_dimensions(
        draw,
        fixed.pop("name", "director"),
        (frame, cloth, cloth, "metal"),
        later=("rear_width",),
        **fixed,
    )
    plan.rear_width, t = plan.seat_width, draw.span("leg_thickness", 0.024, 0.036)
    wrap = draw.span("seat_sag", 0.0, 0.25)
    stations = [
        (z * plan.seat_depth, plan.seat_height - 0.01, plan.seat_width, wrap)
        for z in (0.5, 0, -0.5)
    ]
    loft(plan.piece, stations, 0.014, SEAT, part="seat")
    x = plan.seat_width / 2
    arm = plan.seat_height + draw.span("arm_height", 0.16, 0.22)
    for sz in LEFT_RIGHT:
        z = sz * (plan.seat_depth / 2 - t)
        for s in LEFT_RIGHT:
            beam(
                plan.piece,
                (s * x, t, z),
                (-s * x, plan.seat_height, z),
                t,
                square=True,
                material=FRAME,
                part="leg",
            )
    for s in LEFT_RIGHT:
        for y, wide in ((t / 2, t), (plan.seat_height - t / 2, t), (arm, t * 2)):
            z = plan.seat_depth / 2
            ends = (s * x, y, -z), (s * x, y, z)
            beam(plan.piece, *ends, (t, wide), square=True, material=FRAME, part="frame")
        z = plan.seat_depth / 2 - t
        beam(
            plan.piece,
            (s * x, plan.seat_height, z),
            (s * x, arm, z),
            t,
            square=True,
            material=FRAME,
            part="frame",
        )
        top = plan.back_point(plan.back_height, s * x, t)
        beam(
            plan.piece,
            (s * x, plan.seat_height, -z),
            top,
            t,
            square=True,
            material=FRAME,
            part="back",
        )
    h = draw.span("back_strip_height", 0.14, 0.2)
    middle = plan.back_point(plan.back_height - h / 2, 0, t)
    plan.piece.box(
        middle, (2 * x + t, h, 0.016), rotation=tilt(plan.back_angle), material=BACK, part="back"
    )
    return plan.piece


def camp_stool(draw, **fixed) -> Furniture:
    """A crossed frame with a pad or cloth, with or without a back."""
    set_default(draw, fixed, "seat_height", 0.38, 0.5)
    plan = draw_dimensions(
        draw,
        fixed.pop("name", "camp_stool"),
        wooden_materials(draw),
        later=("rear_width",),
        **fixed,
    )
    plan.rear_width = plan.seat_width
    seats.seat(plan, draw.pick("seat_design", {"pad": 2, "waterfall": 2, "slatted": 1, "board": 1}))
    bases.crossed(plan)
    if draw.often("has_back", 0.5):
        half = posts(plan, draw.span("post_thickness", 0.02, 0.034), True, floor=False)
        fill_back(plan, half)
        if draw.often("has_arms", 0.3):
            arms(plan, half)
    return plan.piece


def crossed_frames(draw, **fixed) -> Furniture:
    """A low slatted lounger of two leaning frames that cross at the side."""
    frame = draw.pick("frame_material", {"wood": 4, "metal": 1, "painted": 1})
    soft = draw.pick("cover_material", {frame: 2, "fabric": 2, "leather": 1})
    set_default(draw, fixed, "seat_width", 0.5, 0.7)
    set_default(draw, fixed, "seat_height", 0.32, 0.4)
    set_default(draw, fixed, "back_angle", 20, 34)
    set_default(draw, fixed, "back_height", 0.42, 0.6)
    plan = draw_dimensions(
        draw,
        fixed.pop("name", "crossed_frames"),
        (frame, soft, soft, "metal"),
        later=("seat_thickness",),
        **fixed,
    )
    plan.seat_thickness, t = 0.03, draw.span("leg_thickness", 0.03, 0.045)
    x = plan.seat_width / 2
    drop = draw.span("seat_drop", 0.06, 0.12)
    front = (plan.seat_height, plan.seat_depth / 2)
    rear = (plan.seat_height - drop, -plan.seat_depth / 2)
    for s in draw.each(SIDES, LEFT_RIGHT):
        side = s * x
        top = plan.back_point(plan.back_height, side)
        beam(
            plan.piece,
            (side, 0, plan.seat_depth / 2 + 0.05),
            top,
            (t, t * 1.4),
            square=True,
            part="leg",
        )
        inner = side - s * t
        tail = (inner, 0, -plan.seat_depth / 2 - draw.span("rear_reach", 0.05, 0.2))
        beam(plan.piece, tail, (inner, front[0], front[1]), (t, t * 1.4), square=True, part="leg")
        beam(
            plan.piece,
            (inner, *front),
            (inner, *rear),
            (t * 1.2, t),
            square=True,
            material=FRAME,
            part="frame",
        )
    stations = [(front[1], front[0], 2 * x, 0), (rear[1], rear[0], 2 * x, 0)]
    loft(plan.piece, stations, draw.span("seat_pad_thickness", 0.02, 0.06), SEAT, part="seat")
    if draw.often("has_slats", 0.5):
        for u in spaced(-x + 0.05, x - 0.05, draw.count("slat_count", 5, 9)):
            start, end = (u, rear[0] - 0.01, rear[1]), plan.back_point(plan.back_height - 0.02, u)
            beam(plan.piece, start, end, (0.03, 0.014), material=BACK, part="back")
    else:
        stations = [
            (rear[1], rear[0], 2 * x, 0),
            (*_zy(plan.back_point(plan.back_height)), 2 * x, 0),
        ]
        loft(plan.piece, stations, draw.span("back_pad_thickness", 0.02, 0.07), BACK, part="back")
    top = plan.back_point(plan.back_height, -x), plan.back_point(plan.back_height, x)
    beam(plan.piece, *top, (t, t), square=True, material=FRAME, part="back")
    return plan.piece


def _zy(point) -> tuple[float, float]:
    return point[2], point[1]


def high_chair(draw, **fixed) -> Furniture:
    """A child's chair on long splayed legs, with rails around it or a tray."""
    frame = draw.pick("frame_material", {"wood": 3, "plastic": 2, "painted": 1})
    sizes = {
        "seat_width": draw.span("seat_width", 0.3, 0.38),
        "seat_depth": draw.span("seat_depth", 0.28, 0.34),
    }
    sizes |= {
        "seat_height": draw.span("seat_height", 0.48, 0.6),
        "back_height": draw.span("back_height", 0.22, 0.34),
        "back_angle": 4.0,
    }
    plan = draw_dimensions(
        draw,
        "high_chair",
        (frame, draw.pick("seat_material", (frame, "plastic")), frame),
        later=("rear_width",),
        **sizes,
    )
    top = plan.seat_height + plan.back_height * draw.span("rail_level", 0.65, 0.8)
    t = draw.span("leg_thickness", 0.026, 0.04)
    splay = draw.span("leg_splay", 0.04, 0.12)
    p = plan.piece
    wide, deep = plan.seat_width / 2, plan.seat_depth / 2

    def at(sx: float, y: float, sz: float) -> tuple[float, float, float]:
        out = splay * (1 - y / top)
        return sx * (wide + out), y, sz * (deep + out)

    for sx in LEFT_RIGHT:
        for sz in LEFT_RIGHT:
            beam(p, at(sx, 0, sz), at(sx, top, sz), t, square=True, material=FRAME, part="leg")
    x, _, z = at(1, plan.seat_height, 1)
    plan.seat_width = plan.rear_width = 2 * x
    plan.seat_depth = 2 * z
    seats.seat(plan, "board")
    for y, rail in draw.each(
        "level",
        (
            (draw.span("stretcher_height", 0.14, 0.24), t * 0.7),
            (plan.seat_underside * 0.75, t),
            (top - t / 2, t),
        ),
    ):
        for s in draw.each(SIDES, LEFT_RIGHT):
            if y > plan.seat_height or draw.often("has_side_rail", 0.7):
                beam(p, at(s, y, -1), at(s, y, 1), rail, square=True, material=FRAME, part="rail")
            beam(p, at(-1, y, s), at(1, y, s), rail, square=True, material=FRAME, part="rail")
    tall = plan.back_height + plan.seat_height - top + 0.1
    back = at(0, top - 0.1 + tall / 2, -1)
    p.box(back, (2 * wide, tall, 0.025), edge=0.01, rotation=tilt(6), material=BACK, part="back")
    if draw.often("has_tray", 0.5):
        tray = (2 * wide + 0.08, 0.03, draw.span("tray_depth", 0.18, 0.28))
        p.box((0, top + 0.01, deep + 0.06), tray, corner=0.06, material=SEAT, part="tray")
    return p


def wicker(draw, **fixed) -> Furniture:
    """A woven tub: a wall of rolled bands, a cushion, short legs or a woven skirt."""
    set_default(draw, fixed, "back_height", 0.3, 0.62)
    sizes = {
        "seat_width": draw.span("seat_width", 0.5, 0.62),
        "seat_thickness": draw.span("seat_thickness", 0.1, 0.2),
    }
    if draw.often("is_tub", 0.5):
        return tub(draw, name="wicker", **sizes, **fixed)
    materials = ("wood", "fabric", "wood", "metal")
    plan = draw_dimensions(
        draw, "wicker", materials, later=("seat_depth", "rear_width"), **sizes, **fixed
    )
    r = plan.seat_width / 2
    plan.seat_depth = plan.rear_width = plan.seat_width
    plan.piece.cylinder(
        (0, plan.seat_height / 2, 0), r * 0.96, plan.seat_height - 0.06, material=BACK, part="base"
    )
    for y, grow in ((0.03, 1.02), (plan.seat_height * 0.6, 1.0)):
        plan.piece.ring((0, y, 0), r * grow, 0.04, 0.04, edge=0.02, material=BACK, part="base")
    cushion(
        plan.piece,
        draw,
        (0, plan.seat_height - 0.02, 0),
        (1.8 * r, 0.1, 1.8 * r),
        material=SEAT,
        part="seat",
    )
    h = plan.back_height
    for i in range(draw.count("band_count", 3, 6)):
        y = plan.seat_height + h * (i + 0.5) / 5
        arc(
            plan.piece,
            (0, y, -r),
            (1, 0, 0),
            (0, 0, 1),
            1 / r,
            r * 3.0,
            (h / 4, 0.03),
            material=BACK,
            part="back",
        )
    return plan.piece


def zigzag(draw, **fixed) -> Furniture:
    """One folded plank: Z chairs, plank chairs and tubs of bent sheet."""
    hard = draw.pick("material", {"wood": 3, "painted": 2, "plastic": 1})
    plan = draw_dimensions(draw, fixed.pop("name", "zigzag"), (hard,) * 4, **fixed)
    w = plan.seat_width * 0.9
    d = plan.seat_depth
    t = draw.span("plank_thickness", 0.022, 0.045)
    y = plan.seat_height - t / 2
    slope = draw.span("seat_forward", -0.06, 0.03)
    path = [(d / 2, t / 2), (-d / 2, t / 2)]
    path.append((d / 2 + slope, y))
    path += [(-d / 2, y - 0.02), (plan.back_z(plan.back_height), y + plan.back_height)]
    for (z0, y0), (z1, y1) in pairwise(path):
        beam(
            plan.piece,
            (0, y0, z0),
            (0, y1, z1),
            *_plank(z0, y0, z1, y1, w, t),
            square=True,
            part="plank",
        )
    return plan.piece


def _plank(z0, y0, z1, y1, width, thick) -> tuple[tuple[float, float]]:
    """Section of a plank `width` wide in x, whichever way `beam` turns it."""
    length = ((z1 - z0) ** 2 + (y1 - y0) ** 2) ** 0.5
    return ((width, thick) if abs(z1 - z0) < 0.9 * length else (thick, width),)


def bean_bag(draw, **fixed) -> Furniture:
    """A bow of padded back on a block: kneeling bean bags and poufs with backs."""
    soft = draw.pick("cover_material", SOFT)
    piece = Furniture("chair", (soft, soft, soft), "bean_bag", draw)
    w = draw.span("width", 0.7, 1.0)
    h = draw.span("height", 0.55, 0.9)
    piece.egg((0, 0.22, 0), (w, 0.46, w), material=0, part="seat")
    piece.egg(
        (0, h * 0.5, -w * 0.14), (w * 0.78, h, w * 0.6), rotation=tilt(12), material=0, part="back"
    )
    piece.box(
        (0, 0.09, 0), (w * 0.8, 0.18, w * 0.8), edge=0.08, corner=0.35 * w, material=0, part="seat"
    )
    return piece
