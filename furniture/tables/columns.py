"""Bases in the middle of a table: pedestals, crossed legs, drums and cages.

Each is `base(piece, draw, deck)`, as in `tables.bases`.
"""

from math import cos, pi, sin

from furniture.beams import LEFT_RIGHT, beam, tube
from furniture.choices import Choices
from furniture.primitives import Furniture, builds
from furniture.tables.bases import CORNERS
from furniture.tables.tops import Deck


@builds("base")
def pedestal(piece: Furniture, draw: Choices, deck: Deck, column: float | None = None) -> None:
    """Adds one column on a disc, a cross, claws, a cone or a block.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    draw : Choices
        Source of the choices.
    deck : Deck
        The table top that is carried.
    column : float, optional
        x of the column; by default it is in the middle.
    """
    x = 0.0 if column is None else column
    r = deck.leg_thickness * draw.span("column_radius_ratio", 0.5, 1.1)
    reach = min(deck.depth, deck.width if column is None else deck.depth)
    reach *= draw.span("reach_ratio", 0.22, 0.4)
    design = draw.pick(
        "design", {"disc": 3, "cross": 3, "claw": 2.5, "tulip": 1.5, "block": 1, "cone": 0.8}
    )
    material = deck.material
    if design == "disc":
        disc_thickness = draw.span("disc_thickness", 0.012, 0.04)
        piece.cylinder(
            (x, disc_thickness / 2, 0),
            reach,
            disc_thickness,
            edge=0.4 * disc_thickness,
            material=material,
        )
    elif design == "block":
        size = (1.6 * reach, draw.span("block_height", 0.03, 0.08), 1.6 * reach)
        piece.box((x, size[1] / 2, 0), size, edge=0.01, material=material)
    elif design in ("cross", "claw"):
        _claws(
            piece,
            draw,
            x,
            reach * 1.2,
            r,
            3 if design == "claw" and draw.often("has_three_claws", 0.5) else 4,
            design,
            material,
        )
    elif design == "tulip":
        flare = deck.underside * draw.share("flare_height", 0.25, 0.5)
        slim = (r / reach, r / reach)
        piece.cylinder((x, 0.0125, 0), reach, 0.025, edge=0.01, material=material)
        piece.add(
            (x, 0.12 * flare + 0.02, 0),
            (1.9 * reach, 0.24 * flare, 1.9 * reach),
            kind=1.0,
            taper=(0.42, 0.42),
            material=material,
        )
        piece.add(
            (x, 0.62 * flare, 0),
            (0.8 * reach, 0.8 * flare, 0.8 * reach),
            kind=1.0,
            taper=(2.4 * slim[0], 2.4 * slim[0]),
            material=material,
        )
    else:
        size = (2 * reach, deck.underside, 2 * reach)
        cone_waist = draw.span("cone_waist", 0.15, 0.6)
        piece.add(
            (x, deck.underside / 2, 0),
            size,
            kind=1.0,
            taper=(cone_waist, cone_waist),
            material=material,
        )
    _column(piece, draw, deck, x, r, design)


@builds("column")
def _column(piece: Furniture, draw: Choices, deck: Deck, x: float, r: float, foot: str) -> None:
    """Adds the column itself: plain, square or turned."""
    turned = foot in ("claw", "cross") and draw.often("is_turned", 0.5)
    material = deck.material
    if turned:
        piece.ellipsoid(
            (x, deck.underside * draw.share("bulge_height", 0.3, 0.45), 0),
            (3 * r, 0.3, 3 * r),
            material=material,
        )
        piece.ellipsoid((x, deck.underside * 0.7, 0), (2.6 * r, 0.12, 2.6 * r), material=material)
    square = foot in ("cross", "block") and not turned and draw.often("is_square", 0.5)
    beam(piece, (x, 0.01, 0), (x, deck.underside, 0), 2 * r, square=square, material=material)
    plate = min(0.3 * deck.depth, 0.3)
    if draw.often("has_plate", 0.6):
        piece.box((x, deck.underside - 0.01, 0), (plate, 0.022, plate), material=material)


@builds("claw")
def _claws(piece: Furniture, draw: Choices, x, reach, r, count, foot, material: int) -> None:
    """Adds three or four arms that carry the column."""
    turn = pi / 4 if draw.often("is_diagonal", 0.5) else 0.0
    height = draw.span("height", *((0.14, 0.32) if foot == "claw" else (0.03, 0.08)))
    thick = max(r, 0.022)
    for i in range(count):
        a = turn + 2 * pi * i / count
        way = (cos(a), sin(a))
        tip = (x + reach * way[0], thick / 2, reach * way[1])
        if foot == "claw":
            knee = (x + 0.55 * reach * way[0], 0.55 * height, 0.55 * reach * way[1])
            tube(piece, ((x, height, 0), knee, tip), 1.3 * thick, fillet=0.0, material=material)
        else:
            beam(
                piece, tip, (x, height, 0), 1.2 * thick, 1.6 * thick, square=True, material=material
            )


