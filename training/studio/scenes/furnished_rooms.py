"""Scenes of rooms with many pieces of furniture, as a whole photograph shows them.

    scene, layout = draw_furnished(numbers, bank, assets)
    boxes = object_boxes(scene, layout, bank)         # (n, K, 4) in the image plane

Lengths are in metres. The origin is the point that the camera looks at, so that object 0 is not at
the origin, as it is in the scenes of `scene`.
"""

import torch

from training.studio.assets import Assets
from training.studio.random_numbers import CAMERA_NUMBERS, SOFT_NUMBERS, Draw
from training.studio.rendering.torch_functions import PLACE, SCALE, turned
from training.studio.scenes import cameras, rooms, soft_goods
from training.studio.scenes.layouts import PIECES, Layout, draw_layout
from training.studio.scenes.materials import RGB, draw_materials
from training.studio.scenes.scene import Scene
from training.studio.shapes.bank import ShapeBank

FURNISHED_NUMBERS = 3840  # uniform numbers of one room; a test counts those that are taken
ROOM_SHARE, PLATE_SHARE = 0.82, 0.06  # of sets; the rest has a plain backdrop
ROOM_SHARE_OF_ONE = 0.4  # of rooms with one piece: product photographs are mostly plain
MIN_EYE, MAX_EYE = 0.6, 2.3  # metres, height of the camera above the floor
NEAREST = 0.5  # metres; objects that reach nearer to the camera are left out
WHOLE_SET_SHARE = 0.4  # photographs that frame all pieces; the others frame some of them
FRAMED_SHARE = 0.4  # of the pieces, in the others


