"""Misc: lamps, vessels, bins, boxes, plants, statues, stools for plants, and stacks of random solids.

Pix3D's thirteen are scans: bowls, vases, baskets and pots are hollow with thin walls; a hydrant, a
bear, a gourd are solid; a picnic table and a candlestick stand on thin legs. Fronts are arbitrary.
"""

from math import cos, pi, sin

import numpy as np

from training.synthetic.primitives import BOX, EGG, ELLIPSE, Furniture, rotation_xyz
from training.synthetic.shapes.parts import SIDES, beam, often, pick, span, tube

FACING = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])  # local y toward +z


def misc(rng: np.random.Generator) -> Furniture:
    """Some object that is no furniture of the other categories."""
    design = pick(rng, DESIGNS)
    mostly = pick(rng, {"plastic": 3, "painted": 3, "wood": 3, "metal": 3, "stone": 3, "fabric": 1})
    other = pick(
        rng, ("plastic", "painted", "wood", "metal", "stone", "fabric", "paper", "leather")
    )
    piece = Furniture(
        "misc", materials=(mostly, other, "fabric", "metal", "glass"), name=design.__name__
    )
    design(rng, piece)
    return piece


def profile(piece: Furniture, points, part: int = 0, squash: float = 1.0, **options) -> None:
    """A turned body: cones through (height, radius) points, bottom first."""
    for (y0, r0), (y1, r1) in zip(points[:-1], points[1:], strict=True):
        size = (2 * r0, y1 - y0 + 0.004, 2 * r0 * squash)
        piece.add(
            (0, (y0 + y1) / 2, 0), size, taper=(r1 / r0,) * 2, kind=ELLIPSE, part=part, **options
        )


def _curve(rng, height: float, count: int) -> list[tuple[float, float]]:
    """A smooth random outline: radius over height from two waves."""
    a, b, p, q = (
        span(rng, 0.0, 0.35),
        span(rng, 0.0, 0.2),
        span(rng, 0, 2 * pi),
        span(rng, 0, 2 * pi),
    )
    slope = span(rng, -0.3, 0.3)
    base = span(rng, 0.12, 0.42) * height
    levels = [i / (count - 1) for i in range(count)]
    return [
        (
            height * t,
            base * max(0.2, 1 + slope * (t - 0.5) + a * sin(3 * t + p) + b * sin(7 * t + q)),
        )
        for t in levels
    ]


