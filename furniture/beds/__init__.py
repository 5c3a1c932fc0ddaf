"""Beds: frames, head and foot boards, mattresses and bedding, bunks, lofts, canopies, cots.

Seen in the real grids: the head stands at the back (-z) and the long side runs along z (a day bed's
along x); a mattress lies on most, flat and without linen; the space under slatted frames is empty,
that under drawers and divans solid. Width over length 0.5-0.9, height 0.35-0.5 of the length.
"""

import numpy as np

from furniture.beds.bedding import FRAME, PILLOW, Bed, draw_bed, mattress, rails
from furniture.beds.boards import board, head_kind
from furniture.beds.raised import bunk, canopy, cot, day_bed
from furniture.parts import LEFT_RIGHT, leg, often, pick, spaced, span
from furniture.primitives import Furniture


def framed(rng) -> Furniture:
    """Head board, rails, legs or a foot board, a mattress: most beds."""
    b = draw_bed(rng, "framed")
    p = b.piece
    kind, metal = head_kind(b), b.piece.materials[FRAME] == "metal"
    half = b.length / 2 + 0.03
    if often(rng, 0.92):
        board(b, -half, span(rng, 0.7, 1.25), kind)
    if often(rng, 0.35):
        top = b.top + span(rng, -0.1, 0.3)
        board(b, half, top, kind if kind != "padded" else "panel")
        rear_only = False
    else:
        rear_only = True
        h = span(rng, 0.08, 0.25)
        p.box((0, b.deck + 0.03 - h / 2, half - 0.01), (b.width + 0.06, h, 0.04), material=FRAME)
    rails(b, span(rng, 0.04, 0.06) if metal else span(rng, 0.1, 0.26))
    ends = (half - 0.05,) if rear_only else ()
    for z in (*ends, *((-half + 0.05,) if often(rng, 0.6) else ())):
        for s in LEFT_RIGHT:
            x = s * (b.width / 2 - 0.02)
            style = pick(rng, ("straight", "tapered", "tapered_round", "block", "round"))
            leg(p, rng, (x, b.deck, z), (x, 0, z), span(rng, 0.05, 0.09), style, FRAME)
    mattress(b)
    return p


def divan(rng) -> Furniture:
    """A solid base to the floor or nearly: box springs and storage beds."""
    b = draw_bed(rng, "divan", deck=span(rng, 0.26, 0.42), mattress=span(rng, 0.14, 0.3))
    p, lift = b.piece, pick(rng, (0.0, span(rng, 0.03, 0.12)))
    w, edge = b.width + span(rng, 0, 0.08), span(rng, 0.008, 0.04)
    size = (w, b.deck - lift, b.length + 0.02)
    p.box((0, (lift + b.deck) / 2, 0), size, edge=edge, material=FRAME)
    if often(rng, 0.45):
        count, h = int(span(rng, 1, 4)), (b.deck - lift) * span(rng, 0.5, 0.8)
        for s in LEFT_RIGHT:
            for z in spaced(-b.length * 0.33, b.length * 0.33, count):
                d = b.length * 0.9 / max(count, 2)
                middle = (s * (w / 2 + 0.004), lift + (b.deck - lift) / 2, z)
                p.box(middle, (0.02, h, d - 0.03), material=FRAME)
                p.box((middle[0] + s * 0.012, middle[1], z), (0.02, 0.02, 0.12), material=PILLOW)
    if often(rng, 0.75):
        kind = pick(rng, ("padded", "panel", "shelf"))
        z, top = -b.length / 2 - 0.03, span(rng, 0.8, 1.3)
        if kind == "shelf":
            _shelf_head(b, z, top, w)
        else:
            board(b, z, top, kind)
    if lift:
        for sx in LEFT_RIGHT:
            for sz in LEFT_RIGHT:
                x, z = sx * (w / 2 - 0.1), sz * (b.length / 2 - 0.1)
                leg(p, rng, (x, lift + 0.02, z), (x, 0, z), 0.06, "block", FRAME)
    mattress(b)
    return p


def _shelf_head(b: Bed, z: float, top: float, w: float) -> None:
    """A head board as deep as a bookcase, open at the sides."""
    deep, p = span(b.rng, 0.15, 0.3), b.piece
    p.box((0, top / 2, z - 0.01), (w, top, 0.03), material=FRAME)
    p.box((0, top / 2, z - deep), (w, top, 0.02), material=FRAME)
    for y in spaced(0.02, top - 0.012, 4):
        p.box((0, y, z - deep / 2), (w, 0.024, deep), material=FRAME)


def platform(rng) -> Furniture:
    """A low deck wider than its mattress: tatami, pallets and Malm-like frames."""
    b = draw_bed(rng, "platform", deck=span(rng, 0.1, 0.26), mattress=span(rng, 0.1, 0.24))
    p, out, t = b.piece, span(rng, 0.02, 0.2), span(rng, 0.03, 0.12)
    w, d = b.width + 2 * out, b.length + 2 * out
    p.box((0, b.deck - t / 2, 0), (w, t, d), edge=0.01, material=FRAME)
    inset = span(rng, 0.03, 0.3)
    if often(rng, 0.5):
        size = (w - 2 * inset, b.deck - t / 2, d - 2 * inset)
        p.box((0, size[1] / 2, 0), size, material=FRAME)
    else:
        for sx in LEFT_RIGHT:
            for sz in LEFT_RIGHT:
                x, z = sx * (w / 2 - inset), sz * (d / 2 - inset)
                leg(p, rng, (x, b.deck - t / 2, z), (x, 0, z), 0.08, "block", FRAME)
    if often(rng, 0.6):
        board(b, -d / 2, span(rng, 0.5, 0.9), pick(rng, ("panel", "padded", "rungs")))
    mattress(b)
    return p


def futon(rng) -> Furniture:
    """A mattress on the floor, on slats, or an air bed."""
    b = draw_bed(
        rng, "futon", deck=pick(rng, (0.03, span(rng, 0.05, 0.12))), mattress=span(rng, 0.1, 0.3)
    )
    mattress(b)
    if often(rng, 0.2):
        for z in spaced(-b.length / 2 + 0.06, b.length / 2 - 0.06, 8):
            b.piece.box((0, b.deck / 2, z), (b.width + 0.1, b.deck, 0.1), material=FRAME)
    return b.piece


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


def bed(rng: np.random.Generator) -> Furniture:
    """A random bed, metres, standing on y = 0, its head at the back."""
    return pick(rng, DESIGNS)(rng)
