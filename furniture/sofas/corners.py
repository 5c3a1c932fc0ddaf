"""Sofas with a chaise, corner sofas, day couches and modules."""

from furniture.beams import LEFT_RIGHT, spaced
from furniture.choices import SIDES, Choices
from furniture.cushions import cushion, pillow, solid_arms
from furniture.legs import feet, leg
from furniture.primitives import Furniture, builds
from furniture.sofas.body import back_cushions, body, finish, seat_cushions, throws
from furniture.sofas.dimensions import BODY, CUSHIONS, FEET, THROWS, SofaDimensions, draw_dimensions
from furniture.vectors import tilt


def _side_arms(sofa: SofaDimensions, sides, top: float) -> None:
    """Adds arms at the given `sides` alone."""
    before = len(sofa.piece.rows)
    solid_arms(
        sofa.piece, sofa.draw, sofa.width, sofa.depth, sofa.arm_width, sofa.clearance, top, BODY
    )
    sofa.piece.keep(before, lambda row: (1 if row[0] > 0 else -1) in sides)


def chaise(draw: Choices) -> Furniture:
    """A straight sofa whose seat reaches far forward at one end."""
    sofa = draw_dimensions(draw, "chaise", seat_count=draw.pick("seat_count", {2: 2, 3: 4, 4: 1}))
    base = body(sofa)
    side = draw.pick("chaise_side", LEFT_RIGHT)
    seat_cushions(sofa, base)
    if draw.often("has_back_cushions", 0.75):
        back_cushions(sofa)
    armed = draw.often("chaise_has_arm", 0.6)
    top = min(draw.span("arm_height", 0.5, 0.7), sofa.back_height)
    _side_arms(sofa, LEFT_RIGHT if armed else (-side,), top)
    wide = sofa.inner_width / sofa.seat_count * draw.span("chaise_width_ratio", 0.9, 1.1) + (
        0.0 if armed else sofa.arm_width
    )
    far = draw.span("chaise_length", 1.4, 1.75) - sofa.depth / 2
    x = side * ((sofa.inner_width if armed else sofa.width) / 2 - wide / 2)
    z0 = sofa.depth / 2 - 0.04
    long = far - z0
    if armed and draw.often("covers_arm", 0.4):
        wide += sofa.arm_width
        x += side * sofa.arm_width / 2
    middle = (x, (sofa.clearance + base) / 2, z0 + long / 2)
    sofa.piece.box(
        middle, (wide - 0.01, base - sofa.clearance, long), edge=0.015, material=BODY, part="body"
    )
    size = (wide - 0.006, sofa.seat_height - base + 0.02, far - sofa.seat_rear_z - 0.01)
    center = (x, sofa.seat_height - size[1] / 2 + 0.002, (far + sofa.seat_rear_z) / 2)
    edge = size[1] * draw.span("chaise_edge_ratio", 0.15, 0.48)
    sofa.piece.box(center, size, edge=edge, corner=0.06, material=CUSHIONS, part="cushion")
    if sofa.clearance:
        for s in LEFT_RIGHT:
            fx, fz = x + s * (wide / 2 - 0.07), far - 0.1
            leg(sofa.piece, draw, (fx, sofa.clearance + 0.02, fz), (fx, 0, fz), 0.05, "block", FEET)
    throws(sofa, 0.25)
    return finish(sofa)


def corner(draw: Choices) -> Furniture:
    """Two sofas at a right angle; sometimes a U of three."""
    sofa = draw_dimensions(
        draw,
        "corner",
        seat_count=draw.pick("seat_count", {3: 3, 4: 2}),
        back_angle=draw.span("back_angle", 0, 5),
    )
    base = body(sofa)
    side = draw.pick("wing_side", LEFT_RIGHT)
    seat_cushions(sofa, base)
    loose = draw.often("has_back_cushions", 0.65)
    if loose:
        back_cushions(sofa)
    top = min(draw.span("arm_height", 0.5, 0.68), sofa.back_height)
    both = sofa.width > 2.6 and draw.often("has_two_wings", 0.2)
    wings = LEFT_RIGHT if both else (side,)
    _side_arms(sofa, tuple(s for s in LEFT_RIGHT if s not in wings), top)
    far = sofa.depth / 2 + draw.span("wing_length", 0.55, 1.6)
    for s in draw.each("wing", wings):
        _wing(sofa, s, base, far, top, loose)
    throws(sofa, 0.2)
    return finish(sofa)


