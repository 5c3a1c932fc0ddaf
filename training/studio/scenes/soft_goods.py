"""Duvets and throws on beds, sofas and chairs, colours of bedding, and folds of upholstery.

Soft goods belong to the picture alone. The shape and the mask of an object do not have them, as in
Pix3D, whose CAD models are bare and whose masks are projections of the CAD models.
"""

import torch

from furniture.beds.dimensions import LINEN, MATTRESS, PILLOW
from furniture.primitives import MATERIALS, MAX_MATERIALS
from training.studio.assets import GROUPS, Assets
from training.studio.fold_maps import CHANNELED, PUCKERED, QUILTED, RUMPLED, TUFTED
from training.studio.random_numbers import Draw
from training.studio.rendering.torch_functions import PLACE, SCALE, STRETCH, turned
from training.studio.scenes.materials import (
    COVER,
    FOLD_KIND,
    LINING,
    RGB,
    SPECULAR,
    STRENGTH,
    draw_rows,
)
from training.studio.shapes import covers
from training.studio.shapes.bank import ShapeBank

DUVET_SHARE, SOFA_THROW_SHARE, CHAIR_THROW_SHARE = 0.75, 0.12, 0.02
HIGHEST_REST = 1.1  # metres above the floor; covers do not lie on upper bunks and canopies
HOLLOW = 0.15  # metres below the rest at which an object counts as absent below a cover
FOOTBOARD = 0.06  # metres above the mattress at which a foot end counts as a footboard
BEDDING_SHARE = 0.75  # share of beds whose mattress and pillows have colours of bedding
# share of objects of each category whose cloth or leather has folds
FOLD_SHARES = {"bed": 0.9, "sofa": 0.8, "chair": 0.3, "misc": 0.3}
PUCKER_SLOPE = 0.5  # of tight upholstery's folds, relative to bed linen
LEATHER_SLOPE = 0.7  # of leather's folds, relative to cloth
FOLD_PERIOD = (0.6, 1.3)  # metres along one map
PATTERN_SHARES = {TUFTED: 0.08, CHANNELED: 0.06, QUILTED: 0.05}  # of sofas; the rest is puckered
PATTERN_PERIOD = 0.45  # metres: two buttons, channels or squares


