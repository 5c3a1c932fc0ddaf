"""Bookcases: closed backs, open grids, ladders, frames, with a few books.

Pix3D's bookcases are hollow (20-30 % of the bounding box), stand along x with their back at -z,
mostly 0.25-0.5 wide and 0.15-0.3 deep for a height of 1; the grids hold no books, so ours hold few.
"""

from furniture.beams import LEFT_RIGHT, beam
from furniture.carcasses import (
    Bay,
    carcass,
    add_dividers,
    cabinet_feet,
    draw_foot_height,
    solid_box,
    add_shelves,
    free_standing,
)
from furniture.choices import Choices
from furniture.fronts import door, draw_front, drawer
from furniture.primitives import MAX_PRIMITIVES, Furniture, builds


def bookcase(draw: Choices) -> Furniture:
    """A bookcase, shelf unit, room divider or wall shelf."""
    design = draw.pick("design", DESIGNS)
    piece = Furniture("bookcase", materials=_materials(draw), name=design.__name__, choices=draw)
    spaces = design(draw, piece)
    if draw.often("has_books", 0.16):
        stock(piece, draw, spaces)
    return piece


def _materials(draw) -> tuple[str, ...]:
    """Boards, frame or handles, second colour, feet, then four books."""
    body = draw.pick(
        "board_material", {"wood": 6, "painted": 5, "plastic": 0.4, "metal": 0.5, "glass": 0.2}
    )
    second = (
        body
        if draw.often("has_one_material", 0.7)
        else draw.pick("second_material", ("wood", "painted"))
    )
    frame = draw.pick("frame_material", {"metal": 3, "wood": 1, "painted": 1})
    return (body, frame, second, body, "paper", "paper", "leather", "fabric")


def stock(piece: Furniture, draw, spaces: list[Bay]) -> None:
    """Books, boxes and vases on some of the shelves, within the limit of primitives."""
    some = draw.span("filled_share", 0.3, 0.9)
    for space in draw.each("space", spaces):
        if len(piece.rows) > MAX_PRIMITIVES - 4 or space.size[1] < 0.08:
            return
        if draw.often("is_filled", some):
            _load(piece, draw, space)


@builds("load")
def _load(piece: Furniture, draw, space: Bay) -> None:
    width, height, depth = space.size
    kind = draw.pick("design", {"row": 5, "pile": 1, "box": 1.5, "vase": 0.7})
    back, low = space.back + 0.02, space.bottom - 0.005
    if kind == "vase":
        tall = height * draw.span("vase_height", 0.4, 0.85)
        wide = min(width, depth) * draw.span("vase_width", 0.25, 0.5)
        x = space.left + draw.span("vase_offset", 0.3, 0.7) * width
        piece.egg(
            (x, low + tall / 2, (space.back + space.front) / 2), (wide, tall, wide), material=7
        )
        return
    x = space.left + 0.01
    for _ in draw.each("item", range(3 if kind == "row" else 1)):
        wide = (
            width * draw.span("book_width", 0.12, 0.45)
            if kind == "row"
            else width * draw.span("box_width", 0.3, 0.9)
        )
        if x + wide > space.right:
            return
        tall = height * (
            draw.span("pile_height", 0.25, 0.4)
            if kind == "pile"
            else draw.span("row_height", 0.5, 0.93)
        )
        load = Bay(
            x, x + wide, low, low + tall, back, back + depth * draw.span("depth_ratio", 0.5, 0.85)
        )
        solid_box(piece, load, draw.pick("material_slot", (4, 5, 6, 7)))
        x += wide + 0.004


def classic(draw, piece: Furniture) -> list[Bay]:
    """A backed case with three to seven tiers: what one thinks of first."""
    width, height, depth = _case_size(draw)
    style = draw.pick(
        "foot_design", {"plinth": 5, "flush": 3, "blocks": 1, "tapered": 0.7, "bracket": 0.7}
    )
    lift = draw_foot_height(draw, style)
    bay = free_standing(width, height - lift, depth, lift)
    cabinet_feet(piece, draw, bay, style)
    board = draw.span("board_thickness", 0.016, 0.045)
    inside = carcass(piece, bay, board, back_material=draw.pick("back_material_slot", {0: 3, 2: 1}))
    _crown(piece, draw, bay)
    spaces = []
    count = (
        1
        if width < 1.0
        else draw.pick("column_count", {1: 0.4, 2: 3, 3: 1.5 if width > 1.3 else 0})
    )
    rows = max(2, round(inside.size[1] / draw.span("shelf_pitch", 0.26, 0.42)))
    shares = _uneven(draw, rows)
    for column in draw.each("column", add_dividers(piece, inside, count, board)):
        spaces += add_shelves(piece, column, shares, board * draw.span("shelf_ratio", 0.7, 1.0))
    return spaces


