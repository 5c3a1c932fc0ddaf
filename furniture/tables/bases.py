"""What carries a table top: legs, frames, panels, trestles, pedestals, crosses, drums.

Each base is `base(piece, rng, deck)`; it fills the space between the floor and `deck.underside`.
"""

from math import cos, pi, sin

from furniture.beams import LEFT_RIGHT, beam, tube
from furniture.choices import SIDES
from furniture.legs import leg
from furniture.primitives import Furniture, builds
from furniture.tables.tops import Deck

CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1))  # signs of x and z
CORNER_NAMES = ("left_rear", "right_rear", "right_front", "left_front")
LEGS = {"straight": 6, "tapered": 4, "round": 2, "tapered_round": 2.5, "turned": 1.4, "metal": 1}


@builds("leg")
def legs(piece: Furniture, draw, deck: Deck) -> None:
    """Four legs near the corners, with an apron, stretchers or a shelf below."""
    style = draw.pick("design", LEGS)
    thickness = deck.leg_thickness
    apron = draw.often("has_apron", 0.62)
    inset = thickness / 2 + draw.span("inset", 0.0, 0.14) * min(
        deck.width, deck.depth
    ) * draw.often("is_inset", 0.6)
    spots = [deck.spot(sx, sz, inset) for sx, sz in CORNERS]
    splay = (
        draw.span("splay", 0.02, 0.14) * deck.underside
        if not apron and draw.often("is_splayed", 0.4)
        else 0.0
    )
    if deck.is_round:
        splay *= 0.6
    splay = min(splay, max(0.0, 0.6 * inset) + 0.03)
    for (x, z), (sx, sz) in draw.each(CORNER_NAMES, zip(spots, CORNERS, strict=True)):
        foot = (x + sx * splay, 0.0, z + sz * splay)
        leg(piece, draw, (x, deck.underside, z), foot, thickness, style, deck.material)
    if apron:
        _apron(piece, draw, deck, spots)
    _below(piece, draw, deck, spots, splay)


@builds("apron")
def _apron(piece: Furniture, draw, deck: Deck, spots) -> None:
    """Boards between the legs right under the top; a ring under some round tops."""
    tall = draw.span("height", 0.05, 0.12) * min(1.0, 0.4 + deck.underside)
    thick = draw.span("thickness", 0.016, 0.028)
    y = deck.underside - tall / 2
    (x, z) = spots[2]
    if deck.is_round and abs(deck.width - deck.depth) < 0.02 and draw.often("is_ring", 0.6):
        piece.ring(
            (0, y, 0), x * 1.4142 - 0.3 * deck.leg_thickness, tall, thick, material=deck.material
        )
        return
    for s in LEFT_RIGHT:
        piece.box((0, y, s * z), (2 * x, tall, thick), material=deck.material)
        piece.box((s * x, y, 0), (thick, tall, 2 * z), material=deck.material)
    if draw.often("has_drawers", 0.15):
        drawers = draw.pick("drawer_count", {1: 3, 2: 1})
        for i in range(drawers):
            wide = 2 * x / drawers * 0.8
            at = (2 * i - drawers + 1) * x / drawers
            piece.box((at, y, 0), (wide, 0.9 * tall, 2 * z + 0.04), material=0)
            piece.egg((at, y, z + 0.03), (0.03, 0.03, 0.03), material=3)


def _below(piece: Furniture, draw, deck: Deck, spots, splay: float) -> None:
    """Nothing mostly; else a shelf, or stretchers in an H, a square, an X or at the ends."""
    low = deck.underside < 0.62 or deck.depth < 0.45
    options = {
        "none": 8,
        "shelf": 5.5 if low else 0.5,
        "H": 0.8,
        "square": 0.9,
        "X": 0.4,
        "ends": 0.3,
    }
    kind = draw.pick("below_design", options)
    if kind == "none":
        return
    share = (
        draw.span("shelf_height", 0.1, 0.5)
        if kind == "shelf"
        else draw.span("stretcher_height", 0.1, 0.35)
    )
    y, out = deck.underside * share, splay * (1 - share)
    x, z = spots[2][0] + out, spots[2][1] + out
    if kind == "shelf":
        _shelf(piece, draw, deck, x, y, z)
        return
    bar = 0.6 * deck.leg_thickness
    if kind == "X":
        for s in LEFT_RIGHT:
            beam(piece, (-x, y, -s * z), (x, y, s * z), bar, square=True, material=deck.material)
        return
    for s in LEFT_RIGHT:
        beam(piece, (s * x, y, -z), (s * x, y, z), bar, square=True, material=deck.material)
        if kind == "square":
            beam(piece, (-x, y, s * z), (x, y, s * z), bar, square=True, material=deck.material)
    if kind == "H":
        beam(piece, (-x, y, 0), (x, y, 0), bar, square=True, material=deck.material)


