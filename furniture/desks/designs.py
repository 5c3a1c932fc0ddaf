"""Desks of a top on supports: writing, pedestal, hutch and corner desks."""

import numpy as np

from furniture.beams import LEFT_RIGHT
from furniture.cabinet_feet import cabinet_feet, draw_foot_height
from furniture.carcasses import Bay, add_dividers, add_shelves, carcass, solid_box
from furniture.choices import Choices
from furniture.desks.parts import (
    back_rail,
    desk_top,
    draw_desk_size,
    draw_fronts,
    end_support,
    flat_drawers,
    modesty_panel,
    tower,
)
from furniture.fronts import door, drawer
from furniture.legs import leg
from furniture.primitives import Furniture
from furniture.tables import bases, frames
from furniture.tables.columns import cage

SUPPORTS = {
    bases.legs: 7,
    frames.frames: 3,
    frames.panels: 3,
    frames.trestle: 2,
    bases.hairpin: 0.5,
    cage: 0.4,
}


def writing(draw: Choices, piece: Furniture) -> None:
    """A plain top on legs or frames, often with flat drawers or a modesty panel."""
    width, height, depth = draw_desk_size(draw)
    deck = desk_top(piece, draw, width, height, depth)
    draw.pick("base_design", SUPPORTS)(piece, draw, deck)
    if draw.often("has_drawers", 0.35):
        flat_drawers(piece, draw, deck)
    if draw.often("has_modesty_panel", 0.25):
        modesty_panel(piece, draw, deck)
    if draw.often("has_back_rail", 0.16):
        back_rail(piece, draw, deck, height)


def pedestal(draw: Choices, piece: Furniture) -> None:
    """Drawer pedestals at one or both ends, legs or a panel at the other end."""
    width, height, depth = draw_desk_size(draw)
    width = max(width, 0.95)
    deck = desk_top(piece, draw, width, height, depth)
    pedestal_width = draw.span("pedestal_width", 0.28, 0.46)
    both = width > 1.15 and draw.often("has_two_pedestals", 0.45)
    first_side = draw.pick("first_side", LEFT_RIGHT)
    front_style = draw_fronts(draw, width)
    low = draw_foot_height(
        draw,
        style := draw.pick(
            "foot_design", {"flush": 3, "plinth": 3, "blocks": 2, "tapered": 1.5, "castors": 0.3}
        ),
    )
    pedestal_design = draw.pick(
        "pedestal_design", {"drawers": 5, "door": 1.5, "open": 1, "mixed": 1.5}
    )
    for s in draw.each("pedestal", (first_side, -first_side) if both else (first_side,)):
        outer = s * (width / 2 - draw.span("outer_inset", 0.0, 0.03))
        edges = sorted((outer, outer - s * pedestal_width))
        bay = Bay(
            *edges,
            low,
            deck.underside,
            -depth / 2 + 0.02,
            depth / 2 - draw.span("front_setback", 0.01, 0.05),
        )
        cabinet_feet(piece, draw, bay, style, deck.material)
        tower(piece, draw, bay, front_style, pedestal_design)
    if not both:
        end_support(piece, draw, deck, -first_side)
    gap_middle = -first_side * pedestal_width / 2 if not both else 0.0
    free = width - pedestal_width * (2 if both else 1) - 0.1
    if draw.often("has_middle_drawer", 0.5):
        middle_drawer_height = draw.span("middle_drawer_height", 0.06, 0.12)
        box = Bay(
            gap_middle - free / 2,
            gap_middle + free / 2,
            deck.underside - middle_drawer_height,
            deck.underside,
            -depth / 2 + 0.03,
            depth / 2 - 0.03,
        )
        solid_box(piece, box.shrink(x=-0.06), deck.material, part="drawer")
        drawer(piece, box, front_style)
    if draw.often("has_modesty_panel", 0.5):
        modesty_panel(piece, draw, deck)


