"""Lamps and plants."""

from math import cos, pi, sin

import numpy as np

from furniture.beams import LEFT_RIGHT, beam, tube
from furniture.choices import SIDES, Choices
from furniture.objects.vessels import draw_outline, profile
from furniture.primitives import BOX, ELLIPSE, Furniture
from furniture.vectors import rotation_xyz


def lamp(draw: Choices, piece: Furniture) -> None:
    """A table, floor, desk or tripod lamp with a shade."""
    height_class = draw.pick(
        "height_class",
        {draw.span("table_height", 0.35, 0.7): 3, draw.span("floor_height", 1.3, 1.8): 3},
    )
    base_radius = draw.span("base_radius", 0.1, 0.16)
    pole_thickness = draw.span("pole_thickness", 0.016, 0.035)
    is_tall = height_class > 1
    shade_height = draw.span("shade_height", 0.16, 0.34)
    shade_radius = draw.span("shade_radius", 0.1, 0.24)
    base_design = draw.pick(
        "base_design", {"disc": 4, "tripod": 2, "body": 0 if is_tall else 4, "arm": 1.2}
    )
    if base_design == "arm":
        _arm_lamp(draw, piece, height_class, base_radius, pole_thickness, shade_radius)
        return
    pole_foot = 0.0
    if base_design == "tripod":
        pole_foot = 0.7 * height_class
        for i in draw.each("leg", range(3)):
            a = 2 * pi * i / 3 + 0.5
            out = draw.span("foot_reach", 0.12, 0.2) * height_class
            foot, top = (out * cos(a), 0, out * sin(a)), (0, 0.75 * height_class, 0)
            beam(piece, foot, top, pole_thickness, material=1, part="leg")
    elif base_design == "body":
        pole_foot = 0.6 * height_class
        outline = draw_outline(draw, 1.0, 5)
        profile(
            piece,
            [(y * 0.66 * height_class, r * height_class * 0.9) for y, r in outline],
            part="base",
        )
    else:
        radius = base_radius * (1.2 if is_tall else 0.8)
        piece.cylinder((0, 0.0125, 0), radius, 0.025, edge=0.006, material=3, part="base")
    pole_ends = (0, pole_foot, 0), (0, height_class, 0)
    beam(piece, *pole_ends, pole_thickness, material=3, part="pole")
    _shade(draw, piece, height_class, shade_radius, shade_height)


def _arm_lamp(
    draw: Choices,
    piece: Furniture,
    height: float,
    base_radius: float,
    pole_thickness: float,
    shade_radius: float,
) -> None:
    """Adds a bent arm on a disc, with a tilted shade."""
    elbow, head = (-0.35 * height, 0.55 * height, 0), (0.3 * height, 0.85 * height, 0)
    piece.cylinder((0, 0.015, 0), base_radius, 0.03, edge=0.006, material=3, part="base")
    tube(piece, ((0, 0, 0), elbow, head), pole_thickness, material=3, part="pole")
    turn = rotation_xyz(0, 0, draw.span("shade_tilt", 10, 60))
    size = (shade_radius, 0.7 * shade_radius, shade_radius)
    piece.add(head, size, rotation=turn, taper=(0.45, 0.45), kind=ELLIPSE, part="shade")


def _shade(
    draw: Choices, piece: Furniture, height: float, shade_radius: float, shade_height: float
) -> None:
    """Adds the shade of an upright lamp: a cone, a drum, a globe or a box."""
    center = (0, height, 0)
    shade_design = draw.pick("shade_design", {"cone": 4, "drum": 3, "globe": 1.5, "box": 1})
    if shade_design == "globe":
        piece.ellipsoid(center, (1.6 * shade_radius,) * 3, material=4, part="shade")
        return
    slope = draw.span("shade_taper", 0.4, 0.8) if shade_design == "cone" else 1.0
    section = BOX if shade_design == "box" else ELLIPSE
    size = (2 * shade_radius, shade_height, 2 * shade_radius)
    taper = (slope, slope)
    piece.add(center, size, taper=taper, kind=section, material=2, part="shade")


def plant(draw: Choices, piece: Furniture) -> None:
    """A pot with leaves, a bush, a cactus or a tree."""
    pot_radius = draw.span("pot_radius", 0.12, 0.24)
    pot_height = draw.span("pot_height", 0.16, 0.34)
    low = pot_radius * draw.span("pot_taper", 0.6, 1.0)
    piece.add(
        (0, pot_height / 2, 0),
        (2 * low, pot_height, 2 * low),
        taper=(pot_radius / low,) * 2,
        kind=ELLIPSE,
        edge=0.01,
        part="pot",
    )
    kind = draw.pick("kind", {"leaves": 3, "bush": 2, "cactus": 1, "tree": 1.5})
    height = draw.span("height", 0.3, 0.9)
    if kind == "leaves":
        for i in draw.each("leaf", range(draw.pick("leaf_count", (6, 9, 13)))):
            a = i * 2.4
            leaf_lean = draw.span("leaf_lean", 0.1, 0.6)
            tip = (
                leaf_lean * height * cos(a),
                pot_height + height * draw.span("leaf_height", 0.6, 1.0),
                leaf_lean * height * sin(a),
            )
            middle = tuple((p + q) / 2 for p, q in zip(tip, (0, pot_height, 0), strict=True))
            length = np.linalg.norm(np.subtract(tip, (0, pot_height, 0)))
            turn = _toward(np.subtract(tip, (0, pot_height - 0.02, 0)))
            piece.ellipsoid(
                middle,
                (draw.span("leaf_width", 0.06, 0.14), length * 1.08, 0.035),
                rotation=turn,
                material=1,
                part="leaf",
            )
    elif kind == "cactus":
        piece.ellipsoid(
            (0, pot_height + height * 0.3, 0), (0.2, height * 0.9, 0.2), material=1, part="stem"
        )
        for side in draw.each(SIDES, LEFT_RIGHT):
            y = pot_height + height * draw.span("arm_height", 0.2, 0.4)
            tube(
                piece,
                ((0, y, 0), (side * 0.18, y, 0), (side * 0.18, y + 0.2, 0)),
                0.08,
                material=1,
                part="stem",
            )
    else:
        top = pot_height
        if kind == "tree":
            top = pot_height + height
            beam(piece, (0, pot_height - 0.02, 0), (0, top, 0), 0.04, material=1, part="stem")
        crown_size = draw.span("crown_size", 0.25, 0.5)
        for _ in draw.each("clump", range(draw.pick("clump_count", (3, 5, 8)))):
            at = (
                np.array(
                    [
                        draw.span("clump_x", -0.3, 0.3),
                        draw.span("clump_y", 0.1, 0.7),
                        draw.span("clump_z", -0.3, 0.3),
                    ]
                )
                * crown_size
            )
            piece.ellipsoid(
                at + np.array((0, top, 0)),
                (crown_size * draw.span("clump_size", 0.5, 0.9),) * 3,
                material=1,
                part="leaf",
            )


def _toward(way) -> np.ndarray:
    """Returns a (3, 3) rotation of local y onto `way`."""
    y = way / np.linalg.norm(way)
    side = np.cross(y, (0, 1, 0.01))
    side /= np.linalg.norm(side)
    return np.stack([side, y, np.cross(side, y)], axis=1)
