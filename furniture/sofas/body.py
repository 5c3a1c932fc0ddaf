"""Body of a sofa, cushions, pillows and feet."""

from furniture.beams import LEFT_RIGHT, beam, spaced
from furniture.choices import SIDES
from furniture.cushions import cushion, pillow
from furniture.legs import feet, leg
from furniture.primitives import Furniture, builds
from furniture.sofas.dimensions import BODY, CUSHIONS, FEET, THROWS, SofaDimensions
from furniture.vectors import tilt


@builds("body")
def body(sofa: SofaDimensions) -> float:
    """Adds the plinth under the cushions, and the back.

    Parameters
    ----------
    sofa : SofaDimensions
        The sofa; its piece gets the primitives.

    Returns
    -------
    float
        Height of the plinth, metres.
    """
    draw = sofa.draw
    piece = sofa.piece
    base = sofa.seat_height - draw.span("plinth_drop", 0.1, 0.2)
    size = (sofa.width - 0.02, base - sofa.clearance, sofa.depth - 0.02)
    piece.box((0, (sofa.clearance + base) / 2, 0), size, edge=0.015, material=BODY, part="body")
    over = sofa.arm_width if draw.often("back_covers_arms", 0.5) else 0.0
    edge = sofa.back_thickness * draw.pick("back_edge_ratio", (0.1, 0.25, 0.48))
    size = (
        sofa.inner_width + 2 * over - 0.004,
        sofa.back_height - sofa.clearance - 0.01,
        sofa.back_thickness,
    )
    middle = (0, (sofa.back_height + sofa.clearance) / 2, -sofa.depth / 2 + sofa.back_thickness / 2)
    piece.box(middle, size, edge=edge, rotation=tilt(sofa.back_angle), material=BODY, part="back")
    if draw.often("has_roll", 0.12):
        y, z = (
            sofa.back_height - sofa.back_thickness * 0.5,
            -sofa.depth / 2 + sofa.back_thickness * 0.3,
        )
        beam(
            piece,
            (-size[0] / 2, y, z),
            (size[0] / 2, y, z),
            sofa.back_thickness * 1.25,
            edge=0.02,
            material=BODY,
            part="back",
        )
    return base


@builds("body")
def body_low(sofa: SofaDimensions) -> float:
    """Adds the plinth alone.

    Parameters
    ----------
    sofa : SofaDimensions
        The sofa; its piece gets the primitives.

    Returns
    -------
    float
        Height of the plinth, metres.
    """
    base = sofa.seat_height - sofa.draw.span("plinth_drop", 0.1, 0.18)
    size = (sofa.width - 0.04, base - sofa.clearance, sofa.depth - 0.04)
    sofa.piece.box(
        (0, (sofa.clearance + base) / 2, 0), size, edge=0.015, material=BODY, part="body"
    )
    return base


def seat_cushions(sofa: SofaDimensions, base: float, count: int | None = None) -> None:
    """Adds cushions side by side on the plinth.

    Parameters
    ----------
    sofa : SofaDimensions
        The sofa; its piece gets the primitives.
    base : float
        Height of the plinth, metres.
    count : int, optional
        Number of cushions; drawn by default.
    """
    draw = sofa.draw
    depth = sofa.depth - sofa.back_thickness
    count = count or (sofa.seat_count if draw.often("has_cushion_per_seat", 0.75) else 1)
    seat_cushion_overhang = draw.span("seat_cushion_overhang", -0.01, 0.05)
    seat_cushion_softness = draw.span("seat_cushion_softness", 0.1, 0.5)
    each, h = sofa.inner_width / count, sofa.seat_height - base + 0.02
    for x in spaced(-sofa.inner_width / 2 + each / 2, sofa.inner_width / 2 - each / 2, count):
        size = (each - 0.006, h, depth + seat_cushion_overhang)
        center = (x, sofa.seat_height - h / 2, sofa.seat_rear_z + size[2] / 2)
        cushion(sofa.piece, draw, center, size, softness=seat_cushion_softness, material=CUSHIONS)


