"""Tools: kitchen utensils, hand tools, mugs and pans, as Pix3D counts them.

Pix3D's eight are scans: spatulas and spoons that stand upright with their handle above, a mug with
its handle along x and a pan lying flat; hollow where the thing is hollow, nothing solid inside.
"""

from math import cos, pi, sin

import numpy as np

from furniture.beams import LEFT_RIGHT, beam, tube
from furniture.choices import SIDES, Choices
from furniture.primitives import ELLIPSE, ELLIPSOID, Furniture, builds
from furniture.vectors import Y_TO_X, Y_TO_Z, tilt


def tool(draw: Choices) -> Furniture:
    """A utensil, hand tool, mug, pan or jug."""
    design = draw.pick("design", DESIGNS)
    handle = draw.pick("handle_material", {"wood": 4, "plastic": 4, "metal": 2, "painted": 1})
    head = draw.pick("head_material", {"metal": 5, "plastic": 3, "wood": 3, "painted": 1})
    piece = Furniture(
        "tool", materials=(handle, head, "metal", "paper"), name=design.__name__, choices=draw
    )
    design(draw, piece)
    return piece


@builds("handle")
def _handle(piece: Furniture, draw, low: float, high: float) -> float:
    """A grip from `low` up to `high` -> its thickness; shaped, flat, ribbed or with a collar."""
    thick = (high - low) * draw.span("thickness_ratio", 0.1, 0.24)
    kind = draw.pick("design", {"round": 3, "flat": 2, "swelling": 3, "hole": 1})
    y = (low + high) / 2
    if kind == "flat":
        size = (thick, high - low, 0.55 * thick)
        piece.add((0, y, 0), size, edge=0.2 * thick, corner=0.2 * thick, taper=(1.15, 1.0))
    elif kind == "swelling":
        piece.egg((0, y, 0), (1.25 * thick, 1.15 * (high - low), 0.95 * thick))
        beam(piece, (0, low, 0), (0, high, 0), 0.75 * thick)
    else:
        beam(
            piece,
            (0, low, 0),
            (0, high, 0),
            thick,
            thick * draw.span("end_ratio", 0.85, 1.2),
            edge=0.3 * thick,
        )
    if draw.often("has_collar", 0.5):
        piece.cylinder((0, low, 0), 0.65 * thick, 0.25 * thick, material=2)
    if kind == "hole":
        at = (0, high + 0.4 * thick, 0)
        piece.ring(at, 0.45 * thick, 0.3 * thick, 0.3 * thick, rotation=Y_TO_Z, material=2)
    return thick


def spatula(draw, piece: Furniture) -> None:
    """A turner or scraper: a flat blade, plain or slotted, leaning a little."""
    grip = draw.span("handle_length", 0.35, 0.55)
    thick = _handle(piece, draw, 1 - grip, 1.0)
    tall = draw.span("blade_height", 0.18, 0.4)
    wide = draw.span("blade_width", 0.13, 0.3)
    lean = draw.span("blade_angle", -22, 22)
    _neck(piece, draw, 1 - grip, tall * 0.9, thick)
    turn = tilt(lean)
    size = (wide, tall, draw.span("blade_thickness", 0.02, 0.05))
    options = dict(rotation=turn, material=1, corner=0.01, edge=0.01)
    piece.add(
        (0, tall / 2, 0),
        size,
        taper=(draw.span("blade_taper", 0.45, 1.1), 1.0),
        **options,
        part="blade",
    )
    if draw.often("has_slots", 0.4):
        for x in (-0.25, 0.0, 0.25):
            slot = (0.09 * wide, 0.6 * tall, 0.3)
            piece.add((x * wide, 0.45 * tall, 0), slot, rotation=turn, cut=True, part="blade")