@builds("shelf")
def _shelf(piece: Furniture, draw, deck: Deck, x: float, y: float, z: float) -> None:
    """A lower board, a slatted one, a round one or a basket-like box."""
    kind = draw.pick("design", {"board": 6, "slats": 1, "box": 0.5})
    thick = draw.span("thickness", 0.012, 0.03)
    material = draw.pick("material_slot", (0, deck.material))
    if deck.is_round:
        piece.cylinder(
            (0, y, 0), x * 1.414, thick, radius_z=z * 1.414, edge=0.004, material=material
        )
        return
    over = draw.span("overhang", -0.5, 0.5) * deck.leg_thickness
    if kind == "slats":
        count = draw.pick("slat_count", (4, 5, 6, 7))
        for i in range(count):
            at = -z + (i + 0.5) * 2 * z / count
            piece.box((0, y, at), (2 * x, thick, 1.3 * z / count), material=material)
        for s in LEFT_RIGHT:
            piece.box((s * x, y - 0.6 * thick, 0), (0.03, thick, 2 * z), material=deck.material)
        return
    piece.box((0, y, 0), (2 * (x + over), thick, 2 * (z + over)), material=material)
    if kind == "box":
        lift = draw.span("rim_height", 0.04, 0.12)
        for s in LEFT_RIGHT:
            piece.box((s * x, y + lift / 2, 0), (0.016, lift, 2 * z), material=material)
            piece.box((0, y + lift / 2, s * z), (2 * x, lift, 0.016), material=material)


@builds("leg")
def three_legs(piece: Furniture, draw, deck: Deck) -> None:
    """Three splayed or straight legs for a small round table."""
    reach = draw.span("reach", 0.5, 0.82)
    style = draw.pick("design", {"tapered_round": 3, "round": 2, "tapered": 1})
    splay = draw.span("splay", 1.0, 1.35)
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
            style,
            deck.material,
        )
    if draw.often("has_shelf", 0.3):
        r = reach * deck.width / 2
        piece.cylinder(
            (0, deck.underside * draw.span("shelf_height", 0.2, 0.5), 0),
            r,
            0.018,
            material=deck.material,
        )


@builds("leg")
def hairpin(piece: Furniture, draw, deck: Deck) -> None:
    """Two or three wires from each corner that meet at the floor."""
    inset = draw.span("inset", 0.06, 0.12)
    wire = draw.span("thickness", 0.009, 0.014)
    spread = draw.span("spread", 0.05, 0.09)
    for sx, sz in CORNERS:
        x, z = deck.spot(sx, sz, inset)
        foot = (x + sx * 0.02, wire / 2, z + sz * 0.02)
        for dx, dz in ((spread, 0), (0, spread)):
            end = (x - sx * dx, deck.underside, z - sz * dz)
            beam(piece, foot, end, wire, over=wire / 2, material=deck.material)


@builds("frame")
def frames(piece: Furniture, draw, deck: Deck) -> None:
    """A closed, open, slanted or X frame under each end, of bar or flat steel."""
    inset = draw.span("inset", 0.02, 0.18) * deck.width
    bar = draw.span("thickness", 0.6, 1.1) * deck.leg_thickness
    kind = draw.pick("design", {"closed": 4, "trapeze": 2, "X": 2.5, "V": 0.6, "A": 1})
    z = deck.depth / 2 * draw.span("depth_ratio", 0.7, 0.98) - bar / 2
    if deck.is_round or deck.corner > 0.3 * deck.depth:
        inset, z = max(inset, 0.16 * deck.width), 0.68 * z
    high, low = deck.underside - bar / 2, bar / 2
    lean = {"trapeze": draw.span("taper", 0.45, 0.8), "V": 0.08, "A": 1 / 3}.get(kind, 1.0)
    wide, near = (z, z * lean) if kind == "A" else (z * lean, z)
    for s in LEFT_RIGHT:
        x = s * (deck.width / 2 - inset - bar / 2)
        for t in LEFT_RIGHT:
            far = -t if kind == "X" else t
            beam(
                piece,
                (x, low, far * wide),
                (x, high, t * near),
                bar,
                square=True,
                material=deck.material,
            )
        for y, half in ((low, wide), (high, near)):
            if kind != "A" or y > low:
                ends = (x, y, -half), (x, y, half)
                beam(piece, *ends, bar, over=bar / 2, square=True, material=deck.material)
    if draw.often("has_rail", 0.55):
        y = {"X": deck.underside / 2, "A": high}.get(
            kind, high if draw.often("rail_is_high", 0.6) else low
        )
        reach = deck.width / 2 - inset - bar / 2
        beam(piece, (-reach, y, 0), (reach, y, 0), 0.9 * bar, square=True, material=deck.material)