def draw_furnished(numbers: torch.Tensor, bank: ShapeBank, assets: Assets) -> tuple[Scene, Layout]:
    """Draws rooms.

    Parameters
    ----------
    numbers : torch.Tensor
        (n, FURNISHED_NUMBERS) uniform random numbers.
    bank : ShapeBank
        Shapes of the objects.
    assets : Assets
        Textures, backdrops and skies.

    Returns
    -------
    scene : Scene
        Scenes of n pictures, PIECES objects each. The crop is the whole photograph.
    layout : Layout
        Objects; absent are also those that stand too near to the camera.
    """
    # the last are those of the exposure
    draw = Draw(numbers[:, : -CAMERA_NUMBERS - SOFT_NUMBERS])
    soft = Draw(numbers[:, -CAMERA_NUMBERS - SOFT_NUMBERS : -CAMERA_NUMBERS])
    layout = draw_layout(draw, bank)
    points = hull_points(layout.pose, layout.slot, bank)  # (n, K, points, 3)
    present = layout.pose[..., SCALE] > 0
    target = _target(draw, points, present & layout.is_piece)
    pose = layout.pose.clone()
    pose[..., PLACE] = pose[..., PLACE] - target[:, None]
    points = points - target[:, None, None]
    eye = _draw_eye(draw, points, present & layout.is_piece, target)
    frame = cameras.look_at_origin(draw, eye)
    depth = torch.einsum("nkpc,nc->nkp", points - eye[:, None, None], frame[:, 2]).amin(dim=-1)
    present = present & (depth > NEAREST)
    pose[..., SCALE] = torch.where(present, pose[..., SCALE], 0.0)
    layout = layout._replace(pose=pose, is_piece=layout.is_piece & present)
    photo = _draw_photo(draw, eye, frame, points, layout.is_piece)
    materials = draw_materials(draw, bank, assets, layout.slot, layout.source)
    metre = torch.ones_like(target[:, 1])
    cover_slot, cover_pose, materials = soft_goods.draw_soft_goods(
        soft, bank, assets, layout.slot, pose, materials, metre
    )
    mode = _draw_mode(draw, layout.single)
    whole = torch.where(present[..., None, None], points, points[:, :1]).flatten(1, 2)
    floor = -target[:, 1]
    walls = rooms.draw_walls(draw, whole, eye, mode == 0)
    horizon = -frame[:, 2, 1] / frame[:, 1, 1]
    backdrop = rooms.draw_backdrop(draw, assets, mode, photo, horizon, materials[:, 0, RGB])
    plate, plate_window, plate_color, plate_shading = backdrop
    sky, sky_turn, harmonics, sun, sun_color = rooms.draw_light(draw, assets)
    rug, rug_pattern = rooms.draw_rug(draw, metre)
    scene = Scene(
        slot=layout.slot,
        pose=pose,
        cover_slot=cover_slot,
        cover_pose=cover_pose,
        eye=eye,
        frame=frame,
        window=_whole_window(photo),
        photo=photo,
        planes=torch.cat([_floor_plane(floor), walls], dim=1),
        panels=rooms.draw_panels(draw, assets, metre),
        rug=rug,
        rug_pattern=rug_pattern,
        skirting=torch.where(draw.chance(0.6), draw.uniform(0.04, 0.14), 0.0),
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
    return scene, layout


def hull_points(pose: torch.Tensor, slot: torch.Tensor, bank: ShapeBank) -> torch.Tensor:
    """Returns the outermost points (n, K, points, 3) of all objects in the world."""
    local = bank.support[slot] * pose[..., SCALE, None, None]
    world = turned(pose, local.movedim(-1, 0), back=True).movedim(0, -1)
    return world + pose[..., None, PLACE]


def object_boxes(scene: Scene, bank: ShapeBank) -> torch.Tensor:
    """Returns the boxes (n, K, 4) u0, v0, u1, v1 of all objects in the image plane, v up."""
    points = hull_points(scene.pose, scene.slot, bank)
    n, count = scene.slot.shape
    eye, frame = (value.repeat_interleave(count, dim=0) for value in (scene.eye, scene.frame))
    return cameras.project(eye, frame, points.flatten(0, 1)).view(n, count, 4)


def _target(draw: Draw, points: torch.Tensor, pieces: torch.Tensor) -> torch.Tensor:
    """Draws the point (n, 3) that the camera looks at, near the middle of the pieces."""
    low, high = _bounds(points, pieces)
    middle = (low + high) / 2
    spread = (high - low) * torch.tensor([0.12, 0.1, 0.12], device=points.device)
    return middle + spread * draw.normal(3).clamp(-2, 2)


def _bounds(points: torch.Tensor, pieces: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Lowest and highest corner (n, 3) of the pieces (n, K); object 0 always counts."""
    pieces = pieces.clone()
    pieces[:, 0] = True
    counted = torch.where(pieces[..., None, None], points, points[:, :1]).flatten(1, 2)
    return counted.amin(dim=1), counted.amax(dim=1)


def _draw_eye(
    draw: Draw, points: torch.Tensor, pieces: torch.Tensor, target: torch.Tensor
) -> torch.Tensor:
    """Draws the camera (n, 3): a person's eye, some of the room's size away, from any side."""
    low, high = _bounds(points, pieces)
    reach = (high - low)[:, [0, 2]].norm(dim=1) / 2
    distance = reach * draw.uniform(0.9, 1.9) + draw.uniform(0.8, 2.2)
    # most photographs show the set's front
    front = draw.normal() * 0.7
    azimuth = torch.where(draw.chance(0.6), front, draw.uniform(-torch.pi, torch.pi))
    height = draw.log(MIN_EYE, MAX_EYE) - target[:, 1]
    return torch.stack([distance * azimuth.sin(), height, distance * azimuth.cos()], dim=1)


def _draw_photo(
    draw: Draw,
    eye: torch.Tensor,
    frame: torch.Tensor,
    points: torch.Tensor,
    pieces: torch.Tensor,
) -> torch.Tensor:
    """Draws the frame (n, 4) of the photograph around all pieces or some of them."""
    framed = pieces & (draw.chance(FRAMED_SHARE, PIECES) | draw.chance(WHOLE_SET_SHARE, 1))
    framed[:, 0] |= ~framed.any(dim=1)
    count = pieces.shape[1]
    eyes, frames = (v.repeat_interleave(count, dim=0) for v in (eye, frame))
    boxes = cameras.project(eyes, frames, points.flatten(0, 1)).view(-1, count, 4)
    low = torch.where(framed[..., None], boxes[..., :2], torch.inf).amin(dim=1)
    high = torch.where(framed[..., None], boxes[..., 2:], -torch.inf).amax(dim=1)
    return cameras.photo_frame(draw, torch.cat([low, high], dim=1).clamp(-2.5, 2.5))


def _draw_mode(draw: Draw, single: torch.Tensor) -> torch.Tensor:
    """Draws the background (n,): 0 a room, 1 a photograph, 2 a plain colour."""
    room = torch.where(single, ROOM_SHARE_OF_ONE, ROOM_SHARE)
    share = draw.uniform()
    return (share > room).int() + (share > room + PLATE_SHARE).int()


def _whole_window(photo: torch.Tensor) -> torch.Tensor:
    """Returns the square (n, 3) around a photograph: centre u, v and half side."""
    center = (photo[:, :2] + photo[:, 2:]) / 2
    half = (photo[:, 2:] - photo[:, :2]).amax(dim=1, keepdim=True) / 2
    return torch.cat([center, half], dim=1)


def _floor_plane(height: torch.Tensor) -> torch.Tensor:
    """Returns the plane (n, 1, 4) of a floor at `height` (n,)."""
    zero, one = torch.zeros_like(height), torch.ones_like(height)
    return torch.stack([zero, one, zero, height], dim=1)[:, None]
