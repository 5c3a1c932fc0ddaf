"""Sofas: upholstered, framed, curved, with a chaise, corners and modules.

In Pix3D the long side runs along x and is the longest; height is 0.25 to 0.6 of it, depth 0.34 to
0.72. The front is at +z. Bodies are solid down to the floor or to short feet. Seat cushions are
part of the body; pillows are rare. A corner comes forward at either side.
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
    """Draws a sofa, metres, standing on y = 0, its front at +z."""
    return draw.pick("design", DESIGNS)(draw)
