"""Pictures of rooms with several pieces among the page's examples; each room is set by hand.

    image = render_room(studio, ROOM_SETTINGS[0])

Lengths are in metres. The origin is the point of the floor below the point that the camera looks
at; azimuth 0 looks along -z.
"""

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from core.categories import CATEGORIES, find_category
from furniture.pieces import Piece, make_piece
from furniture.primitives import MATERIALS, MAX_MATERIALS
from training.studio.random_numbers import random_numbers
from training.studio.rendering.torch_functions import SCALE
from training.studio.scenes import rooms
from training.studio.scenes.example_settings import (
    BEECH,
    BRICK,
    CREAM,
    DUSK,
    LINEN,
    MOSS,
    MUSTARD,
    OAK,
    PEARL,
    PINE,
    SAGE,
    STEEL,
    TEAL,
    WALNUT,
    Color,
)
from training.studio.scenes.examples import (
    developed,
    direction,
    level_frame,
    set_light,
    set_surfaces,
)
from training.studio.scenes.furnished_rooms import FURNISHED_NUMBERS, draw_furnished
from training.studio.scenes.materials import RGB, SPECULAR, STRENGTH
from training.studio.scenes.scene import Scene
from training.studio.shapes.bank import ShapeBank
from training.studio.studio import Studio

ASPECT = 4 / 3  # width over height of the pictures
GAZE = 0.6  # metres above the floor that the camera looks at
FIELD = 0.43  # half the picture's width at distance 1: a lens of 42 mm


@dataclass(frozen=True)
class RoomPiece:
    """One piece of a room."""

    category: str
    seed: int
    x: float
    z: float
    yaw: float  # degrees about y; at 0 its front faces the camera of azimuth 0
    body: Color
    cloth: Color = LINEN
    longest: float = 0.0  # its longest side; 0 for the usual one of its category


@dataclass(frozen=True)
class RoomSetting:
    """Settings of one picture; the colours are named as in `ExampleSetting`."""

    name: str
    pieces: tuple[RoomPiece, ...]
    azimuth: float  # degrees
    height: float  # of the camera
    distance: float  # of the camera from the origin, along the floor
    wall: Color
    floor: Color
    back: float  # z of the back wall
    side: float  # x of the side wall
    rug: Color | None = None
    rug_size: tuple[float, float] = (1.3, 0.9)  # half its sides
    sun: float = -50.0  # degrees from the camera's azimuth to the sun's


ROOM_SETTINGS = (
    RoomSetting(
        "living_room",
        (
            RoomPiece("sofa", 770_000, -0.3, -1.0, 0, WALNUT, TEAL),
            RoomPiece("table", 770_023, -0.35, 0.8, 0, OAK, LINEN, 0.9),
            RoomPiece("chair", 770_002, 1.5, -0.1, -70, BEECH, BRICK),
            RoomPiece("bookcase", 770_001, 1.75, -1.35, 0, PEARL),
        ),
        azimuth=-8, height=1.9, distance=4.6, wall=SAGE, floor=OAK, back=-1.6, side=2.6,
        rug=CREAM, sun=45,
    ),
    RoomSetting(
        "bedroom",
        (
            RoomPiece("bed", 770_000, -0.6, -0.7, 0, BEECH, LINEN, 2.1),
            RoomPiece("table", 770_012, -1.85, -1.4, 0, PEARL, LINEN, 0.62),
            RoomPiece("wardrobe", 770_002, 1.35, -1.35, 0, WALNUT, LINEN, 1.9),
            RoomPiece("chair", 770_013, 1.15, 0.5, -35, WALNUT, MUSTARD, 0.85),
        ),
        azimuth=8, height=1.8, distance=4.9, wall=DUSK, floor=PINE, back=-1.8, side=-2.8,
        rug=MOSS, sun=-45,
    ),
)  # fmt: skip


class ChosenShapes(ShapeBank):
    """A bank of the pieces of one room, in their order."""

    def __init__(self, studio: Studio, pieces: tuple[RoomPiece, ...]):
        self.chosen = pieces
        config, shares = studio.config, (1.0,) * len(CATEGORIES)
        super().__init__(len(pieces), config.grid, config.resolution, shares, studio.device, seed=0)
        self.advance(0)

    def _pieces(self, group: int, generation: int) -> list[Piece]:
        return [_furniture(piece) for piece in self.chosen]


