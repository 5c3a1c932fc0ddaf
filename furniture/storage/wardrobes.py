"""Wardrobes, cabinets and chests: a carcass on feet, with doors and drawers.

In Pix3D closed wardrobes are solid inside (90 to 99 % of their bounding box) and stand along x;
width is about 0.45 and depth 0.3 of the height. Only those without doors are hollow.
"""

from dataclasses import replace

from furniture.carcasses import Bay, add_shelves, carcass, free_standing, solid_box
from furniture.choices import Choices
from furniture.fronts import drawer
from furniture.primitives import MAX_PRIMITIVES, Furniture, builds
from furniture.storage.open_wardrobes import corner, doorless, locker, open_side, rack
from furniture.storage.wardrobe_parts import doors, draw_fronts, wardrobe_body


def wardrobe(draw: Choices) -> Furniture:
    """Draws a wardrobe, cabinet, locker, dresser or clothes rack."""
    design = draw.pick("design", DESIGNS)
    piece = design(
        draw, Furniture("wardrobe", materials=_materials(draw), name=design.__name__, choices=draw)
    )
    if len(piece.rows) <= MAX_PRIMITIVES or draw.is_replay:
        return piece
    draw.restart()
    return wardrobe(draw)


def _materials(draw: Choices) -> tuple[str, ...]:
    """Draws the materials: carcass, handles, fronts, feet, mirror, cloth."""
    body_material = draw.pick(
        "body_material", {"wood": 5, "painted": 5, "metal": 0.5, "plastic": 0.3}
    )
    front = (
        body_material
        if draw.often("has_one_material", 0.75)
        else draw.pick("front_material", {"wood": 2, "painted": 3, "glass": 0.6})
    )
    return (
        body_material,
        draw.pick("handle_material", {"metal": 4, "wood": 1, "painted": 1}),
        front,
        body_material,
        "glass",
        "fabric",
    )


