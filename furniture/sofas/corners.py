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
    chaise_side = draw.pick("chaise_side", LEFT_RIGHT)
    seat_cushions(sofa, base)
    if draw.often("has_back_cushions", 0.75):
        back_cushions(sofa)
    chaise_has_arm = draw.often("chaise_has_arm", 0.6)
    top = min(draw.span("arm_height", 0.5, 0.7), sofa.back_height)
    _side_arms(sofa, LEFT_RIGHT if chaise_has_arm else (-chaise_side,), top)
    wide = sofa.inner_width / sofa.seat_count * draw.span("chaise_width_ratio", 0.9, 1.1) + (
        0.0 if chaise_has_arm else sofa.arm_width
    )
    far = draw.span("chaise_length", 1.4, 1.75) - sofa.depth / 2
    x = chaise_side * ((sofa.inner_width if chaise_has_arm else sofa.width) / 2 - wide / 2)
    z0 = sofa.depth / 2 - 0.04
    long = far - z0
    if chaise_has_arm and draw.often("covers_arm", 0.4):
        wide += sofa.arm_width
        x += chaise_side * sofa.arm_width / 2
    middle = (x, (sofa.clearance + base) / 2, z0 + long / 2)
    sofa.piece.box(
        middle, (wide - 0.01, base - sofa.clearance, long), edge=0.015, material=BODY, part="body"
    )
    size = (wide - 0.006, sofa.seat_height - base + 0.02, far - sofa.seat_rear_z - 0.01)
    center = (x, sofa.seat_height - size[1] / 2 + 0.002, (far + sofa.seat_rear_z) / 2)
    edge = size[1] * draw.span("chaise_edge_ratio", 0.15, 0.48)
    sofa.piece.box(center, size, edge=edge, corner=0.06, material=CUSHIONS, part="cushion")
    if sofa.clearance:
        for side in LEFT_RIGHT:
            fx, fz = x + side * (wide / 2 - 0.07), far - 0.1
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
    wing_side = draw.pick("wing_side", LEFT_RIGHT)
    seat_cushions(sofa, base)
    has_back_cushions = draw.often("has_back_cushions", 0.65)
    if has_back_cushions:
        back_cushions(sofa)
    top = min(draw.span("arm_height", 0.5, 0.68), sofa.back_height)
    both = sofa.width > 2.6 and draw.often("has_two_wings", 0.2)
    wings = LEFT_RIGHT if both else (wing_side,)
    _side_arms(sofa, tuple(s for s in LEFT_RIGHT if s not in wings), top)
    far = sofa.depth / 2 + draw.span("wing_length", 0.55, 1.6)
    for s in draw.each("wing", wings):
        _wing(sofa, s, base, far, top, has_back_cushions)
    throws(sofa, 0.2)
    return finish(sofa)


@builds("wing")
def _wing(sofa: SofaDimensions, s: float, base: float, far: float, top: float, loose: bool) -> None:
    """Adds the part of a corner that comes forward to z = `far` at side `s`."""
    draw = sofa.draw
    piece = sofa.piece
    arm = sofa.arm_width * (draw.often("has_arm", 0.75))
    x, low = s * (sofa.width / 2 - sofa.depth / 2), -sofa.depth / 2
    long = far - low
    middle = (x, (sofa.clearance + base) / 2, (far + low) / 2)
    piece.box(
        middle, (sofa.depth - 0.02, base - sofa.clearance, long - 0.02), edge=0.015, material=BODY
    )
    edge = sofa.back_thickness * draw.pick("back_edge_ratio", (0.1, 0.3, 0.48))
    size = (sofa.back_thickness, sofa.back_height - sofa.clearance, long)
    wall = s * (sofa.width / 2 - sofa.back_thickness / 2)
    piece.box(
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
            piece,
            draw,
            (seat_x, sofa.seat_height - h / 2, z),
            size,
            softness=0.25,
            material=CUSHIONS,
        )
        if loose:
            tall = sofa.back_height - sofa.seat_height + 0.03
            at = (wall - s * (sofa.back_thickness / 2 + 0.07), sofa.seat_height + tall * 0.46, z)
            piece.box(at, (0.15, tall, each - 0.02), edge=0.06, material=CUSHIONS)
    if arm:
        size = (sofa.depth, top - sofa.clearance, arm)
        piece.box(
            (x, (top + sofa.clearance) / 2, far - arm / 2), size, edge=0.2 * arm, material=BODY
        )
    if sofa.clearance:
        place = (x, (far + sofa.depth / 2) / 2)
        feet(
            piece, draw, sofa.depth, far - sofa.depth / 2, sofa.clearance + 0.01, 0.08, place, FEET
        )


