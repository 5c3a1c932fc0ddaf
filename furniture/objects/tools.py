"""Tools: kitchen utensils and hand tools, as Pix3D's category tool holds them.

The eight of Pix3D are scans: spatulas and spoons stand upright with the handle above, a mug has its
handle along x, a pan lies flat. Hollow objects have nothing solid inside.
"""

import numpy as np

from furniture.beams import beam, tube
from furniture.choices import Choices
from furniture.objects.cookware import mug, pan
from furniture.objects.hand_tools import hammer, handle, tongs
from furniture.primitives import ELLIPSOID, Furniture, builds
from furniture.vectors import tilt


def tool(draw: Choices) -> Furniture:
    """Draws a utensil, hand tool, mug or pan."""
    design = draw.pick("design", DESIGNS)
    handle_material = draw.pick(
        "handle_material", {"wood": 4, "plastic": 4, "metal": 2, "painted": 1}
    )
    head_material = draw.pick("head_material", {"metal": 5, "plastic": 3, "wood": 3, "painted": 1})
    piece = Furniture(
        "tool",
        materials=(handle_material, head_material, "metal", "paper"),
        name=design.__name__,
        choices=draw,
    )
    design(draw, piece)
    return piece


def spatula(draw: Choices, piece: Furniture) -> None:
    """A flat blade, plain or slotted, that leans a little."""
    handle_length = draw.span("handle_length", 0.35, 0.55)
    thick = handle(piece, draw, 1 - handle_length, 1.0)
    blade_height = draw.span("blade_height", 0.18, 0.4)
    blade_width = draw.span("blade_width", 0.13, 0.3)
    blade_angle = draw.span("blade_angle", -22, 22)
    _neck(piece, draw, 1 - handle_length, blade_height * 0.9, thick)
    turn = tilt(blade_angle)
    size = (blade_width, blade_height, draw.span("blade_thickness", 0.02, 0.05))
    options = dict(rotation=turn, material=1, corner=0.01, edge=0.01)
    piece.add(
        (0, blade_height / 2, 0),
        size,
        taper=(draw.span("blade_taper", 0.45, 1.1), 1.0),
        **options,
        part="blade",
    )
    if draw.often("has_slots", 0.4):
        for x in (-0.25, 0.0, 0.25):
            slot = (0.09 * blade_width, 0.6 * blade_height, 0.3)
            piece.add(
                (x * blade_width, 0.45 * blade_height, 0),
                slot,
                rotation=turn,
                cut=True,
                part="blade",
            )


@builds("neck")
def _neck(piece: Furniture, draw: Choices, high: float, low: float, thick: float) -> None:
    """Adds the shaft between handle and head, straight or with a kink."""
    slim = thick * draw.span("thickness_ratio", 0.35, 0.8)
    if draw.often("has_kink", 0.4):
        middle = (0, (high + low) / 2, draw.span("kink", -0.05, 0.05))
        tube(piece, ((0, high + 0.02, 0), middle, (0, low - 0.03, 0)), slim, material=1)
    else:
        beam(piece, (0, low - 0.04, 0), (0, high + 0.02, 0), 1.2 * slim, slim, material=1)


def spoon(draw: Choices, piece: Furniture) -> None:
    """A ladle, cooking spoon or skimmer with a hollow ellipsoid as head."""
    handle_length = draw.span("handle_length", 0.35, 0.6)
    thick = handle(piece, draw, 1 - handle_length, 1.0)
    bowl_width = draw.span("bowl_width", 0.14, 0.34)
    bowl_height = draw.span("bowl_height", 0.16, 0.34)
    bowl_depth = draw.span("bowl_depth", 0.06, 0.3)
    _neck(piece, draw, 1 - handle_length, bowl_height * 0.85, thick)
    turn = (
        tilt(draw.span("deep_bowl_angle", -75, 20))
        if bowl_depth > 0.16
        else tilt(draw.span("flat_bowl_angle", -20, 20))
    )
    center = np.array([0, bowl_height / 2, 0])
    piece.ellipsoid(
        center, (bowl_width, bowl_height, bowl_depth), rotation=turn, material=1, part="bowl"
    )
    out = turn @ np.array([0.0, 0.0, 1.0])
    inner = (0.86 * bowl_width, 0.86 * bowl_height, 0.9 * bowl_depth)
    piece.add(
        center + out * 0.28 * bowl_depth,
        inner,
        rotation=turn,
        kind=ELLIPSOID,
        cut=True,
        part="bowl",
    )
    if draw.often("has_hole", 0.25):
        piece.add(
            center,
            (0.3 * bowl_width, 0.3 * bowl_height, 1.0),
            rotation=turn,
            kind=ELLIPSOID,
            cut=True,
            part="bowl",
        )


def knife(draw: Choices, piece: Furniture) -> None:
    """A knife, screwdriver, brush or trowel: a handle and a slim head below it."""
    handle_length = draw.span("handle_length", 0.3, 0.5)
    thick = handle(piece, draw, 1 - handle_length, 1.0)
    kind = draw.pick("kind", {"blade": 3, "driver": 2, "brush": 2, "trowel": 1})
    low = 1 - handle_length + 0.01
    if kind == "driver":
        beam(piece, (0, 0, 0), (0, low, 0), 0.35 * thick, material=1, part="shaft")
    elif kind == "brush":
        beam(piece, (0, 0.25, 0), (0, low, 0), 0.7 * thick, material=0, part="shaft")
        wide = draw.span("brush_width", 1.2, 3.5) * thick
        piece.box((0, 0.22, 0), (wide, 0.1, 1.1 * thick), material=2, part="ferrule")
        piece.box((0, 0.09, 0), (0.94 * wide, 0.19, thick), material=1, part="bristles")
    else:
        wide = thick * (draw.span("blade_width", *((0.9, 1.6) if kind == "blade" else (2.0, 3.2))))
        size = (wide * 0.35, low, 0.3 * thick)
        piece.add((0, low / 2, 0), size, taper=(2.6, 1.0), edge=0.005, material=1, part="blade")


DESIGNS = {spatula: 4, spoon: 4, mug: 3, pan: 2.5, hammer: 2, knife: 2, tongs: 1.2}
