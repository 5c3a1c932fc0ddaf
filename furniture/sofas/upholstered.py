"""Straight upholstered sofas: loose cushions, boxes, chesterfields, sofas without arms."""

from furniture.beams import LEFT_RIGHT, beam
from furniture.choices import Choices
from furniture.cushions import solid_arms
from furniture.primitives import Furniture
from furniture.sofas.body import back_cushions, body, body_low, finish, seat_cushions, throws
from furniture.sofas.dimensions import BODY, CUSHIONS, THROWS, draw_dimensions
from furniture.vectors import tilt


def classic(draw: Choices) -> Furniture:
    """Arms, a back and loose cushions: the most frequent sofas."""
    sofa = draw_dimensions(draw, "classic")
    base = body(sofa)
    seat_cushions(sofa, base)
    if draw.often("has_back_cushions", 0.7):
        back_cushions(sofa)
    top = min(draw.span("arm_height", 0.5, 0.72), sofa.back_height)
    solid_arms(sofa.piece, draw, sofa.width, sofa.depth, sofa.arm_width, sofa.clearance, top, BODY)
    throws(sofa)
    return finish(sofa)


def boxy(draw: Choices) -> Furniture:
    """Arms and back of one height around the seat."""
    back_height = draw.span("back_height", 0.62, 0.74)
    sofa = draw_dimensions(
        draw,
        "boxy",
        back_height=back_height,
        arm_width=draw.span("arm_width", 0.1, 0.24),
        back_angle=0.0,
    )
    base = sofa.seat_height - draw.span("plinth_drop", 0.08, 0.16)
    edge = sofa.arm_width * draw.span("edge_ratio", 0.08, 0.48)
    piece = sofa.piece
    piece.box(
        (0, (sofa.clearance + base) / 2, 0),
        (sofa.width - 0.02, base - sofa.clearance, sofa.depth - 0.02),
        edge=0.02,
        part="body",
    )
    size = (sofa.width, back_height - sofa.clearance, sofa.back_thickness)
    piece.box(
        (0, (back_height + sofa.clearance) / 2, -sofa.depth / 2 + sofa.back_thickness / 2),
        size,
        edge=edge,
        material=BODY,
        part="back",
    )
    top = back_height - draw.pick("arm_drop", (0.0, 0.0, draw.span("lowered_arm_drop", 0.03, 0.1)))
    for side in LEFT_RIGHT:
        center = (side * (sofa.width - sofa.arm_width) / 2, (top + sofa.clearance) / 2, 0)
        piece.box(
            center,
            (sofa.arm_width, top - sofa.clearance, sofa.depth),
            edge=edge,
            material=BODY,
            part="armrest",
        )
    seat_cushions(sofa, base)
    if draw.often("has_back_cushions", 0.3):
        back_cushions(sofa)
    throws(sofa, 0.2)
    return finish(sofa)


def chesterfield(draw: Choices) -> Furniture:
    """Rolled arms and a rolled back of one height."""
    sofa = draw_dimensions(
        draw,
        "chesterfield",
        unread=("back_height",),
        arm_width=draw.span("arm_width", 0.2, 0.28),
        back_angle=0.0,
    )
    sofa.back_height = draw.span("back_height", 0.66, 0.78)
    roll_thickness = draw.span("roll_thickness", 0.18, 0.26)
    piece = sofa.piece
    base = body_low(sofa)
    seat_cushions(sofa, base, draw.pick("cushion_count", (1, sofa.seat_count)))
    y, x, z = (
        sofa.back_height - roll_thickness / 2,
        (sofa.width - sofa.arm_width) / 2,
        -sofa.depth / 2 + sofa.back_thickness / 2,
    )
    beam(
        piece,
        (-x, y, z),
        (x, y, z),
        roll_thickness,
        edge=0.03,
        over=roll_thickness / 2,
        material=BODY,
        part="back",
    )
    piece.box(
        (0, (y + sofa.clearance) / 2, z),
        (sofa.width, y - sofa.clearance, sofa.back_thickness),
        edge=0.02,
        material=BODY,
        part="back",
    )
    for side in LEFT_RIGHT:
        beam(
            piece,
            (side * x, y, z),
            (side * x, y, sofa.depth / 2),
            roll_thickness,
            edge=0.03,
            material=BODY,
            part="armrest",
        )
        size = (sofa.arm_width * 0.8, y - sofa.clearance, sofa.depth - 0.02)
        piece.box(
            (side * x, (y + sofa.clearance) / 2, 0), size, edge=0.02, material=BODY, part="armrest"
        )
    return finish(sofa)


