"""Bases that stand at the ends of a table: frames, panels and trestles."""

from furniture.beams import LEFT_RIGHT, beam
from furniture.choices import SIDES, Choices
from furniture.primitives import Furniture, builds
from furniture.tables.bases import CORNERS
from furniture.tables.tops import Deck


@builds("frame")
def frames(piece: Furniture, draw: Choices, deck: Deck) -> None:
    """A closed, open, slanted or X-shaped frame at each end."""
    inset = draw.share("inset", 0.02, 0.18) * deck.width
    bar = draw.share("thickness", 0.6, 1.1) * deck.leg_thickness
    design = draw.pick("design", {"closed": 4, "trapeze": 2, "X": 2.5, "V": 0.6, "A": 1})
    z = deck.depth / 2 * draw.span("depth_ratio", 0.7, 0.98) - bar / 2
    if deck.is_round or deck.corner > 0.3 * deck.depth:
        inset, z = max(inset, 0.16 * deck.width), 0.68 * z
    high, low = deck.underside - bar / 2, bar / 2
    lean = {"trapeze": draw.span("taper", 0.45, 0.8), "V": 0.08, "A": 1 / 3}.get(design, 1.0)
    wide, near = (z, z * lean) if design == "A" else (z * lean, z)
    for side in LEFT_RIGHT:
        x = side * (deck.width / 2 - inset - bar / 2)
        for t in LEFT_RIGHT:
            far = -t if design == "X" else t
            beam(
                piece,
                (x, low, far * wide),
                (x, high, t * near),
                bar,
                square=True,
                material=deck.material,
            )
        for y, half in ((low, wide), (high, near)):
            if design != "A" or y > low:
                ends = (x, y, -half), (x, y, half)
                beam(piece, *ends, bar, over=bar / 2, square=True, material=deck.material)
    if draw.often("has_rail", 0.55):
        y = {"X": deck.underside / 2, "A": high}.get(
            design, high if draw.often("rail_is_high", 0.6) else low
        )
        reach = deck.width / 2 - inset - bar / 2
        beam(piece, (-reach, y, 0), (reach, y, 0), 0.9 * bar, square=True, material=deck.material)


@builds("panel")
def panels(piece: Furniture, draw: Choices, deck: Deck) -> None:
    """A board at each end, with a shelf or board between them."""
    thickness = draw.span("thickness", 0.018, 0.1)
    inset = 0.0 if draw.often("is_flush", 0.6) else draw.share("inset", 0.0, 0.2) * deck.width
    depth = deck.depth * (1.0 if inset == 0 else draw.span("depth_ratio", 0.6, 1.0))
    taper = draw.span("taper", 0.6, 1.0) if draw.often("is_tapered", 0.2) else 1.0
    x = deck.width / 2 - inset - thickness / 2
    for side in LEFT_RIGHT:
        size = (thickness, deck.underside, depth)
        piece.box(
            (side * x, deck.underside / 2, 0), size, taper=(1.0, taper), material=deck.material
        )
    between_design = draw.pick("between_design", {"none": 3, "shelf": 3, "board": 2, "two": 0.8})
    if between_design == "board":
        tall = draw.share("board_height", 0.12, 0.5) * deck.underside
        at = (
            deck.underside - tall / 2 if draw.often("board_is_high", 0.5) else deck.underside * 0.45
        )
        piece.box((0, at, 0), (2 * x, tall, 0.022), material=deck.material)
    for share in draw.each(
        "shelf",
        {"shelf": (draw.share("shelf_height", 0.1, 0.6),), "two": (0.08, 0.5)}.get(
            between_design, ()
        ),
    ):
        size = (2 * x, 0.02, depth * draw.span("shelf_depth_ratio", 0.85, 0.98) * taper**share)
        piece.box((0, share * deck.underside, 0), size, material=deck.material)


@builds("trestle")
def trestle(piece: Furniture, draw: Choices, deck: Deck) -> None:
    """A post on a foot at each end with a long beam, or sawhorses."""
    x = deck.width * draw.share("inset", 0.26, 0.42)
    thickness = 1.3 * deck.leg_thickness
    reach = deck.depth * draw.share("foot_reach", 0.34, 0.46)
    design = draw.pick("design", {"one": 4, "two": 2, "horse": 2.5, "Y": 0.7})
    for side in draw.each(SIDES, LEFT_RIGHT):
        at = side * x
        if design == "horse":
            _horse(piece, deck, at, reach)
            continue
        tall = draw.span("foot_height", 0.05, 0.08)
        for y, share in ((tall / 2, 1.0), (deck.underside - tall / 2, 0.85)):
            piece.box((at, y, 0), (thickness, tall, 2 * reach * share), material=deck.material)
        if design == "two":
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
        if design == "Y":
            for t in LEFT_RIGHT:
                start = (at, 0.45 * deck.underside, 0)
                end = (at, deck.underside, 0.8 * t * reach)
                beam(piece, start, end, 0.8 * thickness, square=True, material=deck.material)
    if design != "horse" and draw.often("has_beam", 0.85):
        y = deck.underside * draw.span("beam_level", 0.1, 0.6)
        tall = draw.span("beam_height", 0.04, 0.1)
        piece.box((0, y, 0), (2 * x, tall, 0.04), material=deck.material)
        for side in LEFT_RIGHT if design == "two" else ():
            piece.box((side * x, y, 0), (0.8 * thickness, tall, reach), material=deck.material)


@builds("trestle")
def _horse(piece: Furniture, deck: Deck, at: float, reach: float) -> None:
    """Adds one sawhorse."""
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
