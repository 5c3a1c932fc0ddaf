"""Table tops: outline, thickness, edge, planks, rims and drop leaves.

`table_top` adds a top below `height` and returns a `Deck`, which says what a base has to carry.
"""

from collections.abc import Sequence
from math import cos, pi, sin
from typing import NamedTuple

from furniture.beams import LEFT_RIGHT
from furniture.choices import Choices
from furniture.primitives import Furniture, builds
from furniture.vectors import spin


class Deck(NamedTuple):
    """A table top for its base: dimensions in metres, shape and material."""

    width: float
    depth: float
    underside: float  # height of the underside of the top
    is_round: bool = False  # legs stay within an ellipse
    material: int = 1  # index of the base's material
    leg_thickness: float = 0.05  # for legs that suit this top
    corner: float = 0.0  # radius of the top's corners, metres

    def spot(self, sx: float, sz: float, inset: float) -> tuple[float, float]:
        """Returns x and z of a leg in the quarter (sx, sz), `inset` metres from the rim."""
        if self.is_round:
            return sx * (self.width / 2 * 0.71 - inset), sz * (self.depth / 2 * 0.71 - inset)
        inset += 0.2 * self.corner
        return sx * (self.width / 2 - inset), sz * (self.depth / 2 - inset)


def draw_top_size(draw: Choices, low: float, high: float) -> tuple[float, float, bool]:
    """Draws width and depth of a top.

    Parameters
    ----------
    draw : Choices
        Source of the choices.
    low : float
        Smallest width, metres.
    high : float
        Largest width, metres.

    Returns
    -------
    (float, float, bool)
        Width and depth in metres, and whether they are equal.
    """
    width = draw.span("width", low, high)
    if draw.often("is_square", 0.35):
        return width, width, True
    return width, width * draw.span("depth_ratio", 0.42, 0.85), False


OUTLINES = {"rectangle": 10, "soft": 3, "oval": 1.6, "superoval": 1.0}
SQUARE_OUTLINES = {"rectangle": 8, "soft": 2, "oval": 6, "octagon": 0.4, "hexagon": 0.3}


@builds("top")
def table_top(
    piece: Furniture, draw: Choices, width: float, height: float, depth: float, outlines: dict
) -> Deck:
    """Adds a top of random outline and thickness.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    draw : Choices
        Source of the choices.
    width : float
        Metres along x.
    height : float
        Height of the upper side, metres.
    depth : float
        Metres along z.
    outlines : dict
        Weights of the outlines.

    Returns
    -------
    Deck
        What a base has to carry.
    """
    outline = draw.pick("outline", outlines)
    thick = _thickness(draw, max(width, depth))
    corner = _slab(piece, draw, outline, (0.0, height - thick / 2, 0.0), (width, thick, depth))
    if outline in ("rectangle", "soft"):
        _extras(piece, draw, width, height, depth, thick)
    elif outline == "oval" and draw.often("has_rim_ring", 0.1):
        r = width / 2 - 0.008
        if abs(width - depth) < 0.01:
            piece.ring((0, height + 0.01, 0), r, 0.03, 0.016, material=0)
    thickness = draw.span("leg_thickness", 0.025, 0.085) * min(1.0, 0.45 + 0.5 * max(width, height))
    rounded = outline in ("oval", "octagon", "hexagon") or (
        outline == "superoval" and width > depth
    )
    base_material_slot = draw.pick("base_material_slot", {0: 5, 1: 4})
    return Deck(
        width, depth, height - thick + 0.002, rounded, base_material_slot, thickness, corner
    )


def _thickness(draw: Choices, longest: float) -> float:
    """Draws the thickness, metres: sheet, board or block."""
    thickness_design = draw.pick(
        "thickness_design", {"board": 6, "thin": 2.5, "thick": 2, "block": 0.5}
    )
    low, high = {
        "board": (0.018, 0.034),
        "thin": (0.008, 0.016),
        "thick": (0.035, 0.06),
        "block": (0.06, 0.11),
    }[thickness_design]
    return draw.span("thickness", low, high) * (0.6 + 0.4 * min(longest, 1.5))


