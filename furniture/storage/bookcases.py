"""Bookcases: closed backs, open grids, ladders, frames, with a few books.

Pix3D's bookcases are hollow (20-30 % of the bounding box), stand along x with their back at -z,
mostly 0.25-0.5 wide and 0.15-0.3 deep for a height of 1; the grids hold no books, so ours hold few.
"""

import numpy as np

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
from furniture.parts import LEFT_RIGHT, beam, often, pick, span
from furniture.primitives import MAX_PRIMITIVES, Furniture


def bookcase(rng: np.random.Generator) -> Furniture:
    """A bookcase, shelf unit, room divider or wall shelf."""
    design = pick(rng, DESIGNS)
    piece = Furniture("bookcase", materials=_materials(rng), name=design.__name__)
    spaces = design(rng, piece)
    if often(rng, 0.16):
        stock(piece, rng, spaces)
    return piece


def _materials(rng) -> tuple[str, ...]:
    """Boards, frame or handles, second colour, feet, then four books."""
    body = pick(rng, {"wood": 6, "painted": 5, "plastic": 0.4, "metal": 0.5, "glass": 0.2})
    second = body if often(rng, 0.7) else pick(rng, ("wood", "painted"))
    frame = pick(rng, {"metal": 3, "wood": 1, "painted": 1})
    return (body, frame, second, body, "paper", "paper", "leather", "fabric")


def stock(piece: Furniture, rng, spaces: list[Bay]) -> None:
    """Books, boxes and vases on some of the shelves, within the limit of primitives."""
    some = span(rng, 0.3, 0.9)
    for space in spaces:
        if len(piece.rows) > MAX_PRIMITIVES - 4 or space.size[1] < 0.08:
            return
        if often(rng, some):
            _load(piece, rng, space)


def _load(piece: Furniture, rng, space: Bay) -> None:
    width, height, depth = space.size
    kind = pick(rng, {"row": 5, "pile": 1, "box": 1.5, "vase": 0.7})
    back, low = space.back + 0.02, space.bottom - 0.005
    if kind == "vase":
        tall, wide = height * span(rng, 0.4, 0.85), min(width, depth) * span(rng, 0.25, 0.5)
        x = space.left + span(rng, 0.3, 0.7) * width
        piece.egg(
            (x, low + tall / 2, (space.back + space.front) / 2), (wide, tall, wide), material=7
        )
        return
    x = space.left + 0.01
    for _ in range(3 if kind == "row" else 1):
        wide = width * span(rng, 0.12, 0.45) if kind == "row" else width * span(rng, 0.3, 0.9)
        if x + wide > space.right:
            return
        tall = height * (span(rng, 0.25, 0.4) if kind == "pile" else span(rng, 0.5, 0.93))
        load = Bay(x, x + wide, low, low + tall, back, back + depth * span(rng, 0.5, 0.85))
        fill(piece, load, pick(rng, (4, 5, 6, 7)))
        x += wide + 0.004


def classic(rng, piece: Furniture) -> list[Bay]:
    """A backed case with three to seven tiers: what one thinks of first."""
    width, height, depth = _case_size(rng)
    style = pick(rng, {"plinth": 5, "flush": 3, "blocks": 1, "tapered": 0.7, "bracket": 0.7})
    lift = feet_height(rng, style)
    bay = standing(width, height - lift, depth, lift)
    feet(piece, rng, bay, style)
    board = span(rng, 0.016, 0.045)
    inside = carcass(piece, bay, board, back_material=pick(rng, {0: 3, 2: 1}))
    _crown(piece, rng, bay)
    spaces = []
    count = 1 if width < 1.0 else pick(rng, {1: 0.4, 2: 3, 3: 1.5 if width > 1.3 else 0})
    rows = max(2, round(inside.size[1] / span(rng, 0.26, 0.42)))
    shares = _uneven(rng, rows)
    for column in divide(piece, inside, count, board):
        spaces += shelve(piece, column, shares, board * span(rng, 0.7, 1.0))
    return spaces


