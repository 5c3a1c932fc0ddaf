"""Hammers, and tools of two limbs."""

from math import cos, pi, sin

import numpy as np

from furniture.beams import LEFT_RIGHT, beam, tube
from furniture.choices import SIDES, Choices
from furniture.primitives import ELLIPSE, Furniture, builds
from furniture.vectors import Y_TO_X, Y_TO_Z


def hammer(draw: Choices, piece: Furniture) -> None:
    """A hammer, mallet, axe or pick: a head across a shaft."""
    length = 1.0
    shaft_thickness = draw.span("shaft_thickness", 0.05, 0.09)
    beam(
        piece,
        (0, 0, 0),
        (0, length, 0),
        (shaft_thickness, 0.8 * shaft_thickness),
        shaft_thickness * draw.span("shaft_taper", 0.8, 1.0),
        part="shaft",
    )
    head_width = draw.span("head_width", 0.25, 0.5)
    head_thickness = draw.span("head_thickness", 0.09, 0.2)
    y = length - head_thickness / 2
    kind = draw.pick("kind", {"mallet": 2, "claw": 3, "axe": 1.5, "pick": 0.7})
    if kind == "mallet":
        head_is_round = draw.often("head_is_round", 0.5)
        size = (1.5 * head_thickness, head_width, 1.3 * head_thickness)
        piece.add(
            (0, y, 0),
            size,
            rotation=Y_TO_X,
            kind=ELLIPSE if head_is_round else 0.0,
            edge=0.02,
            material=1,
            part="head",
        )
    elif kind == "axe":
        blade = (0.35 * head_thickness, head_width * 0.8, 2.2 * head_thickness)
        turn = np.array([[0, 1.0, 0], [0, 0, 1.0], [1.0, 0, 0]])
        piece.add(
            (head_width * 0.35, y, 0),
            blade,
            rotation=turn,
            taper=(1.0, 1.0),
            material=1,
            part="head",
        )
        piece.box(
            (0, y, 0),
            (1.6 * shaft_thickness, 1.2 * head_thickness, 1.3 * shaft_thickness),
            material=1,
            part="head",
        )
    else:
        beam(
            piece,
            (-0.05, y, 0),
            (head_width * 0.55, y, 0),
            head_thickness * 0.8,
            head_thickness,
            material=1,
            part="head",
        )
        tip = (-head_width * 0.6, y - head_thickness * draw.span("claw_drop", 0.3, 0.8), 0)
        tube(
            piece,
            ((0, y, 0), (-head_width * 0.35, y, 0), tip),
            head_thickness * 0.5,
            material=1,
            part="head",
        )
    if draw.often("has_grip", 0.6):
        beam(
            piece,
            (0, 0, 0),
            (0, draw.span("grip_length", 0.25, 0.42), 0),
            (1.5 * shaft_thickness, 1.3 * shaft_thickness),
            edge=0.02,
            material=0,
            part="handle",
        )


def tongs(draw: Choices, piece: Furniture) -> None:
    """Tongs, scissors or a whisk."""
    limb_thickness = draw.span("limb_thickness", 0.04, 0.07)
    spread = draw.span("spread", 0.06, 0.22)
    kind = draw.pick("kind", {"tongs": 2, "scissors": 2, "whisk": 2})
    if kind == "tongs":
        for side in LEFT_RIGHT:
            beam(
                piece,
                (side * spread, 0, 0),
                (side * 0.02, 1, 0),
                (limb_thickness, 1.6 * limb_thickness),
                square=True,
                material=1,
                part="limb",
            )
        piece.ellipsoid(
            (0, 1, 0),
            (2.2 * limb_thickness, 2 * limb_thickness, 2 * limb_thickness),
            material=0,
            part="hinge",
        )
    elif kind == "scissors":
        for side in draw.each(SIDES, LEFT_RIGHT):
            beam(
                piece,
                (side * spread * 0.5, 0, 0),
                (-side * spread * 0.7, 0.7, 0),
                (limb_thickness, limb_thickness),
                1.3 * limb_thickness,
                square=True,
                material=1,
                part="limb",
            )
            at = (-side * (spread * 0.7 + 0.03), 0.82, 0)
            piece.ring(
                at,
                draw.span("ring_radius", 0.1, 0.14),
                0.05,
                0.05,
                rotation=Y_TO_Z,
                material=0,
                part="handle",
            )
    else:
        thick = handle(piece, draw, 0.5, 1.0)
        whisk_radius = draw.span("whisk_radius", 0.1, 0.17)
        for i in range(draw.pick("whisk_wire_count", (2, 3))):
            a = pi * i / 3
            for side in LEFT_RIGHT:
                c, n = side * whisk_radius * cos(a), side * whisk_radius * sin(a)
                path = (
                    (0.2 * c, 0.52, 0.2 * n),
                    (c, 0.22, n),
                    (0.7 * c, 0.06, 0.7 * n),
                    (0, 0.01, 0),
                )
                tube(piece, path, max(0.025, 0.25 * thick), material=1, part="wire")


@builds("handle")
def handle(piece: Furniture, draw: Choices, low: float, high: float) -> float:
    """Adds a grip: round, flat or swelling, perhaps with a collar or a ring.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    draw : Choices
        Source of the choices.
    low : float
        Lower end, metres.
    high : float
        Upper end, metres.

    Returns
    -------
    float
        Its thickness, metres.
    """
    thick = (high - low) * draw.span("thickness_ratio", 0.1, 0.24)
    design = draw.pick("design", {"round": 3, "flat": 2, "swelling": 3, "hole": 1})
    y = (low + high) / 2
    if design == "flat":
        size = (thick, high - low, 0.55 * thick)
        piece.add((0, y, 0), size, edge=0.2 * thick, corner=0.2 * thick, taper=(1.15, 1.0))
    elif design == "swelling":
        piece.ellipsoid((0, y, 0), (1.25 * thick, 1.15 * (high - low), 0.95 * thick))
        beam(piece, (0, low, 0), (0, high, 0), 0.75 * thick)
    else:
        beam(
            piece,
            (0, low, 0),
            (0, high, 0),
            thick,
            thick * draw.span("end_ratio", 0.85, 1.2),
            edge=0.3 * thick,
        )
    if draw.often("has_collar", 0.5):
        piece.cylinder((0, low, 0), 0.65 * thick, 0.25 * thick, material=2)
    if design == "hole":
        at = (0, high + 0.4 * thick, 0)
        piece.ring(at, 0.45 * thick, 0.3 * thick, 0.3 * thick, rotation=Y_TO_Z, material=2)
    return thick