def hutch(draw: Choices, piece: Furniture) -> None:
    """A desk with shelves above its rear edge."""
    width, height, depth = draw_desk_size(draw)
    depth = max(depth, 0.5)
    deck = desk_top(piece, draw, width, height, depth)
    draw.pick("base_design", {frames.panels: 3, bases.legs: 2})(piece, draw, deck)
    hutch_height = draw.span("hutch_height", 0.25, 0.95)
    hutch_depth = draw.span("hutch_depth", 0.18, 0.32)
    wide = (
        width
        if draw.often("is_full_width", 0.75)
        else width * draw.span("hutch_width_ratio", 0.4, 0.8)
    )
    at = 0.0 if wide == width else draw.pick("hutch_side", LEFT_RIGHT) * (width - wide) / 2
    bay = Bay(
        at - wide / 2,
        at + wide / 2,
        height - 0.006,
        height + hutch_height,
        -depth / 2,
        -depth / 2 + hutch_depth,
    )
    inside = carcass(piece, bay, 0.022, back_material=draw.pick("hutch_back_slot", {0: 3, None: 1}))
    front_style = draw_fronts(draw, width)
    for column in draw.each(
        "column",
        add_dividers(
            piece, inside, max(1, round(wide / draw.span("column_pitch", 0.35, 0.8))), 0.02
        ),
    ):
        rows = max(1, round(hutch_height / draw.span("shelf_pitch", 0.22, 0.45)))
        tiers = add_shelves(piece, column, rows, 0.018)
        if draw.often("has_door", 0.25) and rows > 1:
            solid_box(piece, tiers[-1], front_style.material, part="door")
            door(piece, tiers[-1], front_style)
    if draw.often("has_drawers", 0.3):
        flat_drawers(piece, draw, deck)


def corner(draw: Choices, piece: Furniture) -> None:
    """An L-shaped top, square or scooped inside, on legs or panels."""
    width = draw.span("width", 1.2, 2.0)
    height = draw.span("height", 0.7, 0.78)
    depth = draw.span("depth", 0.5, 0.75)
    wing_length = draw.span("wing_length", 0.35, 0.9)
    wing_side = draw.pick("wing_side", LEFT_RIGHT)
    top_thickness = draw.span("top_thickness", 0.018, 0.04)
    y = height - top_thickness / 2
    wing_width = draw.span("wing_width", 0.45, 0.7)
    piece.box((0, y, 0), (width, top_thickness, depth), part="top")
    x = wing_side * (width - wing_width) / 2
    piece.box(
        (x, y, depth / 2 + wing_length / 2 - 0.01),
        (wing_width, top_thickness, wing_length + 0.02),
        part="top",
    )
    if draw.often("has_scoop", 0.45):
        turn = np.array([[0.7071, 0, 0.7071], [0, 1, 0], [-0.7071, 0, 0.7071]])
        scoop_size = draw.span("scoop_size", 0.2, 0.45)
        at = (wing_side * (width / 2 - wing_width), y, depth / 2)
        piece.box(at, (scoop_size, top_thickness * 0.98, scoop_size), rotation=turn, part="top")
    base_material_slot = draw.pick("base_material_slot", (0, 1))
    leg_thickness = draw.span("leg_thickness", 0.03, 0.06)
    under = height - top_thickness
    near, far, front_z = (
        wing_side * (width / 2 - 0.05),
        wing_side * (width / 2 - wing_width + 0.05),
        depth / 2 - 0.05,
    )
    wing_z = front_z + wing_length
    ends = [(-near, -front_z), (-near, front_z), (near, -front_z), (near, wing_z), (far, wing_z)]
    if draw.often("has_legs", 0.55):
        leg_design = draw.pick("leg_design", ("straight", "round", "tapered", "metal"))
        for ex, ez in ends:
            leg(
                piece,
                draw,
                (ex, under + 0.004, ez),
                (ex, 0, ez),
                leg_thickness,
                leg_design,
                base_material_slot,
            )
        return
    piece.box(
        (-wing_side * (width / 2 - 0.02), under / 2, 0),
        (0.025, under, depth * 0.96),
        material=base_material_slot,
        part="side",
    )
    piece.box(
        (x, under / 2, depth / 2 + wing_length - 0.02),
        (wing_width * 0.96, under, 0.025),
        material=base_material_slot,
        part="side",
    )
    back = draw.span("back_panel_ratio", 0.3, 1.0) * under
    piece.box(
        (0, under - back / 2, -depth / 2 + 0.02),
        (width * 0.97, back, 0.022),
        material=base_material_slot,
        part="modesty_panel",
    )
    piece.box(
        (wing_side * (width / 2 - 0.02), under / 2, wing_length / 2),
        (0.022, under, wing_length + depth * 0.95),
        material=base_material_slot,
        part="side",
    )
    if draw.often("has_pedestal", 0.5):
        edges = sorted((-wing_side * (width / 2 - 0.02), -wing_side * (width / 2 - 0.42)))
        bay = Bay(*edges, 0.0, under, -depth / 2 + 0.03, depth / 2 - 0.03)
        tower(
            piece,
            draw,
            bay,
            draw_fronts(draw, width),
            draw.pick("pedestal_design", ("drawers", "mixed")),
        )