def back_cushions(sofa: SofaDimensions, count: int | None = None) -> None:
    """Adds loose cushions against the back.

    Parameters
    ----------
    sofa : SofaDimensions
        The sofa; its piece gets the primitives.
    count : int, optional
        Number of cushions; drawn by default.
    """
    draw = sofa.draw
    count = count or draw.pick(
        "back_cushion_count", (sofa.seat_count, sofa.seat_count, max(sofa.seat_count - 1, 1))
    )
    high = sofa.back_height - sofa.seat_height + draw.span("back_cushion_rise", -0.08, 0.1)
    back_cushion_thickness = draw.span("back_cushion_thickness", 0.12, 0.22)
    each = sofa.inner_width / count
    back_cushion_softness = draw.span("back_cushion_softness", 0.25, 0.5)
    lean = sofa.back_angle + draw.span("back_cushion_angle", 4, 14)
    for x in spaced(-sofa.inner_width / 2 + each / 2, sofa.inner_width / 2 - each / 2, count):
        center = (
            x,
            sofa.seat_height + high * 0.47,
            sofa.seat_rear_z + back_cushion_thickness * 0.45,
        )
        size = (each - 0.008, high, back_cushion_thickness)
        edge = back_cushion_softness * back_cushion_thickness
        sofa.piece.box(
            center,
            size,
            edge=edge,
            corner=edge,
            rotation=tilt(lean),
            material=CUSHIONS,
            part="cushion",
        )
        if back_cushion_softness > 0.35:
            crown = (each * 0.92, high * 0.92, back_cushion_thickness * 1.3)
            sofa.piece.ellipsoid(
                center, crown, rotation=tilt(lean), material=CUSHIONS, part="cushion"
            )


def throws(sofa: SofaDimensions, chance: float = 0.3) -> None:
    """Adds loose pillows in the corners of the seat.

    Parameters
    ----------
    sofa : SofaDimensions
        The sofa; its piece gets the primitives.
    chance : float
        Probability of any pillows.
    """
    draw = sofa.draw
    if not draw.often("has_pillows", chance):
        return
    for side in draw.each(SIDES, LEFT_RIGHT):
        for i in draw.each("pillow", range(draw.count("pillow_count", 0, 2.5))):
            pillow_size = draw.span("pillow_size", 0.36, 0.5)
            x = side * (
                sofa.inner_width / 2
                - pillow_size / 2
                - 0.02
                - i * pillow_size * draw.span("pillow_spacing", 0.4, 0.8)
            )
            center = (x, sofa.seat_height + pillow_size * 0.46, sofa.seat_rear_z + 0.12 + i * 0.04)
            turn = tilt(draw.span("pillow_angle", 12, 30))
            pillow(
                sofa.piece,
                center,
                (pillow_size, pillow_size, draw.span("pillow_thickness", 0.12, 0.17)),
                turn,
                THROWS,
            )


def finish(sofa: SofaDimensions) -> Furniture:
    """Adds feet under the body.

    Parameters
    ----------
    sofa : SofaDimensions
        The sofa; its piece gets the primitives.

    Returns
    -------
    Furniture
        The finished piece.
    """
    if sofa.clearance:
        feet(
            sofa.piece,
            sofa.draw,
            sofa.width,
            sofa.depth,
            sofa.clearance + 0.01,
            material=FEET,
            inset=0.08,
        )
        if sofa.width > 1.9 and sofa.draw.often("has_middle_feet", 0.3):
            for side in LEFT_RIGHT:
                z = side * (sofa.depth / 2 - 0.08)
                leg(
                    sofa.piece,
                    sofa.draw,
                    (0, sofa.clearance + 0.02, z),
                    (0, 0, z),
                    0.05,
                    "block",
                    FEET,
                )
    return sofa.piece
