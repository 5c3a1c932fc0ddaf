"""Rare chairs: garden chairs, high chairs, wicker, Z shapes and bean bags."""

from itertools import pairwise

from furniture.beams import LEFT_RIGHT, arc, beam, spaced
from furniture.chairs.parts import seats
from furniture.chairs.parts.dimensions import (
    BACK,
    FRAME,
    SEAT,
    SOFT,
    ChairDimensions,
    draw_dimensions,
    set_default,
)
from furniture.chairs.tubs_and_pods import tub
from furniture.choices import SIDES, Choices
from furniture.cushions import cushion
from furniture.primitives import Furniture
from furniture.vectors import tilt


def adirondack(draw: Choices, **fixed: float | str) -> Furniture:
    """Slanted slats, wide flat arms, rear legs that run down from the seat."""
    frame_material = draw.pick("frame_material", {"wood": 3, "painted": 2, "plastic": 1})
    piece = Furniture("chair", (frame_material,) * 3, "adirondack", draw)
    seat_width = draw.span("seat_width", 0.5, 0.58)
    seat_depth = draw.span("seat_depth", 0.52, 0.62)
    seat_height = draw.span("seat_height", 0.34, 0.4)
    seat_drop = draw.span("seat_drop", 0.1, 0.2)
    back_height = draw.span("back_height", 0.62, 0.8)
    back_angle = draw.span("back_angle", 20, 32)
    t = 0.022
    rear = seat_height - seat_drop
    slope = tilt(90 - 57.3 * seat_drop / seat_depth)
    seat_slat_count = draw.count("seat_slat_count", 4, 7)
    for i in range(seat_slat_count):
        share = (i + 0.5) / seat_slat_count
        center = (0, seat_height - seat_drop * share, seat_depth / 2 - seat_depth * share)
        piece.box(
            center,
            (seat_width, seat_depth / seat_slat_count * 0.86, t),
            rotation=slope,
            material=FRAME,
            part="seat",
        )
    chair = ChairDimensions(
        piece, draw, seat_width, seat_width, seat_depth, rear, t, back_height, back_angle
    )
    back_slat_count = draw.count("back_slat_count", 4, 8)
    back_arch = draw.span("back_arch", 0.0, 0.12)
    for i, x in enumerate(spaced(-seat_width / 2 + 0.04, seat_width / 2 - 0.04, back_slat_count)):
        arch = back_arch * (1 - (2 * i / (back_slat_count - 1) - 1) ** 2)
        wide = (seat_width / back_slat_count * 0.85, t)
        beam(
            piece,
            chair.back_point(-0.04, x * 0.9),
            chair.back_point(back_height * 0.85 + arch, x),
            wide,
            square=True,
            part="back",
        )
    for h in (0.1, back_height * 0.6):
        ends = chair.back_point(h, -seat_width / 2, -t), chair.back_point(h, seat_width / 2, -t)
        beam(piece, *ends, (0.06, t), square=True, part="back")
    arm = seat_height + draw.span("arm_height", 0.16, 0.22)
    back = chair.back_z(arm - rear) - 0.05
    for side in draw.each(SIDES, LEFT_RIGHT):
        x = side * (seat_width / 2 + t / 2)
        tail = chair.back_point(-0.03, x, -0.28)
        beam(
            piece,
            (x, seat_height - 0.05, seat_depth / 2),
            (x, 0.03, tail[2]),
            (0.1, t),
            square=True,
            part="leg",
        )
        beam(
            piece,
            (x, 0, seat_depth / 2 - 0.03),
            (x, arm, seat_depth / 2 - 0.05),
            (t * 1.2, 0.09),
            square=True,
            part="leg",
        )
        flat = (t, draw.span("arm_width", 0.09, 0.14))
        beam(
            piece,
            (x + side * 0.03, arm, seat_depth / 2 + 0.05),
            (x, arm, back),
            flat,
            square=True,
            part="armrest",
        )
    ends = (-seat_width / 2, arm - 0.03, back + 0.03), (seat_width / 2, arm - 0.03, back + 0.03)
    beam(piece, *ends, (0.05, t * 1.4), square=True, part="armrest")
    return piece


def high_chair(draw: Choices, **fixed: float | str) -> Furniture:
    """A child's chair on long splayed legs, with rails or a tray."""
    frame_material = draw.pick("frame_material", {"wood": 3, "plastic": 2, "painted": 1})
    sizes = {
        "seat_width": draw.span("seat_width", 0.3, 0.38),
        "seat_depth": draw.span("seat_depth", 0.28, 0.34),
    }
    sizes |= {
        "seat_height": draw.span("seat_height", 0.48, 0.6),
        "back_height": draw.span("back_height", 0.22, 0.34),
        "back_angle": 4.0,
    }
    chair = draw_dimensions(
        draw,
        "high_chair",
        (frame_material, draw.pick("seat_material", (frame_material, "plastic")), frame_material),
        unread=("rear_width",),
        **sizes,
    )
    top = chair.seat_height + chair.back_height * draw.span("rail_level", 0.65, 0.8)
    leg_thickness = draw.span("leg_thickness", 0.026, 0.04)
    leg_splay = draw.span("leg_splay", 0.04, 0.12)
    piece = chair.piece
    wide, deep = chair.seat_width / 2, chair.seat_depth / 2

    def at(sx: float, y: float, sz: float) -> tuple[float, float, float]:
        out = leg_splay * (1 - y / top)
        return sx * (wide + out), y, sz * (deep + out)

    for sx in LEFT_RIGHT:
        for sz in LEFT_RIGHT:
            beam(
                piece,
                at(sx, 0, sz),
                at(sx, top, sz),
                leg_thickness,
                square=True,
                material=FRAME,
                part="leg",
            )
    x, _, z = at(1, chair.seat_height, 1)
    chair.seat_width = chair.rear_width = 2 * x
    chair.seat_depth = 2 * z
    seats.seat(chair, "board")
    for y, rail in draw.each(
        "level",
        (
            (draw.span("stretcher_height", 0.14, 0.24), leg_thickness * 0.7),
            (chair.seat_underside * 0.75, leg_thickness),
            (top - leg_thickness / 2, leg_thickness),
        ),
    ):
        for side in draw.each(SIDES, LEFT_RIGHT):
            if y > chair.seat_height or draw.often("has_side_rail", 0.7):
                beam(
                    piece,
                    at(side, y, -1),
                    at(side, y, 1),
                    rail,
                    square=True,
                    material=FRAME,
                    part="rail",
                )
            beam(
                piece,
                at(-1, y, side),
                at(1, y, side),
                rail,
                square=True,
                material=FRAME,
                part="rail",
            )
    tall = chair.back_height + chair.seat_height - top + 0.1
    back = at(0, top - 0.1 + tall / 2, -1)
    piece.box(
        back, (2 * wide, tall, 0.025), edge=0.01, rotation=tilt(6), material=BACK, part="back"
    )
    if draw.often("has_tray", 0.5):
        tray = (2 * wide + 0.08, 0.03, draw.span("tray_depth", 0.18, 0.28))
        piece.box((0, top + 0.01, deep + 0.06), tray, corner=0.06, material=SEAT, part="tray")
    return piece


