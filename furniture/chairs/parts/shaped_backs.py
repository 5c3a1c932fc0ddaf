"""Backs without posts: hoops, padded backs and curved plates."""

from math import asin, cos, pi, sin

import numpy as np

from furniture.beams import LEFT_RIGHT, arc, beam, loft, spaced
from furniture.chairs.parts.dimensions import BACK, FRAME, SEAT, ChairDimensions
from furniture.primitives import builds
from furniture.vectors import tilt


@builds("back")
def hoop(chair: ChairDimensions, inner: str | None = None, material: int = BACK) -> None:
    """Adds a bow behind the seat, with spindles, a splat or a pad in it.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    inner : str, optional
        What fills the bow; drawn by default.
    material : int
        Index into the materials of the piece.
    """
    draw = chair.draw
    hoop_thickness = draw.span("hoop_thickness", 0.018, 0.035)
    radius = chair.upright_narrowing * chair.rear_width / 2 - hoop_thickness / 2
    flat = min(chair.back_height - hoop_thickness / 2, 2.2 * radius)
    straight = max(flat - radius, 0.02)
    rotation = tilt(chair.back_angle)
    up = tuple(rotation[:, 1])
    base = -chair.seat_depth / 2 + chair.leg_inset + hoop_thickness

    def on(x: float, h: float) -> tuple[float, float, float]:
        return x, chair.seat_height + up[1] * h - 0.01, base + up[2] * h

    for side in LEFT_RIGHT:
        beam(
            chair.piece,
            on(side * radius, 0),
            on(side * radius, straight),
            hoop_thickness,
            over=0.004,
            material=material,
        )
    top = on(0, straight + radius)
    down = tuple(-v for v in up)
    arc(
        chair.piece,
        top,
        (-1, 0, 0),
        down,
        1 / radius,
        pi * radius,
        (hoop_thickness, hoop_thickness),
        material=material,
    )
    _inside_hoop(chair, on, radius, straight, inner, material, rotation)


def _inside_hoop(
    chair: ChairDimensions, on, radius, straight, inner, material: int, rotation: np.ndarray | None
) -> None:
    """Adds spindles, a splat, a pad or a rail inside a hoop."""
    draw = chair.draw
    inner = inner or draw.pick("hoop_fill", {"spindles": 5, "splat": 1, "pad": 2, "rail": 1})

    def ceiling(x: float) -> float:
        return straight + radius * cos(asin(max(-1, min(1, x / radius))))

    if inner in ("spindles", "splat"):
        spindle_count = draw.count("spindle_count", 4, 9)
        spindle_thickness = draw.span("spindle_thickness", 0.01, 0.016)
        for x in spaced(-0.78 * radius, 0.78 * radius, spindle_count):
            if inner == "splat" and abs(x) < 0.3 * radius:
                continue
            beam(
                chair.piece,
                on(x * 0.75, 0),
                on(x, ceiling(x)),
                spindle_thickness,
                material=material,
            )
        if inner == "splat":
            wide = (0.4 * radius, 0.012)
            beam(chair.piece, on(0, 0), on(0, ceiling(0)), wide, square=True, material=material)
    elif inner == "pad":
        top = ceiling(0) * draw.span("pad_top", 0.85, 0.97)
        low = draw.span("pad_bottom", 0.02, 0.5) * straight
        pad_thickness = draw.span("pad_thickness", 0.015, 0.06)
        middle = on(0, (top + low) / 2)
        chair.piece.add(
            middle,
            (1.9 * radius, pad_thickness, top - low),
            rotation=rotation @ tilt(-90),
            corner=0.9 * radius,
            edge=0.4 * pad_thickness,
            material=SEAT,
        )
    else:
        h = straight * draw.share("rail_height", 0.4, 0.9)
        ends = on(-radius, h), on(radius, h)
        beam(
            chair.piece,
            *ends,
            (draw.span("rail_width", 0.05, 0.12), 0.016),
            square=True,
            material=material,
        )