def _slab(piece: Furniture, draw: Choices, outline: str, center: Sequence[float], size) -> float:
    """Adds the top itself. Returns the radius of its corners, metres."""
    width, thick, depth = size
    edge = thick * draw.pick("edge_ratio", {0.06: 5, 0.3: 2, 0.5: 1.5})
    soft = {"soft": (0.05, 0.25), "superoval": (0.35, 0.5)}.get(outline, (0.0, 0.03))
    corner = min(width, depth) * draw.span("corner_ratio", *soft)
    if outline == "oval":
        piece.cylinder(center, width / 2, thick, edge=edge, radius_z=depth / 2)
    elif outline in ("hexagon", "octagon"):
        _polygon(piece, center, size, 3 if outline == "hexagon" else 4, edge)
    elif outline == "rectangle" and draw.often("has_planks", 0.07) and width > 0.7:
        _planks(piece, draw, center, size, edge)
    else:
        piece.box(center, size, edge=edge, corner=corner)
    return corner


def _polygon(piece: Furniture, center: Sequence[float], size, bars: int, edge: float) -> None:
    """Adds a regular polygon with `2 * bars` sides as the union of turned bars."""
    across = min(size[0], size[2]) * cos(pi / (2 * bars))
    side = across * sin(pi / (2 * bars)) / cos(pi / (2 * bars))
    for i in range(bars):
        turn = spin(180 * i / bars)
        piece.box(center, (across, size[1], side), edge=edge, corner=0.0, rotation=turn)


def _planks(piece: Furniture, draw: Choices, center: Sequence[float], size, edge: float) -> None:
    """Adds a top of planks with gaps, on two cross boards."""
    count, (x, y, z), (width, thick, depth) = draw.pick("plank_count", (3, 4, 5, 6)), center, size
    pitch = depth / count
    plank_gap = draw.span("plank_gap", 0.006, 0.02)
    for i in range(count):
        at = (x, y, z - depth / 2 + (i + 0.5) * pitch)
        piece.box(at, (width, thick, pitch - plank_gap), edge=edge)
    for side in LEFT_RIGHT:
        piece.box((x + side * 0.36 * width, y - 0.6 * thick, z), (0.06, thick, 0.94 * depth))


def _extras(piece: Furniture, draw: Choices, width, height, depth, thick) -> None:
    """Adds a rim, a bevel below, end boards or an inlay to some tops."""
    extra = draw.pick("extra", {"none": 16, "rim": 0.7, "bevel": 1.2, "ends": 0.7, "inlay": 1.4})
    y = height - thick / 2
    if extra == "rim":
        rim_height = draw.span("rim_height", 0.015, 0.05)
        for side in LEFT_RIGHT:
            piece.box(
                (side * (width - 0.016) / 2, y + rim_height / 2, 0),
                (0.016, thick + rim_height, depth),
            )
            piece.box(
                (0, y + rim_height / 2, side * (depth - 0.016) / 2),
                (width, thick + rim_height, 0.016),
            )
    elif extra == "bevel":
        under = (0.96 * width, 0.8 * thick, depth - 0.04 * width)
        piece.box((0, height - 1.2 * thick, 0), under, edge=0.3 * thick)
    elif extra == "ends":
        for side in LEFT_RIGHT:
            piece.box(
                (side * (width / 2 - 0.04), y, 0), (0.08, thick * 1.1, depth * 1.01), material=1
            )
    elif extra == "inlay":
        size = (width - 0.16 * min(width, depth), 0.006, 0.84 * depth)
        piece.box((0, height, 0), size, edge=0.0, material=2)


@builds("leaf")
def leaves(piece: Furniture, draw: Choices, width: float, height: float, depth: float) -> None:
    """Adds the two hanging flaps of a drop-leaf table.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    draw : Choices
        Source of the choices.
    width : float
        Metres along x.
    height : float
        Height of the top, metres.
    depth : float
        Metres along z.
    """
    drop = draw.share("drop", 0.35, 0.85) * height
    thick = 0.02
    for side in LEFT_RIGHT if draw.often("has_two_leaves", 0.7) else (1.0,):
        at = (side * (width / 2 + thick / 2 + 0.002), height - drop / 2, 0)
        piece.box(at, (thick + 0.006, drop, depth), edge=0.006)
