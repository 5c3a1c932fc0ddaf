"""Bases under a seat other than legs: sleds, cantilevers, swivel stars and pedestals."""

from math import cos, pi, sin

from furniture.beams import LEFT_RIGHT, arc, beam, tube
from furniture.chairs.parts.dimensions import FRAME, METAL, ChairDimensions
from furniture.legs import star
from furniture.primitives import builds


@builds("leg")
def sled(chair: ChairDimensions, material: int = FRAME) -> None:
    """Adds two bent loops of tube that lie on the floor."""
    draw = chair.draw
    thickness = chair.draw.span("thickness", 0.016, 0.028)
    y = chair.seat_underside - thickness * 0.2
    x = min(chair.seat_width, chair.rear_width) / 2 - draw.span("inset", 0.0, 0.05)
    splay = draw.span("splay", 0, 0.05)
    front = chair.seat_depth / 2 - draw.span("front_inset", 0, 0.06)
    rear = -chair.seat_depth / 2 + draw.span("rear_inset", 0, 0.08)
    rake = draw.span("rake", -0.03, 0.1)
    bend_radius = draw.span("bend_radius", 0.03, 0.08)
    for side in LEFT_RIGHT:
        top, low = side * x, side * (x + splay)
        path = [
            (top, y, rear),
            (low, thickness / 2, rear - rake),
            (low, thickness / 2, front + rake / 2),
        ]
        tube(chair.piece, [*path, (top, y, front)], thickness, bend_radius, material)
    for z in (rear, front):
        beam(chair.piece, (-x, y, z), (x, y, z), thickness, material=material)
    if draw.often("has_floor_bar", 0.4):
        z = front + rake / 2
        beam(
            chair.piece,
            (-x - splay, thickness / 2, z),
            (x + splay, thickness / 2, z),
            thickness,
            material=material,
        )


@builds("leg")
def cantilever(chair: ChairDimensions, material: int = FRAME) -> None:
    """Adds a tube that rises from the floor only in front."""
    draw = chair.draw
    thickness = chair.draw.span("thickness", 0.02, 0.03)
    x = min(chair.seat_width, chair.rear_width) / 2 - thickness * draw.share("inset", 0, 1.0)
    y = chair.seat_underside - thickness * 0.2
    front = chair.seat_depth / 2 - draw.span("front_inset", -0.03, 0.05)
    rear = -chair.seat_depth / 2 - draw.span("rear_reach", -0.05, 0.08)
    bend_radius = draw.span("bend_radius", 0.04, 0.11)
    is_sharp = draw.often("is_sharp", 0.15)
    for side in LEFT_RIGHT:
        path = [
            (side * x, y, -chair.seat_depth / 2 + 0.03),
            (side * x, y, front),
            (side * x, thickness / 2, front - 0.02),
        ]
        tube(
            chair.piece,
            [*path, (side * x, thickness / 2, rear)],
            thickness,
            0.0 if is_sharp else bend_radius,
            material,
        )
    beam(
        chair.piece,
        (-x, thickness / 2, rear),
        (x, thickness / 2, rear),
        thickness,
        material=material,
    )
    if draw.often("has_seat_bar", 0.4):
        beam(chair.piece, (-x, y, 0), (x, y, 0), thickness, material=material)


@builds("column")
def column(
    chair: ChairDimensions, low: float, radius: float, material: int = FRAME, gaiter: bool = True
) -> None:
    """Adds the gas spring or post between a base and the seat.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    low : float
        Lower end, metres.
    radius : float
        Metres.
    material : int
        Index into the materials of the piece.
    gaiter : bool
        Whether a wider sleeve covers the lower half.
    """
    top = chair.seat_underside + 0.01
    chair.piece.cylinder((0, (low + top) / 2, 0), radius, top - low, material=material)
    if gaiter:
        high = low + 0.55 * (top - low)
        chair.piece.cylinder((0, (low + high) / 2, 0), radius * 1.5, high - low, material=material)


