"""Scenes to linear pictures: rays are traced by `trace.py` or `kernels.py`, and lit here.

Everything is written per ray with shapes (B, N), N = size * size rays of B pictures, so that
`torch.compile` turns each function into a few GPU kernels; the same code runs eagerly on CPU.
"""

import torch

from furniture.primitives import MAX_MATERIALS
from training.studio.assets import Assets, basis
from training.studio.rendering import surfaces
from training.studio.rendering.tracer import (
    NEVER,
    OBJECTS,
    PLANES,
    Grids,
    into,
    nearest,
    to_cells,
    turned,
)
from training.studio.scenes.materials import FLOOR, GLASS, RGB, ROW, RUG, SPECULAR, WALL_A
from training.studio.scenes.scene import Scene
from training.studio.shapes.distance_grids import side_of

FARTHEST = 50.0  # longest sides at which a ray into the open ends
DARKEST = 0.08  # share of ambient light that the deepest corner keeps
FULL_SKY = 0.2821  # the constant harmonic: ambient light is the first coefficient times this


def view(scene: Scene, size: int):
    """u, v (B, N), unit directions (3, B, N), and (PLANES, B, N) lengths to floor and walls."""
    step = (torch.arange(size, device=scene.eye.device) + 0.5) / size * 2 - 1
    v, u = torch.meshgrid(-step, step, indexing="ij")
    u = scene.window[:, 0:1] + scene.window[:, 2:3] * u.reshape(1, -1)
    v = scene.window[:, 1:2] + scene.window[:, 2:3] * v.reshape(1, -1)
    right, up, forward = scene.frame.permute(1, 2, 0)[..., None]  # each (3, B, 1)
    direction = right * u + up * v + forward
    direction = (direction * direction.square().sum(dim=0).rsqrt()).contiguous()
    planes = torch.stack([_to_plane(scene, k, direction) for k in range(PLANES)])
    return u, v, direction, planes


def _to_plane(scene: Scene, k: int, direction):
    """Ray lengths to a plane that is seen from its front, NEVER for others."""
    plane = scene.planes[:, k]
    along = (plane[:, :3].T[..., None] * direction).sum(dim=0)
    height = plane[:, 3:] - (plane[:, :3] * scene.eye).sum(dim=1, keepdim=True)
    length = height / along.clamp_max(-1e-5)
    return torch.where((along < -1e-5) & (height < 0), length.clamp_max(NEVER), NEVER)


def meet(scene: Scene, direction, planes, length, which, normal):
    """Where rays end: points and normals (3, B, N), lengths, and whether the sun is ahead (B, N).

    normal : of the objects; filled here where floor and walls are met
    """
    nearest_plane, plane = planes.min(dim=0)
    t = torch.minimum(length, nearest_plane)
    on_plane = (which < 0) & (t < NEVER)
    flat = scene.planes[..., :3].gather(1, plane[..., None].expand(-1, -1, 3)).permute(2, 0, 1)
    normal = torch.where(on_plane, flat, normal)
    point = scene.eye.T[..., None] + t.clamp_max(FARTHEST) * direction
    toward_sun = (scene.sun.T[..., None] * normal).sum(dim=0) > 0
    return point.contiguous(), normal.contiguous(), t, toward_sun & (t < NEVER)


