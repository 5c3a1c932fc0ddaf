"""Tables of every height, and low cabinets that Pix3D counts as tables.

In Pix3D the long side runs along x, except for narrow bedside tables. More than half are coffee or
side tables. Open shelves are hollow; drawers, doors and TV benches are solid. Tops are empty.
"""

from furniture.choices import Choices
from furniture.primitives import MAX_PRIMITIVES, Furniture
from furniture.tables.cabinets import bedside, media, open_box, trunk
from furniture.tables.designs import bar, coffee, console, dining, side
from furniture.tables.rare_tables import c_shape, gateleg, half_moon, lift_leg, nest, trolley


def table(draw: Choices) -> Furniture:
    """Draws a table, bedside cabinet, TV bench or sideboard."""
    design = draw.pick("design", DESIGNS)
    piece = Furniture("table", materials=_materials(draw), name=design.__name__, choices=draw)
    design(draw, piece)
    if len(piece.rows) <= MAX_PRIMITIVES or draw.is_replay:
        return piece
    draw.restart()
    return table(draw)


def _materials(draw: Choices) -> tuple[str, ...]:
    """Draws the materials: top, base, inlay or second front, handles."""
    tops = {"wood": 10, "painted": 5, "glass": 1.6, "stone": 1.3, "metal": 0.5, "plastic": 0.6}
    base = {"wood": 5, "metal": 4, "painted": 3, "plastic": 0.3}
    return (
        draw.pick("top_material", tops),
        draw.pick("base_material", base),
        draw.pick("inlay_material", ("wood", "glass", "stone", "painted")),
        "metal",
    )


DESIGNS = {
    dining: 9,
    coffee: 9,
    side: 5.5,
    bedside: 3.2,
    media: 2.6,
    console: 1.6,
    bar: 1.5,
    open_box: 1.3,
    c_shape: 1.2,
    trunk: 0.9,
    gateleg: 0.8,
    trolley: 0.7,
    nest: 0.6,
    half_moon: 0.3,
    lift_leg: 0.3,
}
