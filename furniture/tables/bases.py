"""Bases of tables with legs.

Each base is `base(piece, draw, deck)` and fills the space between the floor and `deck.underside`.
"""

from math import cos, pi, sin

from furniture.beams import LEFT_RIGHT, beam, tube
from furniture.choices import Choices
from furniture.legs import leg
from furniture.primitives import Furniture, builds
from furniture.tables.tops import Deck

CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1))  # signs of x and z
CORNER_NAMES = ("left_rear", "right_rear", "right_front", "left_front")
LEGS = {"straight": 6, "tapered": 4, "round": 2, "tapered_round": 2.5, "turned": 1.4, "metal": 1}


@builds("leg")
def legs(piece: Furniture, draw: Choices, deck: Deck) -> None:
    """Four legs near the corners, with an apron, stretchers or a shelf below."""
    design = draw.pick("design", LEGS)
    thickness = deck.leg_thickness
    has_apron = draw.often("has_apron", 0.62)
    inset = thickness / 2 + draw.share("inset", 0.0, 0.14) * min(
        deck.width, deck.depth
    ) * draw.often("is_inset", 0.6)
    spots = [deck.spot(sx, sz, inset) for sx, sz in CORNERS]
    splay = (
        draw.share("splay", 0.02, 0.14) * deck.underside
        if not has_apron and draw.often("is_splayed", 0.4)
        else 0.0
    )
    if deck.is_round:
        splay *= 0.6
    splay = min(splay, max(0.0, 0.6 * inset) + 0.03)
    for (x, z), (sx, sz) in draw.each(CORNER_NAMES, zip(spots, CORNERS, strict=True)):
        foot = (x + sx * splay, 0.0, z + sz * splay)
        leg(piece, draw, (x, deck.underside, z), foot, thickness, design, deck.material)
    if has_apron:
        _apron(piece, draw, deck, spots)
    _below(piece, draw, deck, spots, splay)


@builds("apron")
def _apron(piece: Furniture, draw: Choices, deck: Deck, spots) -> None:
    """Adds boards between the legs under the top; a ring under some round tops."""
    tall = draw.span("height", 0.05, 0.12) * min(1.0, 0.4 + deck.underside)
    thickness = draw.span("thickness", 0.016, 0.028)
    y = deck.underside - tall / 2
    (x, z) = spots[2]
    if deck.is_round and abs(deck.width - deck.depth) < 0.02 and draw.often("is_ring", 0.6):
        piece.ring(
            (0, y, 0),
            x * 1.4142 - 0.3 * deck.leg_thickness,
            tall,
            thickness,
            material=deck.material,
        )
        return
    for side in LEFT_RIGHT:
        piece.box((0, y, side * z), (2 * x, tall, thickness), material=deck.material)
        piece.box((side * x, y, 0), (thickness, tall, 2 * z), material=deck.material)
    if draw.often("has_drawers", 0.15):
        drawer_count = draw.pick("drawer_count", {1: 3, 2: 1})
        for i in range(drawer_count):
            wide = 2 * x / drawer_count * 0.8
            at = (2 * i - drawer_count + 1) * x / drawer_count
            piece.box((at, y, 0), (wide, 0.9 * tall, 2 * z + 0.04), material=0)
            piece.ellipsoid((at, y, z + 0.03), (0.03, 0.03, 0.03), material=3)


def _below(piece: Furniture, draw: Choices, deck: Deck, spots, splay: float) -> None:
    """Adds nothing, a shelf, or stretchers in an H, a square, an X or at the ends."""
    low = deck.underside < 0.62 or deck.depth < 0.45
    options = {
        "none": 8,
        "shelf": 5.5 if low else 0.5,
        "H": 0.8,
        "square": 0.9,
        "X": 0.4,
        "ends": 0.3,
    }
    below_design = draw.pick("below_design", options)
    if below_design == "none":
        return
    height = draw.span("height", *((0.1, 0.5) if below_design == "shelf" else (0.1, 0.35)))
    y, out = deck.underside * height, splay * (1 - height)
    x, z = spots[2][0] + out, spots[2][1] + out
    if below_design == "shelf":
        _shelf(piece, draw, deck, x, y, z)
        return
    bar = 0.6 * deck.leg_thickness
    if below_design == "X":
        for side in LEFT_RIGHT:
            beam(
                piece,
                (-x, y, -side * z),
                (x, y, side * z),
                bar,
                square=True,
                material=deck.material,
            )
        return
    for side in LEFT_RIGHT:
        beam(piece, (side * x, y, -z), (side * x, y, z), bar, square=True, material=deck.material)
        if below_design == "square":
            beam(
                piece, (-x, y, side * z), (x, y, side * z), bar, square=True, material=deck.material
            )
    if below_design == "H":
        beam(piece, (-x, y, 0), (x, y, 0), bar, square=True, material=deck.material)


