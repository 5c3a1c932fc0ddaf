"""Tables of every height: dining, coffee, side, bar and console, and the small cabinets Pix3D counts in.

Pix3D's tables run along x (the front is a long side) except narrow bedside ones; more than half are
coffee or side tables; open shelves are hollow, drawers, doors and TV benches solid; nothing lies on top.
"""

import numpy as np

from training.synthetic.primitives import Furniture
from training.synthetic.shapes import table_bases as bases
from training.synthetic.shapes.parts import SIDES, beam, often, pick, span
from training.synthetic.shapes.storage_parts import (
    Bay,
    carcass,
    divide,
    door,
    drawer,
    feet,
    feet_height,
    fill,
    front_look,
    shelve,
    standing,
)
from training.synthetic.shapes.table_tops import OUTLINES, SQUARE_OUTLINES, Deck, leaves, top

LONG_BASES = {
    bases.legs: 12,
    bases.frames: 2.2,
    bases.trestle: 2.2,
    bases.panels: 1.6,
    bases.two_pedestals: 0.7,
    bases.crossed: 0.4,
    bases.cage: 0.6,
    bases.hairpin: 0.6,
    bases.pedestal: 0.3,
}
ROUND_BASES = {
    bases.legs: 6,
    bases.pedestal: 5,
    bases.three_legs: 1.6,
    bases.crossed: 1.2,
    bases.drum: 0.6,
    bases.cage: 0.8,
}
LOW_BASES = {
    bases.legs: 12,
    bases.panels: 2.0,
    bases.frames: 1.6,
    bases.hairpin: 1.0,
    bases.crossed: 1.4,
    bases.cage: 1.5,
    bases.drum: 0.7,
    bases.pedestal: 0.8,
    bases.arched: 0.9,
    bases.three_legs: 0.0,
    bases.trestle: 0.5,
}


def table(rng: np.random.Generator) -> Furniture:
    """A table, bedside cabinet, TV bench or sideboard."""
    design = pick(rng, DESIGNS)
    piece = Furniture("table", materials=_materials(rng), name=design.__name__)
    design(rng, piece)
    return piece


def _materials(rng) -> tuple[str, ...]:
    """Top, base, inlay or second front, handles."""
    tops = {"wood": 10, "painted": 5, "glass": 1.6, "stone": 1.3, "metal": 0.5, "plastic": 0.6}
    base = {"wood": 5, "metal": 4, "painted": 3, "plastic": 0.3}
    return (
        pick(rng, tops),
        pick(rng, base),
        pick(rng, ("wood", "glass", "stone", "painted")),
        "metal",
    )


def _square(rng, low: float, high: float) -> tuple[float, float, bool]:
    """Width, depth and whether the top is as wide as deep."""
    width = span(rng, low, high)
    if often(rng, 0.35):
        return width, width, True
    return width, width * span(rng, 0.42, 0.85), False


def _assemble(rng, piece: Furniture, width, height, depth, square: bool, supports: dict) -> Deck:
    """Top and base; a leg or cage suits every outline, other bases only some."""
    deck = top(piece, rng, width, height, depth, SQUARE_OUTLINES if square else OUTLINES)
    base = pick(rng, supports)
    base(piece, rng, deck)
    return deck


def dining(rng, piece: Furniture) -> None:
    """At 0.7-0.78 m, square or round to 2.6 m long."""
    width, depth, square = _square(rng, 0.7, 1.25)
    if not square:
        width = span(rng, 1.0, 2.4)
        depth = min(width * span(rng, 0.5, 0.8), span(rng, 0.68, 1.1))
    supports = ROUND_BASES if square else LONG_BASES
    _assemble(rng, piece, width, span(rng, 0.7, 0.78), depth, square, supports)


def coffee(rng, piece: Furniture) -> None:
    """Low and wide, often with a shelf."""
    width, depth, square = _square(rng, 0.6, 1.4)
    width, depth = (width * 0.8, width * 0.8) if square else (width, depth)
    height = span(rng, 0.28, 0.56)
    _assemble(rng, piece, width, height, depth, square, LOW_BASES)