def vase(rng, piece: Furniture) -> None:
    """A vase, bottle, urn or gourd; open above or closed by a stopper."""
    points = _curve(rng, 1.0, pick(rng, (5, 7, 9)))
    squash = 1.0 if often(rng, 0.8) else span(rng, 0.5, 0.9)
    profile(piece, points, squash=squash)
    mouth = points[-1][1]
    if often(rng, 0.65):
        lower = [(y + 0.04, max(0.02, r - 0.035)) for y, r in points]
        low = int(len(points) * span(rng, 0.0, 0.75))
        profile(piece, lower[low:], squash=squash, cut=True)
    else:
        piece.egg((0, 1.0, 0), (2 * mouth, 1.2 * mouth, 2 * mouth * squash))
    if often(rng, 0.2):
        for s in SIDES:
            x = s * points[len(points) // 2 + 1][1]
            piece.ring((x, 0.68, 0), span(rng, 0.08, 0.14), 0.04, 0.04, rotation=FACING)


def bowl(rng, piece: Furniture) -> None:
    """A bowl, dish, basket, bin, bucket or plant pot: hollow, thin walls."""
    height, r = pick(rng, {span(rng, 0.25, 0.6): 2, span(rng, 0.7, 1.5): 2}), 0.5
    wall = span(rng, 0.025, 0.06)
    kind = pick(rng, {"egg": 2, "cone": 3, "box": 2, "ribbed": 1})
    if kind == "egg":
        piece.egg((0, height, 0), (2 * r, 2 * height, 2 * r))
        inner = (2 * (r - wall), 2 * (height - wall), 2 * (r - wall))
        piece.add((0, height, 0), inner, kind=EGG, cut=True)
        piece.add((0, 1.5 * height, 0), (2.4, height, 2.4), cut=True)
        if often(rng, 0.5):
            piece.cylinder((0, 0.01, 0), r * span(rng, 0.3, 0.5), 0.08)
        piece.ring((0, height, 0), r - wall / 2, 2 * wall, wall)
        return
    flare, deep = span(rng, 0.95, 1.6), span(rng, 0.5, 1.0) if kind == "box" else 1.0
    section = BOX if kind == "box" else ELLIPSE
    low = r / flare
    corner = span(rng, 0.01, 0.15)
    options = dict(kind=section, taper=(flare, flare), corner=corner, edge=0.01)
    piece.add((0, height / 2, 0), (2 * low, height, 2 * low * deep), **options)
    hollow = (2 * (low - wall), height, 2 * (low * deep - wall))
    lift = wall if often(rng, 0.8) else height * 0.8
    piece.add((0, height / 2 + lift, 0), hollow, cut=True, **options)
    if kind == "ribbed":
        for i in range(count := pick(rng, (10, 14, 18))):
            a = 2 * pi * i / count
            c, s = cos(a), sin(a)
            beam(piece, (low * c, 0, low * s), (r * c, height, r * s), 0.06, part=1)
    if often(rng, 0.35) and kind != "box":
        piece.ring((0, height, 0), r - wall / 2, 0.05, 1.8 * wall, part=1)
    if often(rng, 0.2):
        tube(piece, ((-r, height * 0.95, 0), (-0.6 * r, 1.5 * height, 0), (0.6 * r, 1.5 * height, 0),
                     (r, height * 0.95, 0)), 0.035, fillet=0.15, part=3)  # fmt: skip


def lamp(rng, piece: Furniture) -> None:
    """A table, floor, desk or tripod lamp with a shade."""
    height = pick(rng, {span(rng, 0.35, 0.7): 3, span(rng, 1.3, 1.8): 3})
    r, pole = span(rng, 0.1, 0.16), span(rng, 0.016, 0.035)
    tall = height > 1
    shade_high, shade = span(rng, 0.16, 0.34), span(rng, 0.1, 0.24)
    base = pick(rng, {"disc": 4, "tripod": 2, "body": 0 if tall else 4, "arm": 1.2})
    if base == "tripod":
        for i in range(3):
            a = 2 * pi * i / 3 + 0.5
            out = span(rng, 0.12, 0.2) * height
            beam(piece, (out * cos(a), 0, out * sin(a)), (0, 0.75 * height, 0), pole, part=1)
        beam(piece, (0, 0.7 * height, 0), (0, height, 0), pole, part=3)
    elif base == "body":
        points = [(y * 0.66 * height, rr * height * 0.9) for y, rr in _curve(rng, 1.0, 5)]
        profile(piece, points)
        beam(piece, (0, 0.6 * height, 0), (0, height, 0), pole, part=3)
    elif base == "arm":
        elbow = (-0.35 * height, 0.55 * height, 0)
        piece.cylinder((0, 0.015, 0), r, 0.03, edge=0.006, part=3)
        head = (0.3 * height, 0.85 * height, 0)
        tube(piece, ((0, 0, 0), elbow, head), pole, part=3)
        turn = rotation_xyz(0, 0, span(rng, 10, 60))
        piece.add(
            head, (shade, 0.7 * shade, shade), rotation=turn, taper=(0.45, 0.45), kind=ELLIPSE
        )
        return
    else:
        piece.cylinder((0, 0.0125, 0), r * (1.2 if tall else 0.8), 0.025, edge=0.006, part=3)
        beam(piece, (0, 0, 0), (0, height, 0), pole, part=3)
    kind = pick(rng, {"cone": 4, "drum": 3, "globe": 1.5, "box": 1})
    size = (2 * shade, shade_high, 2 * shade)
    if kind == "globe":
        piece.egg((0, height, 0), (1.6 * shade,) * 3, part=4)
        return
    slope = span(rng, 0.4, 0.8) if kind == "cone" else 1.0
    section = BOX if kind == "box" else ELLIPSE
    piece.add((0, height, 0), size, taper=(slope, slope), kind=section, part=2)


def plant(rng, piece: Furniture) -> None:
    """A pot with leaves, a bush, a cactus or a tree."""
    r, pot = span(rng, 0.12, 0.24), span(rng, 0.16, 0.34)
    low = r * span(rng, 0.6, 1.0)
    piece.add(
        (0, pot / 2, 0), (2 * low, pot, 2 * low), taper=(r / low,) * 2, kind=ELLIPSE, edge=0.01
    )
    kind = pick(rng, {"leaves": 3, "bush": 2, "cactus": 1, "tree": 1.5})
    tall = span(rng, 0.3, 0.9)
    if kind == "leaves":
        for i in range(pick(rng, (6, 9, 13))):
            a, lean = i * 2.4, span(rng, 0.1, 0.6)
            tip = (lean * tall * cos(a), pot + tall * span(rng, 0.6, 1.0), lean * tall * sin(a))
            middle = tuple((p + q) / 2 for p, q in zip(tip, (0, pot, 0), strict=True))
            length = np.linalg.norm(np.subtract(tip, (0, pot, 0)))
            turn = _toward(np.subtract(tip, (0, pot - 0.02, 0)))
            piece.egg(middle, (span(rng, 0.06, 0.14), length * 1.08, 0.035), rotation=turn, part=1)
    elif kind == "cactus":
        piece.egg((0, pot + tall * 0.3, 0), (0.2, tall * 0.9, 0.2), part=1)
        for s in SIDES:
            y = pot + tall * span(rng, 0.2, 0.4)
            tube(piece, ((0, y, 0), (s * 0.18, y, 0), (s * 0.18, y + 0.2, 0)), 0.08, part=1)
    else:
        top = pot
        if kind == "tree":
            top = pot + tall
            beam(piece, (0, pot - 0.02, 0), (0, top, 0), 0.04, part=1)
        size = span(rng, 0.25, 0.5)
        for _ in range(pick(rng, (3, 5, 8))):
            at = np.array([span(rng, -0.3, 0.3), span(rng, 0.1, 0.7), span(rng, -0.3, 0.3)]) * size
            piece.egg(at + (0, top, 0), (size * span(rng, 0.5, 0.9),) * 3, part=1)


def _toward(way) -> np.ndarray:
    """(3, 3) rotation of local y onto `way`."""
    y = way / np.linalg.norm(way)
    side = np.cross(y, (0, 1, 0.01))
    side /= np.linalg.norm(side)
    return np.stack([side, y, np.cross(side, y)], axis=1)


def box(rng, piece: Furniture) -> None:
    """A crate, parcel, suitcase, drawer unit, frame or screen."""
    width, height, depth = span(rng, 0.3, 1.0), span(rng, 0.15, 1.0), span(rng, 0.2, 0.8)
    kind = pick(rng, {"parcel": 2, "open": 2, "case": 1.5, "crate": 1.5, "frame": 2})
    if kind == "parcel":
        piece.box((0, height / 2, 0), (width, height, depth), edge=span(rng, 0.003, 0.06))
        piece.box((0, height, 0), (width, 0.02, depth * 0.12), part=1)
    elif kind == "open":
        wall = span(rng, 0.015, 0.04)
        piece.box((0, height / 2, 0), (width, height, depth), edge=0.005)
        inner = (width - 2 * wall, height, depth - 2 * wall)
        piece.box((0, height / 2 + wall, 0), inner, edge=0.0, cut=True)
    elif kind == "case":
        piece.box((0, 0.3 + 0.03, 0), (0.42, 0.6, span(rng, 0.15, 0.3)), edge=0.05)
        top = 0.63 + span(rng, 0.03, 0.4)
        tube(piece, ((-0.1, 0.6, 0), (-0.1, top, 0), (0.1, top, 0), (0.1, 0.6, 0)), 0.025, part=3)
        for s in SIDES:
            piece.egg((s * 0.17, 0.03, 0), (0.04, 0.08, 0.08), part=1)
    elif kind == "crate":
        for i in range(rows := pick(rng, (3, 4, 5))):
            y, tall = (i + 0.5) * height / rows, 0.72 * height / rows
            for s in SIDES:
                piece.box((0, y, s * depth / 2), (width, tall, 0.02))
                piece.box((s * width / 2, y, 0), (0.02, tall, depth))
        for sx in SIDES:
            for sz in SIDES:
                at = (sx * (width / 2 - 0.02), height / 2, sz * (depth / 2 - 0.02))
                piece.box(at, (0.04, height, 0.04))
        piece.box((0, 0.015, 0), (width, 0.03, depth))
    else:
        _frame(piece, rng, width, max(height, 0.4))


def _frame(piece: Furniture, rng, width: float, height: float) -> None:
    """A picture, mirror or screen that leans back or stands on a foot."""
    lean = span(rng, 0, 25) if often(rng, 0.6) else 0.0
    turn, thick = rotation_xyz(-lean), span(rng, 0.02, 0.06)
    rim = span(rng, 0.03, 0.16) * min(width, height)
    lift = 0.12 if lean == 0 else 0.0
    middle = np.array([0, height / 2 + lift, 0])
    piece.box(middle, (width, height, 0.6 * thick), rotation=turn, part=4)
    for s in SIDES:
        up = middle + turn @ np.array([0, s * (height - rim) / 2, 0])
        piece.box(up, (width, rim, thick), rotation=turn)
        side = middle + turn @ np.array([s * (width - rim) / 2, 0, 0])
        piece.box(side, (rim, height, thick), rotation=turn)
    if lift:
        piece.box((0, lift / 2 + 0.02, 0), (0.08, lift + 0.08, 0.04), part=1)
        piece.box((0, 0.01, 0), (0.4 * width, 0.02, 0.2), part=1)


def statue(rng, piece: Furniture) -> None:
    """An animal, figure, hydrant or chess-like piece: eggs and turned solids with symmetry."""
    if often(rng, 0.4):
        profile(piece, _curve(rng, 1.0, 7))
        piece.egg((0, 1.02, 0), (0.25, span(rng, 0.15, 0.3), 0.25), part=1)
        for s in SIDES:
            reach = span(rng, 0.25, 0.45)
            beam(piece, (0, 0.6, 0), (s * reach, 0.6, 0), span(rng, 0.1, 0.2), edge=0.02, part=1)
        return
    long, tall = span(rng, 0.5, 0.9), span(rng, 0.3, 0.6)
    wide, lift = span(rng, 0.25, 0.4), span(rng, 0.0, 0.4)
    piece.egg((0, lift + tall / 2, 0), (wide, tall, long))
    head = (0, lift + tall * span(rng, 0.7, 1.2), long * span(rng, 0.3, 0.5))
    size = span(rng, 0.2, 0.36)
    piece.egg(head, (size * 0.9, size, size))
    beam(piece, (0, lift + tall * 0.5, 0.2 * long), head, 0.6 * size)
    for s in SIDES:
        ear = (s * 0.3 * size, head[1] + 0.5 * size, head[2])
        piece.egg(ear, (0.3 * size, span(rng, 0.3, 0.8) * size, 0.2 * size), part=1)
        for t in SIDES:
            foot = (s * 0.33 * wide, 0.0, t * 0.3 * long)
            beam(piece, foot, (foot[0], lift + 0.45 * tall, foot[2]), span(rng, 0.07, 0.12))
    if often(rng, 0.6):
        tube(piece, ((0, lift + 0.5 * tall, -0.45 * long), (0, lift + tall, -0.6 * long)), 0.06)


def stand(rng, piece: Furniture) -> None:
    """A candlestick, coat stand, music stand or umbrella: thin arms on a pole."""
    pole, count = span(rng, 0.025, 0.05), pick(rng, (3, 4, 5))
    turn, reach = span(rng, 0, 2 * pi), span(rng, 0.15, 0.32)
    for i in range(count):
        a = turn + 2 * pi * i / count
        beam(piece, (reach * cos(a), 0, reach * sin(a)), (0, 0.16, 0), pole)
    beam(piece, (0, 0.1, 0), (0, 1, 0), pole)
    kind = pick(rng, {"arms": 3, "umbrella": 1, "hooks": 2})
    if kind == "umbrella":
        profile(piece, _cap(0.84, span(rng, 0.35, 0.6), 0.14), part=2)
        beam(piece, (0, 0.1, 0), (0, 0.6, 0), pole * 1.3)
        return
    for i in range(count):
        a, r = turn + 2 * pi * i / count, span(rng, 0.12, 0.26)
        y = span(rng, 0.5, 0.75) if kind == "arms" else 0.85
        elbow, tip = (r * cos(a), y, r * sin(a)), (r * cos(a), y + span(rng, 0.1, 0.25), r * sin(a))
        tube(piece, ((0, y - 0.05, 0), elbow, tip), pole, fillet=0.04)
        piece.egg(tip, (1.8 * pole,) * 3, part=1)


def picnic(rng, piece: Furniture) -> None:
    """Table and benches in one, or a park bench."""
    width, height = span(rng, 1.3, 2.0), span(rng, 0.7, 0.78)
    boards, deep = pick(rng, {1: 1, 4: 1, 5: 1}), span(rng, 0.65, 0.85)
    for i in range(boards):
        pitch = deep / boards
        piece.box((0, height, -deep / 2 + (i + 0.5) * pitch), (width, 0.04, 0.94 * pitch))
    bench_y, bench_z = height * 0.6, deep / 2 + span(rng, 0.22, 0.35)
    for s in SIDES:
        piece.box((0, bench_y, s * bench_z), (width, 0.04, 0.28), part=0)
        x = s * width * 0.34
        beam(
            piece,
            (x, bench_y - 0.05, -bench_z),
            (x, bench_y - 0.05, bench_z),
            0.07,
            square=True,
            part=1,
        )
        beam(
            piece,
            (x, height - 0.04, -deep / 2),
            (x, height - 0.04, deep / 2),
            0.07,
            square=True,
            part=1,
        )
        for t in SIDES:
            foot, head = (x, 0, t * bench_z * 0.9), (x, height - 0.03, t * 0.25 * deep)
            beam(piece, foot, head, 0.07, square=True, part=1)


def dome(rng, piece: Furniture) -> None:
    """A mushroom stool, pouf, grill, gourd or pebble: one or two soft solids, maybe on legs."""
    kind = pick(rng, {"stool": 2, "pouf": 2, "pebble": 2, "gourd": 1.5})
    if kind == "stool":
        tall, high, count = span(rng, 0.3, 0.7), span(rng, 0.1, 0.35), pick(rng, (3, 4))
        profile(piece, _cap(tall, 0.5, high))
        for i in range(count):
            a = 2 * pi * i / count + 0.4
            foot = (0.48 * cos(a), 0, 0.48 * sin(a))
            beam(piece, foot, (0.15 * cos(a), tall + 0.02, 0.15 * sin(a)), 0.07, part=1)
    elif kind == "pouf":
        size = (1.0, span(rng, 0.35, 0.6), span(rng, 0.7, 1.0))
        piece.box((0, size[1] / 2, 0), size, edge=span(rng, 0.05, 0.2), corner=span(rng, 0.1, 0.5))
    elif kind == "gourd":
        piece.egg((0, 0.38, 0), (0.8, 0.76, 0.8))
        piece.egg((0, 0.8, 0), (span(rng, 0.3, 0.5), span(rng, 0.4, 0.6), 0.4))
    else:
        turn = rotation_xyz(span(rng, -10, 10), span(rng, 0, 180), span(rng, -10, 10))
        size = (1.0, span(rng, 0.3, 0.8), span(rng, 0.5, 1.0))
        piece.add((0, 0, 0), size, rotation=turn, corner=0.3, edge=span(rng, 0.1, 0.25))


def _cap(low: float, radius: float, high: float) -> list[tuple[float, float]]:
    """The (height, radius) outline of a dome."""
    return [(low + high * sin(a), radius * cos(a)) for a in (0.0, 0.35, 0.7, 1.05, 1.4)]


def stack(rng, piece: Furniture) -> None:
    """Random solids, each joined to an earlier one, sometimes mirrored: keeps the network honest."""
    count, mirrored = int(span(rng, 2, 9)), often(rng, 0.4)
    center, spots = np.zeros(3), []
    for _ in range(count):
        size = np.array([span(rng, 0.08, 0.7), span(rng, 0.08, 0.7), span(rng, 0.08, 0.7)])
        if spots:
            before, extent = spots[int(rng.random() * len(spots))]
            center = before + (rng.random(3) - 0.5) * extent * 0.9
            axis = int(rng.random() * 3)
            center[axis] = before[axis] + pick(rng, SIDES) * (extent[axis] + size[axis]) * 0.42
        spots.append((center, size))
        turn = None if often(rng, 0.6) else rotation_xyz(0, span(rng, 0, 180), span(rng, -35, 35))
        kind, part = pick(rng, (BOX, BOX, ELLIPSE, EGG)), int(rng.random() * 5)
        slope, edge = span(rng, 0.5, 1.4), span(rng, 0.0, 0.06)
        piece.add(center, size, rotation=turn, kind=kind, taper=(slope, slope), edge=edge, corner=edge,
                  part=part)  # fmt: skip
        if mirrored:
            flip = np.diag([-1.0, 1.0, 1.0])
            other = None if turn is None else flip @ turn @ flip
            piece.add(flip @ center, size, rotation=other, kind=kind, taper=(slope, slope), edge=edge,
                      corner=edge, part=part)  # fmt: skip


DESIGNS = {
    stack: 4,
    lamp: 3,
    bowl: 3,
    vase: 2.5,
    box: 2.5,
    plant: 1.6,
    statue: 1.6,
    dome: 1.2,
    stand: 1.0,
    picnic: 0.6,
}
