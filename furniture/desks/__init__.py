"""Desks: a top on legs, frames, panels, pedestals or trestles, with drawers, hutches and wings.

Pix3D's desks run along x with the sitter at +z, about 1 wide, 0.6 high and 0.5 deep; pedestals are
solid, open compartments hollow; corner tops and shelf walls at one end occur.
"""

import numpy as np

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
from furniture.choices import ENDS, SIDES, Choices
from furniture.desks.parts import (
    back_rail,
    draw_desk_size,
    end_support,
    draw_fronts,
    modesty_panel,
    flat_drawers,
    desk_top,
    tower,
)
from furniture.fronts import door, drawer
from furniture.legs import leg
from furniture.primitives import Furniture
from furniture.tables import bases as bases
from furniture.tables.columns import cage
from furniture.tables.tops import Deck
from furniture.vectors import Y_TO_Z


def desk(draw: Choices) -> Furniture:
    """A writing, office, corner, standing or secretary desk, or a dressing table."""
    design = draw.pick("design", DESIGNS)
    piece = Furniture("desk", materials=_materials(draw), name=design.__name__, choices=draw)
    design(draw, piece)
    return piece


def _materials(draw) -> tuple[str, ...]:
    """Top, base, drawers, handles, mirror or glass."""
    top = {"wood": 8, "painted": 6, "glass": 1, "plastic": 0.6, "metal": 0.3}
    base = {"wood": 4, "metal": 5, "painted": 3}
    return (
        draw.pick("top_material", top),
        draw.pick("base_material", base),
        draw.pick("front_material", ("wood", "painted", "metal")),
        "metal",
        "glass",
    )


SUPPORTS = {
    bases.legs: 7,
    bases.frames: 3,
    bases.panels: 3,
    bases.trestle: 2,
    bases.hairpin: 0.5,
    cage: 0.4,
}


def writing(draw, piece: Furniture) -> None:
    """A plain top on legs or frames, often with shallow drawers or a modesty board."""
    width, height, depth = draw_desk_size(draw)
    deck = desk_top(piece, draw, width, height, depth)
    draw.pick("base_design", SUPPORTS)(piece, draw, deck)
    if draw.often("has_drawers", 0.35):
        flat_drawers(piece, draw, deck)
    if draw.often("has_modesty_panel", 0.25):
        modesty_panel(piece, draw, deck)
    if draw.often("has_back_rail", 0.16):
        back_rail(piece, draw, deck, height)


def pedestal(draw, piece: Furniture) -> None:
    """Drawer pedestals at one or both ends, legs or a panel at the other."""
    width, height, depth = draw_desk_size(draw)
    width = max(width, 0.95)
    deck = desk_top(piece, draw, width, height, depth)
    wide = draw.span("pedestal_width", 0.28, 0.46)
    both = width > 1.15 and draw.often("has_two_pedestals", 0.45)
    first = draw.pick("first_side", LEFT_RIGHT)
    front_style = draw_fronts(piece, draw, width)
    low = draw_foot_height(
        draw,
        style := draw.pick(
            "foot_design", {"flush": 3, "plinth": 3, "blocks": 2, "tapered": 1.5, "castors": 0.3}
        ),
    )
    kind = draw.pick("pedestal_design", {"drawers": 5, "door": 1.5, "open": 1, "mixed": 1.5})
    for s in draw.each("pedestal", (first, -first) if both else (first,)):
        outer = s * (width / 2 - draw.span("outer_inset", 0.0, 0.03))
        edges = sorted((outer, outer - s * wide))
        bay = Bay(
            *edges,
            low,
            deck.underside,
            -depth / 2 + 0.02,
            depth / 2 - draw.span("front_setback", 0.01, 0.05),
        )
        cabinet_feet(piece, draw, bay, style, deck.material)
        tower(piece, draw, bay, front_style, kind)
    if not both:
        end_support(piece, draw, deck, -first)
    gap_middle = -first * wide / 2 if not both else 0.0
    free = width - wide * (2 if both else 1) - 0.1
    if draw.often("has_middle_drawer", 0.5):
        tall = draw.span("middle_drawer_height", 0.06, 0.12)
        box = Bay(
            gap_middle - free / 2,
            gap_middle + free / 2,
            deck.underside - tall,
            deck.underside,
            -depth / 2 + 0.03,
            depth / 2 - 0.03,
        )
        solid_box(piece, box.shrink(x=-0.06), deck.material, part="drawer")
        drawer(piece, box, front_style)
    if draw.often("has_modesty_panel", 0.5):
        modesty_panel(piece, draw, deck)