@builds("neck")
def _neck(piece: Furniture, draw, high: float, low: float, thick: float) -> None:
    """The shaft between grip and head, straight or with a kink."""
    slim = thick * draw.span("thickness_ratio", 0.35, 0.8)
    if draw.often("has_kink", 0.4):
        middle = (0, (high + low) / 2, draw.span("kink", -0.05, 0.05))
        tube(piece, ((0, high + 0.02, 0), middle, (0, low - 0.03, 0)), slim, material=1)
    else:
        beam(piece, (0, low - 0.04, 0), (0, high + 0.02, 0), 1.2 * slim, slim, material=1)


def spoon(draw, piece: Furniture) -> None:
    """A ladle, cooking spoon or skimmer: a hollow egg for a head."""
    grip = draw.span("handle_length", 0.35, 0.6)
    thick = _handle(piece, draw, 1 - grip, 1.0)
    wide = draw.span("bowl_width", 0.14, 0.34)
    tall = draw.span("bowl_height", 0.16, 0.34)
    deep = draw.span("bowl_depth", 0.06, 0.3)
    _neck(piece, draw, 1 - grip, tall * 0.85, thick)
    turn = (
        tilt(draw.span("deep_bowl_angle", -75, 20))
        if deep > 0.16
        else tilt(draw.span("flat_bowl_angle", -20, 20))
    )
    center = np.array([0, tall / 2, 0])
    piece.egg(center, (wide, tall, deep), rotation=turn, material=1, part="bowl")
    out = turn @ np.array([0.0, 0.0, 1.0])
    inner = (0.86 * wide, 0.86 * tall, 0.9 * deep)
    piece.add(
        center + out * 0.28 * deep, inner, rotation=turn, kind=ELLIPSOID, cut=True, part="bowl"
    )
    if draw.often("has_hole", 0.25):
        piece.add(
            center,
            (0.3 * wide, 0.3 * tall, 1.0),
            rotation=turn,
            kind=ELLIPSOID,
            cut=True,
            part="bowl",
        )


def mug(draw, piece: Furniture) -> None:
    """A cup, mug or jug with its handle along x."""
    r = draw.span("radius", 0.3, 0.5)
    height = draw.span("height", 0.6, 1.3)
    wall = draw.span("wall_thickness", 0.03, 0.06)
    flare = draw.span("flare", 0.85, 1.3)
    square = draw.often("is_square", 0.08)
    kind = 0.0 if square else ELLIPSE
    size = (2 * r, height, 2 * r)
    tilt_free = dict(taper=(flare, flare), kind=kind)
    piece.add(
        (0, height / 2, 0),
        size,
        edge=draw.span("edge_radius", 0.0, 0.12),
        corner=0.1,
        material=1,
        **tilt_free,
        part="cup",
    )
    hollow = (2 * (r - wall), height, 2 * (r - wall))
    piece.add(
        (0, height / 2 + 1.5 * wall, 0),
        hollow,
        edge=0.05,
        corner=0.08,
        cut=True,
        **tilt_free,
        part="cup",
    )
    side = draw.pick("handle_side", LEFT_RIGHT)
    x = side * r * (1 + flare) / 2
    if draw.often("has_handle", 0.85):
        bar = draw.span("handle_thickness", 0.05, 0.1)
        hoop = height * draw.span("handle_height_ratio", 0.2, 0.33)
        if draw.often("handle_is_round", 0.65):
            piece.ring(
                (x + side * 0.02, height * 0.52, 0),
                hoop,
                bar,
                bar * 0.8,
                rotation=Y_TO_Z,
                material=1,
                part="handle",
            )
        else:
            out = x + side * draw.span("handle_reach", 0.2, 0.35)
            path = (
                (x, 0.75 * height, 0),
                (out, 0.75 * height, 0),
                (out, 0.25 * height, 0),
                (x, 0.25 * height, 0),
            )
            tube(piece, path, bar, fillet=0.1, material=1, part="handle")


