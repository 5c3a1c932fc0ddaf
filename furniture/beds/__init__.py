"""Beds: frames, divans, platforms, day beds, cots, canopies, bunks and futons.

In Pix3D the head is at the back (-z) and the long side along z (along x for a day bed). Most beds
have a flat mattress without linen. The space under slatted frames is empty, that under drawers and
divans solid. Width over length is 0.5 to 0.9, height 0.35 to 0.5 of the length.
"""

from furniture.beds.bunks import bunk
from furniture.beds.frames import divan, framed, futon, platform
from furniture.beds.raised import canopy, cot, day_bed
from furniture.choices import Choices
from furniture.primitives import Furniture

DESIGNS = {
    framed: 10,
    divan: 4,
    platform: 2.5,
    day_bed: 1.2,
    cot: 0.7,
    canopy: 1,
    bunk: 1.6,
    futon: 0.6,
}


def bed(draw: Choices) -> Furniture:
    """Draws a bed, metres, standing on y = 0, its head at the back."""
    return draw.pick("design", DESIGNS)(draw)
