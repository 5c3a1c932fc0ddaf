"""Seats: boards, pads, rounds, sheets, slats and woven frames."""

from furniture.beams import LEFT_RIGHT, beam, loft
from furniture.chairs.parts.dimensions import FRAME, SEAT, ChairDimensions
from furniture.primitives import builds
from furniture.vectors import tilt

KINDS = {"board": 3, "pad": 4, "round": 1, "waterfall": 2, "slatted": 1, "rush": 1, "dished": 1.5}


@builds("seat")
def seat(plan: ChairDimensions, kind: str | None = None, material: int = SEAT) -> str:
    """Adds a seat.

    Parameters
    ----------
    plan : ChairDimensions
        The chair; its piece gets the primitives.
    kind : str, optional
        One of KINDS; drawn by default.
    material : int
        Index into the materials of the piece.

    Returns
    -------
    str
        The design.
    """
    kind = kind or plan.draw.pick("design", KINDS)
    {
        "board": _board,
        "pad": _pad,
        "round": _round,
        "waterfall": _waterfall,
        "slatted": _slatted,
        "rush": _rush,
        "dished": _dished,
    }[kind](plan, material)
    return kind


def _board(plan: ChairDimensions, material: int) -> None:
    """Adds a board that is wider in front."""
    middle = (0, plan.seat_height - plan.seat_thickness / 2, 0)
    size = (plan.rear_width, plan.seat_depth, plan.seat_thickness)
    edge = min(0.3 * plan.seat_thickness, 0.02)
    taper = (plan.seat_width / plan.rear_width, 1.0)
    plan.piece.add(
        middle, size, rotation=tilt(-90), taper=taper, edge=edge, corner=edge, material=material
    )


def _pad(plan: ChairDimensions, material: int) -> None:
    """Adds upholstery with a crown on a wooden frame."""
    draw = plan.draw
    thick = max(plan.seat_thickness, 0.05)
    rail = thick * draw.span("rail_height", 0.35, 0.6)
    plan.piece.add(
        (0, plan.seat_height - thick + rail / 2, 0),
        (plan.rear_width, plan.seat_depth, rail),
        rotation=tilt(-90),
        taper=(plan.seat_width / plan.rear_width, 1.0),
        edge=0.003,
        material=FRAME if draw.often("has_frame_rail", 0.6) else material,
    )
    plan.seat_thickness = thick
    width = (plan.seat_width + plan.rear_width) / 2 - 0.004
    top = thick - rail + 0.01
    plan.piece.box(
        (0, plan.seat_height - top / 2, 0),
        (width, top, plan.seat_depth),
        edge=0.45 * top,
        corner=draw.span("corner_radius", 0.02, 0.06),
        material=material,
    )
    crown = draw.span("crown", 0.02, 0.05)
    plan.piece.ellipsoid(
        (0, plan.seat_height - crown * 0.35, 0),
        (width * 0.96, crown * 1.4, plan.seat_depth * 0.96),
        material=material,
    )


def _round(plan: ChairDimensions, material: int) -> None:
    """Adds a disc or a rounded square."""
    plan.seat_depth = min(plan.seat_depth, plan.seat_width)
    plan.leg_inset = 0.13 * plan.seat_width
    size = (plan.seat_width, plan.seat_thickness, plan.seat_depth)
    middle = (0, plan.seat_height - plan.seat_thickness / 2, 0)
    edge = plan.seat_thickness * plan.draw.span("edge_ratio", 0.2, 0.5)
    if plan.draw.often("is_disc", 0.5):
        plan.piece.cylinder(
            middle,
            plan.seat_width / 2,
            plan.seat_thickness,
            edge=edge,
            radius_z=plan.seat_depth / 2,
            material=material,
        )
    else:
        corner = plan.draw.span("corner_ratio", 0.3, 0.5) * plan.seat_depth
        plan.piece.box(middle, size, edge=edge, corner=corner, material=material)


def _waterfall(plan: ChairDimensions, material: int) -> None:
    """Adds a thin bent sheet, its front edge rolled down."""
    d, y, t = plan.seat_depth, plan.seat_height - plan.seat_thickness / 2, plan.seat_thickness
    front_drop = plan.draw.span("front_drop", 0.015, 0.06)
    sag = plan.draw.span("sag", 0.0, 0.025)
    wrap = plan.draw.span("wrap", 0.0, 0.7)
    front, rear = plan.seat_width, plan.rear_width
    stations = [
        (d / 2, y - front_drop, front * 0.97, wrap),
        (d * 0.38, y - 0.15 * front_drop, front, wrap),
        (0.05 * d, y - sag, (front + rear) / 2, wrap),
        (-d / 2, y + 0.3 * sag, rear, wrap),
    ]
    loft(plan.piece, stations, t, material)


def _slatted(plan: ChairDimensions, material: int) -> None:
    """Adds boards with gaps, on two side rails."""
    slat_count = plan.draw.pick("slat_count", (4, 5, 6))
    t = max(min(plan.seat_thickness, 0.03), 0.018)
    pitch = plan.seat_depth / slat_count
    slat_ratio = plan.draw.span("slat_ratio", 0.7, 0.88)
    for i in range(slat_count):
        z = -plan.seat_depth / 2 + (i + 0.5) * pitch
        plan.piece.box(
            (0, plan.seat_height - t / 2, z),
            (plan.seat_width, t, pitch * slat_ratio),
            edge=0.004,
            material=material,
        )
    for side in LEFT_RIGHT:
        x = side * (plan.rear_width / 2 - 0.02)
        plan.piece.box(
            (x, plan.seat_height - t - 0.018, 0), (0.022, 0.04, plan.seat_depth), material=FRAME
        )
    plan.seat_thickness = t + 0.03


def _rush(plan: ChairDimensions, material: int) -> None:
    """Adds a woven seat around four round rails."""
    t, d = 0.03, plan.seat_depth
    y = plan.seat_height - t / 2
    plan.seat_thickness = t
    plan.piece.add(
        (0, y, 0),
        (plan.rear_width - t, d - t, t * 0.9),
        rotation=tilt(-90),
        taper=(plan.seat_width / plan.rear_width, 1.0),
        edge=0.005,
        material=material,
    )
    for z, w in ((d / 2 - t / 2, plan.seat_width), (-d / 2 + t / 2, plan.rear_width)):
        beam(plan.piece, (-w / 2, y, z), (w / 2, y, z), t, edge=t / 2, material=material)
    for side in LEFT_RIGHT:
        start = (side * (plan.seat_width / 2 - t / 2), y, d / 2 - t / 2)
        end = (side * (plan.rear_width / 2 - t / 2), y, -d / 2 + t / 2)
        beam(plan.piece, start, end, t, material=material)


def _dished(plan: ChairDimensions, material: int) -> None:
    """Adds a thick board with rounded outline (a Windsor seat)."""
    t = max(plan.seat_thickness, 0.032)
    plan.seat_thickness = t
    y = plan.seat_height - t / 2
    corner = plan.draw.span("corner_ratio", 0.25, 0.45) * plan.seat_depth
    plan.leg_inset = 0.27 * corner
    size = (max(plan.seat_width, plan.rear_width), t, plan.seat_depth)
    plan.piece.box((0, y, 0), size, edge=0.4 * t, corner=corner, material=material)