@builds("shelf")
def _shelf(piece: Furniture, draw: Choices, deck: Deck, x: float, y: float, z: float) -> None:
    """Adds a lower board: plain, slatted, round or with a rim."""
    design = draw.pick("design", {"board": 6, "slats": 1, "box": 0.5})
    thickness = draw.span("thickness", 0.012, 0.03)
    material_slot = draw.pick("material_slot", (0, deck.material))
    if deck.is_round:
        piece.cylinder(
            (0, y, 0), x * 1.414, thickness, radius_z=z * 1.414, edge=0.004, material=material_slot
        )
        return
    over = draw.share("overhang", -0.5, 0.5) * deck.leg_thickness
    if design == "slats":
        slat_count = draw.pick("slat_count", (4, 5, 6, 7))
        for i in range(slat_count):
            at = -z + (i + 0.5) * 2 * z / slat_count
            piece.box((0, y, at), (2 * x, thickness, 1.3 * z / slat_count), material=material_slot)
        for side in LEFT_RIGHT:
            piece.box(
                (side * x, y - 0.6 * thickness, 0), (0.03, thickness, 2 * z), material=deck.material
            )
        return
    piece.box((0, y, 0), (2 * (x + over), thickness, 2 * (z + over)), material=material_slot)
    if design == "box":
        rim_height = draw.span("rim_height", 0.04, 0.12)
        for side in LEFT_RIGHT:
            piece.box(
                (side * x, y + rim_height / 2, 0),
                (0.016, rim_height, 2 * z),
                material=material_slot,
            )
            piece.box(
                (0, y + rim_height / 2, side * z),
                (2 * x, rim_height, 0.016),
                material=material_slot,
            )


@builds("leg")
def three_legs(piece: Furniture, draw: Choices, deck: Deck) -> None:
    """Three legs for a small round table."""
    reach = draw.share("reach", 0.5, 0.82)
    design = draw.pick("design", {"tapered_round": 3, "round": 2, "tapered": 1})
    splay = draw.share("splay", 1.0, 1.35)
    turn = draw.span("turn", 0, 2 * pi)
    for i in draw.each(("first", "second", "third"), range(3)):
        a = turn + 2 * pi * i / 3
        x, z = reach * deck.width / 2 * cos(a), reach * deck.depth / 2 * sin(a)
        leg(
            piece,
            draw,
            (x, deck.underside, z),
            (x * splay, 0, z * splay),
            deck.leg_thickness,
            design,
            deck.material,
        )
    if draw.often("has_shelf", 0.3):
        r = reach * deck.width / 2
        piece.cylinder(
            (0, deck.underside * draw.share("shelf_height", 0.2, 0.5), 0),
            r,
            0.018,
            material=deck.material,
        )


@builds("leg")
def hairpin(piece: Furniture, draw: Choices, deck: Deck) -> None:
    """Two wires from each corner that meet at the floor."""
    inset = draw.span("inset", 0.06, 0.12)
    thickness = draw.span("thickness", 0.009, 0.014)
    spread = draw.span("spread", 0.05, 0.09)
    for sx, sz in CORNERS:
        x, z = deck.spot(sx, sz, inset)
        foot = (x + sx * 0.02, thickness / 2, z + sz * 0.02)
        for dx, dz in ((spread, 0), (0, spread)):
            end = (x - sx * dx, deck.underside, z - sz * dz)
            beam(piece, foot, end, thickness, over=thickness / 2, material=deck.material)


@builds("leg")
def arched(piece: Furniture, draw: Choices, deck: Deck) -> None:
    """Legs that curve outward."""
    wire = draw.share("thickness", 0.5, 0.9) * deck.leg_thickness
    for sx, sz in draw.each(CORNER_NAMES, CORNERS):
        x, z = deck.spot(sx, sz, draw.span("inset", 0.06, 0.08) + wire)
        knee = (x + sx * 0.02, 0.72 * deck.underside, z + sz * 0.02)
        head = (x, deck.underside - wire / 2, z)
        ankle = (x - sx * 0.015, 0.2 * deck.underside, z - sz * 0.015)
        foot = (x + sx * 0.04, wire / 2, z + sz * 0.04)
        tube(piece, (head, knee, ankle, foot), wire, fillet=0.0, material=deck.material)
    if draw.often("has_shelf", 0.4):
        x, z = deck.spot(1, 1, 0.06)
        y = 0.24 * deck.underside
        piece.box((0, y, 0), (2 * x, 0.014, 2 * z), corner=0.4 * min(x, z), material=0)
