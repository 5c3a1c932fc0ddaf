"""Swivel chairs on five castors: task, mesh, executive, gaming, drafting, saddle and steno."""

from itertools import pairwise
from math import pi, sin

from furniture.chairs import bases
from furniture.chairs.arms import office_arms
from furniture.chairs.backs import shape
from furniture.chairs.dimensions import BACK, FRAME, METAL, SEAT, ChairDimensions, draw_plan
from furniture.parts import LEFT_RIGHT, beam, loft, often, pick, span, tilt
from furniture.primitives import Furniture


def _materials(rng, soft: dict) -> tuple[str, str, str, str]:
    cover = pick(rng, soft)
    back = cover if often(rng, 0.85) else "fabric"
    return pick(rng, {"plastic": 4, "metal": 2, "wood": 0.5}), cover, back, "plastic"


def _draw(rng, name: str, soft: dict, fixed: dict, **ranges) -> ChairDimensions:
    for key, (low, high) in ranges.items():
        fixed.setdefault(key, span(rng, low, high))
    plan = draw_plan(rng, fixed.pop("name", name), _materials(rng, soft), **fixed)
    plan.rear = plan.width * span(rng, 0.88, 1.0)
    return plan


def cushioned_seat(plan: ChairDimensions) -> None:
    """A thick pad with a waterfall front and rounded plan."""
    rng, d, t = plan.rng, plan.depth, plan.thick
    y = plan.height - t / 2
    drop, wrap = span(rng, 0.01, 0.03), span(rng, 0.0, 0.8)
    w = plan.width
    stations = [
        (d / 2, y - drop, w * span(rng, 0.75, 0.95), wrap),
        (d * 0.33, y, w, wrap),
        (-d * 0.3, y - 0.006, w * 0.98, wrap),
        (-d / 2, y + 0.008, w * span(rng, 0.72, 0.95), wrap),
    ]
    loft(plan.piece, stations, t, SEAT)
    if often(rng, 0.5):
        plan.piece.egg((0, y, 0), (w * 0.9, t * 1.35, d * 0.95), material=SEAT)


def spine(plan: ChairDimensions, low: float) -> None:
    """The bracket that carries a back from under the seat."""
    rng = plan.rng
    wide, thick = span(rng, 0.04, 0.09), span(rng, 0.015, 0.03)
    z = plan.behind(0) - span(rng, 0.02, 0.05)
    y = plan.under - 0.005
    start, elbow = (0, y, -0.08), (0, y + 0.01, z)
    end = (0, plan.height + low + 0.1, plan.behind(low + 0.1) - 0.02)
    beam(plan.piece, start, elbow, (thick, wide), square=True, over=thick / 2, material=METAL)
    beam(plan.piece, elbow, end, (wide, thick), square=True, over=thick / 2, material=METAL)


def task(rng, **fixed) -> Furniture:
    """A padded seat, a separate shaped back, arms or none."""
    soft = {"fabric": 4, "leather": 1, "plastic": 0.6}
    plan = _draw(
        rng,
        "task",
        soft,
        fixed,
        width=(0.44, 0.54),
        depth=(0.42, 0.5),
        height=(0.44, 0.56),
        thick=(0.05, 0.1),
        rise=(0.36, 0.62),
        lean=(2, 13),
    )
    cushioned_seat(plan)
    low = span(rng, 0.06, 0.16)
    outline(plan, low, span(rng, 0.035, 0.08))
    spine(plan, low)
    _under(plan)
    if often(rng, 0.72):
        office_arms(plan)
    if often(rng, 0.12):
        headrest(plan)
    return plan.piece


def outline(plan: ChairDimensions, low: float, thick: float) -> None:
    """A back of random outline: oval, square, waisted, wide at the shoulders."""
    rng, top = plan.rng, plan.rise
    wide = plan.rear * span(rng, 0.82, 1.02)
    foot, crown = pick(rng, ((0.7, 0.7), (1, 1), (0.75, 0.95), (0.95, 0.72), (0.85, 0.9)))
    wrap, lumbar = span(rng, 0.4, 1.8), span(rng, 0.0, 0.04)
    stations = []
    for share, w in ((0.0, foot), (0.22, (1 + foot) / 2), (0.5, 1.0), (0.8, (1.06 + crown) / 2.06)):
        stations.append((share, w))
    stations.append((1.0, crown * 0.96))
    points = []
    for share, w in stations:
        h = low + (top - low) * share
        sag = wide * wide * w * w * wrap / 8
        forward = lumbar * sin(pi * min(share * 1.5, 1.0)) - sag + 0.02
        points.append((plan.behind(h) + forward, plan.height + h, wide * w, wrap))
    loft(plan.piece, points, thick, BACK)


