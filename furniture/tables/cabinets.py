"""Low cabinets that count as tables: bedside chests, TV benches, open boxes, trunks."""

from furniture.cabinet_parts import (
    Bay,
    carcass,
    divide,
    door,
    draw_front,
    drawer,
    feet,
    feet_height,
    fill,
    shelve,
    standing,
)
from furniture.parts import often, pick, span
from furniture.primitives import Furniture
from furniture.tables.tops import sides


def bedside(rng, piece: Furniture) -> None:
    """A bedside cabinet: drawers, a door, an open box, or a drawer on legs."""
    width, height, depth = span(rng, 0.32, 0.6), span(rng, 0.4, 0.75), span(rng, 0.3, 0.48)
    thick = span(rng, 0.015, 0.035)
    over = span(rng, 0.0, 0.025)
    piece.box((0, height - thick / 2, 0), (width + 2 * over, thick, depth + 2 * over))
    style = pick(
        rng,
        {
            "plinth": 2,
            "flush": 1.5,
            "tapered": 2,
            "splayed": 1.5,
            "blocks": 1.5,
            "frame": 1,
            "castors": 0.4,
            "bracket": 1,
            "bun": 0.5,
        },
    )
    lift = feet_height(rng, style)
    if often(rng, 0.3) and style in ("tapered", "blocks", "splayed", "frame"):
        lift = height * span(rng, 0.4, 0.72)
    bay = standing(width, height - thick - lift + 0.002, depth, lift)
    feet(piece, rng, bay, style, pick(rng, (0, 1)))
    _storage(piece, rng, bay, max(width, height))


def _storage(piece: Furniture, rng, bay: Bay, longest: float) -> None:
    """Fill a small cabinet: open tiers, drawers, doors, one above the other."""
    look = draw_front(rng, longest, material=pick(rng, {0: 3, 2: 1}), handle_material=3)
    count = 1 if bay.size[1] < 0.25 else pick(rng, {1: 1, 2: 3, 3: 2 if bay.size[1] > 0.4 else 0})
    for i, tier in enumerate(
        bay.tiers([1.0 + 0.5 * (count - i - 1) * span(rng, 0, 1) for i in range(count)])
    ):
        low = tier.size[1] > 0.28
        kind = pick(
            rng, {"drawer": 4, "open": 1.5 if count > 1 or not i else 1, "door": 3 if low else 0}
        )
        if kind == "open":
            carcass(piece, tier, 0.02, back_material=pick(rng, {0: 3, None: 1}))
            continue
        fill(piece, tier, 0)
        front = tier.shrink(x=0.008, y=0.004)
        (drawer if kind == "drawer" else door)(piece, front, look)


def media(rng, piece: Furniture) -> None:
    """A TV bench or sideboard: long and low, open tiers beside drawers and doors."""
    width, depth = span(rng, 0.8, 2.1), span(rng, 0.34, 0.5)
    height = span(rng, 0.34, 0.62) if often(rng, 0.65) else span(rng, 0.65, 0.95)
    style = pick(
        rng,
        {
            "plinth": 2,
            "flush": 2,
            "tapered": 2,
            "splayed": 1,
            "blocks": 2,
            "frame": 1,
            "castors": 0.5,
        },
    )
    lift = feet_height(rng, style)
    bay = standing(width, height - lift, depth, lift)
    feet(piece, rng, bay, style, pick(rng, (0, 1)))
    board = span(rng, 0.018, 0.045)
    look = draw_front(rng, width, material=pick(rng, {0: 2, 2: 1}), handle_material=3)
    inside = carcass(piece, bay, board, back_material=pick(rng, {0: 4, None: 1}))
    shelf_at = span(rng, 0.45, 0.75)
    shares = (shelf_at, 1 - shelf_at) if often(rng, 0.3) else 1
    lanes = shelve(piece, inside, shares, board)
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
    width, depth, _ = sides(rng, 0.45, 1.1)
    style = pick(rng, {"castors": 2, "flush": 3, "blocks": 1, "plinth": 1, "frame": 1})
    lift = feet_height(rng, style)
    bay = standing(width, span(rng, 0.3, 0.5), max(depth, 0.35), lift)
    feet(piece, rng, bay, style, 1)
    board = span(rng, 0.018, 0.05)
    inside = carcass(
        piece, bay, board, back_material=pick(rng, {None: 3, 0: 1}), cap=pick(rng, (0, 2))
    )
    tiers = shelve(piece, inside, pick(rng, {1: 2, 2: 3}), 0.02)
    if often(rng, 0.4):
        shut = pick(rng, tiers)
        fill(piece, shut, 0)
        drawer(piece, shut, draw_front(rng, width, 0, 3))
    elif often(rng, 0.3):
        divide(piece, tiers[0], 2, 0.02)


def trunk(rng, piece: Furniture) -> None:
    """A closed chest, cube or drum: lid above, nothing below."""
    width, depth, square = sides(rng, 0.35, 1.0)
    height = span(rng, 0.32, 0.55)
    if square and often(rng, 0.4):
        piece.cylinder((0, height / 2, 0), width / 2, height, edge=span(rng, 0.005, 0.04))
        piece.cylinder(
            (0, height, 0), width / 2 * span(rng, 0.95, 1.06), 0.03, edge=0.008, material=1
        )
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
        drawer(piece, bay.shrink(x=0.03, y=0.05), draw_front(rng, max(width, depth), 0, 3))
