"""Backs of frame chairs: two posts and what fills the space between them."""

from math import cos, radians

from furniture.beams import LEFT_RIGHT, beam, spaced
from furniture.chairs.parts.dimensions import BACK, FRAME, SEAT, ChairDimensions
from furniture.choices import SIDES
from furniture.primitives import builds
from furniture.vectors import tilt

FILLS = {
    "slats": 3,
    "ladder": 4,
    "cross": 1,
    "splat": 1.5,
    "panel": 3,
    "pad": 3,
    "rails": 1.5,
    "rungs": 1,
    "perforated": 0.8,
    "lyre": 0.5,
}


@builds("post")
def posts(
    chair: ChairDimensions, thick: float, square: bool, floor: bool = True, flare: float = 0.0
) -> float:
    """Adds the two rear posts.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    thick : float
        Thickness, metres.
    square : bool
        Square section; round otherwise.
    floor : bool
        Whether the posts reach the floor, or only the seat.
    flare : float
        Metres by which each post leans outward.

    Returns
    -------
    float
        Distance of the posts from the middle at the height of the back, metres.
    """
    draw = chair.draw
    half = chair.upright_narrowing * chair.rear_width / 2 - thick * 0.45
    rake = draw.span("rake", 0.0, 0.09) if draw.often("is_raked", 0.7) else 0.0
    deep = thick * draw.span("depth_ratio", 0.9, 1.4)
    end_ratio = draw.span("end_ratio", 0.65, 1.0)
    for side in draw.each(SIDES, LEFT_RIGHT):
        join = (
            side * half,
            chair.seat_height - min(chair.seat_thickness, 0.03),
            -chair.seat_depth / 2 + thick * 0.3 + chair.leg_inset,
        )
        top = chair.back_point(chair.back_height, side * (half + flare))
        section, end = (thick, deep), (thick * end_ratio, deep * end_ratio)
        if floor:
            foot = (side * half, 0.0, join[2] - rake)
            beam(chair.piece, foot, join, end, section, square=square, over=0.004, material=FRAME)
        beam(chair.piece, join, top, section, end, square=square, over=0.006, material=FRAME)
        if not square and draw.often("has_finial", 0.3):
            chair.piece.ellipsoid(top, (thick * 1.3, thick * 1.8, thick * 1.3), material=FRAME)
    return half + flare * 0.8


@builds("back")
def fill_back(
    chair: ChairDimensions, half: float, kind: str | None = None, material: int = BACK
) -> None:
    """Adds what fills the space between two posts: slats, rungs, boards, pads.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    half : float
        Distance of the posts from the middle, metres.
    kind : str, optional
        Design; drawn by default.
    material : int
        Index into the materials of the piece.
    """
    draw = chair.draw
    kind = kind or draw.pick("design", FILLS)
    wrap = draw.span("curvature", 0.4, 1.8) if draw.often("is_curved", 0.55) else 0.0
    width = 2 * half
    crest_height = draw.span("crest_height", 0.035, 0.1)
    top = chair.back_height - crest_height * draw.span("crest_overlap", 0.2, 0.6)
    low = draw.span("low_rail_height", 0.06, 0.2) * min(chair.back_height / 0.45, 1.3)
    thickness = draw.span("thickness", 0.015, 0.028)
    if kind in ("panel", "pad", "perforated"):
        _panel(
            chair,
            kind,
            width,
            low * draw.pick("low_gap_ratio", (0.4, 1.0)),
            top + crest_height / 2,
            wrap,
            material,
        )
        return
    rail(chair, top, width, crest_height, thickness, wrap, material)
    if kind == "ladder":
        for h in draw.each("rung", spaced(low, top, draw.pick("rung_count", range(3, 6)))[:-1]):
            rail(
                chair,
                h,
                width,
                crest_height * draw.span("rung_ratio", 0.6, 0.95),
                thickness * 0.8,
                wrap,
                material,
            )
    elif kind == "rungs":
        rail_count = draw.count("rail_count", 3, 7)
        for h in spaced(low, top, rail_count)[:-1]:
            rail(chair, h, width, 0.018, 0.018, wrap, material)
    elif kind == "rails":
        rail(chair, low + 0.05, width, crest_height * 0.8, thickness, wrap, material)
    else:
        rail(chair, low, width, draw.span("low_rail_width", 0.025, 0.05), thickness, wrap, material)
        _uprights(chair, kind, width, low, top, wrap, material)