def side(rng, piece: Furniture) -> None:
    """An end table about as high as wide."""
    width, depth, square = _square(rng, 0.3, 0.65)
    depth, square = (width, True) if often(rng, 0.5) else (depth, square)
    depth = max(depth, 0.26)
    supports = dict(ROUND_BASES if often(rng, 0.5) else LOW_BASES)
    _assemble(rng, piece, width, span(rng, 0.4, 0.72), depth, square, supports)


def bar(rng, piece: Furniture) -> None:
    """A high table to stand at."""
    width, depth, square = _square(rng, 0.55, 1.5)
    width, depth = (min(width, 0.9),) * 2 if square else (width, max(depth, 0.4))
    supports = ROUND_BASES if square else LONG_BASES
    _assemble(rng, piece, width, span(rng, 0.88, 1.12), depth, square, supports)


def console(rng, piece: Furniture) -> None:
    """Narrow, against a wall or a sofa's back."""
    width, height, depth = span(rng, 0.7, 1.6), span(rng, 0.68, 0.88), span(rng, 0.25, 0.42)
    outlines = {"rectangle": 8, "soft": 2}
    deck = top(piece, rng, width, height, depth, outlines)
    deck = deck._replace(bulk=min(deck.bulk, 0.16 * depth))
    pick(rng, {bases.legs: 8, bases.frames: 2, bases.panels: 2, bases.cage: 2})(piece, rng, deck)


def half_moon(rng, piece: Furniture) -> None:
    """A console whose top is a half disc, flat side to the wall."""
    radius, height, thick = span(rng, 0.35, 0.6), span(rng, 0.7, 0.85), span(rng, 0.02, 0.035)
    middle = radius / 2  # the bent box is a half disc when its depth equals twice its mean radius
    size = (np.pi * middle, thick, radius)
    center = (0, height - thick / 2, middle)
    turn = np.diag([-1.0, 1.0, -1.0])
    piece.add(center, size, bend=1 / middle, rotation=turn, part=0)
    thickness = span(rng, 0.03, 0.05)
    for a in (0.06, 0.5, 0.94):
        x, z = 0.84 * radius * np.cos(np.pi * a), 0.84 * radius * np.sin(np.pi * a) + 0.03
        bases.leg(piece, rng, (x, height - 0.01, z), (x, 0, z), thickness, "tapered", 1)
    tall = span(rng, 0.06, 0.12)
    apron = (np.pi * 0.42 * radius, tall, 0.84 * radius)
    at = (0, height - thick - tall / 2, 0.42 * radius)
    piece.add(at, apron, bend=1 / (0.42 * radius), rotation=turn, part=1)


def bedside(rng, piece: Furniture) -> None:
    """A bedside cabinet: drawers, a door, an open box, or a drawer on legs."""
    width, height, depth = span(rng, 0.32, 0.6), span(rng, 0.4, 0.75), span(rng, 0.3, 0.48)
    thick = span(rng, 0.015, 0.035)
    over = span(rng, 0.0, 0.025)
    piece.box((0, height - thick / 2, 0), (width + 2 * over, thick, depth + 2 * over))
    style = pick(rng, {"plinth": 2, "flush": 1.5, "tapered": 2, "splayed": 1.5, "blocks": 1.5,
                       "frame": 1, "castors": 0.4, "bracket": 1, "bun": 0.5})  # fmt: skip
    lift = feet_height(rng, style)
    if often(rng, 0.3) and style in ("tapered", "blocks", "splayed", "frame"):
        lift = height * span(rng, 0.4, 0.72)
    bay = standing(width, height - thick - lift + 0.002, depth, lift)
    feet(piece, rng, bay, style, pick(rng, (0, 1)))
    _storage(piece, rng, bay, max(width, height))


def _storage(piece: Furniture, rng, bay: Bay, longest: float) -> None:
    """Fill a small cabinet: open tiers, drawers, doors, one above the other."""
    look = front_look(rng, longest, part=pick(rng, {0: 3, 2: 1}), handle_part=3)
    count = 1 if bay.size[1] < 0.25 else pick(rng, {1: 1, 2: 3, 3: 2 if bay.size[1] > 0.4 else 0})
    for i, tier in enumerate(
        bay.tiers([1.0 + 0.5 * (count - i - 1) * rng.random() for i in range(count)])
    ):
        low = tier.size[1] > 0.28
        kind = pick(
            rng, {"drawer": 4, "open": 1.5 if count > 1 or not i else 1, "door": 3 if low else 0}
        )
        if kind == "open":
            carcass(piece, tier, 0.02, back_part=pick(rng, {0: 3, None: 1}))
            continue
        fill(piece, tier, 0)
        front = tier.shrink(x=0.008, y=0.004)
        (drawer if kind == "drawer" else door)(piece, front, look)


