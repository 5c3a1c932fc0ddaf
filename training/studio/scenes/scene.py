"""Random scenes around shapes of the bank: all tensors that define a batch of pictures.

Everything is vectorised over the pictures of a batch. Lengths are in the named object's longest
side, in its own frame: its unit cube is centred at the origin, y up.
"""

from dataclasses import dataclass

import torch

from furniture.primitives import MAX_MATERIALS
from training.studio.assets import Assets
from training.studio.random_numbers import (
    CAMERA_NUMBERS,
    FRAME_NUMBERS,
    SOFT_NUMBERS,
    STRETCH_NUMBERS,
    Draw,
    Poses,
)
from training.studio.rendering.torch_functions import SCALE
from training.studio.rendering.tracer import Objects
from training.studio.scenes import cameras, neighbours, rooms, soft_goods
from training.studio.scenes.materials import FOLD_SLOPE, GLASS, RGB, draw_materials
from training.studio.shapes.bank import ShapeBank

# rooms, photographic backdrops; the rest has a plain one: a third of photographs is nearly white
ROOM_SHARE, PLATE_SHARE = 0.45, 0.1
STRETCHED_SHARE = 0.75  # pictures whose named object is stretched, where stretching is on


@dataclass
class Scene:
    """Tensors of B pictures with K objects each; object 0 is the named one."""

    slot: torch.Tensor  # (B, K) int64 into the bank
    pose: torch.Tensor  # (B, K, POSE) cos, sin of yaw, scale (0: absent), centre, stretch
    cover_slot: torch.Tensor  # (B, 1) int64, of the duvet or throw that lies on an object
    cover_pose: torch.Tensor  # (B, 1, POSE)
    eye: torch.Tensor  # (B, 3)
    frame: torch.Tensor  # (B, 3, 3) rows: right, up, forward
    window: torch.Tensor  # (B, 3) centre u, centre v, half side of the crop in the image plane
    photo: torch.Tensor  # (B, 4) u0, v0, u1, v1: frame of the photograph; grey outside
    planes: torch.Tensor  # (B, PLANES, 4) floor and two walls, normal and offset: n . p = offset
    panels: torch.Tensor  # (B, PANELS, PANEL), columns in rooms.py
    rug: torch.Tensor  # (B, 4) x, z, half x, half z
    rug_pattern: torch.Tensor  # (B, 4), see rooms.draw_rug
    skirting: torch.Tensor  # (B,) height of the skirting board, or 0
    materials: torch.Tensor  # (B, K * MAX_MATERIALS + SURFACES, ROW), columns in materials.py
    sun: torch.Tensor  # (B, 3) unit vector toward the sun
    sun_color: torch.Tensor  # (B, 3)
    sun_sharpness: torch.Tensor  # (B,) sharpness of its shadows
    harmonics: torch.Tensor  # (B, 9, 3) irradiance / pi
    sky: torch.Tensor  # (B,) int64 panorama for reflections
    sky_turn: torch.Tensor  # (B,) radians
    plate: torch.Tensor  # (B,) int64 backdrop, -1 for a room
    plate_window: torch.Tensor  # (B, 3) u0, v0, size in [0, 1]
    plate_color: torch.Tensor  # (B, 3) linear, for PLAIN_PLATE
    plate_shading: torch.Tensor  # (B, 2) gradient from top to bottom, and vignette
    plate_shadow: torch.Tensor  # (B,) strength of the floor's shadow on the backdrop
    occlusion: torch.Tensor  # (B,) strength of ambient occlusion

    def objects(self) -> Objects:
        """Returns the objects as the tracer expects them."""
        count = self.slot.shape[1]
        parts = self.materials[:, : count * MAX_MATERIALS, GLASS]
        parts = parts.unflatten(1, (count, MAX_MATERIALS))
        bits = 1 << torch.arange(MAX_MATERIALS, dtype=torch.int32, device=parts.device)
        glass_bits = ((parts > 0) * bits).sum(dim=-1).int()
        return Objects(self.slot, self.pose, glass_bits)

    def cover(self) -> Objects:
        """Returns the covers alone, one of each picture."""
        return Objects(self.cover_slot, self.cover_pose, torch.zeros_like(self.cover_slot).int())

    def covered_objects(self) -> Objects:
        """Returns the objects and, after them, the cover."""
        objects, cover = self.objects(), self.cover()
        return Objects(*(torch.cat(pair, dim=1) for pair in zip(objects, cover, strict=True)))

    def remove_neighbours(self) -> None:
        """Removes all objects but the named one from the pictures."""
        self.pose[:, 1:, 2] = 0

    def remove_soft_goods(self) -> None:
        """Removes the covers, and the folds of all surfaces."""
        self.cover_pose[..., SCALE] = 0
        self.materials[..., FOLD_SLOPE] = 0


