"""The example pictures of the page, from shapes that no training run sees, and their true grids.

    python -m training.render_examples --assets ../shared/data --out examples \\
        --truth tests/examples.npz
    python -m training.render_examples --assets ../shared/data --preview sheet.png

Training numbers its shapes from its own --seed; these have seeds of their own, one for each
picture. Each room is set by hand: `looks.py` says how.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from core.categories import CATEGORIES
from furniture.primitives import MATERIALS, MAX_PARTS
from training.studio.assets import GROUPS
from training.studio.random_numbers import Poses, random_numbers
from training.studio.rendering import photograph
from training.studio.rendering.tracer import OBJECTS
from training.studio.scenes import cameras, rooms
from training.studio.scenes.example_settings import (
    CREAM,
    EXAMPLE_SETTINGS,
    LINEN,
    STEEL,
    ExampleSetting,
)
from training.studio.scenes.materials import (
    FLOOR,
    RGB,
    RUG,
    SPECULAR,
    STRENGTH,
    SURFACES,
    TEXTURE,
    WALL_A,
)
from training.studio.scenes.materials import SCALE as PATTERN
from training.studio.scenes.neighbours import metres
from training.studio.scenes.scene import Scene
from training.studio.shapes.bank import ShapeBank
from training.studio.studio import Studio, StudioConfig

SIDE = 768  # pixels
FINER = 2  # pixels a side that are averaged into one
CANDIDATES = 6  # seeds of each category in a preview
PREVIEW = 192  # pixels a side of a preview
FREE = 1.28  # the frame over the object's larger side


def example(studio: Studio, look: ExampleSetting) -> tuple[Image.Image, np.ndarray]:
    """One picture, and its grid (R, R, R) bool."""
    shares = tuple(float(name == look.category) for name in CATEGORIES)
    config = studio.config
    studio.bank = ShapeBank(1, config.grid, config.resolution, shares, studio.device, look.seed)
    studio.bank.advance(0)
    view = torch.tensor([look.azimuth, look.elevation]).deg2rad()
    studio.poses = Poses(view.expand(len(CATEGORIES), 1, 2).to(studio.device))
    numbers = random_numbers(1, studio.device, look.seed).clamp(0.02, 0.98)
    scene, *_ = studio.scene(numbers, torch.zeros(1, dtype=torch.long, device=studio.device))
    scene.leave_alone()
    _aim(scene, look, studio.bank)
    _paint(scene, look, studio.bank)
    _furnish(scene, look, studio)
    _light(scene, look)
    linear, _ = studio.render(scene)
    linear = F.avg_pool2d(linear.clamp(0, 1.2), FINER)
    image = (linear * photograph.expose(linear)).clamp(1e-5, 1) ** (1 / 2.2)
    pixels = (image[0].permute(1, 2, 0) * 255).round().byte().cpu().numpy()
    return Image.fromarray(pixels), studio.bank.occupancy[0].cpu().numpy()


def _aim(scene: Scene, look: ExampleSetting, bank: ShapeBank) -> None:
    """A level camera at a moderate distance, the object whole and in the middle."""
    azimuth, elevation = np.radians(look.azimuth), np.radians(look.elevation)
    level = np.cos(elevation)
    toward = [level * np.sin(azimuth), np.sin(elevation), level * np.cos(azimuth)]
    scene.eye[:] = 2.6 * torch.tensor(toward, dtype=torch.float32)
    forward = -F.normalize(scene.eye, dim=1)
    up = torch.tensor([[0.0, 1.0, 0.0]], device=scene.eye.device)
    right = F.normalize(torch.linalg.cross(forward, up), dim=1)
    scene.frame[:] = torch.stack([right, torch.linalg.cross(right, forward), forward], dim=1)
    box = cameras.project(scene.eye, scene.frame, bank.support[scene.slot[:, 0]])
    center, half = (box[:, :2] + box[:, 2:]) / 2, (box[:, 2:] - box[:, :2]).amax(dim=1) / 2 * FREE
    scene.window[:] = torch.cat([center, half[:, None]], dim=1)
    scene.photo[:] = torch.cat([center - half[:, None], center + half[:, None]], dim=1)


def _paint(scene: Scene, look: ExampleSetting, bank: ShapeBank) -> None:
    """Colours by material: each part keeps its grain and gets one of the look's tones."""
    tones = dict.fromkeys(MATERIALS, look.body) | dict.fromkeys(("fabric", "leather"), look.cloth)
    tones |= {"metal": STEEL, "paper": LINEN}
    names = [MATERIALS[i] for i in bank.materials[0].tolist()]
    rows = scene.materials[0]
    rows[:MAX_PARTS, RGB] = torch.tensor([tones[name] for name in names])
    rows[:MAX_PARTS, STRENGTH] *= 0.6
    rows[:, SPECULAR] *= 0.2  # no hard mirror images of the panorama