def draw_soft_goods(
    draw: Draw,
    bank: ShapeBank,
    assets: Assets,
    slot: torch.Tensor,
    pose: torch.Tensor,
    rows: torch.Tensor,
    metre: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Draws the soft goods of each picture.

    Parameters
    ----------
    draw : Draw
        Random numbers of n pictures.
    bank : ShapeBank
        Shapes; its last slots hold the covers.
    assets : Assets
        Textures.
    slot : torch.Tensor
        (n, K) int64 into the bank.
    pose : torch.Tensor
        (n, K, POSE).
    rows : torch.Tensor
        (n, K * MAX_MATERIALS + SURFACES, ROW) materials without covers and folds.
    metre : torch.Tensor
        (n,) length of a metre in the world.

    Returns
    -------
    cover_slot : torch.Tensor
        (n, 1) int64.
    cover_pose : torch.Tensor
        (n, 1, POSE); its scale is 0 in a picture without a cover.
    rows : torch.Tensor
        The materials with those of the cover and with folds.
    """
    carrier = _carrier(bank, slot, pose)
    own_slot = slot.gather(1, carrier)[:, 0]
    own_pose = pose.gather(1, carrier[..., None].expand(-1, -1, pose.shape[-1]))[:, 0]
    number, cover_pose = _place(draw, bank, own_slot, own_pose, metre)
    rows = _with_bedding(draw, bank, slot, rows)
    rows = _with_cover(
        draw, assets, slot.shape[1], rows, bank.typical_size[bank.category[own_slot]]
    )
    rows = _with_folds(draw, bank, slot, rows)
    return (bank.slots + number)[:, None], cover_pose[:, None], rows


def _carrier(bank: ShapeBank, slot: torch.Tensor, pose: torch.Tensor) -> torch.Tensor:
    """Index (n, 1) of the object that may carry a cover: the first bed, or the first object."""
    beds = (bank.category[slot] == bank.row("bed")) & (pose[..., SCALE] > 0)
    return beds.int().argmax(dim=1, keepdim=True)


def _place(
    draw: Draw, bank: ShapeBank, slot: torch.Tensor, pose: torch.Tensor, metre: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draws a cover (n,) and its pose (n, POSE): stretched to the object's upper side."""
    category = bank.category[slot]
    is_bed = category == bank.row("bed")
    scale, stretch = pose[:, SCALE, None], pose[:, STRETCH]
    half = bank.extent[slot] * scale * stretch / 2  # (n, 3) of the object in the world
    rest = bank.rest[slot] * scale[:, 0] * stretch[:, 1]
    foot = bank.foot[slot] * scale[:, 0] * stretch[:, 1]
    share = torch.where(is_bed, DUVET_SHARE, 0.0)
    share = torch.where(category == bank.row("sofa"), SOFA_THROW_SHARE, share)
    share = torch.where(category == bank.row("chair"), CHAIR_THROW_SHARE, share)
    above_floor = rest + half[:, 1]
    present = draw.chance(share) & (above_floor < HIGHEST_REST * metre) & (scale[:, 0] > 0)

    footboard = foot > rest + FOOTBOARD * metre
    bars = bank.side[slot] * scale[:, 0] * stretch[:, 1] > rest + FOOTBOARD * metre
    over_foot = ~footboard & draw.chance(torch.where(is_bed, 0.6, 1.0))
    number = draw.index(covers.COVERS // 2) + torch.where(over_foot, 0, covers.COVERS // 2)
    depth = 2 * half[:, 2]
    end = half[:, 2] + torch.where(over_foot, 0.01 * metre, -draw.uniform(0.03, 0.25) * metre)
    head = torch.where(draw.chance(0.85), draw.uniform(0.12, 0.45), draw.uniform(0.55, 0.75))
    start = -half[:, 2] + depth * torch.where(is_bed, head, draw.uniform(0.25, 0.5))
    spills = draw.chance(0.65) & ~bars
    wide = torch.where(spills, 0.015, -draw.uniform(0.0, 0.08) - 0.04 * bars) * metre + half[:, 0]
    narrow = torch.minimum(draw.uniform(0.2, 0.45) * metre, 0.7 * half[:, 0])
    width = torch.where(is_bed, wide, narrow)
    aside = torch.where(is_bed, 0.02 * draw.normal() * metre, draw.uniform(-0.4, 0.4) * half[:, 0])
    ends = torch.stack([aside - 0.8 * width, aside, aside + 0.8 * width], dim=1)
    under = _heights_under(bank, slot, pose, ends, end - 0.08 * metre)
    present = present & (under > (rest - HOLLOW * metre)[:, None]).all(dim=1)
    hang = torch.minimum(draw.uniform(0.2, 0.45) * metre, 0.8 * above_floor)

    rest = rest + torch.where(is_bed, 0.0, 0.015) * metre  # seats are crowned
    tall = hang / (covers.TOP - covers.HEM_HEIGHT)
    long = (end - start) / (covers.FOOT - covers.START)
    size = torch.stack([width / covers.HALF_WIDTH, tall, long], dim=1)
    offset = torch.stack([aside, rest - covers.TOP * tall, end - covers.FOOT * long])
    center = pose[:, PLACE] + turned(pose, offset, back=True).T
    own_scale = torch.where(present[:, None], scale, 0.0)
    size = size / scale.clamp_min(1e-6)
    return number, torch.cat([pose[:, :SCALE], own_scale, center, size.clamp_min(1e-3)], dim=1)


def _heights_under(
    bank: ShapeBank, slot: torch.Tensor, pose: torch.Tensor, x: torch.Tensor, z: torch.Tensor
) -> torch.Tensor:
    """Heights (n, 3) of an object at places x (n, 3) and z (n,), in the world from its centre."""
    size = pose[:, SCALE, None].clamp_min(1e-6) * pose[:, STRETCH]
    places = torch.stack([x / size[:, :1], (z[:, None] / size[:, 2:]).expand_as(x)])
    i, k = ((places + 0.5) * bank.cells).long().clamp(0, bank.cells - 1)
    return bank.top[slot[:, None], i, k] * size[:, 1:2]


def _bedding_colors(draw: Draw, count: int) -> torch.Tensor:
    """Draws linear colours (n, count, 3) of bed linen: mostly white or pale, some dark."""
    kind = draw.uniform(0, 1, count)[..., None]
    tone = draw.uniform(0, 1, count)[..., None]
    hue = draw.uniform(0, 1, 3)[:, None]  # one for all bedding of a picture
    white = (0.5 + 0.35 * tone) * (1 - 0.12 * hue * tone)
    pale = (0.3 + 0.4 * tone) * (0.7 + 0.3 * hue)
    dark = (0.03 + 0.2 * tone) * (0.5 + 0.5 * hue)
    return torch.where(kind < 0.5, white, torch.where(kind < 0.75, pale, dark))


def _with_bedding(
    draw: Draw, bank: ShapeBank, slot: torch.Tensor, rows: torch.Tensor
) -> torch.Tensor:
    """Gives mattress, linen and pillows of generated beds colours of bedding."""
    count = slot.shape[1]
    colors = _bedding_colors(draw, 2)
    table = torch.stack([torch.ones_like(colors[:, 0]) * 0.75, *colors.unbind(1)], dim=1)
    bed = (bank.category[slot] == bank.row("bed")) & (slot >= bank.cad_slots)
    bed = bed & draw.chance(BEDDING_SHARE, 1)
    index = torch.arange(MAX_MATERIALS, device=slot.device)
    own = rows[:, : count * MAX_MATERIALS].unflatten(1, (count, MAX_MATERIALS))
    color = own[..., RGB]
    for k, part in enumerate((MATTRESS, LINEN, PILLOW)):
        here = bed[..., None, None] & (index == part)[:, None]
        color = torch.where(here, table[:, None, None, k], color)
    own = torch.cat([color, own[..., 3:]], dim=-1).flatten(1, 2)
    return torch.cat([own, rows[:, count * MAX_MATERIALS :]], dim=1)


def _with_cover(
    draw: Draw, assets: Assets, count: int, rows: torch.Tensor, size: torch.Tensor
) -> torch.Tensor:
    """Draws the materials of the cover and its lining; `size` (n,) is its object's in metres."""
    fabric = torch.full((draw.n, 1), GROUPS.index("fabric"), device=draw.device)
    row = draw_rows(draw, assets, fabric)  # (n, 1, ROW)
    color = torch.where(draw.chance(0.75, 1, 1), _bedding_colors(draw, 2), row[..., RGB])
    strength = row[..., STRENGTH] * 0.6
    kind = torch.where(draw.chance(0.12, 1), QUILTED, RUMPLED)
    slope = draw.uniform(0.15, 0.45, 1)
    scale = size[:, None] / draw.log(*FOLD_PERIOD, 1)
    fold = torch.stack([kind.float(), slope, scale], dim=-1)
    middle = row[..., 3:FOLD_KIND].clone()
    middle[..., STRENGTH - 3], middle[..., SPECULAR - 3] = strength, 0.0
    rest = torch.cat([middle, fold], dim=-1).expand(-1, 2, -1)
    made = torch.cat([color.expand(-1, 2, -1), rest], dim=-1)
    first = count * MAX_MATERIALS
    return torch.cat([rows[:, : first + COVER], made, rows[:, first + LINING + 1 :]], dim=1)


def _with_folds(
    draw: Draw, bank: ShapeBank, slot: torch.Tensor, rows: torch.Tensor
) -> torch.Tensor:
    """Gives cloth and leather folds; some sofas and headboards are tufted."""
    count = slot.shape[1]
    category = bank.category[slot]  # (n, K)
    share = torch.zeros_like(category, dtype=torch.float32)
    for name, value in FOLD_SHARES.items():
        share = torch.where(category == bank.row(name), value, share)
    group = bank.materials[slot]  # (n, K, MAX_MATERIALS)
    leather = group == MATERIALS.index("leather")
    soft = leather | (group == MATERIALS.index("fabric"))
    pattern, kind = draw.uniform(0, 1, 1), torch.full((draw.n, 1), PUCKERED, device=draw.device)
    limit = 0.0
    for number, value in PATTERN_SHARES.items():
        kind = torch.where((pattern >= limit) & (pattern < limit + value), number, kind)
        limit += value
    is_bed = category == bank.row("bed")
    kind = torch.where(category == bank.row("sofa"), kind, PUCKERED)
    kind = torch.where(is_bed, RUMPLED, kind)  # (n, K)
    slope = draw.uniform(0.08, 0.28, 1) * draw.chance(share, 1).float()
    stitched = (kind != PUCKERED) & (kind != RUMPLED)
    slope = torch.where(kind == PUCKERED, PUCKER_SLOPE * slope, slope)
    slope = torch.where(stitched, slope * 1.5 + 0.1, slope) * (slope > 0)
    period = torch.where(stitched, PATTERN_PERIOD, draw.log(*FOLD_PERIOD, 1))
    scale = bank.typical_size[category] / period
    slopes = slope[..., None] * soft * torch.where(leather, LEATHER_SLOPE, 1.0)
    columns = torch.stack(
        [kind[..., None].expand_as(slopes).float(), slopes, scale[..., None].expand_as(slopes)],
        dim=-1,
    )
    own = rows[:, : count * MAX_MATERIALS, :FOLD_KIND]
    own = torch.cat([own, columns.flatten(1, 2)], dim=-1)
    return torch.cat([own, rows[:, count * MAX_MATERIALS :]], dim=1)