@builds("back")
def padded(
    chair: ChairDimensions, thick: float, material: int = BACK, wrap: float | None = None
) -> None:
    """Adds an upholstered back on the seat, plain or wrapped, perhaps with a rolled top.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    thick : float
        Thickness, metres.
    material : int
        Index into the materials of the piece.
    wrap : float, optional
        Curvature, 1/metres; drawn by default.
    """
    draw = chair.draw
    wrap = (
        (draw.span("wrap", 0, 1.8) if draw.often("is_wrapped", 0.4) else 0.0)
        if wrap is None
        else wrap
    )
    waist = draw.span("waist", 0.92, 1.03)
    crown = draw.span("crown", 0.88, 1.05)
    wide = chair.rear_width
    bend_height = draw.share("bend_height", 0.25, 0.6)
    scoop = draw.span("scoop", 0.0, 0.03)
    stations = [
        (chair.back_z(0) + thick / 2, chair.seat_underside + 0.01, wide, wrap * 0.5),
        (
            chair.back_z(bend_height * chair.back_height) + scoop,
            chair.seat_height + bend_height * chair.back_height,
            wide * waist,
            wrap,
        ),
        (
            chair.back_z(chair.back_height),
            chair.seat_height + chair.back_height - thick * 0.4,
            wide * crown,
            wrap,
        ),
    ]
    loft(chair.piece, stations, thick, material)
    if draw.often("has_roll", 0.1):
        _, y, z = chair.back_point(chair.back_height - thick * 0.4)
        roll = thick * draw.share("roll_thickness", 1.2, 1.5)
        ends = (-wide * crown / 2, y, z - thick * 0.2), (wide * crown / 2, y, z - thick * 0.2)
        beam(chair.piece, *ends, roll, edge=0.01, material=material)


@builds("back")
def upright_back(chair: ChairDimensions, material: int = BACK) -> None:
    """Adds a plate on one or two uprights, as task and stacking chairs have it."""
    draw = chair.draw
    thickness = draw.span("thickness", 0.015, 0.06)
    low = chair.back_height * draw.share("bottom_height", 0.35, 0.6)
    top = chair.back_height
    wide = chair.rear_width * draw.share("width", 0.8, 1.0)
    wrap = draw.span("wrap", 0.3, 2.2)
    curved_plate(chair, low, top, wide, wrap, thickness, material)
    sag = wide * wide * wrap / 8
    has_one_upright = draw.often("has_one_upright", 0.25)
    for x in (0.0,) if has_one_upright else (-wide * 0.38, wide * 0.38):
        away = -sag * (1 - (2 * x / wide) ** 2) - thickness * 0.3
        start = (x, chair.seat_underside + 0.006, -chair.seat_depth / 2 + 0.03)
        bend = (x, chair.seat_height + 0.02, chair.back_z(0.0) + away * 0.5)
        section = (0.06, 0.012) if has_one_upright else (0.022, 0.022)
        end = chair.back_point((low + top) / 2, x, away)
        beam(chair.piece, start, bend, section, square=has_one_upright, over=0.008, material=FRAME)
        beam(chair.piece, bend, end, section, square=has_one_upright, over=0.008, material=FRAME)


@builds("back")
def curved_plate(
    chair: ChairDimensions,
    low: float,
    top: float,
    wide: float,
    wrap: float,
    thick: float,
    material: int,
    round_ends: float | None = None,
) -> None:
    """Adds a curved plate whose outline may narrow at both ends.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    low : float
        Height of the lower edge above the seat, metres.
    top : float
        Height of the upper edge above the seat, metres.
    wide : float
        Width, metres.
    wrap : float
        Curvature, 1/metres.
    thick : float
        Thickness, metres.
    material : int
        Index into the materials of the piece.
    round_ends : float, optional
        Width of both ends relative to the middle; drawn by default.
    """
    draw = chair.draw
    bottom = draw.share("bottom_width", 0.65, 1.0) if round_ends is None else round_ends
    crown = draw.share("crown_width", 0.65, 1.0) if round_ends is None else round_ends
    sag = wide * wide * wrap / 8
    shares = (0.0, 0.25, 0.75, 1.0) if min(bottom, crown) < 0.92 else (0.0, 0.5, 1.0)
    widths = (bottom, 1.0, 1.0, crown) if len(shares) == 4 else (bottom, 1.0, crown)
    lumbar = draw.span("lumbar", 0.0, 0.03)
    stations = []
    for share, w in zip(shares, widths, strict=True):
        h = low + (top - low) * share
        forward = lumbar * sin(pi * min(share * 1.6, 1.0)) - sag * w * w
        stations.append((chair.back_z(h) + forward, chair.seat_height + h, wide * w, wrap))
    loft(chair.piece, stations, thick, material)