def _furnish(scene: Scene, look: ExampleSetting, studio: Studio) -> None:
    """A room of two walls square with the object, with a rug and a window or pictures."""
    low = studio.bank.support[scene.slot[:, 0]].amin(dim=1)[0]
    high = studio.bank.support[scene.slot[:, 0]].amax(dim=1)[0]
    side = 1.0 if look.azimuth < 0 else -1.0
    scene.planes[0, 1] = torch.tensor([0.0, 0.0, 1.0, low[2] - 0.06])
    scene.planes[0, 2] = torch.tensor([-side, 0.0, 0.0, -1.7])
    first = OBJECTS * MAX_PARTS
    rows = scene.materials[0, first : first + SURFACES]
    rows[FLOOR, RGB], rows[WALL_A, RGB] = torch.tensor(look.floor), torch.tensor(look.wall)
    rows[WALL_A + 1] = rows[WALL_A]
    rows[RUG, RGB] = torch.tensor(look.rug or CREAM)
    rows[FLOOR, TEXTURE] = studio.assets.groups[GROUPS.index("wood"), 40].float()
    rows[FLOOR, PATTERN], rows[FLOOR, STRENGTH] = 0.9, 0.7
    rows[WALL_A : WALL_A + 2, STRENGTH] = 0.04
    scene.plate[:] = -1
    half = (high - low)[[0, 2]] * 0.5 + 0.35
    scene.rug[0] = torch.tensor([0.1, 0.25, *(half if look.rug else (-1.0, -1.0))])
    scene.rug_pattern[:] = 0
    metre = 1 / float(metres(torch.tensor(CATEGORIES.index(look.category))))
    scene.skirting[:] = 0.09 * metre
    scene.panels[:] = 0
    scene.panels[0, 0] = _panel(look, studio)


def _panel(look: ExampleSetting, studio: Studio) -> torch.Tensor:
    """A window with a bright view, or a framed picture, on the back wall where the sun is not."""
    panel = torch.zeros(rooms.PANEL)
    wide, tall, low = (0.5, 0.62, 0.42) if look.window else (0.26, 0.32, 0.6)
    middle = 0.42 if look.azimuth > 0 else -0.42
    panel[[rooms.LEFT, rooms.RIGHT]] = torch.tensor([middle - wide / 2, middle + wide / 2])
    panel[[rooms.LOW, rooms.HIGH]] = torch.tensor([low, low + tall])
    panel[rooms.EDGE] = 0.02
    panel[rooms.PLATE] = look.seed * 7 % len(studio.assets.plates)
    panel[rooms.GLOW], panel[rooms.FLAT] = (1.1, 0.25) if look.window else (0.0, 0.0)
    panel[rooms.COLOR] = 0.85 if look.window else 0.06
    return panel


def _light(scene: Scene, look: ExampleSetting) -> None:
    """Bright even daylight and a soft sun from one side."""
    around, up = np.radians(look.azimuth + look.sun), np.radians(42)
    toward = [np.cos(up) * np.sin(around), np.sin(up), np.cos(up) * np.cos(around)]
    scene.sun[:] = torch.tensor(toward, dtype=torch.float32)
    scene.sun_color[:] = torch.tensor([0.78, 0.71, 0.62])
    scene.sun_sharpness[:] = 7
    scene.harmonics[:] = 0
    scene.harmonics[:, 0] = torch.tensor([0.52, 0.54, 0.57]) / 0.2821
    scene.harmonics[:, 1] = 0.25  # somewhat more of it from above
    scene.occlusion[:] = 0.9


def preview(studio: Studio, looks, count: int) -> Image.Image:
    """`count` neighbouring seeds of each look, one row each."""
    side = studio.config.image_size // FINER
    sheet = Image.new("RGB", (count * side, len(looks) * side))
    for row, look in enumerate(looks):
        for column in range(count):
            shifted = ExampleSetting(**{**vars(look), "seed": look.seed + column})
            sheet.paste(example(studio, shifted)[0], (column * side, row * side))
    return sheet


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--assets", help="folder with textures/, backgrounds/, hdri/")
    parser.add_argument("--out", type=Path, default=Path("examples"))
    parser.add_argument("--truth", type=Path, help="npz for the true grids, packed bits")
    parser.add_argument("--only", nargs="*", default=[], help="names of looks, else all")
    parser.add_argument("--preview", help="draw candidates into this file instead")
    parser.add_argument("--candidates", type=int, default=CANDIDATES)
    arguments = parser.parse_args()
    unknown = set(arguments.only) - {look.name for look in EXAMPLE_SETTINGS}
    if unknown:
        parser.error(f"there is no look called {', '.join(sorted(unknown))}.")
    return arguments


def main() -> None:
    arguments = parse()
    looks = [look for look in EXAMPLE_SETTINGS if not arguments.only or look.name in arguments.only]
    side = PREVIEW if arguments.preview else SIDE
    config = StudioConfig(image_size=side * FINER, slots=1, assets=arguments.assets)
    if arguments.preview:
        config.grid = 64
    studio = Studio(config, torch.device("cpu"))
    if arguments.preview:
        preview(studio, looks, arguments.candidates).save(arguments.preview)
        return
    arguments.out.mkdir(parents=True, exist_ok=True)
    truth = {}
    if arguments.truth and arguments.truth.is_file():
        with np.load(arguments.truth) as earlier:
            truth = dict(earlier)
    for look in looks:
        image, grid = example(studio, look)
        image.save(arguments.out / f"{look.name}.jpg", quality=92)
        truth[look.name] = np.packbits(grid)
        print(look.name, flush=True)
    if arguments.truth:
        np.savez_compressed(arguments.truth, **truth)