def headrest(plan: ChairDimensions) -> None:
    """A small pad above the back on one or two stems."""
    rng = plan.rng
    h = plan.rise + span(rng, 0.08, 0.12)
    size = (span(rng, 0.24, 0.32), span(rng, 0.1, 0.15), span(rng, 0.04, 0.07))
    plan.piece.box(
        plan.at(h, 0, 0.0),
        size,
        edge=0.02,
        corner=0.02,
        rotation=tilt(plan.lean),
        bend=1.5,
        material=BACK,
    )
    beam(plan.piece, plan.at(plan.rise - 0.1, 0, -0.03), plan.at(h, 0, -0.02), 0.03, material=METAL)


def mesh(rng, **fixed) -> Furniture:
    """A thin wrapped net in a rim, a lumbar bar, often a headrest."""
    plan = _draw(
        rng,
        "mesh",
        {"fabric": 3, "plastic": 1},
        fixed,
        width=(0.46, 0.54),
        depth=(0.43, 0.5),
        height=(0.44, 0.54),
        thick=(0.04, 0.07),
        rise=(0.48, 0.66),
        lean=(5, 14),
    )
    cushioned_seat(plan)
    low, wrap = span(rng, 0.05, 0.12), span(rng, 0.8, 1.8)
    shape(plan, low, plan.rise, plan.rear * span(rng, 0.85, 1), wrap, span(rng, 0.014, 0.025), BACK)
    spine(plan, low)
    end = plan.at(plan.rise * 0.75, 0, -0.05)
    beam(plan.piece, plan.at(low + 0.05, 0, -0.045), end, (0.05, 0.02), square=True, material=METAL)
    _under(plan)
    if often(rng, 0.85):
        office_arms(plan, pick(rng, ("t", "t", "fixed", "loop")))
    if often(rng, 0.4):
        headrest(plan)
    return plan.piece


def executive(rng, **fixed) -> Furniture:
    """High, thickly padded back with a head roll and side bolsters; padded swept arms."""
    plan = _draw(
        rng,
        "executive",
        {"leather": 5, "fabric": 1},
        fixed,
        width=(0.48, 0.56),
        depth=(0.46, 0.54),
        height=(0.44, 0.54),
        thick=(0.09, 0.15),
        rise=(0.58, 0.78),
        lean=(6, 15),
    )
    cushioned_seat(plan)
    thick, wide = span(rng, 0.07, 0.11), plan.rear * span(rng, 0.92, 1.04)
    crown, wrap, lumbar = span(rng, 0.82, 1.0), span(rng, 0.2, 1.0), span(rng, 0.0, 0.05)
    stations = []
    for share, w in ((0.0, 0.86), (0.3, 1.0), (0.7, 1.0), (1.0, crown)):
        h = -0.03 + (plan.rise - thick * 0.4 + 0.03) * share
        bulge = lumbar * sin(pi * min(share * 1.8, 1.0)) + 0.04 * share * share
        z = plan.behind(h) + bulge + 0.02
        stations.append((z, plan.height + h, wide * w, wrap))
    loft(plan.piece, stations, thick, BACK)
    _upholstery(plan, stations, thick)
    _under(plan)
    if often(rng, 0.95):
        office_arms(plan, pick(rng, {"swept": 4, "loop": 3, "t": 2}))
    return plan.piece


def _upholstery(plan: ChairDimensions, stations, thick: float) -> None:
    """Head roll, lumbar roll and bolsters on a padded back."""
    rng, wide = plan.rng, stations[2][2]
    z, y = stations[3][0], stations[3][1]
    if often(rng, 0.65):
        size = (wide * span(rng, 0.75, 1.0), span(rng, 0.14, 0.22), thick * span(rng, 1.1, 1.4))
        center = (0, y - size[1] * 0.4, z + 0.02)
        plan.piece.box(
            center, size, edge=0.04, corner=0.04, rotation=tilt(plan.lean), material=BACK
        )
    if often(rng, 0.5):
        z, y = stations[1][0], stations[1][1]
        size = (wide * 0.8, span(rng, 0.16, 0.26), thick * 1.35)
        plan.piece.egg((0, y, z + 0.015), size, rotation=tilt(plan.lean), material=BACK)
    if often(rng, 0.5):
        for s in LEFT_RIGHT:
            x = s * wide * 0.42
            low, high = stations[1], stations[2]
            start, end = (x, low[1] - 0.1, low[0] + 0.03), (x, high[1] + 0.06, high[0] + 0.03)
            beam(plan.piece, start, end, (0.09, thick * 1.2), edge=0.03, material=BACK)


