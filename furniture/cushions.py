"""Upholstery of easy chairs, sofas and beds: cushions, pillows and solid arms."""

from collections.abc import Sequence

import numpy as np

from furniture.beams import LEFT_RIGHT, beam
from furniture.choices import SIDES, Choices
from furniture.primitives import Furniture, builds


def cushion(
    piece: Furniture,
    draw: Choices,
    center: Sequence[float],
    size: Sequence[float],
    rotation: np.ndarray | None = None,
    softness: float | None = None,
    material: int = 0,
    part: str = "cushion",
) -> None:
    """Adds a soft block with rounded edges; its thinnest side bulges when it is very soft.

    Parameters
    ----------
    piece : Furniture
        Gets one or two primitives.
    draw : Choices
        Source of the choices.
    center, size : (3,) float
        Metres.
    rotation : (3, 3) float, optional
        Turns local axes into the piece's axes.
    softness : float, optional
        Radius of the edges as a share of the thinnest side; drawn by default.
    material : int
        Index into the materials of the piece.
    part : str
        Named part.
    """
    with piece.part(part):
        if softness is None:
            softness = draw.span("softness", 0.15, 0.5)
        thin = min(size)
        options = {"rotation": rotation, "material": material}
        piece.box(center, size, edge=softness * thin, corner=0.15 * sorted(size)[1], **options)
        if softness > 0.3:
            crown = tuple(v * (1 + 0.5 * softness) if v == thin else 0.94 * v for v in size)
            piece.ellipsoid(center, crown, **options)


@builds("pillow")
def pillow(
    piece: Furniture,
    center: Sequence[float],
    size: Sequence[float],
    rotation: np.ndarray | None = None,
    material: int = 0,
) -> None:
    """Adds a pillow: an ellipsoid with a flat seam around it.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    center : (3,) float
        Metres.
    size : (3,) float
        Metres.
    rotation : (3, 3) float, optional
        Turns local axes into the piece's axes.
    material : int
        Index into the materials of the piece.
    """
    w, h, d = size
    piece.ellipsoid(center, size, rotation=rotation, material=material)
    seam = (0.92 * w, 0.5 * h, 0.92 * d)
    piece.box(
        center, seam, edge=0.2 * h, corner=0.12 * min(w, d), rotation=rotation, material=material
    )


@builds("armrest")
def solid_arms(
    piece: Furniture,
    draw: Choices,
    width: float,
    depth: float,
    arm: float,
    lift: float,
    top: float,
    material: int = 0,
) -> None:
    """Adds two upholstered arms: track, round, rolled, sloping or flared.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    draw : Choices
        Source of the choices.
    width : float
        Width of the whole piece, metres.
    depth : float
        Depth of the arms, metres.
    arm : float
        Width of an arm, metres.
    lift : float
        Height of the lower side, metres.
    top : float
        Height of the upper side, metres.
    material : int
        Index into the materials of the piece.
    """
    design = draw.pick("design", {"track": 4, "round": 3, "roll": 3, "slope": 2, "flare": 1})
    front_setback = draw.span("front_setback", 0, 0.05)
    for side in draw.each(SIDES, LEFT_RIGHT):
        x, z = side * (width / 2 - arm / 2), -front_setback / 2
        size = (arm, top - lift, depth - front_setback)
        y = (lift + top) / 2
        if design in ("track", "round"):
            edge = min(arm, top) * (0.1 if design == "track" else 0.48)
            piece.box((x, y, z), size, edge=edge, material=material)
        elif design == "roll":
            r = arm * 0.62
            post = (arm * 0.8, top - lift - r, depth - front_setback)
            piece.box((x, lift + post[1] / 2, z), post, edge=0.015, material=material)
            ends = (
                (x + side * 0.1 * r, top - r, -depth / 2),
                (x + side * 0.1 * r, top - r, depth / 2 - front_setback),
            )
            beam(piece, *ends, 2 * r, edge=0.2 * r, material=material)
        else:
            drop = draw.span("front_drop", 0.04, 0.12) if design == "slope" else 0.0
            out = 0.06 * side if design == "flare" else 0.0
            low = (x, lift, z)
            high = (x + out, top - drop * 0.5, z)
            section = (arm, depth - front_setback)
            beam(piece, low, high, section, square=True, edge=0.2 * arm, material=material)
            if design == "slope":
                start = (x, top - 0.06, -depth / 2 + 0.03)
                end = (x, top - drop - 0.03, depth / 2 - 0.06)
                beam(
                    piece,
                    start,
                    end,
                    (0.12, arm),
                    square=True,
                    edge=0.04,
                    over=0.02,
                    material=material,
                )
