"""Rare tables: half moons, nests, trolleys, C shapes, drop leaves and split levels."""

import numpy as np

from furniture import legs
from furniture.beams import LEFT_RIGHT, beam
from furniture.choices import ENDS, SIDES, Choices
from furniture.primitives import Furniture
from furniture.tables import bases, frames
from furniture.tables.tops import Deck, leaves
from furniture.vectors import Y_TO_X


def half_moon(draw: Choices, piece: Furniture) -> None:
    """A console with a half disc as top, its flat side to the wall."""
    radius = draw.span("radius", 0.35, 0.6)
    height = draw.span("height", 0.7, 0.85)
    top_thickness = draw.span("top_thickness", 0.02, 0.035)
    middle = radius / 2  # a bent box of twice this depth is a half disc
    size = (np.pi * middle, top_thickness, radius)
    center = (0, height - top_thickness / 2, middle)
    turn = np.diag([-1.0, 1.0, -1.0])
    piece.add(center, size, bend=1 / middle, rotation=turn, material=0, part="top")
    leg_thickness = draw.span("leg_thickness", 0.03, 0.05)
    for a in (0.06, 0.5, 0.94):
        x, z = 0.84 * radius * np.cos(np.pi * a), 0.84 * radius * np.sin(np.pi * a) + 0.03
        legs.leg(piece, draw, (x, height - 0.01, z), (x, 0, z), leg_thickness, "tapered", 1)
    apron_height = draw.span("apron_height", 0.06, 0.12)
    apron = (np.pi * 0.42 * radius, apron_height, 0.84 * radius)
    at = (0, height - top_thickness - apron_height / 2, 0.42 * radius)
    piece.add(at, apron, bend=1 / (0.42 * radius), rotation=turn, material=1, part="apron")


def nest(draw: Choices, piece: Furniture) -> None:
    """Two or three tables of falling size, pushed into one another."""
    table_count = draw.pick("table_count", {2: 3, 3: 2})
    width = draw.span("width", 0.4, 0.75)
    height = draw.span("height", 0.4, 0.58)
    depth = draw.span("depth", 0.3, 0.5)
    is_round = draw.often("is_round", 0.35)
    leg_thickness = draw.span("leg_thickness", 0.018, 0.035)
    slide = draw.span("slide", 0.1, 0.3) * width
    slide_side = draw.pick("slide_side", (-1, 1))
    for i in range(table_count):
        shrink = 1 - 0.2 * i
        w, h, d = (
            width * shrink,
            height * (1 - 0.15 * i),
            (width if is_round else depth) * (1 - 0.06 * i),
        )
        x, z = slide_side * i * slide, i * 0.12 * depth
        if is_round:
            piece.cylinder((x, h - 0.01, z), w / 2, 0.02, edge=0.004, material=0, part="top")
        else:
            piece.box((x, h - 0.01, z), (w, 0.022, d), material=0, part="top")
        reach = (0.35, 0.35) if is_round else (0.5, 0.5)
        for sx in LEFT_RIGHT:
            for sz in LEFT_RIGHT:
                px, pz = (
                    x + sx * (reach[0] * w - leg_thickness / 2),
                    z + sz * (reach[1] * d - leg_thickness / 2),
                )
                beam(
                    piece,
                    (px, 0, pz),
                    (px, h, pz),
                    leg_thickness,
                    square=True,
                    material=1,
                    part="leg",
                )
        if i and not is_round:
            beam(
                piece,
                (x - w / 2, 0.02, z - d / 2 + leg_thickness / 2),
                (x + w / 2, 0.02, z - d / 2 + leg_thickness / 2),
                leg_thickness,
                square=True,
                material=1,
                part="rail",
            )
    # a thin rail under all tops joins the tables to one solid
    low = height * (1 - 0.15 * (table_count - 1)) - 0.03
    beam(
        piece,
        (0, low, 0),
        (slide_side * (table_count - 1) * slide, low + 0.01, 0.12 * depth),
        0.02,
        material=1,
        part="rail",
    )
    beam(piece, (0, low, 0), (0, height, 0), 0.02, material=1, part="rail")
    for i in range(1, table_count):
        x, z = slide_side * i * slide, i * 0.12 * depth * 0.5
        beam(piece, (x, low, z), (x, height * (1 - 0.15 * i), z), 0.02, material=1, part="rail")


def trolley(draw: Choices, piece: Furniture) -> None:
    """A cart: two or three trays between posts on castors."""
    width = draw.span("width", 0.4, 0.9)
    height = draw.span("height", 0.55, 0.92)
    depth = draw.span("depth", 0.3, 0.5)
    post_thickness = draw.span("post_thickness", 0.02, 0.035)
    tray_count = draw.pick("tray_count", {2: 2, 3: 3})
    wheel_radius = draw.span("wheel_radius", 0.03, 0.05)
    for x in draw.each(SIDES, LEFT_RIGHT):
        for z in draw.each(ENDS, LEFT_RIGHT):
            at = (x * width / 2, 2 * wheel_radius, z * depth / 2)
            beam(
                piece,
                at,
                (at[0], height, at[2]),
                post_thickness,
                square=draw.often("post_is_square", 0.5),
                material=1,
                part="post",
            )
            piece.cylinder(
                (at[0], wheel_radius, at[2]),
                wheel_radius,
                0.03,
                rotation=Y_TO_X,
                material=3,
                part="castor",
            )
    tray_rim = draw.span("tray_rim", 0.0, 0.1)
    for i in range(tray_count):
        y = (
            2 * wheel_radius
            + 0.03
            + (height - 2 * wheel_radius - 0.06 - tray_rim) * i / (tray_count - 1)
        )
        piece.box((0, y, 0), (width, 0.02, depth), material=0, part="tray")
        if tray_rim > 0.03:
            for side in LEFT_RIGHT:
                piece.box(
                    (side * width / 2, y + tray_rim / 2, 0),
                    (0.014, tray_rim, depth),
                    material=0,
                    part="tray",
                )
                piece.box(
                    (0, y + tray_rim / 2, side * depth / 2),
                    (width, tray_rim, 0.014),
                    material=0,
                    part="tray",
                )
    if draw.often("has_handle", 0.4):
        x = draw.pick("handle_side", (-1, 1)) * (width / 2 + 0.05)
        beam(
            piece,
            (x, height - 0.05, -depth / 2),
            (x, height - 0.05, depth / 2),
            post_thickness,
            material=1,
            part="handle",
        )
        for side in LEFT_RIGHT:
            near = (x * width / (width + 0.1), height - 0.05, side * depth / 2)
            beam(
                piece,
                near,
                (x, height - 0.05, side * depth / 2),
                post_thickness,
                over=post_thickness / 2,
                material=1,
                part="handle",
            )


