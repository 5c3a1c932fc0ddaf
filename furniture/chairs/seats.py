"""Seats: boards, pads, rounds, saddles and woven frames, on a `ChairDimensions`."""

from furniture.chairs.dimensions import FRAME, SEAT, ChairDimensions
from furniture.parts import LEFT_RIGHT, beam, loft, often, pick, span, tilt

KINDS = {"board": 3, "pad": 4, "round": 1, "waterfall": 2, "slatted": 1, "rush": 1, "dished": 1.5}


def seat(plan: ChairDimensions, kind: str | None = None, material: int = SEAT) -> str:
    """Add a seat and return its kind."""
    kind = kind or pick(plan.rng, KINDS)
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
    """A trapezoid, wider in front."""
    middle = (0, plan.height - plan.thick / 2, 0)
    size = (plan.rear, plan.depth, plan.thick)
    edge = min(0.3 * plan.thick, 0.02)
    taper = (plan.width / plan.rear, 1.0)
    plan.piece.add(
        middle, size, rotation=tilt(-90), taper=taper, edge=edge, corner=edge, material=material
    )


def _pad(plan: ChairDimensions, material: int) -> None:
    """Upholstery on a wooden frame, crowned."""
    rng, thick = plan.rng, max(plan.thick, 0.05)
    rail = thick * span(rng, 0.35, 0.6)
    plan.piece.add(
        (0, plan.height - thick + rail / 2, 0),
        (plan.rear, plan.depth, rail),
        rotation=tilt(-90),
        taper=(plan.width / plan.rear, 1.0),
        edge=0.003,
        material=FRAME if often(rng, 0.6) else material,
    )
    plan.thick = thick
    width = (plan.width + plan.rear) / 2 - 0.004
    top = thick - rail + 0.01
    plan.piece.box(
        (0, plan.height - top / 2, 0),
        (width, top, plan.depth),
        edge=0.45 * top,
        corner=span(rng, 0.02, 0.06),
        material=material,
    )
    crown = span(rng, 0.02, 0.05)
    plan.piece.egg(
        (0, plan.height - crown * 0.35, 0),
        (width * 0.96, crown * 1.4, plan.depth * 0.96),
        material=material,
    )


def _round(plan: ChairDimensions, material: int) -> None:
    """A disc, or a rounded square."""
    plan.depth = min(plan.depth, plan.width)
    plan.tuck = 0.13 * plan.width
    size = (plan.width, plan.thick, plan.depth)
    middle = (0, plan.height - plan.thick / 2, 0)
    edge = plan.thick * span(plan.rng, 0.2, 0.5)
    if often(plan.rng, 0.5):
        plan.piece.cylinder(
            middle,
            plan.width / 2,
            plan.thick,
            edge=edge,
            radius_z=plan.depth / 2,
            material=material,
        )
    else:
        corner = span(plan.rng, 0.3, 0.5) * plan.depth
        plan.piece.box(middle, size, edge=edge, corner=corner, material=material)


def _waterfall(plan: ChairDimensions, material: int) -> None:
    """A thin bent sheet, its front rolled down."""
    d, y, t = plan.depth, plan.height - plan.thick / 2, plan.thick
    drop, sag = span(plan.rng, 0.015, 0.06), span(plan.rng, 0.0, 0.025)
    wrap = span(plan.rng, 0.0, 0.7)
    front, rear = plan.width, plan.rear
    stations = [
        (d / 2, y - drop, front * 0.97, wrap),
        (d * 0.38, y - 0.15 * drop, front, wrap),
        (0.05 * d, y - sag, (front + rear) / 2, wrap),
        (-d / 2, y + 0.3 * sag, rear, wrap),
    ]
    loft(plan.piece, stations, t, material)


def _slatted(plan: ChairDimensions, material: int) -> None:
    """Boards with gaps across, on two side rails."""
    count = pick(plan.rng, (4, 5, 6))
    t = max(min(plan.thick, 0.03), 0.018)
    pitch = plan.depth / count
    share = span(plan.rng, 0.7, 0.88)
    for i in range(count):
        z = -plan.depth / 2 + (i + 0.5) * pitch
        plan.piece.box(
            (0, plan.height - t / 2, z),
            (plan.width, t, pitch * share),
            edge=0.004,
            material=material,
        )
    for s in LEFT_RIGHT:
        x = s * (plan.rear / 2 - 0.02)
        plan.piece.box((x, plan.height - t - 0.018, 0), (0.022, 0.04, plan.depth), material=FRAME)
    plan.thick = t + 0.03


def _rush(plan: ChairDimensions, material: int) -> None:
    """A woven seat around four round rails."""
    t, d = 0.03, plan.depth
    y = plan.height - t / 2
    plan.thick = t
    plan.piece.add(
        (0, y, 0),
        (plan.rear - t, d - t, t * 0.9),
        rotation=tilt(-90),
        taper=(plan.width / plan.rear, 1.0),
        edge=0.005,
        material=material,
    )
    for z, w in ((d / 2 - t / 2, plan.width), (-d / 2 + t / 2, plan.rear)):
        beam(plan.piece, (-w / 2, y, z), (w / 2, y, z), t, edge=t / 2, material=material)
    for s in LEFT_RIGHT:
        start = (s * (plan.width / 2 - t / 2), y, d / 2 - t / 2)
        end = (s * (plan.rear / 2 - t / 2), y, -d / 2 + t / 2)
        beam(plan.piece, start, end, t, material=material)


def _dished(plan: ChairDimensions, material: int) -> None:
    """A Windsor saddle: a thick board with rounded plan."""
    t = max(plan.thick, 0.032)
    plan.thick = t
    y = plan.height - t / 2
    corner = span(plan.rng, 0.25, 0.45) * plan.depth
    plan.tuck = 0.27 * corner
    size = (max(plan.width, plan.rear), t, plan.depth)
    plan.piece.box((0, y, 0), size, edge=0.4 * t, corner=corner, material=material)
