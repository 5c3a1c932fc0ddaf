"""Cameras as people hold them, what the photograph holds, and the crop that the network sees."""

import torch

from training.studio.random_numbers import Draw, Poses

MARGIN = 0.08  # VoxelConfig.crop_margin: what prediction adds around a box
WHOLE_SHARE = 0.28  # pictures shown whole, for the pass that finds the object
CUT_SHARE = 0.14  # pictures whose frame cuts the object, as in Pix3D (11 % truncated)
SLIMMEST, WIDEST = 0.62, 1.75  # width over height of nearly all photographs
KNEE = 0.04  # a camera's least height over the floor, in longest sides


def draw_camera(draw: Draw, poses: Poses, category, support):
    """Eye (n, 3), frame (n, 3, 3), azimuth and elevation (n,) around shapes of `support`."""
    azimuth, elevation = poses.draw(draw, category)
    # focal length over width (median 1.2) over the object's share of the width gives the distance
    focal = (draw.normal() * 0.4 + 0.18).exp().clamp(0.5, 6)
    away = (focal / draw.uniform(0.4, 1.0)).clamp(1.0, 12)
    lowest = (support[..., 1].amin(dim=1) + KNEE) / away
    elevation = torch.maximum(elevation, lowest.clamp(-1, 0).asin())
    level = elevation.cos()
    toward = torch.stack([level * azimuth.sin(), elevation.sin(), level * azimuth.cos()], dim=1)
    eye = toward * away[:, None]
    return eye, _look(draw, eye), azimuth, elevation


def _look(draw: Draw, eye: torch.Tensor) -> torch.Tensor:
    """(n, 3, 3) right, up, forward: at the object, somewhat off, with a little roll."""
    forward = -torch.nn.functional.normalize(eye, dim=1)
    up = torch.zeros_like(forward)
    up[:, 1] = 1
    right = torch.nn.functional.normalize(torch.linalg.cross(forward, up), dim=1)
    up = torch.linalg.cross(right, forward)
    off = draw.normal(2, 1) * 0.08
    forward = torch.nn.functional.normalize(forward + off[:, 0] * right + off[:, 1] * up, dim=1)
    roll = draw.normal(1) * 0.03
    right = right * roll.cos() + up * roll.sin()
    right = torch.nn.functional.normalize(
        right - (right * forward).sum(dim=1, keepdim=True) * forward, dim=1
    )
    return torch.stack([right, torch.linalg.cross(right, forward), forward], dim=1)


def project(eye, frame, points) -> torch.Tensor:
    """(n, 4) u0, v0, u1, v1 of points (n, K, 3) in the image plane."""
    seen = torch.einsum("nkc,nac->nka", points - eye[:, None], frame)
    flat = seen[..., :2] / seen[..., 2:].clamp_min(0.05)
    return torch.cat([flat.amin(dim=1), flat.amax(dim=1)], dim=1)


def framing(draw: Draw, box: torch.Tensor):
    """What the photograph holds (n, 4), and the square crop (n, 3) that the network sees."""
    photo = _photo(draw, box)
    visible = torch.cat(
        [torch.maximum(box[:, :2], photo[:, :2]), torch.minimum(box[:, 2:], photo[:, 2:])], dim=1
    )
    half = (visible[:, 2:] - visible[:, :2]).amax(dim=1) / 2
    center = (visible[:, :2] + visible[:, 2:]) / 2 + half[:, None] * 0.05 * draw.normal(2)
    half = half * (1 + 2 * MARGIN) * (0.06 * draw.normal()).exp()
    whole = draw.chance(WHOLE_SHARE)
    center = torch.where(whole[:, None], (photo[:, :2] + photo[:, 2:]) / 2, center)
    half = torch.where(whole, (photo[:, 2:] - photo[:, :2]).amax(dim=1) / 2, half)
    return photo, torch.cat([center, half[:, None]], dim=1)


def _photo(draw: Draw, box: torch.Tensor) -> torch.Tensor:
    """(n, 4): room around the object's box, or an edge that cuts it; never very slim."""
    size = box[:, 2:] - box[:, :2]
    room = size.amax(dim=1, keepdim=True) * draw.log(0.02, 1.0, 4)  # on each side
    cut = draw.chance(CUT_SHARE, 1) & (draw.index(4, 1) == torch.arange(4, device=box.device))
    room = torch.where(cut, -size.repeat(1, 2) * draw.uniform(0.05, 0.4, 4), room)
    photo = torch.cat([box[:, :2] - room[:, :2], box[:, 2:] + room[:, 2:]], dim=1)
    width, height = (photo[:, 2:] - photo[:, :2]).unbind(1)
    least = torch.stack([height * draw.log(SLIMMEST, 1.0), width / draw.log(1.0, WIDEST)], dim=1)
    lack = (least - torch.stack([width, height], dim=1)).clamp_min(0)
    share = draw.uniform(0.2, 0.8, 2)
    grown = torch.cat([photo[:, :2] - lack * share, photo[:, 2:] + lack * (1 - share)], dim=1)
    return torch.where(cut.any(dim=1, keepdim=True), photo, grown)
