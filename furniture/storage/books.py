"""Books, boxes and vases on shelves."""

from furniture.carcasses import Bay, solid_box
from furniture.choices import Choices
from furniture.primitives import MAX_PRIMITIVES, Furniture, builds


def stock(piece: Furniture, draw: Choices, spaces: list[Bay]) -> None:
    """Adds books, boxes and vases to some shelves, up to MAX_PRIMITIVES.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    draw : Choices
        Source of the choices.
    spaces : list of Bay
        The open spaces.
    """
    filled_share = draw.span("filled_share", 0.3, 0.9)
    for space in draw.each("space", spaces):
        if len(piece.rows) > MAX_PRIMITIVES - 4 or space.size[1] < 0.08:
            return
        if draw.often("is_filled", filled_share):
            _load(piece, draw, space)


@builds("load")
def _load(piece: Furniture, draw: Choices, space: Bay) -> None:
    """Adds a row of books, a pile, a box or a vase to one space."""
    width, height, depth = space.size
    design = draw.pick("design", {"row": 5, "pile": 1, "box": 1.5, "vase": 0.7})
    back, low = space.back + 0.02, space.bottom - 0.005
    if design == "vase":
        tall = height * draw.share("vase_height", 0.4, 0.85)
        wide = min(width, depth) * draw.share("vase_width", 0.25, 0.5)
        x = space.left + draw.span("vase_offset", 0.3, 0.7) * width
        piece.ellipsoid(
            (x, low + tall / 2, (space.back + space.front) / 2), (wide, tall, wide), material=7
        )
        return
    x = space.left + 0.01
    for _ in draw.each("item", range(3 if design == "row" else 1)):
        wide = (
            width * draw.share("book_width", 0.12, 0.45)
            if design == "row"
            else width * draw.share("box_width", 0.3, 0.9)
        )
        if x + wide > space.right:
            return
        tall = height * (
            draw.span("height_ratio", *((0.25, 0.4) if design == "pile" else (0.5, 0.93)))
        )
        load = Bay(
            x, x + wide, low, low + tall, back, back + depth * draw.span("depth_ratio", 0.5, 0.85)
        )
        solid_box(piece, load, draw.pick("material_slot", (4, 5, 6, 7)))
        x += wide + 0.004
