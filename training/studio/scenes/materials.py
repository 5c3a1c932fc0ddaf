"""Material rows: colour, texture and gloss of wood, fabric, paint, glass, floors and walls."""

import torch

from furniture.primitives import MATERIALS, MAX_MATERIALS
from training.studio.assets import GROUPS, Assets, to_linear
from training.studio.random_numbers import Draw
from training.studio.shapes.bank import ShapeBank

# rows after those of the objects: a duvet or throw and its lining, floor, two walls, rug
SURFACES = 6
COVER, LINING, FLOOR, WALL_A, WALL_B, RUG = range(SURFACES)
ROOM_SURFACES = 4  # of them from FLOOR on
# columns of a material row
RGB, TEXTURE, SCALE, STRENGTH, SPECULAR, GLASS, TURN = slice(0, 3), 3, 4, 5, 6, 7, 8
# kind of folds (fold_maps.py), their slope, and maps along a longest side of the object
FOLD_KIND, FOLD_SLOPE, FOLD_SCALE, ROW = 9, 10, 11, 12
# share of each group that has its texture's own colour
TEXTURE_COLOR_SHARE = dict(wood=0.75, fabric=0.3, leather=0.3, metal=0.45, plastic=0.1, painted=0.1)
TEXTURE_COLOR_SHARE |= dict(glass=0.2, stone=0.8, paper=0.5, floor=0.8, wall=0.2)
# largest specular strength of each group
MAX_SPECULAR = dict(wood=0.5, fabric=0.05, leather=0.6, metal=3.0, plastic=0.8, painted=0.6)
MAX_SPECULAR |= dict(glass=2.5, stone=0.6, paper=0.1, floor=0.5, wall=0.05)
SHARED_MATERIAL_SHARE = 0.75  # share of objects whose parts of one material look the same
OWN_COLOR_SHARE = 0.65  # share of textured CAD models that keep their own colours
PLAIN_WALLS = 0.65  # share of walls that are white or nearly white
CAMOUFLAGE_SHARE = 0.12  # share of pictures whose walls have the object's colour


def draw_paint_colors(draw: Draw, *shape: int) -> torch.Tensor:
    """Draws linear colours (n, *shape, 3) of furniture: whites, blacks, greys, browns, vivid."""
    kind = draw.uniform(0, 1, *shape)[..., None]
    tone = draw.uniform(0, 1, *shape)[..., None]
    vivid = draw.uniform(0, 1, *shape, 3) ** 2.0
    gray = vivid.mean(dim=-1, keepdim=True)
    vivid = gray + (vivid - gray) * (0.15 + 0.85 * tone**2)  # few pieces are strongly coloured
    brown = torch.tensor([0.42, 0.24, 0.11], device=draw.device) * (0.15 + 1.6 * tone)
    color = torch.where(kind < 0.28, 0.6 + 0.35 * tone.expand_as(vivid), vivid * 0.9)
    color = torch.where((kind >= 0.28) & (kind < 0.45), 0.01 + 0.05 * tone, color)
    color = torch.where((kind >= 0.45) & (kind < 0.62), 0.08 + 0.4 * tone, color)
    color = torch.where((kind >= 0.62) & (kind < 0.78), brown, color)
    return (color * (1 + 0.06 * draw.normal(*shape, 3))).clamp(0.004, 0.95)


def draw_rows(draw: Draw, assets: Assets, group: torch.Tensor) -> torch.Tensor:
    """Draws a material row for each group number.

    Parameters
    ----------
    draw : Draw
        Random numbers of n pictures.
    assets : Assets
        Textures.
    group : torch.Tensor
        (n, K) int64, index into GROUPS.

    Returns
    -------
    torch.Tensor
        (n, K, ROW) float32.
    """
    k = group.shape[1]
    own_share = torch.tensor([TEXTURE_COLOR_SHARE[name] for name in GROUPS], device=draw.device)
    max_specular = torch.tensor([MAX_SPECULAR[name] for name in GROUPS], device=draw.device)
    texture = assets.groups[group, draw.index(assets.groups.shape[1], k)]
    own = draw.uniform(0, 1, k) < own_share[group]
    own_color = assets.means[texture] * (1 + 0.15 * draw.normal(k, 1))
    color = torch.where(own[..., None], own_color, draw_paint_colors(draw, k)).clamp(0.004, 0.95)
    transparency = (group == MATERIALS.index("glass")) * draw.uniform(0.5, 0.95, k)
    strength = draw.uniform(0.15, 1.0, k) * torch.where(own, 1.0, draw.uniform(0.0, 1.0, k))
    columns = [
        texture.float(),
        draw.log(0.7, 6.0, k),
        strength,
        (max_specular[group] * draw.uniform(0, 1, k)).clamp_max(2.5),
        transparency,
        draw.chance(0.5, k).float(),
        *[torch.zeros(draw.n, k, device=draw.device)] * 3,  # soft_goods.py draws the folds
    ]
    return torch.cat([color, torch.stack(columns, dim=-1)], dim=-1)