def _furniture(piece: RoomPiece) -> Piece:
    """Builds the shape of a piece: the first one of its seed, as in the pictures of one piece."""
    return make_piece(piece.seed, 0, tuple(float(n == piece.category) for n in CATEGORIES))


@torch.no_grad()
def render_room(studio: Studio, setting: RoomSetting) -> Image.Image:
    """Renders one room.

    Parameters
    ----------
    studio : Studio
        Its bank is replaced.
    setting : RoomSetting
        Pieces, camera, colours and light.

    Returns
    -------
    PIL.Image.Image
        RGB, image_size / SUPERSAMPLE pixels wide, ASPECT times as wide as high.
    """
    studio.bank = ChosenShapes(studio, setting.pieces)
    numbers = random_numbers(1, studio.device, 0, FURNISHED_NUMBERS).clamp(0.02, 0.98)
    scene, _ = draw_furnished(numbers, studio.bank, studio.assets)
    scene.remove_soft_goods()
    _set_pieces(scene, setting, studio.bank)
    _set_camera(scene, setting)
    _set_walls(scene, setting, studio)
    set_light(scene, setting)
    image = developed(studio.render(scene)[0])
    margin = round(image.height * (1 - 1 / ASPECT) / 2)
    return image.crop((0, margin, image.width, image.height - margin))


def _set_pieces(scene: Scene, setting: RoomSetting, bank: ShapeBank) -> None:
    """Puts each piece on the floor in its colours, and removes the drawn objects."""
    scene.pose[..., SCALE] = 0
    rows = scene.materials[0]
    rows[:, SPECULAR] *= 0.2  # no sharp reflections of the panorama
    for k, piece in enumerate(setting.pieces):
        scene.slot[0, k] = k
        scale = piece.longest or find_category(piece.category).longest
        yaw, low = np.radians(piece.yaw), float(bank.support[k, :, 1].min())
        pose = [np.cos(yaw), np.sin(yaw), scale, piece.x, -low * scale - GAZE, piece.z, 1, 1, 1]
        scene.pose[0, k] = torch.tensor(pose)
        colors = dict.fromkeys(MATERIALS, piece.body)
        colors |= dict.fromkeys(("fabric", "leather"), piece.cloth)
        colors |= {"metal": STEEL, "paper": LINEN}
        own = slice(k * MAX_MATERIALS, (k + 1) * MAX_MATERIALS)
        names = [MATERIALS[i] for i in bank.materials[k].tolist()]
        rows[own, RGB] = torch.tensor([colors[name] for name in names])
        rows[own, STRENGTH] *= 0.6


def _set_camera(scene: Scene, setting: RoomSetting) -> None:
    """Aims a level camera at the origin."""
    level = setting.distance * direction(np.radians(setting.azimuth), 0.0)
    scene.eye[:] = level + torch.tensor([0.0, setting.height - GAZE, 0.0])
    scene.frame[:] = level_frame(scene.eye)
    scene.window[:] = torch.tensor([0.0, 0.0, FIELD])
    scene.photo[:] = torch.tensor([-FIELD, -FIELD, FIELD, FIELD])


def _set_walls(scene: Scene, setting: RoomSetting, studio: Studio) -> None:
    """Sets two walls at right angles, the floor and a rug, with a picture on the back wall."""
    toward = -1.0 if setting.side > 0 else 1.0
    scene.planes[0] = torch.tensor(
        [
            [0.0, 1.0, 0.0, -GAZE],
            [0.0, 0.0, 1.0, setting.back],
            [toward, 0.0, 0.0, toward * setting.side],
        ]
    )
    set_surfaces(scene, setting, studio)
    scene.plate[:] = -1
    half = setting.rug_size if setting.rug else (-1.0, -1.0)
    scene.rug[0] = torch.tensor([0.0, 0.3, *half])
    scene.rug_pattern[:] = 0
    scene.skirting[:] = 0.09
    scene.panels[:] = 0
    scene.panels[0, 0] = _picture(studio)


def _picture(studio: Studio) -> torch.Tensor:
    """Returns a framed picture on the back wall."""
    panel = torch.zeros(rooms.PANEL)
    panel[[rooms.LEFT, rooms.RIGHT]] = torch.tensor([-0.75, 0.05])
    panel[[rooms.LOW, rooms.HIGH]] = torch.tensor([1.2, 1.75])
    panel[rooms.EDGE] = 0.03
    panel[rooms.PLATE] = 3 % len(studio.assets.plates)
    panel[rooms.COLOR] = 0.06
    return panel
