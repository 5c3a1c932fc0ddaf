"""Carcasses of cabinets, shelves and desks: bays, and the boards around and inside them.

A `Bay` is an upright box of space in metres.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from furniture.primitives import Furniture, builds

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
    back_material : int or None
        Material of the back, an index into the materials of the piece; None leaves it open.
    cap : int
        Material of the top; 0 for that of the sides.

    Returns
    -------
    Bay
        The space inside.
    """
    for side in (bay._replace(right=bay.left + board), bay._replace(left=bay.right - board)):
        solid_box(piece, side, part="side")
    solid_box(piece, bay._replace(bottom=bay.top - board), cap, part="top")
    solid_box(piece, bay._replace(top=bay.bottom + board), part="bottom")
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
