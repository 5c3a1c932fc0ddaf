"""Parts of office chairs: dimensions, seats, backs, headrests and what carries them."""

from collections.abc import Sequence
from math import pi, sin

from furniture.beams import LEFT_RIGHT, beam, loft
from furniture.chairs.parts import bases
from furniture.chairs.parts.dimensions import (
    BACK,
    METAL,
    SEAT,
    ChairDimensions,
    draw_dimensions,
    set_default,
)
from furniture.choices import Choices
from furniture.primitives import builds
from furniture.vectors import tilt


def _materials(draw: Choices, soft: dict) -> tuple[str, str, str, str]:
    """Draws the materials of an office chair: base, seat, back, small plastic."""
    cover_material = draw.pick("cover_material", soft)
    back = cover_material if draw.often("has_one_cover", 0.85) else "fabric"
    return (
        draw.pick("base_material", {"plastic": 4, "metal": 2, "wood": 0.5}),
        cover_material,
        back,
        "plastic",
    )


def draw_office_dimensions(
    draw: Choices, name: str, soft: dict, fixed: dict, **ranges: tuple[float, float]
) -> ChairDimensions:
    """Draws the dimensions and materials of an office chair.

    Parameters
    ----------
    draw : Choices
        Source of the choices.
    name : str
        Name of the design.
    soft : dict
        Weights of the covers' materials.
    fixed : dict
        Dimensions that the caller has chosen; changed in place.
    **ranges : (low, high)
        Range of each dimension of the design.
    """
    for key, (low, high) in ranges.items():
        set_default(draw, fixed, key, low, high)
    chair = draw_dimensions(
        draw, fixed.pop("name", name), _materials(draw, soft), unread=("rear_width",), **fixed
    )
    chair.rear_width = chair.seat_width * draw.span("rear_ratio", 0.88, 1.0)
    return chair


@builds("seat")
def cushioned_seat(chair: ChairDimensions) -> None:
    """Adds a thick pad with rounded outline and a front edge that falls."""
    draw = chair.draw
    d = chair.seat_depth
    t = chair.seat_thickness
    y = chair.seat_height - t / 2
    front_drop = draw.span("front_drop", 0.01, 0.03)
    wrap = draw.span("wrap", 0.0, 0.8)
    w = chair.seat_width
    stations = [
        (d / 2, y - front_drop, w * draw.share("front_width", 0.75, 0.95), wrap),
        (d * 0.33, y, w, wrap),
        (-d * 0.3, y - 0.006, w * 0.98, wrap),
        (-d / 2, y + 0.008, w * draw.share("rear_width", 0.72, 0.95), wrap),
    ]
    loft(chair.piece, stations, t, SEAT)
    if draw.often("has_crown", 0.5):
        chair.piece.ellipsoid((0, y, 0), (w * 0.9, t * 1.35, d * 0.95), material=SEAT)


@builds("spine")
def spine(chair: ChairDimensions, low: float) -> None:
    """Adds the bracket from under the seat to the back.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    low : float
        Height of the back's lower edge above the seat, metres.
    """
    draw = chair.draw
    width = draw.span("width", 0.04, 0.09)
    thickness = draw.span("thickness", 0.015, 0.03)
    z = chair.back_z(0) - draw.span("setback", 0.02, 0.05)
    y = chair.seat_underside - 0.005
    start, elbow = (0, y, -0.08), (0, y + 0.01, z)
    end = (0, chair.seat_height + low + 0.1, chair.back_z(low + 0.1) - 0.02)
    beam(
        chair.piece,
        start,
        elbow,
        (thickness, width),
        square=True,
        over=thickness / 2,
        material=METAL,
    )
    beam(
        chair.piece, elbow, end, (width, thickness), square=True, over=thickness / 2, material=METAL
    )


