"""Material rows: what wood, cloth, paint and glass look like on furniture, floors and walls."""

import torch

from furniture.primitives import MATERIALS, MAX_PARTS
from training.studio.assets import GROUPS, Assets
from training.studio.random_numbers import Draw
from training.studio.rendering.tracer import OBJECTS
from training.studio.shapes.bank import ShapeBank

SURFACES = 4  # materials after those of the objects' parts: floor, two walls, rug
FLOOR, WALL_A, WALL_B, RUG = range(SURFACES)
# columns of a material row
RGB, TEXTURE, SCALE, STRENGTH, SPECULAR, GLASS, TURN, ROW = slice(0, 3), 3, 4, 5, 6, 7, 8, 9
# per material: chance that the texture's own colour stays, specular
NATURAL = dict(wood=0.75, fabric=0.3, leather=0.3, metal=0.45, plastic=0.1, painted=0.1)
NATURAL |= dict(glass=0.2, stone=0.8, paper=0.5, floor=0.8, wall=0.2)
SHINE = dict(wood=0.5, fabric=0.05, leather=0.6, metal=3.0, plastic=0.8, painted=0.6)
SHINE |= dict(glass=2.5, stone=0.6, paper=0.1, floor=0.5, wall=0.05)
TOGETHER = 0.75  # chance that parts of one material share its colour and cloth
PLAIN_WALLS = 0.65  # share of walls that are painted white or nearly so
CAMOUFLAGED = 0.12  # share of pictures whose walls and backdrop have the object's own colour


def paint(draw: Draw, *shape: int) -> torch.Tensor:
    """(n, *shape, 3) linear colours as furniture is dyed: whites, blacks, greys, browns, vivid."""
    kind = draw.uniform(0, 1, *shape)[..., None]
    tone = draw.uniform(0, 1, *shape)[..., None]
    vivid = draw.uniform(0, 1, *shape, 3) ** 2.0
    brown = torch.tensor([0.42, 0.24, 0.11], device=draw.device) * (0.15 + 1.6 * tone)
    color = torch.where(kind < 0.28, 0.6 + 0.35 * tone.expand_as(vivid), vivid * 0.9)
    color = torch.where((kind >= 0.28) & (kind < 0.45), 0.01 + 0.05 * tone, color)
    color = torch.where((kind >= 0.45) & (kind < 0.62), 0.08 + 0.4 * tone, color)
    color = torch.where((kind >= 0.62) & (kind < 0.78), brown, color)
    return (color * (1 + 0.06 * draw.normal(*shape, 3))).clamp(0.004, 0.95)


def draw_rows(draw: Draw, assets: Assets, group: torch.Tensor) -> torch.Tensor:
    """(n, K, ROW) material rows for group numbers (n, K)."""
    k = group.shape[1]
    natural = torch.tensor([NATURAL[name] for name in GROUPS], device=draw.device)
    shine = torch.tensor([SHINE[name] for name in GROUPS], device=draw.device)
    texture = assets.groups[group, draw.index(assets.groups.shape[1], k)]
    keep = draw.uniform(0, 1, k) < natural[group]
    own = assets.means[texture] * (1 + 0.15 * draw.normal(k, 1))
    color = torch.where(keep[..., None], own, paint(draw, k)).clamp(0.004, 0.95)
    see_through = (group == MATERIALS.index("glass")) * draw.uniform(0.5, 0.95, k)
    strength = draw.uniform(0.15, 1.0, k) * torch.where(keep, 1.0, draw.uniform(0.0, 1.0, k))
    columns = [
        texture.float(),
        draw.log(0.7, 6.0, k),
        strength,
        (shine[group] * draw.uniform(0, 1, k)).clamp_max(2.5),
        see_through,
        draw.chance(0.5, k).float(),
    ]
    return torch.cat([color, torch.stack(columns, dim=-1)], dim=-1)


def draw_materials(draw: Draw, bank: ShapeBank, assets: Assets, slot, like):
    """(n, OBJECTS * MAX_PARTS + SURFACES, ROW) for all objects, the floor, the walls and the rug.

    slot : (n, OBJECTS); like : (n, OBJECTS), the object whose materials each one shares
    """
    group = bank.materials[slot]  # (n, OBJECTS, MAX_PARTS)
    rows = draw_rows(draw, assets, group.flatten(1)).unflatten(1, (OBJECTS, MAX_PARTS))
    first = (group[..., :, None] == group[..., None, :]).int().argmax(dim=-1)
    shared = rows.gather(2, first[..., None].expand(-1, -1, -1, ROW))
    rows = torch.where(draw.chance(TOGETHER, OBJECTS, 1, 1), shared, rows)
    painted = bank.textured[slot] & draw.chance(0.65, OBJECTS)
    own = (bank.own_color[slot] ** 2.2).clamp(0.004, 0.95)
    color = torch.where(painted[..., None, None], own, rows[..., RGB])
    rows = torch.cat([color, rows[..., 3:]], dim=-1)
    index = like[..., None, None].expand(-1, -1, MAX_PARTS, ROW)
    rows = rows.gather(1, index)
    room = _room_rows(draw, assets, rows[:, 0, 0, RGB])
    return torch.cat([rows.flatten(1, 2), room], dim=1)


def _room_rows(draw: Draw, assets: Assets, object_color) -> torch.Tensor:
    """(n, SURFACES, ROW): floor, walls, rug, larger in pattern than a chair's cloth."""
    floor, wall, cloth = (GROUPS.index(name) for name in ("floor", "wall", "fabric"))
    kinds = torch.tensor([floor, wall, wall, cloth], device=draw.device)
    room = draw_rows(draw, assets, kinds.expand(draw.n, -1))
    scale = draw.log(0.25, 2.5, SURFACES)
    white = (0.55 + 0.35 * draw.uniform(0, 1, 1)) * (1 + 0.05 * draw.normal(3))
    plain = draw.chance(PLAIN_WALLS, 1)
    hidden = draw.chance(CAMOUFLAGED, 1)
    color, rest = room[..., RGB], room[..., STRENGTH:]
    walls = torch.where(plain, white.clamp(0.05, 0.92), color[:, WALL_A])
    walls = torch.where(hidden, object_color * (0.15 * draw.normal(1)).exp(), walls)
    one = draw.chance(0.7, 1)  # both walls are mostly alike
    color = torch.stack(
        [color[:, FLOOR], walls, torch.where(one, walls, color[:, WALL_B]), color[:, RUG]], dim=1
    )
    weak = torch.where(plain, 0.25, 1.0) * torch.ones(draw.n, 2, device=draw.device)
    strength = rest[..., :1] * torch.nn.functional.pad(weak, (1, 1), value=1.0)[..., None]
    texture = room[..., TEXTURE, None].clone()
    columns = [color.clamp(0.004, 0.95), texture, scale[..., None], strength, rest[..., 1:]]
    return torch.cat(columns, dim=-1)
