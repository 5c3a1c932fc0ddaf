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
    height = draw.pick(
        "height_class",
        {draw.span("table_height", 0.35, 0.7): 3, draw.span("floor_height", 1.3, 1.8): 3},
    )
    r = draw.span("base_radius", 0.1, 0.16)
    pole = draw.span("pole_thickness", 0.016, 0.035)
    tall = height > 1
    shade_high = draw.span("shade_height", 0.16, 0.34)
    shade = draw.span("shade_radius", 0.1, 0.24)
    base = draw.pick("base_design", {"disc": 4, "tripod": 2, "body": 0 if tall else 4, "arm": 1.2})
    if base == "tripod":
        for i in draw.each("leg", range(3)):
            a = 2 * pi * i / 3 + 0.5
            out = draw.span("foot_reach", 0.12, 0.2) * height
            beam(
                piece,
                (out * cos(a), 0, out * sin(a)),
                (0, 0.75 * height, 0),
                pole,
                material=1,
                part="leg",
            )
        beam(piece, (0, 0.7 * height, 0), (0, height, 0), pole, material=3, part="pole")
    elif base == "body":
        points = [(y * 0.66 * height, rr * height * 0.9) for y, rr in draw_outline(draw, 1.0, 5)]
        profile(piece, points, part="base")
        beam(piece, (0, 0.6 * height, 0), (0, height, 0), pole, material=3, part="pole")
    elif base == "arm":
        elbow = (-0.35 * height, 0.55 * height, 0)
        piece.cylinder((0, 0.015, 0), r, 0.03, edge=0.006, material=3, part="base")
        head = (0.3 * height, 0.85 * height, 0)
        tube(piece, ((0, 0, 0), elbow, head), pole, material=3, part="pole")
        turn = rotation_xyz(0, 0, draw.span("shade_tilt", 10, 60))
        piece.add(
            head,
            (shade, 0.7 * shade, shade),
            rotation=turn,
            taper=(0.45, 0.45),
            kind=ELLIPSE,
            part="shade",
        )
        return
    else:
        piece.cylinder(
            (0, 0.0125, 0), r * (1.2 if tall else 0.8), 0.025, edge=0.006, material=3, part="base"
        )
        beam(piece, (0, 0, 0), (0, height, 0), pole, material=3, part="pole")
    kind = draw.pick("shade_design", {"cone": 4, "drum": 3, "globe": 1.5, "box": 1})
    size = (2 * shade, shade_high, 2 * shade)
    if kind == "globe":
        piece.ellipsoid((0, height, 0), (1.6 * shade,) * 3, material=4, part="shade")
        return
    slope = draw.span("shade_taper", 0.4, 0.8) if kind == "cone" else 1.0
    section = BOX if kind == "box" else ELLIPSE
    piece.add((0, height, 0), size, taper=(slope, slope), kind=section, material=2, part="shade")


def plant(draw: Choices, piece: Furniture) -> None:
    """A pot with leaves, a bush, a cactus or a tree."""
    r = draw.span("pot_radius", 0.12, 0.24)
    pot = draw.span("pot_height", 0.16, 0.34)
    low = r * draw.span("pot_taper", 0.6, 1.0)
    piece.add(
        (0, pot / 2, 0),
        (2 * low, pot, 2 * low),
        taper=(r / low,) * 2,
        kind=ELLIPSE,
        edge=0.01,
        part="pot",
    )
    kind = draw.pick("kind", {"leaves": 3, "bush": 2, "cactus": 1, "tree": 1.5})
    tall = draw.span("height", 0.3, 0.9)
    if kind == "leaves":
        for i in draw.each("leaf", range(draw.pick("leaf_count", (6, 9, 13)))):
            a = i * 2.4
            lean = draw.span("leaf_lean", 0.1, 0.6)
            tip = (
                lean * tall * cos(a),
                pot + tall * draw.span("leaf_height", 0.6, 1.0),
                lean * tall * sin(a),
            )
            middle = tuple((p + q) / 2 for p, q in zip(tip, (0, pot, 0), strict=True))
            length = np.linalg.norm(np.subtract(tip, (0, pot, 0)))
            turn = _toward(np.subtract(tip, (0, pot - 0.02, 0)))
            piece.ellipsoid(
                middle,
                (draw.span("leaf_width", 0.06, 0.14), length * 1.08, 0.035),
                rotation=turn,
                material=1,
                part="leaf",
            )
    elif kind == "cactus":
        piece.ellipsoid((0, pot + tall * 0.3, 0), (0.2, tall * 0.9, 0.2), material=1, part="stem")
        for s in draw.each(SIDES, LEFT_RIGHT):
            y = pot + tall * draw.span("arm_height", 0.2, 0.4)
            tube(
                piece,
                ((0, y, 0), (s * 0.18, y, 0), (s * 0.18, y + 0.2, 0)),
                0.08,
                material=1,
                part="stem",
            )
    else:
        top = pot
        if kind == "tree":
            top = pot + tall
            beam(piece, (0, pot - 0.02, 0), (0, top, 0), 0.04, material=1, part="stem")
        size = draw.span("crown_size", 0.25, 0.5)
        for _ in draw.each("clump", range(draw.pick("clump_count", (3, 5, 8)))):
            at = (
                np.array(
                    [
                        draw.span("clump_x", -0.3, 0.3),
                        draw.span("clump_y", 0.1, 0.7),
                        draw.span("clump_z", -0.3, 0.3),
                    ]
                )
                * size
            )
            piece.ellipsoid(
                at + np.array((0, top, 0)),
                (size * draw.span("clump_size", 0.5, 0.9),) * 3,
                material=1,
                part="leaf",
            )


def _toward(way) -> np.ndarray:
    """Returns a (3, 3) rotation of local y onto `way`."""
    y = way / np.linalg.norm(way)
    side = np.cross(y, (0, 1, 0.01))
    side /= np.linalg.norm(side)
    return np.stack([side, y, np.cross(side, y)], axis=1)
