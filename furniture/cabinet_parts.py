"""What cabinets, shelves, desks and tables share: bays, carcasses, fronts, handles, feet, books.

A `Bay` is an upright box of space in metres. Helpers either fill it, wrap boards around it, or put
doors and drawers on its front. Seams are wider than a joiner's: a grid of 128 cells must see them.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from furniture.parts import leg, pick, span
from furniture.primitives import Furniture

FACING = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])  # local y toward +z
AXLE = np.array([[0.0, -1.0, 0], [1.0, 0, 0], [0, 0, 1.0]])  # local y along x: wheels


class Bay(NamedTuple):
    """An upright box of space, metres; its front looks toward +z."""

    left: float
    right: float
    bottom: float
    top: float
    back: float
    front: float

    @property
    def center(self) -> tuple[float, float, float]:
        """(3,) middle of the box."""
        return (
            (self.left + self.right) / 2,
            (self.bottom + self.top) / 2,
            (self.back + self.front) / 2,
        )

    @property
    def size(self) -> tuple[float, float, float]:
        """(3,) width, height, depth."""
        return self.right - self.left, self.top - self.bottom, self.front - self.back

    def shrink(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> "Bay":
        """The bay with both sides of each axis moved inward."""
        return Bay(
            self.left + x,
            self.right - x,
            self.bottom + y,
            self.top - y,
            self.back + z,
            self.front - z,
        )

    def columns(self, shares) -> list["Bay"]:
        """Side by side, left to right, widths in proportion to `shares`."""
        marks = self.left + (self.right - self.left) * _marks(shares)
        return [self._replace(left=a, right=b) for a, b in pairwise(marks)]

    def tiers(self, shares) -> list["Bay"]:
        """One above the other, bottom first, heights in proportion to `shares`."""
        marks = self.bottom + (self.top - self.bottom) * _marks(shares)
        return [self._replace(bottom=a, top=b) for a, b in pairwise(marks)]


def standing(width: float, height: float, depth: float, lift: float = 0.0) -> Bay:
    """The bay of a free-standing piece, `lift` metres above the floor."""
    return Bay(-width / 2, width / 2, lift, lift + height, -depth / 2, depth / 2)


def _marks(shares) -> np.ndarray:
    shares = np.ones(shares) if isinstance(shares, int) else np.asarray(shares, float)
    return np.concatenate([[0.0], np.cumsum(shares) / shares.sum()])


def fill(piece: Furniture, bay: Bay, material: int = 0, edge: float = 0.004, **options) -> None:
    """A solid box that takes the whole bay."""
    piece.box(bay.center, bay.size, edge=edge, material=material, **options)


def carcass(
    piece: Furniture,
    bay: Bay,
    board: float,
    material: int = 0,
    back_material: int | None = 0,
    cap: int = 0,
) -> Bay:
    """Sides, top, bottom and back (None: open) around a bay -> the space inside."""
    for side in (bay._replace(right=bay.left + board), bay._replace(left=bay.right - board)):
        fill(piece, side, material)
    fill(piece, bay._replace(bottom=bay.top - board), cap or material)
    fill(piece, bay._replace(top=bay.bottom + board), material)
    inside = bay.shrink(x=board, y=board)
    if back_material is None:
        return inside
    panel = max(0.008, 0.5 * board)
    fill(piece, inside._replace(front=bay.back + panel), back_material, edge=0.0)
    return inside._replace(back=bay.back + panel)


def shelve(piece: Furniture, bay: Bay, shares, board: float, material: int = 0) -> list[Bay]:
    """Shelves between the tiers of a bay -> the open spaces, bottom first."""
    tiers = bay.tiers(shares)
    for tier in tiers[1:]:
        y = tier.bottom
        fill(piece, bay._replace(bottom=y - board / 2, top=y + board / 2), material)
    return tiers


def divide(piece: Furniture, bay: Bay, shares, board: float, material: int = 0) -> list[Bay]:
    """Upright boards between the columns of a bay -> the open spaces, left first."""
    columns = bay.columns(shares)
    for column in columns[1:]:
        x = column.left
        fill(piece, bay._replace(left=x - board / 2, right=x + board / 2), material)
    return columns


@dataclass(frozen=True)
class Front:
    """How the doors and drawers of one piece look."""

    panel: str = "flat"  # flat, raised, framed, recessed
    handle: str = "knob"  # knob, bar, long, cup, ring, edge, none
    material: int = 0
    handle_material: int = 1
    gap: float = 0.012  # metres between neighbours
    thickness: float = 0.02


PANELS = {"flat": 6, "raised": 1.5, "framed": 2.5, "louvre": 0.4}
HANDLES = {"knob": 4, "bar": 3, "long": 1.5, "cup": 1, "ring": 0.5, "edge": 0.7, "none": 1.8}


def draw_front(
    rng: np.random.Generator, longest: float, material: int = 0, handle_material: int = 1
):
    """A `Front` for a piece whose longest side is `longest` metres."""
    return Front(
        panel=pick(rng, PANELS),
        handle=pick(rng, HANDLES),
        material=material,
        handle_material=handle_material,
        gap=span(rng, 0.004, 0.012) * longest,
        thickness=span(rng, 0.012, 0.024),
    )


def door(piece: Furniture, bay: Bay, look: Front, hinge: int = -1) -> None:
    """One door on the front of a bay, its handle away from the `hinge` side (-1 left, +1 right)."""
    face = panel(piece, bay, look)
    x, y, _ = face.center
    width, height, _ = face.size
    knob = (x - hinge * (width / 2 - min(0.05, 0.2 * width)), y + 0.04 * height, face.front)
    _handle(piece, knob, look, min(0.5 * height, 0.9), True)


def drawer(piece: Furniture, bay: Bay, look: Front) -> None:
    """One drawer front on a bay, with one handle or, on wide ones, two knobs."""
    plain = replace(look, panel="flat") if look.panel == "louvre" else look
    face = panel(piece, bay, plain)
    x, y, _ = face.center
    width, height, _ = face.size
    pair = look.handle in ("knob", "ring", "cup") and width > 0.55
    for at in (-0.27 * width, 0.27 * width) if pair else (0.0,):
        spot = (x + at, y + (0.3 * height if look.handle == "edge" else 0.0), face.front)
        _handle(piece, spot, look, 0.7 * width, False)


def panel(piece: Furniture, bay: Bay, look: Front) -> Bay:
    """A slab on the front of a bay, decorated -> the slab's own bay."""
    face = bay.shrink(x=look.gap / 2, y=look.gap / 2)
    face = face._replace(back=bay.front - 0.004, front=bay.front + look.thickness)
    fill(piece, face, look.material)
    width, height, _ = face.size
    rim = min(0.09, 0.22 * min(width, height))
    if look.panel == "raised":
        middle = face.shrink(x=rim, y=rim)._replace(front=face.front + 0.6 * look.thickness)
        fill(piece, middle, look.material, edge=0.008)
    if look.panel == "framed" and min(width, height) > 0.16:
        _frame(piece, face._replace(front=face.front + 0.8 * look.thickness), rim, look.material)
    if look.panel == "louvre" and height > 0.4:
        for slat in face.shrink(x=rim, y=rim).tiers(6):
            ridge = slat._replace(top=slat.bottom + 0.4 * (slat.top - slat.bottom))
            fill(piece, ridge._replace(front=face.front + 0.015), look.material)
    return face


