"""Objects around the named one: chairs at a table, rows of copies, objects on top or in front.

Most errors of the first weights on photographs were in such scenes. The sets therefore follow real
rooms: true relative sizes, objects aligned with each other, and occlusion.

Masks of the OTHERS neighbours, (n, OTHERS) bool or broadcastable, with one meaning in this file:
`seated` (a chair at the named table), `copies` (the same shape as the named object, in a row),
`table` (a table in front of the named chair), `on_top`, `front` (in front of the named object).
"""

import torch

from training.studio.random_numbers import Draw
from training.studio.rendering.tracer import OBJECTS
from training.studio.shapes.bank import ShapeBank

OTHERS = OBJECTS - 1
# shares of scenes of a set, among those with a table or desk, with a chair, and with any object
AT_TABLE, TABLE_AT_CHAIR, IN_A_ROW = 0.5, 0.25, 0.15
CUSHION_SIZE = 0.25  # metres, least size of a cushion on a sofa or bed
# where cushions lie on beds and on sofas: from and to shares of the depth, from behind
CUSHION_DEPTHS = ((0.1, 0.3), (0.34, 0.6))
BESIDE, ON_TOP = 0.45, 0.4  # shares of the neighbours without a set; the rest is in front
SET_SHARE, LOOSE_SHARE = (
    0.7,
    0.4,
)  # share of possible neighbours that are present, with a set or not