@builds("panel")
def panels(piece: Furniture, draw, deck: Deck) -> None:
    """Two boards for ends, straight or drawn in, with a board or shelf between."""
    thick = draw.span("thickness", 0.018, 0.1)
    inset = 0.0 if draw.often("is_flush", 0.6) else draw.span("inset", 0.0, 0.2) * deck.width
    depth = deck.depth * (1.0 if inset == 0 else draw.span("depth_ratio", 0.6, 1.0))
    taper = draw.span("taper", 0.6, 1.0) if draw.often("is_tapered", 0.2) else 1.0
    x = deck.width / 2 - inset - thick / 2
    for s in LEFT_RIGHT:
        size = (thick, deck.underside, depth)
        piece.box((s * x, deck.underside / 2, 0), size, taper=(1.0, taper), material=deck.material)
    between = draw.pick("between_design", {"none": 3, "shelf": 3, "board": 2, "two": 0.8})
    if between == "board":
        tall = draw.span("board_height", 0.12, 0.5) * deck.underside
        at = (
            deck.underside - tall / 2 if draw.often("board_is_high", 0.5) else deck.underside * 0.45
        )
        piece.box((0, at, 0), (2 * x, tall, 0.022), material=deck.material)
    for share in draw.each(
        "shelf",
        {"shelf": (draw.span("shelf_height", 0.1, 0.6),), "two": (0.08, 0.5)}.get(between, ()),
    ):
        size = (2 * x, 0.02, depth * draw.span("shelf_depth_ratio", 0.85, 0.98) * taper**share)
        piece.box((0, share * deck.underside, 0), size, material=deck.material)


@builds("trestle")
def trestle(piece: Furniture, draw, deck: Deck) -> None:
    """A post on a foot at each end with a long beam, or sawhorses."""
    x = deck.width * draw.span("inset", 0.26, 0.42)
    thickness = 1.3 * deck.leg_thickness
    reach = deck.depth * draw.span("foot_reach", 0.34, 0.46)
    posts = draw.pick("design", {"one": 4, "two": 2, "horse": 2.5, "Y": 0.7})
    for s in draw.each(SIDES, LEFT_RIGHT):
        at = s * x
        if posts == "horse":
            _horse(piece, draw, deck, at, reach)
            continue
        tall = draw.span("foot_height", 0.05, 0.08)
        for y, share in ((tall / 2, 1.0), (deck.underside - tall / 2, 0.85)):
            piece.box((at, y, 0), (thickness, tall, 2 * reach * share), material=deck.material)
        if posts == "two":
            for t in LEFT_RIGHT:
                foot, head = (at, 0.03, t * 0.5 * reach), (at, deck.underside, t * 0.5 * reach)
                beam(piece, foot, head, thickness, square=True, material=deck.material)
        else:
            wide = thickness * draw.pick("post_width", (1.0, 1.8, 3.0))
            piece.box(
                (at, deck.underside / 2, 0),
                (thickness, deck.underside, wide),
                material=deck.material,
            )
        if posts == "Y":
            for t in LEFT_RIGHT:
                start = (at, 0.45 * deck.underside, 0)
                end = (at, deck.underside, 0.8 * t * reach)
                beam(piece, start, end, 0.8 * thickness, square=True, material=deck.material)
    if posts != "horse" and draw.often("has_beam", 0.85):
        y = deck.underside * draw.span("beam_level", 0.1, 0.6)
        tall = draw.span("beam_height", 0.04, 0.1)
        piece.box((0, y, 0), (2 * x, tall, 0.04), material=deck.material)
        for s in LEFT_RIGHT if posts == "two" else ():  # the beam ends at a rail between the posts
            piece.box((s * x, y, 0), (0.8 * thickness, tall, reach), material=deck.material)


@builds("trestle")
def _horse(piece: Furniture, draw, deck: Deck, at: float, reach: float) -> None:
    bar, spread = 0.8 * deck.leg_thickness, 0.12
    piece.box((at, deck.underside - 0.02, 0), (0.07, 0.04, 2 * reach), material=deck.material)
    for sx, sz in CORNERS:
        foot = (at + sx * spread, 0, sz * reach)
        beam(
            piece,
            foot,
            (at, deck.underside - 0.02, sz * reach * 0.85),
            bar,
            square=True,
            material=deck.material,
        )
    y = 0.35 * deck.underside
    for sx in LEFT_RIGHT:
        x = at + sx * spread * 0.65
        beam(piece, (x, y, -reach), (x, y, reach), 0.7 * bar, square=True, material=deck.material)


@builds("leg")
def arched(piece: Furniture, draw, deck: Deck) -> None:
    """Legs that curve outward: cabriole or wire."""
    wire = draw.span("thickness", 0.5, 0.9) * deck.leg_thickness
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