def gaming(rng, **fixed) -> Furniture:
    """A racing bucket: tall winged back with holes at the neck, raised seat sides, T arms."""
    plan = _draw(
        rng,
        "gaming",
        {"leather": 4, "fabric": 1},
        fixed,
        width=(0.48, 0.54),
        depth=(0.48, 0.54),
        height=(0.46, 0.54),
        thick=(0.09, 0.12),
        rise=(0.76, 0.86),
        lean=(6, 14),
    )
    cushioned_seat(plan)
    wide, thick = plan.width * 1.02, span(rng, 0.06, 0.09)
    outline_ = ((0.0, 0.82), (0.3, 0.9), (0.55, 1.1), (0.72, 0.86), (0.86, 0.7), (1.0, 0.6))
    stations = []
    for share, w in outline_:
        h = -0.02 + (plan.rise + 0.02) * share
        sag = 0.05 * w * w
        stations.append((plan.behind(h) - sag + 0.06, plan.height + h, wide * w, 1.6))
    loft(plan.piece, stations, thick, BACK)
    for s in LEFT_RIGHT:
        x = s * (plan.width / 2 - 0.03)
        start, end = (x, plan.height, -plan.depth * 0.4), (x, plan.height - 0.01, plan.depth * 0.4)
        beam(plan.piece, start, end, (0.09, 0.09), edge=0.03, material=SEAT)
        if often(rng, 0.6):
            hole = plan.at(plan.rise * 0.83, s * wide * 0.2, -0.02)
            plan.piece.box(hole, (0.1, 0.06, 0.3), edge=0.02, rotation=tilt(plan.lean), cut=True)
    if often(rng, 0.6):
        middle = plan.at(0.16, 0, 0.06)
        plan.piece.egg(middle, (0.32, 0.2, 0.11), rotation=tilt(plan.lean), material=BACK)
    _under(plan)
    office_arms(plan, "t")
    return plan.piece


def _under(plan: ChairDimensions) -> None:
    bases.plate(plan)
    bases.swivel(plan, castors=often(plan.rng, 0.95))


def drafting(rng, **fixed) -> Furniture:
    """A task chair raised to a counter, with a foot ring."""
    fixed.setdefault("height", span(rng, 0.58, 0.78))
    piece = task(rng, name="drafting", **fixed)
    plan = ChairDimensions(piece, rng, 0.4, 0.4, 0.4, 0.4, 0.1, 0.4, 0.0)
    bases.foot_ring(plan, span(rng, 0.2, 0.3), span(rng, 0.19, 0.25), material=FRAME)
    return piece


def conference(rng, **fixed) -> Furniture:
    """A thin ribbed sheet from front edge to head between two rails, loop arms."""
    plan = _draw(
        rng,
        "conference",
        {"leather": 3, "fabric": 2, "plastic": 1},
        fixed,
        thick=(0.025, 0.05),
        rise=(0.42, 0.72),
        height=(0.42, 0.5),
    )
    d, y, w = plan.depth, plan.height - plan.thick / 2, plan.width
    stations = [
        (d / 2, y - 0.03, w, 0),
        (d * 0.35, y, w, 0),
        (-d * 0.4, y - 0.02, w, 0),
        (-d * 0.52, y + 0.05, w, 0),
        (plan.behind(plan.rise * 0.5) + 0.02, y + plan.rise * 0.5, w, 0),
        (plan.behind(plan.rise), y + plan.rise, w, 0),
    ]
    loft(plan.piece, stations, plan.thick, SEAT)
    if often(rng, 0.6):
        for a, b in pairwise(stations):
            for s in LEFT_RIGHT:
                x = s * (w / 2 + 0.004)
                beam(
                    plan.piece, (x, a[1], a[0]), (x, b[1], b[0]), 0.028, over=0.005, material=FRAME
                )
    office_arms(plan, pick(rng, ("loop", "swept")))
    bases.swivel(plan, castors=often(rng, 0.7))
    return plan.piece
