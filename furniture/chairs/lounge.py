"""Easy chairs: clubs, wings, slippers, wooden-armed loungers, bent-wood cantilevers, recliners."""

from furniture.chairs import bases
from furniture.chairs.backs import padded
from furniture.chairs.dimensions import BACK, FRAME, SEAT, SOFT, draw_plan
from furniture.cushions import cushion, pillow, solid_arms
from furniture.parts import LEFT_RIGHT, beam, feet, loft, often, pick, spaced, span, tilt, tube
from furniture.primitives import Furniture


def _soft(rng) -> tuple[str, str, str, str]:
    cover = pick(rng, SOFT)
    return pick(rng, {"wood": 4, "metal": 1.5, "painted": 0.6}), cover, cover, "metal"


def club(rng, **fixed) -> Furniture:
    """Solid arms and back around a loose seat cushion: a one-seat sofa."""
    piece = Furniture("chair", _soft(rng), fixed.pop("name", "club"))
    inner, d = span(rng, 0.48, 0.62), span(rng, 0.7, 0.95)
    arm, back = span(rng, 0.09, 0.26), span(rng, 0.14, 0.28)
    lift = pick(rng, (0.0, span(rng, 0.02, 0.06), span(rng, 0.08, 0.2)))
    sit, tall = span(rng, 0.38, 0.46), span(rng, 0.68, 0.95)
    w = inner + 2 * arm
    base = sit - span(rng, 0.1, 0.18)
    piece.box(
        (0, (lift + base) / 2, 0), (w - 0.02, base - lift, d - 0.02), edge=0.015, material=SEAT
    )
    lean = span(rng, 0, 12)
    y = (lift + tall) / 2
    z = -d / 2 + back / 2
    edge = back * span(rng, 0.1, 0.48)
    size = (w - 2 * arm * pick(rng, (0.0, 0.95)), tall - lift, back)
    piece.box((0, y, z), size, edge=edge, rotation=tilt(lean), material=BACK)
    if often(rng, 0.6):
        high = span(rng, 0.35, 0.5)
        middle = (0, sit + high * 0.45, z + back / 2 + 0.05)
        cushion(piece, rng, middle, (inner, high, 0.16), rotation=tilt(lean + 4), material=BACK)
    cushion(
        piece,
        rng,
        (0, (base + sit) / 2, back / 2),
        (inner, sit - base + 0.02, d - back + span(rng, 0, 0.03)),
        material=SEAT,
    )
    solid_arms(piece, rng, w, d, arm, lift, span(rng, 0.52, 0.68), SEAT)
    feet(piece, rng, w, d, lift, material=FRAME)
    if often(rng, 0.12):
        size = (0.42, 0.4, 0.14)
        pillow(piece, (0, sit + 0.18, z + back / 2 + 0.12), size, tilt(18), SEAT)
    return piece


def wing(rng, **fixed) -> Furniture:
    """A tall back with wings and rolled or slim arms, on legs."""
    fixed.setdefault("width", span(rng, 0.5, 0.62))
    fixed.setdefault("depth", span(rng, 0.5, 0.6))
    fixed.setdefault("height", span(rng, 0.42, 0.48))
    fixed.setdefault("thick", span(rng, 0.14, 0.24))
    fixed.setdefault("rise", span(rng, 0.55, 0.72))
    plan = draw_plan(rng, fixed.pop("name", "wing"), _soft(rng), **fixed)
    plan.rear, back = plan.width, span(rng, 0.09, 0.14)
    y = plan.height - plan.thick / 2
    cushion(plan.piece, rng, (0, y, 0), (plan.width + 0.02, plan.thick, plan.depth), material=SEAT)
    padded(plan, back, BACK, 0.0)
    t, arm_h = span(rng, 0.06, 0.12), span(rng, 0.16, 0.24)
    reach = span(rng, 0.12, 0.24)
    flare = span(rng, 0, 0.06)
    for s in LEFT_RIGHT:
        x = s * (plan.width / 2 + t * 0.22)
        low = plan.at(arm_h * 0.8, x, reach * 0.4)
        high = plan.at(plan.rise - 0.08, x + s * flare, reach * 0.4)
        section = (t * 0.8, reach + 0.04)
        beam(
            plan.piece,
            low,
            high,
            section,
            (t * 0.7, reach * span(rng, 0.5, 1.0)),
            square=True,
            edge=0.3 * t,
            over=0.06,
            material=BACK,
        )
        side = (t, plan.thick + arm_h, plan.depth)
        center = (x, plan.under + side[1] / 2, -0.01)
        plan.piece.box(center, side, edge=0.2 * t, material=BACK)
        if often(rng, 0.6):
            h = plan.height + arm_h
            ends = (x, h, -plan.depth / 2), (x, h - 0.01, plan.depth / 2 - 0.01)
            beam(plan.piece, *ends, t * 1.35, edge=0.02, material=BACK)
    plan.width += t
    bases.four_legs(plan, stretcher="none", splay=span(rng, 0, 0.04))
    return plan.piece


