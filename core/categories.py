"""Categories of objects: those of the published model, and the assumptions about each.

    CATEGORIES                     # names of the published model, in the order of its outputs
    find_category("lamp").sides    # assumptions about a category; neutral ones for a new name

A model holds its own names in its config, and the studio holds those of a run. Every other module
reads its assumptions here, so that a new category needs no other change.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Category:
    """Assumptions about the objects of one category; the defaults suit any object."""

    name: str
    share: float = 0.1  # weight with which the studio draws it
    longest: float = 0.8  # typical longest side in metres, for objects beside each other
    # Median width, height and depth in centimetres and the standard deviations of their logarithms
    sides: tuple[float, float, float] = (80, 80, 60)
    spread: tuple[float, float, float] = (0.5, 0.5, 0.5)
    wide: bool = False  # its front is on a longer side


# The shares follow Pix3D, with larger ones for its rare categories. The sides are those of 300
# pieces of each generator; miscellanea and tools are of any size.
PUBLISHED = (
    Category("bed", 0.11, 2.1, (147, 95, 211), (0.28, 0.37, 0.20)),
    Category("bookcase", 0.08, 1.8, (84, 165, 34), (0.44, 0.36, 0.21), wide=True),
    Category("chair", 0.33, 0.95, (58, 92, 61), (0.23, 0.20, 0.22)),
    Category("desk", 0.08, 1.4, (125, 75, 67), (0.25, 0.12, 0.26), wide=True),
    Category("misc", 0.03, 0.5, (70, 90, 57), (0.50, 0.50, 0.59)),
    Category("sofa", 0.14, 2.1, (203, 80, 98), (0.29, 0.13, 0.28), wide=True),
    Category("table", 0.17, 1.3, (86, 58, 57), (0.48, 0.29, 0.39), wide=True),
    Category("tool", 0.02, 0.35, (30, 100, 17), (0.88, 0.47, 1.07)),
    Category("wardrobe", 0.04, 1.9, (116, 202, 55), (0.46, 0.30, 0.17), wide=True),
)
CATEGORIES = tuple(known.name for known in PUBLISHED)
_BY_NAME = {known.name: known for known in PUBLISHED}


def find_category(name: str) -> Category:
    """Returns the assumptions about a category; neutral ones for a name that is not listed."""
    return _BY_NAME.get(name) or Category(name)


def default_shares(names: Sequence[str]) -> tuple[float, ...]:
    """Returns the weight with which the studio draws each of some categories."""
    return tuple(find_category(name).share for name in names)
