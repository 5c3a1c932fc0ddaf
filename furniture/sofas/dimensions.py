"""Dimensions and materials of a sofa."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from furniture.choices import Choices
from furniture.primitives import Furniture

BODY, CUSHIONS, FEET, THROWS = 0, 1, 2, 3  # indices into the materials of a sofa
COVERS = {"fabric": 4, "leather": 2}


@dataclass
class SofaDimensions:
    """The dimensions of a sofa, metres; the middle is at x = z = 0, the back at z < 0."""

    piece: Furniture
    draw: Choices
    width: float
    depth: float
    seat_height: float  # of the seat cushions' upper side
    back_height: float  # from the floor
    arm_width: float  # 0 without arms
    back_thickness: float
    clearance: float  # from the floor to the body
    seat_count: int
    back_angle: float  # degrees from vertical

    @property
    def inner_width(self) -> float:
        """Width between the arms."""
        return self.width - 2 * self.arm_width

    @property
    def seat_rear_z(self) -> float:
        """The z of the front side of the back."""
        return -self.depth / 2 + self.back_thickness


def draw_dimensions(
    draw: Choices, name: str, *, unread: Sequence[str] = (), **fixed: float
) -> SofaDimensions:
    """Draws the dimensions of a sofa.

    Parameters
    ----------
    draw : Choices
        Source of the choices.
    name : str
        Name of the design.
    unread : sequence of str
        Dimensions that the design ignores or overwrites: their draws are not recorded.
    **fixed : float
        Dimensions that the design has chosen already.
    """

    def dimension(key: str, draw_value: Callable[[], float]) -> float:
        return draw.default(fixed, key, draw_value, unread=key in unread)

    def span(key: str, low: float, high: float) -> float:
        return dimension(key, lambda: draw.span(key, low, high))

    def arm_width() -> float:
        widths = draw.span("slim_arm_width", 0.08, 0.16), draw.span("wide_arm_width", 0.16, 0.32)
        return draw.pick("arm_width_class", widths)

    def clearance() -> float:
        low, high = draw.span("low_clearance", 0.02, 0.07), draw.span("high_clearance", 0.08, 0.18)
        return draw.pick("clearance_class", (0.0, low, high))

    counts = {1: 0.6, 2: 4, 3: 5, 4: 1}
    seats = dimension("seat_count", lambda: draw.pick("seat_count", counts))
    arm = dimension("arm_width", arm_width)
    sizes = {
        "width": dimension("width", lambda: seats * draw.span("seat_width", 0.54, 0.76) + 2 * arm),
        "depth": span("depth", 0.76, 1.05),
        "seat_height": span("seat_height", 0.38, 0.48),
        "back_height": span("back_height", 0.64, 0.98),
        "arm_width": arm,
        "back_thickness": span("back_thickness", 0.14, 0.28),
        "clearance": dimension("clearance", clearance),
        "seat_count": seats,
        "back_angle": span("back_angle", 0, 10),
    }
    cover_material = draw.pick("cover_material", COVERS)
    foot_material = draw.pick("foot_material", {"wood": 3, "metal": 1.5, "painted": 0.5})
    piece = Furniture("sofa", (cover_material, cover_material, foot_material, "fabric"), name, draw)
    return SofaDimensions(piece, draw, **sizes)