def media(rng, piece: Furniture) -> None:
    """A TV bench or sideboard: long and low, open tiers beside drawers and doors."""
    width, depth = span(rng, 0.8, 2.1), span(rng, 0.34, 0.5)
    height = span(rng, 0.34, 0.62) if often(rng, 0.65) else span(rng, 0.65, 0.95)
    style = pick(rng, {"plinth": 2, "flush": 2, "tapered": 2, "splayed": 1, "blocks": 2, "frame": 1,
                       "castors": 0.5})  # fmt: skip
    lift = feet_height(rng, style)
    bay = standing(width, height - lift, depth, lift)
    feet(piece, rng, bay, style, pick(rng, (0, 1)))
    board = span(rng, 0.018, 0.045)
    look = front_look(rng, width, part=pick(rng, {0: 2, 2: 1}), handle_part=3)
    inside = carcass(piece, bay, board, back_part=pick(rng, {0: 4, None: 1}))
    shelf_at = span(rng, 0.45, 0.75)
    if often(rng, 0.3):
        lanes = shelve(piece, inside, (shelf_at, 1 - shelf_at), board)
    else:
        lanes = [inside]
    count = max(1, round(width / span(rng, 0.4, 0.8)))
    closed = pick(rng, {"all": 1.5, "some": 3, "none": 1.5})
    for lane in lanes:
        lane_closed = closed if closed != "some" or len(lanes) == 1 else pick(rng, ("all", "none"))
        for column in divide(piece, lane, min(count, 4), 0.02):
            shut = lane_closed == "all" or (lane_closed == "some" and often(rng, 0.5))
            _compartment(piece, rng, column, look, shut)


def _compartment(piece: Furniture, rng, bay: Bay, look, shut: bool) -> None:
    if not shut:
        if bay.size[1] > 0.22 and often(rng, 0.5):
            shelve(piece, bay, 2, 0.018)
        return
    fill(piece, bay, 0)
    if bay.size[1] < 0.25 or often(rng, 0.3):
        for tier in bay.tiers(max(1, round(bay.size[1] / 0.22))):
            drawer(piece, tier, look)
    else:
        door(piece, bay, look)


def open_box(rng, piece: Furniture) -> None:
    """A coffee table that is a box: open sides, tiers, castors (BOKSEL, ODDA)."""
    width, depth, _ = _square(rng, 0.45, 1.1)
    style = pick(rng, {"castors": 2, "flush": 3, "blocks": 1, "plinth": 1, "frame": 1})
    lift = feet_height(rng, style)
    bay = standing(width, span(rng, 0.3, 0.5), max(depth, 0.35), lift)
    feet(piece, rng, bay, style, 1)
    board = span(rng, 0.018, 0.05)
    inside = carcass(piece, bay, board, back_part=pick(rng, {None: 3, 0: 1}), cap=pick(rng, (0, 2)))
    tiers = shelve(piece, inside, pick(rng, {1: 2, 2: 3}), 0.02)
    if often(rng, 0.4):
        shut = pick(rng, tiers)
        fill(piece, shut, 0)
        drawer(piece, shut, front_look(rng, width, 0, 3))
    elif often(rng, 0.3):
        divide(piece, tiers[0], 2, 0.02)


def trunk(rng, piece: Furniture) -> None:
    """A closed chest, cube or drum: lid above, nothing below."""
    width, depth, square = _square(rng, 0.35, 1.0)
    height = span(rng, 0.32, 0.55)
    if square and often(rng, 0.4):
        piece.cylinder((0, height / 2, 0), width / 2, height, edge=span(rng, 0.005, 0.04))
        piece.cylinder((0, height, 0), width / 2 * span(rng, 0.95, 1.06), 0.03, edge=0.008, part=1)
        return
    style = pick(rng, {"flush": 2, "plinth": 2, "castors": 0.5, "blocks": 1})
    lift = feet_height(rng, style)
    bay = standing(width, height - lift, depth, lift)
    feet(piece, rng, bay, style, 1)
    fill(piece, bay, 0, edge=span(rng, 0.003, 0.03))
    if often(rng, 0.6):
        lid = bay._replace(bottom=bay.top - 0.03, top=bay.top + 0.012)
        fill(piece, lid.shrink(x=-0.012, z=-0.012), 1)
    if often(rng, 0.4):
        drawer(piece, bay.shrink(x=0.03, y=0.05), front_look(rng, max(width, depth), 0, 3))


