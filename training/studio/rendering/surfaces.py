"""Colours at the points where rays end: textures, walls, rugs, reflections and backdrops.

Tensors are (B, N) for N rays of B pictures, points and vectors (3, B, N), and colours (B, N, 3) in
linear RGB.
"""

import torch

from training.studio.assets import Assets, to_linear
from training.studio.scenes import rooms
from training.studio.scenes.materials import (
    FOLD_KIND,
    FOLD_SCALE,
    FOLD_SLOPE,
    SCALE,
    STRENGTH,
    TEXTURE,
    TURN,
)
from training.studio.scenes.scene import Scene

SKIRTING_ALBEDO = 0.85  # of the boards along the walls
HOLLOW_SHADE = 0.5  # share of the light that the deepest place of a steep fold loses
STEEP = 0.3  # slope from which folds have their full shade
CROSSBAR_HALF_WIDTH = 0.012  # of a window's bars, as a share of its side


def texture(
    assets: Assets, material: torch.Tensor, point: torch.Tensor, normal: torch.Tensor
) -> torch.Tensor:
    """Looks up textures, projected along the axis that is closest to the normal.

    Parameters
    ----------
    assets : Assets
        Textures.
    material : torch.Tensor
        (B, N, ROW) rows of `Scene.materials`.
    point, normal : torch.Tensor
        (3, B, N) in the frame of the object.

    Returns
    -------
    torch.Tensor
        (B, N, 3) factor of the colour, of mean 1 over a texture.
    """
    u, v, _, _ = projected(point, normal)
    turn = material[..., TURN] > 0.5
    u, v = torch.where(turn, v, u), torch.where(turn, u, v)
    tile = assets.textures.shape[1]
    u, v = (c * material[..., SCALE] for c in (u, v))
    u, v = (u - u.floor()) * tile, (v - v.floor()) * tile
    i, j = v.floor().long(), u.floor().long()
    fi, fj = (v - i)[..., None], (u - j)[..., None]
    index = material[..., TEXTURE].long()
    i, j, i1, j1 = i % tile, j % tile, (i + 1) % tile, (j + 1) % tile
    textures = assets.textures
    upper = textures[index, i, j].float() * (1 - fj) + textures[index, i, j1].float() * fj
    lower = textures[index, i1, j].float() * (1 - fj) + textures[index, i1, j1].float() * fj
    texel = upper * (1 - fi) + lower * fi
    return 1 + material[..., STRENGTH, None] * (texel - 1)


