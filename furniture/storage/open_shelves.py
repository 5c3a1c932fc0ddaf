"""Bookcases without a case: posts and shelves, ladders, steps and single uprights."""

from furniture.beams import LEFT_RIGHT, beam
from furniture.carcasses import Bay, add_shelves, carcass, free_standing, solid_box
from furniture.choices import Choices
from furniture.primitives import Furniture, builds
from furniture.storage.case_parts import draw_case_size


def frame(draw: Choices, piece: Furniture) -> list[Bay]:
    """Posts and shelves without sides, of wood or metal."""
    width, height, depth = draw_case_size(draw)
    post_thickness = draw.span("post_thickness", 0.018, 0.045)
    post_material_slot = draw.pick("post_material_slot", {1: 3, 0: 2})
    places = [-width / 2, width / 2]
    if width > 1.2 and draw.often("has_middle_posts", 0.5):
        places.insert(1, 0.0)
    has_square_posts = draw.often("has_square_posts", 0.75)
    for x in places:
        for z in LEFT_RIGHT:
            foot = (x, 0.0, z * (depth - post_thickness) / 2)
            beam(
                piece,
                foot,
                (x, height, foot[2]),
                post_thickness,
                square=has_square_posts,
                material=post_material_slot,
                part="post",
            )
    tiers = _frame_shelves(
        piece, draw, Bay(-width / 2, width / 2, 0, height, -depth / 2, depth / 2)
    )
    _brace(piece, draw, width, height, depth, post_thickness, post_material_slot)
    return tiers


@builds("shelf")
def _frame_shelves(piece: Furniture, draw: Choices, bay: Bay) -> list[Bay]:
    """Adds the shelves between posts. Returns the spaces above them."""
    thickness = draw.span("thickness", 0.015, 0.04)
    rows = max(2, round(bay.size[1] / draw.span("pitch", 0.3, 0.5)))
    first_height = draw.span("first_height", 0.03, 0.2)
    last = bay.top - (0.0 if draw.often("reaches_top", 0.5) else draw.span("top_gap", 0.02, 0.15))
    step = (last - first_height) / rows
    heights = [first_height + i * step for i in range(rows + 1)]
    for y in heights:
        solid_box(piece, bay._replace(bottom=y - thickness, top=y), 0)
    return [bay._replace(bottom=y, top=y + step - thickness) for y in heights[:-1]]


@builds("brace")
def _brace(piece: Furniture, draw: Choices, width, height, depth, post, material: int) -> None:
    """Adds rungs at the sides, or crosses at the rear or the sides."""
    design = draw.pick("design", {"rungs": 3, "cross": 2, "side cross": 1, "none": 2})
    back = (post - depth) / 2
    if design == "cross":
        low = draw.span("low_level", 0.1, 0.4) * height
        high = draw.span("high_level", 0.6, 0.95) * height
        for side in LEFT_RIGHT:
            start = (side * width / 2, low, back)
            beam(
                piece, start, (-side * width / 2, high, back), 0.018, square=True, material=material
            )
    for x in (-width / 2, width / 2):
        if design == "rungs":
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
        if design == "side cross":
            for side in LEFT_RIGHT:
                start = (x, 0.1 * height, side * depth / 2)
                beam(piece, start, (x, 0.9 * height, -side * depth / 2), 0.016, material=material)


def ladder(draw: Choices, piece: Furniture) -> list[Bay]:
    """A leaning ladder with shelves that get deeper downward."""
    width = draw.span("width", 0.4, 0.9)
    height = draw.span("height", 1.4, 2.1)
    depth = draw.span("depth", 0.32, 0.55)
    top_depth = draw.span("top_depth", 0.05, 0.22)
    post_thickness = draw.span("post_thickness", 0.02, 0.04)
    has_upright_back = draw.often("has_upright_back", 0.5)
    for x in LEFT_RIGHT:
        at = x * width / 2
        top = (at, height, -depth / 2 + top_depth)
        beam(
            piece,
            (at, 0, depth / 2),
            top,
            (post_thickness, 1.4 * post_thickness),
            square=True,
            material=1,
            part="rail",
        )
        if has_upright_back:
            beam(
                piece,
                (at, 0, -depth / 2),
                (at, height, -depth / 2),
                post_thickness,
                square=True,
                material=1,
                part="post",
            )
    shelf_count = draw.pick("shelf_count", {3: 1, 4: 3, 5: 3, 6: 1})
    shelf_thickness = draw.span("shelf_thickness", 0.015, 0.03)
    spaces = []
    for i in draw.each("shelf", range(shelf_count)):
        y = height * (0.06 + 0.9 * i / max(shelf_count - 1, 1)) * 0.98
        front = depth / 2 + (top_depth - depth) * y / height
        shelf = Bay(-width / 2, width / 2, y, y + shelf_thickness, -depth / 2, front)
        solid_box(piece, shelf, 0, part="shelf")
        if draw.often("has_front_lip", 0.2):
            solid_box(piece, shelf._replace(top=y + 0.06, back=front - 0.02), 0, part="shelf")
        spaces.append(shelf._replace(bottom=y + shelf_thickness, top=y + 0.25))
    return spaces


def stepped(draw: Choices, piece: Furniture) -> list[Bay]:
    """Boxes stacked like stairs."""
    cell_size = draw.span("cell_size", 0.28, 0.45)
    depth = draw.span("depth", 0.25, 0.4)
    step_count = draw.pick("step_count", {3: 1, 4: 1, 5: 0.4})
    rising_side = draw.pick("rising_side", (-1, 1))
    board_thickness = draw.span("board_thickness", 0.016, 0.035)
    spaces = []
    for i in draw.each("step", range(step_count)):
        tall = (i + 1) * cell_size
        left = rising_side * (i - (step_count - 1) / 2) * cell_size
        bay = Bay(
            left - cell_size / 2,
            left + cell_size / 2 + board_thickness / 2,
            0,
            tall,
            -depth / 2,
            depth / 2,
        )
        inside = carcass(
            piece,
            bay,
            board_thickness,
            back_material=draw.pick("back_material_slot", {None: 1, 0: 0.0}),
        )
        spaces += add_shelves(piece, inside, i + 1, board_thickness)
    return spaces


def spine(draw: Choices, piece: Furniture) -> list[Bay]:
    """Shelves on one upright or on a back board."""
    height = draw.span("height", 1.2, 2.0)
    width = draw.span("width", 0.24, 0.6)
    depth = draw.span("depth", 0.18, 0.3)
    board_thickness = draw.span("board_thickness", 0.02, 0.05)
    shelf_count = draw.count("shelf_count", 4, 9)
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
    for tier in draw.each("shelf", free_standing(width, height, depth).tiers(shelf_count)):
        shift = draw.span("shift", -0.1, 0.1) * width if draw.often("is_shifted", 0.3) else 0.0
        shelf = tier._replace(left=tier.left + shift, right=tier.right + shift)
        solid_box(piece, shelf._replace(top=tier.bottom + board_thickness), 0, part="shelf")
        spaces.append(shelf._replace(bottom=tier.bottom + board_thickness))
    return spaces
