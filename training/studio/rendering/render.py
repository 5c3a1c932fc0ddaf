"""Scenes to linear pictures: `tracer` or `triton_tracer` trace the rays, this module shades them.

Tensors have the shape (B, N), N = size * size rays of B pictures, and vectors (3, B, N). On a GPU
`torch.compile` turns each function into a few kernels; on a CPU the same code runs eagerly.
Lengths are in the named object's longest side.
"""

import torch

from furniture.primitives import MAX_MATERIALS
from training.studio.assets import CONSTANT_HARMONIC, Assets, basis
from training.studio.rendering import surfaces
from training.studio.rendering.torch_functions import (
    STRETCH,
    Grids,
    into,
    nearest,
    to_cells,
    turned,
)
from training.studio.rendering.tracer import NEVER, PLANES, Objects
from training.studio.scenes.materials import FLOOR, GLASS, RGB, ROW, RUG, SPECULAR, WALL_A
from training.studio.scenes.scene import Scene
from training.studio.shapes.distance_grids import side_of

MAX_RAY_LENGTH = 50.0  # longest sides at which a ray that hits nothing ends
MIN_AMBIENT = 0.08  # share of the ambient light that reaches the deepest corner


def view(scene: Scene, size: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Returns the camera ray of every pixel.

    Parameters
    ----------
    scene : Scene
        Scenes of B pictures.
    size : int
        Pixels a side.

    Returns
    -------
    u, v : torch.Tensor
        (B, N) place of the pixel in the image plane at distance 1, right and up.
    direction : torch.Tensor
        (3, B, N) unit vectors.
    planes : torch.Tensor
        (PLANES, B, N) ray lengths to the floor and the walls, NEVER where a ray misses one.
    """
    step = (torch.arange(size, device=scene.eye.device) + 0.5) / size * 2 - 1
    v, u = torch.meshgrid(-step, step, indexing="ij")
    u = scene.window[:, 0:1] + scene.window[:, 2:3] * u.reshape(1, -1)
    v = scene.window[:, 1:2] + scene.window[:, 2:3] * v.reshape(1, -1)
    right, up, forward = scene.frame.permute(1, 2, 0)[..., None]  # each (3, B, 1)
    direction = right * u + up * v + forward
    direction = (direction * direction.square().sum(dim=0).rsqrt()).contiguous()
    planes = torch.stack([_to_plane(scene, k, direction) for k in range(PLANES)])
    return u, v, direction, planes


def _to_plane(scene: Scene, k: int, direction: torch.Tensor) -> torch.Tensor:
    """Ray lengths (B, N) to the front of plane k; NEVER for rays that miss it."""
    plane = scene.planes[:, k]
    along = (plane[:, :3].T[..., None] * direction).sum(dim=0)
    height = plane[:, 3:] - (plane[:, :3] * scene.eye).sum(dim=1, keepdim=True)
    length = height / along.clamp_max(-1e-5)
    return torch.where((along < -1e-5) & (height < 0), length.clamp_max(NEVER), NEVER)


def lay_cover(
    hits: tuple[torch.Tensor, ...], cover: tuple[torch.Tensor, ...], count: int
) -> tuple[torch.Tensor, ...]:
    """Joins the hits of the objects with those of the covers.

    Parameters
    ----------
    hits, cover : tuple of torch.Tensor
        Results of `first_hits` for the objects, and for the covers in front of them.
    count : int
        Number of objects in a picture.

    Returns
    -------
    length, which, glass, glass_which : torch.Tensor
        As `first_hits` returns them; the number of the cover is `count`.
    """
    length, which, glass, glass_which = hits
    covered = (cover[1] >= 0) & (cover[0] < length)
    length, which = torch.where(covered, cover[0], length), torch.where(covered, count, which)
    behind = glass >= length
    return length, which, torch.where(behind, NEVER, glass), torch.where(behind, -1, glass_which)


def ray_ends(
    scene: Scene,
    direction: torch.Tensor,
    planes: torch.Tensor,
    length: torch.Tensor,
    which: torch.Tensor,
    normal: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Returns the point where each ray ends: on an object, the floor or a wall, or in the open.

    Parameters
    ----------
    scene : Scene
        Scenes of B pictures.
    direction, planes : torch.Tensor
        Of `view`.
    length, which : torch.Tensor
        (B, N) of `first_hits`.
    normal : torch.Tensor
        (3, B, N) normals of the objects.

    Returns
    -------
    point, normal : torch.Tensor
        (3, B, N) in the world; normals of the floor and the walls are filled in.
    length : torch.Tensor
        (B, N); NEVER in the open.
    lit : torch.Tensor
        (B, N) bool, True where the surface faces the sun.
    """
    nearest_plane, plane = planes.min(dim=0)
    t = torch.minimum(length, nearest_plane)
    on_plane = (which < 0) & (t < NEVER)
    flat = scene.planes[..., :3].gather(1, plane[..., None].expand(-1, -1, 3)).permute(2, 0, 1)
    normal = torch.where(on_plane, flat, normal)
    point = scene.eye.T[..., None] + t.clamp_max(MAX_RAY_LENGTH) * direction
    toward_sun = (scene.sun.T[..., None] * normal).sum(dim=0) > 0
    return point.contiguous(), normal.contiguous(), t, toward_sun & (t < NEVER)


def shade(
    grids: Grids,
    assets: Assets,
    scene: Scene,
    rays: tuple[torch.Tensor, ...],
    hits: tuple[torch.Tensor, ...],
    ends: tuple[torch.Tensor, ...],
    light: tuple[torch.Tensor, torch.Tensor],
    size: int,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Computes the colour of every pixel.

    Parameters
    ----------
    grids : Grids
        Shapes of the bank.
    assets : Assets
        Textures, backdrops and skies.
    scene : Scene
        Scenes of B pictures.
    rays : tuple of torch.Tensor
        Result of `view`.
    hits : tuple of torch.Tensor
        Result of `lay_cover`, the normals (3, B, N) of the glass, and (B, N) length and object of
        the first hit without the cover.
    ends : tuple of torch.Tensor
        Result of `ray_ends`.
    light : tuple of torch.Tensor
        Results of `sunlight` and `openness`, each (B, N).
    size : int
        Pixels a side.

    Returns
    -------
    image : torch.Tensor
        (B, 3, size, size) linear RGB.
    mask : torch.Tensor
        (B, 1, size, size) float32, 1 where the named object is visible. A cover hides nothing.
    coordinates : torch.Tensor
        (B, 3, size, size) visible points of the named object in its own frame; NaN elsewhere.
    """
    u, v, direction, planes = rays
    _, which, glass_length, glass_which, glass_normal, bare_length, bare_which = hits
    objects = scene.covered_objects()
    point, normal, t, _ = ends
    hit, in_open = which >= 0, t >= NEVER
    row, local = _row_of(grids, objects, point, which)
    plane = planes.argmin(dim=0)
    on_floor = ~hit & (plane == 0)
    on_rug = on_floor & surfaces.within_rug(scene, point)
    room = torch.where(on_rug, RUG, torch.where(on_floor, FLOOR, WALL_A + plane - 1))
    row = torch.where(hit, row, scene.slot.shape[1] * MAX_MATERIALS + room)
    material = scene.materials.gather(1, row[..., None].expand(-1, -1, ROW))  # (B, N, ROW)
    poses = _poses(objects, which)
    local_normal = torch.where(hit, turned(poses, normal), normal)
    albedo = material[..., RGB] * surfaces.texture(assets, material, local, local_normal)
    albedo = torch.where(on_rug[..., None], surfaces.rug(scene, point, albedo), albedo)
    on_wall = ~hit & (plane > 0) & ~in_open
    albedo, glow = surfaces.walls(assets, scene, point, plane, on_wall, albedo)

    local_normal, fold_light = surfaces.folds(assets, material, local, local_normal)
    normal = torch.where(hit, turned(poses, local_normal, back=True), normal)
    lighting = _light(scene, normal, *light) * fold_light[..., None]
    mirrored = surfaces.reflection(assets, scene, normal, direction)
    gloss = _gloss(material, direction, normal)
    color = albedo * lighting * (1 - gloss) + gloss * mirrored + glow
    backdrop = surfaces.backdrop(assets, scene, u, v)
    shadow = (lighting / (scene.harmonics[:, None, 0] * CONSTANT_HARMONIC + 1e-3)).mean(
        dim=-1, keepdim=True
    )
    shadow = 1 + scene.plate_shadow[:, None, None] * (shadow.clamp(0.25, 1.0) - 1)
    backdrop = torch.where(on_floor[..., None] & ~in_open[..., None], shadow, 1.0) * backdrop
    shows_backdrop = (scene.plate >= 0)[:, None] & ~hit
    color = torch.where((shows_backdrop | in_open)[..., None], backdrop, color)

    through = glass_which >= 0
    color = _add_glass(
        grids, assets, scene, objects, direction, glass_length, glass_which, glass_normal, color
    )
    visible = (bare_which == 0) | (through & (glass_which == 0))
    b = len(u)
    image = color.transpose(1, 2).reshape(b, 3, size, size)
    # the frame of the named object is the world frame: no conversion
    bare_length = torch.minimum(bare_length, planes.amin(dim=0))
    length = torch.where(bare_which == 0, bare_length, glass_length).clamp_max(MAX_RAY_LENGTH)
    point = scene.eye.T[..., None] + length * direction
    coordinates = torch.where(visible, point, torch.nan).transpose(0, 1).reshape(b, 3, size, size)
    return image, visible.float().view(b, 1, size, size), coordinates


def _row_of(
    grids: Grids, objects: Objects, point: torch.Tensor, which: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Material row (B, N) at each point, and the point (3, B, N) in its object's frame.

    The point is in longest sides of the object: not stretched, unlike the shape.
    """
    k, pose = which.clamp_min(0).long(), _poses(objects, which)
    local = into(pose, point)
    base = objects.slot.gather(1, k) * side_of(grids.resolution) ** 3
    part = nearest(grids.part, grids.resolution, base, to_cells(local, grids.resolution)).long()
    local = local * pose[..., STRETCH].movedim(-1, 0)
    return k * MAX_MATERIALS + part, torch.where(which >= 0, local, point)


def _poses(objects: Objects, which: torch.Tensor) -> torch.Tensor:
    """Poses (B, N, POSE) of the objects that the rays hit."""
    k = which.clamp_min(0).long()
    return objects.pose.gather(1, k[..., None].expand(-1, -1, objects.pose.shape[-1]))


def _gloss(material: torch.Tensor, direction: torch.Tensor, normal: torch.Tensor) -> torch.Tensor:
    """Share (B, N, 1) of the light that is mirrored (Schlick 1994)."""
    fresnel = (1 + (direction * normal).sum(dim=0).clamp(-1, 0)) ** 5
    return (material[..., SPECULAR] * (0.06 + 0.94 * fresnel)).clamp_max(1)[..., None]


def _light(
    scene: Scene, normal: torch.Tensor, sunlight: torch.Tensor, openness: torch.Tensor
) -> torch.Tensor:
    """Light (B, N, 3) on a surface: soft sky, darker in corners, and the sun with shadows."""
    facing = (scene.sun.T[..., None] * normal).sum(dim=0).clamp_min(0)
    x, y, z = normal
    c, s = scene.sky_turn.cos()[:, None], scene.sky_turn.sin()[:, None]
    harmonics = basis(c * x + s * z, y, c * z - s * x)
    # a sum is fused into one kernel; an einsum would write all harmonics to memory
    sky = sum(h[..., None] * scene.harmonics[:, None, k] for k, h in enumerate(harmonics))
    sky = sky.clamp_min(0.02)
    open_share = (1 - scene.occlusion[:, None] * (1 - openness)).clamp_min(MIN_AMBIENT)
    sun = (facing * sunlight)[..., None] * scene.sun_color[:, None]
    return sky * open_share[..., None] + sun


def _add_glass(
    grids: Grids,
    assets: Assets,
    scene: Scene,
    objects: Objects,
    direction: torch.Tensor,
    length: torch.Tensor,
    which: torch.Tensor,
    normal: torch.Tensor,
    color: torch.Tensor,
) -> torch.Tensor:
    """Blends the glass before the surfaces into their colours: tint, light and reflection."""
    point = scene.eye.T[..., None] + length.clamp_max(MAX_RAY_LENGTH) * direction
    row, _ = _row_of(grids, objects, point, which)
    material = scene.materials.gather(1, row[..., None].expand(-1, -1, ROW))
    transparency = material[..., GLASS, None]
    tint = material[..., RGB].clamp_min(0.05) ** 0.25
    one = torch.ones_like(length)
    lit = material[..., RGB] * _light(scene, normal, one, one)
    gloss = _gloss(material, direction, normal)
    mirrored = surfaces.reflection(assets, scene, normal, direction)
    pane = transparency * tint * color + (1 - transparency) * lit
    return torch.where((which >= 0)[..., None], pane * (1 - gloss) + gloss * mirrored, color)