def slipper(rng, **fixed) -> Furniture:
    """A low armless easy chair, upholstered or a folding mattress."""
    fixed.setdefault("width", span(rng, 0.52, 0.75))
    fixed.setdefault("depth", span(rng, 0.52, 0.7))
    fixed.setdefault("height", span(rng, 0.36, 0.44))
    fixed.setdefault("thick", span(rng, 0.12, 0.26))
    fixed.setdefault("rise", span(rng, 0.34, 0.5))
    fixed.setdefault("lean", span(rng, 8, 22))
    plan = draw_plan(rng, fixed.pop("name", "slipper"), _soft(rng), **fixed)
    plan.rear = plan.width
    size = (plan.width, plan.thick, plan.depth)
    cushion(plan.piece, rng, (0, plan.height - plan.thick / 2, 0), size, material=SEAT)
    padded(plan, span(rng, 0.12, 0.2), BACK)
    bases.four_legs(plan, stretcher="none")
    return plan.piece


def wooden_lounge(rng, **fixed) -> Furniture:
    """Loose cushions in an open frame with wooden arms (mid-century, morris, safari)."""
    frame = pick(rng, {"wood": 5, "metal": 1, "painted": 0.5})
    fixed.setdefault("width", span(rng, 0.54, 0.66))
    fixed.setdefault("depth", span(rng, 0.56, 0.68))
    fixed.setdefault("height", span(rng, 0.38, 0.45))
    fixed.setdefault("rise", span(rng, 0.38, 0.6))
    fixed.setdefault("lean", span(rng, 14, 26))
    soft = pick(rng, SOFT)
    plan = draw_plan(rng, fixed.pop("name", "wooden_lounge"), (frame, soft, soft, "metal"), **fixed)
    plan.rear, t = plan.width, span(rng, 0.03, 0.05)
    pad = span(rng, 0.08, 0.15)
    slope, square = span(rng, 3, 10), often(rng, 0.6)
    center = (0, plan.height - pad / 2, 0)
    cushion(plan.piece, rng, center, (plan.width, pad, plan.depth), tilt(slope), material=SEAT)
    plan.thick = pad
    _back_cushion(plan, pad)
    _open_frame(plan, t, square, slope)
    return plan.piece