def c_shape(draw: Choices, piece: Furniture) -> None:
    """A table whose foot reaches under a seat, or a top between two panels."""
    width = draw.span("width", 0.4, 0.8)
    height = draw.span("height", 0.5, 0.75)
    depth = draw.span("depth", 0.3, 0.5)
    thickness = draw.span("thickness", 0.015, 0.06)
    if draw.often("is_waterfall", 0.5):
        width = draw.span("waterfall_width", 0.5, 1.8)
        depth = draw.span("waterfall_depth", 0.28, 0.5)
        height = draw.span("waterfall_height", 0.35, 0.85)
        frames.panels(piece, draw, Deck(width, depth, height - thickness, False, 0, 0.05))
        piece.box((0, height - thickness / 2, 0), (width, thickness, depth), part="top")
        return
    post_side = draw.pick("post_side", (-1, 1))
    foot_reach = draw.share("foot_reach", 0.7, 1.0)
    x = post_side * (width - thickness) / 2
    piece.box(
        (0, height - 0.0125, 0),
        (width, 0.025, depth),
        corner=draw.span("corner_radius", 0.0, 0.1),
        part="top",
    )
    inner = draw.share("foot_depth", 0.3, 0.9) * depth
    posts = (0.0,) if draw.often("has_one_post", 0.4) else (-0.45 * inner, 0.45 * inner)
    post_thickness = draw.span("post_thickness", 0.02, 0.05)
    for z in posts:
        beam(
            piece,
            (x, 0, z),
            (x, height - 0.02, z),
            post_thickness,
            square=True,
            material=1,
            part="post",
        )
        beam(
            piece,
            (x, post_thickness / 2, z),
            (x - post_side * foot_reach * width, post_thickness / 2, z),
            post_thickness,
            square=True,
            material=1,
            part="foot",
        )
    for y in (post_thickness / 2, height - 0.03):
        beam(
            piece,
            (x, y, -inner / 2),
            (x, y, inner / 2),
            post_thickness,
            square=True,
            material=1,
            part="rail",
        )


def gateleg(draw: Choices, piece: Furniture) -> None:
    """Drop leaves on a narrow frame, or a flap on a wall."""
    height = draw.span("height", 0.7, 0.77)
    depth = draw.span("depth", 0.6, 0.9)
    if draw.often("is_wall_hung", 0.15):
        piece.box((0, 0.3, -0.02), (depth, 0.5, 0.03), material=1, part="panel")
        piece.box((0, 0.56, 0.26), (depth, 0.03, 0.56), part="top")
        beam(piece, (0, 0.1, 0), (0, 0.55, 0.36), 0.04, square=True, material=1, part="brace")
        return
    width = draw.span("width", *((0.25, 0.5) if draw.often("is_narrow", 0.6) else (0.6, 1.1)))
    piece.box((0, height - 0.0125, 0), (width, 0.025, depth), part="top")
    deck = Deck(
        width,
        depth,
        height - 0.024,
        False,
        draw.pick("base_material_slot", (0, 1)),
        draw.span("leg_thickness", 0.035, 0.05),
    )
    draw.pick("base_design", {bases.legs: 2, frames.panels: 1, frames.frames: 1})(piece, draw, deck)
    leaves(piece, draw, width, height, depth)


def lift_leg(draw: Choices, piece: Furniture) -> None:
    """A top of two heights on boards."""
    width = draw.span("width", 0.6, 1.3)
    height = draw.span("height", 0.3, 0.55)
    depth = draw.span("depth", 0.4, 0.8)
    board_thickness = draw.span("board_thickness", 0.02, 0.04)
    cut = draw.span("split_offset", -0.2, 0.2) * width
    drop = draw.share("low_height", 0.3, 0.75) * height
    piece.box(
        (cut / 2 - width / 4, height - board_thickness / 2, 0),
        (width / 2 + cut, board_thickness, depth),
        part="top",
    )
    low_width = width / 2 - cut + 0.12
    x = width / 2 - low_width / 2
    piece.box(
        (x, drop - board_thickness / 2, 0),
        (low_width, board_thickness, depth),
        material=draw.pick("low_material_slot", (0, 2)),
        part="top",
    )
    piece.box(
        (-width / 2 + board_thickness / 2, height / 2, 0),
        (board_thickness, height, depth),
        material=1,
        part="side",
    )
    piece.box(
        (width / 2 - board_thickness / 2, drop / 2, 0),
        (board_thickness, drop, depth),
        material=1,
        part="side",
    )
    inner = cut - 0.06
    piece.box(
        (inner, height / 2, 0),
        (board_thickness, height, depth * draw.span("divider_depth_ratio", 0.6, 1.0)),
        material=1,
        part="divider",
    )