def hutch(draw, piece: Furniture) -> None:
    """A desk with shelves above its back."""
    width, height, depth = draw_desk_size(draw)
    depth = max(depth, 0.5)
    deck = desk_top(piece, draw, width, height, depth)
    draw.pick("base_design", {bases.panels: 3, bases.legs: 2})(piece, draw, deck)
    tall = draw.span("hutch_height", 0.25, 0.95)
    deep = draw.span("hutch_depth", 0.18, 0.32)
    wide = (
        width
        if draw.often("is_full_width", 0.75)
        else width * draw.span("hutch_width_ratio", 0.4, 0.8)
    )
    at = 0.0 if wide == width else draw.pick("hutch_side", LEFT_RIGHT) * (width - wide) / 2
    bay = Bay(
        at - wide / 2, at + wide / 2, height - 0.006, height + tall, -depth / 2, -depth / 2 + deep
    )
    inside = carcass(piece, bay, 0.022, back_material=draw.pick("hutch_back_slot", {0: 3, None: 1}))
    front_style = draw_fronts(piece, draw, width)
    for column in draw.each(
        "column",
        add_dividers(
            piece, inside, max(1, round(wide / draw.span("column_pitch", 0.35, 0.8))), 0.02
        ),
    ):
        rows = max(1, round(tall / draw.span("shelf_pitch", 0.22, 0.45)))
        tiers = add_shelves(piece, column, rows, 0.018)
        if draw.often("has_door", 0.25) and rows > 1:
            solid_box(piece, tiers[-1], front_style.material, part="door")
            door(piece, tiers[-1], front_style)
    if draw.often("has_drawers", 0.3):
        flat_drawers(piece, draw, deck)


def corner(draw, piece: Furniture) -> None:
    """An L-shaped top, square inside or scooped, on legs and panels."""
    width = draw.span("width", 1.2, 2.0)
    height = draw.span("height", 0.7, 0.78)
    depth = draw.span("depth", 0.5, 0.75)
    wing = draw.span("wing_length", 0.35, 0.9)
    side = draw.pick("wing_side", LEFT_RIGHT)
    thick = draw.span("top_thickness", 0.018, 0.04)
    y = height - thick / 2
    arm = draw.span("wing_width", 0.45, 0.7)
    piece.box((0, y, 0), (width, thick, depth), part="top")
    x = side * (width - arm) / 2
    piece.box((x, y, depth / 2 + wing / 2 - 0.01), (arm, thick, wing + 0.02), part="top")
    if draw.often("has_scoop", 0.45):
        turn = np.array([[0.7071, 0, 0.7071], [0, 1, 0], [-0.7071, 0, 0.7071]])
        fill_in = draw.span("scoop_size", 0.2, 0.45)
        at = (side * (width / 2 - arm), y, depth / 2)
        piece.box(at, (fill_in, thick * 0.98, fill_in), rotation=turn, part="top")
    material = draw.pick("base_material_slot", (0, 1))
    thickness = draw.span("leg_thickness", 0.03, 0.06)
    under = height - thick
    near, far, front_z = (
        side * (width / 2 - 0.05),
        side * (width / 2 - arm + 0.05),
        depth / 2 - 0.05,
    )
    wing_z = front_z + wing
    ends = [(-near, -front_z), (-near, front_z), (near, -front_z), (near, wing_z), (far, wing_z)]
    if draw.often("has_legs", 0.55):
        style = draw.pick("leg_design", ("straight", "round", "tapered", "metal"))
        for ex, ez in ends:
            leg(piece, draw, (ex, under + 0.004, ez), (ex, 0, ez), thickness, style, material)
        return
    piece.box(
        (-side * (width / 2 - 0.02), under / 2, 0),
        (0.025, under, depth * 0.96),
        material=material,
        part="side",
    )
    piece.box(
        (x, under / 2, depth / 2 + wing - 0.02),
        (arm * 0.96, under, 0.025),
        material=material,
        part="side",
    )
    back = draw.span("back_panel_ratio", 0.3, 1.0) * under
    piece.box(
        (0, under - back / 2, -depth / 2 + 0.02),
        (width * 0.97, back, 0.022),
        material=material,
        part="modesty_panel",
    )
    piece.box(
        (side * (width / 2 - 0.02), under / 2, wing / 2),
        (0.022, under, wing + depth * 0.95),
        material=material,
        part="side",
    )
    if draw.often("has_pedestal", 0.5):
        edges = sorted((-side * (width / 2 - 0.02), -side * (width / 2 - 0.42)))
        bay = Bay(*edges, 0.0, under, -depth / 2 + 0.03, depth / 2 - 0.03)
        tower(
            piece,
            draw,
            bay,
            draw_fronts(piece, draw, width),
            draw.pick("pedestal_design", ("drawers", "mixed")),
        )


