"""Legs under a seat: four legs with stretchers, dowels, wire and crossed frames."""

from collections.abc import Sequence

from furniture.beams import LEFT_RIGHT, beam
from furniture.chairs.parts.dimensions import FRAME, METAL, ChairDimensions
from furniture.choices import SIDES
from furniture.legs import leg
from furniture.primitives import builds
from furniture.vectors import Vector, interpolate

LEGS = {"straight": 4, "tapered": 4, "round": 2, "tapered_round": 3, "turned": 1.6}
STRETCHERS = {"none": 5, "box": 2, "h": 2.5, "double": 1.2, "front": 1, "sides": 1.2}


@builds("leg")
def four_legs(
    chair: ChairDimensions,
    *,
    splay: float | None = None,
    style: str | None = None,
    stretcher: str | None = None,
    thickness: float | None = None,
) -> list:
    """Adds four legs to the floor, with stretchers and perhaps an apron.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    splay : float, optional
        Metres by which a foot stands outside its top.
    style : str, optional
        One of LEGS.
    stretcher : str, optional
        One of STRETCHERS.
    thickness : float, optional
        Metres.

    Returns
    -------
    list of (top, foot)
        Ends of left front, left rear, right front, right rear leg.
    """
    draw = chair.draw
    style = style or draw.pick("design", LEGS)
    thin = {"round": (0.022, 0.038), "turned": (0.036, 0.055)}.get(style, (0.028, 0.052))
    t = thickness or draw.span("thickness", *thin)
    splay = (
        (draw.span("splay", 0, 0.09) * draw.often("is_splayed", 0.6)) if splay is None else splay
    )
    rake = draw.span("rake", 0, 0.07) * draw.often("is_raked", 0.6) + splay * 0.8
    inset = t * 0.5 + chair.leg_inset + (draw.span("inset", 0.0, 0.05) if splay > 0.02 else 0.0)
    legs = []
    for sx in draw.each(SIDES, LEFT_RIGHT):
        for sz, width in draw.each(
            ("front", "rear"), ((1, chair.seat_width), (-1, chair.rear_width))
        ):
            top = (
                sx * (width / 2 - inset),
                chair.seat_underside + 0.008,
                sz * (chair.seat_depth / 2 - inset),
            )
            out = splay if sz > 0 else rake
            foot = (top[0] + sx * splay, 0.0, top[2] + sz * out)
            leg(chair.piece, draw, top, foot, t, style, FRAME)
            legs.append((top, foot))
    if draw.often("has_apron", 0.25) and chair.seat_thickness < 0.05:
        apron(chair, t)
    stretchers(chair, legs, stretcher or draw.pick("stretcher_design", STRETCHERS), t)
    return legs


@builds("apron")
def apron(chair: ChairDimensions, inset: float, material: int = FRAME) -> None:
    """Adds the four rails under a thin seat.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    inset : float
        Thickness of the legs, which sets the place of the rails, metres.
    material : int
        Index into the materials of the piece.
    """
    height = chair.draw.span("height", 0.03, 0.07)
    t = 0.02
    y, z = (
        chair.seat_underside - height / 2 + 0.004,
        chair.seat_depth / 2 - inset * 0.6 - chair.leg_inset,
    )
    front, rear = (
        w / 2 - inset * 0.6 - chair.leg_inset for w in (chair.seat_width, chair.rear_width)
    )
    for sign, x in ((1, front), (-1, rear)):
        ends = (-x, y, sign * z), (x, y, sign * z)
        beam(chair.piece, *ends, (height, t), square=True, material=material)
    for side in LEFT_RIGHT:
        beam(
            chair.piece,
            (side * front, y, z),
            (side * rear, y, -z),
            (height, t),
            square=True,
            material=material,
        )


@builds("stretcher")
def stretchers(
    chair: ChairDimensions,
    legs: Sequence[tuple[Vector, Vector]],
    kind: str,
    t: float,
    material: int = FRAME,
) -> None:
    """Adds rails between legs.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    legs : sequence of (top, foot)
        Left front, left rear, right front, right rear.
    kind : str
        One of STRETCHERS.
    t : float
        Thickness of the legs, metres.
    material : int
        Index into the materials of the piece.
    """
    if kind == "none":
        return
    draw = chair.draw
    is_square = chair.draw.often("is_square", 0.4)
    r = t * draw.share("thickness", 0.45, 0.75)
    height = draw.span("height", 0.2, 0.55)
    points = [
        [interpolate(foot, top, share) for top, foot in legs] for share in (height, height * 0.55)
    ]

    def rail(a, b, flat=1.4) -> None:
        section = (r * flat, r) if is_square else r
        beam(chair.piece, a, b, section, square=is_square, material=material)

    for row in draw.each("row", points[: 2 if kind == "double" else 1]):
        left_front, left_rear, right_front, right_rear = row
        if kind in ("box", "double", "h", "sides"):
            rail(left_front, left_rear)
            rail(right_front, right_rear)
        if kind == "h":
            rail(interpolate(left_front, left_rear, 0.5), interpolate(right_front, right_rear, 0.5))
        if kind in ("box", "double", "front"):
            front_lift = draw.span("front_lift", -0.04, 0.08)
            for a, b in ((left_front, right_front), (left_rear, right_rear)):
                rail((a[0], a[1] + front_lift, a[2]), (b[0], b[1] + front_lift, b[2]))