def draw_materials(
    draw: Draw, bank: ShapeBank, assets: Assets, slot: torch.Tensor, source: torch.Tensor
) -> torch.Tensor:
    """Draws the materials of all objects, the floor, the walls and the rug; no cover, no folds.

    Parameters
    ----------
    draw : Draw
        Random numbers of n pictures.
    bank : ShapeBank
        Shapes with the material group of each part.
    assets : Assets
        Textures.
    slot : torch.Tensor
        (n, K) int64 into the bank.
    source : torch.Tensor
        (n, K) int64, the object whose materials each object has.

    Returns
    -------
    torch.Tensor
        (n, K * MAX_MATERIALS + SURFACES, ROW) float32.
    """
    group, count = bank.materials[slot], slot.shape[1]  # (n, K, MAX_MATERIALS)
    rows = draw_rows(draw, assets, group.flatten(1)).unflatten(1, (count, MAX_MATERIALS))
    first = (group[..., :, None] == group[..., None, :]).int().argmax(dim=-1)
    shared = rows.gather(2, first[..., None].expand(-1, -1, -1, ROW))
    rows = torch.where(draw.chance(SHARED_MATERIAL_SHARE, count, 1, 1), shared, rows)
    own = bank.textured[slot] & draw.chance(OWN_COLOR_SHARE, count)
    own_color = to_linear(bank.own_color[slot]).clamp(0.004, 0.95)
    color = torch.where(own[..., None, None], own_color, rows[..., RGB])
    rows = torch.cat([color, rows[..., 3:]], dim=-1)
    index = source[..., None, None].expand(-1, -1, MAX_MATERIALS, ROW)
    rows = rows.gather(1, index)
    room = _room_rows(draw, assets, rows[:, 0, 0, RGB])
    covers = torch.zeros_like(room[:, :FLOOR])
    return torch.cat([rows.flatten(1, 2), covers, room], dim=1)


def _room_rows(draw: Draw, assets: Assets, object_color: torch.Tensor) -> torch.Tensor:
    """Draws floor, walls and rug (n, ROOM_SURFACES, ROW) with patterns larger than a chair's."""
    floor, wall, fabric = (GROUPS.index(name) for name in ("floor", "wall", "fabric"))
    groups = torch.tensor([floor, wall, wall, fabric], device=draw.device)
    room = draw_rows(draw, assets, groups.expand(draw.n, -1))
    scale = draw.log(0.25, 2.5, ROOM_SURFACES)
    white = (0.55 + 0.35 * draw.uniform(0, 1, 1)) * (1 + 0.05 * draw.normal(3))
    plain = draw.chance(PLAIN_WALLS, 1)
    camouflaged = draw.chance(CAMOUFLAGE_SHARE, 1)
    color, rest = room[..., RGB], room[..., STRENGTH:]
    floor_color, wall_color, other_color, rug_color = color.unbind(dim=1)
    walls = torch.where(plain, white.clamp(0.05, 0.92), wall_color)
    walls = torch.where(camouflaged, object_color * (0.15 * draw.normal(1)).exp(), walls)
    same = draw.chance(0.7, 1)  # both walls have one colour
    others = torch.where(same, walls, other_color)
    color = torch.stack([floor_color, walls, others, rug_color], dim=1)
    weak = torch.where(plain, 0.25, 1.0) * torch.ones(draw.n, 2, device=draw.device)
    strength = rest[..., :1] * torch.nn.functional.pad(weak, (1, 1), value=1.0)[..., None]
    texture = room[..., TEXTURE, None].clone()
    columns = [color.clamp(0.004, 0.95), texture, scale[..., None], strength, rest[..., 1:]]
    return torch.cat(columns, dim=-1)
