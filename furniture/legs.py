"""Legs, short feet and swivel stars, which several categories share."""

from math import cos, pi, sin

from furniture.beams import LEFT_RIGHT, beam
from furniture.choices import ENDS, SIDES
from furniture.primitives import builds
from furniture.vectors import interpolate


@builds("leg")
def leg(piece, draw, top, foot, thickness, style: str, material=0) -> None:
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
        turned_leg(piece, draw, top, foot, t, material)
    elif style == "bun":
        middle = interpolate(top, foot, 0.5)
        piece.egg(middle, (t * 1.5, abs(top[1] - foot[1]) * 1.25, t * 1.5), material=material)
    else:
        beam(piece, foot, top, 0.6 * t if style == "metal" else t, square=True, material=material)


def turned_leg(piece, draw, top, foot, thickness, material=0) -> None:
    """A turned leg: a swelling below, a ring, and a square or round block above."""
    ring = draw.span("ring_height", 0.5, 0.66)
    block = draw.span("block_height", 0.68, 0.8)
    at = [interpolate(foot, top, share) for share in (0.0, ring, block, 1.0)]
    t = thickness
    beam(piece, at[0], at[1], 0.5 * t, 0.95 * t, material=material)
    beam(piece, at[1], at[2], 0.62 * t, 0.8 * t, material=material)
    beam(piece, at[2], at[3], t, square=draw.often("has_square_block", 0.7), material=material)
    piece.egg(at[1], (1.15 * t, 0.5 * t, 1.15 * t), material=material)


@builds("foot")
def feet(piece, draw, width, depth, height, inset=0.05, center=(0.0, 0.0), material=0) -> None:
    """Four short legs under a solid body that begins at `height`; nothing below 1 cm."""
    if height < 0.01:
        return
    style = draw.pick("design", ("block", "tapered_round", "tapered", "bun", "round", "metal"))
    thickness = draw.span("thickness", 0.035, 0.07)
    splay = draw.span("splay", 0.0, 0.03) * draw.often("is_splayed", 0.4)
    for sx in draw.each(SIDES, LEFT_RIGHT):
        for sz in draw.each(ENDS, LEFT_RIGHT):
            x, z = center[0] + sx * (width / 2 - inset), center[1] + sz * (depth / 2 - inset)
            foot = (x + sx * splay, 0.0, z + sz * splay)
            leg(piece, draw, (x, height + 0.02, z), foot, thickness, style, material)


@builds("base")
def star(piece, draw, radius, count=5, height=0.09, castors=True, material=0, wheel=1) -> float:
    """The foot of a swivel chair; returns the height at which its column stands."""
    turn = draw.span("turn", 0, 2 * pi)
    thick = draw.span("arm_thickness", 0.03, 0.05)
    low = height if castors else draw.span("arm_height", 0.015, 0.03)
    hub = low + draw.span("arm_slope", 0.01, 0.08)
    for i in draw.each("arm", range(count)):
        angle = turn + 2 * pi * i / count
        out = (radius * cos(angle), low, radius * sin(angle))
        near = (0.02 * cos(angle), hub, 0.02 * sin(angle))
        beam(piece, out, near, (0.7 * thick, 0.8 * thick), thick, square=True, material=material)
        if castors:
            size = draw.span("castor_size", 0.05, 0.06)
            place = (out[0], size / 2, out[2])
            stem = (0.02, height, 0.02)
            piece.cylinder((out[0], height / 2 + 0.01, out[2]), 0.011, stem[1], material=material)
            piece.egg(place, (size, size, size * 0.9), material=wheel)
    piece.cylinder((0, hub, 0), thick * 0.95, thick * 1.4, edge=0.005, material=material)
    return hub
