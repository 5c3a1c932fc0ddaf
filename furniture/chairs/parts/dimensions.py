"""The dimensions and materials that every chair starts from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import radians, tan

from furniture.choices import Choices
from furniture.primitives import Furniture

FRAME, SEAT, BACK, METAL = 0, 1, 2, 3  # indices into the materials of a chair
FRAMES = {"wood": 6, "metal": 2.5, "painted": 1.5, "plastic": 0.8}
SOFT = {"fabric": 3, "leather": 2}
HARD = {"wood": 3, "painted": 1, "plastic": 1.5}


@dataclass
class ChairDimensions:
    """The dimensions of a chair, metres; the middle of the seat is at x = z = 0."""

    piece: Furniture
    draw: Choices
    seat_width: float  # in front
    rear_width: float  # of the seat, behind
    seat_depth: float
    seat_height: float  # of the seat's upper side
    seat_thickness: float
    back_height: float  # from the seat to the top of the back
    back_angle: float  # degrees from vertical
    leg_inset: float = 0.0  # distance of legs from the corners of the seat; more on round seats

    @property
    def seat_underside(self) -> float:
        """Height of the seat's lower side."""
        return self.seat_height - self.seat_thickness

    @property
    def upright_narrowing(self) -> float:
        """Scale of the distance between uprights where the corners of the seat are round."""
        return 1 - 1.9 * self.leg_inset / self.seat_width

    def back_z(self, height: float) -> float:
        """Returns z of the back's plane at `height` above the seat."""
        return -self.seat_depth / 2 - height * tan(radians(self.back_angle))

    def back_point(
        self, height: float, x: float = 0.0, forward: float = 0.0
    ) -> tuple[float, float, float]:
        """Returns the point of the back's plane at `height` above the seat."""
        return x, self.seat_height + height, self.back_z(height) + forward


def set_default(draw: Choices, fixed: dict[str, float], name: str, low: float, high: float) -> None:
    """Draws the dimension `name` into `fixed`, unless the caller has fixed it."""
    fixed[name] = draw.default(fixed, name, lambda: draw.span(name, low, high))


def draw_dimensions(
    draw: Choices,
    name: str,
    materials: Sequence[str],
    *,
    unread: Sequence[str] = (),
    **fixed: float,
) -> ChairDimensions:
    """Draws the dimensions of a dining chair.

    Parameters
    ----------
    draw : Choices
        Source of the choices.
    name : str
        Name of the design.
    materials : sequence of str
        Entries of MATERIALS for FRAME, SEAT, BACK and METAL.
    unread : sequence of str
        Dimensions that the design ignores or overwrites: their draws are not recorded.
    **fixed : float
        Dimensions that the design has chosen already.
    """

    def dimension(key: str, draw_value: Callable[[], float]) -> float:
        return draw.default(fixed, key, draw_value, unread=key in unread)

    def rear_ratio() -> float:
        return draw.span("rear_ratio", 0.8, 0.97) if draw.often("narrows_behind", 0.6) else 1.0

    def seat_thickness() -> float:
        usual = draw.often("has_usual_seat", 0.7)
        return draw.span("seat_thickness", *((0.02, 0.09) if usual else (0.018, 0.03)))

    def back_height() -> float:
        usual = draw.often("has_usual_back", 0.85)
        return draw.span("back_height", *((0.33, 0.55) if usual else (0.55, 0.68)))

    width = dimension("seat_width", lambda: draw.span("seat_width", 0.38, 0.52))
    return ChairDimensions(
        Furniture("chair", tuple(materials), name, draw),
        draw,
        seat_width=width,
        rear_width=dimension("rear_width", lambda: width * rear_ratio()),
        seat_depth=dimension("seat_depth", lambda: draw.span("seat_depth", 0.37, 0.5)),
        seat_height=dimension("seat_height", lambda: draw.span("seat_height", 0.42, 0.49)),
        seat_thickness=dimension("seat_thickness", seat_thickness),
        back_height=dimension("back_height", back_height),
        back_angle=dimension("back_angle", lambda: draw.span("back_angle", 3, 16)),
    )


def wooden_materials(draw: Choices) -> tuple[str, str, str, str]:
    """Draws the materials of a frame chair: frame, seat, back, small metal."""
    frame_material = draw.pick("frame_material", FRAMES)
    hard = (
        frame_material
        if draw.often("has_frame_material", 0.75)
        else draw.pick("hard_material", HARD)
    )
    seat = draw.pick("soft_material", SOFT) if draw.often("is_upholstered", 0.45) else hard
    return frame_material, seat, hard, "metal"


def upholstered_materials(draw: Choices) -> tuple[str, str, str, str]:
    """Draws the materials of a padded chair: frame, seat, back, small metal."""
    cover_material = draw.pick("cover_material", SOFT)
    return (
        draw.pick("frame_material", FRAMES),
        cover_material,
        cover_material if draw.often("has_one_cover", 0.9) else draw.pick("back_material", SOFT),
        "metal",
    )


def moulded_materials(draw: Choices) -> tuple[str, str, str, str]:
    """Draws the materials of a shell chair: base, shell, shell, small plastic."""
    shell_material = draw.pick(
        "shell_material", {"plastic": 4, "wood": 2, "fabric": 2, "leather": 1, "painted": 1}
    )
    base_material = draw.pick("base_material", {"wood": 3, "metal": 4, "painted": 1, "plastic": 1})
    return base_material, shell_material, shell_material, "plastic"