def wall_shelf(draw, piece: Furniture) -> None:
    """A top that runs out from a grid of shelves at one end, forward or sideways (EXPEDIT)."""
    columns = draw.pick("column_count", (1, 2, 4))
    rows = draw.pick("row_count", {2: 2, 4: 3, 5: 1})
    cell = draw.span("cell_size", 0.34, 0.4)
    deep = draw.span("shelf_depth", 0.36, 0.4)
    height = draw.span("height", 0.72, 0.77)
    board = draw.span("board_thickness", 0.02, 0.04)
    side = draw.pick("shelf_side", LEFT_RIGHT)
    length = draw.span("top_length", 0.9, 1.3)
    depth = min(draw.span("top_depth", 0.6, 0.8), max(0.5, columns * cell))
    tall = max(rows * cell, height + 0.02)
    run = columns * cell  # the shelf's openings look along x, so its columns run along z
    x0, x1 = sorted((side * (length + deep) / 2, side * ((length + deep) / 2 - deep)))
    for y in np.linspace(board / 2, tall - board / 2, rows + 1):
        piece.box(((x0 + x1) / 2, y, 0), (deep, board, run), part="shelf")
    for z in np.linspace(-run / 2 + board / 2, run / 2 - board / 2, columns + 1):
        piece.box(((x0 + x1) / 2, tall / 2, z), (deep, tall, board), part="divider")
    top_x = -side * deep / 2
    piece.box((top_x, height - board / 2, 0), (length + 0.04, board, depth), part="top")
    end = -side * ((length + deep) / 2 - board)
    if draw.often("has_end_panel", 0.7):
        piece.box(
            (end, height / 2, 0),
            (board, height, depth),
            material=draw.pick("end_material_slot", (0, 1)),
            part="side",
        )
    else:
        for t in LEFT_RIGHT:
            leg(
                piece,
                draw,
                (end, height - 0.01, t * 0.44 * depth),
                (end, 0, t * 0.44 * depth),
                0.05,
                "round",
                1,
            )


def lifting(draw, piece: Furniture) -> None:
    """A sit-stand or bench desk: T or C feet with columns and a beam."""
    width = draw.span("width", 1.1, 1.9)
    depth = draw.span("depth", 0.6, 0.85)
    deck = desk_top(piece, draw, width, draw.span("height", 0.65, 1.15), depth)
    x = width * draw.span("column_spread", 0.3, 0.44)
    bar = draw.span("column_thickness", 0.05, 0.09)
    back = draw.pick("column_setback", {0.0: 2, -0.15 * depth: 2})
    for s in draw.each(SIDES, LEFT_RIGHT):
        foot = draw.span("foot_height", 0.025, 0.05)
        piece.box(
            (s * x, foot / 2, 0), (bar, foot, depth * 0.94), edge=0.01, material=1, part="foot"
        )
        piece.box(
            (s * x, deck.underside / 2, back),
            (bar, deck.underside, bar * 1.2),
            material=1,
            part="column",
        )
        piece.box(
            (s * x, deck.underside * 0.3, back),
            (bar * 1.25, deck.underside * 0.6, bar * 1.5),
            material=1,
            part="column",
        )
        piece.box(
            (s * x, deck.underside - 0.02, 0), (bar, 0.04, depth * 0.8), material=1, part="column"
        )
    if draw.often("has_beam", 0.75):
        y = deck.underside * draw.pick("beam_level", {0.97: 2, 0.6: 1, 0.25: 0.6})
        piece.box(
            (0, y, back),
            (2 * x, draw.span("beam_height", 0.03, 0.09), 0.04),
            material=1,
            part="beam",
        )
    if draw.often("has_modesty_panel", 0.3):
        modesty_panel(piece, draw, deck._replace(material=0))


def secretary(draw, piece: Furniture) -> None:
    """A bureau: a chest or legs below, a slanted or dropped flap, pigeon holes above."""
    width = draw.span("width", 0.7, 1.05)
    depth = draw.span("depth", 0.38, 0.5)
    low = draw.span("desk_height", 0.68, 0.78)
    tall = draw.span("upper_height", 0.25, 0.9)
    front_style = draw_fronts(piece, draw, width)
    if draw.often("has_chest", 0.6):
        style = draw.pick("foot_design", ("plinth", "bracket", "bun", "tapered"))
        base = free_standing(width, low - 0.08, depth, 0.08)
        cabinet_feet(piece, draw, base, style, 0)
        solid_box(piece, base, 0, part="carcass")
        for tier in base.shrink(x=0.015, y=0.01).tiers(draw.pick("drawer_count", (2, 3, 4))):
            drawer(piece, tier, front_style)
    else:
        deck = Deck(
            width,
            depth,
            low,
            False,
            draw.pick("base_material_slot", (0, 1)),
            draw.span("leg_thickness", 0.03, 0.05),
        )
        bases.legs(piece, draw, deck)
    top = free_standing(width, tall, depth, low)._replace(bottom=low - 0.01)
    kind = draw.pick("upper_design", {"slant": 3, "open": 3, "shut": 1})
    if kind == "slant":
        size = (width, tall, depth)
        piece.add((0, low + tall / 2, 0), size, taper=(1.0, 0.45), edge=0.006, part="hutch")
        piece.box((0, low + tall / 2, -depth * 0.38), (width, tall, depth * 0.24), part="hutch")
        piece.box((0, low + 0.02, -0.01), (width + 0.02, 0.03, depth), part="flap")
        return
    if kind == "shut":
        solid_box(piece, top, 0, part="hutch")
        door(piece, top.shrink(x=0.01, y=0.01), front_style)
        return
    inside = carcass(piece, top, 0.02)
    for lane in draw.each(
        "column", add_dividers(piece, inside, draw.pick("column_count", (1, 2, 3)), 0.018)
    ):
        add_shelves(piece, lane, draw.pick("row_count", (1, 2, 3)), 0.018)
    flap = draw.span("flap_depth", 0.3, 0.45)
    piece.box((0, low, depth / 2 + flap / 2 - 0.01), (width * 0.97, 0.025, flap), part="flap")


