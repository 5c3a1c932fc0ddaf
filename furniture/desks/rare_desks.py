"""Desks with a special form: shelf walls, lifting desks, bureaus, dressing and drafting tables."""

import numpy as np

from furniture.beams import LEFT_RIGHT, beam
from furniture.cabinet_feet import cabinet_feet
from furniture.carcasses import add_dividers, add_shelves, carcass, free_standing, solid_box
from furniture.choices import ENDS, SIDES, Choices
from furniture.desks.parts import desk_top, draw_fronts, flat_drawers, modesty_panel
from furniture.fronts import door, drawer
from furniture.legs import leg
from furniture.primitives import Furniture
from furniture.tables import bases, frames
from furniture.tables.tops import Deck
from furniture.vectors import Y_TO_Z


def wall_shelf(draw: Choices, piece: Furniture) -> None:
    """A top that begins at a grid of shelves at one end."""
    column_count = draw.pick("column_count", (1, 2, 4))
    row_count = draw.pick("row_count", {2: 2, 4: 3, 5: 1})
    cell_size = draw.span("cell_size", 0.34, 0.4)
    shelf_depth = draw.span("shelf_depth", 0.36, 0.4)
    height = draw.span("height", 0.72, 0.77)
    board_thickness = draw.span("board_thickness", 0.02, 0.04)
    shelf_side = draw.pick("shelf_side", LEFT_RIGHT)
    top_length = draw.span("top_length", 0.9, 1.3)
    depth = min(draw.span("top_depth", 0.6, 0.8), max(0.5, column_count * cell_size))
    tall = max(row_count * cell_size, height + 0.02)
    run = column_count * cell_size  # metres along z: the openings of the shelves are at the sides
    x0, x1 = sorted(
        (
            shelf_side * (top_length + shelf_depth) / 2,
            shelf_side * ((top_length + shelf_depth) / 2 - shelf_depth),
        )
    )
    for y in np.linspace(board_thickness / 2, tall - board_thickness / 2, row_count + 1):
        piece.box(((x0 + x1) / 2, y, 0), (shelf_depth, board_thickness, run), part="shelf")
    for z in np.linspace(
        -run / 2 + board_thickness / 2, run / 2 - board_thickness / 2, column_count + 1
    ):
        piece.box(
            ((x0 + x1) / 2, tall / 2, z), (shelf_depth, tall, board_thickness), part="divider"
        )
    top_x = -shelf_side * shelf_depth / 2
    piece.box(
        (top_x, height - board_thickness / 2, 0),
        (top_length + 0.04, board_thickness, depth),
        part="top",
    )
    end = -shelf_side * ((top_length + shelf_depth) / 2 - board_thickness)
    if draw.often("has_end_panel", 0.7):
        piece.box(
            (end, height / 2, 0),
            (board_thickness, height, depth),
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


def lifting(draw: Choices, piece: Furniture) -> None:
    """A sit-stand desk: T feet with columns and a beam."""
    width = draw.span("width", 1.1, 1.9)
    depth = draw.span("depth", 0.6, 0.85)
    deck = desk_top(piece, draw, width, draw.span("height", 0.65, 1.15), depth)
    x = width * draw.span("column_spread", 0.3, 0.44)
    column_thickness = draw.span("column_thickness", 0.05, 0.09)
    column_setback = draw.pick("column_setback", {0.0: 2, -0.15 * depth: 2})
    for side in draw.each(SIDES, LEFT_RIGHT):
        foot_height = draw.span("foot_height", 0.025, 0.05)
        piece.box(
            (side * x, foot_height / 2, 0),
            (column_thickness, foot_height, depth * 0.94),
            edge=0.01,
            material=1,
            part="foot",
        )
        piece.box(
            (side * x, deck.underside / 2, column_setback),
            (column_thickness, deck.underside, column_thickness * 1.2),
            material=1,
            part="column",
        )
        piece.box(
            (side * x, deck.underside * 0.3, column_setback),
            (column_thickness * 1.25, deck.underside * 0.6, column_thickness * 1.5),
            material=1,
            part="column",
        )
        piece.box(
            (side * x, deck.underside - 0.02, 0),
            (column_thickness, 0.04, depth * 0.8),
            material=1,
            part="column",
        )
    if draw.often("has_beam", 0.75):
        y = deck.underside * draw.pick("beam_level", {0.97: 2, 0.6: 1, 0.25: 0.6})
        piece.box(
            (0, y, column_setback),
            (2 * x, draw.span("beam_height", 0.03, 0.09), 0.04),
            material=1,
            part="beam",
        )
    if draw.often("has_modesty_panel", 0.3):
        modesty_panel(piece, draw, deck._replace(material=0))


def secretary(draw: Choices, piece: Furniture) -> None:
    """A bureau: a chest or legs below, a slanted or dropped flap, small shelves above."""
    width = draw.span("width", 0.7, 1.05)
    depth = draw.span("depth", 0.38, 0.5)
    desk_height = draw.span("desk_height", 0.68, 0.78)
    upper_height = draw.span("upper_height", 0.25, 0.9)
    front_style = draw_fronts(draw, width)
    if draw.often("has_chest", 0.6):
        foot_design = draw.pick("foot_design", ("plinth", "bracket", "bun", "tapered"))
        base = free_standing(width, desk_height - 0.08, depth, 0.08)
        cabinet_feet(piece, draw, base, foot_design, 0)
        solid_box(piece, base, 0, part="carcass")
        for tier in base.shrink(x=0.015, y=0.01).tiers(draw.pick("drawer_count", (2, 3, 4))):
            drawer(piece, tier, front_style)
    else:
        deck = Deck(
            width,
            depth,
            desk_height,
            False,
            draw.pick("base_material_slot", (0, 1)),
            draw.span("leg_thickness", 0.03, 0.05),
        )
        bases.legs(piece, draw, deck)
    top = free_standing(width, upper_height, depth, desk_height)._replace(bottom=desk_height - 0.01)
    upper_design = draw.pick("upper_design", {"slant": 3, "open": 3, "shut": 1})
    if upper_design == "slant":
        size = (width, upper_height, depth)
        piece.add(
            (0, desk_height + upper_height / 2, 0),
            size,
            taper=(1.0, 0.45),
            edge=0.006,
            part="hutch",
        )
        piece.box(
            (0, desk_height + upper_height / 2, -depth * 0.38),
            (width, upper_height, depth * 0.24),
            part="hutch",
        )
        piece.box((0, desk_height + 0.02, -0.01), (width + 0.02, 0.03, depth), part="flap")
        return
    if upper_design == "shut":
        solid_box(piece, top, 0, part="hutch")
        door(piece, top.shrink(x=0.01, y=0.01), front_style)
        return
    inside = carcass(piece, top, 0.02)
    for lane in draw.each(
        "column", add_dividers(piece, inside, draw.pick("column_count", (1, 2, 3)), 0.018)
    ):
        add_shelves(piece, lane, draw.pick("row_count", (1, 2, 3)), 0.018)
    flap_depth = draw.span("flap_depth", 0.3, 0.45)
    piece.box(
        (0, desk_height, depth / 2 + flap_depth / 2 - 0.01),
        (width * 0.97, 0.025, flap_depth),
        part="flap",
    )


def vanity(draw: Choices, piece: Furniture) -> None:
    """A dressing table with a mirror."""
    width = draw.span("width", 0.75, 1.25)
    height = draw.span("height", 0.7, 0.8)
    depth = draw.span("depth", 0.38, 0.52)
    deck = desk_top(piece, draw, width, height, depth)
    draw.pick("base_design", {bases.legs: 3, frames.panels: 1})(piece, draw, deck)
    flat_drawers(piece, draw, deck)
    wide = width * draw.span("mirror_width_ratio", 0.35, 0.8)
    mirror_height = draw.span("mirror_height", 0.45, 0.85)
    z = -depth / 2 + 0.03
    middle = height + mirror_height / 2 - 0.02
    if draw.often("mirror_is_oval", 0.45):
        piece.cylinder(
            (0, middle + 0.02, z),
            wide / 2,
            0.03,
            radius_z=mirror_height / 2,
            rotation=Y_TO_Z,
            material=0,
            part="mirror",
        )
        piece.cylinder(
            (0, middle + 0.02, z + 0.006),
            0.45 * wide,
            0.03,
            radius_z=0.45 * mirror_height,
            rotation=Y_TO_Z,
            material=4,
            part="mirror",
        )
        piece.box((0, height + 0.05, z), (0.3 * wide, 0.12, 0.04), part="mirror")
        return
    piece.box((0, middle, z), (wide, mirror_height, 0.03), corner=0.01, material=0, part="mirror")
    piece.box(
        (0, middle, z + 0.006), (wide - 0.08, mirror_height - 0.08, 0.03), material=4, part="mirror"
    )


def tilted(draw: Choices, piece: Furniture) -> None:
    """A drafting or school desk: the top leans toward the sitter."""
    width = draw.span("width", 0.6, 1.3)
    depth = draw.span("depth", 0.45, 0.8)
    height = draw.span("height", 0.7, 0.95)
    lean = np.radians(draw.span("tilt", 6, 30))
    c, s = np.cos(lean), np.sin(lean)
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    top_thickness = draw.pick("top_thickness", {0.025: 3, 0.12: 1})
    piece.box((0, height, 0), (width, top_thickness, depth), rotation=turn, part="top")
    if draw.often("has_stop", 0.6):
        piece.box(
            (0, height - s * depth / 2 + 0.02, c * depth / 2),
            (width, 0.05, 0.02),
            material=1,
            part="stop",
        )
    leg_thickness = draw.span("leg_thickness", 0.03, 0.06)
    x = width / 2 * draw.span("leg_spread", 0.75, 0.95)
    for sx in draw.each(SIDES, LEFT_RIGHT):
        for t in draw.each(ENDS, LEFT_RIGHT):
            z = t * 0.36 * depth
            foot = (sx * x, 0, z + t * draw.span("leg_splay", 0.0, 0.1))
            beam(
                piece,
                foot,
                (sx * x, height - s * z / c, z),
                leg_thickness,
                square=True,
                material=1,
                part="leg",
            )
        y = draw.span("side_rail_height", 0.03, 0.3)
        beam(
            piece,
            (sx * x, y, -0.4 * depth),
            (sx * x, y, 0.4 * depth),
            leg_thickness,
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