def _case_size(rng) -> tuple[float, float, float]:
    """Width, height, depth: tall ones most, then low, narrow and wide ones."""
    shape = pick(rng, {"tall": 6, "narrow": 2.5, "low": 2.5, "wide": 1.5})
    depth = span(rng, 0.22, 0.42)
    if shape == "tall":
        return span(rng, 0.6, 1.0), span(rng, 1.6, 2.4), depth
    if shape == "narrow":
        return span(rng, 0.25, 0.5), span(rng, 1.5, 2.2), depth
    if shape == "low":
        return span(rng, 0.6, 1.4), span(rng, 0.7, 1.2), depth
    return span(rng, 1.1, 2.2), span(rng, 1.4, 2.3), depth


def _uneven(rng, rows: int) -> list[float]:
    """Shares of the tiers: equal, growing downward, or at random."""
    way = pick(rng, {"equal": 5, "graded": 2, "random": 3})
    if way == "graded":
        return [1.3 - 0.6 * i / rows for i in range(rows)]
    return [1.0 if way == "equal" else span(rng, 0.7, 1.4) for _ in range(rows)]


def _crown(piece: Furniture, rng, bay: Bay) -> None:
    """Sometimes a top board or cornice that juts out."""
    if often(rng, 0.3):
        over, thick = span(rng, 0.008, 0.035), span(rng, 0.018, 0.04)
        top = bay._replace(bottom=bay.top - 0.002, top=bay.top + thick)
        fill(piece, top.shrink(x=-over, z=-over / 2), 0, edge=0.006)


def grid(rng, piece: Furniture) -> list[Bay]:
    """Square openings, mostly without a back, in a thicker rim."""
    columns, rows = (
        pick(rng, {1: 2, 2: 4, 3: 2, 4: 2, 5: 1}),
        pick(rng, {1: 0.6, 2: 3, 3: 2, 4: 3, 5: 1}),
    )
    rows = max(rows, 2) if columns == 1 else rows
    cell, depth = span(rng, 0.28, 0.42), span(rng, 0.28, 0.42)
    rim = span(rng, 0.018, 0.055)
    lift = feet_height(rng, "tapered") if often(rng, 0.25) else 0.0
    bay = standing(columns * cell + rim, rows * cell * span(rng, 0.9, 1.1) + rim, depth, lift)
    feet(piece, rng, bay, pick(rng, ("blocks", "frame", "tapered", "castors")), 0)
    inside = carcass(piece, bay, rim, back_material=pick(rng, {None: 3, 0: 1}))
    thin = min(rim, span(rng, 0.014, 0.03))
    lanes = shelve(piece, inside, rows, thin)
    if columns * rows > 12 or often(rng, 0.6):
        divide(piece, inside, columns, thin)
        spaces = [cell for lane in lanes for cell in lane.columns(columns)]
    else:
        spaces = [cell for lane in lanes for cell in divide(piece, lane, columns, thin)]
    if often(rng, 0.25):
        _inserts(piece, rng, spaces, bay.size)
    return spaces


def _inserts(piece: Furniture, rng, spaces: list[Bay], size) -> None:
    """Doors, drawers or baskets in some openings."""
    look = draw_front(rng, max(size), material=pick(rng, (0, 2)))
    kind = pick(rng, {"door": 2, "drawers": 1, "basket": 2})
    for space in spaces:
        if len(piece.rows) > 50 or not often(rng, 0.45):
            continue
        shut = space._replace(front=space.front - 0.02)
        fill(
            piece,
            shut.shrink(x=0.008, y=0.008),
            7 if kind == "basket" else look.material,
            edge=0.01,
        )
        if kind == "door":
            door(piece, shut, look)
        elif kind == "drawers":
            for tier in shut.tiers(2):
                drawer(piece, tier, look)


