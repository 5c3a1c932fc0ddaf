"""Carcasses of cabinets, shelves and desks: bays, boards around and in them, their feet.

A `Bay` is an upright box of space in metres.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from furniture.choices import ENDS, SIDES, Choices
from furniture.legs import leg
from furniture.primitives import Furniture, builds
from furniture.vectors import Y_TO_X

Shares = int | Sequence[float]  # a number of equal spaces, or sizes in proportion


class Bay(NamedTuple):
    """An upright box of space, metres; its front is at +z."""

    left: float
    right: float
    bottom: float
    top: float
    back: float
    front: float

    @property
    def center(self) -> tuple[float, float, float]:
        """Middle of the box, (3,)."""
        return (
            (self.left + self.right) / 2,
            (self.bottom + self.top) / 2,
            (self.back + self.front) / 2,
        )

    @property
    def size(self) -> tuple[float, float, float]:
        """Width, height and depth."""
        return self.right - self.left, self.top - self.bottom, self.front - self.back

    def shrink(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> "Bay":
        """Returns the bay with both sides of each axis moved inward, metres."""
        return Bay(
            self.left + x,
            self.right - x,
            self.bottom + y,
            self.top - y,
            self.back + z,
            self.front - z,
        )

    def columns(self, shares: Shares) -> list["Bay"]:
        """Returns bays side by side, left to right, widths in proportion to `shares`."""
        marks = self.left + (self.right - self.left) * _share_edges(shares)
        return [self._replace(left=a, right=b) for a, b in pairwise(marks)]

    def tiers(self, shares: Shares) -> list["Bay"]:
        """Returns bays one above the other, bottom first, heights in proportion to `shares`."""
        marks = self.bottom + (self.top - self.bottom) * _share_edges(shares)
        return [self._replace(bottom=a, top=b) for a, b in pairwise(marks)]


def free_standing(width: float, height: float, depth: float, lift: float = 0.0) -> Bay:
    """Returns the bay of a free-standing piece.

    Parameters
    ----------
    width : float
        Metres along x.
    height : float
        Metres.
    depth : float
        Metres along z.
    lift : float
        Distance from the floor, metres.
    """
    return Bay(-width / 2, width / 2, lift, lift + height, -depth / 2, depth / 2)


def _share_edges(shares: Shares) -> np.ndarray:
    """Returns the edges of shares, from 0 to 1."""
    shares = np.ones(shares) if isinstance(shares, int) else np.asarray(shares, float)
    return np.concatenate([[0.0], np.cumsum(shares) / shares.sum()])


def solid_box(
    piece: Furniture, bay: Bay, material: int = 0, edge: float = 0.004, **options: Any
) -> None:
    """Adds a solid box that takes the whole bay.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    bay : Bay
        The space, metres.
    material : int
        Index into the materials of the piece.
    edge : float
        Radius of the edges, metres.
    **options
        All options of `Furniture.add`.
    """
    piece.box(bay.center, bay.size, edge=edge, material=material, **options)


def carcass(
    piece: Furniture,
    bay: Bay,
    board: float,
    material: int = 0,
    back_material: int | None = 0,
    cap: int = 0,
) -> Bay:
    """Adds sides, top, bottom and back around a bay.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    bay : Bay
        The space, metres.
    board : float
        Thickness of the boards, metres.
    material : int
        Index into the materials of the piece.
    back_material : int or None
        Material of the back; None leaves it open.
    cap : int
        Material of the top; 0 for that of the sides.

    Returns
    -------
    Bay
        The space inside.
    """
    for side in (bay._replace(right=bay.left + board), bay._replace(left=bay.right - board)):
        solid_box(piece, side, material, part="side")
    solid_box(piece, bay._replace(bottom=bay.top - board), cap or material, part="top")
    solid_box(piece, bay._replace(top=bay.bottom + board), material, part="bottom")
    inside = bay.shrink(x=board, y=board)
    if back_material is None:
        return inside
    panel = max(0.008, 0.5 * board)
    solid_box(piece, inside._replace(front=bay.back + panel), back_material, edge=0.0, part="back")
    return inside._replace(back=bay.back + panel)


@builds("shelf")
def add_shelves(
    piece: Furniture, bay: Bay, shares: Shares, board: float, material: int = 0
) -> list[Bay]:
    """Adds shelves between the tiers of a bay.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    bay : Bay
        The space, metres.
    shares : int or sequence of float
        Number of equal spaces, or their sizes in proportion.
    board : float
        Thickness of the boards, metres.
    material : int
        Index into the materials of the piece.

    Returns
    -------
    list of Bay
        The open spaces, bottom first.
    """
    tiers = bay.tiers(shares)
    for tier in tiers[1:]:
        y = tier.bottom
        solid_box(piece, bay._replace(bottom=y - board / 2, top=y + board / 2), material)
    return tiers


@builds("divider")
def add_dividers(
    piece: Furniture, bay: Bay, shares: Shares, board: float, material: int = 0
) -> list[Bay]:
    """Adds upright boards between the columns of a bay.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    bay : Bay
        The space, metres.
    shares : int or sequence of float
        Number of equal spaces, or their sizes in proportion.
    board : float
        Thickness of the boards, metres.
    material : int
        Index into the materials of the piece.

    Returns
    -------
    list of Bay
        The open spaces, left first.
    """
    columns = bay.columns(shares)
    for column in columns[1:]:
        x = column.left
        solid_box(piece, bay._replace(left=x - board / 2, right=x + board / 2), material)
    return columns


FOOT_DESIGNS = {
    "plinth": 4,
    "flush": 2.5,
    "blocks": 2,
    "tapered": 2,
    "splayed": 1.2,
    "bracket": 1.2,
    "bun": 0.8,
    "frame": 0.9,
    "castors": 0.6,
    "skirt": 0.7,
}
FOOT_LEGS = {
    "blocks": "straight",
    "bracket": "straight",
    "tapered": "tapered",
    "splayed": "tapered_round",
    "bun": "bun",
    "castors": "",
}


def draw_foot_height(draw: Choices, style: str) -> float:
    """Draws the distance of a cabinet from the floor, metres.

    Parameters
    ----------
    draw : Choices
        Source of the choices.
    style : str
        One of FOOT_DESIGNS.
    """
    low, high = {
        "flush": (0.0, 0.0),
        "plinth": (0.03, 0.1),
        "bun": (0.05, 0.1),
        "castors": (0.05, 0.09),
        "skirt": (0.06, 0.12),
    }.get(style, (0.06, 0.2))
    return draw.span("foot_height", low, high)


@builds("foot")
def cabinet_feet(piece: Furniture, draw: Choices, bay: Bay, style: str, material: int = 0) -> None:
    """Adds feet from the floor to the bottom of a bay.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    draw : Choices
        Source of the choices.
    bay : Bay
        The space, metres.
    style : str
        One of FOOT_DESIGNS.
    material : int
        Index into the materials of the piece.
    """
    height = bay.bottom
    width, _, depth = bay.size
    if style == "flush" or height < 0.01:
        return
    if style == "plinth":
        low = bay._replace(
            bottom=0.0, top=height + 0.005, front=bay.front - draw.span("plinth_setback", 0, 0.05)
        )
        solid_box(piece, low.shrink(x=draw.span("plinth_inset", 0.0, 0.02)), material)
    elif style == "skirt":
        solid_box(
            piece,
            bay._replace(bottom=0.0, top=height).shrink(x=-0.015, z=-0.015),
            material,
            edge=0.01,
        )
    elif style == "frame":
        _foot_frame(piece, bay, draw.span("frame_half_thickness", 0.01, 0.02), material)
    else:
        _corner_feet(piece, draw, bay, style, material, min(width, depth))


def _foot_frame(piece: Furniture, bay: Bay, half: float, material: int) -> None:
    """Adds a frame of square bars under each side."""
    for x in (bay.left + half, bay.right - half):
        for z in (bay.back + half, bay.front - half):
            piece.box(
                (x, bay.bottom / 2, z), (2 * half, bay.bottom + 0.01, 2 * half), material=material
            )
        side = Bay(x - half, x + half, 0.0, 2 * half, bay.back, bay.front)
        solid_box(piece, side, material)


def _corner_feet(
    piece: Furniture, draw: Choices, bay: Bay, style: str, material: int, narrow: float
) -> None:
    """Adds four feet near the corners."""
    height = bay.bottom
    wide = (
        draw.span("bracket_width", 0.1, 0.16)
        if style == "bracket"
        else draw.span("thickness", 0.035, 0.06)
    )
    wide = min(wide, 0.3 * narrow)
    inset = wide / 2 + (
        draw.span("inset", 0.0, 0.06) if style in ("tapered", "splayed", "castors") else 0
    )
    out = draw.span("splay_ratio", 0.2, 0.5) * height if style == "splayed" else 0.0
    leg_style = FOOT_LEGS[style]
    for x, sx in draw.each(SIDES, ((bay.left + inset, -1), (bay.right - inset, 1))):
        for z, sz in draw.each(ENDS, ((bay.back + inset, -1), (bay.front - inset, 1))):
            if style == "castors":
                _add_castor(piece, x, z, height, material)
            else:
                foot = (x + sx * out, 0.0, z + sz * out)
                leg(piece, draw, (x, height + 0.006, z), foot, wide, leg_style, material)


@builds("castor")
def _add_castor(piece: Furniture, x: float, z: float, height: float, material: int) -> None:
    """Adds one castor."""
    piece.cylinder((x, 0.45 * height, z), 0.45 * height, 0.03, rotation=Y_TO_X, material=material)
    piece.box((x, 0.75 * height, z), (0.03, 0.5 * height + 0.01, 0.03), material=material)
