"""Sofas in an open frame and curved sofas."""

import numpy as np

from furniture.beams import LEFT_RIGHT, arc, beam, spaced
from furniture.choices import SIDES, Choices
from furniture.legs import leg
from furniture.primitives import Furniture
from furniture.sofas.body import back_cushions, seat_cushions
from furniture.sofas.dimensions import COVERS, FEET, draw_dimensions


def framed(draw: Choices) -> Furniture:
    """Loose cushions in an open frame of wood or metal."""
    sofa = draw_dimensions(
        draw,
        "framed",
        arm_width=draw.span("arm_width", 0.05, 0.09),
        clearance=0.0,
        back_angle=draw.span("back_angle", 8, 20),
    )
    p = sofa.piece
    t = draw.span("frame_thickness", 0.03, 0.06)
    pad = draw.span("cushion_thickness", 0.1, 0.18)
    base = sofa.seat_height - pad
    arm_y = draw.span("arm_height", 0.52, 0.66)
    z = sofa.depth / 2 - t
    x = sofa.width / 2 - t / 2
    square = draw.often("has_square_frame", 0.7)
    seat_cushions(sofa, base)
    back_cushions(sofa)
    rear_top = -sofa.depth / 2 + 0.02
    for s in draw.each(SIDES, LEFT_RIGHT):
        beam(p, (s * x, 0, z), (s * x, arm_y, z), t, square=square, material=FEET, part="leg")
        beam(
            p, (s * x, 0, -z), (s * x, arm_y, rear_top), t, square=square, material=FEET, part="leg"
        )
        ends = (s * x, arm_y, -sofa.depth / 2), (s * x, arm_y, sofa.depth / 2)
        beam(
            p,
            *ends,
            (t * 0.8, max(sofa.arm_width, t)),
            square=square,
            material=FEET,
            part="armrest",
        )
        beam(
            p,
            (s * x, base - t, -z),
            (s * x, base - t, z),
            (2 * t, t),
            square=square,
            material=FEET,
            part="rail",
        )
        if draw.often("has_side_slats", 0.4):
            for zz in spaced(-z, z, 6)[1:-1]:
                beam(
                    p,
                    (s * x, base, zz),
                    (s * x, arm_y, zz),
                    0.025,
                    square=square,
                    material=FEET,
                    part="slat",
                )
    for zz in (z, -z * 0.2, -z):
        beam(
            p,
            (-x, base - 0.02, zz),
            (x, base - 0.02, zz),
            (2 * t, t),
            square=square,
            material=FEET,
            part="rail",
        )
    p.box(
        (0, base + 0.004, sofa.back_thickness * 0.4),
        (sofa.inner_width, 0.03, sofa.depth - sofa.back_thickness),
        material=FEET,
        part="base",
    )
    back_z = sofa.seat_rear_z - 0.03
    for y in (sofa.seat_height + 0.12, sofa.back_height - 0.1):
        beam(
            p,
            (-x, y, back_z),
            (x, y, back_z),
            (0.07, 0.03),
            square=square,
            material=FEET,
            part="back",
        )
    for s in LEFT_RIGHT:
        beam(
            p,
            (s * x, base, back_z),
            (s * x, sofa.back_height - 0.07, back_z),
            t,
            square=square,
            material=FEET,
            part="back",
        )
    return p


def curved(draw: Choices) -> Furniture:
    """A seat and a back that are bent in the top view."""
    cover = draw.pick("cover_material", COVERS)
    piece = Furniture("sofa", (cover, cover, "wood", "fabric"), "curved", draw)
    radius = draw.span("radius", 1.3, 2.6)
    turn = draw.span("turn", 0.9, 1.9)
    turn = min(turn, 2.6 / radius)
    sit = draw.span("seat_height", 0.38, 0.46)
    tall = draw.span("back_height", 0.62, 0.82)
    depth = draw.span("depth", 0.75, 0.95)
    lift = draw.pick("clearance", (0.0, draw.span("foot_height", 0.03, 0.12)))
    back = draw.span("back_thickness", 0.16, 0.26)
    inner = radius - depth / 2
    edge = draw.span("edge_radius", 0.04, 0.09)
    place = (0, (lift + sit) / 2, 0.0)
    arc(
        piece,
        place,
        (1, 0, 0),
        (0, 0, 1),
        1 / inner,
        inner * turn,
        (sit - lift, depth),
        edge=edge,
        part="seat",
    )
    size = (tall - lift, back)
    place = (0, (lift + tall) / 2, -depth / 2 + back / 2)
    outer = inner + depth / 2 - back / 2
    arc(
        piece,
        place,
        (1, 0, 0),
        (0, 0, 1),
        1 / outer,
        outer * turn,
        size,
        edge=0.45 * back,
        part="back",
    )
    if lift:
        for angle in spaced(-turn * 0.4, turn * 0.4, 3):
            for r in (inner - depth * 0.36, inner + depth * 0.36):
                x, z = r * np.sin(angle), inner - r * np.cos(angle)
                leg(piece, draw, (x, lift + 0.03, z), (x, 0, z), 0.05, "tapered_round", FEET)
    return piece