def day_couch(draw: Choices) -> Furniture:
    """A long couch with one raised end, its long side in front."""
    cover_material = draw.pick("cover_material", {"fabric": 2, "leather": 2})
    piece = Furniture(
        "sofa",
        (cover_material, cover_material, draw.pick("foot_material", ("wood", "metal")), "fabric"),
        "day_couch",
        draw,
    )
    width = draw.span("width", 1.5, 2.0)
    depth = draw.span("depth", 0.6, 0.9)
    seat_height = draw.span("seat_height", 0.36, 0.46)
    foot_height = draw.span("foot_height", 0.1, 0.22)
    end_side = draw.pick("end_side", LEFT_RIGHT)
    thick = seat_height - foot_height
    cushion(piece, draw, (0, foot_height + thick / 2, 0), (width, thick, depth), material=CUSHIONS)
    end_height = draw.span("end_height", 0.2, 0.42)
    end_thickness = draw.span("end_thickness", 0.1, 0.2)
    end = (
        end_side * (width / 2 - end_thickness / 2),
        (foot_height + seat_height + end_height) / 2,
        0,
    )
    piece.box(
        end,
        (end_thickness, thick + end_height, depth),
        edge=0.45 * end_thickness,
        material=BODY,
        part="armrest",
    )
    if draw.often("has_back", 0.6):
        long = width * draw.span("back_length_ratio", 0.5, 1.0)
        back = (
            end_side * (width - long) / 2,
            (foot_height + seat_height + end_height * 0.8) / 2,
            -depth / 2 + end_thickness / 2,
        )
        piece.box(
            back,
            (long, thick + end_height * 0.8, end_thickness),
            edge=0.4 * end_thickness,
            material=BODY,
            part="back",
        )
    if draw.often("has_bolster", 0.5):
        roll = (end_side * (width / 2 - end_thickness - 0.1), seat_height + 0.08, 0)
        piece.cylinder(
            roll, 0.09, depth * 0.9, rotation=tilt(90), edge=0.02, material=THROWS, part="cushion"
        )
    feet(piece, draw, width, depth, foot_height + 0.02, 0.08, material=FEET)
    return piece


def modules(draw: Choices) -> Furniture:
    """Low cubes side by side, some with a back or a cushion."""
    cover_material = draw.pick("cover_material", {"fabric": 4, "leather": 1})
    piece = Furniture(
        "sofa", (cover_material, cover_material, "plastic", "fabric"), "modules", draw
    )
    unit_width = draw.span("unit_width", 0.7, 1.0)
    seat_height = draw.span("seat_height", 0.36, 0.44)
    back_height = draw.span("back_height", 0.62, 0.78)
    back_thickness = draw.span("back_thickness", 0.16, 0.28)
    edge_radius = draw.span("edge_radius", 0.03, 0.1)
    unit_count = draw.pick("unit_count", {2: 1, 3: 3, 4: 1.5})
    wing_side = draw.pick("wing_side", LEFT_RIGHT)
    xs = spaced(-(unit_count - 1) * unit_width / 2, (unit_count - 1) * unit_width / 2, unit_count)
    places = [(x, 0.0) for x in xs]
    places += [
        (wing_side * xs[-1], unit_width * (i + 1))
        for i in range(draw.pick("wing_count", (0, 1, 1, 2)))
    ]
    for x, z in draw.each("unit", places):
        middle = (x, seat_height / 2, z)
        piece.box(
            middle,
            (unit_width + 0.004, seat_height, unit_width + 0.004),
            edge=edge_radius,
            material=CUSHIONS,
            part="seat",
        )
        if z == 0:
            rear = (x, back_height / 2, -unit_width / 2 + back_thickness / 2)
            piece.box(
                rear,
                (unit_width + 0.004, back_height, back_thickness),
                edge=edge_radius,
                material=BODY,
                part="back",
            )
            if draw.often("has_cushion", 0.5):
                size = (unit_width * 0.85, 0.4, 0.16)
                cushion_at = (x, seat_height + 0.18, -unit_width / 2 + back_thickness + 0.06)
                piece.box(
                    cushion_at,
                    size,
                    edge=0.07,
                    rotation=tilt(12),
                    material=CUSHIONS,
                    part="cushion",
                )
    for side in draw.each(SIDES, LEFT_RIGHT):
        if draw.often("has_arm", 0.7):
            wall = side * (abs(xs[0]) + unit_width / 2 - back_thickness / 2)
            piece.box(
                (wall, back_height / 2, 0),
                (back_thickness, back_height, unit_width),
                edge=edge_radius,
                material=BODY,
                part="armrest",
            )
    if draw.often("has_pillow", 0.3):
        pillow(piece, (xs[0] * 0.8, seat_height + 0.2, -0.05), (0.45, 0.42, 0.15), tilt(20), THROWS)
    return piece
