"""Turned and hollow things: vases, bowls, bins, pots, lamps, plants."""

from itertools import pairwise
from math import cos, pi, sin

import numpy as np

from furniture.beams import LEFT_RIGHT, beam, tube
from furniture.choices import SIDES
from furniture.primitives import BOX, ELLIPSE, ELLIPSOID, Furniture
from furniture.vectors import Y_TO_Z, rotation_xyz


def profile(piece: Furniture, points, material: int = 0, squash: float = 1.0, **options) -> None:
    """A turned body: cones through (height, radius) points, bottom first."""
    for (y0, r0), (y1, r1) in pairwise(points):
        size = (2 * r0, y1 - y0 + 0.004, 2 * r0 * squash)
        piece.add(
            (0, (y0 + y1) / 2, 0),
            size,
            taper=(r1 / r0,) * 2,
            kind=ELLIPSE,
            material=material,
            **options,
        )


def draw_outline(draw, height: float, count: int) -> list[tuple[float, float]]:
    """A smooth random outline: radius over height from two waves."""
    a = draw.span("first_wave", 0.0, 0.35)
    b = draw.span("second_wave", 0.0, 0.2)
    p = draw.span("first_phase", 0, 2 * pi)
    q = draw.span("second_phase", 0, 2 * pi)
    slope = draw.span("slope", -0.3, 0.3)
    base = draw.span("radius_ratio", 0.12, 0.42) * height
    levels = [i / (count - 1) for i in range(count)]
    return [
        (
            height * t,
            base * max(0.2, 1 + slope * (t - 0.5) + a * sin(3 * t + p) + b * sin(7 * t + q)),
        )
        for t in levels
    ]


def vase(draw, piece: Furniture) -> None:
    """A vase, bottle, urn or gourd; open above or closed by a stopper."""
    points = draw_outline(draw, 1.0, draw.pick("level_count", (5, 7, 9)))
    squash = 1.0 if draw.often("is_round", 0.8) else draw.span("depth_ratio", 0.5, 0.9)
    profile(piece, points, squash=squash, part="vase")
    mouth = points[-1][1]
    if draw.often("is_open", 0.65):
        lower = [(y + 0.04, max(0.02, r - 0.035)) for y, r in points]
        low = int(len(points) * draw.span("hollow_start", 0.0, 0.75))
        profile(piece, lower[low:], squash=squash, cut=True, part="vase")
    else:
        piece.egg((0, 1.0, 0), (2 * mouth, 1.2 * mouth, 2 * mouth * squash), part="stopper")
    if draw.often("has_handles", 0.2):
        for s in draw.each(SIDES, LEFT_RIGHT):
            x = s * points[len(points) // 2 + 1][1]
            piece.ring(
                (x, 0.68, 0),
                draw.span("handle_radius", 0.08, 0.14),
                0.04,
                0.04,
                rotation=Y_TO_Z,
                part="handle",
            )


def bowl(draw, piece: Furniture) -> None:
    """A bowl, dish, basket, bin, bucket or plant pot: hollow, thin walls."""
    height = draw.pick(
        "height_class",
        {draw.span("low_height", 0.25, 0.6): 2, draw.span("tall_height", 0.7, 1.5): 2},
    )
    r = 0.5
    wall = draw.span("wall_thickness", 0.025, 0.06)
    kind = draw.pick("kind", {"egg": 2, "cone": 3, "box": 2, "ribbed": 1})
    if kind == "egg":
        piece.egg((0, height, 0), (2 * r, 2 * height, 2 * r), part="bowl")
        inner = (2 * (r - wall), 2 * (height - wall), 2 * (r - wall))
        piece.add((0, height, 0), inner, kind=ELLIPSOID, cut=True, part="bowl")
        piece.add((0, 1.5 * height, 0), (2.4, height, 2.4), cut=True, part="bowl")
        if draw.often("has_foot", 0.5):
            piece.cylinder((0, 0.01, 0), r * draw.span("foot_radius", 0.3, 0.5), 0.08, part="foot")
        piece.ring((0, height, 0), r - wall / 2, 2 * wall, wall, part="rim")
        return
    flare = draw.span("flare", 0.95, 1.6)
    deep = draw.span("depth_ratio", 0.5, 1.0) if kind == "box" else 1.0
    section = BOX if kind == "box" else ELLIPSE
    low = r / flare
    corner = draw.span("corner_radius", 0.01, 0.15)
    options = dict(kind=section, taper=(flare, flare), corner=corner, edge=0.01)
    piece.add((0, height / 2, 0), (2 * low, height, 2 * low * deep), **options, part="bowl")
    hollow = (2 * (low - wall), height, 2 * (low * deep - wall))
    lift = wall if draw.often("is_deep", 0.8) else height * 0.8
    piece.add((0, height / 2 + lift, 0), hollow, cut=True, **options, part="bowl")
    if kind == "ribbed":
        for i in range(count := draw.pick("rib_count", (10, 14, 18))):
            a = 2 * pi * i / count
            c, s = cos(a), sin(a)
            beam(piece, (low * c, 0, low * s), (r * c, height, r * s), 0.06, material=1, part="rib")
    if draw.often("has_rim", 0.35) and kind != "box":
        piece.ring((0, height, 0), r - wall / 2, 0.05, 1.8 * wall, material=1, part="rim")
    if draw.often("has_handle", 0.2):
        tube(
            piece,
            (
                (-r, height * 0.95, 0),
                (-0.6 * r, 1.5 * height, 0),
                (0.6 * r, 1.5 * height, 0),
                (r, height * 0.95, 0),
            ),
            0.035,
            fillet=0.15,
            material=3,
            part="handle",
        )


def lamp(draw, piece: Furniture) -> None:
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
        piece.egg((0, height, 0), (1.6 * shade,) * 3, material=4, part="shade")
        return
    slope = draw.span("shade_taper", 0.4, 0.8) if kind == "cone" else 1.0
    section = BOX if kind == "box" else ELLIPSE
    piece.add((0, height, 0), size, taper=(slope, slope), kind=section, material=2, part="shade")


def plant(draw, piece: Furniture) -> None:
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
            piece.egg(
                middle,
                (draw.span("leaf_width", 0.06, 0.14), length * 1.08, 0.035),
                rotation=turn,
                material=1,
                part="leaf",
            )
    elif kind == "cactus":
        piece.egg((0, pot + tall * 0.3, 0), (0.2, tall * 0.9, 0.2), material=1, part="stem")
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
            piece.egg(
                at + np.array((0, top, 0)),
                (size * draw.span("clump_size", 0.5, 0.9),) * 3,
                material=1,
                part="leaf",
            )


def _toward(way) -> np.ndarray:
    """(3, 3) rotation of local y onto `way`."""
    y = way / np.linalg.norm(way)
    side = np.cross(y, (0, 1, 0.01))
    side /= np.linalg.norm(side)
    return np.stack([side, y, np.cross(side, y)], axis=1)
