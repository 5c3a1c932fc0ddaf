"""Random cameras as people hold them, the frame of the photograph, and the network's crop.

Lengths are in the named object's longest side. The image plane has distance 1 from the eye.
"""

import torch

from training.studio.random_numbers import Draw, Poses
from voxel_model import VoxelConfig

CROP_MARGIN = VoxelConfig.crop_margin  # added around a box in prediction
WHOLE_SHARE = 0.28  # share of whole pictures, for the pass that detects the object
CUT_SHARE = 0.14  # share of pictures whose frame cuts the object; 11 % of Pix3D are truncated
MIN_ASPECT, MAX_ASPECT = 0.62, 1.75  # width over height of nearly all photographs
MIN_CAMERA_HEIGHT = 0.04  # above the floor
# Where the object's box lies in an uncropped photograph, in shares of the room beside it. In 5,271
# photographs of Pix3D half of the boxes lie within 0.2 of the middle, a tenth beyond 0.85.
NEAR_SHARE, NEAR_DEVIATION = 0.5, 0.15  # boxes near the middle; the others lie anywhere
LOWERED = 0.15  # boxes lie lower than the middle by 0.023 of the photograph's longest side
FULL = 0.98  # largest share of a side of an uncropped photograph that an uncut box takes
STEEPEST = 1.4  # radians below the horizon; a camera that looks straight down has no horizon


def draw_viewpoint(
    draw: Draw, poses: Poses, category: torch.Tensor, support: torch.Tensor
) -> tuple[torch.Tensor, ...]:
    """Draws a camera for each picture.

    Parameters
    ----------
    draw : Draw
        Random numbers of n pictures.
    poses : Poses
        Cameras of real photographs.
    category : torch.Tensor
        (n,) int64, of the named object.
    support : torch.Tensor
        (n, K, 3) support points of the named object.

    Returns
    -------
    eye : torch.Tensor
        (n, 3).
    frame : torch.Tensor
        (n, 3, 3), rows right, up, forward.
    azimuth, elevation : torch.Tensor
        (n,) radians.
    focal : torch.Tensor
        (n,) focal length over the photograph's width.
    """
    azimuth, elevation = poses.draw(draw, category)
    # distance = focal length over width (median 1.2) / the object's share of the width
    focal = (draw.normal() * 0.4 + 0.18).exp().clamp(0.5, 6)
    distance = (focal / draw.uniform(0.4, 1.0)).clamp(1.0, 12)
    lowest = (support[..., 1].amin(dim=1) + MIN_CAMERA_HEIGHT) / distance
    elevation = torch.maximum(elevation, lowest.clamp(-1, 0).asin())
    level = elevation.cos()
    toward = torch.stack([level * azimuth.sin(), elevation.sin(), level * azimuth.cos()], dim=1)
    eye = toward * distance[:, None]
    return eye, look_at_origin(draw, eye), azimuth, elevation, focal


def look_at_origin(draw: Draw, eye: torch.Tensor) -> torch.Tensor:
    """Draws the frame (n, 3, 3) of a camera directed near the origin, with a little roll."""
    forward = -torch.nn.functional.normalize(eye, dim=1)
    right, up = level_axes(forward)
    offset = draw.normal(2, 1) * 0.08
    forward = forward + offset[:, 0] * right + offset[:, 1] * up
    forward = torch.nn.functional.normalize(forward, dim=1)
    return rolled_frame(draw, right, up, forward)


