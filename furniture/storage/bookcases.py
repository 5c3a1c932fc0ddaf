"""Bookcases with sides: cases with a back, grids, bookcases with doors.

In Pix3D bookcases are hollow (20 to 30 % of the bounding box) and stand along x with their back at
-z; width is 0.25 to 0.5 and depth 0.15 to 0.3 of the height. The grids hold no books, so few of
these bookcases do.
"""

from furniture.cabinet_feet import cabinet_feet, draw_foot_height
from furniture.carcasses import Bay, add_dividers, add_shelves, carcass, free_standing, solid_box
from furniture.choices import Choices
from furniture.fronts import door, draw_front, drawer
from furniture.primitives import Furniture
from furniture.storage.books import stock
from furniture.storage.case_parts import add_crown, draw_case_size
from furniture.storage.open_shelves import frame, ladder, spine, stepped


def bookcase(draw: Choices) -> Furniture:
    """Draws a bookcase, shelf unit, room divider or wall shelf."""
    design = draw.pick("design", DESIGNS)
    piece = Furniture("bookcase", materials=_materials(draw), name=design.__name__, choices=draw)
    spaces = design(draw, piece)
    if draw.often("has_books", 0.16):
        stock(piece, draw, spaces)
    return piece


def _materials(draw: Choices) -> tuple[str, ...]:
    """Draws the materials: boards, frame or handles, second colour, feet, then four for books."""
    board_material = draw.pick(
        "board_material", {"wood": 6, "painted": 5, "plastic": 0.4, "metal": 0.5, "glass": 0.2}
    )
    second = (
        board_material
        if draw.often("has_one_material", 0.7)
        else draw.pick("second_material", ("wood", "painted"))
    )
    frame_material = draw.pick("frame_material", {"metal": 3, "wood": 1, "painted": 1})
    return (
        board_material,
        frame_material,
        second,
        board_material,
        "paper",
        "paper",
        "leather",
        "fabric",
    )


def classic(draw: Choices, piece: Furniture) -> list[Bay]:
    """A case with a back and three to seven tiers."""
    width, height, depth = draw_case_size(draw)
    foot_design = draw.pick(
        "foot_design", {"plinth": 5, "flush": 3, "blocks": 1, "tapered": 0.7, "bracket": 0.7}
    )
    lift = draw_foot_height(draw, foot_design)
    bay = free_standing(width, height - lift, depth, lift)
    cabinet_feet(piece, draw, bay, foot_design)
    board_thickness = draw.span("board_thickness", 0.016, 0.045)
    inside = carcass(
        piece, bay, board_thickness, back_material=draw.pick("back_material_slot", {0: 3, 2: 1})
    )
    add_crown(piece, draw, bay)
    spaces = []
    count = (
        1
        if width < 1.0
        else draw.pick("column_count", {1: 0.4, 2: 3, 3: 1.5 if width > 1.3 else 0})
    )
    rows = max(2, round(inside.size[1] / draw.span("shelf_pitch", 0.26, 0.42)))
    shares = _uneven(draw, rows)
    for column in draw.each("column", add_dividers(piece, inside, count, board_thickness)):
        spaces += add_shelves(
            piece, column, shares, board_thickness * draw.span("shelf_ratio", 0.7, 1.0)
        )
    return spaces


def _uneven(draw: Choices, rows: int) -> list[float]:
    """Draws the shares of the tiers: equal, growing downward, or random."""
    tier_design = draw.pick("tier_design", {"equal": 5, "graded": 2, "random": 3})
    if tier_design == "graded":
        return [1.3 - 0.6 * i / rows for i in range(rows)]
    return [
        1.0 if tier_design == "equal" else draw.span("share", 0.7, 1.4)
        for _ in draw.each("tier_height", range(rows))
    ]


def grid(draw: Choices, piece: Furniture) -> list[Bay]:
    """Square openings, mostly without a back, in a thicker rim."""
    column_count = draw.pick("column_count", {1: 2, 2: 4, 3: 2, 4: 2, 5: 1})
    rows = draw.pick("row_count", {1: 0.6, 2: 3, 3: 2, 4: 3, 5: 1})
    rows = max(rows, 2) if column_count == 1 else rows
    cell = draw.span("cell_size", 0.28, 0.42)
    depth = draw.span("depth", 0.28, 0.42)
    rim_thickness = draw.span("rim_thickness", 0.018, 0.055)
    lift = draw_foot_height(draw, "tapered") if draw.often("is_raised", 0.25) else 0.0
    bay = free_standing(
        column_count * cell + rim_thickness,
        rows * cell * draw.span("cell_height_ratio", 0.9, 1.1) + rim_thickness,
        depth,
        lift,
    )
    cabinet_feet(
        piece, draw, bay, draw.pick("foot_design", ("blocks", "frame", "tapered", "castors")), 0
    )
    inside = carcass(
        piece, bay, rim_thickness, back_material=draw.pick("back_material_slot", {None: 3, 0: 1})
    )
    thin = min(rim_thickness, draw.span("board_thickness", 0.014, 0.03))
    lanes = add_shelves(piece, inside, rows, thin)
    if column_count * rows > 12 or draw.often("has_through_dividers", 0.6):
        add_dividers(piece, inside, column_count, thin)
        spaces = [cell for lane in lanes for cell in lane.columns(column_count)]
    else:
        spaces = [cell for lane in lanes for cell in add_dividers(piece, lane, column_count, thin)]
    if draw.often("has_inserts", 0.25):
        _inserts(piece, draw, spaces, bay.size)
    return spaces