def wicker(draw: Choices, **fixed: float | str) -> Furniture:
    """A woven tub: a wall of rolled bands, a cushion, short legs or a woven skirt."""
    set_default(draw, fixed, "back_height", 0.3, 0.62)
    sizes = {
        "seat_width": draw.span("seat_width", 0.5, 0.62),
        "seat_thickness": draw.span("seat_thickness", 0.1, 0.2),
    }
    if draw.often("is_tub", 0.5):
        return tub(draw, name="wicker", **sizes, **fixed)
    materials = ("wood", "fabric", "wood", "metal")
    chair = draw_dimensions(
        draw,
        "wicker",
        materials,
        unread=("seat_depth", "rear_width", "back_angle"),
        **sizes,
        **fixed,
    )
    r = chair.seat_width / 2
    chair.seat_depth = chair.rear_width = chair.seat_width
    chair.piece.cylinder(
        (0, chair.seat_height / 2, 0),
        r * 0.96,
        chair.seat_height - 0.06,
        material=BACK,
        part="base",
    )
    for y, grow in ((0.03, 1.02), (chair.seat_height * 0.6, 1.0)):
        chair.piece.ring((0, y, 0), r * grow, 0.04, 0.04, edge=0.02, material=BACK, part="base")
    cushion(
        chair.piece,
        draw,
        (0, chair.seat_height - 0.02, 0),
        (1.8 * r, 0.1, 1.8 * r),
        material=SEAT,
        part="seat",
    )
    h = chair.back_height
    for i in range(draw.count("band_count", 3, 6)):
        y = chair.seat_height + h * (i + 0.5) / 5
        arc(
            chair.piece,
            (0, y, -r),
            (1, 0, 0),
            (0, 0, 1),
            1 / r,
            r * 3.0,
            (h / 4, 0.03),
            material=BACK,
            part="back",
        )
    return chair.piece


def zigzag(draw: Choices, **fixed: float | str) -> Furniture:
    """A Z of four planks."""
    material = draw.pick("material", {"wood": 3, "painted": 2, "plastic": 1})
    chair = draw_dimensions(draw, fixed.pop("name", "zigzag"), (material,) * 4, **fixed)
    w = chair.seat_width * 0.9
    d = chair.seat_depth
    plank_thickness = draw.span("plank_thickness", 0.022, 0.045)
    y = chair.seat_height - plank_thickness / 2
    seat_forward = draw.span("seat_forward", -0.06, 0.03)
    path = [(d / 2, plank_thickness / 2), (-d / 2, plank_thickness / 2)]
    path.append((d / 2 + seat_forward, y))
    path += [(-d / 2, y - 0.02), (chair.back_z(chair.back_height), y + chair.back_height)]
    for (z0, y0), (z1, y1) in pairwise(path):
        beam(
            chair.piece,
            (0, y0, z0),
            (0, y1, z1),
            *_plank(z0, y0, z1, y1, w, plank_thickness),
            square=True,
            part="plank",
        )
    return chair.piece


def _plank(z0, y0, z1, y1, width, thick) -> tuple[tuple[float, float]]:
    """Returns the section of a plank of `width` along x, in the order that `beam` needs."""
    length = ((z1 - z0) ** 2 + (y1 - y0) ** 2) ** 0.5
    return ((width, thick) if abs(z1 - z0) < 0.9 * length else (thick, width),)


def bean_bag(draw: Choices, **fixed: float | str) -> Furniture:
    """A bean bag: a soft block with a padded back."""
    cover_material = draw.pick("cover_material", SOFT)
    piece = Furniture("chair", (cover_material, cover_material, cover_material), "bean_bag", draw)
    width = draw.span("width", 0.7, 1.0)
    height = draw.span("height", 0.55, 0.9)
    piece.ellipsoid((0, 0.22, 0), (width, 0.46, width), material=0, part="seat")
    piece.ellipsoid(
        (0, height * 0.5, -width * 0.14),
        (width * 0.78, height, width * 0.6),
        rotation=tilt(12),
        material=0,
        part="back",
    )
    piece.box(
        (0, 0.09, 0),
        (width * 0.8, 0.18, width * 0.8),
        edge=0.08,
        corner=0.35 * width,
        material=0,
        part="seat",
    )
    return piece