def two_pedestals(piece: Furniture, draw: Choices, deck: Deck) -> None:
    """Two equal columns under a long top."""
    x = deck.width * draw.span("column_spread", 0.22, 0.32)
    pedestal(piece, draw, deck, column=-x)
    with draw.again():
        pedestal(piece, draw, deck, column=x)


@builds("leg")
def crossed(piece: Furniture, draw: Choices, deck: Deck) -> None:
    """Legs that crosses join above and below, or slanted sticks that cross."""
    bar = deck.leg_thickness
    if draw.often("has_crosses", 0.5):
        reach = 0.37 if deck.is_round else 0.45
        x, z = deck.width * reach, deck.depth * reach
        is_diagonal = draw.often("is_diagonal", 0.6)
        ends = ((x, z), (-x, z)) if is_diagonal else ((x * 1.2, 0), (0, z * 1.2))
        for y in (
            deck.underside * draw.share("low_cross_height", 0.04, 0.2),
            deck.underside - 0.5 * bar,
        ):
            for ex, ez in ends:
                beam(piece, (-ex, y, -ez), (ex, y, ez), bar, square=True, material=deck.material)
        for ex, ez in ends:
            for side in LEFT_RIGHT:
                beam(
                    piece,
                    (side * ex, 0, side * ez),
                    (side * ex, deck.underside, side * ez),
                    bar,
                    square=True,
                    material=deck.material,
                )
        if draw.often("has_shelf", 0.5):
            y = deck.underside * 0.45
            piece.cylinder((0, y, 0), 0.95 * x * 1.3, 0.02, radius_z=0.95 * z * 1.3, material=0)
        return
    count = draw.pick("count", {3: 2, 4: 2})
    spread_ratio = draw.span("spread_ratio", 0.6, 0.84)
    rx, rz = spread_ratio * deck.width / 2, spread_ratio * deck.depth / 2
    twist = pi * draw.span("twist", 0.6, 1.0)
    for i in range(count):
        a = 2 * pi * i / count
        foot = (rx * cos(a), 0, rz * sin(a))
        head = (rx * cos(a + twist), deck.underside, rz * sin(a + twist))
        beam(piece, foot, head, 0.7 * bar, material=deck.material)


@builds("base")
def drum(piece: Furniture, draw: Choices, deck: Deck) -> None:
    """A solid body under the top."""
    width_ratio = draw.span("width_ratio", 0.55, 0.96)
    taper = draw.span("taper", 0.7, 1.25)
    size = (width_ratio * deck.width, deck.underside, width_ratio * deck.depth)
    kind = 1.0 if deck.is_round else 0.0
    center = (0, deck.underside / 2, 0)
    piece.add(
        center,
        size,
        kind=kind,
        taper=(taper, taper),
        edge=0.01,
        corner=0.02,
        material=deck.material,
    )


@builds("frame")
def cage(piece: Furniture, draw: Choices, deck: Deck) -> None:
    """A cuboid of thin bars, or a drum of rods between two hoops."""
    bar_thickness = draw.span("bar_thickness", 0.012, 0.024)
    if deck.is_round and abs(deck.width - deck.depth) < 0.02:
        r = 0.46 * deck.width
        rod_count = draw.pick("rod_count", (3, 4, 6, 8, 12))
        for y in (bar_thickness / 2, deck.underside - bar_thickness / 2):
            piece.ring((0, y, 0), r, bar_thickness, bar_thickness, material=1)
        for i in range(rod_count):
            a = 2 * pi * i / rod_count
            beam(
                piece,
                (r * cos(a), 0, r * sin(a)),
                (r * cos(a), deck.underside, r * sin(a)),
                bar_thickness,
                material=1,
            )
        return
    x, z = deck.spot(1, 1, bar_thickness / 2)
    for sx, sz in CORNERS:
        beam(
            piece,
            (sx * x, 0, sz * z),
            (sx * x, deck.underside, sz * z),
            bar_thickness,
            square=True,
            material=1,
        )
    for y in (bar_thickness / 2, deck.underside - bar_thickness / 2):
        for side in LEFT_RIGHT:
            beam(piece, (-x, y, side * z), (x, y, side * z), bar_thickness, square=True, material=1)
            beam(piece, (side * x, y, -z), (side * x, y, z), bar_thickness, square=True, material=1)
    if draw.often("has_shelf", 0.35):
        piece.box(
            (0, draw.share("shelf_height", 0.08, 0.5) * deck.underside, 0),
            (2 * x, 0.016, 2 * z),
            material=0,
        )
