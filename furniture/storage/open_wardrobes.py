"""Wardrobes with open parts, lockers and clothes racks."""

from furniture.beams import beam
from furniture.cabinet_feet import cabinet_feet
from furniture.carcasses import Bay, add_dividers, add_shelves, carcass, free_standing, solid_box
from furniture.choices import ENDS, SIDES, Choices
from furniture.fronts import Front, door, drawer
from furniture.primitives import Furniture
from furniture.storage.wardrobe_parts import doors, draw_fronts


def doorless(draw: Choices, piece: Furniture) -> Furniture:
    """A case without doors: shelves, a clothes rail, drawers inside."""
    width = draw.span("width", 0.4, 1.6)
    height = draw.span("height", 1.7, 2.36)
    bay = free_standing(width, height, draw.span("depth", 0.33, 0.62))
    inside = carcass(
        piece,
        bay,
        draw.span("board_thickness", 0.018, 0.04),
        back_material=draw.pick("back_material_slot", {0: 1, 2: 1}),
    )
    solid_box(piece, bay._replace(top=0.06, front=bay.front - 0.01), 0, part="bottom")
    columns = add_dividers(
        piece, inside, draw.pick("column_count", {1: 1, 2: 1}) if width > 0.8 else 1, 0.02
    )
    for column in draw.each("column", columns):
        _inside(piece, draw, column)
    return piece


def _inside(piece: Furniture, draw: Choices, bay: Bay) -> None:
    """Adds shelves, a clothes rail or drawers inside a column."""
    fitting = draw.pick("fitting", {"empty": 2, "shelves": 2, "rail": 2, "drawers": 1})
    if fitting == "shelves":
        add_shelves(piece, bay, draw.count("shelf_count", 3, 7), 0.02)
    if fitting in ("rail", "drawers"):
        z = bay.center[2]
        high = bay.top - draw.span("rail_gap", 0.06, 0.35)
        beam(
            piece, (bay.left, high, z), (bay.right, high, z), 0.025, material=1, part="clothes_rail"
        )
    if fitting == "drawers":
        low = bay._replace(
            bottom=bay.bottom + 0.02, top=bay.bottom + draw.span("drawer_height", 0.3, 0.7)
        )
        solid_box(piece, low._replace(front=low.front - 0.02), 2, part="drawer")
        front_style = Front(gap=0.016, handle="knob", material=2)
        for tier in low._replace(front=low.front - 0.03).tiers(draw.pick("drawer_count", (2, 3))):
            drawer(piece, tier, front_style)


def open_side(draw: Choices, piece: Furniture) -> Furniture:
    """Doors beside open shelves."""
    height = draw.span("height", 1.5, 2.3)
    closed_width = draw.span("closed_width", 0.5, 1.1)
    open_width = draw.span("open_width", 0.25, 0.5)
    depth = draw.span("depth", 0.36, 0.6)
    side = draw.pick("open_side", (-1, 1))
    whole = free_standing(closed_width + open_width, height - 0.06, depth, 0.06)
    cabinet_feet(piece, draw, whole, draw.pick("foot_design", {"plinth": 2, "blocks": 1}))
    at = whole.left + open_width if side < 0 else whole.right - open_width
    shut = whole._replace(left=at) if side < 0 else whole._replace(right=at)
    bare = whole._replace(right=at + 0.01) if side < 0 else whole._replace(left=at - 0.01)
    solid_box(piece, shut, 0, part="carcass")
    front_style = draw_fronts(draw, height)
    doors(piece, shut.shrink(x=0.01, y=0.01), front_style, draw.pick("door_count", {1: 1, 2: 2}))
    add_shelves(piece, carcass(piece, bare, 0.022), draw.count("shelf_count", 3, 6), 0.022)
    return piece


