"""The page's example pictures and their ground truth grids.

Each shape has a seed of its own, and each room is set by hand: see example_settings.py.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from core.categories import CATEGORIES, find_category
from furniture.primitives import MATERIALS, MAX_MATERIALS
from training.studio.assets import CONSTANT_HARMONIC, GROUPS
from training.studio.random_numbers import Poses, random_numbers
from training.studio.rendering import photograph
from training.studio.scenes import cameras, rooms
from training.studio.scenes.example_settings import CREAM, LINEN, STEEL, ExampleSetting
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
from training.studio.scenes.scene import Scene
from training.studio.shapes.bank import ShapeBank
from training.studio.studio import Studio

SUPERSAMPLE = 2  # rendered pixels a side of a final pixel
FRAME_SIZE = 1.28  # side of the picture over the object's larger side
CAMERA_DISTANCE = 2.6  # longest sides
FLOOR_BOARDS = 40  # number of the wood texture that looks like a floor


def render_example(studio: Studio, setting: ExampleSetting) -> tuple[Image.Image, np.ndarray]:
    """Renders one example.

    Parameters
    ----------
    studio : Studio
        Its bank and poses are replaced.
    setting : ExampleSetting
        Shape, camera, colours and light.

    Returns
    -------
    image : PIL.Image.Image
        RGB, image_size / SUPERSAMPLE pixels a side.
    occupancy : numpy.ndarray
        (R, R, R) bool.
    """
    shares = tuple(float(name == setting.category) for name in CATEGORIES)
    config = studio.config
    studio.bank = ShapeBank(1, config.grid, config.resolution, shares, studio.device, setting.seed)
    studio.bank.advance(0)
    view = torch.tensor([setting.azimuth, setting.elevation]).deg2rad()
    studio.poses = Poses(view.expand(len(CATEGORIES), 1, 2).to(studio.device))
    numbers = random_numbers(1, studio.device, setting.seed).clamp(0.02, 0.98)
    scene, *_ = studio.scene(numbers, torch.zeros(1, dtype=torch.long, device=studio.device))
    scene.remove_neighbours()
    scene.remove_soft_goods()  # pictures are set by hand
    _set_camera(scene, setting, studio.bank)
    _set_colors(scene, setting, studio.bank)
    _set_room(scene, setting, studio)
    set_light(scene, setting)
    return developed(studio.render(scene)[0]), studio.bank.occupancy[0].cpu().numpy()


def developed(linear: torch.Tensor) -> Image.Image:
    """Returns a linear picture (1, 3, S, S) as RGB, S / SUPERSAMPLE pixels a side."""
    linear = F.avg_pool2d(linear.clamp(0, 1.2), SUPERSAMPLE)
    image = (linear * photograph.exposure_gain(linear)).clamp(1e-5, 1) ** (1 / 2.2)
    return Image.fromarray((image[0].permute(1, 2, 0) * 255).round().byte().cpu().numpy())


def direction(azimuth: float, elevation: float) -> torch.Tensor:
    """Returns the unit vector (3,) of two angles in radians."""
    level = np.cos(elevation)
    vector = [level * np.sin(azimuth), np.sin(elevation), level * np.cos(azimuth)]
    return torch.tensor(vector, dtype=torch.float32)


def _set_camera(scene: Scene, setting: ExampleSetting, bank: ShapeBank) -> None:
    """Aims a level camera at the object's centre, with the whole object in the frame."""
    azimuth, elevation = np.radians(setting.azimuth), np.radians(setting.elevation)
    scene.eye[:] = CAMERA_DISTANCE * direction(azimuth, elevation)
    scene.frame[:] = level_frame(scene.eye)
    box = cameras.project(scene.eye, scene.frame, bank.support[scene.slot[:, 0]])
    low, high = box[:, :2], box[:, 2:]
    center, half = (low + high) / 2, (high - low).amax(dim=1) / 2 * FRAME_SIZE
    scene.window[:] = torch.cat([center, half[:, None]], dim=1)
    scene.photo[:] = torch.cat([center - half[:, None], center + half[:, None]], dim=1)


def level_frame(eye: torch.Tensor) -> torch.Tensor:
    """Returns the frame (1, 3, 3) of a camera at `eye` (1, 3) that looks at the origin."""
    forward = -F.normalize(eye, dim=1)
    up = torch.tensor([[0.0, 1.0, 0.0]], device=eye.device)
    right = F.normalize(torch.linalg.cross(forward, up), dim=1)
    return torch.stack([right, torch.linalg.cross(right, forward), forward], dim=1)


