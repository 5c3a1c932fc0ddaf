"""Swivel chairs on five castors: task, mesh, executive, gaming, drafting, saddle and steno."""

from itertools import pairwise
from math import pi, sin

from furniture.beams import LEFT_RIGHT, beam, loft
from furniture.chairs import bases
from furniture.chairs.arms import office_arms
from furniture.chairs.backs import curved_plate
from furniture.chairs.dimensions import (
    BACK,
    FRAME,
    METAL,
    SEAT,
    ChairDimensions,
    draw_dimensions,
    set_default,
)
from furniture.choices import SIDES
from furniture.primitives import Furniture, builds
from furniture.vectors import tilt


def _materials(draw, soft: dict) -> tuple[str, str, str, str]:
    cover = draw.pick("cover_material", soft)
    back = cover if draw.often("has_one_cover", 0.85) else "fabric"
    return (
        draw.pick("base_material", {"plastic": 4, "metal": 2, "wood": 0.5}),
        cover,
        back,
        "plastic",
    )


def _draw_office_dimensions(draw, name: str, soft: dict, fixed: dict, **ranges) -> ChairDimensions:
    for key, (low, high) in ranges.items():
        set_default(draw, fixed, key, low, high)
    plan = draw_dimensions(
        draw, fixed.pop("name", name), _materials(draw, soft), later=("rear_width",), **fixed
    )
    plan.rear_width = plan.seat_width * draw.span("rear_ratio", 0.88, 1.0)
    return plan


@builds("seat")
def cushioned_seat(plan: ChairDimensions) -> None:
    """A thick pad with a waterfall front and rounded plan."""
    draw = plan.draw
    d = plan.seat_depth
    t = plan.seat_thickness
    y = plan.seat_height - t / 2
    drop = draw.span("front_drop", 0.01, 0.03)
    wrap = draw.span("wrap", 0.0, 0.8)
    w = plan.seat_width
    stations = [
        (d / 2, y - drop, w * draw.span("front_width", 0.75, 0.95), wrap),
        (d * 0.33, y, w, wrap),
        (-d * 0.3, y - 0.006, w * 0.98, wrap),
        (-d / 2, y + 0.008, w * draw.span("rear_width", 0.72, 0.95), wrap),
    ]
    loft(plan.piece, stations, t, SEAT)
    if draw.often("has_crown", 0.5):
        plan.piece.egg((0, y, 0), (w * 0.9, t * 1.35, d * 0.95), material=SEAT)


@builds("spine")
def spine(plan: ChairDimensions, low: float) -> None:
    """The bracket that carries a back from under the seat."""
    draw = plan.draw
    wide = draw.span("width", 0.04, 0.09)
    thick = draw.span("thickness", 0.015, 0.03)
    z = plan.back_z(0) - draw.span("setback", 0.02, 0.05)
    y = plan.seat_underside - 0.005
    start, elbow = (0, y, -0.08), (0, y + 0.01, z)
    end = (0, plan.seat_height + low + 0.1, plan.back_z(low + 0.1) - 0.02)
    beam(plan.piece, start, elbow, (thick, wide), square=True, over=thick / 2, material=METAL)
    beam(plan.piece, elbow, end, (wide, thick), square=True, over=thick / 2, material=METAL)


def task(draw, **fixed) -> Furniture:
    """A padded seat, a separate shaped back, arms or none."""
    soft = {"fabric": 4, "leather": 1, "plastic": 0.6}
    plan = _draw_office_dimensions(
        draw,
        "task",
        soft,
        fixed,
        seat_width=(0.44, 0.54),
        seat_depth=(0.42, 0.5),
        seat_height=(0.44, 0.56),
        seat_thickness=(0.05, 0.1),
        back_height=(0.36, 0.62),
        back_angle=(2, 13),
    )
    cushioned_seat(plan)
    low = draw.span("back_bottom_height", 0.06, 0.16)
    outlined_back(plan, low, draw.span("back_thickness", 0.035, 0.08))
    spine(plan, low)
    _castor_base(plan)
    if draw.often("has_arms", 0.72):
        office_arms(plan)
    if draw.often("has_headrest", 0.12):
        headrest(plan)
    return plan.piece


@builds("back")
def outlined_back(plan: ChairDimensions, low: float, thick: float) -> None:
    """A back of random outline: oval, square, waisted, wide at the shoulders."""
    draw = plan.draw
    top = plan.back_height
    wide = plan.rear_width * draw.span("width", 0.82, 1.02)
    foot, crown = draw.pick(
        "outline", ((0.7, 0.7), (1, 1), (0.75, 0.95), (0.95, 0.72), (0.85, 0.9))
    )
    wrap = draw.span("wrap", 0.4, 1.8)
    lumbar = draw.span("lumbar", 0.0, 0.04)
    stations = []
    for share, w in ((0.0, foot), (0.22, (1 + foot) / 2), (0.5, 1.0), (0.8, (1.06 + crown) / 2.06)):
        stations.append((share, w))
    stations.append((1.0, crown * 0.96))
    points = []
    for share, w in stations:
        h = low + (top - low) * share
        sag = wide * wide * w * w * wrap / 8
        forward = lumbar * sin(pi * min(share * 1.5, 1.0)) - sag + 0.02
        points.append((plan.back_z(h) + forward, plan.seat_height + h, wide * w, wrap))
    loft(plan.piece, points, thick, BACK)


