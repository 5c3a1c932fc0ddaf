"""Office chairs on swivel bases: task, mesh, executive, gaming, drafting and conference chairs."""

from itertools import pairwise
from math import pi, sin

from furniture.beams import LEFT_RIGHT, beam, loft
from furniture.chairs.parts import bases
from furniture.chairs.parts.arms import office_arms
from furniture.chairs.parts.dimensions import BACK, FRAME, METAL, SEAT, ChairDimensions, set_default
from furniture.chairs.parts.office_parts import (
    castor_base,
    cushioned_seat,
    draw_office_dimensions,
    headrest,
    outlined_back,
    padded_rolls,
    spine,
)
from furniture.chairs.parts.shaped_backs import curved_plate
from furniture.choices import SIDES, Choices
from furniture.primitives import Furniture
from furniture.vectors import tilt


def task(draw: Choices, **fixed: float | str) -> Furniture:
    """A padded seat and a separate shaped back, with or without arms."""
    soft = {"fabric": 4, "leather": 1, "plastic": 0.6}
    chair = draw_office_dimensions(
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
    cushioned_seat(chair)
    back_bottom_height = draw.span("back_bottom_height", 0.06, 0.16)
    outlined_back(chair, back_bottom_height, draw.span("back_thickness", 0.035, 0.08))
    spine(chair, back_bottom_height)
    castor_base(chair)
    if draw.often("has_arms", 0.72):
        office_arms(chair)
    if draw.often("has_headrest", 0.12):
        headrest(chair)
    return chair.piece


def mesh(draw: Choices, **fixed: float | str) -> Furniture:
    """A thin curved net as back, a lumbar bar, often a headrest."""
    chair = draw_office_dimensions(
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
    cushioned_seat(chair)
    back_bottom_height = draw.span("back_bottom_height", 0.05, 0.12)
    back_wrap = draw.span("back_wrap", 0.8, 1.8)
    curved_plate(
        chair,
        back_bottom_height,
        chair.back_height,
        chair.rear_width * draw.share("back_width", 0.85, 1),
        back_wrap,
        draw.span("back_thickness", 0.014, 0.025),
        BACK,
    )
    spine(chair, back_bottom_height)
    end = chair.back_point(chair.back_height * 0.75, 0, -0.05)
    beam(
        chair.piece,
        chair.back_point(back_bottom_height + 0.05, 0, -0.045),
        end,
        (0.05, 0.02),
        square=True,
        material=METAL,
        part="spine",
    )
    castor_base(chair)
    if draw.often("has_arms", 0.85):
        office_arms(chair, draw.pick("arm_design", ("t", "t", "fixed", "loop")))
    if draw.often("has_headrest", 0.4):
        headrest(chair)
    return chair.piece


def executive(draw: Choices, **fixed: float | str) -> Furniture:
    """A high, thickly padded back with rolls and bolsters, and padded arms."""
    chair = draw_office_dimensions(
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
    cushioned_seat(chair)
    back_thickness = draw.span("back_thickness", 0.07, 0.11)
    wide = chair.rear_width * draw.share("back_width", 0.92, 1.04)
    back_crown = draw.span("back_crown", 0.82, 1.0)
    back_wrap = draw.span("back_wrap", 0.2, 1.0)
    lumbar = draw.span("lumbar", 0.0, 0.05)
    stations = []
    for share, w in ((0.0, 0.86), (0.3, 1.0), (0.7, 1.0), (1.0, back_crown)):
        h = -0.03 + (chair.back_height - back_thickness * 0.4 + 0.03) * share
        bulge = lumbar * sin(pi * min(share * 1.8, 1.0)) + 0.04 * share * share
        z = chair.back_z(h) + bulge + 0.02
        stations.append((z, chair.seat_height + h, wide * w, back_wrap))
    loft(chair.piece, stations, back_thickness, BACK, part="back")
    padded_rolls(chair, stations, back_thickness)
    castor_base(chair)
    if draw.often("has_arms", 0.95):
        office_arms(chair, draw.pick("arm_design", {"swept": 4, "loop": 3, "t": 2}))
    return chair.piece


def gaming(draw: Choices, **fixed: float | str) -> Furniture:
    """A bucket seat: a tall winged back with holes at the neck, T arms."""
    chair = draw_office_dimensions(
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
    cushioned_seat(chair)
    wide = chair.seat_width * 1.02
    back_thickness = draw.span("back_thickness", 0.06, 0.09)
    outline_ = ((0.0, 0.82), (0.3, 0.9), (0.55, 1.1), (0.72, 0.86), (0.86, 0.7), (1.0, 0.6))
    stations = []
    for share, w in outline_:
        h = -0.02 + (chair.back_height + 0.02) * share
        sag = 0.05 * w * w
        stations.append((chair.back_z(h) - sag + 0.06, chair.seat_height + h, wide * w, 1.6))
    loft(chair.piece, stations, back_thickness, BACK, part="back")
    for side in draw.each(SIDES, LEFT_RIGHT):
        x = side * (chair.seat_width / 2 - 0.03)
        start, end = (
            (x, chair.seat_height, -chair.seat_depth * 0.4),
            (x, chair.seat_height - 0.01, chair.seat_depth * 0.4),
        )
        beam(chair.piece, start, end, (0.09, 0.09), edge=0.03, material=SEAT, part="seat")
        if draw.often("has_neck_hole", 0.6):
            hole = chair.back_point(chair.back_height * 0.83, side * wide * 0.2, -0.02)
            chair.piece.box(
                hole,
                (0.1, 0.06, 0.3),
                edge=0.02,
                rotation=tilt(chair.back_angle),
                cut=True,
                part="back",
            )
    if draw.often("has_lumbar_cushion", 0.6):
        middle = chair.back_point(0.16, 0, 0.06)
        chair.piece.ellipsoid(
            middle,
            (0.32, 0.2, 0.11),
            rotation=tilt(chair.back_angle),
            material=BACK,
            part="cushion",
        )
    castor_base(chair)
    office_arms(chair, "t")
    return chair.piece


def drafting(draw: Choices, **fixed: float | str) -> Furniture:
    """A task chair at counter height, with a foot ring."""
    set_default(draw, fixed, "seat_height", 0.58, 0.78)
    piece = task(draw, name="drafting", **fixed)
    chair = ChairDimensions(piece, draw, 0.4, 0.4, 0.4, 0.4, 0.1, 0.4, 0.0)
    bases.foot_ring(
        chair,
        draw.span("ring_height", 0.2, 0.3),
        draw.span("ring_radius", 0.19, 0.25),
        material=FRAME,
    )
    return piece


def conference(draw: Choices, **fixed: float | str) -> Furniture:
    """A thin sheet from the front edge to the head between two rails, with loop arms."""
    chair = draw_office_dimensions(
        draw,
        "conference",
        {"leather": 3, "fabric": 2, "plastic": 1},
        fixed,
        seat_thickness=(0.025, 0.05),
        back_height=(0.42, 0.72),
        seat_height=(0.42, 0.5),
    )
    d, y, w = chair.seat_depth, chair.seat_height - chair.seat_thickness / 2, chair.seat_width
    stations = [
        (d / 2, y - 0.03, w, 0),
        (d * 0.35, y, w, 0),
        (-d * 0.4, y - 0.02, w, 0),
        (-d * 0.52, y + 0.05, w, 0),
        (chair.back_z(chair.back_height * 0.5) + 0.02, y + chair.back_height * 0.5, w, 0),
        (chair.back_z(chair.back_height), y + chair.back_height, w, 0),
    ]
    loft(chair.piece, stations, chair.seat_thickness, SEAT, part="seat")
    if draw.often("has_side_rails", 0.6):
        for a, b in pairwise(stations):
            for side in LEFT_RIGHT:
                x = side * (w / 2 + 0.004)
                beam(
                    chair.piece,
                    (x, a[1], a[0]),
                    (x, b[1], b[0]),
                    0.028,
                    over=0.005,
                    material=FRAME,
                    part="rail",
                )
    office_arms(chair, draw.pick("arm_design", ("loop", "swept")))
    bases.swivel(chair, castors=draw.often("has_castors", 0.7))
    return chair.piece
