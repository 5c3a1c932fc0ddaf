"""Layouts of furnished rooms: sets of pieces, pieces along the walls, things that are no furniture.

    layout = draw_layout(draw, bank)
    layout.pose                              # (n, PIECES, POSE), lengths in metres

Object 0 is the anchor of the set at the origin; then its satellites, then pieces beside it, then
things. Pieces that would stand in another one are left out.
"""

from typing import NamedTuple

import torch

from training.studio.random_numbers import Draw
from training.studio.scenes.room_sets import (
    ANY_ROW,
    AS_ANCHOR,
    CHAIR,
    ROW_SET,
    SAME_ROW,
    SATELLITES,
    SHARES,
    SINGLE_SET,
    THINGS,
    TO_FRONT,
    SetTable,
    set_table,
)
from training.studio.shapes.bank import ShapeBank

BESIDE, LOOSE_THINGS = 3, 2
PIECES = 1 + SATELLITES + BESIDE + LOOSE_THINGS  # objects of a room: 10 pieces and 2 things
TRIES = 4  # places that are tried for a piece beside the set
MAX_COVERED = 0.15  # share of the smaller footprint that two pieces may share
SIZE_SPREAD = 0.12  # of the logarithm of a piece's size
SMALLEST_THING, LARGEST_THING = 0.15, 0.6  # metres, longest side


class Layout(NamedTuple):
    """Objects of n rooms, K = PIECES each."""

    slot: torch.Tensor  # (n, K) int64 into the bank
    pose: torch.Tensor  # (n, K, POSE), scale 0 for absent objects
    source: torch.Tensor  # (n, K) int64, the object whose materials each object has
    is_piece: torch.Tensor  # (n, K) bool, furniture; False for things
    single: torch.Tensor  # (n,) bool, rooms of one piece


def draw_layout(draw: Draw, bank: ShapeBank) -> Layout:
    """Draws the objects of each room.

    Parameters
    ----------
    draw : Draw
        Random numbers of n rooms.
    bank : ShapeBank
        Shapes.

    Returns
    -------
    Layout
        Lengths in metres; the floor is at y = 0.
    """
    kind = _draw_kind(draw)
    slot, source = _draw_slots(draw, bank, kind)
    scale = _draw_scales(draw, bank, slot, source, kind)
    hull = bank.support[slot] * scale[..., None, None]  # (n, K, points, 3) metres, not turned
    table = set_table(draw.device, bank.categories)
    yaw, x, z = _place_set(draw, table, kind, hull)
    present = _draw_presence(draw, table, kind)
    anchor = _footprint(hull[:, 0], yaw[:, 0], x[:, 0], z[:, 0])
    boxes, kept = [anchor], [torch.ones_like(kind, dtype=torch.bool)]
    columns = [(yaw[:, 0], x[:, 0], z[:, 0])]
    for k in range(1, 1 + SATELLITES + BESIDE):
        if k <= SATELLITES:
            tries = [(yaw[:, k], x[:, k], z[:, k])]
            under = kind != ROW_SET
        else:
            tries = [_beside(draw, anchor) for _ in range(TRIES)]
            under = torch.zeros_like(kept[0])
        place, box, free = _first_free(tries, hull[:, k], boxes, kept, under)
        columns.append(place)
        boxes.append(box)
        kept.append(free & present[:, k])
    place = [torch.stack(column, dim=1) for column in zip(*columns, strict=True)]
    yaw, x, z, height, on = _add_things(draw, hull, place, kept, bank, slot, scale)
    # a bank without things gives other shapes in their place
    on &= present[:, -LOOSE_THINGS:] & _is_thing(bank, bank.category[slot[:, -LOOSE_THINGS:]])
    shown = torch.cat([torch.stack(kept, dim=1), on], dim=1)
    low = hull[..., 1].amin(dim=-1)
    y = height - low
    zero = torch.where(shown, scale, 0.0)
    pose = torch.stack([yaw.cos(), yaw.sin(), zero, x, y, z], dim=-1)
    pose = torch.cat([pose, torch.ones_like(pose[..., :3])], dim=-1)
    category = bank.category[slot]
    is_piece = shown & ~_is_thing(bank, category)
    return Layout(slot, pose, source, is_piece, kind == SINGLE_SET)


def _is_thing(bank: ShapeBank, category: torch.Tensor) -> torch.Tensor:
    """True for category numbers that are no furniture."""
    first, second = map(bank.row, THINGS)
    return (category == first) | (category == second)


def _draw_kind(draw: Draw) -> torch.Tensor:
    """Draws the number (n,) of the set of each room."""
    bounds = torch.tensor(SHARES, device=draw.device).cumsum(0)
    return torch.bucketize(draw.uniform(), bounds[:-1].contiguous())


