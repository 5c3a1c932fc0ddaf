"""Rooms: walls with windows, pictures, curtains and skirting, rugs, light, and photo backdrops."""

import torch

from training.studio.assets import Assets
from training.studio.random_numbers import Draw
from training.studio.scenes.materials import paint

PANELS = 3  # windows, pictures, curtains or doors on the walls of one room
# columns of a panel: lengths in longest sides, along the wall and above the floor
WALL, LEFT, RIGHT, LOW, HIGH, EDGE, PLATE, GLOW, PLEATS, FLAT, COLOR, PANEL = (
    *range(10),
    slice(10, 13),
    13,
)
FAR = 40.0  # where a wall stands that is not there
PLAIN_PLATE = 10**6  # a backdrop's number beyond all photographs: the plain colour instead
CURTAIN, WINDOW, PICTURE = 0.15, 0.45, 0.85  # upper bounds of a panel's kind; the rest are doors


def draw_walls(draw: Draw, support, eye, room) -> torch.Tensor:
    """(n, 2, 4): two upright planes at right angles behind the object, facing the camera.

    Mostly they are square with the object: furniture stands along walls. room : (n,) bool
    """
    facing = torch.atan2(eye[:, 0], eye[:, 2])
    square = (facing / (torch.pi / 2)).round() * (torch.pi / 2) + 0.03 * draw.normal()
    heading = torch.where(draw.chance(0.6), square, facing + draw.normal() * 0.5)
    out = []
    for turn, low, far_share in ((0.0, 0.01, 0.1), (torch.pi / 2, 0.1, 0.4)):
        n = torch.stack(
            [(heading + turn).sin(), torch.zeros_like(heading), (heading + turn).cos()], dim=1
        )
        n = n * torch.where((n * eye).sum(dim=1, keepdim=True) >= 0, 1.0, -1.0)
        back = torch.einsum("nkc,nc->nk", support, n).amin(dim=1)
        gap = torch.where(draw.chance(far_share) | ~room, FAR, draw.log(low, 3.0))
        out.append(torch.cat([n, (back - gap)[:, None]], dim=1))
    return torch.stack(out, dim=1)


def draw_panels(draw: Draw, assets: Assets, metre, walls) -> torch.Tensor:
    """(n, PANELS, PANEL); metre : (n,) its length in longest sides."""
    kind = draw.uniform(0, 1, PANELS)
    curtain = kind < CURTAIN
    window = ~curtain & (kind < WINDOW)
    picture = ~curtain & ~window & (kind < PICTURE)
    wide = torch.where(picture, draw.log(0.25, 1.2, PANELS), draw.uniform(0.7, 1.9, PANELS))
    tall = torch.where(picture, wide * draw.log(0.6, 1.6, PANELS), draw.uniform(1.0, 1.9, PANELS))
    low = torch.where(picture, draw.uniform(0.9, 1.6, PANELS), draw.uniform(0.3, 1.1, PANELS))
    standing = ~picture & ~window  # curtains and doors
    low = torch.where(standing, 0.0, low)
    tall = torch.where(standing, draw.uniform(2.0, 2.6, PANELS), tall)
    number = torch.arange(PANELS, device=draw.device)
    left = (draw.uniform(-1.6, 0.2, 1) + 1.5 * (number - 1) + 0.5 * draw.normal(PANELS)) - wide / 2
    there = draw.chance(torch.where(picture, 0.8, 0.55), PANELS)
    size = torch.stack([left, left + wide * there, low, low + tall], dim=-1) * metre[:, None, None]
    glow = torch.where(window, draw.log(0.8, 5.0, PANELS), 0.0)
    flat = torch.where(picture, draw.chance(0.1, PANELS).float(), torch.where(window, 0.0, 1.0))
    flat = torch.where(window, draw.uniform(0.2, 0.95, PANELS), flat)  # glare over the view
    color = paint(draw, PANELS)
    color = torch.where((window | (~curtain & draw.chance(0.5, PANELS)))[..., None], 0.85, color)
    edge = draw.uniform(0.01, 0.06, PANELS) * metre[:, None] * ~curtain
    columns = [
        draw.chance(0.35, PANELS).float(),
        *size.unbind(-1),
        edge,
        draw.index(len(assets.plates), PANELS).float(),
        glow,
        torch.where(curtain, draw.uniform(10, 40, PANELS), 0.0) / metre[:, None],
        flat,
    ]
    return torch.cat([torch.stack(columns, dim=-1), color], dim=-1)