def _case_size(draw) -> tuple[float, float, float]:
    """Width, height, depth: tall ones most, then low, narrow and wide ones."""
    shape = draw.pick("size_class", {"tall": 6, "narrow": 2.5, "low": 2.5, "wide": 1.5})
    depth = draw.span("depth", 0.22, 0.42)
    if shape == "tall":
        return draw.span("tall_width", 0.6, 1.0), draw.span("tall_height", 1.6, 2.4), depth
    if shape == "narrow":
        return draw.span("narrow_width", 0.25, 0.5), draw.span("narrow_height", 1.5, 2.2), depth
    if shape == "low":
        return draw.span("low_width", 0.6, 1.4), draw.span("low_height", 0.7, 1.2), depth
    return draw.span("wide_width", 1.1, 2.2), draw.span("wide_height", 1.4, 2.3), depth


def _uneven(draw, rows: int) -> list[float]:
    """Shares of the tiers: equal, growing downward, or at random."""
    way = draw.pick("tier_design", {"equal": 5, "graded": 2, "random": 3})
    if way == "graded":
        return [1.3 - 0.6 * i / rows for i in range(rows)]
    return [
        1.0 if way == "equal" else draw.span("share", 0.7, 1.4)
        for _ in draw.each("tier_height", range(rows))
    ]


@builds("crown")
def _crown(piece: Furniture, draw, bay: Bay) -> None:
    """Sometimes a top board or cornice that juts out."""
    if draw.often("has_board", 0.3):
        over = draw.span("overhang", 0.008, 0.035)
        thick = draw.span("thickness", 0.018, 0.04)
        top = bay._replace(bottom=bay.top - 0.002, top=bay.top + thick)
        solid_box(piece, top.shrink(x=-over, z=-over / 2), 0, edge=0.006)


def grid(draw, piece: Furniture) -> list[Bay]:
    """Square openings, mostly without a back, in a thicker rim."""
    columns = draw.pick("column_count", {1: 2, 2: 4, 3: 2, 4: 2, 5: 1})
    rows = draw.pick("row_count", {1: 0.6, 2: 3, 3: 2, 4: 3, 5: 1})
    rows = max(rows, 2) if columns == 1 else rows
    cell = draw.span("cell_size", 0.28, 0.42)
    depth = draw.span("depth", 0.28, 0.42)
    rim = draw.span("rim_thickness", 0.018, 0.055)
    lift = draw_foot_height(draw, "tapered") if draw.often("is_raised", 0.25) else 0.0
    bay = free_standing(
        columns * cell + rim,
        rows * cell * draw.span("cell_height_ratio", 0.9, 1.1) + rim,
        depth,
        lift,
    )
    cabinet_feet(
        piece, draw, bay, draw.pick("foot_design", ("blocks", "frame", "tapered", "castors")), 0
    )
    inside = carcass(
        piece, bay, rim, back_material=draw.pick("back_material_slot", {None: 3, 0: 1})
    )
    thin = min(rim, draw.span("board_thickness", 0.014, 0.03))
    lanes = add_shelves(piece, inside, rows, thin)
    if columns * rows > 12 or draw.often("has_through_dividers", 0.6):
        add_dividers(piece, inside, columns, thin)
        spaces = [cell for lane in lanes for cell in lane.columns(columns)]
    else:
        spaces = [cell for lane in lanes for cell in add_dividers(piece, lane, columns, thin)]
    if draw.often("has_inserts", 0.25):
        _inserts(piece, draw, spaces, bay.size)
    return spaces


def _inserts(piece: Furniture, draw, spaces: list[Bay], size) -> None:
    """Doors, drawers or baskets in some openings."""
    front_style = draw_front(draw, max(size), material=draw.pick("front_material_slot", (0, 2)))
    kind = draw.pick("insert_design", {"door": 2, "drawers": 1, "basket": 2})
    for space in draw.each("insert", spaces):
        if len(piece.rows) > 50 or not draw.often("has_insert", 0.45):
            continue
        shut = space._replace(front=space.front - 0.02)
        solid_box(
            piece,
            shut.shrink(x=0.008, y=0.008),
            7 if kind == "basket" else front_style.material,
            edge=0.01,
            part="door",
        )
        if kind == "door":
            door(piece, shut, front_style)
        elif kind == "drawers":
            for tier in shut.tiers(2):
                drawer(piece, tier, front_style)