def frame(rng, piece: Furniture) -> list[Bay]:
    """Posts and shelves without sides: wood or metal, cross-braced or with ladder sides."""
    width, height, depth = _case_size(rng)
    post = span(rng, 0.018, 0.045)
    posts = pick(rng, {1: 3, 0: 2})
    places = [-width / 2, width / 2]
    if width > 1.2 and often(rng, 0.5):
        places.insert(1, 0.0)
    square = often(rng, 0.75)
    for x in places:
        for z in LEFT_RIGHT:
            foot = (x, 0.0, z * (depth - post) / 2)
            beam(piece, foot, (x, height, foot[2]), post, square=square, material=posts)
    tiers = _frame_shelves(piece, rng, Bay(-width / 2, width / 2, 0, height, -depth / 2, depth / 2))
    _brace(piece, rng, width, height, depth, post, posts)
    return tiers


def _frame_shelves(piece: Furniture, rng, bay: Bay) -> list[Bay]:
    board, rows = span(rng, 0.015, 0.04), max(2, round(bay.size[1] / span(rng, 0.3, 0.5)))
    first = span(rng, 0.03, 0.2)
    last = bay.top - (0.0 if often(rng, 0.5) else span(rng, 0.02, 0.15))
    step = (last - first) / rows
    heights = [first + i * step for i in range(rows + 1)]
    for y in heights:
        fill(piece, bay._replace(bottom=y - board, top=y), 0)
    return [bay._replace(bottom=y, top=y + step - board) for y in heights[:-1]]


def _brace(piece: Furniture, rng, width, height, depth, post, material) -> None:
    """What keeps the posts square: rungs at the sides, a cross behind, or rails."""
    kind = pick(rng, {"rungs": 3, "cross": 2, "side cross": 1, "none": 2})
    back = (post - depth) / 2
    if kind == "cross":
        low, high = span(rng, 0.1, 0.4) * height, span(rng, 0.6, 0.95) * height
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


def ladder(rng, piece: Furniture) -> list[Bay]:
    """A leaning ladder: shelves that deepen downward between slanted rails."""
    width, height, depth = span(rng, 0.4, 0.9), span(rng, 1.4, 2.1), span(rng, 0.32, 0.55)
    top_depth, post = span(rng, 0.05, 0.22), span(rng, 0.02, 0.04)
    straight_back = often(rng, 0.5)
    for x in LEFT_RIGHT:
        at = x * width / 2
        top = (at, height, -depth / 2 + top_depth)
        beam(piece, (at, 0, depth / 2), top, (post, 1.4 * post), square=True, material=1)
        if straight_back:
            beam(
                piece, (at, 0, -depth / 2), (at, height, -depth / 2), post, square=True, material=1
            )
    rows, board = pick(rng, {3: 1, 4: 3, 5: 3, 6: 1}), span(rng, 0.015, 0.03)
    spaces = []
    for i in range(rows):
        y = height * (0.06 + 0.9 * i / max(rows - 1, 1)) * 0.98
        front = depth / 2 + (top_depth - depth) * y / height
        shelf = Bay(-width / 2, width / 2, y, y + board, -depth / 2, front)
        fill(piece, shelf, 0)
        if often(rng, 0.2):
            fill(piece, shelf._replace(top=y + 0.06, back=front - 0.02), 0)
        spaces.append(shelf._replace(bottom=y + board, top=y + 0.25))
    return spaces