def _frame(piece: Furniture, face: Bay, rim: float, material: int) -> None:
    for strip in (
        face._replace(right=face.left + rim),
        face._replace(left=face.right - rim),
        face._replace(top=face.bottom + rim),
        face._replace(bottom=face.top - rim),
    ):
        fill(piece, strip, material)


def _handle(piece: Furniture, spot, look: Front, reach: float, tall: bool) -> None:
    """The handle of `look` at `spot` on a front; `tall` handles stand, others lie."""
    x, y, z = spot
    material = look.handle_material
    if look.handle == "knob":
        piece.egg((x, y, z + 0.012), (0.034, 0.034, 0.036), material=material)
    elif look.handle in ("bar", "long"):
        length = min(reach, 0.16 if look.handle == "bar" else 0.7)
        size = (0.016, length, 0.03) if tall else (length, 0.016, 0.03)
        piece.box((x, y, z + 0.013), size, material=material)
    elif look.handle == "cup":
        piece.egg((x, y, z + 0.006), (0.1, 0.04, 0.05), material=material)
    elif look.handle == "ring":
        piece.ring((x, y - 0.02, z + 0.01), 0.03, 0.012, 0.012, rotation=FACING, material=material)
        piece.egg((x, y + 0.012, z + 0.006), (0.03, 0.03, 0.03), material=material)
    elif look.handle == "edge":
        size = (0.02, 0.9 * reach, 0.03) if tall else (reach, 0.02, 0.03)
        piece.box((x, y, z + 0.01), size, material=material)