def shade(grids: Grids, assets: Assets, scene: Scene, rays, hits, ends, light, size: int):
    """Linear RGB (B, 3, size, size), visible mask (B, 1, size, size), and where the named object
    is seen its points in its own frame (B, 3, size, size), NaN elsewhere.

    rays : of `view`; hits : of `first_hits`, and the normals of the glass; ends : of `meet`;
    light : sunlight and openness, each (B, N)
    """
    u, v, direction, planes = rays
    _, which, glass_length, glass_which, glass_normal = hits
    point, normal, t, _ = ends
    hit, open_sky = which >= 0, t >= NEVER
    row, local = _row_of(grids, scene, point, which)
    plane = planes.argmin(dim=0)
    on_floor = ~hit & (plane == 0)
    on_rug = on_floor & surfaces.within_rug(scene, point)
    room = torch.where(on_rug, RUG, torch.where(on_floor, FLOOR, WALL_A + plane - 1))
    row = torch.where(hit, row, OBJECTS * MAX_MATERIALS + room)
    material = scene.materials.gather(1, row[..., None].expand(-1, -1, ROW))  # (B, N, ROW)
    facing = torch.where(hit, turned_normal(scene, normal, which), normal)
    albedo = material[..., RGB] * surfaces.texture(assets, material, local, facing)
    albedo = torch.where(on_rug[..., None], surfaces.rug(scene, point, albedo), albedo)
    on_wall = ~hit & (plane > 0) & ~open_sky
    albedo, glow = surfaces.walls(assets, scene, point, plane, on_wall, albedo)

    lit = _light(scene, normal, *light)
    shine = surfaces.reflection(assets, scene, normal, direction)
    gloss = _gloss(material, direction, normal)
    color = albedo * lit * (1 - gloss) + gloss * shine + glow
    behind = surfaces.backdrop(assets, scene, u, v)
    shadow = (lit / (scene.harmonics[:, None, 0] * FULL_SKY + 1e-3)).mean(dim=-1, keepdim=True)
    shadow = 1 + scene.plate_shadow[:, None, None] * (shadow.clamp(0.25, 1.0) - 1)
    behind = torch.where(on_floor[..., None] & ~open_sky[..., None], shadow, 1.0) * behind
    on_plate = (scene.plate >= 0)[:, None] & ~hit
    color = torch.where((on_plate | open_sky)[..., None], behind, color)

    through = glass_which >= 0
    color = _glaze(grids, assets, scene, direction, glass_length, glass_which, glass_normal, color)
    own = (which == 0) | (through & (glass_which == 0))
    b = len(u)
    image = color.transpose(1, 2).reshape(b, 3, size, size)
    # the frame of the named object is the world's
    pane = scene.eye.T[..., None] + glass_length.clamp_max(FARTHEST) * direction
    point = torch.where(which == 0, point, pane)
    coordinates = torch.where(own, point, torch.nan).transpose(0, 1).reshape(b, 3, size, size)
    return image, own.float().view(b, 1, size, size), coordinates


def _row_of(grids: Grids, scene: Scene, point, which):
    """Material row (B, N) of the part that lies at a point, and the point in its object's frame."""
    k = which.clamp_min(0).long()
    pose = scene.pose.gather(1, k[..., None].expand(-1, -1, scene.pose.shape[-1]))
    local = into(pose, point)
    base = scene.slot.gather(1, k) * side_of(grids.resolution) ** 3
    part = nearest(grids.part, grids.resolution, base, to_cells(local, grids.resolution)).long()
    return k * MAX_MATERIALS + part, torch.where(which >= 0, local, point)


def turned_normal(scene: Scene, normal, which):
    """World normals in the frames of the objects that were met."""
    k = which.clamp_min(0).long()
    pose = scene.pose.gather(1, k[..., None].expand(-1, -1, scene.pose.shape[-1]))
    return turned(pose, normal)


def _gloss(material, direction, normal):
    """(B, N, 1) share of light that is mirrored (Schlick 1994)."""
    fresnel = (1 + (direction * normal).sum(dim=0).clamp(-1, 0)) ** 5
    return (material[..., SPECULAR] * (0.06 + 0.94 * fresnel)).clamp_max(1)[..., None]


def _light(scene: Scene, normal, sunlight, openness):
    """(B, N, 3) light on a surface: soft sky, darker in corners, and the sun with shadows."""
    facing = (scene.sun.T[..., None] * normal).sum(dim=0).clamp_min(0)
    x, y, z = normal
    c, s = scene.sky_turn.cos()[:, None], scene.sky_turn.sin()[:, None]
    waves = basis(c * x + s * z, y, c * z - s * x)
    # a sum rather than an einsum: it is fused, a matrix product would write all waves to memory
    sky = sum(w[..., None] * scene.harmonics[:, None, k] for k, w in enumerate(waves))
    sky = sky.clamp_min(0.02)
    open_share = (1 - scene.occlusion[:, None] * (1 - openness)).clamp_min(DARKEST)
    sun = (facing * sunlight)[..., None] * scene.sun_color[:, None]
    return sky * open_share[..., None] + sun


def _glaze(grids, assets, scene: Scene, direction, length, which, normal, color):
    """Lays a pane over what stands behind it: tinted, lit, and mirroring the room."""
    point = scene.eye.T[..., None] + length.clamp_max(FARTHEST) * direction
    row, _ = _row_of(grids, scene, point, which)
    material = scene.materials.gather(1, row[..., None].expand(-1, -1, ROW))
    clear = material[..., GLASS, None]
    tint = material[..., RGB].clamp_min(0.05) ** 0.25
    one = torch.ones_like(length)
    lit = material[..., RGB] * _light(scene, normal, one, one)
    gloss = _gloss(material, direction, normal)
    shine = surfaces.reflection(assets, scene, normal, direction)
    pane = clear * tint * color + (1 - clear) * lit
    return torch.where((which >= 0)[..., None], pane * (1 - gloss) + gloss * shine, color)