def mixed(rng, piece: Furniture) -> list[Bay]:
    """Open shelves above, doors or drawers below; the lower part may be deeper."""
    width, height, depth = span(rng, 0.6, 1.8), span(rng, 1.2, 2.2), span(rng, 0.28, 0.45)
    lift = span(rng, 0.03, 0.12)
    low_height = height * span(rng, 0.25, 0.45)
    low = standing(width, low_height - lift, depth, lift)
    feet(piece, rng, low, pick(rng, {"plinth": 3, "blocks": 1, "bracket": 1, "bun": 0.5}))
    fill(piece, low, 0)
    look = draw_front(rng, height, material=pick(rng, {0: 3, 2: 1}))
    count = max(1, round(width / span(rng, 0.38, 0.55)))
    for i, column in enumerate(low.shrink(x=0.01, y=0.01).columns(count)):
        if often(rng, 0.75):
            door(piece, column, look, hinge=-1 if i % 2 == 0 else 1)
        else:
            for tier in column.tiers(2):
                drawer(piece, tier, look)
    high = standing(width, height - low_height, depth, low_height)._replace(
        bottom=low_height - 0.01
    )
    if often(rng, 0.4):
        high = high._replace(front=high.front - span(rng, 0.03, 0.14))
    inside = carcass(piece, high, 0.024, back_material=pick(rng, {0: 3, 2: 1}))
    _crown(piece, rng, high)
    lanes = divide(piece, inside, 1 if width < 1.1 else 2, 0.022)
    return [s for lane in lanes for s in shelve(piece, lane, pick(rng, (2, 3, 4)), 0.022)]


def glazed(rng, piece: Furniture) -> list[Bay]:
    """A bookcase shut by doors: solid, as Pix3D's closed ones are."""
    width, height, depth = span(rng, 0.45, 1.2), span(rng, 1.3, 2.2), span(rng, 0.26, 0.42)
    bay = standing(width, height - 0.06, depth, 0.06)
    feet(piece, rng, bay, pick(rng, {"plinth": 3, "blocks": 1, "bracket": 1}))
    fill(piece, bay, 0)
    _crown(piece, rng, bay)
    look = draw_front(rng, height, material=pick(rng, (0, 2)))
    tiers = bay.shrink(x=0.01, y=0.01).tiers(pick(rng, {1: 2, 2: 2}))
    for tier in tiers:
        for i, column in enumerate(tier.columns(max(1, round(width / 0.5)))):
            door(piece, column, look, hinge=-1 if i % 2 == 0 else 1)
    return []


def stepped(rng, piece: Furniture) -> list[Bay]:
    """Boxes stacked like stairs or at random, or a zigzag of shelves."""
    cell, depth = span(rng, 0.28, 0.45), span(rng, 0.25, 0.4)
    steps, side = pick(rng, {3: 1, 4: 1, 5: 0.4}), pick(rng, (-1, 1))
    board, spaces = span(rng, 0.016, 0.035), []
    for i in range(steps):
        tall = (i + 1) * cell
        left = side * (i - (steps - 1) / 2) * cell
        bay = Bay(left - cell / 2, left + cell / 2 + board / 2, 0, tall, -depth / 2, depth / 2)
        inside = carcass(piece, bay, board, back_material=pick(rng, {None: 1, 0: 0.0}))
        spaces += shelve(piece, inside, i + 1, board)
    return spaces


def spine(rng, piece: Furniture) -> list[Bay]:
    """Shelves on one upright or on a back board: wall columns and trees."""
    height, width, depth = span(rng, 1.2, 2.0), span(rng, 0.24, 0.6), span(rng, 0.18, 0.3)
    board, rows = span(rng, 0.02, 0.05), int(span(rng, 4, 9))
    wide = width * pick(rng, {1.0: 1, 0.35: 1})
    back = Bay(-wide / 2, wide / 2, 0, height, -depth / 2, -depth / 2 + span(rng, 0.02, 0.05))
    fill(piece, back, pick(rng, (0, 1)))
    spaces = []
    for tier in standing(width, height, depth).tiers(rows):
        shift = span(rng, -0.1, 0.1) * width if often(rng, 0.3) else 0.0
        shelf = tier._replace(left=tier.left + shift, right=tier.right + shift)
        fill(piece, shelf._replace(top=tier.bottom + board), 0)
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