def vanity(draw, piece: Furniture) -> None:
    """A dressing table with a mirror."""
    width = draw.span("width", 0.75, 1.25)
    height = draw.span("height", 0.7, 0.8)
    depth = draw.span("depth", 0.38, 0.52)
    deck = desk_top(piece, draw, width, height, depth)
    draw.pick("base_design", {bases.legs: 3, bases.panels: 1})(piece, draw, deck)
    flat_drawers(piece, draw, deck)
    wide = width * draw.span("mirror_width_ratio", 0.35, 0.8)
    tall = draw.span("mirror_height", 0.45, 0.85)
    z = -depth / 2 + 0.03
    middle = height + tall / 2 - 0.02
    if draw.often("mirror_is_oval", 0.45):
        piece.cylinder(
            (0, middle + 0.02, z),
            wide / 2,
            0.03,
            radius_z=tall / 2,
            rotation=Y_TO_Z,
            material=0,
            part="mirror",
        )
        piece.cylinder(
            (0, middle + 0.02, z + 0.006),
            0.45 * wide,
            0.03,
            radius_z=0.45 * tall,
            rotation=Y_TO_Z,
            material=4,
            part="mirror",
        )
        piece.box((0, height + 0.05, z), (0.3 * wide, 0.12, 0.04), part="mirror")
        return
    piece.box((0, middle, z), (wide, tall, 0.03), corner=0.01, material=0, part="mirror")
    piece.box((0, middle, z + 0.006), (wide - 0.08, tall - 0.08, 0.03), material=4, part="mirror")


def tilted(draw, piece: Furniture) -> None:
    """A drafting or school desk: the top leans toward the sitter."""
    width = draw.span("width", 0.6, 1.3)
    depth = draw.span("depth", 0.45, 0.8)
    height = draw.span("height", 0.7, 0.95)
    lean = np.radians(draw.span("tilt", 6, 30))
    c, s = np.cos(lean), np.sin(lean)
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    thick = draw.pick("top_thickness", {0.025: 3, 0.12: 1})
    piece.box((0, height, 0), (width, thick, depth), rotation=turn, part="top")
    if draw.often("has_stop", 0.6):
        piece.box(
            (0, height - s * depth / 2 + 0.02, c * depth / 2),
            (width, 0.05, 0.02),
            material=1,
            part="stop",
        )
    bar = draw.span("leg_thickness", 0.03, 0.06)
    x = width / 2 * draw.span("leg_spread", 0.75, 0.95)
    for sx in draw.each(SIDES, LEFT_RIGHT):
        for t in draw.each(ENDS, LEFT_RIGHT):
            z = t * 0.36 * depth
            foot = (sx * x, 0, z + t * draw.span("leg_splay", 0.0, 0.1))
            beam(
                piece,
                foot,
                (sx * x, height - s * z / c, z),
                bar,
                square=True,
                material=1,
                part="leg",
            )
        y = draw.span("side_rail_height", 0.03, 0.3)
        beam(
            piece,
            (sx * x, y, -0.4 * depth),
            (sx * x, y, 0.4 * depth),
            bar,
            square=True,
            material=1,
            part="stretcher",
        )
    y = draw.span("back_rail_level", 0.05, 0.6) * height
    piece.box(
        (0, y, -0.36 * depth),
        (2 * x, draw.span("back_rail_height", 0.03, 0.3), 0.025),
        material=1,
        part="modesty_panel",
    )


DESIGNS = {
    writing: 8,
    pedestal: 8,
    hutch: 2.5,
    corner: 1.8,
    lifting: 1.5,
    wall_shelf: 0.9,
    secretary: 1.0,
    vanity: 0.8,
    tilted: 0.5,
}
