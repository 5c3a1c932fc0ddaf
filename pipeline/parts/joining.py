"""Joins the parts of a piece that do not touch, so that the piece is one body.

    solids = join(solids)                    # manifold3d solids; few of them move by some mm

Generators place some parts face to face or a few millimetres apart. A printer and a 3D program need
an overlap: a part that is nearly in contact grows a little, a part farther away moves.
"""

import numpy as np
from manifold3d import Manifold, OpType

OVERLAP = 0.0015  # longest sides; depth to which joined parts enter each other
MAX_GROWTH = 0.002  # longest sides; a wider gap is closed by a move
MAX_GAP = 0.06  # longest sides; wider gaps are left open
DIRECTIONS = np.vstack([np.eye(3), -np.eye(3)])[[4, 1, 5, 2, 3, 0]]  # down and up first


def join(solids: list[Manifold]) -> list[Manifold]:
    """Returns the solids, some of them grown or moved so that their union is one component.

    Parameters
    ----------
    solids : list of Manifold
        Connected solids in the frame of `Furniture.primitives`.

    Returns
    -------
    list of Manifold
        In the same order. Components farther than MAX_GAP from the rest are unchanged.
    """
    groups = _groups(solids)
    floor = min(solid.bounding_box()[1] for solid in solids)
    while len(groups) > 1:
        group = min(groups, key=lambda members: sum(solids[i].volume() for i in members))
        groups.remove(group)
        rest = _union([solids[i] for members in groups for i in members])
        moved = _joined([solids[i] for i in group], rest, floor)
        for i, solid in zip(group, moved, strict=True):
            solids[i] = solid
        touched = [members for members in groups if _touch(moved, [solids[i] for i in members])]
        if touched:  # a group that cannot be joined is finished too
            groups = [members for members in groups if members not in touched]
            groups.append([*group, *(i for members in touched for i in members)])
    return solids


def _union(solids: list[Manifold]) -> Manifold:
    return Manifold.batch_boolean(solids, OpType.Add)


def _touch(some: list[Manifold], others: list[Manifold]) -> bool:
    """Whether the unions of two lists of solids overlap."""
    return (_union(some) ^ _union(others)).volume() > 0


def _groups(solids: list[Manifold]) -> list[list[int]]:
    """Indices of the solids in each connected component of their union."""
    if _are_connected(solids):  # takes half the time of the union
        return [list(range(len(solids)))]
    components = _union(solids).decompose()
    if len(components) == 1:
        return [list(range(len(solids)))]
    groups: list[list[int]] = [[] for _ in components]
    for i, solid in enumerate(solids):
        overlaps = [(solid ^ component).volume() for component in components]
        groups[int(np.argmax(overlaps))].append(i)
    return [group for group in groups if group]


def _are_connected(solids: list[Manifold]) -> bool:
    """Return True if overlaps link all solids, so that their union is one body.

    Solids that only touch face to face do not overlap.
    """
    boxes = np.array([solid.bounding_box() for solid in solids]).reshape(-1, 2, 3)
    waiting, reached = set(range(1, len(solids))), [0]
    while reached and waiting:
        i = reached.pop()
        near = (boxes[:, 0] <= boxes[i, 1]).all(axis=1) & (boxes[i, 0] <= boxes[:, 1]).all(axis=1)
        found = [j for j in sorted(waiting) if near[j] and (solids[i] ^ solids[j]).volume() > 0]
        waiting.difference_update(found)
        reached += found
    return not waiting


def _joined(members: list[Manifold], rest: Manifold, floor: float) -> list[Manifold]:
    """The members of one component, changed so that they overlap with the rest."""
    body = _union(members)
    gap = body.min_gap(rest, 2 * MAX_GAP)
    if gap > MAX_GAP:
        return members
    if gap <= MAX_GROWTH:
        low, high = np.split(np.array(body.bounding_box()), 2)
        grown_low = np.maximum(low - gap - OVERLAP, (-np.inf, min(floor, low[1]), -np.inf))
        scale = (high + gap + OVERLAP - grown_low) / (high - low)
        return [s.translate(-low).scale(scale).translate(grown_low) for s in members]
    for way in DIRECTIONS * (gap + OVERLAP):
        if (body.translate(way) ^ rest).volume() > 0:
            return [solid.translate(way) for solid in members]
    return members