def draw_rug(draw: Draw, metre):
    """Rug (n, 4) x, z, half x, half z (negative: none), and its pattern (n, 4): stripes along x and
    z per longest side, contrast, and whether they cross."""
    half = draw.uniform(0.4, 1.6, 2) * metre[:, None]
    there = draw.chance(0.45, 1)
    rug = torch.cat([draw.normal(2) * 0.4 * metre[:, None], torch.where(there, half, -1.0)], dim=1)
    stripes = draw.log(2.0, 12.0, 2) / metre[:, None] * draw.chance(0.6, 2)
    contrast = torch.where(draw.chance(0.5, 1), 0.0, draw.uniform(0.2, 0.95, 1))
    return rug, torch.cat([stripes, contrast, draw.chance(0.5, 1).float()], dim=1)


def draw_light(draw: Draw, assets: Assets):
    """Sky number, its turn, harmonics (n, 9, 3), sun direction and colour (n, 3)."""
    sky = draw.index(len(assets.skies))
    elevation, around = draw.uniform(0.35, 1.4), draw.uniform(-torch.pi, torch.pi)
    sun = torch.stack(
        [elevation.cos() * around.sin(), elevation.sin(), elevation.cos() * around.cos()], dim=1
    )
    warm = draw.normal(1) * 0.08
    tint = torch.cat([1 + warm, torch.ones_like(warm), 1 - warm], dim=1)
    strength = torch.where(draw.chance(0.65, 1), draw.log(0.1, 3.0, 1), 0.0)
    harmonics = assets.harmonics[sky]
    # a mean sky gives what it has of light from everywhere; normal photographs are exposed for it
    gray = harmonics[:, 0].mean(dim=1)[:, None, None] * 0.2821
    ambient = harmonics / gray.clamp_min(1e-3)
    colorless = ambient.mean(dim=2, keepdim=True)
    ambient = colorless + (ambient - colorless) * draw.uniform(0.0, 0.7, 1, 1)
    exposure = draw.log(0.75, 1.3, 1) / (1 + 0.4 * strength)
    turn = draw.uniform(-torch.pi, torch.pi)
    return sky, turn, ambient * exposure[..., None], sun, strength * tint * exposure


def draw_backdrop(draw: Draw, assets: Assets, mode, photo, horizon, object_color):
    """Plate number, its window (n, 3), plain colour (n, 3) and its shading (n, 2).

    mode : (n,) 0 a room, 1 a photograph, 2 a plain colour; horizon : (n,) v of the eye's height.
    A photograph's middle row, where its own horizon mostly lies, comes as near to the picture's
    horizon as its edges allow.
    """
    plate = torch.where(mode == 2, PLAIN_PLATE, draw.index(len(assets.plates)))
    plate = torch.where(mode == 0, -1, plate)
    size = draw.uniform(0.5, 1.0)
    width, height = photo[:, 2] - photo[:, 0], photo[:, 3] - photo[:, 1]
    size = size / (height / width).clamp_min(1)
    above = (photo[:, 3] - horizon) / width * size
    left = draw.uniform() * (1 - size)
    top = (draw.uniform(0.42, 0.58) - above).clamp_min(0)
    top = torch.minimum(top, 1 - size * height / width)
    window = torch.stack([left, top, size], dim=1)
    shading = torch.where(
        draw.chance(0.4, 1),
        torch.cat([draw.normal(1) * 0.3, draw.uniform(0.0, 0.7, 1)], dim=1),
        0.0,
    )
    return plate, window, _plain_colors(draw, object_color), shading


def _plain_colors(draw: Draw, object_color) -> torch.Tensor:
    """(n, 3) linear: mostly white, some grey, few tinted, some hardly told from the object."""
    gray = torch.where(draw.chance(0.65, 1), 1.0, draw.log(0.04, 1.0, 1))
    tinted = draw.uniform(0.2, 0.9, 3)
    color = torch.where(draw.chance(0.12, 1), tinted, gray.expand(-1, 3))
    alike = object_color * (0.15 * draw.normal(1)).exp()
    return torch.where(draw.chance(0.08, 1), alike, color)
