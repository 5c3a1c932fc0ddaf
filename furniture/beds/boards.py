"""Headboards and footboards: panels, pads, arches, sleighs, bars and hoops."""

from furniture.beams import LEFT_RIGHT, arc, beam, spaced, tube
from furniture.beds.dimensions import FRAME, BedDimensions
from furniture.choices import SIDES


def board(bed: BedDimensions, z: float, top: float, kind: str) -> None:
    """Adds a headboard or footboard.

    Parameters
    ----------
    bed : BedDimensions
        The bed.
    z : float
        Where the board stands, metres: a headboard where negative.
    top : float
        Height of its upper edge, metres.
    kind : str
        `panel`, `padded`, `arched`, `sleigh`, `bars`, `rungs`, `fields` or `hoop`.
    """
    with bed.piece.part("headboard" if z < 0 else "footboard"):
        _board(bed, z, top, kind)


def _board(bed: BedDimensions, z: float, top: float, kind: str) -> None:
    """Adds the primitives of a board of one kind."""
    piece = bed.piece
    draw = bed.draw
    w = bed.width + 0.06
    t = draw.span("thickness", 0.03, 0.07)
    low = 0.0
    if kind == "panel":
        low = draw.pick("bottom_height_class", (0.0, bed.deck_height - 0.08))
        piece.box((0, (low + top) / 2, z), (w, top - low, t), edge=0.01, material=FRAME)
        _stubs(bed, z, low, w, t)
    elif kind == "padded":
        t = draw.span("padded_thickness", 0.06, 0.14)
        edge = t * draw.span("edge_ratio", 0.15, 0.48)
        piece.box((0, (low + top) / 2, z - t / 4), (w, top - low, t), edge=edge, material=FRAME)
        if draw.often("has_channels", 0.5):
            _channels(bed, z - t / 4, top, w, t)
    elif kind == "arched":
        piece.box(
            (0, (low + top) / 2 - 0.06, z), (w, top - low - 0.12, t), edge=0.01, material=FRAME
        )
        piece.ellipsoid((0, top - 0.12, z), (w * 0.9, 0.24, t), material=FRAME)
    elif kind == "sleigh":
        _sleigh(bed, z, top, w, t)
    else:
        _open_board(bed, z, top, kind, w)


def _stubs(bed: BedDimensions, z: float, low: float, w: float, t: float) -> None:
    """Adds two short legs under a board that begins above the floor."""
    if low > 0:
        for side in LEFT_RIGHT:
            x = side * (w / 2 - 0.04)
            beam(bed.piece, (x, 0, z), (x, low + 0.05, z), (0.07, t), square=True, material=FRAME)


def _channels(bed: BedDimensions, z: float, top: float, w: float, t: float) -> None:
    """Adds upholstered tubes or squares to a padded board."""
    draw = bed.draw
    piece = bed.piece
    low = bed.top - 0.05
    if draw.often("has_tubes", 0.5):
        count = draw.count("tube_count", 4, 10)
        each = w / count
        for x in spaced(-w / 2 + each / 2, w / 2 - each / 2, count):
            size = (each, top - low, t * 1.3)
            piece.box((x, (low + top) / 2, z + 0.01), size, edge=0.03, corner=0.03, material=FRAME)
    else:
        count = draw.count("field_count", 2, 4)
        for x in spaced(-w / 2 + w / count / 2, w / 2 - w / count / 2, count):
            size = (w / count * 0.96, top - low, t * 1.5)
            piece.box((x, (low + top) / 2, z + 0.02), size, edge=0.03, material=FRAME)


def _sleigh(bed: BedDimensions, z: float, top: float, w: float, t: float) -> None:
    """Adds a board that is bent outward, with a roll on top."""
    sign = 1.0 if z > 0 else -1.0
    low, p = bed.deck_height - 0.1, bed.piece
    h = top - low
    radius = h * bed.draw.span("bow_radius", 0.7, 1.2)
    away = h * h / radius / 8
    z -= sign * away  # the middle of the bow moves inward, its lower edge stays at the rails
    place = (0, low + h / 2, z)
    arc(p, place, (0, 1, 0), (0, 0, sign), 1 / radius, h * 1.05, (w, t), edge=0.01, material=FRAME)
    roll_thickness = bed.draw.span("roll_thickness", 0.05, 0.1)
    ends = (-w / 2, top - 0.01, z + sign * away), (w / 2, top - 0.01, z + sign * away)
    beam(p, *ends, roll_thickness, edge=0.01, material=FRAME)
    for side in LEFT_RIGHT:
        x = side * (w / 2 - 0.05)
        foot = z + sign * away * 1.2
        beam(p, (x, 0, foot), (x, low + 0.1, z + sign * away), 0.07, square=True, material=FRAME)


