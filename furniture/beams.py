"""Beams, arcs, tubes and lofted shells, from which most parts are built."""

from collections.abc import Sequence
from itertools import pairwise
from math import atan2, cos, hypot, sin, sqrt
from typing import Any

from furniture.primitives import ELLIPSE, Furniture
from furniture.vectors import Vector, along, axes, cross, interpolate, subtract, unit

LEFT_RIGHT = (-1.0, 1.0)  # signs of x, or of z: rear and front
Section = float | tuple[float, float]


def beam(
    piece: Furniture,
    start: Vector,
    end: Vector,
    section: Section,
    end_section: Section | None = None,
    *,
    over: float = 0.0,
    **options: Any,
) -> None:
    """Adds a leg, rail or post.

    Parameters
    ----------
    piece : Furniture
        Gets one primitive.
    start, end : (3,) float
        Ends of the axis, metres.
    section : float or (2,) float
        Size across the axis, metres: (along x, in depth) of an upright beam, (height, in depth) of
        a level one.
    end_section : float or (2,) float, optional
        Section at `end`; by default the same.
    over : float
        Metres by which both ends are longer.
    **options
        `square=True` for a rectangular section; all options of `Furniture.add`.
    """
    a, b = _pair(section)
    c, d = (a, b) if end_section is None else _pair(end_section)
    way = subtract(end, start)
    length = hypot(*way) + 2 * over
    square = options.pop("square", False)
    if not square:
        options["kind"] = ELLIPSE
    elif "edge" not in options:
        options["edge"] = options["corner"] = 0.12 * min(a, b)
    piece.add(
        interpolate(start, end, 0.5),
        (a, length, b),
        rotation=along(way),
        taper=(c / a, d / b),
        **options,
    )


def _pair(section: Section) -> tuple[float, float]:
    """Both sizes of a section."""
    return section if isinstance(section, tuple) else (section, section)


def arc(
    piece: Furniture,
    middle: Vector,
    tangent: Vector,
    inward: Vector,
    curvature: float,
    length: float,
    section: tuple[float, float],
    **options: Any,
) -> None:
    """Adds a bent bar.

    Parameters
    ----------
    piece : Furniture
        Gets one primitive.
    middle : (3,) float
        Middle point of the bar, metres.
    tangent, inward : (3,) float
        Directions at the middle point: along the bar, and toward the centre of its curve.
    curvature : float
        1/metres.
    length : float
        Along the bar, metres.
    section : (2,) float
        Size across the plane of the arc and within it, metres.
    **options
        All options of `Furniture.add`.
    """
    tangent, inward = unit(tangent), unit(inward)
    across, within = section
    edge = options.pop("edge", 0.5 * min(across, within))
    options.setdefault("corner", 0.25 * within)
    rotation = axes(tangent, cross(inward, tangent), inward)
    size = (length, across, within)
    piece.add(middle, size, rotation=rotation, bend=curvature, edge=edge, **options)


def tube(
    piece: Furniture,
    points: Sequence[Vector],
    diameter: float,
    fillet: float = 0.0,
    material: int = 0,
    part: str | None = None,
) -> None:
    """Adds a tube with rounded ends.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    points : sequence of (3,) float
        Ends and corners of the axis, metres.
    diameter : float
        Metres.
    fillet : float
        Radius of the corners, metres.
    material : int
        Index into the materials of the piece.
    part : str, optional
        Named part; by default the current part.
    """
    round_ends = {"over": diameter / 2, "edge": diameter / 2, "material": material, "part": part}
    start = points[0]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        into, out = unit(subtract(here, before)), unit(subtract(after, here))
        cosine = sum(p * q for p, q in zip(into, out, strict=True))
        angle = atan2(sqrt(max(1 - cosine * cosine, 0.0)), cosine)
        if fillet <= diameter / 2 or angle < 0.05:
            beam(piece, start, here, diameter, **round_ends)
            start = here
            continue
        cut = fillet * sin(angle / 2) / cos(angle / 2)
        first = tuple(h - cut * i for h, i in zip(here, into, strict=True))
        last = tuple(h + cut * o for h, o in zip(here, out, strict=True))
        inward = unit(tuple(o - i for o, i in zip(out, into, strict=True)))
        reach = fillet / cos(angle / 2) - fillet
        middle = tuple(h + reach * i for h, i in zip(here, inward, strict=True))
        tangent = tuple(o + i for o, i in zip(out, into, strict=True))
        beam(piece, start, first, diameter, **round_ends)
        section = (diameter, diameter)
        options = {"material": material, "part": part}
        arc(piece, middle, tangent, inward, 1 / fillet, fillet * angle, section, **options)
        start = last
    beam(piece, start, points[-1], diameter, **round_ends)


def loft(
    piece: Furniture,
    stations: Sequence[tuple[float, float, float, float]],
    thickness: float,
    material: int = 0,
    part: str | None = None,
) -> None:
    """Adds a shell or pad that is swept in the side view and curved across: seats and backs.

    Parameters
    ----------
    piece : Furniture
        Gets one primitive between each two stations.
    stations : sequence of (4,) float
        z, y, width and curvature (1/metres, sides toward the sitter), from the front of a seat to
        the top of a back. The surface through the stations is the middle of the thickness.
    thickness : float
        Metres.
    material : int
        Index into the materials of the piece.
    part : str, optional
        Named part; by default the current part.
    """
    for (z0, y0, w0, k0), (z1, y1, w1, k1) in pairwise(stations):
        dz, dy = z1 - z0, y1 - y0
        length = hypot(dz, dy) or 1e-3
        dz, dy = dz / length, dy / length
        piece.add(
            (0.0, (y0 + y1) / 2, (z0 + z1) / 2),
            (w0, length + thickness * 0.8, thickness),
            rotation=axes((1.0, 0.0, 0.0), (0.0, dy, dz), (0.0, -dz, dy)),
            taper=(w1 / w0, 1.0),
            bend=(k0 + k1) / 2,
            corner=0.5 * thickness,
            edge=0.4 * thickness,
            material=material,
            part=part,
        )


def spaced(low: float, high: float, count: int) -> list[float]:
    """Returns `count` numbers from `low` to `high`, both included (the middle for one)."""
    if count == 1:
        return [(low + high) / 2]
    return [low + (high - low) * i / (count - 1) for i in range(count)]