FEET = {
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


def feet_height(rng: np.random.Generator, style: str) -> float:
    """Metres that a piece on such feet stands above the floor."""
    low, high = {
        "flush": (0.0, 0.0),
        "plinth": (0.03, 0.1),
        "bun": (0.05, 0.1),
        "castors": (0.05, 0.09),
        "skirt": (0.06, 0.12),
    }.get(style, (0.06, 0.2))
    return span(rng, low, high)


def feet(piece: Furniture, rng, bay: Bay, style: str, material: int = 0) -> None:
    """Feet from the floor to the bottom of `bay`."""
    height = bay.bottom
    width, _, depth = bay.size
    if style == "flush" or height < 0.01:
        return
    if style == "plinth":
        low = bay._replace(bottom=0.0, top=height + 0.005, front=bay.front - span(rng, 0, 0.05))
        fill(piece, low.shrink(x=span(rng, 0.0, 0.02)), material)
    elif style == "skirt":
        fill(
            piece,
            bay._replace(bottom=0.0, top=height).shrink(x=-0.015, z=-0.015),
            material,
            edge=0.01,
        )
    elif style == "frame":
        _foot_frame(piece, bay, span(rng, 0.01, 0.02), material)
    else:
        _corner_feet(piece, rng, bay, style, material, min(width, depth))


def _foot_frame(piece: Furniture, bay: Bay, half: float, material: int) -> None:
    for x in (bay.left + half, bay.right - half):
        for z in (bay.back + half, bay.front - half):
            piece.box(
                (x, bay.bottom / 2, z), (2 * half, bay.bottom + 0.01, 2 * half), material=material
            )
        side = Bay(x - half, x + half, 0.0, 2 * half, bay.back, bay.front)
        fill(piece, side, material)


def _corner_feet(piece: Furniture, rng, bay: Bay, style: str, material: int, narrow: float) -> None:
    height = bay.bottom
    wide = span(rng, 0.1, 0.16) if style == "bracket" else span(rng, 0.035, 0.06)
    wide = min(wide, 0.3 * narrow)
    inset = wide / 2 + (span(rng, 0.0, 0.06) if style in ("tapered", "splayed", "castors") else 0)
    out = span(rng, 0.2, 0.5) * height if style == "splayed" else 0.0
    leg_style = LEGS[style]
    for x, sx in ((bay.left + inset, -1), (bay.right - inset, 1)):
        for z, sz in ((bay.back + inset, -1), (bay.front - inset, 1)):
            if style == "castors":
                _castor(piece, x, z, height, material)
            else:
                foot = (x + sx * out, 0.0, z + sz * out)
                leg(piece, rng, (x, height + 0.006, z), foot, wide, leg_style, material)


LEGS = {
    "blocks": "straight",
    "bracket": "straight",
    "tapered": "tapered",
    "splayed": "tapered_round",
    "bun": "bun",
    "castors": "",
}


def _castor(piece: Furniture, x: float, z: float, height: float, material: int) -> None:
    piece.cylinder((x, 0.45 * height, z), 0.45 * height, 0.03, rotation=AXLE, material=material)
    piece.box((x, 0.75 * height, z), (0.03, 0.5 * height + 0.01, 0.03), material=material)
