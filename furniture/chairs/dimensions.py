"""The numbers and materials that every chair starts from."""

from dataclasses import dataclass
from math import radians, tan

import numpy as np

from furniture.parts import often, pick, span
from furniture.primitives import Furniture

FRAME, SEAT, BACK, METAL = 0, 1, 2, 3  # parts of a chair

FRAMES = {"wood": 6, "metal": 2.5, "painted": 1.5, "plastic": 0.8}
SOFT = {"fabric": 3, "leather": 2}
HARD = {"wood": 3, "painted": 1, "plastic": 1.5}


@dataclass
class ChairDimensions:
    """A chair's seat and back plane, metres; the seat's middle stands over the origin."""

    piece: Furniture
    rng: np.random.Generator
    width: float  # of the seat, in front
    rear: float  # of the seat, behind
    depth: float
    height: float  # of the seat's upper side
    thick: float  # of the seat
    rise: float  # from the seat to the top of the back
    lean: float  # of the back, degrees
    tuck: float = 0.0  # how far legs stand inside the corners: round seats have none

    @property
    def under(self) -> float:
        """Height of the seat's lower side."""
        return self.height - self.thick

    @property
    def narrow(self) -> float:
        """How much closer than the seat's corners its uprights stand where corners are round."""
        return 1 - 1.9 * self.tuck / self.width

    def behind(self, h: float) -> float:
        """z of the back's plane at `h` above the seat."""
        return -self.depth / 2 - h * tan(radians(self.lean))

    def at(self, h: float, x: float = 0.0, forward: float = 0.0) -> tuple[float, float, float]:
        """The point of the back's plane at `h` above the seat."""
        return x, self.height + h, self.behind(h) + forward


def draw_plan(rng, name: str, materials, **fixed: float) -> ChairDimensions:
    """Proportions of a dining chair, with any of them `fixed` by the design."""
    width = fixed.get("width", span(rng, 0.38, 0.52))
    sizes = {
        "width": width,
        "rear": width * (span(rng, 0.8, 0.97) if often(rng, 0.6) else 1.0),
        "depth": span(rng, 0.37, 0.5),
        "height": span(rng, 0.42, 0.49),
        "thick": span(rng, 0.02, 0.09) if often(rng, 0.7) else span(rng, 0.018, 0.03),
        "rise": span(rng, 0.33, 0.55) if often(rng, 0.85) else span(rng, 0.55, 0.68),
        "lean": span(rng, 3, 16),
    }
    sizes.update(fixed)
    return ChairDimensions(Furniture("chair", tuple(materials), name), rng, **sizes)


def wooden(rng) -> tuple[str, str, str, str]:
    """Materials of a frame chair: frame, seat, back, small metal."""
    frame = pick(rng, FRAMES)
    hard = frame if often(rng, 0.75) else pick(rng, HARD)
    seat = pick(rng, SOFT) if often(rng, 0.45) else hard
    return frame, seat, hard, "metal"


def upholstered(rng) -> tuple[str, str, str, str]:
    """Materials of a padded chair."""
    soft = pick(rng, SOFT)
    return pick(rng, FRAMES), soft, soft if often(rng, 0.9) else pick(rng, SOFT), "metal"


def moulded(rng) -> tuple[str, str, str, str]:
    """Materials of a shell chair."""
    shell = pick(rng, {"plastic": 4, "wood": 2, "fabric": 2, "leather": 1, "painted": 1})
    base = pick(rng, {"wood": 3, "metal": 4, "painted": 1, "plastic": 1})
    return base, shell, shell, "plastic"
