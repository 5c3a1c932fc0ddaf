"""A bank of baked shapes on the device: pictures are drawn from it while pieces are replaced.

What a slot holds at a step is a function of (seed, step) alone, so a resumed run sees the same
shapes: slot k of generation g is piece k + g * slots of an endless seeded sequence. Slots are
replaced in groups, one group at a time: every `refresh_every` steps the next group of procedural
shapes, every `cad_every` steps the next of CAD models.
"""

from concurrent.futures import Executor, Future

import numpy as np
import torch
import torch.nn.functional as F

from core.categories import CATEGORIES
from furniture.pieces import Piece, make_pieces
from furniture.primitives import MAX_MATERIALS
from training.studio.rendering.torch_functions import Grids
from training.studio.shapes import cad, distance_grids

CAD_GROUP = 4  # CAD slots replaced at once: more would stop a run for the time of their bakes
AHEAD = 12  # chunks that worker processes make before they are due
SUPPORTS = 96  # directions in which a shape's outermost point is kept, to frame pictures
MEMBERS = 512  # slots listed of each category: neighbours are drawn from them
CUSHIONS = len(CATEGORIES)  # the row of `members` that lists what lies on sofas and beds


class ShapeBank:
    """`slots` shapes as grids on one device; the first `cad_share` of them hold CAD models.

    With `filled` the memory is laid out for `slots` shapes, but only the first `filled` are made:
    compiled code is the same for both.
    """

    CHUNK = 32  # procedural slots replaced at once

    def __init__(
        self,
        slots: int,
        resolution: int,
        cells: int,
        shares: tuple[float, ...],
        device: torch.device,
        seed: int,
        pool: list[cad.CadModel] = (),
        cad_share: float = 0.0,
        executor: Executor | None = None,
        refresh_every: int = 2,
        cad_every: int = 2,
        filled: int = 0,
    ):
        self.seed, self.shares, self.device, self.executor = seed, shares, device, executor
        self.resolution, self.cells = resolution, cells
        self.refresh_every, self.cad_every = refresh_every, cad_every
        self.chunk = min(self.CHUNK, slots)
        self.slots = slots - slots % self.chunk
        chunks = min(filled or slots, slots) // self.chunk or 1
        self.filled = chunks * self.chunk
        self.pool = _by_category(pool)
        cad_slots = round(cad_share * chunks) * self.chunk if pool else 0
        # the groups of slots that are replaced together, those of CAD models first
        cad_groups = [
            slice(k, min(k + CAD_GROUP, cad_slots)) for k in range(0, cad_slots, CAD_GROUP)
        ]
        procedural = [slice(k, k + self.chunk) for k in range(cad_slots, self.filled, self.chunk)]
        self.cad_groups, self.groups = len(cad_groups), cad_groups + procedural
        self.generation = [-1] * len(self.groups)
        self.ahead: dict[tuple[int, int], Future] = {}
        self.begun: dict[tuple[int, int], tuple[list[Piece], distance_grids.Baking]] = {}
        self.directions = _directions(device)
        self._allocate()

    def _allocate(self) -> None:
        side, r, n, device = (
            distance_grids.side_of(self.resolution),
            self.cells,
            self.slots,
            self.device,
        )
        self.distance = torch.zeros((n, side, side, side), dtype=torch.half, device=device)
        self.part = torch.zeros((n, side, side, side), dtype=torch.uint8, device=device)
        self.occupancy = torch.zeros((n, r, r, r), dtype=torch.bool, device=device)
        self.cell_part = torch.zeros((n, r, r, r), dtype=torch.uint8, device=device)
        self.top = torch.zeros((n, r, r), device=device)  # height of the topmost solid cell at x, z
        self.support = torch.zeros((n, SUPPORTS, 3), device=device)
        self.extent = torch.ones((n, 3), device=device)  # sides of the bounding box
        self.count = torch.tensor(self.filled, device=device)
        self.category = torch.zeros(n, dtype=torch.long, device=device)
        self.materials = torch.zeros((n, MAX_MATERIALS), dtype=torch.long, device=device)
        self.own_color = torch.zeros((n, MAX_MATERIALS, 3), device=device)  # sRGB
        self.textured = torch.zeros(n, dtype=torch.bool, device=device)
        self.source = [""] * n
        self.kinds = np.full(n, -1)  # category, on the CPU; -1 in slots that hold nothing
        self.members = torch.zeros((CUSHIONS + 1, MEMBERS), dtype=torch.long, device=device)

    def grids(self) -> Grids:
        """Every slot's distances and parts, as the tracers address them."""
        return Grids(self.distance.view(-1), self.part.view(-1), self.resolution)

    def advance(self, step: int) -> None:
        """Bring every slot to the generation that it has at `step`."""
        wanted = [self._generation(group, step) for group in range(len(self.groups))]
        due = [group for group, g in enumerate(wanted) if self.generation[group] != g]
        for group in due:
            self._prefetch(group, wanted[group])
        for group in due:
            self._fill(group, wanted[group])
            self.generation[group] = wanted[group]
        if due:
            self._list_members()
        coming = self._coming(step)
        for group, generation in coming:
            self._prefetch(group, generation)
        if coming and coming[0] in self.ahead:  # where processes work ahead the GPU does too
            self.begun = {coming[0]: self._begin(*coming[0])}

    def _generation(self, group: int, step: int) -> int:
        """How often a group has been replaced at a step."""
        if group < self.cad_groups:
            turn, first, count = step // self.cad_every, 0, self.cad_groups
        else:
            turn, first = step // self.refresh_every, self.cad_groups
            count = len(self.groups) - first
        return (turn + count - 1 - (group - first)) // count

    def _coming(self, step: int) -> list[tuple[int, int]]:
        """The procedural groups that are replaced next, and their generations."""
        count, turn = len(self.groups) - self.cad_groups, step // self.refresh_every
        turns = range(turn, turn + AHEAD) if count else ()
        return [(self.cad_groups + t % count, t // count + 1) for t in turns]

    def _list_members(self) -> None:
        """Slots by category, repeated to one length; any slot where there is none."""
        rows = [np.flatnonzero(self.kinds == row) for row in range(len(CATEGORIES))]
        soft = [i for i, name in enumerate(self.source) if name.endswith("/cushion")]
        rows.append(np.array(soft or rows[CATEGORIES.index("misc")], int))
        everything = np.arange(self.filled)
        table = np.stack([np.resize(row if len(row) else everything, MEMBERS) for row in rows])
        self.members.copy_(self._upload(table))

    def _fill(self, group: int, generation: int) -> None:
        slots = self.groups[group]
        if group < self.cad_groups:
            for slot in range(slots.start, slots.stop):
                self._put_cad(slot, slot + generation * self.slots)
            return
        begun = self.begun.pop((group, generation), None)
        pieces, baking = begun or self._begin(group, generation)
        self.textured[slots] = False
        self.materials[slots] = self._upload([p.materials for p in pieces])
        self.category[slots] = self._upload([p.category for p in pieces])
        self.kinds[slots] = [p.category for p in pieces]
        self.source[slots] = [p.source for p in pieces]
        self._put(slots, *baking.grids())

    def _begin(self, group: int, generation: int) -> tuple[list[Piece], distance_grids.Baking]:
        pieces = self._pieces(group, generation)
        rows = self._upload([p.rows for p in pieces])
        return pieces, distance_grids.Baking(
            rows, self.resolution, compiled=self.device.type == "cuda"
        )

    def _upload(self, values) -> torch.Tensor:
        """Rows of numbers on the device; from pinned memory, which nobody waits for."""
        values = torch.from_numpy(np.asarray(values))
        if self.device.type == "cuda":
            values = values.pin_memory()
        return values.to(self.device, non_blocking=True)

    def _pieces(self, group: int, generation: int) -> list[Piece]:
        future = self.ahead.pop((group, generation), None)
        if future is not None:
            return future.result()
        return make_pieces(self.seed, self._indices(group, generation), self.shares)

    def _indices(self, group: int, generation: int) -> range:
        slots, passed = self.groups[group], generation * self.slots
        return range(slots.start + passed, slots.stop + passed)

    def _prefetch(self, group: int, generation: int) -> None:
        known = (group, generation) in self.ahead or (group, generation) in self.begun
        if self.executor is None or group < self.cad_groups or known:
            return
        indices = self._indices(group, generation)
        self.ahead[group, generation] = self.executor.submit(
            make_pieces, self.seed, indices, self.shares
        )

    def _put_cad(self, slot: int, index: int) -> None:
        rng = np.random.default_rng([self.seed, index, 1])
        weights = np.array([self.shares[c] if self.pool[c] else 0.0 for c in range(len(self.pool))])
        category = int(rng.choice(len(self.pool), p=weights / weights.sum()))
        model = self.pool[category][rng.integers(len(self.pool[category]))]
        generator = torch.Generator(self.device).manual_seed(int(rng.integers(2**62)))
        knots = cad.stretch_knots(rng, strength=rng.choice((0.0, 0.15, 0.3)))
        distance, part = cad.bake(model, knots, self.resolution, generator)
        one = slice(slot, slot + 1)
        self.textured[one] = model.textured
        self.own_color[slot, : cad.CLUSTERS] = self._upload(model.colors)
        drawn = rng.integers(0, 6, MAX_MATERIALS)  # any opaque material
        drawn[:] = drawn if rng.random() < 0.6 else drawn[0]
        self.materials[slot] = self._upload(drawn)
        self.category[one] = category
        self.kinds[slot] = category
        self.source[slot] = f"cad/{model.name}"
        self._put(one, distance[None], part[None])

    def _put(self, slots: slice, distance: torch.Tensor, part: torch.Tensor) -> None:
        self.distance[slots], self.part[slots] = distance, part
        m = distance_grids.MARGIN
        inner = distance[:, m:-m, m:-m, m:-m].float()
        self.extent[slots] = extents(inner < 0)
        occupancy, cell_part = voxelize(inner, part[:, m:-m, m:-m, m:-m], self.cells)
        self.occupancy[slots], self.cell_part[slots] = occupancy, cell_part
        self.support[slots] = supports(occupancy, self.directions)
        height = torch.arange(1, self.cells + 1, device=self.device) / self.cells - 0.5
        self.top[slots] = torch.where(occupancy, height[None, None, :, None], -0.5).amax(dim=2)


def voxelize(distance: torch.Tensor, part: torch.Tensor, cells: int):
    """Occupancy and nearest part by max-pooling: a thin leg fills every cell that it crosses.

    distance (S, N, N, N) float, part (S, N, N, N) uint8 -> (S, cells^3) bool, (S, cells^3) uint8
    """
    ratio = distance.shape[-1] // cells
    deepest, index = F.max_pool3d(-distance[:, None], ratio, return_indices=True)
    solid = deepest[:, 0] > 0
    nearest = part.flatten(1).gather(1, index.flatten(1)).view_as(solid)
    return solid, nearest


def extents(solid: torch.Tensor) -> torch.Tensor:
    """(S, 3) sides of the bounding boxes of (S, N, N, N) bool grids, as shares of the longest."""
    sides = []
    for axis in (1, 2, 3):
        others = [a for a in (1, 2, 3) if a != axis]
        filled = solid.any(dim=others[1]).any(dim=others[0])  # (S, N)
        place = torch.arange(solid.shape[axis], device=solid.device)
        high = torch.where(filled, place, -1).amax(dim=1)
        low = torch.where(filled, place, solid.shape[axis]).amin(dim=1)
        sides.append((high - low + 1).clamp_min(1))
    sides = torch.stack(sides, dim=1)
    return sides / sides.amax(dim=1, keepdim=True)


def stretched_cells(bank: ShapeBank, slot: torch.Tensor, stretch: torch.Tensor):
    """Occupancy and nearest part of shapes stretched along their axes, as `voxelize` of their grid.

    Parameters
    ----------
    bank : ShapeBank
        Its distance and part grids are read.
    slot : torch.Tensor
        (B,) int64.
    stretch : torch.Tensor
        (B, 3) factors; a shape that is not stretched gets the bank's own cells.

    Returns
    -------
    solid : torch.Tensor
        (B, R, R, R) bool.
    part : torch.Tensor
        (B, R, R, R) int32.
    """
    r, n, side = bank.cells, bank.resolution, distance_grids.side_of(bank.resolution)
    line = (torch.arange(n, device=slot.device) + 0.5) / n - 0.5
    cell = (line / stretch[..., None] + 0.5) * n + distance_grids.MARGIN
    cell = cell.floor().clamp(0, side - 1).long()
    x, y, z = cell.unbind(1)  # (B, N) each: the grid's cell at every sample
    index = (slot[:, None] * side + x)[:, :, None, None] * side + y[:, None, :, None]
    index = index * side + z[:, None, None]  # (B, N, N, N)
    distance = bank.distance.view(-1)[index].float()
    # shrinking leaves out cells between samples: what lies within half of such a gap is solid
    gap = ((1 / stretch.amin(dim=1) - 1).clamp_min(0) / 2 / n)[:, None, None, None]
    # the part rides along the minimum in the four lowest bits
    packed = ((distance - gap) * 4096).floor().int() * 16 + bank.part.view(-1)[index].int()
    deepest = packed.view(-1, r, n // r, r, n // r, r, n // r).amin(dim=(2, 4, 6))
    return deepest < 0, deepest & 15


def supports(occupancy: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
    """(S, K, 3): the solid point that lies farthest in each direction, for (S, R, R, R) grids."""
    if occupancy.shape[-1] > 32:  # a finer grid frames no better
        occupancy = F.max_pool3d(occupancy.float(), occupancy.shape[-1] // 32).bool()
    r = occupancy.shape[-1]
    axis = (torch.arange(r, device=occupancy.device) + 0.5) / r - 0.5
    points = torch.cartesian_prod(axis, axis, axis)  # (R^3, 3)
    reach = points @ directions.T  # (R^3, K)
    out = []
    for grid in occupancy.flatten(1):  # one piece at a time bounds the memory
        masked = torch.where(grid[:, None], reach, -torch.inf)
        out.append(points[masked.argmax(dim=0)] + directions.sign() * 0.5 / r)
    return torch.stack(out)


def _directions(device) -> torch.Tensor:
    """(SUPPORTS, 3) unit vectors spread evenly by the golden angle."""
    index = torch.arange(SUPPORTS, device=device) + 0.5
    y = 1 - 2 * index / SUPPORTS
    ring = (1 - y * y).sqrt()
    angle = index * 2.399963
    return torch.stack([ring * angle.cos(), y, ring * angle.sin()], dim=1)


def _by_category(pool) -> list[list]:
    return [[m for m in pool if m.category == category] for category in CATEGORIES]