def frame(draw, piece: Furniture) -> list[Bay]:
    """Posts and shelves without sides: wood or metal, cross-braced or with ladder sides."""
    width, height, depth = _case_size(draw)
    post = draw.span("post_thickness", 0.018, 0.045)
    posts = draw.pick("post_material_slot", {1: 3, 0: 2})
    places = [-width / 2, width / 2]
    if width > 1.2 and draw.often("has_middle_posts", 0.5):
        places.insert(1, 0.0)
    square = draw.often("has_square_posts", 0.75)
    for x in places:
        for z in LEFT_RIGHT:
            foot = (x, 0.0, z * (depth - post) / 2)
            beam(
                piece, foot, (x, height, foot[2]), post, square=square, material=posts, part="post"
            )
    tiers = _frame_shelves(
        piece, draw, Bay(-width / 2, width / 2, 0, height, -depth / 2, depth / 2)
    )
    _brace(piece, draw, width, height, depth, post, posts)
    return tiers


@builds("shelf")
def _frame_shelves(piece: Furniture, draw, bay: Bay) -> list[Bay]:
    board = draw.span("thickness", 0.015, 0.04)
    rows = max(2, round(bay.size[1] / draw.span("pitch", 0.3, 0.5)))
    first = draw.span("first_height", 0.03, 0.2)
    last = bay.top - (0.0 if draw.often("reaches_top", 0.5) else draw.span("top_gap", 0.02, 0.15))
    step = (last - first) / rows
    heights = [first + i * step for i in range(rows + 1)]
    for y in heights:
        solid_box(piece, bay._replace(bottom=y - board, top=y), 0)
    return [bay._replace(bottom=y, top=y + step - board) for y in heights[:-1]]


@builds("brace")
def _brace(piece: Furniture, draw, width, height, depth, post, material) -> None:
    """What keeps the posts square: rungs at the sides, a cross behind, or rails."""
    kind = draw.pick("design", {"rungs": 3, "cross": 2, "side cross": 1, "none": 2})
    back = (post - depth) / 2
    if kind == "cross":
        low = draw.span("low_level", 0.1, 0.4) * height
        high = draw.span("high_level", 0.6, 0.95) * height
        for s in LEFT_RIGHT:
            start = (s * width / 2, low, back)
            beam(piece, start, (-s * width / 2, high, back), 0.018, square=True, material=material)
    for x in (-width / 2, width / 2):
        if kind == "rungs":
            for share in (0.08, 0.36, 0.64, 0.97):
                y = share * height
                beam(
                    piece,
                    (x, y, -depth / 2),
                    (x, y, depth / 2),
                    0.8 * post,
                    square=True,
                    material=material,
                )
        if kind == "side cross":
            for s in LEFT_RIGHT:
                start = (x, 0.1 * height, s * depth / 2)
                beam(piece, start, (x, 0.9 * height, -s * depth / 2), 0.016, material=material)


def ladder(draw, piece: Furniture) -> list[Bay]:
    """A leaning ladder: shelves that deepen downward between slanted rails."""
    width = draw.span("width", 0.4, 0.9)
    height = draw.span("height", 1.4, 2.1)
    depth = draw.span("depth", 0.32, 0.55)
    top_depth = draw.span("top_depth", 0.05, 0.22)
    post = draw.span("post_thickness", 0.02, 0.04)
    straight_back = draw.often("has_upright_back", 0.5)
    for x in LEFT_RIGHT:
        at = x * width / 2
        top = (at, height, -depth / 2 + top_depth)
        beam(
            piece, (at, 0, depth / 2), top, (post, 1.4 * post), square=True, material=1, part="rail"
        )
        if straight_back:
            beam(
                piece,
                (at, 0, -depth / 2),
                (at, height, -depth / 2),
                post,
                square=True,
                material=1,
                part="post",
            )
    rows = draw.pick("shelf_count", {3: 1, 4: 3, 5: 3, 6: 1})
    board = draw.span("shelf_thickness", 0.015, 0.03)
    spaces = []
    for i in draw.each("shelf", range(rows)):
        y = height * (0.06 + 0.9 * i / max(rows - 1, 1)) * 0.98
        front = depth / 2 + (top_depth - depth) * y / height
        shelf = Bay(-width / 2, width / 2, y, y + board, -depth / 2, front)
        solid_box(piece, shelf, 0, part="shelf")
        if draw.often("has_front_lip", 0.2):
            solid_box(piece, shelf._replace(top=y + 0.06, back=front - 0.02), 0, part="shelf")
        spaces.append(shelf._replace(bottom=y + board, top=y + 0.25))
    return spaces


