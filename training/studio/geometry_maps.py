"""Depth, normals and camera of the studio's pictures, for networks that learn them.

    batch, scene, flip = studio.sample(step=0, size=8)
    depth, normals = geometry_maps(studio, scene, flip)
    camera = cameras(scene, batch, flip)[0]

Duvets and throws are left out, as they are in the shapes. Lengths are in the named object's longest
side, in its frame: its unit cube is centred at the origin, axes of voxel_model.py. A pixel
(column c, row r) of S x S shows the direction right * u + up * v + forward with
u = window[0] + window[2] * ((c + 0.5) / S * 2 - 1) and
v = window[1] - window[2] * ((r + 0.5) / S * 2 - 1).
"""

import torch

from training.data.batches import Batch
from training.studio.rendering import render
from training.studio.rendering.tracer import NEVER
from training.studio.scenes.scene import Scene
from training.studio.studio import Studio


@torch.no_grad()
def geometry_maps(
    studio: Studio, scene: Scene, flip: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Computes depth and normals of the nearest surface, glass included.

    Parameters
    ----------
    studio : Studio
        The studio that drew the scenes.
    scene : Scene
        Scenes of B pictures.
    flip : torch.Tensor
        (B,) bool, pictures that are mirrored.

    Returns
    -------
    depth : torch.Tensor
        (B, S, S) float32 along the camera's forward direction. 0 where no surface is known: in the
        open, before a photographic backdrop, and outside the photograph.
    normals : torch.Tensor
        (B, 3, S, S) float32 unit vectors along right, up and toward the camera; 0 likewise.
    """
    size, grids, objects = studio.config.image_size, studio.bank.grids(), scene.objects()
    u, v, direction, planes = render.view(scene, size)
    rays = (grids, objects, scene.eye, direction)
    length, which, glass, glass_which = studio.tracer.first_hits(*rays, planes.amin(dim=0))
    normal = studio.tracer.normals(*rays, length, which)
    _, normal, length, _ = render.ray_ends(scene, direction, planes, length, which, normal)
    pane = glass_which >= 0
    normal = torch.where(pane, studio.tracer.normals(*rays, glass, glass_which), normal)
    length = torch.where(pane, glass, length)
    known = (length < NEVER) & _inside_photo(scene, u, v)
    known &= pane | (which >= 0) | (scene.plate < 0)[:, None]  # a backdrop has no depth
    right, up, forward = scene.frame.permute(1, 2, 0)[..., None]  # each (3, B, 1)
    depth = torch.where(known, length * (forward * direction).sum(dim=0), 0.0)
    axes = ((right * normal).sum(dim=0), (up * normal).sum(dim=0), -(forward * normal).sum(dim=0))
    normals = torch.where(known, torch.stack(axes, dim=1).transpose(0, 1), 0.0).transpose(0, 1)
    depth, normals = depth.view(-1, size, size), normals.reshape(-1, 3, size, size)
    mirror = normals.new_tensor([-1, 1, 1]).view(3, 1, 1)
    depth = torch.where(flip.view(-1, 1, 1), depth.flip(-1), depth)
    normals = torch.where(flip.view(-1, 1, 1, 1), normals.flip(-1) * mirror, normals)
    return depth, normals


def _inside_photo(scene: Scene, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """True (B, N) for pixels of the photograph, False for the grey around it."""
    u0, v0, u1, v1 = (side[:, None] for side in scene.photo.unbind(dim=1))
    return (u >= u0) & (u <= u1) & (v >= v0) & (v <= v1)


def cameras(scene: Scene, batch: Batch, flip: torch.Tensor) -> list[dict]:
    """Returns the camera of each picture; a mirrored picture has the mirrored camera.

    Returns
    -------
    list of dict
        "azimuth", "elevation" in degrees; "eye", "right", "up", "forward" (3,) in the object's
        frame; "window" (3,): centre u, centre v and half side of the picture in the image plane at
        distance 1.
    """
    sign = torch.where(flip, -1.0, 1.0)[:, None]  # (B, 1), of everything along x
    mirror = torch.cat([sign, torch.ones_like(sign), torch.ones_like(sign)], dim=1)
    eye, window = scene.eye * mirror, scene.window * mirror
    right, up, forward = (scene.frame[:, k] * mirror for k in range(3))
    right = right * sign  # still to the right of the mirrored picture
    angles = (batch.azimuth.rad2deg(), batch.elevation.rad2deg())
    columns = {"eye": eye, "right": right, "up": up, "forward": forward, "window": window}
    return [
        {"azimuth": float(angles[0][i]), "elevation": float(angles[1][i])}
        | {name: [round(x, 6) for x in value[i].tolist()] for name, value in columns.items()}
        for i in range(len(batch))
    ]