def pan(draw, piece: Furniture) -> None:
    """A frying pan, pot or wok lying flat; one long handle or two ears."""
    r = 0.5
    height = draw.pick(
        "height_class",
        {draw.span("low_height", 0.12, 0.25): 2, draw.span("tall_height", 0.35, 0.8): 1},
    )
    wall = draw.span("wall_thickness", 0.025, 0.05)
    flare = draw.span("flare", 1.0, 1.25)
    size = (2 * r / flare, height, 2 * r / flare)
    options = dict(kind=ELLIPSE, taper=(flare, flare))
    piece.add((0, height / 2, 0), size, material=1, edge=0.03, **options, part="pan")
    hollow = (size[0] - 2 * wall, height, size[2] - 2 * wall)
    piece.add((0, height / 2 + 1.3 * wall, 0), hollow, edge=0.03, cut=True, **options, part="pan")
    y = height * 0.8
    wide = draw.span("handle_thickness", 0.06, 0.13)
    if draw.often("has_long_handle", 0.65):
        length = draw.span("handle_length", 0.4, 1.0)
        lift = draw.span("handle_rise", 0.0, 0.25)
        axis = draw.pick("handle_axis", {0: 1, 1: 2})
        near = (r * 0.96, y, 0) if axis == 0 else (0, y, r * 0.96)
        far = (r + length, y + lift, 0) if axis == 0 else (0, y + lift, r + length)
        beam(piece, near, far, 0.6 * wide, wide, edge=0.02, material=0, part="handle")
    else:
        for s in LEFT_RIGHT:
            path = (
                (s * r * 0.95, y, -0.12),
                (s * (r + 0.13), y, -0.1),
                (s * (r + 0.13), y, 0.1),
                (s * r * 0.95, y, 0.12),
            )
            tube(piece, path, 0.5 * wide, material=0, part="handle")
    if draw.often("has_lid", 0.2) and height > 0.3:
        piece.cylinder((0, height, 0), r, 0.05, edge=0.02, material=1, part="lid")
        piece.egg((0, height + 0.08, 0), (0.12, 0.12, 0.12), material=0, part="lid")


def hammer(draw, piece: Furniture) -> None:
    """A hammer, mallet, axe or pick: a head across a shaft."""
    length = 1.0
    shaft = draw.span("shaft_thickness", 0.05, 0.09)
    beam(
        piece,
        (0, 0, 0),
        (0, length, 0),
        (shaft, 0.8 * shaft),
        shaft * draw.span("shaft_taper", 0.8, 1.0),
        part="shaft",
    )
    wide = draw.span("head_width", 0.25, 0.5)
    thick = draw.span("head_thickness", 0.09, 0.2)
    y = length - thick / 2
    kind = draw.pick("kind", {"mallet": 2, "claw": 3, "axe": 1.5, "pick": 0.7})
    if kind == "mallet":
        round_head = draw.often("head_is_round", 0.5)
        size = (1.5 * thick, wide, 1.3 * thick)
        piece.add(
            (0, y, 0),
            size,
            rotation=Y_TO_X,
            kind=ELLIPSE if round_head else 0.0,
            edge=0.02,
            material=1,
            part="head",
        )
    elif kind == "axe":
        blade = (0.35 * thick, wide * 0.8, 2.2 * thick)
        turn = np.array([[0, 1.0, 0], [0, 0, 1.0], [1.0, 0, 0]])
        piece.add(
            (wide * 0.35, y, 0), blade, rotation=turn, taper=(1.0, 1.0), material=1, part="head"
        )
        piece.box((0, y, 0), (1.6 * shaft, 1.2 * thick, 1.3 * shaft), material=1, part="head")
    else:
        beam(piece, (-0.05, y, 0), (wide * 0.55, y, 0), thick * 0.8, thick, material=1, part="head")
        tip = (-wide * 0.6, y - thick * draw.span("claw_drop", 0.3, 0.8), 0)
        tube(piece, ((0, y, 0), (-wide * 0.35, y, 0), tip), thick * 0.5, material=1, part="head")
    if draw.often("has_grip", 0.6):
        beam(
            piece,
            (0, 0, 0),
            (0, draw.span("grip_length", 0.25, 0.42), 0),
            (1.5 * shaft, 1.3 * shaft),
            edge=0.02,
            material=0,
            part="handle",
        )