def draw_stretch(draw: Draw, extent: torch.Tensor, strength: float) -> torch.Tensor:
    """Draws the factors by which a shape's axes are stretched; its longest side stays 1.

    The longer of the two level sides stays the longer one: it tells the front of a table, which a
    stretch must not turn.

    Parameters
    ----------
    draw : Draw
        Random numbers of n pictures.
    extent : torch.Tensor
        (n, 3), sides of the shape's bounding box.
    strength : float
        Standard deviation of the factors' logarithm; cut off at twice that.

    Returns
    -------
    torch.Tensor
        (n, 3) factors.
    """
    factors = (strength * draw.normal(3).clamp(-2, 2)).exp()
    x, y, z = (factors * extent).unbind(dim=1)
    wide = extent[:, 0] >= extent[:, 2]
    z = torch.where(wide, torch.minimum(x, z), torch.maximum(x, z))
    sides = torch.stack([x, y, z], dim=1)
    factors = sides / sides.amax(dim=1, keepdim=True) / extent
    return torch.where(draw.chance(STRETCHED_SHARE, 1), factors, 1.0)


def draw_scene(
    numbers: torch.Tensor,
    bank: ShapeBank,
    assets: Assets,
    poses: Poses,
    slot: torch.Tensor,
    strength: float = 0.0,
    centered_frames: float = 0.0,
) -> tuple[Scene, torch.Tensor, torch.Tensor]:
    """Draws a scene around each shape.

    Parameters
    ----------
    numbers : torch.Tensor
        (n, NUMBERS) uniform random numbers; the scene depends on them and the bank alone.
    bank : ShapeBank
        Shapes of the objects.
    assets : Assets
        Textures, backdrops and skies.
    poses : Poses
        Cameras of real photographs.
    slot : torch.Tensor
        (n,) int64 into the bank, shapes of the named objects.
    strength : float
        Of `draw_stretch`; 0 leaves the shapes as they are.
    centered_frames : float
        Share of pictures that show an uncropped photograph, see `cameras.center_photos`.

    Returns
    -------
    scene : Scene
        Scenes of n pictures.
    azimuth, elevation : torch.Tensor
        (n,) radians.
    """
    others = CAMERA_NUMBERS + STRETCH_NUMBERS
    draw = Draw(numbers[:, : -others - SOFT_NUMBERS])
    soft = Draw(numbers[:, -others - SOFT_NUMBERS : -others])
    stretch = torch.ones_like(bank.extent[slot])
    if strength:
        own = Draw(numbers[:, -others:-CAMERA_NUMBERS])
        stretch = draw_stretch(own, bank.extent[slot], strength)
    support = bank.support[slot] * stretch[:, None]  # (n, K, 3)
    category = bank.category[slot]
    metre = 1 / bank.typical_size[category]
    viewpoint = cameras.draw_viewpoint(draw, poses, category, support)
    eye, frame, azimuth, elevation, focal = viewpoint
    box = cameras.project(eye, frame, support)
    photo = cameras.photo_frame(draw, box)
    if centered_frames:
        own = Draw(numbers[:, -1 - FRAME_NUMBERS : -1])
        camera = eye, frame, focal
        frame, photo = cameras.center_photos(own, centered_frames, *camera, support, photo)
        box = cameras.project(eye, frame, support)
    window = cameras.crop_window(draw, box, photo)
    floor = support[..., 1].amin(dim=1)
    slots, pose, source = neighbours.draw_objects(draw, bank, slot, stretch, support, eye, floor)
    materials = draw_materials(draw, bank, assets, slots, source)
    cover_slot, cover_pose, materials = soft_goods.draw_soft_goods(
        soft, bank, assets, slots, pose, materials, metre
    )
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
        cover_slot=cover_slot,
        cover_pose=cover_pose,
        eye=eye,
        frame=frame,
        window=window,
        photo=photo,
        planes=torch.cat([_floor_plane(floor), walls], dim=1),
        panels=rooms.draw_panels(draw, assets, metre),
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


def _floor_plane(height: torch.Tensor) -> torch.Tensor:
    """Returns the plane (n, 1, 4) of a floor at `height` (n,): normal and offset."""
    zero, one = torch.zeros_like(height), torch.ones_like(height)
    return torch.stack([zero, one, zero, height], dim=1)[:, None]
