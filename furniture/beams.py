"""Beams, arcs, tubes and lofted shells, from which most parts are built."""

from itertools import pairwise
from math import atan2, cos, hypot, sin, sqrt

from furniture.primitives import ELLIPSE, Furniture
from furniture.vectors import along, axes, cross, interpolate, subtract, unit

LEFT_RIGHT = (-1.0, 1.0)


def beam(piece: Furniture, start, end, section, end_section=None, *, over=0.0, **options) -> None:
    """A leg, rail or post from `start` to `end`; round unless `square=True`.

    section : (across, deep) metres, or one number for both. Of an upright `across` is along x;
    of a level one it is the height. `over` lengthens both ends, metres.
    """
    a, b = section if isinstance(section, tuple) else (section, section)
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


def _pair(section) -> tuple[float, float]:
    return section if isinstance(section, tuple) else (section, section)


def arc(piece, middle, tangent, inward, curvature, length, section, **options) -> None:
    """A bent bar whose middle point is `middle`, bending toward `inward`.

    section : (across the plane of the arc, within the plane) metres.
    """
    tangent, inward = unit(tangent), unit(inward)
    across, within = section
    edge = options.pop("edge", 0.5 * min(across, within))
    options.setdefault("corner", 0.25 * within)
    rotation = axes(tangent, cross(inward, tangent), inward)
    size = (length, across, within)
    piece.add(middle, size, rotation=rotation, bend=curvature, edge=edge, **options)


def tube(piece, points, diameter, fillet=0.0, material=0) -> None:
    """A tube through `points` with rounded ends; `fillet` is the radius of its corners, metres."""
    start = points[0]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        into, out = unit(subtract(here, before)), unit(subtract(after, here))
        turn = sum(p * q for p, q in zip(into, out, strict=True))
        angle = atan2(sqrt(max(1 - turn * turn, 0.0)), turn)
        if fillet <= diameter / 2 or angle < 0.05:
            beam(
                piece,
                start,
                here,
                diameter,
                over=diameter / 2,
                edge=diameter / 2,
                material=material,
            )
            start = here
            continue
        cut = fillet * sin(angle / 2) / cos(angle / 2)
        first = tuple(h - cut * i for h, i in zip(here, into, strict=True))
        last = tuple(h + cut * o for h, o in zip(here, out, strict=True))
        inward = unit(tuple(o - i for o, i in zip(out, into, strict=True)))
        reach = fillet / cos(angle / 2) - fillet
        middle = tuple(h + reach * i for h, i in zip(here, inward, strict=True))
        tangent = tuple(o + i for o, i in zip(out, into, strict=True))
        beam(piece, start, first, diameter, over=diameter / 2, edge=diameter / 2, material=material)
        pair = (diameter, diameter)
        arc(piece, middle, tangent, inward, 1 / fillet, fillet * angle, pair, material=material)
        start = last
    beam(
        piece, start, points[-1], diameter, over=diameter / 2, edge=diameter / 2, material=material
    )


def loft(piece, stations, thickness, material=0, rim=0.5) -> None:
    """A shell or pad swept in the side view, curved across: seats, backs, buckets, mattresses.

    stations : (z, y, width, wrap) in order from the front of a seat to the top of a back; wrap is
    the curvature, 1/metres, with which the sides rise toward the sitter. The surface through the
    stations is the middle of the thickness. rim : rounding of the sides over the thickness.
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
            corner=rim * thickness,
            edge=0.4 * thickness,
            material=material,
        )


def spaced(low: float, high: float, count: int) -> list[float]:
    """`count` numbers from low to high, both included (their middle for one)."""
    if count == 1:
        return [(low + high) / 2]
    return [low + (high - low) * i / (count - 1) for i in range(count)]
