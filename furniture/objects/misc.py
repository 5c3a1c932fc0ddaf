"""Objects that are no furniture, as Pix3D's category misc holds them.

The thirteen of Pix3D are scans: bowls, vases, baskets and pots are hollow with thin walls, statues
are solid, picnic tables and candlesticks have thin legs. Any side can be the front.
"""

from math import cos, pi, sin

import numpy as np

from furniture.beams import LEFT_RIGHT, beam, tube
from furniture.choices import Choices
from furniture.cushions import pillow
from furniture.objects.figures import picnic, stand, statue
from furniture.objects.lamps_and_plants import lamp, plant
from furniture.objects.vessels import bowl, dome_outline, profile, vase
from furniture.primitives import BOX, ELLIPSE, ELLIPSOID, Furniture
from furniture.vectors import rotation_xyz


def misc(draw: Choices) -> Furniture:
    """Draws an object that belongs to no other category."""
    design = draw.pick("design", DESIGNS)
    main_material = draw.pick(
        "main_material",
        {"plastic": 3, "painted": 3, "wood": 3, "metal": 3, "stone": 3, "fabric": 1},
    )
    second_material = draw.pick(
        "second_material",
        ("plastic", "painted", "wood", "metal", "stone", "fabric", "paper", "leather"),
    )
    piece = Furniture(
        "misc",
        materials=(main_material, second_material, "fabric", "metal", "glass"),
        name=design.__name__,
        choices=draw,
    )
    design(draw, piece)
    return piece


def box(draw: Choices, piece: Furniture) -> None:
    """A crate, parcel, suitcase or frame."""
    width = draw.span("width", 0.3, 1.0)
    height = draw.span("height", 0.15, 1.0)
    depth = draw.span("depth", 0.2, 0.8)
    kind = draw.pick("kind", {"parcel": 2, "open": 2, "case": 1.5, "crate": 1.5, "frame": 2})
    if kind == "parcel":
        piece.box(
            (0, height / 2, 0),
            (width, height, depth),
            edge=draw.span("edge_radius", 0.003, 0.06),
            part="box",
        )
        piece.box((0, height, 0), (width, 0.02, depth * 0.12), material=1, part="strap")
    elif kind == "open":
        wall_thickness = draw.span("wall_thickness", 0.015, 0.04)
        piece.box((0, height / 2, 0), (width, height, depth), edge=0.005, part="box")
        inner = (width - 2 * wall_thickness, height, depth - 2 * wall_thickness)
        piece.box((0, height / 2 + wall_thickness, 0), inner, edge=0.0, cut=True, part="box")
    elif kind == "case":
        piece.box(
            (0, 0.3 + 0.03, 0),
            (0.42, 0.6, draw.span("case_depth", 0.15, 0.3)),
            edge=0.05,
            part="box",
        )
        top = 0.63 + draw.span("handle_height", 0.03, 0.4)
        tube(
            piece,
            ((-0.1, 0.6, 0), (-0.1, top, 0), (0.1, top, 0), (0.1, 0.6, 0)),
            0.025,
            material=3,
            part="handle",
        )
        for side in LEFT_RIGHT:
            piece.ellipsoid((side * 0.17, 0.03, 0), (0.04, 0.08, 0.08), material=1, part="wheel")
    elif kind == "crate":
        for i in range(rows := draw.pick("slat_count", (3, 4, 5))):
            y, tall = (i + 0.5) * height / rows, 0.72 * height / rows
            for side in LEFT_RIGHT:
                piece.box((0, y, side * depth / 2), (width, tall, 0.02), part="slat")
                piece.box((side * width / 2, y, 0), (0.02, tall, depth), part="slat")
        for sx in LEFT_RIGHT:
            for sz in LEFT_RIGHT:
                at = (sx * (width / 2 - 0.02), height / 2, sz * (depth / 2 - 0.02))
                piece.box(at, (0.04, height, 0.04), part="post")
        piece.box((0, 0.015, 0), (width, 0.03, depth), part="bottom")
    else:
        _frame(piece, draw, width, max(height, 0.4))


def _frame(piece: Furniture, draw: Choices, width: float, height: float) -> None:
    """Adds a picture, mirror or screen that leans back or stands on a foot."""
    lean = draw.span("lean", 0, 25) if draw.often("is_leaning", 0.6) else 0.0
    turn = rotation_xyz(-lean)
    frame_thickness = draw.span("frame_thickness", 0.02, 0.06)
    rim = draw.span("rim_ratio", 0.03, 0.16) * min(width, height)
    lift = 0.12 if lean == 0 else 0.0
    middle = np.array([0, height / 2 + lift, 0])
    piece.box(
        middle, (width, height, 0.6 * frame_thickness), rotation=turn, material=4, part="panel"
    )
    for s in LEFT_RIGHT:
        up = middle + turn @ np.array([0, s * (height - rim) / 2, 0])
        piece.box(up, (width, rim, frame_thickness), rotation=turn, part="frame")
        side = middle + turn @ np.array([s * (width - rim) / 2, 0, 0])
        piece.box(side, (rim, height, frame_thickness), rotation=turn, part="frame")
    if lift:
        piece.box((0, lift / 2 + 0.02, 0), (0.08, lift + 0.08, 0.04), material=1, part="foot")
        piece.box((0, 0.01, 0), (0.4 * width, 0.02, 0.2), material=1, part="foot")


