"""Wardrobes, cabinets and chests: a carcass on feet, with doors and drawers.

Pix3D's closed wardrobes are solid inside (90-99 % of their bounding box) and stand along x, about
0.45 wide and 0.3 deep for a height of 1; only doorless ones are hollow, with a back. So are ours.
"""

from dataclasses import replace

from furniture.beams import beam
from furniture.carcasses import (
    FOOT_DESIGNS,
    Bay,
    carcass,
    add_dividers,
    cabinet_feet,
    draw_foot_height,
    solid_box,
    add_shelves,
    free_standing,
)
from furniture.choices import ENDS, SIDES, Choices
from furniture.fronts import Front, door, draw_front, drawer
from furniture.primitives import MAX_PRIMITIVES, Furniture, builds
from furniture.vectors import Y_TO_Z


def wardrobe(draw: Choices) -> Furniture:
    """A wardrobe, cabinet, locker, dresser or clothes rack."""
    design = draw.pick("design", DESIGNS)
    piece = design(
        draw, Furniture("wardrobe", materials=_materials(draw), name=design.__name__, choices=draw)
    )
    if len(piece.rows) <= MAX_PRIMITIVES or draw.is_replay:
        return piece
    draw.restart()
    return wardrobe(draw)


def _materials(draw) -> tuple[str, ...]:
    """Carcass, handles, fronts, feet, glass or mirror."""
    body = draw.pick("body_material", {"wood": 5, "painted": 5, "metal": 0.5, "plastic": 0.3})
    front = (
        body
        if draw.often("has_one_material", 0.75)
        else draw.pick("front_material", {"wood": 2, "painted": 3, "glass": 0.6})
    )
    return (
        body,
        draw.pick("handle_material", {"metal": 4, "wood": 1, "painted": 1}),
        front,
        body,
        "glass",
        "fabric",
    )


def wardrobe_body(piece: Furniture, draw, width: float, height: float, depth: float) -> Bay:
    """Feet, a solid carcass and sometimes a cornice -> the front that doors can take."""
    style = draw.pick("foot_design", FOOT_DESIGNS)
    lift = draw_foot_height(draw, style)
    bay = free_standing(width, height - lift, depth, lift)
    cabinet_feet(piece, draw, bay, style, draw.pick("foot_material_slot", {0: 3, 3: 1}))
    solid_box(piece, bay, 0, edge=draw.span("edge_radius", 0.002, 0.012), part="carcass")
    _crown(piece, draw, bay)
    rim = draw.span("rim_width", 0.0, 0.035) if draw.often("has_rim", 0.6) else 0.0
    return bay.shrink(x=rim, y=rim)


@builds("crown")
def _crown(piece: Furniture, draw, bay: Bay) -> None:
    """What ends the carcass above: nothing, a top board, or a stepped cornice."""
    crown = draw.pick("design", {"none": 5, "board": 3, "cornice": 1.5, "arch": 0.3})
    if crown == "none":
        return
    over = draw.span("overhang", 0.008, 0.03)
    thick = draw.span("thickness", 0.015, 0.035)
    top = bay._replace(bottom=bay.top - 0.002, top=bay.top + thick)
    if crown == "arch":
        x, y, z = top.center
        piece.cylinder((x, y, z), top.size[0] / 2, top.size[2], radius_z=0.1, rotation=Y_TO_Z)
        return
    solid_box(piece, top.shrink(x=-over, z=-over / 2), 0)
    if crown == "cornice":
        low = bay._replace(bottom=bay.top - 1.5 * thick)
        solid_box(piece, low.shrink(x=-over / 2, z=-over / 3), 0, edge=0.01)


def draw_fronts(draw, piece: Furniture, longest: float) -> Front:
    """Fronts in the carcass's material, or a second one."""
    return draw_front(
        draw, longest, material=draw.pick("front_material_slot", {0: 2, 2: 1}), handle_material=1
    )


def doors(piece: Furniture, bay: Bay, front_style: Front, count: int) -> None:
    """Doors side by side, hinged in pairs."""
    for i, column in enumerate(bay.columns(count)):
        last_single = count % 2 == 1 and i == count - 1
        door(piece, column, front_style, hinge=-1 if i % 2 == 0 and not last_single else 1)


