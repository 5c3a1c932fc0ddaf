"""Carcass, crown and doors of wardrobes."""

from furniture.cabinet_feet import FOOT_DESIGNS, cabinet_feet, draw_foot_height
from furniture.carcasses import Bay, free_standing, solid_box
from furniture.choices import Choices
from furniture.fronts import Front, door, draw_front
from furniture.primitives import Furniture, builds
from furniture.vectors import Y_TO_Z


def wardrobe_body(
    piece: Furniture, draw: Choices, width: float, height: float, depth: float
) -> Bay:
    """Adds feet, a solid carcass and perhaps a crown.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    draw : Choices
        Source of the choices.
    width : float
        Metres along x.
    height : float
        Metres.
    depth : float
        Metres along z.

    Returns
    -------
    Bay
        The space whose front takes doors.
    """
    foot_design = draw.pick("foot_design", FOOT_DESIGNS)
    lift = draw_foot_height(draw, foot_design)
    bay = free_standing(width, height - lift, depth, lift)
    cabinet_feet(piece, draw, bay, foot_design, draw.pick("foot_material_slot", {0: 3, 3: 1}))
    solid_box(piece, bay, 0, edge=draw.span("edge_radius", 0.002, 0.012), part="carcass")
    _crown(piece, draw, bay)
    rim = draw.span("rim_width", 0.0, 0.035) if draw.often("has_rim", 0.6) else 0.0
    return bay.shrink(x=rim, y=rim)


@builds("crown")
def _crown(piece: Furniture, draw: Choices, bay: Bay) -> None:
    """Adds a top board, a stepped cornice, an arch or nothing above the carcass."""
    design = draw.pick("design", {"none": 5, "board": 3, "cornice": 1.5, "arch": 0.3})
    if design == "none":
        return
    overhang = draw.span("overhang", 0.008, 0.03)
    thickness = draw.span("thickness", 0.015, 0.035)
    top = bay._replace(bottom=bay.top - 0.002, top=bay.top + thickness)
    if design == "arch":
        x, y, z = top.center
        piece.cylinder((x, y, z), top.size[0] / 2, top.size[2], radius_z=0.1, rotation=Y_TO_Z)
        return
    solid_box(piece, top.shrink(x=-overhang, z=-overhang / 2), 0)
    if design == "cornice":
        low = bay._replace(bottom=bay.top - 1.5 * thickness)
        solid_box(piece, low.shrink(x=-overhang / 2, z=-overhang / 3), 0, edge=0.01)


def draw_fronts(draw: Choices, longest: float) -> Front:
    """Draws how doors and drawers look, in the carcass's material or a second one.

    Parameters
    ----------
    draw : Choices
        Source of the choices.
    longest : float
        Longest side of the piece, metres.
    """
    return draw_front(
        draw, longest, material=draw.pick("front_material_slot", {0: 2, 2: 1}), handle_material=1
    )


def doors(piece: Furniture, bay: Bay, front_style: Front, count: int) -> None:
    """Adds doors side by side, hinged in pairs.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    bay : Bay
        The space, metres.
    front_style : Front
        How doors and drawers look.
    count : int
        Number of doors.
    """
    for i, column in enumerate(bay.columns(count)):
        last_single = count % 2 == 1 and i == count - 1
        door(piece, column, front_style, hinge=-1 if i % 2 == 0 and not last_single else 1)
