"""Seats: boards, pads, rounds, sheets, slats and woven frames."""

from furniture.beams import LEFT_RIGHT, beam, loft
from furniture.chairs.parts.dimensions import FRAME, SEAT, ChairDimensions
from furniture.primitives import builds
from furniture.vectors import tilt

KINDS = {"board": 3, "pad": 4, "round": 1, "waterfall": 2, "slatted": 1, "rush": 1, "dished": 1.5}


@builds("seat")
def seat(chair: ChairDimensions, kind: str | None = None, material: int = SEAT) -> str:
    """Adds a seat.

    Parameters
    ----------
    chair : ChairDimensions
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
    kind = kind or chair.draw.pick("design", KINDS)
    {
        "board": _board,
        "pad": _pad,
        "round": _round,
        "waterfall": _waterfall,
        "slatted": _slatted,
        "rush": _rush,
        "dished": _dished,
    }[kind](chair, material)
    return kind


def _board(chair: ChairDimensions, material: int) -> None:
    """Adds a board that is wider in front."""
    middle = (0, chair.seat_height - chair.seat_thickness / 2, 0)
    size = (chair.rear_width, chair.seat_depth, chair.seat_thickness)
    edge = min(0.3 * chair.seat_thickness, 0.02)
    taper = (chair.seat_width / chair.rear_width, 1.0)
    chair.piece.add(
        middle, size, rotation=tilt(-90), taper=taper, edge=edge, corner=edge, material=material
    )


def _pad(chair: ChairDimensions, material: int) -> None:
    """Adds upholstery with a crown on a wooden frame."""
    draw = chair.draw
    thick = max(chair.seat_thickness, 0.05)
    rail = thick * draw.share("rail_height", 0.35, 0.6)
    chair.piece.add(
        (0, chair.seat_height - thick + rail / 2, 0),
        (chair.rear_width, chair.seat_depth, rail),
        rotation=tilt(-90),
        taper=(chair.seat_width / chair.rear_width, 1.0),
        edge=0.003,
        material=FRAME if draw.often("has_frame_rail", 0.6) else material,
    )
    chair.seat_thickness = thick
    width = (chair.seat_width + chair.rear_width) / 2 - 0.004
    top = thick - rail + 0.01
    chair.piece.box(
        (0, chair.seat_height - top / 2, 0),
        (width, top, chair.seat_depth),
        edge=0.45 * top,
        corner=draw.span("corner_radius", 0.02, 0.06),
        material=material,
    )
    crown = draw.span("crown", 0.02, 0.05)
    chair.piece.ellipsoid(
        (0, chair.seat_height - crown * 0.35, 0),
        (width * 0.96, crown * 1.4, chair.seat_depth * 0.96),
        material=material,
    )


def _round(chair: ChairDimensions, material: int) -> None:
    """Adds a disc or a rounded square."""
    chair.seat_depth = min(chair.seat_depth, chair.seat_width)
    chair.leg_inset = 0.13 * chair.seat_width
    size = (chair.seat_width, chair.seat_thickness, chair.seat_depth)
    middle = (0, chair.seat_height - chair.seat_thickness / 2, 0)
    edge = chair.seat_thickness * chair.draw.span("edge_ratio", 0.2, 0.5)
    if chair.draw.often("is_disc", 0.5):
        chair.piece.cylinder(
            middle,
            chair.seat_width / 2,
            chair.seat_thickness,
            edge=edge,
            radius_z=chair.seat_depth / 2,
            material=material,
        )
    else:
        corner = chair.draw.span("corner_ratio", 0.3, 0.5) * chair.seat_depth
        chair.piece.box(middle, size, edge=edge, corner=corner, material=material)


def _waterfall(chair: ChairDimensions, material: int) -> None:
    """Adds a thin bent sheet, its front edge rolled down."""
    d, y, t = chair.seat_depth, chair.seat_height - chair.seat_thickness / 2, chair.seat_thickness
    front_drop = chair.draw.span("front_drop", 0.015, 0.06)
    sag = chair.draw.span("sag", 0.0, 0.025)
    wrap = chair.draw.span("wrap", 0.0, 0.7)
    front, rear = chair.seat_width, chair.rear_width
    stations = [
        (d / 2, y - front_drop, front * 0.97, wrap),
        (d * 0.38, y - 0.15 * front_drop, front, wrap),
        (0.05 * d, y - sag, (front + rear) / 2, wrap),
        (-d / 2, y + 0.3 * sag, rear, wrap),
    ]
    loft(chair.piece, stations, t, material)


def _slatted(chair: ChairDimensions, material: int) -> None:
    """Adds boards with gaps, on two side rails."""
    slat_count = chair.draw.pick("slat_count", (4, 5, 6))
    t = max(min(chair.seat_thickness, 0.03), 0.018)
    pitch = chair.seat_depth / slat_count
    slat_ratio = chair.draw.span("slat_ratio", 0.7, 0.88)
    for i in range(slat_count):
        z = -chair.seat_depth / 2 + (i + 0.5) * pitch
        chair.piece.box(
            (0, chair.seat_height - t / 2, z),
            (chair.seat_width, t, pitch * slat_ratio),
            edge=0.004,
            material=material,
        )
    for side in LEFT_RIGHT:
        x = side * (chair.rear_width / 2 - 0.02)
        chair.piece.box(
            (x, chair.seat_height - t - 0.018, 0), (0.022, 0.04, chair.seat_depth), material=FRAME
        )
    chair.seat_thickness = t + 0.03


def _rush(chair: ChairDimensions, material: int) -> None:
    """Adds a woven seat around four round rails."""
    t, d = 0.03, chair.seat_depth
    y = chair.seat_height - t / 2
    chair.seat_thickness = t
    chair.piece.add(
        (0, y, 0),
        (chair.rear_width - t, d - t, t * 0.9),
        rotation=tilt(-90),
        taper=(chair.seat_width / chair.rear_width, 1.0),
        edge=0.005,
        material=material,
    )
    for z, w in ((d / 2 - t / 2, chair.seat_width), (-d / 2 + t / 2, chair.rear_width)):
        beam(chair.piece, (-w / 2, y, z), (w / 2, y, z), t, edge=t / 2, material=material)
    for side in LEFT_RIGHT:
        start = (side * (chair.seat_width / 2 - t / 2), y, d / 2 - t / 2)
        end = (side * (chair.rear_width / 2 - t / 2), y, -d / 2 + t / 2)
        beam(chair.piece, start, end, t, material=material)


def _dished(chair: ChairDimensions, material: int) -> None:
    """Adds a thick board with rounded outline (a Windsor seat)."""
    t = max(chair.seat_thickness, 0.032)
    chair.seat_thickness = t
    y = chair.seat_height - t / 2
    corner = chair.draw.span("corner_ratio", 0.25, 0.45) * chair.seat_depth
    chair.leg_inset = 0.27 * corner
    size = (max(chair.seat_width, chair.rear_width), t, chair.seat_depth)
    chair.piece.box((0, y, 0), size, edge=0.4 * t, corner=corner, material=material)