@builds("back")
def outlined_back(chair: ChairDimensions, low: float, thick: float) -> None:
    """Adds a back of random outline: oval, square, waisted or wide at the shoulders.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    low : float
        Height of the lower edge above the seat, metres.
    thick : float
        Thickness, metres.
    """
    draw = chair.draw
    top = chair.back_height
    wide = chair.rear_width * draw.share("width", 0.82, 1.02)
    foot, crown = draw.pick(
        "outline", ((0.7, 0.7), (1, 1), (0.75, 0.95), (0.95, 0.72), (0.85, 0.9))
    )
    wrap = draw.span("wrap", 0.4, 1.8)
    lumbar = draw.span("lumbar", 0.0, 0.04)
    stations = []
    for share, w in ((0.0, foot), (0.22, (1 + foot) / 2), (0.5, 1.0), (0.8, (1.06 + crown) / 2.06)):
        stations.append((share, w))
    stations.append((1.0, crown * 0.96))
    points = []
    for share, w in stations:
        h = low + (top - low) * share
        sag = wide * wide * w * w * wrap / 8
        forward = lumbar * sin(pi * min(share * 1.5, 1.0)) - sag + 0.02
        points.append((chair.back_z(h) + forward, chair.seat_height + h, wide * w, wrap))
    loft(chair.piece, points, thick, BACK)


@builds("headrest")
def headrest(chair: ChairDimensions) -> None:
    """Adds a small pad above the back on a stem."""
    draw = chair.draw
    h = chair.back_height + draw.span("gap", 0.08, 0.12)
    size = (
        draw.span("width", 0.24, 0.32),
        draw.span("height", 0.1, 0.15),
        draw.span("thickness", 0.04, 0.07),
    )
    chair.piece.box(
        chair.back_point(h, 0, 0.0),
        size,
        edge=0.02,
        corner=0.02,
        rotation=tilt(chair.back_angle),
        bend=1.5,
        material=BACK,
    )
    beam(
        chair.piece,
        chair.back_point(chair.back_height - 0.1, 0, -0.03),
        chair.back_point(h, 0, -0.02),
        0.03,
        material=METAL,
    )


@builds("back")
def padded_rolls(
    chair: ChairDimensions, stations: Sequence[tuple[float, float, float, float]], thick: float
) -> None:
    """Adds a head roll, a lumbar roll and side bolsters to a padded back.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    stations : sequence of (4,) float
        The stations of the back, as `beams.loft` takes them.
    thick : float
        Thickness, metres.
    """
    draw = chair.draw
    wide = stations[2][2]
    z, y = stations[3][0], stations[3][1]
    if draw.often("has_head_roll", 0.65):
        size = (
            wide * draw.share("head_roll_width", 0.75, 1.0),
            draw.span("head_roll_height", 0.14, 0.22),
            thick * draw.share("head_roll_thickness", 1.1, 1.4),
        )
        center = (0, y - size[1] * 0.4, z + 0.02)
        chair.piece.box(
            center, size, edge=0.04, corner=0.04, rotation=tilt(chair.back_angle), material=BACK
        )
    if draw.often("has_lumbar_roll", 0.5):
        z, y = stations[1][0], stations[1][1]
        size = (wide * 0.8, draw.span("lumbar_roll_height", 0.16, 0.26), thick * 1.35)
        chair.piece.ellipsoid(
            (0, y, z + 0.015), size, rotation=tilt(chair.back_angle), material=BACK
        )
    if draw.often("has_bolsters", 0.5):
        for side in LEFT_RIGHT:
            x = side * wide * 0.42
            low, high = stations[1], stations[2]
            start, end = (x, low[1] - 0.1, low[0] + 0.03), (x, high[1] + 0.06, high[0] + 0.03)
            beam(chair.piece, start, end, (0.09, thick * 1.2), edge=0.03, material=BACK)


def castor_base(chair: ChairDimensions) -> None:
    """Adds the tilt mechanism and a star, mostly on castors."""
    bases.tilt_mechanism(chair)
    bases.swivel(chair, castors=chair.draw.often("has_castors", 0.95))
