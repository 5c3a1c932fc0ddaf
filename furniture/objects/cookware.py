"""Mugs and pans."""

from furniture.beams import LEFT_RIGHT, beam, tube
from furniture.choices import Choices
from furniture.primitives import ELLIPSE, Furniture
from furniture.vectors import Y_TO_Z


def mug(draw: Choices, piece: Furniture) -> None:
    """A cup, mug or jug, its handle along x."""
    r = draw.span("radius", 0.3, 0.5)
    height = draw.span("height", 0.6, 1.3)
    wall = draw.span("wall_thickness", 0.03, 0.06)
    flare = draw.span("flare", 0.85, 1.3)
    square = draw.often("is_square", 0.08)
    kind = 0.0 if square else ELLIPSE
    size = (2 * r, height, 2 * r)
    tilt_free = dict(taper=(flare, flare), kind=kind)
    piece.add(
        (0, height / 2, 0),
        size,
        edge=draw.span("edge_radius", 0.0, 0.12),
        corner=0.1,
        material=1,
        **tilt_free,
        part="cup",
    )
    hollow = (2 * (r - wall), height, 2 * (r - wall))
    piece.add(
        (0, height / 2 + 1.5 * wall, 0),
        hollow,
        edge=0.05,
        corner=0.08,
        cut=True,
        **tilt_free,
        part="cup",
    )
    side = draw.pick("handle_side", LEFT_RIGHT)
    x = side * r * (1 + flare) / 2
    if draw.often("has_handle", 0.85):
        bar = draw.span("handle_thickness", 0.05, 0.1)
        hoop = height * draw.span("handle_height_ratio", 0.2, 0.33)
        if draw.often("handle_is_round", 0.65):
            piece.ring(
                (x + side * 0.02, height * 0.52, 0),
                hoop,
                bar,
                bar * 0.8,
                rotation=Y_TO_Z,
                material=1,
                part="handle",
            )
        else:
            out = x + side * draw.span("handle_reach", 0.2, 0.35)
            path = (
                (x, 0.75 * height, 0),
                (out, 0.75 * height, 0),
                (out, 0.25 * height, 0),
                (x, 0.25 * height, 0),
            )
            tube(piece, path, bar, fillet=0.1, material=1, part="handle")


def pan(draw: Choices, piece: Furniture) -> None:
    """A frying pan or pot with one long handle or two short ones."""
    r = 0.5
    height = draw.pick(
        "height_class",
        {draw.span("low_height", 0.12, 0.25): 2, draw.span("tall_height", 0.35, 0.8): 1},
    )
    wall = draw.span("wall_thickness", 0.025, 0.05)
    flare = draw.span("flare", 1.0, 1.25)
    size = (2 * r / flare, height, 2 * r / flare)
    options = dict(kind=ELLIPSE, taper=(flare, flare))
    piece.add((0, height / 2, 0), size, material=1, edge=0.03, **options, part="pan")
    hollow = (size[0] - 2 * wall, height, size[2] - 2 * wall)
    piece.add((0, height / 2 + 1.3 * wall, 0), hollow, edge=0.03, cut=True, **options, part="pan")
    y = height * 0.8
    wide = draw.span("handle_thickness", 0.06, 0.13)
    if draw.often("has_long_handle", 0.65):
        length = draw.span("handle_length", 0.4, 1.0)
        lift = draw.span("handle_rise", 0.0, 0.25)
        axis = draw.pick("handle_axis", {0: 1, 1: 2})
        near = (r * 0.96, y, 0) if axis == 0 else (0, y, r * 0.96)
        far = (r + length, y + lift, 0) if axis == 0 else (0, y + lift, r + length)
        beam(piece, near, far, 0.6 * wide, wide, edge=0.02, material=0, part="handle")
    else:
        for s in LEFT_RIGHT:
            path = (
                (s * r * 0.95, y, -0.12),
                (s * (r + 0.13), y, -0.1),
                (s * (r + 0.13), y, 0.1),
                (s * r * 0.95, y, 0.12),
            )
            tube(piece, path, 0.5 * wide, material=0, part="handle")
    if draw.often("has_lid", 0.2) and height > 0.3:
        piece.cylinder((0, height, 0), r, 0.05, edge=0.02, material=1, part="lid")
        piece.ellipsoid((0, height + 0.08, 0), (0.12, 0.12, 0.12), material=0, part="lid")
