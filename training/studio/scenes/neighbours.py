"""What stands around the named object: chairs at a table, a row of the same, things on top.

Most of the first weights' errors on photographs were of this kind, so sets of furniture are made
as rooms have them: of true relative size, aligned with one another, and often hiding a part.
"""

import torch

from core.categories import CATEGORIES
from training.studio.random_numbers import Draw
from training.studio.rendering.tracer import OBJECTS
from training.studio.shapes.bank import CUSHIONS, ShapeBank

OTHERS = OBJECTS - 1
# longest side in metres, as a rule, in the order of CATEGORIES
METRES = dict(bed=2.1, bookcase=1.8, chair=0.95, desk=1.4, misc=0.5, sofa=2.1, table=1.3)
METRES |= dict(tool=0.35, wardrobe=1.9)
# chances of company, given the named object
AT_TABLE, TABLE_AT_CHAIR, IN_A_ROW = 0.5, 0.25, 0.15
BESIDE, ON_TOP = 0.45, 0.4  # of loose neighbours; the rest stand in front
SET_SHARE, LOOSE_SHARE = 0.7, 0.4  # of the possible neighbours, those that are there
BED, CHAIR, DESK, MISC, SOFA, TABLE, TOOL = (
    CATEGORIES.index(name) for name in ("bed", "chair", "desk", "misc", "sofa", "table", "tool")
)


def metres(category: torch.Tensor) -> torch.Tensor:
    """Usual longest side of each category (...)."""
    return torch.tensor([METRES[name] for name in CATEGORIES], device=category.device)[category]


def draw_objects(draw: Draw, bank: ShapeBank, slot, support, eye, floor):
    """All objects of each picture: slots (n, OBJECTS), poses (n, OBJECTS, 6), and `like`
    (n, OBJECTS), the object whose materials each one shares."""
    category = bank.category[slot]
    table = (category == TABLE) | (category == DESK)
    company = draw.uniform()
    laid = table & (company < AT_TABLE)
    drawn_up = (category == CHAIR) & (company < TABLE_AT_CHAIR)
    row = (company > 1 - IN_A_ROW) & ~laid & ~drawn_up
    loose = ~(laid | drawn_up | row)
    place = draw.uniform(0, 1, OTHERS)
    on_top = loose[:, None] & (place >= BESIDE) & (place < BESIDE + ON_TOP)
    on_top = on_top | (laid[:, None] & _last(draw) & draw.chance(0.7, 1))
    front = loose[:, None] & (place >= BESIDE + ON_TOP)
    first = _first(draw)
    copy = row[:, None] | (drawn_up[:, None] & ~first)
    facing = laid[:, None] & ~on_top

    wanted = _wanted(draw, category, on_top, facing, drawn_up[:, None] & first)
    others = bank.members[wanted, _picks(draw, bank, facing)]
    others = torch.where((wanted < 0), draw.index(bank.slots, OTHERS), others)
    others = torch.where(copy, slot[:, None], others)
    scale = metres(bank.category[others]) / metres(category)[:, None]
    scale = scale * (0.12 * draw.normal(OTHERS)).exp()
    small = draw.log(0.15, 0.5, OTHERS) / metres(category)[:, None]
    scale = torch.where(copy, 1.0, torch.where(on_top, small, scale))

    camera = torch.atan2(eye[:, 0], eye[:, 2])[:, None]
    heading = _headings(draw, camera, facing, copy, drawn_up[:, None] & first, front)
    yaw = _yaws(draw, heading, facing, copy)
    spot = _on_floor(draw, bank, others, support, heading, yaw, scale, floor, facing, copy)
    top = _on_top(draw, bank, slot, others, support, scale)
    spot = torch.where(on_top[..., None], top, spot)
    present = draw.chance(torch.where(loose, LOOSE_SHARE, SET_SHARE)[:, None], OTHERS)
    clear_of_camera = (spot - eye[:, None]).norm(dim=-1) > 0.75 * scale + 0.25
    scale = torch.where(present & clear_of_camera, scale, 0.0)
    pose = torch.cat([yaw.cos()[..., None], yaw.sin()[..., None], scale[..., None], spot], dim=-1)
    own = torch.tensor([1.0, 0, 1, 0, 0, 0], device=draw.device).expand(draw.n, 1, 6)
    like = torch.arange(1, OBJECTS, device=draw.device).expand(draw.n, -1)
    like = torch.where(copy, 0, torch.where(facing, 1, like))
    return (
        torch.cat([slot[:, None], others], dim=1),
        torch.cat([own, pose], dim=1),
        torch.nn.functional.pad(like, (1, 0)),
    )


def _first(draw: Draw) -> torch.Tensor:
    return torch.arange(OTHERS, device=draw.device)[None] == 0