def armless(draw: Choices) -> Furniture:
    """Two thick mattresses: futons and sofa beds without arms."""
    sofa = draw_dimensions(
        draw,
        "armless",
        arm_width=0.0,
        seat_count=draw.pick("seat_count", {2: 4, 3: 2}),
        back_thickness=draw.span("back_thickness", 0.14, 0.3),
        unread=("back_angle",),
    )
    p, t = sofa.piece, sofa.seat_height - sofa.clearance
    edge = min(t, sofa.back_thickness) * draw.span("edge_ratio", 0.2, 0.48)
    size = (sofa.width, t, sofa.depth - sofa.back_thickness * 0.4)
    p.box(
        (0, sofa.clearance + t / 2, sofa.back_thickness * 0.2),
        size,
        edge=edge,
        material=CUSHIONS,
        part="seat",
    )
    lean = draw.span("lean", 2, 18)
    low = sofa.clearance
    size = (sofa.width, (sofa.back_height - low), sofa.back_thickness)
    p.box(
        (0, (sofa.back_height + low) / 2, -sofa.depth / 2 + sofa.back_thickness / 2),
        size,
        edge=edge,
        rotation=tilt(lean),
        part="back",
    )
    if draw.often("has_bolsters", 0.3):
        for side in LEFT_RIGHT:
            x = side * (sofa.width / 2 - 0.11)
            p.cylinder(
                (x, sofa.seat_height + 0.09, sofa.seat_rear_z + 0.25),
                0.1,
                0.5,
                rotation=tilt(90),
                material=THROWS,
                part="cushion",
            )
    return finish(sofa)


def camelback(draw: Choices) -> Furniture:
    """A settee on legs with an arched back."""
    sofa = draw_dimensions(
        draw,
        "camelback",
        unread=("back_thickness", "back_angle"),
        clearance=draw.span("foot_height", 0.14, 0.24),
        seat_count=draw.pick("seat_count", {2: 3, 3: 2}),
    )
    sofa.back_thickness = draw.span("back_thickness", 0.08, 0.14)
    piece = sofa.piece
    sofa.seat_height = max(sofa.seat_height, sofa.clearance + 0.24)
    base = body_low(sofa)
    seat_cushions(sofa, base, 1)
    lean = tilt(8)
    z, low = -sofa.depth / 2 + sofa.back_thickness / 2, sofa.seat_height - 0.1
    piece.box(
        (0, (low + sofa.back_height) / 2, z),
        (sofa.width - 0.04, sofa.back_height - low, sofa.back_thickness),
        edge=0.03,
        rotation=lean,
        part="back",
    )
    hump = (
        sofa.width * draw.share("hump_width", 0.6, 0.95),
        draw.span("hump_height", 0.2, 0.4),
        sofa.back_thickness,
    )
    piece.ellipsoid(
        (0, sofa.back_height - 0.02, z - 0.02), hump, rotation=lean, material=BODY, part="back"
    )
    solid_arms(
        piece,
        draw,
        sofa.width,
        sofa.depth,
        min(sofa.arm_width, 0.16),
        sofa.clearance,
        draw.span("arm_height", 0.56, 0.66),
        BODY,
    )
    return finish(sofa)