def draw_objects(
    draw: Draw,
    bank: ShapeBank,
    slot: torch.Tensor,
    stretch: torch.Tensor,
    support: torch.Tensor,
    eye: torch.Tensor,
    floor: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Draws the objects of each picture; the first is the named one.

    Parameters
    ----------
    draw : Draw
        Random numbers of n pictures.
    bank : ShapeBank
        Shapes.
    slot : torch.Tensor
        (n,) int64, slot of the named object.
    stretch : torch.Tensor
        (n, 3) of the named object. Its copies are stretched alike, other objects are not.
    support : torch.Tensor
        (n, K, 3) support points of the named object.
    eye : torch.Tensor
        (n, 3) camera.
    floor : torch.Tensor
        (n,) height of the floor.

    Returns
    -------
    slots : torch.Tensor
        (n, OBJECTS) int64.
    pose : torch.Tensor
        (n, OBJECTS, POSE): cos and sin of yaw, scale (0: absent), centre, stretch.
    material_source : torch.Tensor
        (n, OBJECTS) int64, the object whose materials each object has.
    """
    category = bank.category[slot]
    is_table = (category == bank.row("table")) | (category == bank.row("desk"))
    kind = draw.uniform()
    at_table = is_table & (kind < AT_TABLE)
    table_at_chair = (category == bank.row("chair")) & (kind < TABLE_AT_CHAIR)
    in_a_row = (kind > 1 - IN_A_ROW) & ~at_table & ~table_at_chair
    loose = ~(at_table | table_at_chair | in_a_row)
    place = draw.uniform(0, 1, OTHERS)
    on_top = loose[:, None] & (place >= BESIDE) & (place < BESIDE + ON_TOP)
    on_top = on_top | (at_table[:, None] & _is_last(draw) & draw.chance(0.7, 1))
    front = loose[:, None] & (place >= BESIDE + ON_TOP)
    table = table_at_chair[:, None] & _is_first(draw)
    copies = in_a_row[:, None] | (table_at_chair[:, None] & ~_is_first(draw))
    seated = at_table[:, None] & ~on_top

    kinds = _member_rows(draw, bank, category, on_top, seated, table)
    others = bank.members[kinds, _member_columns(draw, bank, seated)]
    others = torch.where((kinds < 0), (draw.uniform(0, 1, OTHERS) * bank.count).long(), others)
    others = torch.where(copies, slot[:, None], others)
    longest = bank.typical_size[category][:, None]  # metres
    scale = bank.typical_size[bank.category[others]] / longest
    scale = scale * (0.12 * draw.normal(OTHERS)).exp()
    small = draw.log(0.15, 0.5, OTHERS)  # metres
    cushion = kinds == bank.cushions
    small = torch.where(cushion, CUSHION_SIZE + 0.5 * small, small) / longest
    scale = torch.where(copies, 1.0, torch.where(on_top, small, scale))

    camera = torch.atan2(eye[:, 0], eye[:, 2])[:, None]
    heading = _headings(draw, camera, seated, copies, table, front)
    yaw = _yaws(draw, heading, seated, copies)
    quarter = torch.pi / 2
    yaw = torch.where(cushion, yaw - (yaw / quarter).round() * quarter, yaw)  # front to the front
    stretches = torch.where(copies[..., None], stretch[:, None], 1.0)  # (n, OTHERS, 3)
    hull = bank.support[others] * stretches[..., None, :]  # (n, OTHERS, K, 3)
    where = (hull, support, heading, yaw, scale, floor)
    center = _on_floor(draw, bank, others, *where, seated, copies)
    center_on_top = _on_top(draw, bank, slot, stretch, hull, support, scale, cushion)
    center = torch.where(on_top[..., None], center_on_top, center)
    present = draw.chance(torch.where(loose, LOOSE_SHARE, SET_SHARE)[:, None], OTHERS)
    clear_of_camera = (center - eye[:, None]).norm(dim=-1) > 0.75 * scale + 0.25
    scale = torch.where(present & clear_of_camera, scale, 0.0)
    turn_and_scale = torch.stack([yaw.cos(), yaw.sin(), scale], dim=-1)
    pose = torch.cat([turn_and_scale, center, stretches], dim=-1)
    own_pose = torch.tensor([1.0, 0, 1, 0, 0, 0], device=draw.device).expand(draw.n, 1, 6)
    own_pose = torch.cat([own_pose, stretch[:, None]], dim=-1)
    source = torch.arange(1, OBJECTS, device=draw.device).expand(draw.n, -1)
    source = torch.where(copies, 0, torch.where(seated, 1, source))
    return (
        torch.cat([slot[:, None], others], dim=1),
        torch.cat([own_pose, pose], dim=1),
        torch.nn.functional.pad(source, (1, 0)),
    )


def _is_first(draw: Draw) -> torch.Tensor:
    """(1, OTHERS) bool, True for the first neighbour."""
    return torch.arange(OTHERS, device=draw.device)[None] == 0


def _is_last(draw: Draw) -> torch.Tensor:
    """(1, OTHERS) bool, True for the last neighbour."""
    return torch.arange(OTHERS, device=draw.device)[None] == OTHERS - 1


def _member_rows(
    draw: Draw,
    bank: ShapeBank,
    category: torch.Tensor,
    on_top: torch.Tensor,
    seated: torch.Tensor,
    table: torch.Tensor,
) -> torch.Tensor:
    """Draws the row (n, OTHERS) of `bank.members` for each neighbour; -1 for any shape.

    The row of a category that the bank does not have is -1, too.
    """
    soft = (category == bank.row("sofa")) | (category == bank.row("bed"))
    soft = soft[:, None] & draw.chance(0.8, OTHERS)
    small = torch.where(draw.chance(0.3, OTHERS), bank.row("tool"), bank.row("misc"))
    rows = torch.where(on_top, torch.where(soft, bank.cushions, small), -1)
    rows = torch.where(seated, bank.row("chair"), rows)
    return torch.where(table, bank.row("table"), rows)


def _member_columns(draw: Draw, bank: ShapeBank, seated: torch.Tensor) -> torch.Tensor:
    """Draws columns (n, OTHERS) of `bank.members`; chairs at one table are mostly equal."""
    columns = draw.index(bank.members.shape[1], OTHERS)
    same = seated & draw.chance(0.85, 1)
    return torch.where(same, columns[:, :1], columns)


def _headings(
    draw: Draw,
    camera: torch.Tensor,
    seated: torch.Tensor,
    copies: torch.Tensor,
    table: torch.Tensor,
    front: torch.Tensor,
) -> torch.Tensor:
    """Draws the direction (n, OTHERS) of each neighbour from the named object.

    Angles are radians about y; 0 is the object's front. `camera` (n, 1) is the camera's direction.
    """
    number = torch.arange(OTHERS, device=draw.device)
    around = (draw.index(4, 1) + number) * (torch.pi / 2) + 0.12 * draw.normal(OTHERS)
    row = torch.pi / 2 + torch.pi * (number % 2) + 0.06 * draw.normal(OTHERS)
    behind = camera + torch.pi + (number - 1) * 0.9 + 0.7 * draw.normal(OTHERS)
    heading = torch.where(front, camera + 0.5 * draw.normal(OTHERS), behind)
    heading = torch.where(copies, row, torch.where(seated, around, heading))
    return torch.where(table, 0.15 * draw.normal(OTHERS), heading)


def _yaws(
    draw: Draw, heading: torch.Tensor, seated: torch.Tensor, copies: torch.Tensor
) -> torch.Tensor:
    """Draws the yaw (n, OTHERS) of each neighbour in radians.

    Chairs face their table, copies mostly face as the named object does, the others are parallel
    to the walls, and some have any yaw.
    """
    square = draw.index(4, OTHERS) * (torch.pi / 2) + 0.15 * draw.normal(OTHERS)
    same = torch.where(draw.chance(0.7, 1), 0.0, square)
    yaw = torch.where(seated, heading + torch.pi, torch.where(copies, same, square))
    free = draw.chance(0.15, OTHERS)
    return torch.where(free, draw.uniform(-torch.pi, torch.pi, OTHERS), yaw)


def _horizontal(angle: torch.Tensor) -> torch.Tensor:
    """Returns unit vectors (..., 3) of angles about y."""
    return torch.stack([angle.sin(), torch.zeros_like(angle), angle.cos()], dim=-1)


def _on_floor(
    draw: Draw,
    bank: ShapeBank,
    others: torch.Tensor,
    hull: torch.Tensor,
    support: torch.Tensor,
    heading: torch.Tensor,
    yaw: torch.Tensor,
    scale: torch.Tensor,
    floor: torch.Tensor,
    seated: torch.Tensor,
    copies: torch.Tensor,
) -> torch.Tensor:
    """Draws centres (n, OTHERS, 3) on the floor: beside the object's outline or partly under it."""
    toward = _horizontal(heading)
    reach = torch.einsum("nkc,noc->nok", support, toward).amax(dim=-1)  # of the named object
    back = _horizontal(heading + torch.pi - yaw)  # to the named object, in the neighbour's frame
    depth = torch.einsum("nokc,noc->nok", hull, back).amax(dim=-1) * scale
    second = torch.arange(OTHERS, device=draw.device) >= 2  # the second copy on each side
    gap = draw.log(0.01, 0.6, OTHERS) + torch.where(copies & second, 2 * reach + 0.1, 0.0)
    distance = reach + depth + gap
    tucked_in = reach + depth * draw.uniform(-0.6, 1.5, OTHERS)
    distance = torch.where(seated, tucked_in, distance)
    table_over_object = depth + reach * draw.uniform(-0.3, 1.2, OTHERS)
    is_table = bank.category[others] == bank.row("table")
    distance = torch.where(is_table & draw.chance(0.6, OTHERS), table_over_object, distance)
    center = toward * distance[..., None]
    height = floor[:, None] - hull[..., 1].amin(dim=-1) * scale
    return torch.stack([center[..., 0], height, center[..., 2]], dim=-1)


def _on_top(
    draw: Draw,
    bank: ShapeBank,
    slot: torch.Tensor,
    stretch: torch.Tensor,
    hull: torch.Tensor,
    support: torch.Tensor,
    scale: torch.Tensor,
    cushion: torch.Tensor,
) -> torch.Tensor:
    """Draws centres (n, OTHERS, 3) on top of the solid cells of the named object's footprint.

    Where `cushion` (n, OTHERS) is True, they lie on the mattress or the seat, at the back.
    """
    low, high = support.amin(dim=1)[:, None], support.amax(dim=1)[:, None]
    share = draw.uniform(0.15, 0.85, OTHERS, 3)
    is_bed = bank.category[slot] == bank.row("bed")
    first, last = (
        torch.where(is_bed, *pair)[:, None] for pair in zip(*CUSHION_DEPTHS, strict=True)
    )
    behind = first + (last - first) * (share[..., 2] - 0.15) / 0.7
    share = torch.cat(
        [share[..., :2], torch.where(cushion, behind, share[..., 2])[..., None]], dim=-1
    )
    center = low + (high - low) * share
    cell = ((center / stretch[:, None] + 0.5) * bank.cells).long().clamp(0, bank.cells - 1)
    height = bank.top[slot[:, None], cell[..., 0], cell[..., 2]]
    height = torch.where(cushion, bank.rest[slot][:, None], height) * stretch[:, 1:2]
    height = height - hull[..., 1].amin(dim=-1) * scale
    return torch.stack([center[..., 0], height, center[..., 2]], dim=-1)