def mixed(draw, piece: Furniture) -> list[Bay]:
    """Open shelves above, doors or drawers below; the lower part may be deeper."""
    width = draw.span("width", 0.6, 1.8)
    height = draw.span("height", 1.2, 2.2)
    depth = draw.span("depth", 0.28, 0.45)
    lift = draw.span("foot_height", 0.03, 0.12)
    low_height = height * draw.span("base_ratio", 0.25, 0.45)
    low = free_standing(width, low_height - lift, depth, lift)
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
    _crown(piece, draw, high)
    lanes = add_dividers(piece, inside, 1 if width < 1.1 else 2, 0.022)
    spaces = []
    for lane in draw.each("lane", lanes):
        spaces += add_shelves(piece, lane, draw.pick("shelf_count", (2, 3, 4)), 0.022)
    return spaces


def glazed(draw, piece: Furniture) -> list[Bay]:
    """A bookcase shut by doors: solid, as Pix3D's closed ones are."""
    width = draw.span("width", 0.45, 1.2)
    height = draw.span("height", 1.3, 2.2)
    depth = draw.span("depth", 0.26, 0.42)
    bay = free_standing(width, height - 0.06, depth, 0.06)
    cabinet_feet(
        piece, draw, bay, draw.pick("foot_design", {"plinth": 3, "blocks": 1, "bracket": 1})
    )
    solid_box(piece, bay, 0, part="carcass")
    _crown(piece, draw, bay)
    front_style = draw_front(draw, height, material=draw.pick("front_material_slot", (0, 2)))
    tiers = bay.shrink(x=0.01, y=0.01).tiers(draw.pick("tier_count", {1: 2, 2: 2}))
    for tier in tiers:
        for i, column in enumerate(tier.columns(max(1, round(width / 0.5)))):
            door(piece, column, front_style, hinge=-1 if i % 2 == 0 else 1)
    return []


def stepped(draw, piece: Furniture) -> list[Bay]:
    """Boxes stacked like stairs or at random, or a zigzag of shelves."""
    cell = draw.span("cell_size", 0.28, 0.45)
    depth = draw.span("depth", 0.25, 0.4)
    steps = draw.pick("step_count", {3: 1, 4: 1, 5: 0.4})
    side = draw.pick("rising_side", (-1, 1))
    board = draw.span("board_thickness", 0.016, 0.035)
    spaces = []
    for i in draw.each("step", range(steps)):
        tall = (i + 1) * cell
        left = side * (i - (steps - 1) / 2) * cell
        bay = Bay(left - cell / 2, left + cell / 2 + board / 2, 0, tall, -depth / 2, depth / 2)
        inside = carcass(
            piece, bay, board, back_material=draw.pick("back_material_slot", {None: 1, 0: 0.0})
        )
        spaces += add_shelves(piece, inside, i + 1, board)
    return spaces


def spine(draw, piece: Furniture) -> list[Bay]:
    """Shelves on one upright or on a back board: wall columns and trees."""
    height = draw.span("height", 1.2, 2.0)
    width = draw.span("width", 0.24, 0.6)
    depth = draw.span("depth", 0.18, 0.3)
    board = draw.span("board_thickness", 0.02, 0.05)
    rows = draw.count("shelf_count", 4, 9)
    wide = width * draw.pick("spine_width", {1.0: 1, 0.35: 1})
    back = Bay(
        -wide / 2,
        wide / 2,
        0,
        height,
        -depth / 2,
        -depth / 2 + draw.span("spine_thickness", 0.02, 0.05),
    )
    solid_box(piece, back, draw.pick("spine_material_slot", (0, 1)), part="spine")
    spaces = []
    for tier in draw.each("shelf", free_standing(width, height, depth).tiers(rows)):
        shift = draw.span("shift", -0.1, 0.1) * width if draw.often("is_shifted", 0.3) else 0.0
        shelf = tier._replace(left=tier.left + shift, right=tier.right + shift)
        solid_box(piece, shelf._replace(top=tier.bottom + board), 0, part="shelf")
        spaces.append(shelf._replace(bottom=tier.bottom + board))
    return spaces


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