def nest(rng, piece: Furniture) -> None:
    """Two or three tables of falling size pushed into one another."""
    count = pick(rng, {2: 3, 3: 2})
    width, height, depth = span(rng, 0.4, 0.75), span(rng, 0.4, 0.58), span(rng, 0.3, 0.5)
    rounded = often(rng, 0.35)
    bar, slide = span(rng, 0.018, 0.035), span(rng, 0.1, 0.3) * width
    way = pick(rng, (-1, 1))
    for i in range(count):
        shrink = 1 - 0.2 * i
        w, h, d = (
            width * shrink,
            height * (1 - 0.15 * i),
            (width if rounded else depth) * (1 - 0.06 * i),
        )
        x, z = way * i * slide, i * 0.12 * depth
        if rounded:
            piece.cylinder((x, h - 0.01, z), w / 2, 0.02, edge=0.004, part=0)
        else:
            piece.box((x, h - 0.01, z), (w, 0.022, d), part=0)
        reach = (0.35, 0.35) if rounded else (0.5, 0.5)
        for sx in SIDES:
            for sz in SIDES:
                px, pz = x + sx * (reach[0] * w - bar / 2), z + sz * (reach[1] * d - bar / 2)
                beam(piece, (px, 0, pz), (px, h, pz), bar, square=True, part=1)
        if i and not rounded:
            beam(piece, (x - w / 2, 0.02, z - d / 2 + bar / 2), (x + w / 2, 0.02, z - d / 2 + bar / 2),
                 bar, square=True, part=1)  # fmt: skip
    # a thin rail under all tops holds the nest together as one solid
    low = height * (1 - 0.15 * (count - 1)) - 0.03
    beam(piece, (0, low, 0), (way * (count - 1) * slide, low + 0.01, 0.12 * depth), 0.02, part=1)
    beam(piece, (0, low, 0), (0, height, 0), 0.02, part=1)
    for i in range(1, count):
        x, z = way * i * slide, i * 0.12 * depth * 0.5
        beam(piece, (x, low, z), (x, height * (1 - 0.15 * i), z), 0.02, part=1)


def trolley(rng, piece: Furniture) -> None:
    """A cart: two or three trays between posts on castors."""
    width, height, depth = span(rng, 0.4, 0.9), span(rng, 0.55, 0.92), span(rng, 0.3, 0.5)
    bar, rows = span(rng, 0.02, 0.035), pick(rng, {2: 2, 3: 3})
    wheel = span(rng, 0.03, 0.05)
    for x in SIDES:
        for z in SIDES:
            at = (x * width / 2, 2 * wheel, z * depth / 2)
            beam(piece, at, (at[0], height, at[2]), bar, square=often(rng, 0.5), part=1)
            piece.cylinder((at[0], wheel, at[2]), wheel, 0.03, rotation=SIDEWAYS, part=3)
    deep = span(rng, 0.0, 0.1)
    for i in range(rows):
        y = 2 * wheel + 0.03 + (height - 2 * wheel - 0.06 - deep) * i / (rows - 1)
        piece.box((0, y, 0), (width, 0.02, depth), part=0)
        if deep > 0.03:
            for s in SIDES:
                piece.box((s * width / 2, y + deep / 2, 0), (0.014, deep, depth), part=0)
                piece.box((0, y + deep / 2, s * depth / 2), (width, deep, 0.014), part=0)
    if often(rng, 0.4):
        x = pick(rng, (-1, 1)) * (width / 2 + 0.05)
        beam(piece, (x, height - 0.05, -depth / 2), (x, height - 0.05, depth / 2), bar, part=1)
        for s in SIDES:
            near = (x * width / (width + 0.1), height - 0.05, s * depth / 2)
            beam(piece, near, (x, height - 0.05, s * depth / 2), bar, over=bar / 2, part=1)


