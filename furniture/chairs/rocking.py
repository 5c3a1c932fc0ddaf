"""Rocking chairs: other designs on two bent runners."""

from furniture.beams import LEFT_RIGHT, arc, beam
from furniture.chairs.dining import framed
from furniture.chairs.parts.dimensions import FRAME
from furniture.chairs.round_backs import bow_back
from furniture.chairs.wooden_lounge import wooden_lounge
from furniture.choices import Choices
from furniture.primitives import Furniture, builds


def rocking(draw: Choices, **fixed: float | str) -> Furniture:
    """A frame chair on two bent runners."""
    frame_design = draw.pick("frame_design", {"framed": 3, "bow": 3, "lounge": 2})
    runner_clearance = draw.span("runner_clearance", 0.03, 0.06)
    sizes = {"name": "rocking", "back_angle": draw.span("back_angle", 12, 22)}
    if frame_design == "lounge":
        piece = wooden_lounge(draw, **sizes)
    else:
        sizes |= {
            "back_height": draw.span("back_height", 0.45, 0.72),
            "seat_height": draw.span("seat_height", 0.36, 0.42),
        }
        sizes |= {
            "seat_width": draw.span("seat_width", 0.45, 0.56),
            "seat_depth": draw.span("seat_depth", 0.42, 0.5),
        }
        piece = (bow_back if frame_design == "bow" else framed)(draw, **sizes)
    feet = [foot for row in piece.rows if (foot := _lower_end(row))[1] < 0.02]
    for row in piece.rows:
        row[1] += runner_clearance
    _runners(piece, draw, feet, runner_clearance)
    return piece


def _lower_end(row) -> tuple[float, float, float]:
    """Returns the lower end of a rod's axis."""
    reach = row[13] * (-1.0 if row[7] > 0 else 1.0)  # row[6:9] is local y in the axes of the piece
    return tuple(float(row[i] + reach * row[6 + i]) for i in range(3))


@builds("runner")
def _runners(piece: Furniture, draw: Choices, feet, lift: float) -> None:
    """Adds two bent rails under the feet, and pegs from the feet to them."""
    length = draw.span("length", 0.75, 0.95)
    radius = draw.span("radius", 0.8, 1.3)
    thickness = draw.span("thickness", 0.022, 0.035)
    tall = draw.span("height_ratio", 1.2, 1.8) * thickness
    for s in LEFT_RIGHT:
        side = [foot for foot in feet if foot[0] * s > 0]
        x = sum(foot[0] for foot in side) / len(side)
        middle = (x, tall / 2, -0.04)
        arc(
            piece,
            middle,
            (0, 0, 1),
            (0, 1, 0),
            1 / radius,
            length,
            (thickness, tall),
            material=FRAME,
        )
        for foot in side:
            low = tall / 2 + (foot[2] + 0.04) ** 2 / (2 * radius)
            top = max(lift, low) + 0.03
            beam(piece, (x, low, foot[2]), (foot[0], top, foot[2]), thickness, material=FRAME)
