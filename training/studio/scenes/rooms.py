"""Random rooms: walls with windows, pictures, curtains and doors, rugs, light, and backdrops.

Lengths are in the named object's longest side. `metre` is (n,), the length of a metre in it.
"""

import torch

from training.studio.assets import CONSTANT_HARMONIC, Assets
from training.studio.random_numbers import Draw
from training.studio.scenes.materials import draw_paint_colors

PANELS = 3  # windows, pictures, curtains and doors of one room
# columns of a panel: its wall (0 or 1), its limits along the wall and above the floor, the width of
# its frame, backdrop number, brightness, pleats, share of plain colour, colour; PANEL columns
WALL, LEFT, RIGHT, LOW, HIGH, EDGE, PLATE, GLOW, PLEATS, FLAT, COLOR, PANEL = (
    *range(10),
    slice(10, 13),
    13,
)
FAR = 40.0  # distance of a wall that the room does not have
PLAIN_PLATE = 10**6  # a backdrop number above all photographs: a plain colour
KEY_SHARE = 0.8  # share of pictures with one strong light beside the ambient light
CURTAIN, WINDOW, PICTURE = 0.15, 0.45, 0.85  # upper bounds of a panel's kind; the rest are doors


def draw_walls(
    draw: Draw, support: torch.Tensor, eye: torch.Tensor, room: torch.Tensor
) -> torch.Tensor:
    """Draws two upright walls at right angles behind the object, facing the camera.

    They are mostly parallel to the object's sides, since furniture stands along walls.

    Parameters
    ----------
    draw : Draw
        Random numbers of n pictures.
    support : torch.Tensor
        (n, K, 3) support points of the named object.
    eye : torch.Tensor
        (n, 3) camera.
    room : torch.Tensor
        (n,) bool, False for a scene without walls.

    Returns
    -------
    torch.Tensor
        (n, 2, 4): normal and offset of each wall.
    """
    facing = torch.atan2(eye[:, 0], eye[:, 2])
    parallel = (facing / (torch.pi / 2)).round() * (torch.pi / 2) + 0.03 * draw.normal()
    heading = torch.where(draw.chance(0.6), parallel, facing + draw.normal() * 0.5)
    walls = []
    for turn, min_gap, far_share in ((0.0, 0.01, 0.1), (torch.pi / 2, 0.1, 0.4)):
        n = torch.stack(
            [(heading + turn).sin(), torch.zeros_like(heading), (heading + turn).cos()], dim=1
        )
        n = n * torch.where((n * eye).sum(dim=1, keepdim=True) >= 0, 1.0, -1.0)
        back = torch.einsum("nkc,nc->nk", support, n).amin(dim=1)
        gap = torch.where(draw.chance(far_share) | ~room, FAR, draw.log(min_gap, 3.0))
        walls.append(torch.cat([n, (back - gap)[:, None]], dim=1))
    return torch.stack(walls, dim=1)


def draw_panels(draw: Draw, assets: Assets, metre: torch.Tensor) -> torch.Tensor:
    """Draws windows, pictures, curtains and doors: (n, PANELS, PANEL)."""
    kind = draw.uniform(0, 1, PANELS)
    curtain = kind < CURTAIN
    window = ~curtain & (kind < WINDOW)
    picture = ~curtain & ~window & (kind < PICTURE)
    to_floor = ~picture & ~window  # curtains and doors
    size = _panel_limits(draw, picture, to_floor) * metre[:, None, None]
    glow = torch.where(window, draw.log(0.8, 5.0, PANELS), 0.0)
    flat = torch.where(picture, draw.chance(0.1, PANELS).float(), torch.where(window, 0.0, 1.0))
    flat = torch.where(window, draw.uniform(0.2, 0.95, PANELS), flat)  # glare over the view
    color = draw_paint_colors(draw, PANELS)
    white = window | (~curtain & draw.chance(0.5, PANELS))
    color = torch.where(white[..., None], 0.85, color)
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


def _panel_limits(draw: Draw, picture: torch.Tensor, to_floor: torch.Tensor) -> torch.Tensor:
    """Draws left, right, low and high of each panel in metres: (n, PANELS, 4)."""
    wide = torch.where(picture, draw.log(0.25, 1.2, PANELS), draw.uniform(0.7, 1.9, PANELS))
    tall = torch.where(picture, wide * draw.log(0.6, 1.6, PANELS), draw.uniform(1.0, 1.9, PANELS))
    low = torch.where(picture, draw.uniform(0.9, 1.6, PANELS), draw.uniform(0.3, 1.1, PANELS))
    low = torch.where(to_floor, 0.0, low)
    tall = torch.where(to_floor, draw.uniform(2.0, 2.6, PANELS), tall)
    number = torch.arange(PANELS, device=draw.device)
    left = (draw.uniform(-1.6, 0.2, 1) + 1.5 * (number - 1) + 0.5 * draw.normal(PANELS)) - wide / 2
    present = draw.chance(torch.where(picture, 0.8, 0.55), PANELS)
    return torch.stack([left, left + wide * present, low, low + tall], dim=-1)


