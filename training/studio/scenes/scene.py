"""Scenes: all that a batch of pictures holds, as tensors, drawn around shapes of the bank.

All draws are vectorised over the pictures of a batch. Lengths are in the named object's longest
side, in its own frame: its unit cube lies around the origin, y up.
"""

from dataclasses import dataclass

import torch

from furniture.primitives import MAX_PARTS
from training.studio.assets import Assets
from training.studio.random_numbers import CAMERA_NUMBERS, Draw, Poses
from training.studio.rendering.tracer import OBJECTS, Objects
from training.studio.scenes import cameras, neighbours, rooms
from training.studio.scenes.materials import GLASS, RGB, draw_materials
from training.studio.shapes.bank import ShapeBank

ROOM_SHARE, PLATE_SHARE = 0.5, 0.15  # the rest stands before a plain product background


@dataclass
class Scene:
    """Per-picture tensors; B pictures. Object 0 is the named one."""

    slot: torch.Tensor  # (B, OBJECTS) int64 into the bank
    pose: torch.Tensor  # (B, OBJECTS, POSE) cos, sin of yaw, scale (0: absent), centre
    eye: torch.Tensor  # (B, 3)
    frame: torch.Tensor  # (B, 3, 3) rows: right, up, forward
    window: torch.Tensor  # (B, 3) centre u, centre v, half side of the crop in the image plane
    photo: torch.Tensor  # (B, 4) u0, v0, u1, v1: what the photograph holds; grey outside
    planes: torch.Tensor  # (B, PLANES, 4) floor and two walls, normal and offset: n . p = offset
    panels: torch.Tensor  # (B, PANELS, PANEL) windows and pictures
    rug: torch.Tensor  # (B, 4) x, z, half x, half z
    rug_pattern: torch.Tensor  # (B, 4)
    skirting: torch.Tensor  # (B,) height of the white board along the walls, or 0
    materials: torch.Tensor  # (B, OBJECTS * MAX_PARTS + SURFACES, ROW)
    sun: torch.Tensor  # (B, 3) unit vector toward the sun
    sun_color: torch.Tensor  # (B, 3)
    sun_sharpness: torch.Tensor  # (B,) of its shadows
    harmonics: torch.Tensor  # (B, 9, 3) irradiance / pi
    sky: torch.Tensor  # (B,) int64 panorama for reflections
    sky_turn: torch.Tensor  # (B,) radians
    plate: torch.Tensor  # (B,) int64 backdrop, -1 for a room
    plate_window: torch.Tensor  # (B, 3) u0, v0, size in [0, 1]
    plate_color: torch.Tensor  # (B, 3) linear, in place of a backdrop beyond the last
    plate_shading: torch.Tensor  # (B, 2) its slope from top to bottom, and its vignette
    plate_shadow: torch.Tensor  # (B,) how much of the floor's shading falls on the backdrop
    occlusion: torch.Tensor  # (B,) strength of ambient occlusion

    def objects(self) -> Objects:
        """What the tracer needs to know of the objects."""
        parts = self.materials[:, : OBJECTS * MAX_PARTS, GLASS].unflatten(1, (OBJECTS, MAX_PARTS))
        bits = 1 << torch.arange(MAX_PARTS, dtype=torch.int32, device=parts.device)
        clear = ((parts > 0) * bits).sum(dim=-1).int()
        return Objects(self.slot, self.pose, clear)

    def leave_alone(self) -> None:
        """Takes everything but the named object out of the picture."""
        self.pose[:, 1:, 2] = 0


def draw_scene(numbers, bank: ShapeBank, assets: Assets, poses: Poses, slot: torch.Tensor):
    """A scene around each of the shapes `slot` (n,), and its camera's azimuth and elevation.

    numbers : (n, NUMBERS) uniform; the scene is a function of them and of the bank
    """
    draw = Draw(numbers[:, :-CAMERA_NUMBERS])
    support = bank.support[slot]  # (n, K, 3)
    category = bank.category[slot]
    metre = 1 / neighbours.metres(category)
    eye, frame, azimuth, elevation = cameras.draw_camera(draw, poses, category, support)
    photo, window = cameras.framing(draw, cameras.project(eye, frame, support))
    floor = support[..., 1].amin(dim=1)
    slots, pose, like = neighbours.draw_objects(draw, bank, slot, support, eye, floor)
    materials = draw_materials(draw, bank, assets, slots, like)
    share = draw.uniform()
    mode = (share > ROOM_SHARE).int() + (share > ROOM_SHARE + PLATE_SHARE).int()
    walls = rooms.draw_walls(draw, support, eye, mode == 0)
    horizon = -frame[:, 2, 1] / frame[:, 1, 1]
    main_color = materials[:, 0, RGB]
    backdrop = rooms.draw_backdrop(draw, assets, mode, photo, horizon, main_color)
    plate, plate_window, plate_color, plate_shading = backdrop
    sky, sky_turn, harmonics, sun, sun_color = rooms.draw_light(draw, assets)
    rug, rug_pattern = rooms.draw_rug(draw, metre)
    scene = Scene(
        slot=slots,
        pose=pose,
        eye=eye,
        frame=frame,
        window=window,
        photo=photo,
        planes=torch.cat([_floor(floor), walls], dim=1),
        panels=rooms.draw_panels(draw, assets, metre, walls),
        rug=rug,
        rug_pattern=rug_pattern,
        skirting=torch.where(draw.chance(0.6), draw.uniform(0.04, 0.14), 0.0) * metre,
        materials=materials,
        sun=sun,
        sun_color=sun_color,
        sun_sharpness=draw.log(2.5, 40.0),
        harmonics=harmonics,
        sky=sky,
        sky_turn=sky_turn,
        plate=plate,
        plate_window=plate_window,
        plate_color=plate_color,
        plate_shading=plate_shading,
        plate_shadow=torch.where(draw.chance(0.25), 0.0, draw.uniform(0.3, 1.0)),
        occlusion=draw.uniform(0.5, 1.0),
    )
    return scene, azimuth, elevation


def _floor(height: torch.Tensor) -> torch.Tensor:
    zero, one = torch.zeros_like(height), torch.ones_like(height)
    return torch.stack([zero, one, zero, height], dim=1)[:, None]