def projected(
    point: torch.Tensor, normal: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Projects points (3, B, N) along the axis that is closest to the normal.

    Returns
    -------
    u, v : torch.Tensor
        (B, N) place in the plane; v is y on upright sides.
    on_x, on_y : torch.Tensor
        (B, N) bool, the axis is x; it is x or y and not z.
    """
    x, y, z = point
    ax, ay, az = normal.abs()
    on_x, on_y = (ax >= ay) & (ax >= az), ay >= az
    u = torch.where(on_x, z, x)
    v = torch.where(on_x, y, torch.where(on_y, z, y))
    return u, v, on_x, on_y


def folds(
    assets: Assets, material: torch.Tensor, point: torch.Tensor, normal: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Tilts normals as the folds of a material do.

    Parameters
    ----------
    assets : Assets
        Maps of folds.
    material : torch.Tensor
        (B, N, ROW) rows of `Scene.materials`.
    point, normal : torch.Tensor
        (3, B, N) in the frame of the object.

    Returns
    -------
    normal : torch.Tensor
        (3, B, N) unit vectors.
    light : torch.Tensor
        (B, N) share of the light that reaches into the folds.
    """
    u, v, on_x, on_y = projected(point, normal)
    side, slope = assets.folds.shape[1], material[..., FOLD_SLOPE]
    i, j = (((c * material[..., FOLD_SCALE]) % 1 * side).long() % side for c in (v, u))
    along_u, along_v, hollow = assets.folds[material[..., FOLD_KIND].long(), i, j].unbind(-1)
    along_u, along_v = along_u * slope, along_v * slope
    tilt_x = torch.where(on_x, 0.0, along_u)
    tilt_y = torch.where(on_x, along_v, torch.where(on_y, 0.0, along_v))
    tilt_z = torch.where(on_x, along_u, torch.where(on_y, along_v, 0.0))
    tilt = torch.stack([tilt_x, tilt_y, tilt_z])
    tilted = normal - tilt + (tilt * normal).sum(dim=0) * normal
    tilted = tilted * (tilted.square().sum(dim=0) + 1e-12).rsqrt()
    dark = (slope / STEEP).clamp_max(1) * HOLLOW_SHADE
    return torch.where(slope > 0, tilted, normal), 1 - dark * hollow


def within_rug(scene: Scene, point: torch.Tensor) -> torch.Tensor:
    """Returns (B, N) bool, True where a point (3, B, N) of the floor lies on the rug."""
    x, _, z = point
    center, half = scene.rug[:, :2], scene.rug[:, 2:]
    return ((x - center[:, :1]).abs() < half[:, :1]) & ((z - center[:, 1:]).abs() < half[:, 1:])


def rug(scene: Scene, point: torch.Tensor, albedo: torch.Tensor) -> torch.Tensor:
    """Adds the pattern of the rug: stripes, checks or patches.

    Parameters
    ----------
    scene : Scene
        Scenes of B pictures.
    point : torch.Tensor
        (3, B, N) points on the floor.
    albedo : torch.Tensor
        (B, N, 3) of the rug without its pattern.

    Returns
    -------
    torch.Tensor
        (B, N, 3) albedo.
    """
    x, _, z = point
    along, across, contrast, crossed = scene.rug_pattern[..., None].unbind(1)
    one = (x * along * torch.pi).sin() > 0
    other = (z * across * torch.pi).sin() > 0
    dark = torch.where(crossed > 0.5, one ^ other, one | other)
    return albedo * torch.where(dark, 1 - contrast, 1.0)[..., None]


def walls(
    assets: Assets,
    scene: Scene,
    point: torch.Tensor,
    plane: torch.Tensor,
    on_wall: torch.Tensor,
    albedo: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Adds skirting boards, pictures, doors, curtains and windows to the walls.

    Parameters
    ----------
    assets : Assets
        Photographs of the panels.
    scene : Scene
        Scenes of B pictures.
    point : torch.Tensor
        (3, B, N).
    plane : torch.Tensor
        (B, N) int64, the plane that the ray meets; 0 is the floor.
    on_wall : torch.Tensor
        (B, N) bool, True where the ray ends on a wall.
    albedo : torch.Tensor
        (B, N, 3) of the surfaces without panels.

    Returns
    -------
    albedo : torch.Tensor
        (B, N, 3).
    glow : torch.Tensor
        (B, N, 3) light that windows emit; 0 elsewhere.
    """
    height = point[1] - scene.planes[:, 0, 3:]
    normal = scene.planes[:, 1:, :3].gather(
        1, (plane - 1).clamp_min(0)[..., None].expand(-1, -1, 3)
    )
    along = point[0] * normal[..., 2] - point[2] * normal[..., 0]
    board = on_wall & (height < scene.skirting[:, None])
    albedo = torch.where(board[..., None], SKIRTING_ALBEDO, albedo)
    chosen, x, y = _panel_at(scene, plane, on_wall, along, height)
    panel = scene.panels.gather(
        1, chosen.clamp_min(0)[..., None].expand(-1, -1, scene.panels.shape[-1])
    )
    content = _panel_color(assets, panel, x, y, along)
    inside = (chosen >= 0)[..., None]
    glow = panel[..., rooms.GLOW, None]
    emits = inside & (glow > 0) & _inside_frame(panel, x, y)[..., None]
    return torch.where(inside, content, albedo), torch.where(emits, content * glow, 0.0)


def _panel_at(
    scene: Scene,
    plane: torch.Tensor,
    on_wall: torch.Tensor,
    along: torch.Tensor,
    height: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Panel (B, N) that covers a point of a wall, -1 for none, and the place on it in [0, 1]."""
    chosen = torch.full_like(plane, -1)
    x, y = torch.zeros_like(along), torch.zeros_like(along)
    for k in range(rooms.PANELS):
        p = scene.panels[:, k, :, None]
        px = (along - p[:, rooms.LEFT]) / (p[:, rooms.RIGHT] - p[:, rooms.LEFT]).clamp_min(1e-4)
        py = (height - p[:, rooms.LOW]) / (p[:, rooms.HIGH] - p[:, rooms.LOW])
        here = on_wall & (plane - 1 == p[:, rooms.WALL].long())
        here = here & (px > 0) & (px < 1) & (py > 0) & (py < 1)
        chosen = torch.where(here, k, chosen)
        x, y = torch.where(here, px, x), torch.where(here, py, y)
    return chosen, x, y


def _inside_frame(panel: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """True (B, N) inside the frame and beside a window's crossbars."""
    wide = panel[..., rooms.RIGHT] - panel[..., rooms.LEFT]
    tall = panel[..., rooms.HIGH] - panel[..., rooms.LOW]
    edge = panel[..., rooms.EDGE]
    inset = torch.minimum(torch.minimum(x, 1 - x) * wide, torch.minimum(y, 1 - y) * tall)
    bars = ((x - 0.5).abs() > CROSSBAR_HALF_WIDTH) & ((y - 0.6).abs() > CROSSBAR_HALF_WIDTH)
    return (inset > edge) & (bars | (panel[..., rooms.GLOW] <= 0))


def _panel_color(
    assets: Assets, panel: torch.Tensor, x: torch.Tensor, y: torch.Tensor, along: torch.Tensor
) -> torch.Tensor:
    """Colour (B, N, 3) of a panel: a photograph or a pleated colour, with a frame."""
    side = assets.plates.shape[-1]
    i, j = ((1 - y).clamp(0, 0.999) * side).long(), (x.clamp(0, 0.999) * side).long()
    photo = to_linear(assets.plates[panel[..., rooms.PLATE].long(), :, i, j].float() / 255)
    flat = panel[..., rooms.FLAT, None]
    pleats = 0.8 + 0.2 * (along * panel[..., rooms.PLEATS]).sin()
    color = panel[..., rooms.COLOR]
    inner = photo * (1 - flat) + flat * color * pleats[..., None]
    return torch.where(_inside_frame(panel, x, y)[..., None], inner, color)


def reflection(
    assets: Assets, scene: Scene, normal: torch.Tensor, direction: torch.Tensor
) -> torch.Tensor:
    """Looks up the panorama in the mirror direction.

    Parameters
    ----------
    assets : Assets
        Panoramas.
    scene : Scene
        Scenes of B pictures.
    normal, direction : torch.Tensor
        (3, B, N) unit vectors in the world.

    Returns
    -------
    torch.Tensor
        (B, N, 3) linear radiance, at most 8.
    """
    x, y, z = direction - 2 * (direction * normal).sum(dim=0) * normal
    rows, columns = assets.skies.shape[-2:]
    polar = y.clamp(-1, 1).acos() / torch.pi * rows
    around = torch.atan2(x, z) + scene.sky_turn[:, None]
    around = (around / (2 * torch.pi)) % 1 * columns
    i, j = polar.long().clamp(0, rows - 1), around.long().clamp(0, columns - 1)
    return assets.skies[scene.sky[:, None], :, i, j].float().clamp_max(8)


def backdrop(assets: Assets, scene: Scene, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Looks up the backdrop, which is fixed to the frame of the photograph.

    Parameters
    ----------
    assets : Assets
        Backdrop photographs.
    scene : Scene
        Scenes of B pictures; `plate` beyond the photographs is a plain colour.
    u, v : torch.Tensor
        (B, N) place in the image plane.

    Returns
    -------
    torch.Tensor
        (B, N, 3) linear RGB.
    """
    side = assets.plates.shape[-1]
    width = (scene.photo[:, 2] - scene.photo[:, 0])[:, None]
    left, top = (u - scene.photo[:, 0:1]) / width, (scene.photo[:, 3:4] - v) / width
    x = left * scene.plate_window[:, 2:3] + scene.plate_window[:, 0:1]
    y = top * scene.plate_window[:, 2:3] + scene.plate_window[:, 1:2]
    i, j = (y.clamp(0, 0.999) * side).long(), (x.clamp(0, 0.999) * side).long()
    count = len(assets.plates)
    texel = assets.plates[scene.plate.clamp(0, count - 1)[:, None], :, i, j]
    slope, vignette = scene.plate_shading[:, :1], scene.plate_shading[:, 1:]
    shade = 1 + slope * (0.5 - top) - vignette * ((left - 0.5) ** 2 + (top - 0.5) ** 2)
    plain = scene.plate_color[:, None] * shade.clamp(0.2, 1.3)[..., None]
    return torch.where((scene.plate >= count)[:, None, None], plain, to_linear(texel.float() / 255))
