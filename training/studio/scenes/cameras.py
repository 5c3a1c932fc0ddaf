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


def draw_viewpoint(
    draw: Draw, poses: Poses, category: torch.Tensor, support: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
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
    return eye, look_at_origin(draw, eye), azimuth, elevation


def look_at_origin(draw: Draw, eye: torch.Tensor) -> torch.Tensor:
    """Draws the frame (n, 3, 3) of a camera directed near the origin, with a little roll."""
    forward = -torch.nn.functional.normalize(eye, dim=1)
    up = torch.zeros_like(forward)
    up[:, 1] = 1
    right = torch.nn.functional.normalize(torch.linalg.cross(forward, up), dim=1)
    up = torch.linalg.cross(right, forward)
    offset = draw.normal(2, 1) * 0.08
    forward = forward + offset[:, 0] * right + offset[:, 1] * up
    forward = torch.nn.functional.normalize(forward, dim=1)
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


def framing(draw: Draw, box: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Draws the frame of the photograph and the crop for the network.

    Parameters
    ----------
    draw : Draw
        Random numbers of n pictures.
    box : torch.Tensor
        (n, 4), box of the named object in the image plane.

    Returns
    -------
    photo : torch.Tensor
        (n, 4) u0, v0, u1, v1 of the photograph.
    crop : torch.Tensor
        (n, 3) centre u, centre v, half side of the square crop.
    """
    photo = photo_frame(draw, box)
    low = torch.maximum(box[:, :2], photo[:, :2])
    high = torch.minimum(box[:, 2:], photo[:, 2:])
    half = (high - low).amax(dim=1) / 2
    center = (low + high) / 2 + half[:, None] * 0.05 * draw.normal(2)
    half = half * (1 + 2 * CROP_MARGIN) * (0.06 * draw.normal()).exp()
    whole = draw.chance(WHOLE_SHARE)
    center = torch.where(whole[:, None], (photo[:, :2] + photo[:, 2:]) / 2, center)
    half = torch.where(whole, (photo[:, 2:] - photo[:, :2]).amax(dim=1) / 2, half)
    return photo, torch.cat([center, half[:, None]], dim=1)


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
