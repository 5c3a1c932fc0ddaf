"""Backs without posts: hoops, padded backs and curved plates."""

from math import asin, cos, pi, sin

import numpy as np

from furniture.beams import LEFT_RIGHT, arc, beam, loft, spaced
from furniture.chairs.parts.dimensions import BACK, FRAME, SEAT, ChairDimensions
from furniture.primitives import builds
from furniture.vectors import tilt


@builds("back")
def hoop(plan: ChairDimensions, inner: str | None = None, material: int = BACK) -> None:
    """Adds a bow behind the seat, with spindles, a splat or a pad in it.

    Parameters
    ----------
    plan : ChairDimensions
        The chair; its piece gets the primitives.
    inner : str, optional
        What fills the bow; drawn by default.
    material : int
        Index into the materials of the piece.
    """
    draw = plan.draw
    hoop_thickness = draw.span("hoop_thickness", 0.018, 0.035)
    radius = plan.upright_narrowing * plan.rear_width / 2 - hoop_thickness / 2
    flat = min(plan.back_height - hoop_thickness / 2, 2.2 * radius)
    straight = max(flat - radius, 0.02)
    rotation = tilt(plan.back_angle)
    up = tuple(rotation[:, 1])
    base = -plan.seat_depth / 2 + plan.leg_inset + hoop_thickness

    def on(x: float, h: float) -> tuple[float, float, float]:
        return x, plan.seat_height + up[1] * h - 0.01, base + up[2] * h

    for side in LEFT_RIGHT:
        beam(
            plan.piece,
            on(side * radius, 0),
            on(side * radius, straight),
            hoop_thickness,
            over=0.004,
            material=material,
        )
    top = on(0, straight + radius)
    down = tuple(-v for v in up)
    arc(
        plan.piece,
        top,
        (-1, 0, 0),
        down,
        1 / radius,
        pi * radius,
        (hoop_thickness, hoop_thickness),
        material=material,
    )
    _inside_hoop(plan, on, radius, straight, inner, material, rotation)


def _inside_hoop(
    plan: ChairDimensions, on, radius, straight, inner, material: int, rotation: np.ndarray | None
) -> None:
    """Adds spindles, a splat, a pad or a rail inside a hoop."""
    draw = plan.draw
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
                plan.piece, on(x * 0.75, 0), on(x, ceiling(x)), spindle_thickness, material=material
            )
        if inner == "splat":
            wide = (0.4 * radius, 0.012)
            beam(plan.piece, on(0, 0), on(0, ceiling(0)), wide, square=True, material=material)
    elif inner == "pad":
        top = ceiling(0) * draw.span("pad_top", 0.85, 0.97)
        low = draw.span("pad_bottom", 0.02, 0.5) * straight
        pad_thickness = draw.span("pad_thickness", 0.015, 0.06)
        middle = on(0, (top + low) / 2)
        plan.piece.add(
            middle,
            (1.9 * radius, pad_thickness, top - low),
            rotation=rotation @ tilt(-90),
            corner=0.9 * radius,
            edge=0.4 * pad_thickness,
            material=SEAT,
        )
    else:
        h = straight * draw.span("rail_height", 0.4, 0.9)
        ends = on(-radius, h), on(radius, h)
        beam(
            plan.piece,
            *ends,
            (draw.span("rail_width", 0.05, 0.12), 0.016),
            square=True,
            material=material,
        )


@builds("back")
def padded(
    plan: ChairDimensions, thick: float, material: int = BACK, wrap: float | None = None
) -> None:
    """Adds an upholstered back on the seat, plain or wrapped, perhaps with a rolled top.

    Parameters
    ----------
    plan : ChairDimensions
        The chair; its piece gets the primitives.
    thick : float
        Thickness, metres.
    material : int
        Index into the materials of the piece.
    wrap : float, optional
        Curvature, 1/metres; drawn by default.
    """
    draw = plan.draw
    wrap = (
        (draw.span("wrap", 0, 1.8) if draw.often("is_wrapped", 0.4) else 0.0)
        if wrap is None
        else wrap
    )
    waist = draw.span("waist", 0.92, 1.03)
    crown = draw.span("crown", 0.88, 1.05)
    wide = plan.rear_width
    bend_height = draw.span("bend_height", 0.25, 0.6)
    scoop = draw.span("scoop", 0.0, 0.03)
    stations = [
        (plan.back_z(0) + thick / 2, plan.seat_underside + 0.01, wide, wrap * 0.5),
        (
            plan.back_z(bend_height * plan.back_height) + scoop,
            plan.seat_height + bend_height * plan.back_height,
            wide * waist,
            wrap,
        ),
        (
            plan.back_z(plan.back_height),
            plan.seat_height + plan.back_height - thick * 0.4,
            wide * crown,
            wrap,
        ),
    ]
    loft(plan.piece, stations, thick, material)
    if draw.often("has_roll", 0.1):
        _, y, z = plan.back_point(plan.back_height - thick * 0.4)
        roll = thick * draw.span("roll_thickness", 1.2, 1.5)
        ends = (-wide * crown / 2, y, z - thick * 0.2), (wide * crown / 2, y, z - thick * 0.2)
        beam(plan.piece, *ends, roll, edge=0.01, material=material)


@builds("back")
def upright_back(plan: ChairDimensions, material: int = BACK) -> None:
    """Adds a plate on one or two uprights, as task and stacking chairs have it."""
    draw = plan.draw
    thickness = draw.span("thickness", 0.015, 0.06)
    low = plan.back_height * draw.span("bottom_height", 0.35, 0.6)
    top = plan.back_height
    wide = plan.rear_width * draw.span("width", 0.8, 1.0)
    wrap = draw.span("wrap", 0.3, 2.2)
    curved_plate(plan, low, top, wide, wrap, thickness, material)
    sag = wide * wide * wrap / 8
    has_one_upright = draw.often("has_one_upright", 0.25)
    for x in (0.0,) if has_one_upright else (-wide * 0.38, wide * 0.38):
        away = -sag * (1 - (2 * x / wide) ** 2) - thickness * 0.3
        start = (x, plan.seat_underside + 0.006, -plan.seat_depth / 2 + 0.03)
        bend = (x, plan.seat_height + 0.02, plan.back_z(0.0) + away * 0.5)
        section = (0.06, 0.012) if has_one_upright else (0.022, 0.022)
        end = plan.back_point((low + top) / 2, x, away)
        beam(plan.piece, start, bend, section, square=has_one_upright, over=0.008, material=FRAME)
        beam(plan.piece, bend, end, section, square=has_one_upright, over=0.008, material=FRAME)


@builds("back")
def curved_plate(
    plan: ChairDimensions,
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
    plan : ChairDimensions
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
    draw = plan.draw
    bottom = draw.span("bottom_width", 0.65, 1.0) if round_ends is None else round_ends
    crown = draw.span("crown_width", 0.65, 1.0) if round_ends is None else round_ends
    sag = wide * wide * wrap / 8
    shares = (0.0, 0.25, 0.75, 1.0) if min(bottom, crown) < 0.92 else (0.0, 0.5, 1.0)
    widths = (bottom, 1.0, 1.0, crown) if len(shares) == 4 else (bottom, 1.0, crown)
    lumbar = draw.span("lumbar", 0.0, 0.03)
    stations = []
    for share, w in zip(shares, widths, strict=True):
        h = low + (top - low) * share
        forward = lumbar * sin(pi * min(share * 1.6, 1.0)) - sag * w * w
        stations.append((plan.back_z(h) + forward, plan.seat_height + h, wide * w, wrap))
    loft(plan.piece, stations, thick, material)
