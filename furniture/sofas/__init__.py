"""Sofas: seats, arms and backs of every make, straight, cornered, with a chaise, framed, folding.

Seen in the real grids: the long side runs along x and fills the cube (height 0.25-0.6, depth
0.34-0.72 of it), the front faces +z, bodies are solid down to the floor or to short feet, seat
cushions are part of the body, back cushions lean on it; throw pillows are rare. The long leg of a
corner comes forward on either side.
"""

import numpy as np

from furniture.cushions import solid_arms
from furniture.parts import LEFT_RIGHT, arc, beam, leg, often, pick, spaced, span, tilt
from furniture.primitives import Furniture
from furniture.sofas.body import (
    BODY,
    COVERS,
    CUSHIONS,
    FEET,
    THROWS,
    back_cushions,
    body,
    body_low,
    draw_build,
    finish,
    seat_cushions,
    throws,
)
from furniture.sofas.corners import chaise, corner, day_couch, modules


def classic(rng) -> Furniture:
    """Arms, a back and loose cushions: most sofas."""
    b = draw_build(rng, "classic")
    base = body(b)
    seat_cushions(b, base)
    if often(rng, 0.7):
        back_cushions(b)
    top = min(span(rng, 0.5, 0.72), b.tall)
    solid_arms(b.piece, rng, b.width, b.depth, b.arm, b.lift, top, BODY)
    throws(b)
    return finish(b)


def boxy(rng) -> Furniture:
    """Arms and back of one height around the seat: Klippan, tuxedo and cube sofas."""
    tall = span(rng, 0.62, 0.74)
    b = draw_build(rng, "boxy", tall=tall, arm=span(rng, 0.1, 0.24), lean=0.0)
    base = b.sit - span(rng, 0.08, 0.16)
    edge, p = b.arm * span(rng, 0.08, 0.48), b.piece
    p.box((0, (b.lift + base) / 2, 0), (b.width - 0.02, base - b.lift, b.depth - 0.02), edge=0.02)
    size = (b.width, tall - b.lift, b.back)
    p.box((0, (tall + b.lift) / 2, -b.depth / 2 + b.back / 2), size, edge=edge, material=BODY)
    top = tall - pick(rng, (0.0, 0.0, span(rng, 0.03, 0.1)))
    for s in LEFT_RIGHT:
        center = (s * (b.width - b.arm) / 2, (top + b.lift) / 2, 0)
        p.box(center, (b.arm, top - b.lift, b.depth), edge=edge, material=BODY)
    seat_cushions(b, base)
    if often(rng, 0.3):
        back_cushions(b)
    throws(b, 0.2)
    return finish(b)


def chesterfield(rng) -> Furniture:
    """Rolled arms and back of one height, buttoned."""
    b = draw_build(rng, "chesterfield", arm=span(rng, 0.2, 0.28), lean=0.0)
    b.tall, roll, p = span(rng, 0.66, 0.78), span(rng, 0.18, 0.26), b.piece
    base = body_low(b)
    seat_cushions(b, base, pick(rng, (1, b.seats)))
    y, x, z = b.tall - roll / 2, (b.width - b.arm) / 2, -b.depth / 2 + b.back / 2
    beam(p, (-x, y, z), (x, y, z), roll, edge=0.03, over=roll / 2, material=BODY)
    p.box((0, (y + b.lift) / 2, z), (b.width, y - b.lift, b.back), edge=0.02, material=BODY)
    for s in LEFT_RIGHT:
        beam(p, (s * x, y, z), (s * x, y, b.depth / 2), roll, edge=0.03, material=BODY)
        size = (b.arm * 0.8, y - b.lift, b.depth - 0.02)
        p.box((s * x, (y + b.lift) / 2, 0), size, edge=0.02, material=BODY)
    return finish(b)


def armless(rng) -> Furniture:
    """Two thick mattresses, futons and sofa beds without arms."""
    b = draw_build(
        rng, "armless", arm=0.0, seats=pick(rng, {2: 4, 3: 2}), back=span(rng, 0.14, 0.3)
    )
    p, t = b.piece, b.sit - b.lift
    edge = min(t, b.back) * span(rng, 0.2, 0.48)
    size = (b.width, t, b.depth - b.back * 0.4)
    p.box((0, b.lift + t / 2, b.back * 0.2), size, edge=edge, material=CUSHIONS)
    lean, low = span(rng, 2, 18), b.lift
    size = (b.width, (b.tall - low), b.back)
    p.box((0, (b.tall + low) / 2, -b.depth / 2 + b.back / 2), size, edge=edge, rotation=tilt(lean))
    if often(rng, 0.3):
        for s in LEFT_RIGHT:
            x = s * (b.width / 2 - 0.11)
            p.cylinder(
                (x, b.sit + 0.09, b.rear + 0.25), 0.1, 0.5, rotation=tilt(90), material=THROWS
            )
    return finish(b)


