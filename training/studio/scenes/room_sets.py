"""Sets of furniture as they stand in rooms: which pieces belong to an anchor, and where.

Angles are radians about y, 0 is the anchor's front. A set has an anchor and up to SATELLITES
pieces around it.
"""

from functools import cache
from typing import NamedTuple

import torch

SATELLITES = 6
HALF_TURN, QUARTER = torch.pi, torch.pi / 2
ANY, SAME = "any", "same"  # in place of a category: any piece; the same shape as the anchor
ANY_ROW, SAME_ROW = -1, -2  # their numbers
TO_ANCHOR, AS_ANCHOR, TO_FRONT = 0, 1, 2  # where a piece faces: TO_FRONT faces back to the anchor


class Satellite(NamedTuple):
    """One piece of a set."""

    category: str  # name, ANY or SAME
    heading: float  # direction from the anchor's middle
    side: float = 0.0  # shift across the heading, in half widths of the anchor
    gap: float = 0.3  # metres between the outlines; below 0 the piece stands partly under
    facing: int = TO_ANCHOR
    size: float = 1.0  # of the usual size of the category
    chance: float = 0.8


CHAIR, TABLE, SOFA, BED, DESK = "chair", "table", "sofa", "bed", "desk"
BOOKCASE, WARDROBE = "bookcase", "wardrobe"
THINGS = ("misc", "tool")  # lamps, plants, bags, vessels: not furniture

DINING = (
    TABLE,
    Satellite(CHAIR, 0.0, -0.5, -0.15),
    Satellite(CHAIR, HALF_TURN, -0.5, -0.15),
    Satellite(CHAIR, 0.0, 0.5, -0.15),
    Satellite(CHAIR, HALF_TURN, 0.5, -0.15),
    Satellite(CHAIR, QUARTER, 0.0, -0.1, chance=0.6),
    Satellite(CHAIR, -QUARTER, 0.0, -0.1, chance=0.6),
)
STUDY = (
    DESK,
    Satellite(CHAIR, 0.0, 0.0, -0.1, chance=0.9),
    Satellite(BOOKCASE, QUARTER, 0.0, 0.2, AS_ANCHOR, chance=0.5),
    Satellite(WARDROBE, -QUARTER, 0.0, 0.3, AS_ANCHOR, chance=0.3),
    Satellite(CHAIR, 0.0, 0.3, 1.0, chance=0.4),
    Satellite(BOOKCASE, HALF_TURN, 0.4, 0.4, TO_FRONT, chance=0.4),
    Satellite(SOFA, 0.0, -0.3, 1.6, chance=0.3),
)
LOUNGE = (
    SOFA,
    Satellite(TABLE, 0.0, 0.0, 0.35, AS_ANCHOR, 0.75, 0.85),
    Satellite(SOFA, 0.0, 0.0, 1.7, chance=0.35),
    Satellite(CHAIR, 0.9, 0.0, 0.7, chance=0.6),
    Satellite(CHAIR, -0.9, 0.0, 0.7, chance=0.6),
    Satellite(TABLE, QUARTER, -0.2, 0.08, AS_ANCHOR, 0.4, 0.5),
    Satellite(BOOKCASE, -QUARTER, 0.0, 0.3, AS_ANCHOR, chance=0.5),
)
BEDROOM = (
    BED,
    Satellite(TABLE, QUARTER, 0.8, 0.08, AS_ANCHOR, 0.36, 0.7),
    Satellite(TABLE, -QUARTER, -0.8, 0.08, AS_ANCHOR, 0.36, 0.7),
    Satellite(WARDROBE, QUARTER, -0.2, 1.0, TO_ANCHOR, chance=0.5),
    Satellite(CHAIR, -QUARTER, -0.6, 0.7, chance=0.5),
    Satellite(DESK, 0.0, 0.0, 1.0, chance=0.3),
    Satellite(SOFA, 0.0, 0.0, 0.15, AS_ANCHOR, 0.7, 0.3),
)
ROW = (
    ANY,
    Satellite(SAME, QUARTER, 0.0, 0.08, AS_ANCHOR, chance=0.9),
    Satellite(SAME, -QUARTER, 0.0, 0.08, AS_ANCHOR, chance=0.9),
    Satellite(SAME, QUARTER, 0.0, 0.08, AS_ANCHOR),
    Satellite(SAME, -QUARTER, 0.0, 0.08, AS_ANCHOR),
    Satellite(SAME, QUARTER, 0.0, 0.08, AS_ANCHOR, chance=0.6),
    Satellite(SAME, HALF_TURN, 0.0, 0.6, AS_ANCHOR, chance=0.5),
)
ROW_PLACES = (1, 1, 2, 2, 3, 1)  # a piece of a row stands so many places from the anchor
LOOSE = (
    ANY,
    *(Satellite(ANY, k * torch.pi / 3, 0.0, 0.5, chance=0.6) for k in range(SATELLITES)),
)
SINGLE = (ANY, *(Satellite(ANY, 0.0, chance=0.0) for _ in range(SATELLITES)))
# share of the pictures with each set; a product photograph of one piece must give exactly that one
SETS = (DINING, STUDY, LOUNGE, BEDROOM, ROW, LOOSE, SINGLE)
SHARES = (0.27, 0.1, 0.19, 0.09, 0.13, 0.1, 0.12)
ROW_SET, SINGLE_SET = SETS.index(ROW), SETS.index(SINGLE)


class SetTable(NamedTuple):
    """The sets as tensors; rows are sets."""

    anchor: torch.Tensor  # (sets,) int64 number of the category, or ANY_ROW
    category: torch.Tensor  # (sets, SATELLITES) int64
    heading: torch.Tensor  # (sets, SATELLITES)
    side: torch.Tensor
    gap: torch.Tensor
    facing: torch.Tensor  # int64
    size: torch.Tensor
    chance: torch.Tensor
    places: torch.Tensor  # (sets, SATELLITES) places from the anchor in a row, 1 elsewhere


@cache
def set_table(device: torch.device, categories: tuple[str, ...]) -> SetTable:
    """Returns the sets as tensors on a device.

    Parameters
    ----------
    device : torch.device
        Device of the tensors.
    categories : tuple of str
        Names whose places are the numbers. A category that is not among them becomes any piece.
    """
    rows = {name: number for number, name in enumerate(categories)} | {SAME: SAME_ROW}
    names = [[satellite.category for satellite in s[1:]] for s in SETS]
    category = torch.tensor([[rows.get(name, ANY_ROW) for name in row] for row in names])
    columns = [
        torch.tensor([[getattr(satellite, name) for satellite in s[1:]] for s in SETS])
        for name in Satellite._fields[1:]
    ]
    places = torch.ones(len(SETS), SATELLITES)
    places[ROW_SET] = torch.tensor(ROW_PLACES).float()
    anchors = torch.tensor([rows.get(s[0], ANY_ROW) for s in SETS])
    return SetTable(*(value.to(device) for value in (anchors, category, *columns, places)))
