"""Size and top board of bookcases."""

from furniture.carcasses import Bay, solid_box
from furniture.choices import Choices
from furniture.primitives import Furniture, builds

CASE_SIZES = {  # ranges of width and height, metres
    "tall": ((0.6, 1.0), (1.6, 2.4)),
    "narrow": ((0.25, 0.5), (1.5, 2.2)),
    "low": ((0.6, 1.4), (0.7, 1.2)),
    "wide": ((1.1, 2.2), (1.4, 2.3)),
}


def draw_case_size(draw: Choices) -> tuple[float, float, float]:
    """Draws width, height and depth, metres: tall, narrow, low or wide."""
    size_class = draw.pick("size_class", {"tall": 6, "narrow": 2.5, "low": 2.5, "wide": 1.5})
    depth = draw.span("depth", 0.22, 0.42)
    widths, heights = CASE_SIZES[size_class]
    return draw.span("width", *widths), draw.span("height", *heights), depth


@builds("crown")
def add_crown(piece: Furniture, draw: Choices, bay: Bay) -> None:
    """Adds a top board or cornice that projects, or nothing.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    draw : Choices
        Source of the choices.
    bay : Bay
        The space, metres.
    """
    if draw.often("has_board", 0.3):
        overhang = draw.span("overhang", 0.008, 0.035)
        thickness = draw.span("thickness", 0.018, 0.04)
        top = bay._replace(bottom=bay.top - 0.002, top=bay.top + thickness)
        solid_box(piece, top.shrink(x=-overhang, z=-overhang / 2), 0, edge=0.006)