@builds("headrest")
def headrest(plan: ChairDimensions) -> None:
    """A small pad above the back on one or two stems."""
    draw = plan.draw
    h = plan.back_height + draw.span("gap", 0.08, 0.12)
    size = (
        draw.span("width", 0.24, 0.32),
        draw.span("height", 0.1, 0.15),
        draw.span("thickness", 0.04, 0.07),
    )
    plan.piece.box(
        plan.back_point(h, 0, 0.0),
        size,
        edge=0.02,
        corner=0.02,
        rotation=tilt(plan.back_angle),
        bend=1.5,
        material=BACK,
    )
    beam(
        plan.piece,
        plan.back_point(plan.back_height - 0.1, 0, -0.03),
        plan.back_point(h, 0, -0.02),
        0.03,
        material=METAL,
    )


def mesh(draw, **fixed) -> Furniture:
    """A thin wrapped net in a rim, a lumbar bar, often a headrest."""
    plan = _draw_office_dimensions(
        draw,
        "mesh",
        {"fabric": 3, "plastic": 1},
        fixed,
        seat_width=(0.46, 0.54),
        seat_depth=(0.43, 0.5),
        seat_height=(0.44, 0.54),
        seat_thickness=(0.04, 0.07),
        back_height=(0.48, 0.66),
        back_angle=(5, 14),
    )
    cushioned_seat(plan)
    low = draw.span("back_bottom_height", 0.05, 0.12)
    wrap = draw.span("back_wrap", 0.8, 1.8)
    curved_plate(
        plan,
        low,
        plan.back_height,
        plan.rear_width * draw.span("back_width", 0.85, 1),
        wrap,
        draw.span("back_thickness", 0.014, 0.025),
        BACK,
    )
    spine(plan, low)
    end = plan.back_point(plan.back_height * 0.75, 0, -0.05)
    beam(
        plan.piece,
        plan.back_point(low + 0.05, 0, -0.045),
        end,
        (0.05, 0.02),
        square=True,
        material=METAL,
        part="spine",
    )
    _castor_base(plan)
    if draw.often("has_arms", 0.85):
        office_arms(plan, draw.pick("arm_design", ("t", "t", "fixed", "loop")))
    if draw.often("has_headrest", 0.4):
        headrest(plan)
    return plan.piece


def executive(draw, **fixed) -> Furniture:
    """High, thickly padded back with a head roll and side bolsters; padded swept arms."""
    plan = _draw_office_dimensions(
        draw,
        "executive",
        {"leather": 5, "fabric": 1},
        fixed,
        seat_width=(0.48, 0.56),
        seat_depth=(0.46, 0.54),
        seat_height=(0.44, 0.54),
        seat_thickness=(0.09, 0.15),
        back_height=(0.58, 0.78),
        back_angle=(6, 15),
    )
    cushioned_seat(plan)
    thick = draw.span("back_thickness", 0.07, 0.11)
    wide = plan.rear_width * draw.span("back_width", 0.92, 1.04)
    crown = draw.span("back_crown", 0.82, 1.0)
    wrap = draw.span("back_wrap", 0.2, 1.0)
    lumbar = draw.span("lumbar", 0.0, 0.05)
    stations = []
    for share, w in ((0.0, 0.86), (0.3, 1.0), (0.7, 1.0), (1.0, crown)):
        h = -0.03 + (plan.back_height - thick * 0.4 + 0.03) * share
        bulge = lumbar * sin(pi * min(share * 1.8, 1.0)) + 0.04 * share * share
        z = plan.back_z(h) + bulge + 0.02
        stations.append((z, plan.seat_height + h, wide * w, wrap))
    loft(plan.piece, stations, thick, BACK, part="back")
    _upholstery(plan, stations, thick)
    _castor_base(plan)
    if draw.often("has_arms", 0.95):
        office_arms(plan, draw.pick("arm_design", {"swept": 4, "loop": 3, "t": 2}))
    return plan.piece


@builds("back")
def _upholstery(plan: ChairDimensions, stations, thick: float) -> None:
    """Head roll, lumbar roll and bolsters on a padded back."""
    draw = plan.draw
    wide = stations[2][2]
    z, y = stations[3][0], stations[3][1]
    if draw.often("has_head_roll", 0.65):
        size = (
            wide * draw.span("head_roll_width", 0.75, 1.0),
            draw.span("head_roll_height", 0.14, 0.22),
            thick * draw.span("head_roll_thickness", 1.1, 1.4),
        )
        center = (0, y - size[1] * 0.4, z + 0.02)
        plan.piece.box(
            center, size, edge=0.04, corner=0.04, rotation=tilt(plan.back_angle), material=BACK
        )
    if draw.often("has_lumbar_roll", 0.5):
        z, y = stations[1][0], stations[1][1]
        size = (wide * 0.8, draw.span("lumbar_roll_height", 0.16, 0.26), thick * 1.35)
        plan.piece.egg((0, y, z + 0.015), size, rotation=tilt(plan.back_angle), material=BACK)
    if draw.often("has_bolsters", 0.5):
        for s in LEFT_RIGHT:
            x = s * wide * 0.42
            low, high = stations[1], stations[2]
            start, end = (x, low[1] - 0.1, low[0] + 0.03), (x, high[1] + 0.06, high[0] + 0.03)
            beam(plan.piece, start, end, (0.09, thick * 1.2), edge=0.03, material=BACK)


