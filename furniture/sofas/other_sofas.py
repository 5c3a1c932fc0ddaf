"""Sofas in an open frame and curved sofas."""

import numpy as np

from furniture.beams import LEFT_RIGHT, Section, arc, beam, spaced
from furniture.choices import SIDES, Choices
from furniture.legs import leg
from furniture.primitives import Furniture
from furniture.sofas.body import back_cushions, seat_cushions
from furniture.sofas.dimensions import COVERS, FEET, draw_dimensions
from furniture.vectors import Vector


def framed(draw: Choices) -> Furniture:
    """Loose cushions in an open frame of wood or metal."""
    sofa = draw_dimensions(
        draw,
        "framed",
        arm_width=draw.span("arm_width", 0.05, 0.09),
        clearance=0.0,
        back_angle=draw.span("back_angle", 8, 20),
    )
    piece = sofa.piece
    frame_thickness = draw.span("frame_thickness", 0.03, 0.06)
    cushion_thickness = draw.span("cushion_thickness", 0.1, 0.18)
    base = sofa.seat_height - cushion_thickness
    arm_height = draw.span("arm_height", 0.52, 0.66)
    z = sofa.depth / 2 - frame_thickness
    x = sofa.width / 2 - frame_thickness / 2
    has_square_frame = draw.often("has_square_frame", 0.7)
    seat_cushions(sofa, base)
    back_cushions(sofa)
    rear_top = -sofa.depth / 2 + 0.02
    wide_bar = (2 * frame_thickness, frame_thickness)

    def bar(start: Vector, end: Vector, section: Section, part: str) -> None:
        beam(piece, start, end, section, square=has_square_frame, material=FEET, part=part)

    for side in draw.each(SIDES, LEFT_RIGHT):
        outer = side * x
        bar((outer, 0, z), (outer, arm_height, z), frame_thickness, "leg")
        bar((outer, 0, -z), (outer, arm_height, rear_top), frame_thickness, "leg")
        ends = (outer, arm_height, -sofa.depth / 2), (outer, arm_height, sofa.depth / 2)
        bar(*ends, (frame_thickness * 0.8, max(sofa.arm_width, frame_thickness)), "armrest")
        y = base - frame_thickness
        bar((outer, y, -z), (outer, y, z), wide_bar, "rail")
        if draw.often("has_side_slats", 0.4):
            for slat_z in spaced(-z, z, 6)[1:-1]:
                bar((outer, base, slat_z), (outer, arm_height, slat_z), 0.025, "slat")
    for rail_z in (z, -z * 0.2, -z):
        bar((-x, base - 0.02, rail_z), (x, base - 0.02, rail_z), wide_bar, "rail")
    piece.box(
        (0, base + 0.004, sofa.back_thickness * 0.4),
        (sofa.inner_width, 0.03, sofa.depth - sofa.back_thickness),
        material=FEET,
        part="base",
    )
    back_z = sofa.seat_rear_z - 0.03
    for y in (sofa.seat_height + 0.12, sofa.back_height - 0.1):
        bar((-x, y, back_z), (x, y, back_z), (0.07, 0.03), "back")
    for side in LEFT_RIGHT:
        top = (side * x, sofa.back_height - 0.07, back_z)
        bar((side * x, base, back_z), top, frame_thickness, "back")
    return piece


def curved(draw: Choices) -> Furniture:
    """A seat and a back that are bent in the top view."""
    cover_material = draw.pick("cover_material", COVERS)
    piece = Furniture("sofa", (cover_material, cover_material, "wood", "fabric"), "curved", draw)
    radius = draw.span("radius", 1.3, 2.6)
    turn = draw.span("turn", 0.9, 1.9)
    turn = min(turn, 2.6 / radius)
    seat_height = draw.span("seat_height", 0.38, 0.46)
    back_height = draw.span("back_height", 0.62, 0.82)
    depth = draw.span("depth", 0.75, 0.95)
    clearance = draw.pick("clearance", (0.0, draw.span("foot_height", 0.03, 0.12)))
    back_thickness = draw.span("back_thickness", 0.16, 0.26)
    inner = radius - depth / 2
    edge_radius = draw.span("edge_radius", 0.04, 0.09)
    place = (0, (clearance + seat_height) / 2, 0.0)
    arc(
        piece,
        place,
        (1, 0, 0),
        (0, 0, 1),
        1 / inner,
        inner * turn,
        (seat_height - clearance, depth),
        edge=edge_radius,
        part="seat",
    )
    size = (back_height - clearance, back_thickness)
    place = (0, (clearance + back_height) / 2, -depth / 2 + back_thickness / 2)
    outer = inner + depth / 2 - back_thickness / 2
    arc(
        piece,
        place,
        (1, 0, 0),
        (0, 0, 1),
        1 / outer,
        outer * turn,
        size,
        edge=0.45 * back_thickness,
        part="back",
    )
    if clearance:
        for angle in spaced(-turn * 0.4, turn * 0.4, 3):
            for r in (inner - depth * 0.36, inner + depth * 0.36):
                x, z = r * np.sin(angle), inner - r * np.cos(angle)
                leg(piece, draw, (x, clearance + 0.03, z), (x, 0, z), 0.05, "tapered_round", FEET)
    return piece