def hinged(draw, piece: Furniture) -> Furniture:
    """The common one: tall, one to six doors, sometimes drawers below or boxes above."""
    count = draw.pick("door_count", {1: 1.5, 2: 6, 3: 3, 4: 1.5, 5: 0.3, 6: 0.3})
    width = count * draw.span("door_width", 0.36, 0.55)
    height = draw.span("height", 1.65, 2.4)
    bay = wardrobe_body(piece, draw, width, height, draw.span("depth", 0.38, 0.66))
    front_style = draw_fronts(draw, piece, height)
    layout = draw.pick("layout", {"doors": 5, "drawers": 3, "split": 1.2, "top": 1})
    if layout == "drawers":
        low, bay = bay.tiers((draw.span("drawer_share", 0.13, 0.35), 1))
        rows = draw.pick("drawer_row_count", {1: 3, 2: 2, 3: 0.5})
        for tier in draw.each("row", low.tiers(rows)):
            for column in tier.columns(
                draw.pick("drawer_column_count", {1: 1, max(1, count // 2): 1})
            ):
                drawer(piece, column, front_style)
    elif layout == "split":
        low, bay = bay.tiers((draw.span("lower_share", 0.6, 1), 1))
        doors(piece, low, front_style, min(count, 4))
    elif layout == "top":
        bay, high = bay.tiers((1, draw.span("upper_share", 0.2, 0.35)))
        doors(piece, high, front_style, min(count, 4))
    doors(piece, bay, front_style, count)
    return piece


def sliding(draw, piece: Furniture) -> Furniture:
    """Two or three doors that run before each other, some of mirror or in strips."""
    width = draw.span("width", 1.2, 2.8)
    height = draw.span("height", 1.9, 2.4)
    bay = wardrobe_body(piece, draw, width, height, draw.span("depth", 0.5, 0.68))
    count = 2 if width < 2.0 or draw.often("has_two_doors", 0.4) else 3
    strips = draw.pick("strip_count", {1: 3, 2: 1, 3: 1, 4: 0.8, 5: 0.5})
    mirror = draw.pick("mirror_door", range(count)) if draw.often("has_mirror", 0.35) else -1
    alternate = draw.often("has_alternate_strips", 0.4)
    for i, column in enumerate(bay.columns(count)):
        out = 0.022 + 0.02 * (i % 2)
        for j, tier in enumerate(column.tiers(strips)):
            material = 4 if i == mirror else 2 if alternate and j % 2 else 0
            slab = tier.shrink(y=0.005 if strips > 1 else 0.0)
            solid_box(
                piece,
                slab._replace(back=bay.front - 0.01, front=bay.front + out),
                material,
                part="door",
            )
    return piece


def chest(draw, piece: Furniture) -> Furniture:
    """A chest of drawers, from a narrow tower to a wide dresser."""
    width = draw.span("width", 0.38, 1.7)
    rows = draw.pick("row_count", {2: 1, 3: 3, 4: 4, 5: 3, 6: 2, 7: 0.5})
    height = rows * draw.span("row_height", 0.16, 0.24) + 0.1
    bay = wardrobe_body(piece, draw, width, height, draw.span("depth", 0.36, 0.55))
    front_style = draw_fronts(draw, piece, max(width, height))
    graded = draw.span("grading", 0.0, 0.15) if draw.often("is_graded", 0.5) else 0.0
    tiers = bay.tiers([1 - graded * i for i in range(rows)])
    columns = (
        1 if width < 0.9 else draw.pick("column_count", {1: 1, 2: 4, 3: 1 if width > 1.3 else 0})
    )
    if columns * rows > 14:  # keeps fronts and knobs within the studio's 64 primitives
        front_style = replace(front_style, panel="flat", handle="bar")
    halves = draw.often("has_half_drawers", 0.35) and columns == 1 and width > 0.6
    for i, tier in enumerate(tiers):
        for column in tier.columns(2 if halves and i == rows - 1 else columns):
            drawer(piece, column, front_style)
    if draw.often("has_mirror", 0.08):
        _mirror(piece, draw, bay)
    return piece


@builds("mirror")
def _mirror(piece: Furniture, draw, bay: Bay) -> None:
    """A looking glass that stands on the back of a dresser."""
    wide = draw.span("width_ratio", 0.4, 0.9) * bay.size[0]
    tall = draw.span("height", 0.5, 0.9)
    glass = Bay(-wide / 2, wide / 2, bay.top, bay.top + tall, bay.back, bay.back + 0.03)
    solid_box(piece, glass, 0)
    solid_box(piece, glass.shrink(x=0.04, y=0.05)._replace(front=bay.back + 0.036), 4)


def armoire(draw, piece: Furniture) -> Furniture:
    """A linen cupboard or vitrine: doors over drawers, or a hutch on a wider base."""
    width = draw.span("width", 0.7, 1.5)
    height = draw.span("height", 1.4, 2.2)
    share = draw.span("base_ratio", 0.3, 0.5)
    deep = draw.span("depth", 0.38, 0.55)
    bay = wardrobe_body(piece, draw, width, height * share, deep)
    front_style = draw_fronts(draw, piece, height)
    count = max(2, round(width / draw.span("door_width", 0.4, 0.55)))
    if draw.often("base_has_doors", 0.5):
        doors(piece, bay, front_style, count)
    else:
        for tier in draw.each("row", bay.tiers(draw.pick("drawer_row_count", {2: 1, 3: 1}))):
            for column in tier.columns(draw.pick("drawer_column_count", {1: 1, 2: 1})):
                drawer(piece, column, front_style)
    hutch = free_standing(
        width - draw.span("upper_inset", 0.0, 0.06),
        height * (1 - share),
        deep,
        height * share + 0.02,
    )
    hutch = hutch._replace(
        bottom=height * share - 0.02, front=hutch.front - draw.span("upper_setback", 0.02, 0.18)
    )
    if draw.often("is_open", 0.4):
        inner = carcass(piece, hutch, 0.025)
        add_shelves(piece, inner, draw.pick("shelf_count", {2: 1, 3: 2, 4: 1}), 0.02)
    else:
        solid_box(piece, hutch, 0, part="carcass")
        doors(piece, hutch.shrink(x=0.02, y=0.03), front_style, count)
    return piece


def doorless(draw, piece: Furniture) -> Furniture:
    """A frame without doors: shelves, a clothes rail, drawers inside."""
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


def _inside(piece: Furniture, draw, bay: Bay) -> None:
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


def open_side(draw, piece: Furniture) -> Furniture:
    """Doors beside open shelves."""
    height = draw.span("height", 1.5, 2.3)
    wide = draw.span("closed_width", 0.5, 1.1)
    narrow = draw.span("open_width", 0.25, 0.5)
    depth = draw.span("depth", 0.36, 0.6)
    side = draw.pick("open_side", (-1, 1))
    whole = free_standing(wide + narrow, height - 0.06, depth, 0.06)
    cabinet_feet(piece, draw, whole, draw.pick("foot_design", {"plinth": 2, "blocks": 1}))
    at = whole.left + narrow if side < 0 else whole.right - narrow
    shut = whole._replace(left=at) if side < 0 else whole._replace(right=at)
    bare = whole._replace(right=at + 0.01) if side < 0 else whole._replace(left=at - 0.01)
    solid_box(piece, shut, 0, part="carcass")
    front_style = draw_fronts(draw, piece, height)
    doors(piece, shut.shrink(x=0.01, y=0.01), front_style, draw.pick("door_count", {1: 1, 2: 2}))
    add_shelves(piece, carcass(piece, bare, 0.022), draw.count("shelf_count", 3, 6), 0.022)
    return piece


def corner(draw, piece: Furniture) -> Furniture:
    """An L of two wardrobes; the diagonal or straight wing stands on the left or right."""
    height = draw.span("height", 1.8, 2.3)
    depth = draw.span("depth", 0.5, 0.62)
    width = draw.span("width", 1.2, 2.0)
    wing = draw.span("wing_length", 0.4, 0.9)
    side = draw.pick("wing_side", (-1, 1))
    main = free_standing(width, height, depth)
    solid_box(piece, main, 0, part="carcass")
    front_style = draw_fronts(draw, piece, height)
    free = main._replace(left=main.left + depth) if side < 0 else main
    free = main._replace(right=main.right - depth) if side > 0 else free
    doors(piece, free.shrink(x=0.01, y=0.02), front_style, max(1, round(free.size[0] / 0.48)))
    at = main.left if side < 0 else main.right - depth
    solid_box(
        piece,
        Bay(at, at + depth, 0.0, height, main.front - 0.01, main.front + wing),
        0,
        part="carcass",
    )
    return piece


def locker(draw, piece: Furniture) -> Furniture:
    """Metal lockers or a filing cabinet: a grid of small doors."""
    columns = draw.pick("column_count", {1: 2, 2: 2, 3: 1, 4: 0.6})
    rows = draw.pick("row_count", {1: 1, 2: 2, 3: 1, 4: 1})
    if columns * rows > 12:
        rows = 3
    piece.materials = ("metal", "metal", "metal", "metal", "glass", "fabric")
    cell = draw.span("cell_width", 0.28, 0.42)
    height = (
        draw.span("tall_height", 1.5, 1.95)
        if rows < 3 or columns > 1
        else draw.span("low_height", 0.9, 1.4)
    )
    bay = free_standing(columns * cell, height - 0.06, draw.span("depth", 0.4, 0.6), 0.06)
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
    for column in bay.columns(columns):
        for tier in column.tiers(rows):
            door(piece, tier, front_style)
    return piece


def rack(draw, piece: Furniture) -> Furniture:
    """A clothes rack, sometimes under a cloth cover or with a shelf."""
    width = draw.span("width", 0.7, 1.5)
    height = draw.span("height", 1.4, 1.9)
    depth = draw.span("depth", 0.38, 0.55)
    tube = draw.span("tube_thickness", 0.025, 0.04)
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
            beam(piece, (x, 0, z), (x, height, z - lean), tube, material=1, part="post")
        beam(piece, (x, 0.15, -depth / 2), (x, 0.15, depth / 2), tube, material=1, part="rail")
        beam(piece, (x, height, -depth / 2), (x, height, depth / 2), tube, material=1, part="rail")
    beam(
        piece,
        (-width / 2, height, 0),
        (width / 2, height, 0),
        tube,
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