def knife(draw, piece: Furniture) -> None:
    """A knife, screwdriver, chisel, brush or trowel: a grip and a slim head below it."""
    grip = draw.span("handle_length", 0.3, 0.5)
    thick = _handle(piece, draw, 1 - grip, 1.0)
    kind = draw.pick("kind", {"blade": 3, "driver": 2, "brush": 2, "trowel": 1})
    low = 1 - grip + 0.01
    if kind == "driver":
        beam(piece, (0, 0, 0), (0, low, 0), 0.35 * thick, material=1, part="shaft")
    elif kind == "brush":
        beam(piece, (0, 0.25, 0), (0, low, 0), 0.7 * thick, material=0, part="shaft")
        wide = draw.span("brush_width", 1.2, 3.5) * thick
        piece.box((0, 0.22, 0), (wide, 0.1, 1.1 * thick), material=2, part="ferrule")
        piece.box((0, 0.09, 0), (0.94 * wide, 0.19, thick), material=1, part="bristles")
    else:
        wide = thick * (
            draw.span("blade_width", 0.9, 1.6)
            if kind == "blade"
            else draw.span("trowel_width", 2.0, 3.2)
        )
        size = (wide * 0.35, low, 0.3 * thick)
        piece.add((0, low / 2, 0), size, taper=(2.6, 1.0), edge=0.005, material=1, part="blade")


def tongs(draw, piece: Furniture) -> None:
    """Scissors, pliers, tongs, whisk: two limbs that cross or meet."""
    bar = draw.span("limb_thickness", 0.04, 0.07)
    spread = draw.span("spread", 0.06, 0.22)
    kind = draw.pick("kind", {"tongs": 2, "scissors": 2, "whisk": 2})
    if kind == "tongs":
        for s in LEFT_RIGHT:
            beam(
                piece,
                (s * spread, 0, 0),
                (s * 0.02, 1, 0),
                (bar, 1.6 * bar),
                square=True,
                material=1,
                part="limb",
            )
        piece.egg((0, 1, 0), (2.2 * bar, 2 * bar, 2 * bar), material=0, part="hinge")
    elif kind == "scissors":
        for s in draw.each(SIDES, LEFT_RIGHT):
            beam(
                piece,
                (s * spread * 0.5, 0, 0),
                (-s * spread * 0.7, 0.7, 0),
                (bar, bar),
                1.3 * bar,
                square=True,
                material=1,
                part="limb",
            )
            at = (-s * (spread * 0.7 + 0.03), 0.82, 0)
            piece.ring(
                at,
                draw.span("ring_radius", 0.1, 0.14),
                0.05,
                0.05,
                rotation=Y_TO_Z,
                material=0,
                part="handle",
            )
    else:
        thick = _handle(piece, draw, 0.5, 1.0)
        r = draw.span("whisk_radius", 0.1, 0.17)
        for i in range(draw.pick("whisk_wire_count", (2, 3))):
            a = pi * i / 3
            for s in LEFT_RIGHT:
                c, n = s * r * cos(a), s * r * sin(a)
                path = (
                    (0.2 * c, 0.52, 0.2 * n),
                    (c, 0.22, n),
                    (0.7 * c, 0.06, 0.7 * n),
                    (0, 0.01, 0),
                )
                tube(piece, path, max(0.025, 0.25 * thick), material=1, part="wire")


DESIGNS = {spatula: 4, spoon: 4, mug: 3, pan: 2.5, hammer: 2, knife: 2, tongs: 1.2}