def _draw_slots(
    draw: Draw, bank: ShapeBank, kind: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draws the shape (n, K) of each object, and the object whose materials it has."""
    table, chair = set_table(draw.device, bank.categories), bank.row(CHAIR)
    any_slot = (draw.uniform(0, 1, PIECES) * bank.count).long()
    wanted = torch.full((draw.n, PIECES), ANY_ROW, device=draw.device)
    chair_rows = (kind == ROW_SET) & draw.chance(0.6)
    wanted[:, 0] = torch.where(chair_rows, chair, table.anchor[kind])
    wanted[:, 1 : 1 + SATELLITES] = table.category[kind]
    misc, tool = map(bank.row, THINGS)
    things = torch.where(draw.chance(0.3, LOOSE_THINGS), tool, misc)
    wanted[:, -LOOSE_THINGS:] = things
    column = draw.index(bank.members.shape[1], PIECES)
    # chairs at one table are mostly equal; a set's first satellite gives the shape
    equal = (wanted == chair) & (wanted >= 0) & draw.chance(0.85, 1)
    equal[:, 0] = False
    column = torch.where(equal, column[:, 1:2], column)
    slot = torch.where(wanted < 0, any_slot, bank.members[wanted.clamp_min(0), column])
    slot = torch.where(wanted == SAME_ROW, slot[:, :1], slot)
    own = torch.arange(PIECES, device=draw.device).expand(draw.n, -1)
    first_chair = torch.where(equal, own, PIECES).amin(dim=1, keepdim=True)
    source = torch.where(equal, first_chair, torch.where(wanted == SAME_ROW, 0, own))
    return slot, source


def _draw_scales(
    draw: Draw, bank: ShapeBank, slot: torch.Tensor, source: torch.Tensor, kind: torch.Tensor
) -> torch.Tensor:
    """Draws the longest side (n, K) of each object in metres; equal pieces have equal sizes."""
    usual = bank.typical_size[bank.category[slot]]
    usual[:, 1 : 1 + SATELLITES] *= set_table(draw.device, bank.categories).size[kind]
    scale = usual * (SIZE_SPREAD * draw.normal(PIECES)).exp()
    scale = scale.gather(1, source)
    thing = draw.log(SMALLEST_THING, LARGEST_THING, LOOSE_THINGS)
    return torch.cat([scale[:, :-LOOSE_THINGS], thing], dim=1)


def _draw_presence(draw: Draw, table: SetTable, kind: torch.Tensor) -> torch.Tensor:
    """Draws which objects (n, K) are there, before pieces are left out that find no place."""
    one = torch.ones(draw.n, 1, device=draw.device)
    beside = torch.where(kind == SINGLE_SET, 0.0, 0.5)[:, None].expand(-1, BESIDE)
    things = 0.55 * one.expand(-1, LOOSE_THINGS)
    chance = torch.cat([one, table.chance[kind], beside, things], dim=1)
    return draw.chance(chance, PIECES)


def _place_set(
    draw: Draw, table: SetTable, kind: torch.Tensor, hull: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Draws yaw, x and z (n, 1 + SATELLITES) of the pieces of each set."""
    count = SATELLITES
    row = (kind == ROW_SET)[:, None]
    heading = table.heading[kind] + 0.08 * draw.normal(count) * ~row
    toward = torch.stack([heading.sin(), heading.cos()], dim=-1)  # (n, count, 2) x, z
    across = torch.stack([toward[..., 1], -toward[..., 0]], dim=-1)
    flat = hull[..., [0, 2]]  # (n, K, points, 2)
    anchor, others = flat[:, 0], flat[:, 1 : 1 + count]
    reach = torch.einsum("npc,noc->nop", anchor, toward).amax(dim=-1)
    half = torch.einsum("npc,noc->nop", anchor, across).abs().amax(dim=-1)
    facing = table.facing[kind]
    yaw = heading + torch.pi
    yaw = torch.where(facing == AS_ANCHOR, torch.zeros_like(yaw), yaw)
    yaw = torch.where(facing == TO_FRONT, torch.zeros_like(yaw), yaw)
    loose = torch.where(row, 0.02, 0.12) * draw.normal(count)
    yaw = (
        yaw + loose + torch.where(draw.chance(0.06, count), draw.uniform(-2, 2, count), 0.0) * ~row
    )
    back = heading + torch.pi - yaw  # to the anchor, in the piece's own frame
    own = torch.stack([back.sin(), back.cos()], dim=-1)
    depth = torch.einsum("nopc,noc->nop", others, own).amax(dim=-1)
    gap = table.gap[kind] + draw.uniform(0.0, 0.5, count) * (table.gap[kind].abs() + 0.1)
    gap = torch.where(row, 0.02 + draw.uniform(0.0, 0.4, 1), gap)
    distance = (reach + depth + gap) * table.places[kind]
    side = table.side[kind] * half * draw.uniform(0.8, 1.2, count)
    place = toward * distance[..., None] + across * side[..., None]
    zero = torch.zeros(draw.n, 1, device=draw.device)
    return tuple(torch.cat([zero, v], dim=1) for v in (yaw, place[..., 0], place[..., 1]))


def _beside(draw: Draw, anchor: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Draws yaw, x and z (n,) of a piece somewhere around the set, its back mostly to a wall."""
    angle = draw.uniform(-torch.pi, torch.pi)
    radius = (anchor[:, 2:] - anchor[:, :2]).amax(dim=1) / 2 + draw.uniform(0.3, 2.0)
    square = (angle / (torch.pi / 2)).round() * (torch.pi / 2) + torch.pi
    yaw = square + 0.1 * draw.normal() + torch.where(draw.chance(0.2), draw.uniform(-3, 3), 0.0)
    return yaw, radius * angle.sin(), radius * angle.cos()


def _footprint(
    hull: torch.Tensor, yaw: torch.Tensor, x: torch.Tensor, z: torch.Tensor
) -> torch.Tensor:
    """Returns the box (n, 4) x0, z0, x1, z1 on the floor of a piece with a hull (n, points, 3)."""
    c, s = yaw.cos()[:, None], yaw.sin()[:, None]
    along_x = c * hull[..., 0] + s * hull[..., 2] + x[:, None]
    along_z = c * hull[..., 2] - s * hull[..., 0] + z[:, None]
    low = torch.stack([along_x.amin(dim=1), along_z.amin(dim=1)], dim=1)
    return torch.cat([low, torch.stack([along_x.amax(dim=1), along_z.amax(dim=1)], dim=1)], dim=1)


def _first_free(
    tries: list[tuple[torch.Tensor, ...]],
    hull: torch.Tensor,
    boxes: list[torch.Tensor],
    kept: list[torch.Tensor],
    under: torch.Tensor,
) -> tuple[tuple[torch.Tensor, ...], torch.Tensor, torch.Tensor]:
    """Returns the first place that is free, its footprint, and whether there is one (n,).

    `under` (n,) is True where a piece may stand under the anchor.
    """
    place = tries[-1]
    box = _footprint(hull, *place)
    found = torch.zeros_like(under)
    for candidate in reversed(tries):
        here = _footprint(hull, *candidate)
        free = torch.ones_like(under)
        for j, (other, there) in enumerate(zip(boxes, kept, strict=True)):
            apart = _covered(here, other) < MAX_COVERED
            free &= apart | ~there | (under if j == 0 else torch.zeros_like(under))
        place = tuple(torch.where(free, a, b) for a, b in zip(candidate, place, strict=True))
        box = torch.where(free[:, None], here, box)
        found |= free
    return place, box, found


def _covered(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Returns the share (n,) of the smaller of two boxes (n, 4) that the other covers."""
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    shared = (high - low).clamp_min(0).prod(dim=1)
    areas = [(box[:, 2:] - box[:, :2]).prod(dim=1) for box in (a, b)]
    return shared / torch.minimum(*areas).clamp_min(1e-4)


def _add_things(draw, hull, place, kept, bank, slot, scale) -> tuple[torch.Tensor, ...]:
    """Draws things on top of the anchor or beside the set.

    Returns yaw, x, z, height of the lower side (n, K) of all objects, and whether each thing
    (n, LOOSE_THINGS) has a place.
    """
    yaw, x, z = place
    n, count = draw.n, LOOSE_THINGS
    on_top = draw.chance(0.6, count)
    spot = draw.uniform(0.2, 0.8, count, 2)
    low, high = (side[:, 0][:, None, [0, 2]] for side in (hull.amin(dim=2), hull.amax(dim=2)))
    spot = low + (high - low) * spot  # (n, count, 2) in the anchor's frame, which is the room's
    cell = (spot / scale[:, :1, None] + 0.5) * bank.cells
    cell = cell.long().clamp(0, bank.cells - 1)
    top = bank.top[slot[:, :1], cell[..., 0], cell[..., 1]] * scale[:, :1]
    top = top - hull[:, 0, :, 1].amin(dim=1, keepdim=True)
    angle, radius = draw.uniform(-3.14, 3.14, count), draw.uniform(0.3, 1.5, count)
    radius = radius + (high - low).amax(dim=-1) / 2
    ring = torch.stack([radius * angle.sin(), radius * angle.cos()], dim=-1)
    spot = torch.where(on_top[..., None], spot, ring)
    height = torch.where(on_top, top, 0.0)
    turn = draw.uniform(-3.14, 3.14, count)
    free = torch.ones(n, count, dtype=torch.bool, device=draw.device)
    zero = torch.zeros_like(yaw)
    return (
        torch.cat([yaw, turn], dim=1),
        torch.cat([x, spot[..., 0]], dim=1),
        torch.cat([z, spot[..., 1]], dim=1),
        torch.cat([zero, height], dim=1),
        free,
    )
