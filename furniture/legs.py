"""Legs, short feet and swivel stars, which several categories share."""

from math import cos, pi, sin

from furniture.beams import LEFT_RIGHT, beam
from furniture.choices import ENDS, SIDES, Choices
from furniture.primitives import Furniture, builds
from furniture.vectors import Vector, interpolate


@builds("leg")
def leg(
    piece: Furniture,
    draw: Choices,
    top: Vector,
    foot: Vector,
    thickness: float,
    style: str,
    material: int = 0,
) -> None:
    """Adds one leg.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    draw : Choices
        Source of the choices.
    top : (3,) float
        Upper end, metres.
    foot : (3,) float
        Lower end, metres.
    thickness : float
        Thickness at the top, metres.
    style : str
        `straight`, `round`, `tapered`, `tapered_round`, `turned`, `bun`, `block` or `metal`.
    material : int
        Index into the materials of the piece.
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
        piece.ellipsoid(middle, (t * 1.5, abs(top[1] - foot[1]) * 1.25, t * 1.5), material=material)
    else:
        beam(piece, foot, top, 0.6 * t if style == "metal" else t, square=True, material=material)


def turned_leg(
    piece: Furniture, draw: Choices, top: Vector, foot: Vector, thickness: float, material: int = 0
) -> None:
    """Adds a turned leg: a swelling below, a ring, a square or round block above.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    draw : Choices
        Source of the choices.
    top : (3,) float
        Upper end, metres.
    foot : (3,) float
        Lower end, metres.
    thickness : float
        Metres.
    material : int
        Index into the materials of the piece.
    """
    ring_height = draw.share("ring_height", 0.5, 0.66)
    block_height = draw.share("block_height", 0.68, 0.8)
    at = [interpolate(foot, top, share) for share in (0.0, ring_height, block_height, 1.0)]
    t = thickness
    beam(piece, at[0], at[1], 0.5 * t, 0.95 * t, material=material)
    beam(piece, at[1], at[2], 0.62 * t, 0.8 * t, material=material)
    beam(piece, at[2], at[3], t, square=draw.often("has_square_block", 0.7), material=material)
    piece.ellipsoid(at[1], (1.15 * t, 0.5 * t, 1.15 * t), material=material)


@builds("foot")
def feet(
    piece: Furniture,
    draw: Choices,
    width: float,
    depth: float,
    height: float,
    inset: float = 0.05,
    center: tuple[float, float] = (0.0, 0.0),
    material: int = 0,
) -> None:
    """Adds four short feet under a solid body; none below 1 cm.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    draw : Choices
        Source of the choices.
    width : float
        Width of the body, metres.
    depth : float
        Depth of the body, metres.
    height : float
        Height at which the body begins, metres.
    inset : float
        Distance of the feet from the sides, metres.
    center : (2,) float
        x and z of the middle, metres.
    material : int
        Index into the materials of the piece.
    """
    if height < 0.01:
        return
    design = draw.pick("design", ("block", "tapered_round", "tapered", "bun", "round", "metal"))
    thickness = draw.span("thickness", 0.035, 0.07)
    splay = draw.span("splay", 0.0, 0.03) * draw.often("is_splayed", 0.4)
    for sx in draw.each(SIDES, LEFT_RIGHT):
        for sz in draw.each(ENDS, LEFT_RIGHT):
            x, z = center[0] + sx * (width / 2 - inset), center[1] + sz * (depth / 2 - inset)
            foot = (x + sx * splay, 0.0, z + sz * splay)
            leg(piece, draw, (x, height + 0.02, z), foot, thickness, design, material)


@builds("base")
def star(
    piece: Furniture,
    draw: Choices,
    radius: float,
    count: int = 5,
    height: float = 0.09,
    castors: bool = True,
    material: int = 0,
    wheel: int = 1,
) -> float:
    """Adds the star of a swivel chair, with castors or without.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    draw : Choices
        Source of the choices.
    radius : float
        From the middle to the end of an arm, metres.
    count : int
        Number of arms.
    height : float
        Height of the arms at their ends, metres.
    castors : bool
        Whether castors carry the arms.
    material : int
        Index into the materials of the piece.
    wheel : int
        Index of the castors' material.

    Returns
    -------
    float
        Height of the hub, metres.
    """
    turn = draw.span("turn", 0, 2 * pi)
    arm_thickness = draw.span("arm_thickness", 0.03, 0.05)
    low = height if castors else draw.span("arm_height", 0.015, 0.03)
    hub = low + draw.span("arm_slope", 0.01, 0.08)
    for i in draw.each("arm", range(count)):
        angle = turn + 2 * pi * i / count
        out = (radius * cos(angle), low, radius * sin(angle))
        near = (0.02 * cos(angle), hub, 0.02 * sin(angle))
        beam(
            piece,
            out,
            near,
            (0.7 * arm_thickness, 0.8 * arm_thickness),
            arm_thickness,
            square=True,
            material=material,
        )
        if castors:
            castor_size = draw.span("castor_size", 0.05, 0.06)
            place = (out[0], castor_size / 2, out[2])
            stem = (0.02, height, 0.02)
            piece.cylinder((out[0], height / 2 + 0.01, out[2]), 0.011, stem[1], material=material)
            piece.ellipsoid(place, (castor_size, castor_size, castor_size * 0.9), material=wheel)
    piece.cylinder(
        (0, hub, 0), arm_thickness * 0.95, arm_thickness * 1.4, edge=0.005, material=material
    )
    return hub