def _back_cushion(plan, pad: float) -> None:
    rng, h = plan.rng, plan.rise * 0.5
    if often(rng, 0.2):
        for x in spaced(-plan.width / 2 + 0.03, plan.width / 2 - 0.03, int(span(rng, 6, 10))):
            beam(
                plan.piece, plan.at(-0.06, x), plan.at(plan.rise, x), (0.022, 0.014), material=FRAME
            )
        rail = plan.at(plan.rise, -plan.width / 2 - 0.02), plan.at(plan.rise, plan.width / 2 + 0.02)
        beam(plan.piece, *rail, (0.05, 0.025), square=True, material=FRAME)
        low = plan.at(-0.06, -plan.width / 2), plan.at(-0.06, plan.width / 2)
        beam(plan.piece, *low, (0.04, 0.025), square=True, material=FRAME)
        return
    size = (plan.width, plan.rise + 0.02, pad)
    cushion(plan.piece, rng, plan.at(h, 0, pad * 0.35), size, tilt(plan.lean), material=BACK)
    if often(rng, 0.3):
        head = plan.at(plan.rise * 0.86, 0, pad * 0.7)
        plan.piece.box(
            head, (plan.width * 0.9, 0.16, 0.1), edge=0.04, rotation=tilt(plan.lean), material=BACK
        )


def _open_frame(plan, t: float, square: bool, slope: float) -> None:
    rng = plan.rng
    arm_y = plan.height + span(rng, 0.12, 0.22)
    front, wide = plan.depth / 2 - span(rng, 0.02, 0.1), span(rng, 0.04, 0.1)
    fall = plan.depth * slope / 90
    rear = plan.behind(arm_y - plan.height) - 0.02
    rake, droop = span(rng, 0, 0.1), span(rng, -0.03, 0.06)
    for s in LEFT_RIGHT:
        x = s * (plan.width / 2 + t / 2 + 0.005)
        beam(plan.piece, (x, 0, front + 0.02), (x, arm_y, front), t, square=square, material=FRAME)
        beam(
            plan.piece,
            (x, 0, rear - rake),
            (x, arm_y - droop, rear),
            t,
            square=square,
            material=FRAME,
        )
        ends = (x, arm_y, front + span(rng, 0.02, 0.08)), (x, arm_y - droop, rear - 0.03)
        beam(plan.piece, *ends, (t * 0.8, wide), square=square)
        y = plan.under - 0.01
        beam(plan.piece, (x, y + fall * 0.5, front), (x, y - fall * 0.5, rear), t, square=square)
        post = (
            (x * 0.94, y - fall * 0.4, -plan.depth / 2),
            plan.at(plan.rise * 0.9, x * 0.94, -0.02),
        )
        beam(plan.piece, *post, t * 0.8, square=square, material=FRAME)
    x = plan.width / 2 + t / 2
    for z, y in ((front, plan.under + fall * 0.5), (-plan.depth / 2, plan.under - fall * 0.35)):
        beam(plan.piece, (-x, y, z), (x, y, z), t * 0.9, square=square, material=FRAME)
    for h in spaced(plan.rise * 0.3, plan.rise * 0.85, pick(rng, (2, 3))):
        beam(
            plan.piece,
            plan.at(h, -x * 0.94, -0.02),
            plan.at(h, x * 0.94, -0.02),
            t * 0.7,
            material=FRAME,
        )


def bent_lounge(rng, **fixed) -> Furniture:
    """A springy lounger: a long pad on two bent laminated or tubular runners."""
    frame = pick(rng, {"wood": 4, "metal": 1})
    soft = pick(rng, SOFT)
    name = fixed.pop("name", "bent_lounge")
    piece = Furniture("chair", (frame, soft, soft, "metal"), name)
    w, d, t = span(rng, 0.5, 0.62), span(rng, 0.52, 0.6), span(rng, 0.028, 0.04)
    pad, sit = span(rng, 0.05, 0.1), span(rng, 0.36, 0.42)
    lean, rise = span(rng, 0.3, 0.48), span(rng, 0.5, 0.68)
    stations = [
        (d / 2, sit, w, 0),
        (d * 0.3, sit + 0.02, w, 0),
        (-d * 0.42, sit - 0.08, w, 0),
        (-d * 0.55, sit, w, 0),
        (-d / 2 - rise * lean * 0.6, sit + rise * 0.62, w, 0),
        (-d / 2 - rise * lean * 0.85, sit + rise, w * span(rng, 0.85, 1), 0),
    ]
    loft(piece, stations, pad, SEAT)
    arm, out = sit + span(rng, 0.14, 0.2), w / 2 + t * 0.7
    rear = -d * 0.5 - 0.16
    for s in LEFT_RIGHT:
        x = s * out
        path = [(x, arm + 0.02, rear), (x, arm, d / 2), (x, t / 2, d / 2 + 0.02), (x, t / 2, rear)]
        tube(piece, path, t, span(rng, 0.06, 0.12), FRAME)
        start = (x * 0.98, sit - pad * 0.4, d / 2 - 0.03)
        beam(piece, start, (x * 0.98, sit - 0.11, -d * 0.45), (t, t * 1.2), material=FRAME)
        post = (x * 0.98, sit - 0.12, -d * 0.45), (x * 0.98, sit + rise * 0.62, stations[4][0])
        beam(piece, *post, (t, t), over=0.01, material=FRAME)
    for y, z in (
        (sit - 0.03, d / 2 - 0.02),
        (t / 2, rear + 0.06),
        (sit + rise * 0.5, stations[4][0] + 0.02),
    ):
        beam(piece, (-out, y, z), (out, y, z), t, square=True, material=FRAME)
    return piece


