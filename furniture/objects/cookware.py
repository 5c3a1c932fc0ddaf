"""Mugs and pans."""

from furniture.beams import LEFT_RIGHT, beam, tube
from furniture.choices import Choices
from furniture.primitives import ELLIPSE, Furniture
from furniture.vectors import Y_TO_Z


def mug(draw: Choices, piece: Furniture) -> None:
    """A cup, mug or jug, its handle along x."""
    radius = draw.span("radius", 0.3, 0.5)
    height = draw.span("height", 0.6, 1.3)
    wall_thickness = draw.span("wall_thickness", 0.03, 0.06)
    flare = draw.span("flare", 0.85, 1.3)
    is_square = draw.often("is_square", 0.08)
    kind = 0.0 if is_square else ELLIPSE
    size = (2 * radius, height, 2 * radius)
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
    hollow = (2 * (radius - wall_thickness), height, 2 * (radius - wall_thickness))
    piece.add(
        (0, height / 2 + 1.5 * wall_thickness, 0),
        hollow,
        edge=0.05,
        corner=0.08,
        cut=True,
        **tilt_free,
        part="cup",
    )
    handle_side = draw.pick("handle_side", LEFT_RIGHT)
    x = handle_side * radius * (1 + flare) / 2
    if draw.often("has_handle", 0.85):
        handle_thickness = draw.span("handle_thickness", 0.05, 0.1)
        hoop = height * draw.span("handle_height_ratio", 0.2, 0.33)
        if draw.often("handle_is_round", 0.65):
            piece.ring(
                (x + handle_side * 0.02, height * 0.52, 0),
                hoop,
                handle_thickness,
                handle_thickness * 0.8,
                rotation=Y_TO_Z,
                material=1,
                part="handle",
            )
        else:
            out = x + handle_side * draw.span("handle_reach", 0.2, 0.35)
            path = (
                (x, 0.75 * height, 0),
                (out, 0.75 * height, 0),
                (out, 0.25 * height, 0),
                (x, 0.25 * height, 0),
            )
            tube(piece, path, handle_thickness, fillet=0.1, material=1, part="handle")


def pan(draw: Choices, piece: Furniture) -> None:
    """A frying pan or pot with one long handle or two short ones."""
    r = 0.5
    height_class = draw.pick(
        "height_class",
        {draw.span("low_height", 0.12, 0.25): 2, draw.span("tall_height", 0.35, 0.8): 1},
    )
    wall_thickness = draw.span("wall_thickness", 0.025, 0.05)
    flare = draw.span("flare", 1.0, 1.25)
    size = (2 * r / flare, height_class, 2 * r / flare)
    options = dict(kind=ELLIPSE, taper=(flare, flare))
    piece.add((0, height_class / 2, 0), size, material=1, edge=0.03, **options, part="pan")
    hollow = (size[0] - 2 * wall_thickness, height_class, size[2] - 2 * wall_thickness)
    piece.add(
        (0, height_class / 2 + 1.3 * wall_thickness, 0),
        hollow,
        edge=0.03,
        cut=True,
        **options,
        part="pan",
    )
    y = height_class * 0.8
    handle_thickness = draw.span("handle_thickness", 0.06, 0.13)
    if draw.often("has_long_handle", 0.65):
        handle_length = draw.span("handle_length", 0.4, 1.0)
        handle_rise = draw.span("handle_rise", 0.0, 0.25)
        handle_axis = draw.pick("handle_axis", {0: 1, 1: 2})
        near = (r * 0.96, y, 0) if handle_axis == 0 else (0, y, r * 0.96)
        far = (
            (r + handle_length, y + handle_rise, 0)
            if handle_axis == 0
            else (0, y + handle_rise, r + handle_length)
        )
        beam(
            piece,
            near,
            far,
            0.6 * handle_thickness,
            handle_thickness,
            edge=0.02,
            material=0,
            part="handle",
        )
    else:
        for side in LEFT_RIGHT:
            path = (
                (side * r * 0.95, y, -0.12),
                (side * (r + 0.13), y, -0.1),
                (side * (r + 0.13), y, 0.1),
                (side * r * 0.95, y, 0.12),
            )
            tube(piece, path, 0.5 * handle_thickness, material=0, part="handle")
    if draw.often("has_lid", 0.2) and height_class > 0.3:
        piece.cylinder((0, height_class, 0), r, 0.05, edge=0.02, material=1, part="lid")
        piece.ellipsoid((0, height_class + 0.08, 0), (0.12, 0.12, 0.12), material=0, part="lid")