def _last(draw: Draw) -> torch.Tensor:
    return torch.arange(OTHERS, device=draw.device)[None] == OTHERS - 1


def _wanted(draw: Draw, category, on_top, facing, table):
    """(n, OTHERS) row of `bank.members` to draw from; -1 for any shape."""
    soft = ((category == SOFA) | (category == BED))[:, None] & draw.chance(0.8, OTHERS)
    small = torch.where(draw.chance(0.3, OTHERS), TOOL, MISC)
    wanted = torch.where(on_top, torch.where(soft, CUSHIONS, small), -1)
    wanted = torch.where(facing, CHAIR, wanted)
    return torch.where(table, TABLE, wanted)


def _picks(draw: Draw, bank: ShapeBank, facing) -> torch.Tensor:
    """Columns of `bank.members`; chairs at one table are mostly of one kind."""
    pick = draw.index(bank.members.shape[1], OTHERS)
    together = facing & draw.chance(0.85, 1)
    return torch.where(together, pick[:, :1], pick)


def _headings(draw: Draw, camera, facing, copy, table, front):
    """(n, OTHERS) radians about y in which a neighbour lies, 0 for the object's front."""
    number = torch.arange(OTHERS, device=draw.device)
    around = (draw.index(4, 1) + number) * (torch.pi / 2) + 0.12 * draw.normal(OTHERS)
    row = torch.pi / 2 + torch.pi * (number % 2) + 0.06 * draw.normal(OTHERS)
    behind = camera + torch.pi + (number - 1) * 0.9 + 0.7 * draw.normal(OTHERS)
    heading = torch.where(front, camera + 0.5 * draw.normal(OTHERS), behind)
    heading = torch.where(copy, row, torch.where(facing, around, heading))
    return torch.where(table, 0.15 * draw.normal(OTHERS), heading)


def _yaws(draw: Draw, heading, facing, copy):
    """Chairs look at their table; a row looks one way; the rest follows the room's right angles."""
    square = draw.index(4, OTHERS) * (torch.pi / 2) + 0.15 * draw.normal(OTHERS)
    alike = torch.where(draw.chance(0.7, 1), 0.0, square)
    yaw = torch.where(facing, heading + torch.pi, torch.where(copy, alike, square))
    free = draw.chance(0.15, OTHERS)
    return torch.where(free, draw.uniform(-torch.pi, torch.pi, OTHERS), yaw)


def _on_floor(draw: Draw, bank, others, support, heading, yaw, scale, floor, facing, copy):
    """(n, OTHERS, 3) centres: touching the object's outline or drawn up under it."""
    toward = torch.stack([heading.sin(), torch.zeros_like(heading), heading.cos()], dim=-1)
    reach = torch.einsum("nkc,noc->nok", support, toward).amax(dim=-1)
    hull = bank.support[others]  # (n, OTHERS, K, 3)
    away = heading + torch.pi - yaw  # the way back to the object, in the neighbour's frame
    back = torch.stack([away.sin(), torch.zeros_like(away), away.cos()], dim=-1)
    depth = torch.einsum("nokc,noc->nok", hull, back).amax(dim=-1) * scale
    second = torch.arange(OTHERS, device=draw.device) >= 2
    gap = draw.log(0.01, 0.6, OTHERS) + torch.where(copy & second, 2 * reach + 0.1, 0.0)
    distance = reach + depth + gap
    tucked = reach + depth * draw.uniform(-0.6, 1.5, OTHERS)
    distance = torch.where(facing, tucked, distance)
    drawn_up = depth + reach * draw.uniform(-0.3, 1.2, OTHERS)
    is_table = bank.category[others] == TABLE
    distance = torch.where(is_table & draw.chance(0.6, OTHERS), drawn_up, distance)
    spot = toward * distance[..., None]
    height = floor[:, None] - hull[..., 1].amin(dim=-1) * scale
    return torch.stack([spot[..., 0], height, spot[..., 2]], dim=-1)


def _on_top(draw: Draw, bank: ShapeBank, slot, others, support, scale):
    """(n, OTHERS, 3) centres on some point of the footprint, at what is solid there."""
    low, high = support.amin(dim=1)[:, None], support.amax(dim=1)[:, None]
    spot = low + (high - low) * draw.uniform(0.15, 0.85, OTHERS, 3)
    cell = ((spot + 0.5) * bank.cells).long().clamp(0, bank.cells - 1)
    height = bank.top[slot[:, None], cell[..., 0], cell[..., 2]]
    height = height - bank.support[others][..., 1].amin(dim=-1) * scale
    return torch.stack([spot[..., 0], height, spot[..., 2]], dim=-1)
