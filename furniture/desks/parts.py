"""Parts of desks: tops, flat drawers, pedestals, rear boards and end supports."""

from furniture.beams import LEFT_RIGHT, beam
from furniture.carcasses import Bay, add_dividers, add_shelves, carcass, solid_box
from furniture.choices import ENDS, Choices
from furniture.fronts import Front, door, draw_front, drawer
from furniture.legs import leg
from furniture.primitives import Furniture, builds
from furniture.tables.tops import Deck


def draw_desk_size(draw: Choices) -> tuple[float, float, float]:
    """Draws width, height and depth of an ordinary desk, metres."""
    size_class = draw.pick(
        "size_class",
        {
            draw.span("narrow_width", 0.7, 1.1): 3,
            draw.span("medium_width", 1.0, 1.6): 6,
            draw.span("wide_width", 1.5, 2.1): 1.5,
        },
    )
    return (
        size_class,
        draw.span("height", 0.7, 0.78),
        draw.span("depth", 0.45, 0.85) * (0.75 + 0.25 * size_class / 1.4),
    )


@builds("top")
def desk_top(
    piece: Furniture, draw: Choices, width: float, height: float, depth: float, material: int = 0
) -> Deck:
    """Adds the top of a desk, with sharp or round corners.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    draw : Choices
        Source of the choices.
    width : float
        Metres along x.
    height : float
        Height of the upper side, metres.
    depth : float
        Metres along z.
    material : int
        Index into the materials of the piece.

    Returns
    -------
    Deck
        What a base has to carry.
    """
    thickness = draw.span("thickness", 0.016, 0.05)
    corner = (
        0.003 if draw.often("has_sharp_corners", 0.75) else draw.span("corner_radius", 0.03, 0.14)
    )
    edge = thickness * draw.pick("edge_ratio", {0.1: 3, 0.5: 1})
    center = (0, height - thickness / 2, 0)
    piece.box(center, (width, thickness, depth), edge=edge, corner=corner, material=material)
    leg_thickness = draw.span("leg_thickness", 0.025, 0.07)
    return Deck(
        width,
        depth,
        height - thickness + 0.002,
        False,
        draw.pick("base_material_slot", {0: 2, 1: 3}),
        leg_thickness,
    )


def draw_fronts(draw: Choices, width: float) -> Front:
    """Draws how the doors and drawers of a desk look.

    Parameters
    ----------
    draw : Choices
        Source of the choices.
    width : float
        Width of the desk, metres.
    """
    return draw_front(
        draw,
        width,
        material=draw.pick("front_material_slot", {0: 3, 2: 1, 1: 1}),
        handle_material=3,
    )


@builds("drawer")
def flat_drawers(piece: Furniture, draw: Choices, deck: Deck) -> None:
    """Adds one to three flat drawers in a box under the top."""
    flat_drawer_count = draw.pick("flat_drawer_count", (1, 1, 2, 3))
    flat_drawer_height = draw.span("flat_drawer_height", 0.07, 0.13)
    wide = deck.width * (
        draw.span("flat_drawer_width_ratio", 0.3, 0.6) if flat_drawer_count == 1 else 0.86
    )
    box = Bay(
        -wide / 2,
        wide / 2,
        deck.underside - flat_drawer_height,
        deck.underside,
        -0.4 * deck.depth,
        0.46 * deck.depth,
    )
    if flat_drawer_count == 1 and draw.often("is_at_side", 0.3):
        shift = draw.pick("flat_drawer_side", (-1, 1)) * (0.42 * deck.width - wide / 2)
        box = box._replace(left=box.left + shift, right=box.right + shift)
    solid_box(piece, box, deck.material)
    front_style = draw_fronts(draw, deck.width)
    for column in box.columns(flat_drawer_count):
        drawer(piece, column, front_style)


@builds("modesty_panel")
def modesty_panel(piece: Furniture, draw: Choices, deck: Deck) -> None:
    """Adds a board that closes part of the rear between the legs."""
    tall = draw.span("height_ratio", 0.2, 0.6) * deck.underside
    z = -deck.depth * draw.span("setback_ratio", 0.2, 0.46)
    wide = deck.width * 0.93
    piece.box((0, deck.underside - tall / 2, z), (wide, tall, 0.02), material=deck.material)