@builds("mechanism")
def tilt_mechanism(chair: ChairDimensions, material: int = METAL) -> None:
    """Adds the tilt mechanism under the seat of a swivel chair."""
    size = (
        chair.draw.span("width", 0.14, 0.24),
        chair.draw.span("height", 0.03, 0.06),
        chair.draw.span("depth", 0.18, 0.28),
    )
    chair.piece.box(
        (0, chair.seat_underside - size[1] / 2 + 0.012, 0), size, edge=0.01, material=material
    )


@builds("base")
def swivel(chair: ChairDimensions, castors: bool | None = None, material: int = FRAME) -> None:
    """Adds a column on a star of three to five arms.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    castors : bool, optional
        Whether castors carry the star; drawn by default.
    material : int
        Index into the materials of the piece.
    """
    draw = chair.draw
    castors = draw.often("has_castors", 0.7) if castors is None else castors
    count = (
        5
        if castors and draw.often("has_five_arms", 0.93)
        else draw.pick("arm_count", {4: 3, 5: 1, 3: 0.2})
    )
    radius = draw.span("radius", 0.27, 0.36)
    hub = star(
        chair.piece,
        draw,
        radius,
        count,
        draw.span("hub_height", 0.07, 0.1),
        castors,
        material,
        METAL,
    )
    column(
        chair,
        hub - 0.01,
        draw.span("column_radius", 0.018, 0.03),
        material,
        gaiter=draw.often("has_gaiter", 0.6),
    )


@builds("base")
def pedestal(chair: ChairDimensions, material: int = FRAME) -> None:
    """Adds one post on a disc, a square, a trumpet or a flat ring."""
    draw = chair.draw
    radius = draw.span("radius", 0.19, 0.28)
    thickness = draw.span("thickness", 0.012, 0.03)
    design = draw.pick("design", {"disc": 4, "trumpet": 3, "ring": 1, "square": 1})
    if design == "square":
        chair.piece.box(
            (0, thickness / 2, 0),
            (1.8 * radius, thickness, 1.8 * radius),
            corner=0.02,
            material=material,
        )
    elif design == "ring":
        chair.piece.ring((0, 0.02, 0), radius, 0.04, 0.03, edge=0.012, material=material)
        chair.piece.box((0, 0.03, 0), (2 * radius, 0.03, 0.06), material=material)
        chair.piece.box((0, 0.03, 0), (0.06, 0.03, 2 * radius), material=material)
    else:
        chair.piece.cylinder(
            (0, thickness / 2, 0), radius, thickness, edge=thickness * 0.4, material=material
        )
    if design == "trumpet":
        middle = chair.seat_underside * draw.share("waist_height", 0.25, 0.5)
        waist_radius = draw.span("waist_radius", 0.025, 0.05)
        beam(
            chair.piece,
            (0, thickness, 0),
            (0, middle, 0),
            1.5 * radius,
            2 * waist_radius,
            material=material,
        )
        beam(
            chair.piece,
            (0, middle, 0),
            (0, chair.seat_underside + 0.01, 0),
            2 * waist_radius,
            3 * waist_radius,
            material=material,
        )
    else:
        column(
            chair,
            0.01,
            draw.span("column_radius", 0.02, 0.04),
            material,
            gaiter=draw.often("has_gaiter", 0.4),
        )


@builds("foot_ring")
def foot_ring(chair: ChairDimensions, height: float, radius: float, material: int = FRAME) -> None:
    """Adds a ring for the feet, with spokes to the middle.

    Parameters
    ----------
    chair : ChairDimensions
        The chair; its piece gets the primitives.
    height : float
        Metres.
    radius : float
        Metres.
    material : int
        Index into the materials of the piece.
    """
    thickness = chair.draw.span("thickness", 0.016, 0.024)
    middle = (0, height, -radius)
    arc(
        chair.piece,
        middle,
        (1, 0, 0),
        (0, 0, 1),
        1 / radius,
        2 * pi * radius,
        (thickness, thickness),
        material=material,
    )
    for i in range(4):
        angle = pi * i / 2 + 0.4
        end = (radius * cos(angle), height, radius * sin(angle))
        beam(chair.piece, (0, height + 0.02, 0), end, thickness * 0.8, material=material)
