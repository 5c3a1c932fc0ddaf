"""What furniture is put together from: dice, beams, bent tubes, lofted shells, legs, swivel feet.

Everything here adds rows to a `Furniture` with plain-float arithmetic: a piece has tens of
primitives and must be made in about a millisecond, which numpy on 3-vectors would not allow.
"""

from itertools import pairwise
from math import atan2, cos, hypot, pi, radians, sin, sqrt

import numpy as np

from furniture.primitives import ELLIPSE, Furniture

LEFT_RIGHT = (-1.0, 1.0)
Vector = tuple[float, float, float]


def span(rng: np.random.Generator, low: float, high: float) -> float:
    """A number between `low` and `high`, uniform."""
    return low + (high - low) * rng.random()


def often(rng: np.random.Generator, chance: float) -> bool:
    """True with probability `chance`."""
    return rng.random() < chance


def pick(rng: np.random.Generator, options):
    """One of a sequence (evenly) or of the keys of a dict (by its values as weights)."""
    if not isinstance(options, dict):
        return options[int(rng.random() * len(options))]
    left = rng.random() * sum(options.values())
    for option, weight in options.items():
        left -= weight
        if left < 0:
            return option
    return option


def tilt(degrees: float) -> np.ndarray:
    """(3, 3) rotation about x; positive leans the top back, away from the viewer."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return np.array(((1.0, 0.0, 0.0), (0.0, c, s), (0.0, -s, c)))


def spin(degrees: float) -> np.ndarray:
    """(3, 3) rotation about y; positive turns +z toward +x."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return np.array(((c, 0.0, s), (0.0, 1.0, 0.0), (-s, 0.0, c)))


def subtract(a, b) -> Vector:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def interpolate(a, b, share: float) -> Vector:
    """The point at `share` of the way from a to b."""
    return tuple(p + (q - p) * share for p, q in zip(a, b, strict=True))


def cross(a, b) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def unit(a) -> Vector:
    length = sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]) or 1.0
    return a[0] / length, a[1] / length, a[2] / length


def axes(x, y, z) -> np.ndarray:
    """(3, 3) rotation whose columns are the local axes."""
    return np.array((x, y, z)).T


def along(direction) -> np.ndarray:
    """(3, 3) rotation of local y onto `direction`; sections stay level or face the front."""
    y = unit(direction)
    x = unit(cross(y, (0.0, 0.0, 1.0) if abs(y[2]) < 0.9 else (1.0, 0.0, 0.0)))
    return axes(x, y, cross(x, y))


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


def leg(piece, rng, top, foot, thickness, style: str, material=0) -> None:
    """One leg from its `top` to its `foot`.

    style : straight, round, tapered, tapered_round, turned, bun, block, metal
    """
    t = thickness
    if style == "straight":
        beam(piece, foot, top, t, square=True, material=material)
    elif style == "round":
        beam(piece, foot, top, t, material=material)
    elif style == "tapered":
        beam(piece, foot, top, 0.6 * t, t, square=True, material=material)
    elif style == "tapered_round":
        beam(piece, foot, top, 0.55 * t, t, material=material)
    elif style == "turned":
        turned_leg(piece, rng, top, foot, t, material)
    elif style == "bun":
        middle = interpolate(top, foot, 0.5)
        piece.egg(middle, (t * 1.5, abs(top[1] - foot[1]) * 1.25, t * 1.5), material=material)
    else:
        beam(piece, foot, top, 0.6 * t if style == "metal" else t, square=True, material=material)


def turned_leg(piece, rng, top, foot, thickness, material=0) -> None:
    """A turned leg: a swelling below, a ring, and a square or round block above."""
    ring, block = span(rng, 0.5, 0.66), span(rng, 0.68, 0.8)
    at = [interpolate(foot, top, share) for share in (0.0, ring, block, 1.0)]
    t = thickness
    beam(piece, at[0], at[1], 0.5 * t, 0.95 * t, material=material)
    beam(piece, at[1], at[2], 0.62 * t, 0.8 * t, material=material)
    beam(piece, at[2], at[3], t, square=often(rng, 0.7), material=material)
    piece.egg(at[1], (1.15 * t, 0.5 * t, 1.15 * t), material=material)


def feet(piece, rng, width, depth, height, inset=0.05, center=(0.0, 0.0), material=0) -> None:
    """Four short legs under a solid body that begins at `height`; nothing below 1 cm."""
    if height < 0.01:
        return
    style = pick(rng, ("block", "tapered_round", "tapered", "bun", "round", "metal"))
    thickness, splay = span(rng, 0.035, 0.07), span(rng, 0.0, 0.03) * often(rng, 0.4)
    for sx in LEFT_RIGHT:
        for sz in LEFT_RIGHT:
            x, z = center[0] + sx * (width / 2 - inset), center[1] + sz * (depth / 2 - inset)
            foot = (x + sx * splay, 0.0, z + sz * splay)
            leg(piece, rng, (x, height + 0.02, z), foot, thickness, style, material)


def star(piece, rng, radius, count=5, height=0.09, castors=True, material=0, wheel=1) -> float:
    """The foot of a swivel chair; returns the height at which its column stands."""
    turn, thick = span(rng, 0, 2 * pi), span(rng, 0.03, 0.05)
    low = height if castors else span(rng, 0.015, 0.03)
    hub = low + span(rng, 0.01, 0.08)
    for i in range(count):
        angle = turn + 2 * pi * i / count
        out = (radius * cos(angle), low, radius * sin(angle))
        near = (0.02 * cos(angle), hub, 0.02 * sin(angle))
        beam(piece, out, near, (0.7 * thick, 0.8 * thick), thick, square=True, material=material)
        if castors:
            size = span(rng, 0.05, 0.06)
            place = (out[0], size / 2, out[2])
            stem = (0.02, height, 0.02)
            piece.cylinder((out[0], height / 2 + 0.01, out[2]), 0.011, stem[1], material=material)
            piece.egg(place, (size, size, size * 0.9), material=wheel)
    piece.cylinder((0, hub, 0), thick * 0.95, thick * 1.4, edge=0.005, material=material)
    return hub
