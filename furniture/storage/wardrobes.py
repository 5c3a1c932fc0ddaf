"""Wardrobes, cabinets and chests: a carcass on feet, with doors and drawers.

Pix3D's closed wardrobes are solid inside (90-99 % of their bounding box) and stand along x, about
0.45 wide and 0.3 deep for a height of 1; only doorless ones are hollow, with a back. So are ours.
"""

from dataclasses import replace

import numpy as np

from furniture.cabinet_parts import (
    FACING,
    FEET,
    Bay,
    Front,
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
from furniture.parts import beam, often, pick, span
from furniture.primitives import MAX_PRIMITIVES, Furniture


def wardrobe(rng: np.random.Generator) -> Furniture:
    """A wardrobe, cabinet, locker, dresser or clothes rack."""
    design = pick(rng, DESIGNS)
    piece = design(rng, Furniture("wardrobe", materials=_materials(rng), name=design.__name__))
    return piece if len(piece.rows) <= MAX_PRIMITIVES else wardrobe(rng)  # too ornate: draw again


def _materials(rng) -> tuple[str, ...]:
    """Carcass, handles, fronts, feet, glass or mirror."""
    body = pick(rng, {"wood": 5, "painted": 5, "metal": 0.5, "plastic": 0.3})
    front = body if often(rng, 0.75) else pick(rng, {"wood": 2, "painted": 3, "glass": 0.6})
    return (body, pick(rng, {"metal": 4, "wood": 1, "painted": 1}), front, body, "glass", "fabric")


def body(piece: Furniture, rng, width: float, height: float, depth: float) -> Bay:
    """Feet, a solid carcass and sometimes a cornice -> the front that doors can take."""
    style = pick(rng, FEET)
    lift = feet_height(rng, style)
    bay = standing(width, height - lift, depth, lift)
    feet(piece, rng, bay, style, pick(rng, {0: 3, 3: 1}))
    fill(piece, bay, 0, edge=span(rng, 0.002, 0.012))
    _crown(piece, rng, bay)
    rim = span(rng, 0.0, 0.035) if often(rng, 0.6) else 0.0
    return bay.shrink(x=rim, y=rim)


def _crown(piece: Furniture, rng, bay: Bay) -> None:
    """What ends the carcass above: nothing, a top board, or a stepped cornice."""
    crown = pick(rng, {"none": 5, "board": 3, "cornice": 1.5, "arch": 0.3})
    if crown == "none":
        return
    over, thick = span(rng, 0.008, 0.03), span(rng, 0.015, 0.035)
    top = bay._replace(bottom=bay.top - 0.002, top=bay.top + thick)
    if crown == "arch":
        x, y, z = top.center
        piece.cylinder((x, y, z), top.size[0] / 2, top.size[2], radius_z=0.1, rotation=FACING)
        return
    fill(piece, top.shrink(x=-over, z=-over / 2), 0)
    if crown == "cornice":
        low = bay._replace(bottom=bay.top - 1.5 * thick)
        fill(piece, low.shrink(x=-over / 2, z=-over / 3), 0, edge=0.01)


def draw_fronts(rng, piece: Furniture, longest: float) -> Front:
    """Fronts in the carcass's material, or a second one."""
    return draw_front(rng, longest, material=pick(rng, {0: 2, 2: 1}), handle_material=1)


def doors(piece: Furniture, bay: Bay, look: Front, count: int) -> None:
    """Doors side by side, hinged in pairs."""
    for i, column in enumerate(bay.columns(count)):
        last_single = count % 2 == 1 and i == count - 1
        door(piece, column, look, hinge=-1 if i % 2 == 0 and not last_single else 1)


def hinged(rng, piece: Furniture) -> Furniture:
    """The common one: tall, one to six doors, sometimes drawers below or boxes above."""
    count = pick(rng, {1: 1.5, 2: 6, 3: 3, 4: 1.5, 5: 0.3, 6: 0.3})
    width = count * span(rng, 0.36, 0.55)
    height = span(rng, 1.65, 2.4)
    bay = body(piece, rng, width, height, span(rng, 0.38, 0.66))
    look = draw_fronts(rng, piece, height)
    layout = pick(rng, {"doors": 5, "drawers": 3, "split": 1.2, "top": 1})
    if layout == "drawers":
        low, bay = bay.tiers((span(rng, 0.13, 0.35), 1))
        rows = pick(rng, {1: 3, 2: 2, 3: 0.5})
        for tier in low.tiers(rows):
            for column in tier.columns(pick(rng, {1: 1, max(1, count // 2): 1})):
                drawer(piece, column, look)
    elif layout == "split":
        low, bay = bay.tiers((span(rng, 0.6, 1), 1))
        doors(piece, low, look, min(count, 4))
    elif layout == "top":
        bay, high = bay.tiers((1, span(rng, 0.2, 0.35)))
        doors(piece, high, look, min(count, 4))
    doors(piece, bay, look, count)
    return piece


def sliding(rng, piece: Furniture) -> Furniture:
    """Two or three doors that run before each other, some of mirror or in strips."""
    width, height = span(rng, 1.2, 2.8), span(rng, 1.9, 2.4)
    bay = body(piece, rng, width, height, span(rng, 0.5, 0.68))
    count = 2 if width < 2.0 or often(rng, 0.4) else 3
    strips = pick(rng, {1: 3, 2: 1, 3: 1, 4: 0.8, 5: 0.5})
    mirror = pick(rng, range(count)) if often(rng, 0.35) else -1
    alternate = often(rng, 0.4)
    for i, column in enumerate(bay.columns(count)):
        out = 0.022 + 0.02 * (i % 2)
        for j, tier in enumerate(column.tiers(strips)):
            material = 4 if i == mirror else 2 if alternate and j % 2 else 0
            slab = tier.shrink(y=0.005 if strips > 1 else 0.0)
            fill(piece, slab._replace(back=bay.front - 0.01, front=bay.front + out), material)
    return piece


def chest(rng, piece: Furniture) -> Furniture:
    """A chest of drawers, from a narrow tower to a wide dresser."""
    width, rows = span(rng, 0.38, 1.7), pick(rng, {2: 1, 3: 3, 4: 4, 5: 3, 6: 2, 7: 0.5})
    height = rows * span(rng, 0.16, 0.24) + 0.1
    bay = body(piece, rng, width, height, span(rng, 0.36, 0.55))
    look = draw_fronts(rng, piece, max(width, height))
    graded = span(rng, 0.0, 0.15) if often(rng, 0.5) else 0.0
    tiers = bay.tiers([1 - graded * i for i in range(rows)])
    columns = 1 if width < 0.9 else pick(rng, {1: 1, 2: 4, 3: 1 if width > 1.3 else 0})
    if columns * rows > 14:  # keeps fronts and knobs within the studio's 64 primitives
        look = replace(look, panel="flat", handle="bar")
    halves = often(rng, 0.35) and columns == 1 and width > 0.6
    for i, tier in enumerate(tiers):
        for column in tier.columns(2 if halves and i == rows - 1 else columns):
            drawer(piece, column, look)
    if often(rng, 0.08):
        _mirror(piece, rng, bay)
    return piece


def _mirror(piece: Furniture, rng, bay: Bay) -> None:
    """A looking glass that stands on the back of a dresser."""
    wide, tall = span(rng, 0.4, 0.9) * bay.size[0], span(rng, 0.5, 0.9)
    glass = Bay(-wide / 2, wide / 2, bay.top, bay.top + tall, bay.back, bay.back + 0.03)
    fill(piece, glass, 0)
    fill(piece, glass.shrink(x=0.04, y=0.05)._replace(front=bay.back + 0.036), 4)


def armoire(rng, piece: Furniture) -> Furniture:
    """A linen cupboard or vitrine: doors over drawers, or a hutch on a wider base."""
    width, height = span(rng, 0.7, 1.5), span(rng, 1.4, 2.2)
    share = span(rng, 0.3, 0.5)
    deep = span(rng, 0.38, 0.55)
    bay = body(piece, rng, width, height * share, deep)
    look = draw_fronts(rng, piece, height)
    count = max(2, round(width / span(rng, 0.4, 0.55)))
    if often(rng, 0.5):
        doors(piece, bay, look, count)
    else:
        for tier in bay.tiers(pick(rng, {2: 1, 3: 1})):
            for column in tier.columns(pick(rng, {1: 1, 2: 1})):
                drawer(piece, column, look)
    hutch = standing(
        width - span(rng, 0.0, 0.06), height * (1 - share), deep, height * share + 0.02
    )
    hutch = hutch._replace(bottom=height * share - 0.02, front=hutch.front - span(rng, 0.02, 0.18))
    if often(rng, 0.4):
        inner = carcass(piece, hutch, 0.025)
        shelve(piece, inner, pick(rng, {2: 1, 3: 2, 4: 1}), 0.02)
    else:
        fill(piece, hutch, 0)
        doors(piece, hutch.shrink(x=0.02, y=0.03), look, count)
    return piece


def doorless(rng, piece: Furniture) -> Furniture:
    """A frame without doors: shelves, a clothes rail, drawers inside."""
    width, height = span(rng, 0.4, 1.6), span(rng, 1.7, 2.36)
    bay = standing(width, height, span(rng, 0.33, 0.62))
    inside = carcass(piece, bay, span(rng, 0.018, 0.04), back_material=pick(rng, {0: 1, 2: 1}))
    fill(piece, bay._replace(top=0.06, front=bay.front - 0.01), 0)
    columns = divide(piece, inside, pick(rng, {1: 1, 2: 1}) if width > 0.8 else 1, 0.02)
    for column in columns:
        _inside(piece, rng, column)
    return piece


def _inside(piece: Furniture, rng, bay: Bay) -> None:
    fitting = pick(rng, {"empty": 2, "shelves": 2, "rail": 2, "drawers": 1})
    if fitting == "shelves":
        shelve(piece, bay, int(span(rng, 3, 7)), 0.02)
    if fitting in ("rail", "drawers"):
        z = bay.center[2]
        high = bay.top - span(rng, 0.06, 0.35)
        beam(piece, (bay.left, high, z), (bay.right, high, z), 0.025, material=1)
    if fitting == "drawers":
        low = bay._replace(bottom=bay.bottom + 0.02, top=bay.bottom + span(rng, 0.3, 0.7))
        fill(piece, low._replace(front=low.front - 0.02), 2)
        look = Front(gap=0.016, handle="knob", material=2)
        for tier in low._replace(front=low.front - 0.03).tiers(pick(rng, (2, 3))):
            drawer(piece, tier, look)


def open_side(rng, piece: Furniture) -> Furniture:
    """Doors beside open shelves."""
    height, wide, narrow = span(rng, 1.5, 2.3), span(rng, 0.5, 1.1), span(rng, 0.25, 0.5)
    depth, side = span(rng, 0.36, 0.6), pick(rng, (-1, 1))
    whole = standing(wide + narrow, height - 0.06, depth, 0.06)
    feet(piece, rng, whole, pick(rng, {"plinth": 2, "blocks": 1}))
    at = whole.left + narrow if side < 0 else whole.right - narrow
    shut = whole._replace(left=at) if side < 0 else whole._replace(right=at)
    bare = whole._replace(right=at + 0.01) if side < 0 else whole._replace(left=at - 0.01)
    fill(piece, shut, 0)
    look = draw_fronts(rng, piece, height)
    doors(piece, shut.shrink(x=0.01, y=0.01), look, pick(rng, {1: 1, 2: 2}))
    shelve(piece, carcass(piece, bare, 0.022), int(span(rng, 3, 6)), 0.022)
    return piece


def corner(rng, piece: Furniture) -> Furniture:
    """An L of two wardrobes; the diagonal or straight wing stands on the left or right."""
    height, depth = span(rng, 1.8, 2.3), span(rng, 0.5, 0.62)
    width, wing, side = span(rng, 1.2, 2.0), span(rng, 0.4, 0.9), pick(rng, (-1, 1))
    main = standing(width, height, depth)
    fill(piece, main, 0)
    look = draw_fronts(rng, piece, height)
    free = main._replace(left=main.left + depth) if side < 0 else main
    free = main._replace(right=main.right - depth) if side > 0 else free
    doors(piece, free.shrink(x=0.01, y=0.02), look, max(1, round(free.size[0] / 0.48)))
    at = main.left if side < 0 else main.right - depth
    fill(piece, Bay(at, at + depth, 0.0, height, main.front - 0.01, main.front + wing), 0)
    return piece


def locker(rng, piece: Furniture) -> Furniture:
    """Metal lockers or a filing cabinet: a grid of small doors."""
    columns, rows = pick(rng, {1: 2, 2: 2, 3: 1, 4: 0.6}), pick(rng, {1: 1, 2: 2, 3: 1, 4: 1})
    if columns * rows > 12:
        rows = 3
    piece.materials = ("metal", "metal", "metal", "metal", "glass", "fabric")
    cell = span(rng, 0.28, 0.42)
    height = span(rng, 1.5, 1.95) if rows < 3 or columns > 1 else span(rng, 0.9, 1.4)
    bay = standing(columns * cell, height - 0.06, span(rng, 0.4, 0.6), 0.06)
    feet(piece, rng, bay, pick(rng, {"plinth": 1, "blocks": 1}))
    fill(piece, bay, 0)
    look = Front("flat", pick(rng, {"bar": 1, "knob": 1, "cup": 1}), 2, 1, 0.012 * height, 0.015)
    for column in bay.columns(columns):
        for tier in column.tiers(rows):
            door(piece, tier, look)
    return piece


def rack(rng, piece: Furniture) -> Furniture:
    """A clothes rack, sometimes under a cloth cover or with a shelf."""
    width, height, depth = span(rng, 0.7, 1.5), span(rng, 1.4, 1.9), span(rng, 0.38, 0.55)
    tube = span(rng, 0.025, 0.04)
    if often(rng, 0.35):
        cover = standing(width, height, depth)
        fill(piece, cover, 5, edge=span(rng, 0.02, 0.06))
        fill(
            piece,
            cover.shrink(x=0.46 * width)._replace(top=height * 0.9, front=depth / 2 + 0.012),
            2,
        )
        return piece
    for x in (-width / 2, width / 2):
        for z in (-depth / 2, depth / 2):
            lean = 0.0 if often(rng, 0.5) else z
            beam(piece, (x, 0, z), (x, height, z - lean), tube, material=1)
        beam(piece, (x, 0.15, -depth / 2), (x, 0.15, depth / 2), tube, material=1)
        beam(piece, (x, height, -depth / 2), (x, height, depth / 2), tube, material=1)
    beam(piece, (-width / 2, height, 0), (width / 2, height, 0), tube, over=0.03, material=1)
    for y in (0.15, 0.15 + span(rng, 0.15, 0.3))[: pick(rng, (1, 2))]:
        fill(piece, Bay(-width / 2, width / 2, y, y + 0.025, -depth / 2, depth / 2), 0)
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