def _set_colors(scene: Scene, setting: ExampleSetting, bank: ShapeBank) -> None:
    """Sets the colour of each material; the texture stays."""
    colors = dict.fromkeys(MATERIALS, setting.body)
    colors |= dict.fromkeys(("fabric", "leather"), setting.cloth)
    colors |= {"metal": STEEL, "paper": LINEN}
    names = [MATERIALS[i] for i in bank.materials[0].tolist()]
    rows = scene.materials[0]
    rows[:MAX_MATERIALS, RGB] = torch.tensor([colors[name] for name in names])
    rows[:MAX_MATERIALS, STRENGTH] *= 0.6
    rows[:, SPECULAR] *= 0.2  # no sharp reflections of the panorama


def _set_room(scene: Scene, setting: ExampleSetting, studio: Studio) -> None:
    """Sets two walls parallel to the object's sides, a floor, a rug and a window or picture."""
    support = studio.bank.support[scene.slot[:, 0]]
    low, high = support.amin(dim=1)[0], support.amax(dim=1)[0]
    side = 1.0 if setting.azimuth < 0 else -1.0
    scene.planes[0, 1] = torch.tensor([0.0, 0.0, 1.0, low[2] - 0.06])
    scene.planes[0, 2] = torch.tensor([-side, 0.0, 0.0, -1.7])
    set_surfaces(scene, setting, studio)
    scene.plate[:] = -1
    half = (high - low)[[0, 2]] * 0.5 + 0.35
    scene.rug[0] = torch.tensor([0.1, 0.25, *(half if setting.rug else (-1.0, -1.0))])
    scene.rug_pattern[:] = 0
    metre = 1 / find_category(setting.category).longest
    scene.skirting[:] = 0.09 * metre
    scene.panels[:] = 0
    scene.panels[0, 0] = _panel(setting, studio)


def set_surfaces(scene: Scene, setting: ExampleSetting, studio: Studio) -> None:
    """Sets the materials of floor, walls and rug."""
    rows = scene.materials[0, -SURFACES:]
    rows[FLOOR, RGB], rows[WALL_A, RGB] = torch.tensor(setting.floor), torch.tensor(setting.wall)
    rows[WALL_A + 1] = rows[WALL_A]
    rows[RUG, RGB] = torch.tensor(setting.rug or CREAM)
    boards = studio.assets.groups[GROUPS.index("wood")]
    rows[FLOOR, TEXTURE] = boards[FLOOR_BOARDS % len(boards)].float()  # noise has few textures
    rows[FLOOR, PATTERN], rows[FLOOR, STRENGTH] = 0.9, 0.7
    rows[WALL_A : WALL_A + 2, STRENGTH] = 0.04


def _panel(setting: ExampleSetting, studio: Studio) -> torch.Tensor:
    """Returns a window or a framed picture for the half of the back wall away from the sun."""
    panel = torch.zeros(rooms.PANEL)
    width, height, low = (0.5, 0.62, 0.42) if setting.window else (0.26, 0.32, 0.6)
    middle = 0.42 if setting.azimuth > 0 else -0.42
    panel[[rooms.LEFT, rooms.RIGHT]] = torch.tensor([middle - width / 2, middle + width / 2])
    panel[[rooms.LOW, rooms.HIGH]] = torch.tensor([low, low + height])
    panel[rooms.EDGE] = 0.02
    panel[rooms.PLATE] = setting.seed * 7 % len(studio.assets.plates)
    panel[rooms.GLOW], panel[rooms.FLAT] = (1.1, 0.25) if setting.window else (0.0, 0.0)
    panel[rooms.COLOR] = 0.85 if setting.window else 0.06
    return panel


def set_light(scene: Scene, setting: ExampleSetting) -> None:
    """Sets bright even daylight and a soft sun from one side."""
    scene.sun[:] = direction(np.radians(setting.azimuth + setting.sun), np.radians(42))
    scene.sun_color[:] = torch.tensor([0.78, 0.71, 0.62])
    scene.sun_sharpness[:] = 7
    scene.harmonics[:] = 0
    scene.harmonics[:, 0] = torch.tensor([0.52, 0.54, 0.57]) / CONSTANT_HARMONIC
    scene.harmonics[:, 1] = 0.25  # brighter from above
    scene.occlusion[:] = 0.9


def draw_candidates(studio: Studio, settings: Sequence[ExampleSetting], count: int) -> Image.Image:
    """Draws `count` consecutive seeds of each setting, a row for each."""
    side = studio.config.image_size // SUPERSAMPLE
    sheet = Image.new("RGB", (count * side, len(settings) * side))
    for row, setting in enumerate(settings):
        for column in range(count):
            candidate = replace(setting, seed=setting.seed + column)
            sheet.paste(render_example(studio, candidate)[0], (column * side, row * side))
    return sheet
