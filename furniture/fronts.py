"""Doors, drawers and their handles on the front of a bay.

Gaps between fronts are wider than real ones: a grid of 128 cells must resolve them.
"""

from dataclasses import dataclass, replace

from furniture.carcasses import Bay, solid_box
from furniture.choices import Choices
from furniture.primitives import Furniture, builds
from furniture.vectors import Y_TO_Z


@dataclass(frozen=True)
class Front:
    """Style of the doors and drawers of one piece."""

    panel: str = "flat"  # one of PANELS
    handle: str = "knob"  # one of HANDLES
    material: int = 0
    handle_material: int = 1
    gap: float = 0.012  # metres between neighbours
    thickness: float = 0.02  # metres


PANELS = {"flat": 6, "raised": 1.5, "framed": 2.5, "louvre": 0.4}
HANDLES = {"knob": 4, "bar": 3, "long": 1.5, "cup": 1, "ring": 0.5, "edge": 0.7, "none": 1.8}


def draw_front(draw: Choices, longest: float, material: int = 0, handle_material: int = 1) -> Front:
    """Draws how the doors and drawers of a piece look.

    Parameters
    ----------
    draw : Choices
        Source of the choices.
    longest : float
        Longest side of the piece, metres; gaps are in proportion to it.
    material : int
        Index into the materials of the piece.
    handle_material : int
        Index of the handles' material.
    """
    return Front(
        panel=draw.pick("panel_design", PANELS),
        handle=draw.pick("handle_design", HANDLES),
        material=material,
        handle_material=handle_material,
        gap=draw.span("gap_ratio", 0.004, 0.012) * longest,
        thickness=draw.span("front_thickness", 0.012, 0.024),
    )


@builds("door")
def door(piece: Furniture, bay: Bay, front_style: Front, hinge: int = -1) -> None:
    """Adds a door on the front of a bay.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    bay : Bay
        The space, metres.
    front_style : Front
        How doors and drawers look.
    hinge : int
        Side of the hinges, -1 left or +1 right; the handle is at the other side.
    """
    face = panel(piece, bay, front_style)
    x, y, _ = face.center
    width, height, _ = face.size
    knob = (x - hinge * (width / 2 - min(0.05, 0.2 * width)), y + 0.04 * height, face.front)
    _handle(piece, knob, front_style, min(0.5 * height, 0.9), True)


@builds("drawer")
def drawer(piece: Furniture, bay: Bay, front_style: Front) -> None:
    """Adds a drawer front on a bay, with one handle or two knobs.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    bay : Bay
        The space, metres.
    front_style : Front
        How doors and drawers look.
    """
    plain = replace(front_style, panel="flat") if front_style.panel == "louvre" else front_style
    face = panel(piece, bay, plain)
    x, y, _ = face.center
    width, height, _ = face.size
    pair = front_style.handle in ("knob", "ring", "cup") and width > 0.55
    for at in (-0.27 * width, 0.27 * width) if pair else (0.0,):
        spot = (x + at, y + (0.3 * height if front_style.handle == "edge" else 0.0), face.front)
        _handle(piece, spot, front_style, 0.7 * width, False)


def panel(piece: Furniture, bay: Bay, front_style: Front) -> Bay:
    """Adds a decorated slab on the front of a bay.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    bay : Bay
        The space, metres.
    front_style : Front
        How doors and drawers look.

    Returns
    -------
    Bay
        The slab's own space.
    """
    face = bay.shrink(x=front_style.gap / 2, y=front_style.gap / 2)
    face = face._replace(back=bay.front - 0.004, front=bay.front + front_style.thickness)
    solid_box(piece, face, front_style.material)
    width, height, _ = face.size
    rim = min(0.09, 0.22 * min(width, height))
    if front_style.panel == "raised":
        middle = face.shrink(x=rim, y=rim)._replace(front=face.front + 0.6 * front_style.thickness)
        solid_box(piece, middle, front_style.material, edge=0.008)
    if front_style.panel == "framed" and min(width, height) > 0.16:
        _frame(
            piece,
            face._replace(front=face.front + 0.8 * front_style.thickness),
            rim,
            front_style.material,
        )
    if front_style.panel == "louvre" and height > 0.4:
        for slat in face.shrink(x=rim, y=rim).tiers(6):
            ridge = slat._replace(top=slat.bottom + 0.4 * (slat.top - slat.bottom))
            solid_box(piece, ridge._replace(front=face.front + 0.015), front_style.material)
    return face


def _frame(piece: Furniture, face: Bay, rim: float, material: int) -> None:
    """Adds four strips around a panel."""
    for strip in (
        face._replace(right=face.left + rim),
        face._replace(left=face.right - rim),
        face._replace(top=face.bottom + rim),
        face._replace(bottom=face.top - rim),
    ):
        solid_box(piece, strip, material)


@builds("handle")
def _handle(piece: Furniture, spot, front_style: Front, reach: float, tall: bool) -> None:
    """Adds a handle at `spot` on a front; tall handles are upright, others level."""
    x, y, z = spot
    material = front_style.handle_material
    if front_style.handle == "knob":
        piece.ellipsoid((x, y, z + 0.012), (0.034, 0.034, 0.036), material=material)
    elif front_style.handle in ("bar", "long"):
        length = min(reach, 0.16 if front_style.handle == "bar" else 0.7)
        size = (0.016, length, 0.03) if tall else (length, 0.016, 0.03)
        piece.box((x, y, z + 0.013), size, material=material)
    elif front_style.handle == "cup":
        piece.ellipsoid((x, y, z + 0.006), (0.1, 0.04, 0.05), material=material)
    elif front_style.handle == "ring":
        piece.ring((x, y - 0.02, z + 0.01), 0.03, 0.012, 0.012, rotation=Y_TO_Z, material=material)
        piece.ellipsoid((x, y + 0.012, z + 0.006), (0.03, 0.03, 0.03), material=material)
    elif front_style.handle == "edge":
        size = (0.02, 0.9 * reach, 0.03) if tall else (reach, 0.02, 0.03)
        piece.box((x, y, z + 0.01), size, material=material)
