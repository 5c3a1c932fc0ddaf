"""Dimensions and materials of a bed."""

from dataclasses import dataclass

from furniture.choices import Choices
from furniture.primitives import Furniture

FRAME, MATTRESS, LINEN, PILLOW = 0, 1, 2, 3  # indices into the materials of a bed
FRAMES = {"wood": 5, "painted": 2, "metal": 1, "fabric": 2, "leather": 0.7}
WIDTHS = {0.9: 4, 1.2: 1.2, 1.4: 3, 1.6: 4, 1.8: 2, 2.0: 0.6}  # of mattresses, metres


@dataclass
class BedDimensions:
    """The dimensions of a bed, metres; the middle is at x = z = 0, the head at z < 0."""

    piece: Furniture
    draw: Choices
    width: float
    length: float
    deck_height: float  # of the slats, on which the mattress lies
    mattress_thickness: float

    @property
    def top(self) -> float:
        """Height of the upper side of the mattress."""
        return self.deck_height + self.mattress_thickness


def draw_dimensions(
    draw: Choices, name: str, frame: str | None = None, **fixed: float
) -> BedDimensions:
    """Draws the dimensions and materials of a bed.

    Parameters
    ----------
    draw : Choices
        Source of the choices.
    name : str
        Name of the design.
    frame : str, optional
        Material of the frame; drawn by default.
    **fixed : float
        Dimensions that the design has chosen already.
    """
    frame = frame or draw.pick("frame_material", FRAMES)

    def width() -> float:
        return draw.pick("mattress_size", WIDTHS) * draw.span("width_ratio", 0.95, 1.06)

    def span(key: str, low: float, high: float) -> float:
        return draw.default(fixed, key, lambda: draw.span(key, low, high))

    sizes = {
        "width": draw.default(fixed, "width", width),
        "length": span("length", 1.9, 2.08),
        "deck_height": span("deck_height", 0.2, 0.36),
        "mattress_thickness": span("mattress_thickness", 0.1, 0.28),
    }
    piece = Furniture("bed", (frame, "fabric", "fabric", "fabric"), name, draw)
    return BedDimensions(piece, draw, **sizes)
