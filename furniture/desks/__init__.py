"""Desks: a top on legs, frames, panels, pedestals or trestles.

In Pix3D the long side runs along x and the sitter is at +z. Height is about 0.6 and depth 0.5 of
the width. Pedestals are solid, open compartments hollow.
"""

from furniture.choices import Choices
from furniture.desks.designs import corner, hutch, pedestal, writing
from furniture.desks.rare_desks import lifting, secretary, tilted, vanity, wall_shelf
from furniture.primitives import Furniture


def desk(draw: Choices) -> Furniture:
    """Draws a writing, office, corner, standing or secretary desk, or a dressing table."""
    design = draw.pick("design", DESIGNS)
    piece = Furniture("desk", materials=_materials(draw), name=design.__name__, choices=draw)
    design(draw, piece)
    return piece


def _materials(draw: Choices) -> tuple[str, ...]:
    """Draws the materials: top, base, drawers, handles, mirror or glass."""
    top = {"wood": 8, "painted": 6, "glass": 1, "plastic": 0.6, "metal": 0.3}
    base = {"wood": 4, "metal": 5, "painted": 3}
    return (
        draw.pick("top_material", top),
        draw.pick("base_material", base),
        draw.pick("front_material", ("wood", "painted", "metal")),
        "metal",
        "glass",
    )


DESIGNS = {
    writing: 8,
    pedestal: 8,
    hutch: 2.5,
    corner: 1.8,
    lifting: 1.5,
    wall_shelf: 0.9,
    secretary: 1.0,
    vanity: 0.8,
    tilted: 0.5,
}