def hinged(draw: Choices, piece: Furniture) -> Furniture:
    """One to six doors, sometimes drawers below or small doors above."""
    door_count = draw.pick("door_count", {1: 1.5, 2: 6, 3: 3, 4: 1.5, 5: 0.3, 6: 0.3})
    width = door_count * draw.span("door_width", 0.36, 0.55)
    height = draw.span("height", 1.65, 2.4)
    bay = wardrobe_body(piece, draw, width, height, draw.span("depth", 0.38, 0.66))
    front_style = draw_fronts(draw, height)
    layout = draw.pick("layout", {"doors": 5, "drawers": 3, "split": 1.2, "top": 1})
    if layout == "drawers":
        low, bay = bay.tiers((draw.span("drawer_share", 0.13, 0.35), 1))
        drawer_row_count = draw.pick("drawer_row_count", {1: 3, 2: 2, 3: 0.5})
        for tier in draw.each("row", low.tiers(drawer_row_count)):
            for column in tier.columns(
                draw.pick("drawer_column_count", {1: 1, max(1, door_count // 2): 1})
            ):
                drawer(piece, column, front_style)
    elif layout == "split":
        low, bay = bay.tiers((draw.span("lower_share", 0.6, 1), 1))
        doors(piece, low, front_style, min(door_count, 4))
    elif layout == "top":
        bay, high = bay.tiers((1, draw.span("upper_share", 0.2, 0.35)))
        doors(piece, high, front_style, min(door_count, 4))
    doors(piece, bay, front_style, door_count)
    return piece


def sliding(draw: Choices, piece: Furniture) -> Furniture:
    """Two or three sliding doors, some with a mirror or in strips."""
    width = draw.span("width", 1.2, 2.8)
    height = draw.span("height", 1.9, 2.4)
    bay = wardrobe_body(piece, draw, width, height, draw.span("depth", 0.5, 0.68))
    count = 2 if width < 2.0 or draw.often("has_two_doors", 0.4) else 3
    strip_count = draw.pick("strip_count", {1: 3, 2: 1, 3: 1, 4: 0.8, 5: 0.5})
    mirror = draw.pick("mirror_door", range(count)) if draw.often("has_mirror", 0.35) else -1
    has_alternate_strips = draw.often("has_alternate_strips", 0.4)
    for i, column in enumerate(bay.columns(count)):
        out = 0.022 + 0.02 * (i % 2)
        for j, tier in enumerate(column.tiers(strip_count)):
            material = 4 if i == mirror else 2 if has_alternate_strips and j % 2 else 0
            slab = tier.shrink(y=0.005 if strip_count > 1 else 0.0)
            solid_box(
                piece,
                slab._replace(back=bay.front - 0.01, front=bay.front + out),
                material,
                part="door",
            )
    return piece


def chest(draw: Choices, piece: Furniture) -> Furniture:
    """A chest of drawers, from a narrow tower to a wide dresser."""
    width = draw.span("width", 0.38, 1.7)
    row_count = draw.pick("row_count", {2: 1, 3: 3, 4: 4, 5: 3, 6: 2, 7: 0.5})
    height = row_count * draw.span("row_height", 0.16, 0.24) + 0.1
    bay = wardrobe_body(piece, draw, width, height, draw.span("depth", 0.36, 0.55))
    front_style = draw_fronts(draw, max(width, height))
    graded = draw.span("grading", 0.0, 0.15) if draw.often("is_graded", 0.5) else 0.0
    tiers = bay.tiers([1 - graded * i for i in range(row_count)])
    columns = (
        1 if width < 0.9 else draw.pick("column_count", {1: 1, 2: 4, 3: 1 if width > 1.3 else 0})
    )
    if columns * row_count > 14:  # limits the number of primitives
        front_style = replace(front_style, panel="flat", handle="bar")
    halves = draw.often("has_half_drawers", 0.35) and columns == 1 and width > 0.6
    for i, tier in enumerate(tiers):
        for column in tier.columns(2 if halves and i == row_count - 1 else columns):
            drawer(piece, column, front_style)
    if draw.often("has_mirror", 0.08):
        _mirror(piece, draw, bay)
    return piece


@builds("mirror")
def _mirror(piece: Furniture, draw: Choices, bay: Bay) -> None:
    """Adds a mirror on the top of a dresser."""
    wide = draw.span("width_ratio", 0.4, 0.9) * bay.size[0]
    height = draw.span("height", 0.5, 0.9)
    glass = Bay(-wide / 2, wide / 2, bay.top, bay.top + height, bay.back, bay.back + 0.03)
    solid_box(piece, glass, 0)
    solid_box(piece, glass.shrink(x=0.04, y=0.05)._replace(front=bay.back + 0.036), 4)


def armoire(draw: Choices, piece: Furniture) -> Furniture:
    """Doors or drawers below, a narrower cupboard or open shelves above."""
    width = draw.span("width", 0.7, 1.5)
    height = draw.span("height", 1.4, 2.2)
    base_ratio = draw.span("base_ratio", 0.3, 0.5)
    depth = draw.span("depth", 0.38, 0.55)
    bay = wardrobe_body(piece, draw, width, height * base_ratio, depth)
    front_style = draw_fronts(draw, height)
    count = max(2, round(width / draw.span("door_width", 0.4, 0.55)))
    if draw.often("base_has_doors", 0.5):
        doors(piece, bay, front_style, count)
    else:
        for tier in draw.each("row", bay.tiers(draw.pick("drawer_row_count", {2: 1, 3: 1}))):
            for column in tier.columns(draw.pick("drawer_column_count", {1: 1, 2: 1})):
                drawer(piece, column, front_style)
    hutch = free_standing(
        width - draw.span("upper_inset", 0.0, 0.06),
        height * (1 - base_ratio),
        depth,
        height * base_ratio + 0.02,
    )
    hutch = hutch._replace(
        bottom=height * base_ratio - 0.02,
        front=hutch.front - draw.span("upper_setback", 0.02, 0.18),
    )
    if draw.often("is_open", 0.4):
        inner = carcass(piece, hutch, 0.025)
        add_shelves(piece, inner, draw.pick("shelf_count", {2: 1, 3: 2, 4: 1}), 0.02)
    else:
        solid_box(piece, hutch, 0, part="carcass")
        doors(piece, hutch.shrink(x=0.02, y=0.03), front_style, count)
    return piece


DESIGNS = {
    hinged: 10,
    sliding: 3,
    chest: 2.5,
    doorless: 1.8,
    armoire: 1.3,
    open_side: 1.0,
    locker: 0.6,
    rack: 0.5,
    corner: 0.3,
}