def draw_rug(draw: Draw, metre: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Draws a rug for each picture.

    Returns
    -------
    rug : torch.Tensor
        (n, 4): centre x and z, half size in x and z; negative sizes for no rug.
    pattern : torch.Tensor
        (n, 4): stripes along x and along z per longest side, contrast, 1 if the stripes cross.
    """
    half = draw.uniform(0.4, 1.6, 2) * metre[:, None]
    present = draw.chance(0.45, 1)
    center = draw.normal(2) * 0.4 * metre[:, None]
    rug = torch.cat([center, torch.where(present, half, -1.0)], dim=1)
    stripes = draw.log(2.0, 12.0, 2) / metre[:, None] * draw.chance(0.6, 2)
    contrast = torch.where(draw.chance(0.5, 1), 0.0, draw.uniform(0.2, 0.95, 1))
    return rug, torch.cat([stripes, contrast, draw.chance(0.5, 1).float()], dim=1)


def draw_light(
    draw: Draw, assets: Assets
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Draws the light of each picture.

    Returns
    -------
    sky : torch.Tensor
        (n,) int64, panorama for reflections.
    turn : torch.Tensor
        (n,) radians by which the panorama is turned.
    harmonics : torch.Tensor
        (n, 9, 3) irradiance / pi of the ambient light.
    sun, sun_color : torch.Tensor
        (n, 3) unit vector toward the sun, and its linear colour.
    """
    sky = draw.index(len(assets.skies))
    elevation, azimuth = draw.uniform(0.35, 1.4), draw.uniform(-torch.pi, torch.pi)
    sun = torch.stack(
        [elevation.cos() * azimuth.sin(), elevation.sin(), elevation.cos() * azimuth.cos()], dim=1
    )
    warm = draw.normal(1) * 0.08
    tint = torch.cat([1 + warm, torch.ones_like(warm), 1 - warm], dim=1)
    strength = torch.where(draw.chance(KEY_SHARE, 1), draw.log(0.2, 4.0, 1), 0.0)
    harmonics = assets.harmonics[sky]
    # the constant term scales all skies to one brightness, as a camera's exposure does
    gray = harmonics[:, 0].mean(dim=1)[:, None, None] * CONSTANT_HARMONIC
    ambient = harmonics / gray.clamp_min(1e-3)
    colorless = ambient.mean(dim=2, keepdim=True)
    ambient = colorless + (ambient - colorless) * draw.uniform(0.0, 0.7, 1, 1)
    exposure = draw.log(0.75, 1.3, 1) / (1 + 0.5 * strength)
    turn = draw.uniform(-torch.pi, torch.pi)
    return sky, turn, ambient * exposure[..., None], sun, strength * tint * exposure


def draw_backdrop(
    draw: Draw,
    assets: Assets,
    mode: torch.Tensor,
    photo: torch.Tensor,
    horizon: torch.Tensor,
    object_color: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Draws a backdrop for each picture without a room.

    The horizon of a photograph is mostly near its middle row. This row is aligned with the
    picture's horizon as far as the photograph's edges allow.

    Parameters
    ----------
    draw : Draw
        Random numbers of n pictures.
    assets : Assets
        Backdrop photographs.
    mode : torch.Tensor
        (n,): 0 a room, 1 a photograph, 2 a plain colour.
    photo : torch.Tensor
        (n, 4) frame of the picture in the image plane.
    horizon : torch.Tensor
        (n,) v of the horizon in the image plane.
    object_color : torch.Tensor
        (n, 3) linear.

    Returns
    -------
    plate : torch.Tensor
        (n,) int64, backdrop; -1 for a room, PLAIN_PLATE for a plain colour.
    window : torch.Tensor
        (n, 3) u0, v0 and size of the visible part, in [0, 1].
    color : torch.Tensor
        (n, 3) linear plain colour.
    shading : torch.Tensor
        (n, 2) gradient from top to bottom, and vignette.
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


def _plain_colors(draw: Draw, object_color: torch.Tensor) -> torch.Tensor:
    """Draws linear colours (n, 3): mostly white, some grey, few tinted, some like the object."""
    gray = torch.where(draw.chance(0.82, 1), 1.0, draw.log(0.04, 1.0, 1))
    tinted = _pale(draw.uniform(0.2, 0.9, 3))
    color = torch.where(draw.chance(0.12, 1), tinted, gray.expand(-1, 3))
    similar = object_color * (0.15 * draw.normal(1)).exp()
    return torch.where(draw.chance(0.08, 1), similar, color)


def _pale(color: torch.Tensor) -> torch.Tensor:
    """Moves colours (n, 3) halfway to the grey of their mean."""
    return 0.5 * (color + color.mean(dim=1, keepdim=True))
