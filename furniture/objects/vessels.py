"""Turned and hollow things: outlines, vases and bowls."""

from collections.abc import Sequence
from itertools import pairwise
from math import cos, pi, sin
from typing import Any

from furniture.beams import LEFT_RIGHT, beam, tube
from furniture.choices import SIDES, Choices
from furniture.primitives import BOX, ELLIPSE, ELLIPSOID, Furniture
from furniture.vectors import Y_TO_Z


def profile(
    piece: Furniture,
    points: Sequence[tuple[float, float]],
    material: int = 0,
    squash: float = 1.0,
    **options: Any,
) -> None:
    """Adds a turned body of cones.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    points : sequence of (height, radius)
        Outline, bottom first, metres.
    material : int
        Index into the materials of the piece.
    squash : float
        Depth relative to the width.
    **options
        All options of `Furniture.add`.
    """
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


def draw_outline(draw: Choices, height: float, count: int) -> list[tuple[float, float]]:
    """Draws a smooth outline: the radius over the height as two waves.

    Parameters
    ----------
    draw : Choices
        Source of the choices.
    height : float
        Of the whole outline, metres.
    count : int
        Number of points.

    Returns
    -------
    list of (height, radius)
        The outline, bottom first.
    """
    first_wave = draw.span("first_wave", 0.0, 0.35)
    second_wave = draw.span("second_wave", 0.0, 0.2)
    first_phase = draw.span("first_phase", 0, 2 * pi)
    second_phase = draw.span("second_phase", 0, 2 * pi)
    slope = draw.span("slope", -0.3, 0.3)
    base = draw.span("radius_ratio", 0.12, 0.42) * height
    levels = [i / (count - 1) for i in range(count)]
    return [
        (
            height * t,
            base
            * max(
                0.2,
                1
                + slope * (t - 0.5)
                + first_wave * sin(3 * t + first_phase)
                + second_wave * sin(7 * t + second_phase),
            ),
        )
        for t in levels
    ]


def dome_outline(low: float, radius: float, high: float) -> list[tuple[float, float]]:
    """Returns the outline of a dome.

    Parameters
    ----------
    low : float
        Height of its rim, metres.
    radius : float
        Of the rim, metres.
    high : float
        Height of the dome itself, metres.

    Returns
    -------
    list of (height, radius)
        The outline, bottom first.
    """
    return [(low + high * sin(a), radius * cos(a)) for a in (0.0, 0.35, 0.7, 1.05, 1.4)]


def vase(draw: Choices, piece: Furniture) -> None:
    """A vase, bottle or urn, open above or closed by a stopper."""
    points = draw_outline(draw, 1.0, draw.pick("level_count", (5, 7, 9)))
    squash = 1.0 if draw.often("is_round", 0.8) else draw.span("depth_ratio", 0.5, 0.9)
    profile(piece, points, squash=squash, part="vase")
    mouth = points[-1][1]
    if draw.often("is_open", 0.65):
        lower = [(y + 0.04, max(0.02, r - 0.035)) for y, r in points]
        low = int(len(points) * draw.span("hollow_start", 0.0, 0.75))
        profile(piece, lower[low:], squash=squash, cut=True, part="vase")
    else:
        piece.ellipsoid((0, 1.0, 0), (2 * mouth, 1.2 * mouth, 2 * mouth * squash), part="stopper")
    if draw.often("has_handles", 0.2):
        for side in draw.each(SIDES, LEFT_RIGHT):
            x = side * points[len(points) // 2 + 1][1]
            piece.ring(
                (x, 0.68, 0),
                draw.span("handle_radius", 0.08, 0.14),
                0.04,
                0.04,
                rotation=Y_TO_Z,
                part="handle",
            )


def bowl(draw: Choices, piece: Furniture) -> None:
    """A bowl, basket, bin, bucket or plant pot: hollow, with thin walls."""
    height_class = draw.pick(
        "height_class",
        {draw.span("low_height", 0.25, 0.6): 2, draw.span("tall_height", 0.7, 1.5): 2},
    )
    r = 0.5
    wall_thickness = draw.span("wall_thickness", 0.025, 0.06)
    kind = draw.pick("kind", {"egg": 2, "cone": 3, "box": 2, "ribbed": 1})
    if kind == "egg":
        piece.ellipsoid((0, height_class, 0), (2 * r, 2 * height_class, 2 * r), part="bowl")
        inner = (
            2 * (r - wall_thickness),
            2 * (height_class - wall_thickness),
            2 * (r - wall_thickness),
        )
        piece.add((0, height_class, 0), inner, kind=ELLIPSOID, cut=True, part="bowl")
        piece.add((0, 1.5 * height_class, 0), (2.4, height_class, 2.4), cut=True, part="bowl")
        if draw.often("has_foot", 0.5):
            piece.cylinder((0, 0.01, 0), r * draw.span("foot_radius", 0.3, 0.5), 0.08, part="foot")
        piece.ring(
            (0, height_class, 0),
            r - wall_thickness / 2,
            2 * wall_thickness,
            wall_thickness,
            part="rim",
        )
        return
    flare = draw.span("flare", 0.95, 1.6)
    deep = draw.span("depth_ratio", 0.5, 1.0) if kind == "box" else 1.0
    section = BOX if kind == "box" else ELLIPSE
    low = r / flare
    corner_radius = draw.span("corner_radius", 0.01, 0.15)
    options = dict(kind=section, taper=(flare, flare), corner=corner_radius, edge=0.01)
    piece.add(
        (0, height_class / 2, 0), (2 * low, height_class, 2 * low * deep), **options, part="bowl"
    )
    hollow = (2 * (low - wall_thickness), height_class, 2 * (low * deep - wall_thickness))
    lift = wall_thickness if draw.often("is_deep", 0.8) else height_class * 0.8
    piece.add((0, height_class / 2 + lift, 0), hollow, cut=True, **options, part="bowl")
    if kind == "ribbed":
        for i in range(count := draw.pick("rib_count", (10, 14, 18))):
            a = 2 * pi * i / count
            c, s = cos(a), sin(a)
            beam(
                piece,
                (low * c, 0, low * s),
                (r * c, height_class, r * s),
                0.06,
                material=1,
                part="rib",
            )
    if draw.often("has_rim", 0.35) and kind != "box":
        piece.ring(
            (0, height_class, 0),
            r - wall_thickness / 2,
            0.05,
            1.8 * wall_thickness,
            material=1,
            part="rim",
        )
    if draw.often("has_handle", 0.2):
        tube(
            piece,
            (
                (-r, height_class * 0.95, 0),
                (-0.6 * r, 1.5 * height_class, 0),
                (0.6 * r, 1.5 * height_class, 0),
                (r, height_class * 0.95, 0),
            ),
            0.035,
            fillet=0.15,
            material=3,
            part="handle",
        )