def _inserts(piece: Furniture, draw: Choices, spaces: list[Bay], size) -> None:
    """Adds doors, drawers or baskets in some openings."""
    front_style = draw_front(draw, max(size), material=draw.pick("front_material_slot", (0, 2)))
    insert_design = draw.pick("insert_design", {"door": 2, "drawers": 1, "basket": 2})
    for space in draw.each("insert", spaces):
        if len(piece.rows) > 50 or not draw.often("has_insert", 0.45):
            continue
        shut = space._replace(front=space.front - 0.02)
        solid_box(
            piece,
            shut.shrink(x=0.008, y=0.008),
            7 if insert_design == "basket" else front_style.material,
            edge=0.01,
            part="door",
        )
        if insert_design == "door":
            door(piece, shut, front_style)
        elif insert_design == "drawers":
            for tier in shut.tiers(2):
                drawer(piece, tier, front_style)


def mixed(draw: Choices, piece: Furniture) -> list[Bay]:
    """Open shelves above, doors or drawers below."""
    width = draw.span("width", 0.6, 1.8)
    height = draw.span("height", 1.2, 2.2)
    depth = draw.span("depth", 0.28, 0.45)
    foot_height = draw.span("foot_height", 0.03, 0.12)
    low_height = height * draw.span("base_ratio", 0.25, 0.45)
    low = free_standing(width, low_height - foot_height, depth, foot_height)
    cabinet_feet(
        piece,
        draw,
        low,
        draw.pick("foot_design", {"plinth": 3, "blocks": 1, "bracket": 1, "bun": 0.5}),
    )
    solid_box(piece, low, 0, part="carcass")
    front_style = draw_front(draw, height, material=draw.pick("front_material_slot", {0: 3, 2: 1}))
    count = max(1, round(width / draw.span("column_pitch", 0.38, 0.55)))
    for i, column in draw.each("column", enumerate(low.shrink(x=0.01, y=0.01).columns(count))):
        if draw.often("has_door", 0.75):
            door(piece, column, front_style, hinge=-1 if i % 2 == 0 else 1)
        else:
            for tier in column.tiers(2):
                drawer(piece, tier, front_style)
    high = free_standing(width, height - low_height, depth, low_height)._replace(
        bottom=low_height - 0.01
    )
    if draw.often("is_set_back", 0.4):
        high = high._replace(front=high.front - draw.span("setback", 0.03, 0.14))
    inside = carcass(
        piece, high, 0.024, back_material=draw.pick("back_material_slot", {0: 3, 2: 1})
    )
    add_crown(piece, draw, high)
    lanes = add_dividers(piece, inside, 1 if width < 1.1 else 2, 0.022)
    spaces = []
    for lane in draw.each("lane", lanes):
        spaces += add_shelves(piece, lane, draw.pick("shelf_count", (2, 3, 4)), 0.022)
    return spaces


def glazed(draw: Choices, piece: Furniture) -> list[Bay]:
    """A bookcase with doors; it is solid, as closed ones are in Pix3D."""
    width = draw.span("width", 0.45, 1.2)
    height = draw.span("height", 1.3, 2.2)
    depth = draw.span("depth", 0.26, 0.42)
    bay = free_standing(width, height - 0.06, depth, 0.06)
    cabinet_feet(
        piece, draw, bay, draw.pick("foot_design", {"plinth": 3, "blocks": 1, "bracket": 1})
    )
    solid_box(piece, bay, 0, part="carcass")
    add_crown(piece, draw, bay)
    front_style = draw_front(draw, height, material=draw.pick("front_material_slot", (0, 2)))
    tiers = bay.shrink(x=0.01, y=0.01).tiers(draw.pick("tier_count", {1: 2, 2: 2}))
    for tier in tiers:
        for i, column in enumerate(tier.columns(max(1, round(width / 0.5)))):
            door(piece, column, front_style, hinge=-1 if i % 2 == 0 else 1)
    return []


DESIGNS = {
    classic: 10,
    grid: 5,
    frame: 3,
    mixed: 2,
    glazed: 1.2,
    ladder: 1.2,
    spine: 0.8,
    stepped: 0.6,
}
