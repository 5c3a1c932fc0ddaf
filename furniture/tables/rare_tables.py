"""The rarer tables: half moons, nests, trolleys, C shapes, drop leaves, split levels."""

import numpy as np

from furniture.parts import LEFT_RIGHT, beam, often, pick, span
from furniture.primitives import Furniture
from furniture.tables import bases as bases
from furniture.tables.tops import Deck, leaves


def half_moon(rng, piece: Furniture) -> None:
    """A console whose top is a half disc, flat side to the wall."""
    radius, height, thick = span(rng, 0.35, 0.6), span(rng, 0.7, 0.85), span(rng, 0.02, 0.035)
    middle = radius / 2  # the bent box is a half disc when its depth equals twice its mean radius
    size = (np.pi * middle, thick, radius)
    center = (0, height - thick / 2, middle)
    turn = np.diag([-1.0, 1.0, -1.0])
    piece.add(center, size, bend=1 / middle, rotation=turn, material=0)
    thickness = span(rng, 0.03, 0.05)
    for a in (0.06, 0.5, 0.94):
        x, z = 0.84 * radius * np.cos(np.pi * a), 0.84 * radius * np.sin(np.pi * a) + 0.03
        bases.leg(piece, rng, (x, height - 0.01, z), (x, 0, z), thickness, "tapered", 1)
    tall = span(rng, 0.06, 0.12)
    apron = (np.pi * 0.42 * radius, tall, 0.84 * radius)
    at = (0, height - thick - tall / 2, 0.42 * radius)
    piece.add(at, apron, bend=1 / (0.42 * radius), rotation=turn, material=1)


def nest(rng, piece: Furniture) -> None:
    """Two or three tables of falling size pushed into one another."""
    count = pick(rng, {2: 3, 3: 2})
    width, height, depth = span(rng, 0.4, 0.75), span(rng, 0.4, 0.58), span(rng, 0.3, 0.5)
    rounded = often(rng, 0.35)
    bar, slide = span(rng, 0.018, 0.035), span(rng, 0.1, 0.3) * width
    way = pick(rng, (-1, 1))
    for i in range(count):
        shrink = 1 - 0.2 * i
        w, h, d = (
            width * shrink,
            height * (1 - 0.15 * i),
            (width if rounded else depth) * (1 - 0.06 * i),
        )
        x, z = way * i * slide, i * 0.12 * depth
        if rounded:
            piece.cylinder((x, h - 0.01, z), w / 2, 0.02, edge=0.004, material=0)
        else:
            piece.box((x, h - 0.01, z), (w, 0.022, d), material=0)
        reach = (0.35, 0.35) if rounded else (0.5, 0.5)
        for sx in LEFT_RIGHT:
            for sz in LEFT_RIGHT:
                px, pz = x + sx * (reach[0] * w - bar / 2), z + sz * (reach[1] * d - bar / 2)
                beam(piece, (px, 0, pz), (px, h, pz), bar, square=True, material=1)
        if i and not rounded:
            beam(
                piece,
                (x - w / 2, 0.02, z - d / 2 + bar / 2),
                (x + w / 2, 0.02, z - d / 2 + bar / 2),
                bar,
                square=True,
                material=1,
            )
    # a thin rail under all tops holds the nest together as one solid
    low = height * (1 - 0.15 * (count - 1)) - 0.03
    beam(
        piece, (0, low, 0), (way * (count - 1) * slide, low + 0.01, 0.12 * depth), 0.02, material=1
    )
    beam(piece, (0, low, 0), (0, height, 0), 0.02, material=1)
    for i in range(1, count):
        x, z = way * i * slide, i * 0.12 * depth * 0.5
        beam(piece, (x, low, z), (x, height * (1 - 0.15 * i), z), 0.02, material=1)


def trolley(rng, piece: Furniture) -> None:
    """A cart: two or three trays between posts on castors."""
    width, height, depth = span(rng, 0.4, 0.9), span(rng, 0.55, 0.92), span(rng, 0.3, 0.5)
    bar, rows = span(rng, 0.02, 0.035), pick(rng, {2: 2, 3: 3})
    wheel = span(rng, 0.03, 0.05)
    for x in LEFT_RIGHT:
        for z in LEFT_RIGHT:
            at = (x * width / 2, 2 * wheel, z * depth / 2)
            beam(piece, at, (at[0], height, at[2]), bar, square=often(rng, 0.5), material=1)
            piece.cylinder((at[0], wheel, at[2]), wheel, 0.03, rotation=SIDEWAYS, material=3)
    deep = span(rng, 0.0, 0.1)
    for i in range(rows):
        y = 2 * wheel + 0.03 + (height - 2 * wheel - 0.06 - deep) * i / (rows - 1)
        piece.box((0, y, 0), (width, 0.02, depth), material=0)
        if deep > 0.03:
            for s in LEFT_RIGHT:
                piece.box((s * width / 2, y + deep / 2, 0), (0.014, deep, depth), material=0)
                piece.box((0, y + deep / 2, s * depth / 2), (width, deep, 0.014), material=0)
    if often(rng, 0.4):
        x = pick(rng, (-1, 1)) * (width / 2 + 0.05)
        beam(piece, (x, height - 0.05, -depth / 2), (x, height - 0.05, depth / 2), bar, material=1)
        for s in LEFT_RIGHT:
            near = (x * width / (width + 0.1), height - 0.05, s * depth / 2)
            beam(piece, near, (x, height - 0.05, s * depth / 2), bar, over=bar / 2, material=1)