def corner(draw: Choices, piece: Furniture) -> Furniture:
    """An L of two wardrobes; the wing is at the left or right."""
    height = draw.span("height", 1.8, 2.3)
    depth = draw.span("depth", 0.5, 0.62)
    width = draw.span("width", 1.2, 2.0)
    wing_length = draw.span("wing_length", 0.4, 0.9)
    wing_side = draw.pick("wing_side", (-1, 1))
    main = free_standing(width, height, depth)
    solid_box(piece, main, 0, part="carcass")
    front_style = draw_fronts(draw, height)
    free = main._replace(left=main.left + depth) if wing_side < 0 else main
    free = main._replace(right=main.right - depth) if wing_side > 0 else free
    doors(piece, free.shrink(x=0.01, y=0.02), front_style, max(1, round(free.size[0] / 0.48)))
    at = main.left if wing_side < 0 else main.right - depth
    solid_box(
        piece,
        Bay(at, at + depth, 0.0, height, main.front - 0.01, main.front + wing_length),
        0,
        part="carcass",
    )
    return piece


def locker(draw: Choices, piece: Furniture) -> Furniture:
    """Metal lockers or a filing cabinet: a grid of small doors."""
    column_count = draw.pick("column_count", {1: 2, 2: 2, 3: 1, 4: 0.6})
    rows = draw.pick("row_count", {1: 1, 2: 2, 3: 1, 4: 1})
    if column_count * rows > 12:
        rows = 3
    piece.materials = ("metal", "metal", "metal", "metal", "glass", "fabric")
    cell_width = draw.span("cell_width", 0.28, 0.42)
    height = draw.span("height", *((1.5, 1.95) if rows < 3 or column_count > 1 else (0.9, 1.4)))
    bay = free_standing(
        column_count * cell_width, height - 0.06, draw.span("depth", 0.4, 0.6), 0.06
    )
    cabinet_feet(piece, draw, bay, draw.pick("foot_design", {"plinth": 1, "blocks": 1}))
    solid_box(piece, bay, 0, part="carcass")
    front_style = Front(
        "flat",
        draw.pick("handle_design", {"bar": 1, "knob": 1, "cup": 1}),
        2,
        1,
        0.012 * height,
        0.015,
    )
    for column in bay.columns(column_count):
        for tier in column.tiers(rows):
            door(piece, tier, front_style)
    return piece


def rack(draw: Choices, piece: Furniture) -> Furniture:
    """A clothes rack, sometimes with a cloth cover or shelves."""
    width = draw.span("width", 0.7, 1.5)
    height = draw.span("height", 1.4, 1.9)
    depth = draw.span("depth", 0.38, 0.55)
    tube_thickness = draw.span("tube_thickness", 0.025, 0.04)
    if draw.often("has_cover", 0.35):
        cover = free_standing(width, height, depth)
        solid_box(piece, cover, 5, edge=draw.span("cover_edge_radius", 0.02, 0.06), part="cover")
        solid_box(
            piece,
            cover.shrink(x=0.46 * width)._replace(top=height * 0.9, front=depth / 2 + 0.012),
            2,
            part="cover",
        )
        return piece
    for x in draw.each(SIDES, (-width / 2, width / 2)):
        for z in draw.each(ENDS, (-depth / 2, depth / 2)):
            lean = 0.0 if draw.often("is_upright", 0.5) else z
            beam(piece, (x, 0, z), (x, height, z - lean), tube_thickness, material=1, part="post")
        beam(
            piece,
            (x, 0.15, -depth / 2),
            (x, 0.15, depth / 2),
            tube_thickness,
            material=1,
            part="rail",
        )
        beam(
            piece,
            (x, height, -depth / 2),
            (x, height, depth / 2),
            tube_thickness,
            material=1,
            part="rail",
        )
    beam(
        piece,
        (-width / 2, height, 0),
        (width / 2, height, 0),
        tube_thickness,
        over=0.03,
        material=1,
        part="clothes_rail",
    )
    for y in (0.15, 0.15 + draw.span("upper_shelf_height", 0.15, 0.3))[
        : draw.pick("shelf_count", (1, 2))
    ]:
        solid_box(
            piece, Bay(-width / 2, width / 2, y, y + 0.025, -depth / 2, depth / 2), 0, part="shelf"
        )
    return piece