@builds("back_rail")
def back_rail(piece: Furniture, draw: Choices, deck: Deck, height: float) -> None:
    """Adds a low rail or shelf along the rear edge of the top.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    draw : Choices
        Source of the choices.
    deck : Deck
        The table top that is carried.
    height : float
        Height of the top, metres.
    """
    tall = draw.span("height", 0.05, 0.2)
    depth = draw.span("depth", 0.02, 0.2)
    at = -deck.depth / 2 + depth / 2
    if depth < 0.08:
        piece.box((0, height + tall / 2 - 0.002, at), (deck.width, tall, depth))
        return
    wide = deck.width * draw.span("width_ratio", 0.5, 1.0)
    bay = Bay(-wide / 2, wide / 2, height - 0.01, height + tall, at - depth / 2, at + depth / 2)
    add_dividers(piece, carcass(piece, bay, 0.018), draw.pick("column_count", (1, 2, 3, 4)), 0.016)


@builds("pedestal")
def tower(piece: Furniture, draw: Choices, bay: Bay, front_style: Front, kind: str) -> None:
    """Adds one pedestal: drawers, a door, open shelves, or a door and a drawer.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    draw : Choices
        Source of the choices.
    bay : Bay
        The space, metres.
    front_style : Front
        How doors and drawers look.
    kind : str
        `drawers`, `door`, `open` or `mixed`.
    """
    if kind == "open":
        add_shelves(piece, carcass(piece, bay, 0.02), draw.pick("shelf_count", (2, 3)), 0.018)
        return
    solid_box(piece, bay, front_style.material if kind == "door" else 0)
    if kind == "door":
        door(piece, bay.shrink(x=0.01, y=0.01), front_style)
        return
    tiers = bay.shrink(x=0.01, y=0.005).tiers(draw.pick("drawer_count", {2: 1, 3: 4, 4: 2, 5: 0.5}))
    if kind == "mixed":
        tiers = bay.shrink(x=0.01).tiers((2, 1))
        door(piece, tiers[0], front_style)
        tiers = tiers[1:]
    for tier in tiers:
        drawer(piece, tier, front_style)


@builds("end_support")
def end_support(piece: Furniture, draw: Choices, deck: Deck, s: float) -> None:
    """Adds what carries the end without a pedestal: a panel, legs, a loop or a shelf.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    draw : Choices
        Source of the choices.
    deck : Deck
        The table top that is carried.
    s : float
        Side, -1 left or +1 right.
    """
    design = draw.pick("design", {"panel": 4, "legs": 4, "loop": 2, "shelf": 0.6})
    x = s * (deck.width / 2 - 0.02)
    z = deck.depth / 2 - 0.03
    if design == "panel":
        panel_thickness = draw.span("panel_thickness", 0.018, 0.04)
        piece.box(
            (x, deck.underside / 2, 0),
            (panel_thickness, deck.underside, deck.depth * 0.96),
            material=deck.material,
        )
    elif design == "shelf":
        edges = sorted((x, x - s * 0.3))
        bay = Bay(*edges, 0, deck.underside, -z, z)
        add_shelves(piece, carcass(piece, bay, 0.02, back_material=None), 3, 0.018)
    else:
        style = (
            "straight"
            if design == "loop"
            else draw.pick("leg_design", ("straight", "tapered", "turned", "round"))
        )
        for t in draw.each(ENDS, LEFT_RIGHT):
            top = (x - s * 0.01, deck.underside, t * z)
            leg(piece, draw, top, (top[0], 0, top[2]), deck.leg_thickness, style, deck.material)
        if design == "loop":
            y = deck.leg_thickness / 2
            beam(
                piece,
                (x - s * 0.01, y, -z),
                (x - s * 0.01, y, z),
                deck.leg_thickness,
                square=True,
                material=deck.material,
            )