def level_axes(forward: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns right and up (n, 3) of a camera with a level horizon that looks along `forward`."""
    up = torch.zeros_like(forward)
    up[:, 1] = 1
    right = torch.nn.functional.normalize(torch.linalg.cross(forward, up), dim=1)
    return right, torch.linalg.cross(right, forward)


def rolled_frame(
    draw: Draw, right: torch.Tensor, up: torch.Tensor, forward: torch.Tensor
) -> torch.Tensor:
    """Draws a little roll around `forward`; returns the frame (n, 3, 3)."""
    roll = draw.normal(1) * 0.03
    right = right * roll.cos() + up * roll.sin()
    right = torch.nn.functional.normalize(
        right - (right * forward).sum(dim=1, keepdim=True) * forward, dim=1
    )
    return torch.stack([right, torch.linalg.cross(right, forward), forward], dim=1)


def project(eye: torch.Tensor, frame: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """Returns the box (n, 4) u0, v0, u1, v1 of points (n, K, 3) in the image plane."""
    local = torch.einsum("nkc,nac->nka", points - eye[:, None], frame)
    plane = local[..., :2] / local[..., 2:].clamp_min(0.05)
    return torch.cat([plane.amin(dim=1), plane.amax(dim=1)], dim=1)


def crop_window(draw: Draw, box: torch.Tensor, photo: torch.Tensor) -> torch.Tensor:
    """Draws the crop for the network: around the object, or the whole photograph.

    Parameters
    ----------
    draw : Draw
        Random numbers of n pictures.
    box : torch.Tensor
        (n, 4), box of the named object in the image plane.
    photo : torch.Tensor
        (n, 4) u0, v0, u1, v1 of the photograph.

    Returns
    -------
    torch.Tensor
        (n, 3) centre u, centre v, half side of the square crop.
    """
    low = torch.maximum(box[:, :2], photo[:, :2])
    high = torch.minimum(box[:, 2:], photo[:, 2:])
    half = (high - low).amax(dim=1) / 2
    center = (low + high) / 2 + half[:, None] * 0.05 * draw.normal(2)
    half = half * (1 + 2 * CROP_MARGIN) * (0.06 * draw.normal()).exp()
    whole = draw.chance(WHOLE_SHARE)
    center = torch.where(whole[:, None], (photo[:, :2] + photo[:, 2:]) / 2, center)
    half = torch.where(whole, (photo[:, 2:] - photo[:, :2]).amax(dim=1) / 2, half)
    return torch.cat([center, half[:, None]], dim=1)


def photo_frame(draw: Draw, box: torch.Tensor) -> torch.Tensor:
    """Draws a frame (n, 4) with room around the box, or with an edge that cuts it."""
    size = box[:, 2:] - box[:, :2]
    room = size.amax(dim=1, keepdim=True) * draw.log(0.02, 1.0, 4)  # on each side
    cut = draw.chance(CUT_SHARE, 1) & (draw.index(4, 1) == torch.arange(4, device=box.device))
    room = torch.where(cut, -size.repeat(1, 2) * draw.uniform(0.05, 0.4, 4), room)
    photo = torch.cat([box[:, :2] - room[:, :2], box[:, 2:] + room[:, 2:]], dim=1)
    width, height = (photo[:, 2:] - photo[:, :2]).unbind(1)
    # frames outside the usual aspect ratios grow in their shorter direction
    min_width = height * draw.log(MIN_ASPECT, 1.0)
    min_height = width / draw.log(1.0, MAX_ASPECT)
    least = torch.stack([min_width, min_height], dim=1)
    missing = (least - torch.stack([width, height], dim=1)).clamp_min(0)
    share = draw.uniform(0.2, 0.8, 2)
    grown = torch.cat([photo[:, :2] - missing * share, photo[:, 2:] + missing * (1 - share)], dim=1)
    return torch.where(cut.any(dim=1, keepdim=True), photo, grown)


def center_photos(
    draw: Draw,
    share: float,
    eye: torch.Tensor,
    frame: torch.Tensor,
    focal: torch.Tensor,
    support: torch.Tensor,
    photo: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Exchanges a share of the photographs for uncropped ones.

    The centre of an uncropped photograph is the camera's optical axis, and its width follows from
    the focal length. The camera turns around its eye until the object lies where objects lie in
    photographs. A photograph that is then too small for an object it does not cut becomes larger.

    Parameters
    ----------
    draw : Draw
        FRAME_NUMBERS random numbers of n pictures.
    share : float
        Share of uncropped photographs.
    eye, frame, focal : torch.Tensor
        Of `draw_viewpoint`.
    support : torch.Tensor
        (n, K, 3) support points of the named object.
    photo : torch.Tensor
        (n, 4) frames of the other photographs.

    Returns
    -------
    frame : torch.Tensor
        (n, 3, 3), rows right, up, forward.
    photo : torch.Tensor
        (n, 4) u0, v0, u1, v1.
    """
    box = project(eye, frame, support)
    size = box[:, 2:] - box[:, :2]
    aspect = draw.log(MIN_ASPECT, MAX_ASPECT)
    sides = torch.stack([torch.ones_like(aspect), 1 / aspect], dim=1) / focal[:, None]
    smallest = size.amax(dim=1) / FULL  # of the longest side
    sides = sides * (smallest / sides.amax(dim=1)).clamp_min(1)[:, None]
    sides = torch.maximum(sides, size / FULL)
    place, is_cut = _place_in_photo(draw, size, sides)
    center = torch.cat([(box[:, :2] + box[:, 2:]) / 2, torch.ones_like(box[:, :1])], dim=1)
    turned = turn_camera(draw, torch.einsum("na,nac->nc", center, frame), place)
    box = project(eye, turned, support).abs()
    fitting = torch.maximum(sides, 2 / FULL * torch.maximum(box[:, :2], box[:, 2:]))
    sides = torch.where(is_cut, sides, fitting)
    is_whole = draw.chance(share, 1)
    frame = torch.where(is_whole[..., None], turned, frame)
    return frame, torch.where(is_whole, torch.cat([-sides, sides], dim=1) / 2, photo)


def _place_in_photo(
    draw: Draw, size: torch.Tensor, sides: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draws where boxes (n, 2) lie in uncropped photographs, both given by their sides.

    Returns
    -------
    place : torch.Tensor
        (n, 2) centre u, v of the box, from the centre of the photograph.
    is_cut : torch.Tensor
        (n, 1) bool, boxes that an edge of the photograph cuts.
    """
    room = (sides - size) / 2
    near = draw.chance(NEAR_SHARE, 1)
    offset = torch.where(near, NEAR_DEVIATION * draw.normal(2), draw.uniform(-1, 1, 2))
    lowered = torch.stack([offset[:, 0], (1 - LOWERED) * offset[:, 1] - LOWERED], dim=1)
    place = lowered.clamp(-1, 1) * room
    # an edge cuts as much of an object as in `photo_frame`
    is_cut = draw.chance(CUT_SHARE, 1)
    edge = draw.index(4, 1)  # left, bottom, right, top
    beyond = (room + size * draw.uniform(0.05, 0.4, 1)) * torch.where(edge < 2, -1.0, 1.0)
    crossed = is_cut & (edge % 2 == torch.arange(2, device=room.device))
    return torch.where(crossed, beyond, place), is_cut


def turn_camera(draw: Draw, direction: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
    """Turns a camera until a direction appears at a place of the image plane.

    Parameters
    ----------
    draw : Draw
        Random numbers of n pictures, for a little roll.
    direction : torch.Tensor
        (n, 3) from the eye, of any length.
    place : torch.Tensor
        (n, 2) u, v.

    Returns
    -------
    torch.Tensor
        (n, 3, 3), rows right, up, forward.
    """
    direction = torch.nn.functional.normalize(direction, dim=1)
    highest = (STEEPEST + direction[:, 1].asin()).clamp_min(0).tan()
    place = torch.stack([place[:, 0], torch.minimum(place[:, 1], highest)], dim=1)
    right, up = level_axes(direction)
    forward = direction - place[:, :1] * right - place[:, 1:] * up
    forward = torch.nn.functional.normalize(forward, dim=1)
    return rolled_frame(draw, *level_axes(forward), forward)
