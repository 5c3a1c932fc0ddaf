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
        for side in draw.each(SIDES, LEFT_RIGHT):
            arm_reach = draw.span("arm_reach", 0.25, 0.45)
            beam(
                piece,
                (0, 0.6, 0),
                (side * arm_reach, 0.6, 0),
                draw.span("arm_thickness", 0.1, 0.2),
                edge=0.02,
                material=1,
                part="arm",
            )
        return
    body_length = draw.span("body_length", 0.5, 0.9)
    body_height = draw.span("body_height", 0.3, 0.6)
    body_width = draw.span("body_width", 0.25, 0.4)
    leg_length = draw.span("leg_length", 0.0, 0.4)
    piece.ellipsoid(
        (0, leg_length + body_height / 2, 0), (body_width, body_height, body_length), part="torso"
    )
    head = (
        0,
        leg_length + body_height * draw.span("head_level", 0.7, 1.2),
        body_length * draw.span("head_forward", 0.3, 0.5),
    )
    head_size = draw.span("head_size", 0.2, 0.36)
    piece.ellipsoid(head, (head_size * 0.9, head_size, head_size), part="head")
    beam(
        piece,
        (0, leg_length + body_height * 0.5, 0.2 * body_length),
        head,
        0.6 * head_size,
        part="neck",
    )
    for side in draw.each(SIDES, LEFT_RIGHT):
        ear = (side * 0.3 * head_size, head[1] + 0.5 * head_size, head[2])
        piece.ellipsoid(
            ear,
            (0.3 * head_size, draw.span("ear_height", 0.3, 0.8) * head_size, 0.2 * head_size),
            material=1,
            part="ear",
        )
        for t in draw.each(ENDS, LEFT_RIGHT):
            foot = (side * 0.33 * body_width, 0.0, t * 0.3 * body_length)
            beam(
                piece,
                foot,
                (foot[0], leg_length + 0.45 * body_height, foot[2]),
                draw.span("leg_thickness", 0.07, 0.12),
                part="leg",
            )
    if draw.often("has_tail", 0.6):
        tube(
            piece,
            (
                (0, leg_length + 0.5 * body_height, -0.45 * body_length),
                (0, leg_length + body_height, -0.6 * body_length),
            ),
            0.06,
            part="tail",
        )


def stand(draw: Choices, piece: Furniture) -> None:
    """A candlestick, coat stand or umbrella: thin arms on a pole."""
    pole_thickness = draw.span("pole_thickness", 0.025, 0.05)
    arm_count = draw.pick("arm_count", (3, 4, 5))
    turn = draw.span("turn", 0, 2 * pi)
    foot_reach = draw.span("foot_reach", 0.15, 0.32)
    for i in range(arm_count):
        a = turn + 2 * pi * i / arm_count
        beam(
            piece,
            (foot_reach * cos(a), 0, foot_reach * sin(a)),
            (0, 0.16, 0),
            pole_thickness,
            part="foot",
        )
    beam(piece, (0, 0.1, 0), (0, 1, 0), pole_thickness, part="pole")
    kind = draw.pick("kind", {"arms": 3, "umbrella": 1, "hooks": 2})
    if kind == "umbrella":
        profile(
            piece,
            dome_outline(0.84, draw.span("umbrella_radius", 0.35, 0.6), 0.14),
            material=2,
            part="shade",
        )
        beam(piece, (0, 0.1, 0), (0, 0.6, 0), pole_thickness * 1.3, part="handle")
        return
    for i in draw.each("arm", range(arm_count)):
        a = turn + 2 * pi * i / arm_count
        arm_reach = draw.span("arm_reach", 0.12, 0.26)
        y = draw.span("arm_height", 0.5, 0.75) if kind == "arms" else 0.85
        elbow = (arm_reach * cos(a), y, arm_reach * sin(a))
        tip = (arm_reach * cos(a), y + draw.span("arm_rise", 0.1, 0.25), arm_reach * sin(a))
        tube(piece, ((0, y - 0.05, 0), elbow, tip), pole_thickness, fillet=0.04, part="arm")
        piece.ellipsoid(tip, (1.8 * pole_thickness,) * 3, material=1, part="cap")


def picnic(draw: Choices, piece: Furniture) -> None:
    """A table and benches in one."""
    width = draw.span("width", 1.3, 2.0)
    height = draw.span("height", 0.7, 0.78)
    board_count = draw.pick("board_count", {1: 1, 4: 1, 5: 1})
    table_depth = draw.span("table_depth", 0.65, 0.85)
    for i in range(board_count):
        pitch = table_depth / board_count
        piece.box(
            (0, height, -table_depth / 2 + (i + 0.5) * pitch),
            (width, 0.04, 0.94 * pitch),
            part="top",
        )
    bench_y = height * 0.6
    bench_z = table_depth / 2 + draw.span("bench_distance", 0.22, 0.35)
    for side in LEFT_RIGHT:
        piece.box((0, bench_y, side * bench_z), (width, 0.04, 0.28), material=0, part="bench")
        x = side * width * 0.34
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
            (x, height - 0.04, -table_depth / 2),
            (x, height - 0.04, table_depth / 2),
            0.07,
            square=True,
            material=1,
            part="beam",
        )
        for t in LEFT_RIGHT:
            foot, head = (x, 0, t * bench_z * 0.9), (x, height - 0.03, t * 0.25 * table_depth)
            beam(piece, foot, head, 0.07, square=True, material=1, part="leg")