SIDEWAYS = np.array([[0.0, -1.0, 0], [1.0, 0, 0], [0, 0, 1.0]])  # a wheel's axle along x


def c_shape(rng, piece: Furniture) -> None:
    """A laptop or overbed table whose foot reaches under the seat, or a waterfall of boards."""
    width, height, depth = span(rng, 0.4, 0.8), span(rng, 0.5, 0.75), span(rng, 0.3, 0.5)
    thick = span(rng, 0.015, 0.06)
    if often(rng, 0.5):
        width, depth = span(rng, 0.5, 1.8), span(rng, 0.28, 0.5)
        height = span(rng, 0.35, 0.85)
        bases.panels(piece, rng, Deck(width, depth, height - thick, False, 0, 0.05))
        piece.box((0, height - thick / 2, 0), (width, thick, depth))
        return
    side_at, foot = pick(rng, (-1, 1)), span(rng, 0.7, 1.0)
    x = side_at * (width - thick) / 2
    piece.box((0, height - 0.0125, 0), (width, 0.025, depth), corner=span(rng, 0.0, 0.1))
    inner = span(rng, 0.3, 0.9) * depth
    posts = (0.0,) if often(rng, 0.4) else (-0.45 * inner, 0.45 * inner)
    bar = span(rng, 0.02, 0.05)
    for z in posts:
        beam(piece, (x, 0, z), (x, height - 0.02, z), bar, square=True, material=1)
        beam(
            piece,
            (x, bar / 2, z),
            (x - side_at * foot * width, bar / 2, z),
            bar,
            square=True,
            material=1,
        )
    for y in (bar / 2, height - 0.03):
        beam(piece, (x, y, -inner / 2), (x, y, inner / 2), bar, square=True, material=1)


def gateleg(rng, piece: Furniture) -> None:
    """Drop leaves on a narrow frame, down or up; also the wall-hung flap."""
    height, depth = span(rng, 0.7, 0.77), span(rng, 0.6, 0.9)
    if often(rng, 0.15):
        piece.box((0, 0.3, -0.02), (depth, 0.5, 0.03), material=1)
        piece.box((0, 0.56, 0.26), (depth, 0.03, 0.56))
        beam(piece, (0, 0.1, 0), (0, 0.55, 0.36), 0.04, square=True, material=1)
        return
    width = span(rng, 0.25, 0.5) if often(rng, 0.6) else span(rng, 0.6, 1.1)
    piece.box((0, height - 0.0125, 0), (width, 0.025, depth))
    deck = Deck(width, depth, height - 0.024, False, pick(rng, (0, 1)), span(rng, 0.035, 0.05))
    pick(rng, {bases.legs: 2, bases.panels: 1, bases.frames: 1})(piece, rng, deck)
    leaves(piece, rng, width, height, depth)


def lift_leg(rng, piece: Furniture) -> None:
    """Split levels: a top of two heights, a shelf beside, or a box under half of it."""
    width, height, depth = span(rng, 0.6, 1.3), span(rng, 0.3, 0.55), span(rng, 0.4, 0.8)
    board, cut = span(rng, 0.02, 0.04), span(rng, -0.2, 0.2) * width
    drop = span(rng, 0.3, 0.75) * height
    piece.box((cut / 2 - width / 4, height - board / 2, 0), (width / 2 + cut, board, depth))
    low_width = width / 2 - cut + 0.12
    x = width / 2 - low_width / 2
    piece.box((x, drop - board / 2, 0), (low_width, board, depth), material=pick(rng, (0, 2)))
    piece.box((-width / 2 + board / 2, height / 2, 0), (board, height, depth), material=1)
    piece.box((width / 2 - board / 2, drop / 2, 0), (board, drop, depth), material=1)
    inner = cut - 0.06
    piece.box((inner, height / 2, 0), (board, height, depth * span(rng, 0.6, 1.0)), material=1)
