"""Size and top board of bookcases."""

from furniture.carcasses import Bay, solid_box
from furniture.choices import Choices
from furniture.primitives import Furniture, builds


def draw_case_size(draw: Choices) -> tuple[float, float, float]:
    """Draws width, height and depth, metres: tall, narrow, low or wide."""
    size_class = draw.pick("size_class", {"tall": 6, "narrow": 2.5, "low": 2.5, "wide": 1.5})
    depth = draw.span("depth", 0.22, 0.42)
    if size_class == "tall":
        return draw.span("tall_width", 0.6, 1.0), draw.span("tall_height", 1.6, 2.4), depth
    if size_class == "narrow":
        return draw.span("narrow_width", 0.25, 0.5), draw.span("narrow_height", 1.5, 2.2), depth
    if size_class == "low":
        return draw.span("low_width", 0.6, 1.4), draw.span("low_height", 0.7, 1.2), depth
    return draw.span("wide_width", 1.1, 2.2), draw.span("wide_height", 1.4, 2.3), depth


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
