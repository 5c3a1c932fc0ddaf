"""Statues, stands and picnic tables: thin or figurative objects."""

from math import cos, pi, sin

from furniture.beams import LEFT_RIGHT, beam, tube
from furniture.choices import ENDS, SIDES, Choices
from furniture.objects.vessels import dome_outline, draw_outline, profile
from furniture.primitives import Furniture


def statue(draw: Choices, piece: Furniture) -> None:
    """An animal or a figure: ellipsoids and turned solids, symmetric in x."""
    if draw.often("is_figure", 0.4):
        profile(piece, draw_outline(draw, 1.0, 7), part="torso")
        piece.ellipsoid(
            (0, 1.02, 0), (0.25, draw.span("head_height", 0.15, 0.3), 0.25), material=1, part="head"
        )
        for s in draw.each(SIDES, LEFT_RIGHT):
            reach = draw.span("arm_reach", 0.25, 0.45)
            beam(
                piece,
                (0, 0.6, 0),
                (s * reach, 0.6, 0),
                draw.span("arm_thickness", 0.1, 0.2),
                edge=0.02,
                material=1,
                part="arm",
            )
        return
    long = draw.span("body_length", 0.5, 0.9)
    tall = draw.span("body_height", 0.3, 0.6)
    wide = draw.span("body_width", 0.25, 0.4)
    lift = draw.span("leg_length", 0.0, 0.4)
    piece.ellipsoid((0, lift + tall / 2, 0), (wide, tall, long), part="torso")
    head = (
        0,
        lift + tall * draw.span("head_level", 0.7, 1.2),
        long * draw.span("head_forward", 0.3, 0.5),
    )
    size = draw.span("head_size", 0.2, 0.36)
    piece.ellipsoid(head, (size * 0.9, size, size), part="head")
    beam(piece, (0, lift + tall * 0.5, 0.2 * long), head, 0.6 * size, part="neck")
    for s in draw.each(SIDES, LEFT_RIGHT):
        ear = (s * 0.3 * size, head[1] + 0.5 * size, head[2])
        piece.ellipsoid(
            ear,
            (0.3 * size, draw.span("ear_height", 0.3, 0.8) * size, 0.2 * size),
            material=1,
            part="ear",
        )
        for t in draw.each(ENDS, LEFT_RIGHT):
            foot = (s * 0.33 * wide, 0.0, t * 0.3 * long)
            beam(
                piece,
                foot,
                (foot[0], lift + 0.45 * tall, foot[2]),
                draw.span("leg_thickness", 0.07, 0.12),
                part="leg",
            )
    if draw.often("has_tail", 0.6):
        tube(
            piece,
            ((0, lift + 0.5 * tall, -0.45 * long), (0, lift + tall, -0.6 * long)),
            0.06,
            part="tail",
        )


def stand(draw: Choices, piece: Furniture) -> None:
    """A candlestick, coat stand or umbrella: thin arms on a pole."""
    pole = draw.span("pole_thickness", 0.025, 0.05)
    count = draw.pick("arm_count", (3, 4, 5))
    turn = draw.span("turn", 0, 2 * pi)
    reach = draw.span("foot_reach", 0.15, 0.32)
    for i in range(count):
        a = turn + 2 * pi * i / count
        beam(piece, (reach * cos(a), 0, reach * sin(a)), (0, 0.16, 0), pole, part="foot")
    beam(piece, (0, 0.1, 0), (0, 1, 0), pole, part="pole")
    kind = draw.pick("kind", {"arms": 3, "umbrella": 1, "hooks": 2})
    if kind == "umbrella":
        profile(
            piece,
            dome_outline(0.84, draw.span("umbrella_radius", 0.35, 0.6), 0.14),
            material=2,
            part="shade",
        )
        beam(piece, (0, 0.1, 0), (0, 0.6, 0), pole * 1.3, part="handle")
        return
    for i in draw.each("arm", range(count)):
        a = turn + 2 * pi * i / count
        r = draw.span("arm_reach", 0.12, 0.26)
        y = draw.span("arm_height", 0.5, 0.75) if kind == "arms" else 0.85
        elbow = (r * cos(a), y, r * sin(a))
        tip = (r * cos(a), y + draw.span("arm_rise", 0.1, 0.25), r * sin(a))
        tube(piece, ((0, y - 0.05, 0), elbow, tip), pole, fillet=0.04, part="arm")
        piece.ellipsoid(tip, (1.8 * pole,) * 3, material=1, part="cap")


def picnic(draw: Choices, piece: Furniture) -> None:
    """A table and benches in one."""
    width = draw.span("width", 1.3, 2.0)
    height = draw.span("height", 0.7, 0.78)
    boards = draw.pick("board_count", {1: 1, 4: 1, 5: 1})
    deep = draw.span("table_depth", 0.65, 0.85)
    for i in range(boards):
        pitch = deep / boards
        piece.box(
            (0, height, -deep / 2 + (i + 0.5) * pitch), (width, 0.04, 0.94 * pitch), part="top"
        )
    bench_y = height * 0.6
    bench_z = deep / 2 + draw.span("bench_distance", 0.22, 0.35)
    for s in LEFT_RIGHT:
        piece.box((0, bench_y, s * bench_z), (width, 0.04, 0.28), material=0, part="bench")
        x = s * width * 0.34
        beam(
            piece,
            (x, bench_y - 0.05, -bench_z),
            (x, bench_y - 0.05, bench_z),
            0.07,
            square=True,
            material=1,
            part="beam",
        )
        beam(
            piece,
            (x, height - 0.04, -deep / 2),
            (x, height - 0.04, deep / 2),
            0.07,
            square=True,
            material=1,
            part="beam",
        )
        for t in LEFT_RIGHT:
            foot, head = (x, 0, t * bench_z * 0.9), (x, height - 0.03, t * 0.25 * deep)
            beam(piece, foot, head, 0.07, square=True, material=1, part="leg")
