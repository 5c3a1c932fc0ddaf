"""What surfaces and backdrops look like at a ray's end: textures, walls, rugs, mirrors, photos."""

import torch

from training.studio.assets import Assets
from training.studio.scenes import rooms
from training.studio.scenes.materials import SCALE, STRENGTH, TEXTURE, TURN
from training.studio.scenes.scene import Scene

SKIRTING = 0.85  # albedo of the boards along the walls
CROSSBAR = 0.012  # half width of a window's bars, as a share of its side


def texture(assets: Assets, material, point, normal):
    """(B, N, 3) factor of mean 1: the texture on the axis that the surface faces most."""
    x, y, z = point
    ax, ay, az = normal.abs()
    on_x, on_y = (ax >= ay) & (ax >= az), ay >= az
    u = torch.where(on_x, z, x)
    v = torch.where(on_x, y, torch.where(on_y, z, y))
    turn = material[..., TURN] > 0.5
    u, v = torch.where(turn, v, u), torch.where(turn, u, v)
    tile = assets.textures.shape[1]
    u, v = (c * material[..., SCALE] for c in (u, v))
    u, v = (u - u.floor()) * tile, (v - v.floor()) * tile
    i, j = v.floor().long(), u.floor().long()
    fi, fj = (v - i)[..., None], (u - j)[..., None]
    index = material[..., TEXTURE].long()
    i, j, i1, j1 = i % tile, j % tile, (i + 1) % tile, (j + 1) % tile
    look = assets.textures
    upper = look[index, i, j].float() * (1 - fj) + look[index, i, j1].float() * fj
    lower = look[index, i1, j].float() * (1 - fj) + look[index, i1, j1].float() * fj
    texel = upper * (1 - fi) + lower * fi
    return 1 + material[..., STRENGTH, None] * (texel - 1)


def within_rug(scene: Scene, point):
    """(B, N) bool."""
    x, _, z = point
    center, half = scene.rug[:, :2], scene.rug[:, 2:]
    return ((x - center[:, :1]).abs() < half[:, :1]) & ((z - center[:, 1:]).abs() < half[:, 1:])


def rug(scene: Scene, point, albedo):
    """Stripes, checks or patches over the rug's cloth."""
    x, _, z = point
    along, across, contrast, crossed = scene.rug_pattern[..., None].unbind(1)
    one = (x * along * torch.pi).sin() > 0
    other = (z * across * torch.pi).sin() > 0
    dark = torch.where(crossed > 0.5, one ^ other, one | other)
    return albedo * torch.where(dark, 1 - contrast, 1.0)[..., None]


def walls(assets: Assets, scene: Scene, point, plane, on_wall, albedo):
    """Albedo with skirting, pictures, doors and curtains on the walls, and the windows' glow."""
    height = point[1] - scene.planes[:, 0, 3:]
    normal = scene.planes[:, 1:, :3].gather(
        1, (plane - 1).clamp_min(0)[..., None].expand(-1, -1, 3)
    )
    along = point[0] * normal[..., 2] - point[2] * normal[..., 0]
    board = on_wall & (height < scene.skirting[:, None])
    albedo = torch.where(board[..., None], SKIRTING, albedo)
    chosen, x, y = _panel_at(scene, plane, on_wall, along, height)
    panel = scene.panels.gather(
        1, chosen.clamp_min(0)[..., None].expand(-1, -1, scene.panels.shape[-1])
    )
    content = _panel_color(assets, panel, x, y, along)
    inside = (chosen >= 0)[..., None]
    glow = panel[..., rooms.GLOW, None]
    shining = inside & (glow > 0) & _pane(panel, x, y)[..., None]
    return torch.where(inside, content, albedo), torch.where(shining, content * glow, 0.0)


def _panel_at(scene: Scene, plane, on_wall, along, height):
    """Which panel covers a point of a wall, -1 for none, and the place on it in [0, 1]."""
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


def _pane(panel, x, y):
    """(B, N) bool: inside the frame, and off a window's crossbars."""
    wide = panel[..., rooms.RIGHT] - panel[..., rooms.LEFT]
    tall = panel[..., rooms.HIGH] - panel[..., rooms.LOW]
    edge = panel[..., rooms.EDGE]
    inset = torch.minimum(torch.minimum(x, 1 - x) * wide, torch.minimum(y, 1 - y) * tall)
    bars = ((x - 0.5).abs() > CROSSBAR) & ((y - 0.6).abs() > CROSSBAR)
    return (inset > edge) & (bars | (panel[..., rooms.GLOW] <= 0))


def _panel_color(assets: Assets, panel, x, y, along):
    """(B, N, 3) linear: a photograph, or a colour in pleats, within a frame."""
    side = assets.plates.shape[-1]
    i, j = ((1 - y).clamp(0, 0.999) * side).long(), (x.clamp(0, 0.999) * side).long()
    photo = (assets.plates[panel[..., rooms.PLATE].long(), :, i, j].float() / 255) ** 2.2
    flat = panel[..., rooms.FLAT, None]
    pleats = 0.8 + 0.2 * (along * panel[..., rooms.PLEATS]).sin()
    color = panel[..., rooms.COLOR]
    inner = photo * (1 - flat) + flat * color * pleats[..., None]
    return torch.where(_pane(panel, x, y)[..., None], inner, color)


def reflection(assets: Assets, scene: Scene, normal, direction):
    """(B, N, 3) radiance of the panorama in the mirror direction."""
    x, y, z = direction - 2 * (direction * normal).sum(dim=0) * normal
    rows, columns = assets.skies.shape[-2:]
    polar = y.clamp(-1, 1).acos() / torch.pi * rows
    around = torch.atan2(x, z) + scene.sky_turn[:, None]
    around = (around / (2 * torch.pi)) % 1 * columns
    i, j = polar.long().clamp(0, rows - 1), around.long().clamp(0, columns - 1)
    return assets.skies[scene.sky[:, None], :, i, j].float().clamp_max(8)


def backdrop(assets: Assets, scene: Scene, u, v):
    """(B, N, 3) linear backdrop photograph or colour, fixed to the photo's frame."""
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
    return torch.where((scene.plate >= count)[:, None, None], plain, (texel.float() / 255) ** 2.2)