def dome(draw: Choices, piece: Furniture) -> None:
    """A mushroom stool, pouf, gourd or pebble: one or two soft solids, perhaps on legs."""
    kind = draw.pick("kind", {"stool": 2, "pouf": 2, "pebble": 2, "gourd": 1.5})
    if kind == "stool":
        stool_height = draw.span("stool_height", 0.3, 0.7)
        cap_height = draw.span("cap_height", 0.1, 0.35)
        leg_count = draw.pick("leg_count", (3, 4))
        profile(piece, dome_outline(stool_height, 0.5, cap_height), part="seat")
        for i in range(leg_count):
            a = 2 * pi * i / leg_count + 0.4
            foot = (0.48 * cos(a), 0, 0.48 * sin(a))
            beam(
                piece,
                foot,
                (0.15 * cos(a), stool_height + 0.02, 0.15 * sin(a)),
                0.07,
                material=1,
                part="leg",
            )
    elif kind == "pouf":
        size = (1.0, draw.span("pouf_height", 0.35, 0.6), draw.span("pouf_depth", 0.7, 1.0))
        piece.box(
            (0, size[1] / 2, 0),
            size,
            edge=draw.span("pouf_edge_radius", 0.05, 0.2),
            corner=draw.span("pouf_corner_radius", 0.1, 0.5),
            part="pouf",
        )
    elif kind == "gourd":
        piece.ellipsoid((0, 0.38, 0), (0.8, 0.76, 0.8), part="gourd")
        piece.ellipsoid(
            (0, 0.8, 0),
            (draw.span("gourd_width", 0.3, 0.5), draw.span("gourd_height", 0.4, 0.6), 0.4),
            part="gourd",
        )
    else:
        turn = rotation_xyz(
            draw.span("pitch", -10, 10), draw.span("turn", 0, 180), draw.span("roll", -10, 10)
        )
        size = (1.0, draw.span("pebble_height", 0.3, 0.8), draw.span("pebble_depth", 0.5, 1.0))
        piece.add(
            (0, 0, 0),
            size,
            rotation=turn,
            corner=0.3,
            edge=draw.span("pebble_edge_radius", 0.1, 0.25),
            part="pebble",
        )


def stack(draw: Choices, piece: Furniture) -> None:
    """Random solids, each joined to an earlier one: shapes unlike any furniture."""
    solid_count = draw.count("solid_count", 2, 9)
    is_mirrored = draw.often("is_mirrored", 0.4)
    center, spots = np.zeros(3), []
    for _ in draw.each("solid", range(solid_count)):
        size = np.array(
            [
                draw.span("width", 0.08, 0.7),
                draw.span("height", 0.08, 0.7),
                draw.span("depth", 0.08, 0.7),
            ]
        )
        if spots:
            before, extent = spots[draw.pick("neighbor", range(len(spots)))]
            center = (
                before
                + (
                    np.array(
                        [
                            draw.span("offset_x", 0, 1),
                            draw.span("offset_y", 0, 1),
                            draw.span("offset_z", 0, 1),
                        ]
                    )
                    - 0.5
                )
                * extent
                * 0.9
            )
            axis = draw.pick("axis", range(3))
            center[axis] = (
                before[axis]
                + draw.pick("direction", LEFT_RIGHT) * (extent[axis] + size[axis]) * 0.42
            )
        spots.append((center, size))
        turn = (
            None
            if draw.often("is_upright", 0.6)
            else rotation_xyz(0, draw.span("turn", 0, 180), draw.span("tilt", -35, 35))
        )
        kind = draw.pick("kind", (BOX, BOX, ELLIPSE, ELLIPSOID))
        material_slot = draw.pick("material_slot", range(5))
        taper = draw.span("taper", 0.5, 1.4)
        edge_radius = draw.span("edge_radius", 0.0, 0.06)
        piece.add(
            center,
            size,
            rotation=turn,
            kind=kind,
            taper=(taper, taper),
            edge=edge_radius,
            corner=edge_radius,
            material=material_slot,
            part="solid",
        )
        if is_mirrored:
            flip = np.diag([-1.0, 1.0, 1.0])
            other = None if turn is None else flip @ turn @ flip
            piece.add(
                flip @ center,
                size,
                rotation=other,
                kind=kind,
                taper=(taper, taper),
                edge=edge_radius,
                corner=edge_radius,
                material=material_slot,
                part="solid",
            )


def cushion(draw: Choices, piece: Furniture) -> None:
    """A pillow, flat or leaning; the studio places it on sofas and beds."""
    width = draw.span("width", 0.35, 0.6)
    size = (
        width,
        draw.span("thickness_ratio", 0.1, 0.2),
        width * draw.span("depth_ratio", 0.6, 1.0),
    )
    pillow(
        piece, (0, 0.3, 0), size, rotation_xyz(x=draw.pick("tilt", (0.0, 60.0, 75.0))), material=2
    )


DESIGNS = {
    stack: 4,
    lamp: 3,
    bowl: 3,
    vase: 2.5,
    box: 2.5,
    plant: 1.6,
    statue: 1.6,
    cushion: 1.5,
    dome: 1.2,
    stand: 1.0,
    picnic: 0.6,
}