def _open_board(bed: BedDimensions, z: float, top: float, kind: str, w: float) -> None:
    """Adds two posts with bars, rungs, panels or a hoop of tube between them."""
    draw = bed.draw
    piece = bed.piece
    metal = bed.piece.materials[FRAME] == "metal"
    post_thickness = draw.span("post_thickness", *((0.025, 0.04) if metal else (0.05, 0.08)))
    x = w / 2 - post_thickness / 2
    low = min(bed.deck_height + draw.span("low_rail_height", 0.0, 0.12), top - 0.12)
    bar_thickness = draw.span("bar_thickness", *((0.012, 0.02) if metal else (0.02, 0.05)))
    if kind == "hoop":
        radius = min(draw.span("hoop_radius", 0.1, 0.5), top - low, w / 2 - 0.02)
        path = [(-x, 0, z), (-x, top, z), (x, top, z), (x, 0, z)]
        tube(piece, path, post_thickness, radius, FRAME)
    else:
        for side in draw.each(SIDES, LEFT_RIGHT):
            beam(
                piece,
                (side * x, 0, z),
                (side * x, top, z),
                post_thickness,
                square=not metal,
                material=FRAME,
            )
            if draw.often("has_finial", 0.3):
                piece.ellipsoid(
                    (side * x, top + post_thickness * 0.4, z),
                    (post_thickness * 1.4,) * 3,
                    material=FRAME,
                )
        size = (draw.span("top_rail_height", 0.04, 0.12), post_thickness * 0.7)
        y = top - size[0] * draw.share("top_rail_drop", 0.5, 1.2)
        beam(
            piece,
            (-x, y, z),
            (x, y, z),
            bar_thickness * 1.3 if metal else size,
            square=not metal,
            material=FRAME,
        )
    beam(
        piece,
        (-x, low, z),
        (x, low, z),
        (bar_thickness * 1.5, bar_thickness),
        square=not metal,
        material=FRAME,
    )
    if kind == "rungs":
        for y in draw.each("rung", spaced(low, top - 0.05, draw.count("rung_count", 3, 5))[1:-1]):
            section = (draw.span("rung_height", 0.04, 0.1), 0.022)
            beam(
                piece,
                (-x, y, z),
                (x, y, z),
                bar_thickness if metal else section,
                square=not metal,
                material=FRAME,
            )
    elif kind in ("bars", "hoop"):
        for u in spaced(-x, x, draw.count("bar_count", 6, 14))[1:-1]:
            cap = top - 0.02 if kind == "bars" else _under_hoop(u, x, top, radius)
            beam(piece, (u, low, z), (u, cap, z), bar_thickness, square=not metal, material=FRAME)
    elif kind == "fields":
        panel_count = draw.count("panel_count", 2, 5)
        wide = draw.share("panel_width", 0.4, 1.0) * 2 * x / panel_count
        for u in spaced(-x + x / panel_count, x - x / panel_count, panel_count):
            size = (wide, top - low - 0.04, 0.016)
            piece.box((u, (low + top) / 2, z), size, material=FRAME)


def _under_hoop(u: float, x: float, top: float, radius: float) -> float:
    """Returns the height of a hoop's tube at x = `u`."""
    inside = max(abs(u) - (x - radius), 0.0)
    return top - radius + (max(radius * radius - inside * inside, 0.0)) ** 0.5


HEADS = {"panel": 5, "padded": 3, "arched": 0.7, "sleigh": 0.6, "bars": 2, "rungs": 1.5}
HEADS |= {"fields": 1, "hoop": 0.7}


def head_kind(bed: BedDimensions) -> str:
    """Draws a headboard that suits the material of the frame.

    Parameters
    ----------
    bed : BedDimensions
        The bed; its piece gets the primitives.

    Returns
    -------
    str
        A `kind` that `board` takes.
    """
    material = bed.piece.materials[FRAME]
    if material in ("fabric", "leather"):
        return bed.draw.pick("padded_headboard_design", {"padded": 6, "panel": 1, "arched": 1})
    if material == "metal":
        return bed.draw.pick("metal_headboard_design", {"bars": 3, "rungs": 1, "hoop": 3})
    return bed.draw.pick(
        "headboard_design", {k: v for k, v in HEADS.items() if k not in ("padded", "hoop")}
    )