@builds("wing")
def _wing(sofa: SofaDimensions, s: float, base: float, far: float, top: float, loose: bool) -> None:
    """Adds the part of a corner that comes forward to z = `far` at side `s`."""
    draw = sofa.draw
    p = sofa.piece
    arm = sofa.arm_width * (draw.often("has_arm", 0.75))
    x, low = s * (sofa.width / 2 - sofa.depth / 2), -sofa.depth / 2
    long = far - low
    middle = (x, (sofa.clearance + base) / 2, (far + low) / 2)
    p.box(
        middle, (sofa.depth - 0.02, base - sofa.clearance, long - 0.02), edge=0.015, material=BODY
    )
    edge = sofa.back_thickness * draw.pick("back_edge_ratio", (0.1, 0.3, 0.48))
    size = (sofa.back_thickness, sofa.back_height - sofa.clearance, long)
    wall = s * (sofa.width / 2 - sofa.back_thickness / 2)
    p.box(
        (wall, (sofa.back_height + sofa.clearance) / 2, (far + low) / 2),
        size,
        edge=edge,
        material=BODY,
    )
    wide, h = sofa.depth - sofa.back_thickness, sofa.seat_height - base + 0.02
    seat_x = s * (sofa.width / 2 - sofa.back_thickness - wide / 2)
    start, end = sofa.depth / 2 - 0.02, far - arm
    count = max(1, round((end - start) / 0.75))
    each = (end - start) / count
    for z in spaced(start + each / 2, end - each / 2, count):
        size = (wide, h, each - 0.005)
        cushion(
            p, draw, (seat_x, sofa.seat_height - h / 2, z), size, softness=0.25, material=CUSHIONS
        )
        if loose:
            tall = sofa.back_height - sofa.seat_height + 0.03
            at = (wall - s * (sofa.back_thickness / 2 + 0.07), sofa.seat_height + tall * 0.46, z)
            p.box(at, (0.15, tall, each - 0.02), edge=0.06, material=CUSHIONS)
    if arm:
        size = (sofa.depth, top - sofa.clearance, arm)
        p.box((x, (top + sofa.clearance) / 2, far - arm / 2), size, edge=0.2 * arm, material=BODY)
    if sofa.clearance:
        place = (x, (far + sofa.depth / 2) / 2)
        feet(p, draw, sofa.depth, far - sofa.depth / 2, sofa.clearance + 0.01, 0.08, place, FEET)


def day_couch(draw: Choices) -> Furniture:
    """A long couch with one raised end, its long side in front."""
    soft = draw.pick("cover_material", {"fabric": 2, "leather": 2})
    piece = Furniture(
        "sofa",
        (soft, soft, draw.pick("foot_material", ("wood", "metal")), "fabric"),
        "day_couch",
        draw,
    )
    w = draw.span("width", 1.5, 2.0)
    d = draw.span("depth", 0.6, 0.9)
    sit = draw.span("seat_height", 0.36, 0.46)
    lift = draw.span("foot_height", 0.1, 0.22)
    side = draw.pick("end_side", LEFT_RIGHT)
    thick = sit - lift
    cushion(piece, draw, (0, lift + thick / 2, 0), (w, thick, d), material=CUSHIONS)
    high = draw.span("end_height", 0.2, 0.42)
    t = draw.span("end_thickness", 0.1, 0.2)
    end = (side * (w / 2 - t / 2), (lift + sit + high) / 2, 0)
    piece.box(end, (t, thick + high, d), edge=0.45 * t, material=BODY, part="armrest")
    if draw.often("has_back", 0.6):
        long = w * draw.span("back_length_ratio", 0.5, 1.0)
        back = (side * (w - long) / 2, (lift + sit + high * 0.8) / 2, -d / 2 + t / 2)
        piece.box(back, (long, thick + high * 0.8, t), edge=0.4 * t, material=BODY, part="back")
    if draw.often("has_bolster", 0.5):
        roll = (side * (w / 2 - t - 0.1), sit + 0.08, 0)
        piece.cylinder(
            roll, 0.09, d * 0.9, rotation=tilt(90), edge=0.02, material=THROWS, part="cushion"
        )
    feet(piece, draw, w, d, lift + 0.02, 0.08, material=FEET)
    return piece


def modules(draw: Choices) -> Furniture:
    """Low cubes side by side, some with a back or a cushion."""
    soft = draw.pick("cover_material", {"fabric": 4, "leather": 1})
    piece = Furniture("sofa", (soft, soft, "plastic", "fabric"), "modules", draw)
    unit = draw.span("unit_width", 0.7, 1.0)
    sit = draw.span("seat_height", 0.36, 0.44)
    tall = draw.span("back_height", 0.62, 0.78)
    back = draw.span("back_thickness", 0.16, 0.28)
    edge = draw.span("edge_radius", 0.03, 0.1)
    count = draw.pick("unit_count", {2: 1, 3: 3, 4: 1.5})
    side = draw.pick("wing_side", LEFT_RIGHT)
    xs = spaced(-(count - 1) * unit / 2, (count - 1) * unit / 2, count)
    places = [(x, 0.0) for x in xs]
    places += [
        (side * xs[-1], unit * (i + 1)) for i in range(draw.pick("wing_count", (0, 1, 1, 2)))
    ]
    for x, z in draw.each("unit", places):
        middle = (x, sit / 2, z)
        piece.box(
            middle, (unit + 0.004, sit, unit + 0.004), edge=edge, material=CUSHIONS, part="seat"
        )
        if z == 0:
            rear = (x, tall / 2, -unit / 2 + back / 2)
            piece.box(rear, (unit + 0.004, tall, back), edge=edge, material=BODY, part="back")
            if draw.often("has_cushion", 0.5):
                size = (unit * 0.85, 0.4, 0.16)
                cushion_at = (x, sit + 0.18, -unit / 2 + back + 0.06)
                piece.box(
                    cushion_at,
                    size,
                    edge=0.07,
                    rotation=tilt(12),
                    material=CUSHIONS,
                    part="cushion",
                )
    for s in draw.each(SIDES, LEFT_RIGHT):
        if draw.often("has_arm", 0.7):
            wall = s * (abs(xs[0]) + unit / 2 - back / 2)
            piece.box(
                (wall, tall / 2, 0), (back, tall, unit), edge=edge, material=BODY, part="armrest"
            )
    if draw.often("has_pillow", 0.3):
        pillow(piece, (xs[0] * 0.8, sit + 0.2, -0.05), (0.45, 0.42, 0.15), tilt(20), THROWS)
    return piece