SIDEWAYS = np.array([[0.0, -1.0, 0], [1.0, 0, 0], [0, 0, 1.0]])  # a wheel's axle along x


def c_shape(rng, piece: Furniture) -> None:
    """A laptop or overbed table whose foot reaches under the seat; also the waterfall of one board."""
    width, height, depth = span(rng, 0.4, 0.8), span(rng, 0.5, 0.75), span(rng, 0.3, 0.5)
    thick = span(rng, 0.015, 0.06)
    if often(rng, 0.5):
        width, depth = span(rng, 0.5, 1.8), span(rng, 0.28, 0.5)
        height = span(rng, 0.35, 0.85)
        bases.panels(piece, rng, Deck(width, depth, height - thick, False, 0, 0.05))
        piece.box((0, height - thick / 2, 0), (width, thick, depth))
        return
    side_at, foot = pick(rng, (-1, 1)), span(rng, 0.7, 1.0)
    x = side_at * (width - thick) / 2
    piece.box((0, height - 0.0125, 0), (width, 0.025, depth), corner=span(rng, 0.0, 0.1))
    inner = span(rng, 0.3, 0.9) * depth
    posts = (0.0,) if often(rng, 0.4) else (-0.45 * inner, 0.45 * inner)
    bar = span(rng, 0.02, 0.05)
    for z in posts:
        beam(piece, (x, 0, z), (x, height - 0.02, z), bar, square=True, part=1)
        beam(
            piece,
            (x, bar / 2, z),
            (x - side_at * foot * width, bar / 2, z),
            bar,
            square=True,
            part=1,
        )
    for y in (bar / 2, height - 0.03):
        beam(piece, (x, y, -inner / 2), (x, y, inner / 2), bar, square=True, part=1)


def gateleg(rng, piece: Furniture) -> None:
    """Drop leaves on a narrow frame, down or up; also the wall-hung flap."""
    height, depth = span(rng, 0.7, 0.77), span(rng, 0.6, 0.9)
    if often(rng, 0.15):
        piece.box((0, 0.3, -0.02), (depth, 0.5, 0.03), part=1)
        piece.box((0, 0.56, 0.26), (depth, 0.03, 0.56))
        beam(piece, (0, 0.1, 0), (0, 0.55, 0.36), 0.04, square=True, part=1)
        return
    width = span(rng, 0.25, 0.5) if often(rng, 0.6) else span(rng, 0.6, 1.1)
    piece.box((0, height - 0.0125, 0), (width, 0.025, depth))
    deck = Deck(width, depth, height - 0.024, False, pick(rng, (0, 1)), span(rng, 0.035, 0.05))
    pick(rng, {bases.legs: 2, bases.panels: 1, bases.frames: 1})(piece, rng, deck)
    leaves(piece, rng, width, height, depth)


def lift_leg(rng, piece: Furniture) -> None:
    """Split levels: a top of two heights, a shelf beside, or a box under half of it."""
    width, height, depth = span(rng, 0.6, 1.3), span(rng, 0.3, 0.55), span(rng, 0.4, 0.8)
    board, cut = span(rng, 0.02, 0.04), span(rng, -0.2, 0.2) * width
    drop = span(rng, 0.3, 0.75) * height
    piece.box((cut / 2 - width / 4, height - board / 2, 0), (width / 2 + cut, board, depth))
    low_width = width / 2 - cut + 0.12
    x = width / 2 - low_width / 2
    piece.box((x, drop - board / 2, 0), (low_width, board, depth), part=pick(rng, (0, 2)))
    piece.box((-width / 2 + board / 2, height / 2, 0), (board, height, depth), part=1)
    piece.box((width / 2 - board / 2, drop / 2, 0), (board, drop, depth), part=1)
    inner = cut - 0.06
    piece.box((inner, height / 2, 0), (board, height, depth * span(rng, 0.6, 1.0)), part=1)


DESIGNS = {
    dining: 9,
    coffee: 9,
    side: 5.5,
    bedside: 3.2,
    media: 2.6,
    console: 1.6,
    bar: 1.5,
    open_box: 1.3,
    c_shape: 1.2,
    trunk: 0.9,
    gateleg: 0.8,
    trolley: 0.7,
    nest: 0.6,
    half_moon: 0.3,
    lift_leg: 0.3,
}