def framed(rng) -> Furniture:
    """Loose cushions in an open frame of wood or metal; futons on slats."""
    b = draw_build(rng, "framed", arm=span(rng, 0.05, 0.09), lift=0.0, lean=span(rng, 8, 20))
    p, t, pad = b.piece, span(rng, 0.03, 0.06), span(rng, 0.1, 0.18)
    base, arm_y = b.sit - pad, span(rng, 0.52, 0.66)
    z, x, square = b.depth / 2 - t, b.width / 2 - t / 2, often(rng, 0.7)
    seat_cushions(b, base)
    back_cushions(b)
    rear_top = -b.depth / 2 + 0.02
    for s in LEFT_RIGHT:
        beam(p, (s * x, 0, z), (s * x, arm_y, z), t, square=square, material=FEET)
        beam(p, (s * x, 0, -z), (s * x, arm_y, rear_top), t, square=square, material=FEET)
        ends = (s * x, arm_y, -b.depth / 2), (s * x, arm_y, b.depth / 2)
        beam(p, *ends, (t * 0.8, max(b.arm, t)), square=square, material=FEET)
        beam(
            p, (s * x, base - t, -z), (s * x, base - t, z), (2 * t, t), square=square, material=FEET
        )
        if often(rng, 0.4):
            for zz in spaced(-z, z, 6)[1:-1]:
                beam(p, (s * x, base, zz), (s * x, arm_y, zz), 0.025, square=square, material=FEET)
    for zz in (z, -z * 0.2, -z):
        beam(
            p, (-x, base - 0.02, zz), (x, base - 0.02, zz), (2 * t, t), square=square, material=FEET
        )
    p.box((0, base + 0.004, b.back * 0.4), (b.inner, 0.03, b.depth - b.back), material=FEET)
    back_z = b.rear - 0.03
    for y in (b.sit + 0.12, b.tall - 0.1):
        beam(p, (-x, y, back_z), (x, y, back_z), (0.07, 0.03), square=square, material=FEET)
    for s in LEFT_RIGHT:
        beam(
            p,
            (s * x, base, back_z),
            (s * x, b.tall - 0.07, back_z),
            t,
            square=square,
            material=FEET,
        )
    return p


def curved(rng) -> Furniture:
    """A bow of seat and back in plan."""
    cover = pick(rng, COVERS)
    piece = Furniture("sofa", (cover, cover, "wood", "fabric"), "curved")
    radius, turn = span(rng, 1.3, 2.6), span(rng, 0.9, 1.9)
    turn = min(turn, 2.6 / radius)
    sit, tall, depth = span(rng, 0.38, 0.46), span(rng, 0.62, 0.82), span(rng, 0.75, 0.95)
    lift, back = pick(rng, (0.0, span(rng, 0.03, 0.12))), span(rng, 0.16, 0.26)
    inner = radius - depth / 2
    edge = span(rng, 0.04, 0.09)
    place = (0, (lift + sit) / 2, 0.0)
    arc(piece, place, (1, 0, 0), (0, 0, 1), 1 / inner, inner * turn, (sit - lift, depth), edge=edge)
    size = (tall - lift, back)
    place = (0, (lift + tall) / 2, -depth / 2 + back / 2)
    outer = inner + depth / 2 - back / 2
    arc(piece, place, (1, 0, 0), (0, 0, 1), 1 / outer, outer * turn, size, edge=0.45 * back)
    if lift:
        for angle in spaced(-turn * 0.4, turn * 0.4, 3):
            for r in (inner - depth * 0.36, inner + depth * 0.36):
                x, z = r * np.sin(angle), inner - r * np.cos(angle)
                leg(piece, rng, (x, lift + 0.03, z), (x, 0, z), 0.05, "tapered_round", FEET)
    return piece


def camelback(rng) -> Furniture:
    """A settee on turned legs, its back arched, with scrolled arms or a show-wood frame."""
    b = draw_build(rng, "camelback", lift=span(rng, 0.14, 0.24), seats=pick(rng, {2: 3, 3: 2}))
    b.back, p = span(rng, 0.08, 0.14), b.piece
    b.sit = max(b.sit, b.lift + 0.24)
    base = body_low(b)
    seat_cushions(b, base, 1)
    lean = tilt(8)
    z, low = -b.depth / 2 + b.back / 2, b.sit - 0.1
    p.box(
        (0, (low + b.tall) / 2, z), (b.width - 0.04, b.tall - low, b.back), edge=0.03, rotation=lean
    )
    hump = (b.width * span(rng, 0.6, 0.95), span(rng, 0.2, 0.4), b.back)
    p.egg((0, b.tall - 0.02, z - 0.02), hump, rotation=lean, material=BODY)
    solid_arms(p, rng, b.width, b.depth, min(b.arm, 0.16), b.lift, span(rng, 0.56, 0.66), BODY)
    return finish(b)


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


def sofa(rng: np.random.Generator) -> Furniture:
    """A random sofa, metres, standing on y = 0 and facing +z."""
    return pick(rng, DESIGNS)(rng)