def recliner(rng, **fixed) -> Furniture:
    """A padded shell with head pillow and padded arms, on a star, a disc or a ring."""
    fixed.setdefault("width", span(rng, 0.52, 0.62))
    fixed.setdefault("depth", span(rng, 0.52, 0.6))
    fixed.setdefault("height", span(rng, 0.4, 0.46))
    fixed.setdefault("thick", span(rng, 0.12, 0.18))
    fixed.setdefault("rise", span(rng, 0.55, 0.75))
    fixed.setdefault("lean", span(rng, 12, 28))
    plan = draw_plan(rng, fixed.pop("name", "recliner"), _soft(rng), **fixed)
    plan.rear, wide, t = plan.width, plan.width, plan.thick
    y, d = plan.height - t / 2, plan.depth
    wrap = span(rng, 0.2, 1.6)
    stations = [
        (d / 2, y - 0.03, wide * 0.9, 0.3),
        (d * 0.3, y, wide, 0.5),
        (-d * 0.45, y - 0.02, wide * 0.95, 0.8),
        (plan.behind(plan.rise * 0.4) + 0.03, y + plan.rise * 0.4, wide, wrap),
        (plan.behind(plan.rise), y + plan.rise, wide * span(rng, 0.7, 1.0), wrap),
    ]
    loft(plan.piece, stations, t * 0.9, SEAT)
    head = plan.at(plan.rise * 0.88, 0, t * 0.3)
    size = (wide * span(rng, 0.7, 1.0), span(rng, 0.16, 0.24), t)
    plan.piece.box(
        head, size, edge=0.05, corner=0.05, rotation=tilt(plan.lean * 0.6), material=BACK
    )
    arm_y, arm = plan.height + span(rng, 0.12, 0.2), span(rng, 0.07, 0.12)
    for s in LEFT_RIGHT:
        x = s * (wide / 2 + arm * 0.35)
        start, end = (x, arm_y, -d * 0.5), (x, arm_y - 0.02, d * 0.35)
        beam(plan.piece, start, end, (arm, arm), square=True, edge=0.035, over=0.02, material=BACK)
        ends = (x, plan.under + 0.05, -d * 0.25), (x, arm_y, 0.0)
        beam(plan.piece, *ends, (arm * 0.8, d * 0.6), square=True, edge=0.03, material=BACK)
    plan.thick *= 0.95
    if often(rng, 0.4):
        plan.piece.ring((0, 0.025, 0), 0.3, 0.05, 0.05, edge=0.02, corner=0.01, material=FRAME)
        for s in LEFT_RIGHT:
            beam(
                plan.piece,
                (s * 0.29, 0.03, 0),
                (s * 0.2, plan.under + 0.03, 0),
                0.05,
                material=FRAME,
            )
    else:
        bases.swivel(plan, castors=False)
    return plan.piece