def gaming(draw, **fixed) -> Furniture:
    """A racing bucket: tall winged back with holes at the neck, raised seat sides, T arms."""
    plan = _draw_office_dimensions(
        draw,
        "gaming",
        {"leather": 4, "fabric": 1},
        fixed,
        seat_width=(0.48, 0.54),
        seat_depth=(0.48, 0.54),
        seat_height=(0.46, 0.54),
        seat_thickness=(0.09, 0.12),
        back_height=(0.76, 0.86),
        back_angle=(6, 14),
    )
    cushioned_seat(plan)
    wide = plan.seat_width * 1.02
    thick = draw.span("back_thickness", 0.06, 0.09)
    outline_ = ((0.0, 0.82), (0.3, 0.9), (0.55, 1.1), (0.72, 0.86), (0.86, 0.7), (1.0, 0.6))
    stations = []
    for share, w in outline_:
        h = -0.02 + (plan.back_height + 0.02) * share
        sag = 0.05 * w * w
        stations.append((plan.back_z(h) - sag + 0.06, plan.seat_height + h, wide * w, 1.6))
    loft(plan.piece, stations, thick, BACK, part="back")
    for s in draw.each(SIDES, LEFT_RIGHT):
        x = s * (plan.seat_width / 2 - 0.03)
        start, end = (
            (x, plan.seat_height, -plan.seat_depth * 0.4),
            (x, plan.seat_height - 0.01, plan.seat_depth * 0.4),
        )
        beam(plan.piece, start, end, (0.09, 0.09), edge=0.03, material=SEAT, part="seat")
        if draw.often("has_neck_hole", 0.6):
            hole = plan.back_point(plan.back_height * 0.83, s * wide * 0.2, -0.02)
            plan.piece.box(
                hole,
                (0.1, 0.06, 0.3),
                edge=0.02,
                rotation=tilt(plan.back_angle),
                cut=True,
                part="back",
            )
    if draw.often("has_lumbar_cushion", 0.6):
        middle = plan.back_point(0.16, 0, 0.06)
        plan.piece.egg(
            middle, (0.32, 0.2, 0.11), rotation=tilt(plan.back_angle), material=BACK, part="cushion"
        )
    _castor_base(plan)
    office_arms(plan, "t")
    return plan.piece


def _castor_base(plan: ChairDimensions) -> None:
    bases.plate(plan)
    bases.swivel(plan, castors=plan.draw.often("has_castors", 0.95))


def drafting(draw, **fixed) -> Furniture:
    """A task chair raised to a counter, with a foot ring."""
    set_default(draw, fixed, "seat_height", 0.58, 0.78)
    piece = task(draw, name="drafting", **fixed)
    plan = ChairDimensions(piece, draw, 0.4, 0.4, 0.4, 0.4, 0.1, 0.4, 0.0)
    bases.foot_ring(
        plan,
        draw.span("ring_height", 0.2, 0.3),
        draw.span("ring_radius", 0.19, 0.25),
        material=FRAME,
    )
    return piece


def conference(draw, **fixed) -> Furniture:
    """A thin ribbed sheet from front edge to head between two rails, loop arms."""
    plan = _draw_office_dimensions(
        draw,
        "conference",
        {"leather": 3, "fabric": 2, "plastic": 1},
        fixed,
        seat_thickness=(0.025, 0.05),
        back_height=(0.42, 0.72),
        seat_height=(0.42, 0.5),
    )
    d, y, w = plan.seat_depth, plan.seat_height - plan.seat_thickness / 2, plan.seat_width
    stations = [
        (d / 2, y - 0.03, w, 0),
        (d * 0.35, y, w, 0),
        (-d * 0.4, y - 0.02, w, 0),
        (-d * 0.52, y + 0.05, w, 0),
        (plan.back_z(plan.back_height * 0.5) + 0.02, y + plan.back_height * 0.5, w, 0),
        (plan.back_z(plan.back_height), y + plan.back_height, w, 0),
    ]
    loft(plan.piece, stations, plan.seat_thickness, SEAT, part="seat")
    if draw.often("has_side_rails", 0.6):
        for a, b in pairwise(stations):
            for s in LEFT_RIGHT:
                x = s * (w / 2 + 0.004)
                beam(
                    plan.piece,
                    (x, a[1], a[0]),
                    (x, b[1], b[0]),
                    0.028,
                    over=0.005,
                    material=FRAME,
                    part="rail",
                )
    office_arms(plan, draw.pick("arm_design", ("loop", "swept")))
    bases.swivel(plan, castors=draw.often("has_castors", 0.7))
    return plan.piece
