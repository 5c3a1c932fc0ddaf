"""Sofas: seats, arms and backs of every make, straight, cornered, with a chaise, framed, folding.

Seen in the real grids: the long side runs along x and fills the cube (height 0.25-0.6, depth
0.34-0.72 of it), the front faces +z, bodies are solid down to the floor or to short feet, seat
cushions are part of the body, back cushions lean on it; throw pillows are rare. The long leg of a
corner comes forward on either side.
"""

from furniture.choices import Choices
from furniture.primitives import Furniture
from furniture.sofas.corners import chaise, corner, day_couch, modules
from furniture.sofas.other_sofas import curved, framed
from furniture.sofas.upholstered import armless, boxy, camelback, chesterfield, classic

DESIGNS = {
    classic: 10,
    boxy: 4,
    chesterfield: 1.5,
    armless: 1.6,
    framed: 1.6,
    curved: 0.6,
    camelback: 0.8,
    chaise: 2.6,
    corner: 2.6,
    day_couch: 0.5,
    modules: 0.6,
}


def sofa(draw: Choices) -> Furniture:
    """A random sofa, metres, standing on y = 0 and facing +z."""
    return draw.pick("design", DESIGNS)(draw)
