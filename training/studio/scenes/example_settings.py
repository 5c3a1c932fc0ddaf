"""Settings of the page's example pictures: shape, camera, colours and light, chosen by hand.

A shape's seed differs from every shape of a training run whose --seed is not that number.
`examples.py` draws the pictures.
"""

from dataclasses import dataclass

VIEWS = "views"  # folder of the pictures that show one piece from several sides

# linear colours: walls
WARM, WHITE, SAGE = (0.74, 0.69, 0.61), (0.82, 0.82, 0.8), (0.36, 0.42, 0.33)
DUSK, BLUSH, OCHRE = (0.25, 0.33, 0.42), (0.66, 0.47, 0.4), (0.6, 0.42, 0.19)
# floors
OAK, PINE, WALNUT = (0.4, 0.26, 0.15), (0.56, 0.4, 0.25), (0.19, 0.1, 0.06)
STONE = (0.5, 0.48, 0.45)
# rugs
CREAM, NAVY, RUST = (0.68, 0.62, 0.52), (0.05, 0.08, 0.16), (0.42, 0.14, 0.07)
MOSS = (0.2, 0.23, 0.11)
# fabric and paint
LINEN, TEAL, BRICK = (0.62, 0.57, 0.48), (0.05, 0.19, 0.2), (0.4, 0.11, 0.06)
MUSTARD, PEARL, COAL = (0.55, 0.34, 0.06), (0.72, 0.7, 0.66), (0.05, 0.05, 0.055)
BEECH, MAHOGANY = (0.5, 0.33, 0.19), (0.2, 0.075, 0.035)
STEEL = (0.35, 0.36, 0.38)

Color = tuple[float, float, float]


@dataclass(frozen=True)
class ExampleSetting:
    """Settings of one example picture."""

    name: str
    category: str
    seed: int
    azimuth: float  # degrees
    elevation: float  # degrees
    body: Color  # wood, paint and plastic
    cloth: Color  # fabric and leather
    wall: Color
    floor: Color
    rug: Color | None = None
    sun: float = -50.0  # degrees from the camera's azimuth to the sun's
    window: bool = False  # True for a window on the back wall, False for a picture


EXAMPLE_SETTINGS = (
    ExampleSetting("bed", "bed", 770_000, 35, 17, BEECH, TEAL, WARM, OAK, CREAM, -55),
    ExampleSetting(
        "day_bed", "bed", 770_003, -32, 14, PEARL, BRICK, SAGE, PINE, None, 40, window=True
    ),
    ExampleSetting("bookcase", "bookcase", 770_001, 28, 8, OAK, TEAL, DUSK, PINE, None, -45),
    ExampleSetting("armchair", "chair", 770_000, -35, 16, WALNUT, MUSTARD, DUSK, OAK, CREAM, 50),
    ExampleSetting(
        "swivel_chair", "chair", 770_001, 30, 14, COAL, TEAL, WARM, STONE, None, -40, window=True
    ),
    ExampleSetting(
        "lounge_chair", "chair", 770_002, 38, 15, BEECH, BRICK, WHITE, WALNUT, MOSS, -50
    ),
    ExampleSetting("desk", "desk", 770_001, -30, 18, PEARL, TEAL, BLUSH, PINE, None, 45),
    ExampleSetting("sofa", "sofa", 770_000, 30, 12, WALNUT, MUSTARD, SAGE, OAK, NAVY, -45),
    ExampleSetting(
        "corner_sofa", "sofa", 770_003, -28, 20, COAL, LINEN, DUSK, PINE, RUST, 55, window=True
    ),
    ExampleSetting(
        "table", "table", 770_000, 32, 20, OAK, LINEN, WARM, STONE, None, -40, window=True
    ),
    ExampleSetting("side_table", "table", 770_001, -34, 17, MAHOGANY, LINEN, OCHRE, OAK, None, 40),
    ExampleSetting("wardrobe", "wardrobe", 770_002, 30, 7, BEECH, LINEN, SAGE, WALNUT, CREAM, -50),
    ExampleSetting(
        f"{VIEWS}/armchair_1", "chair", 770_000, -62, 14, WALNUT, MUSTARD, DUSK, OAK, CREAM, 50
    ),
    ExampleSetting(
        f"{VIEWS}/armchair_2", "chair", 770_000, -8, 12, WALNUT, MUSTARD, DUSK, OAK, CREAM, 50
    ),
    ExampleSetting(
        f"{VIEWS}/armchair_3", "chair", 770_000, 48, 16, WALNUT, MUSTARD, DUSK, OAK, CREAM, -45
    ),
    ExampleSetting("suitcase", "misc", 770_001, 28, 12, BRICK, LINEN, WARM, OAK, CREAM, -45),
    ExampleSetting("saucepan", "tool", 770_004, -30, 22, BEECH, BRICK, WHITE, PINE, None, 45),
)