def rail(
    chair: ChairDimensions,
    h: float,
    width: float,
    height: float,
    thick: float,
    wrap: float = 0.0,
    material: int = BACK,
) -> None:
    """Adds a level rail across the back.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    h : float
        Height above the seat, metres.
    width : float
        Metres along x.
    height : float
        Height of the rail itself, metres.
    thick : float
        Thickness, metres.
    wrap : float
        Curvature, 1/metres; the ends stay in the plane of the back.
    material : int
        Index into the materials of the piece.
    """
    x, y, z = chair.back_point(h)
    sag = width * width * wrap / 8
    section = min(height, thick)
    chair.piece.add(
        (x, y, z - sag),
        (width, height, thick),
        rotation=tilt(chair.back_angle),
        bend=wrap,
        edge=0.35 * section,
        corner=0.3 * section,
        material=material,
    )


def _uprights(chair: ChairDimensions, kind, width, low, top, wrap, material: int) -> None:
    """Adds slats, a cross, a splat or a lyre between two rails."""
    draw = chair.draw
    deep = width * width * wrap / 8

    def stand(x: float, end_x: float, section, end=None, square=True) -> None:
        away = -deep * (1 - (2 * x / width) ** 2)
        start, stop = chair.back_point(low, x, away), chair.back_point(top, end_x, away)
        beam(chair.piece, start, stop, section, end, square=square, material=material)

    if kind == "slats":
        square = draw.often("is_square_slat", 0.6)
        slat_count = draw.count("slat_count", 3, 8)
        wide = draw.span("slat_width", *((0.012, 0.03) if square else (0.01, 0.018)))
        fan = draw.span("fan", 0.85, 1.0)
        for x in spaced(-width / 2, width / 2, slat_count + 2)[1:-1]:
            stand(x * fan, x, (wide, 0.012) if square else wide, square=square)
    elif kind == "cross":
        x = width / 2 - 0.01
        stand(-x, x, (0.028, 0.016))
        stand(x, -x, (0.028, 0.016))
        if draw.often("has_medallion", 0.3):
            chair.piece.ellipsoid(
                chair.back_point((low + top) / 2, 0, -deep), (0.07, 0.07, 0.03), material=material
            )
    elif kind == "splat":
        wide = draw.span("splat_width", 0.08, 0.2)
        stand(0.0, 0.0, (wide, 0.014), (wide * draw.span("splat_flare", 0.7, 1.5), 0.014))
        if draw.often("has_side_rods", 0.4):
            for side in LEFT_RIGHT:
                stand(side * width * 0.33, side * width * 0.33, (0.02, 0.012))
    else:
        for side in draw.each(SIDES, LEFT_RIGHT):
            start = draw.span("lyre_foot", 0.03, 0.08) * side
            stop = draw.span("lyre_top", 0.06, 0.12) * side
            stand(start, stop, (0.024, 0.014))
        stand(0, 0, (0.016, 0.012))
        chair.piece.ellipsoid(
            chair.back_point((low + top) / 2, 0, -deep), (0.12, 0.1, 0.02), material=material
        )


def _panel(chair: ChairDimensions, kind, width, low, top, wrap, material: int) -> None:
    """Adds a board or pad between the posts, perhaps with holes."""
    draw = chair.draw
    pad = kind == "pad"
    thickness = draw.span("panel_thickness", *((0.035, 0.08) if pad else (0.012, 0.025)))
    wrap = wrap * 0.6
    x, y, z = chair.back_point((low + top) / 2)
    sag = width * width * wrap / 8
    size = (width, (top - low) / cos(radians(chair.back_angle)), thickness)
    narrow = draw.span("top_ratio", 0.85, 1.1) if draw.often("is_tapered", 0.3) else 1.0
    where = SEAT if pad else material
    chair.piece.add(
        (x, y, z - sag),
        size,
        rotation=tilt(chair.back_angle),
        bend=wrap,
        taper=(narrow, 1.0),
        edge=(0.45 if pad else 0.3) * thickness,
        corner=(0.4 if pad else 0.2) * thickness,
        material=where,
    )
    if kind == "perforated":
        hole_rows = draw.count("hole_rows", 1, 5)
        hole_columns = draw.count("hole_columns", 2, 6)
        cell = (0.84 * width / hole_columns, 0.8 * (top - low) / hole_rows)
        for h in draw.each("row", spaced(low + cell[1] * 0.6, top - cell[1] * 0.6, hole_rows)):
            for cx in draw.each(
                "column",
                spaced(-width / 2 + cell[0] * 0.6, width / 2 - cell[0] * 0.6, hole_columns),
            ):
                hole = (cell[0] * 0.62, cell[1] * 0.6, 0.12)
                center = chair.back_point(h, cx, -sag)
                round_hole = 0.5 * min(hole[:2]) * draw.span("hole_roundness", 0.1, 0.9)
                chair.piece.box(
                    center, hole, edge=round_hole, rotation=tilt(chair.back_angle), cut=True
                )