@builds("leg")
def spread(chair: ChairDimensions, material: int = FRAME) -> None:
    """Adds four tapered dowels from a hub under a shell."""
    draw = chair.draw
    thickness = draw.span("thickness", 0.026, 0.042)
    inset = draw.span("inset", 0.08, 0.17)
    splay = draw.span("splay", 0.04, 0.13)
    is_square = draw.often("is_square", 0.25)
    x, z = max(chair.seat_width / 2 - inset, 0.05), max(chair.seat_depth / 2 - inset, 0.05)
    for sx in LEFT_RIGHT:
        for sz in LEFT_RIGHT:
            top = (sx * x, chair.seat_underside + 0.012, sz * z)
            foot = (sx * (x + splay), 0, sz * (z + splay))
            beam(
                chair.piece,
                foot,
                top,
                0.6 * thickness,
                thickness,
                square=is_square,
                material=material,
            )
    y = chair.seat_underside - 0.004
    if draw.often("has_cross", 0.6):
        for a, b in (((-x, y, z), (x, y, -z)), ((x, y, z), (-x, y, -z))):
            beam(chair.piece, a, b, (0.02, 0.03), square=True, material=material)
    else:
        chair.piece.box(
            (0, y - 0.01, 0),
            (2 * x + thickness, 0.03, 2 * z + thickness),
            corner=0.03,
            material=material,
        )


@builds("leg")
def wire(chair: ChairDimensions) -> None:
    """Adds wooden or metal legs that crossed wires brace (the Eiffel base)."""
    spread(chair)
    draw = chair.draw
    x, z = chair.seat_width / 2 - 0.03, chair.seat_depth / 2 - 0.03
    low = chair.seat_underside * draw.share("brace_height", 0.3, 0.5)
    for side in LEFT_RIGHT:
        top, y = chair.seat_underside + 0.005, low
        beam(
            chair.piece,
            (side * x * 0.9, y, z * 0.9),
            (-side * x * 0.5, top, z * 0.5),
            0.01,
            material=METAL,
        )
        beam(
            chair.piece,
            (side * x * 0.9, y, -z * 0.9),
            (-side * x * 0.5, top, -z * 0.5),
            0.01,
            material=METAL,
        )
        beam(
            chair.piece,
            (side * x * 0.9, y, z * 0.9),
            (side * x * 0.5, top, -z * 0.5),
            0.01,
            material=METAL,
        )


@builds("leg")
def crossed(chair: ChairDimensions, material: int = FRAME) -> None:
    """Adds an X in the side view (folding frames) or in the front view."""
    draw = chair.draw
    thickness = chair.draw.span("thickness", 0.02, 0.035)
    y, x, z = (
        chair.seat_underside + 0.005,
        chair.seat_width / 2 - thickness / 2,
        chair.seat_depth / 2 - thickness / 2,
    )
    section = (thickness, thickness * draw.span("depth_ratio", 1, 1.6))
    is_square = draw.often("is_square", 0.6)
    if draw.often("crosses_at_side", 0.6):
        for side in LEFT_RIGHT:
            inner = side * (x - thickness)
            ends = (side * x, thickness / 2, z), (side * x, y, -z)
            beam(chair.piece, *ends, section, square=is_square, material=material)
            ends = (inner, thickness / 2, -z), (inner, y, z)
            beam(chair.piece, *ends, section, square=is_square, material=material)
        for side in LEFT_RIGHT:
            beam(
                chair.piece,
                (-x, thickness, side * z),
                (x, thickness, side * z),
                thickness,
                material=material,
            )
            beam(chair.piece, (-x, y, side * z), (x, y, side * z), thickness, material=material)
        beam(chair.piece, (-x, y / 2, 0), (x, y / 2, 0), thickness * 0.8, material=material)
        return
    for side in LEFT_RIGHT:
        for u in LEFT_RIGHT:
            ends = (u * x, 0, side * z), (-u * x, y, side * z)
            beam(chair.piece, *ends, section, square=is_square, material=material)
    beam(chair.piece, (0, y / 2, -z), (0, y / 2, z), thickness, material=material)
