"""A bank of baked shapes on the device: pictures are drawn from it while pieces are replaced.

What a slot holds at a step is a function of (seed, step) alone, so a resumed run sees the same
shapes: slot k of generation g is piece k + g * slots of an endless seeded sequence.
"""

from concurrent.futures import Executor, Future

import numpy as np
import torch
import torch.nn.functional as F

from core.categories import CATEGORIES
from furniture.pieces import Piece, make_pieces
from furniture.primitives import MAX_PARTS
from training.studio.rendering.tracer import Grids
from training.studio.shapes import cad, distance_grids

CAD_PATIENCE = 16  # a CAD slot lives so many turns: its bake is slow, and it only gets stretched
AHEAD = 12  # chunks that worker processes make before they are due
SUPPORTS = 96  # directions in which a shape's outermost point is kept, to frame pictures
MEMBERS = 512  # slots listed of each category: neighbours are drawn from them
CUSHIONS = len(CATEGORIES)  # the row of `members` that lists what lies on sofas and beds


class ShapeBank:
    """`slots` shapes as grids on one device; the first `cad_share` of them hold CAD models."""

    CHUNK = 32  # slots replaced at once

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
    ):
        self.seed, self.shares, self.device, self.executor = seed, shares, device, executor
        self.resolution, self.cells, self.refresh_every = resolution, cells, refresh_every
        self.chunk = min(self.CHUNK, slots)
        self.slots = slots - slots % self.chunk
        self.pool = _by_category(pool)
        self.cad_chunks = round(cad_share * self.slots / self.chunk) if pool else 0
        self.chunks = self.slots // self.chunk
        self.generation = [-1] * self.chunks
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
        self.category = torch.zeros(n, dtype=torch.long, device=device)
        self.materials = torch.zeros((n, MAX_PARTS), dtype=torch.long, device=device)
        self.own_color = torch.zeros((n, MAX_PARTS, 3), device=device)  # sRGB
        self.textured = torch.zeros(n, dtype=torch.bool, device=device)
        self.source = [""] * n
        self.kinds = np.zeros(n, int)  # category, on the CPU
        self.members = torch.zeros((CUSHIONS + 1, MEMBERS), dtype=torch.long, device=device)

    def grids(self) -> Grids:
        """Every slot's distances and parts, as the tracers address them."""
        return Grids(self.distance.view(-1), self.part.view(-1), self.resolution)

    def advance(self, step: int) -> None:
        """Bring every slot to the generation that it has at `step`."""
        replaced = step // self.refresh_every
        due = []
        for chunk in range(self.chunks):
            generation = (replaced + self.chunks - 1 - chunk) // self.chunks
            if chunk < self.cad_chunks:
                generation //= CAD_PATIENCE
            if self.generation[chunk] != generation:
                due.append((chunk, generation))
                self._prefetch(chunk, generation)
        for chunk, generation in due:
            self._fill(chunk, generation)
            self.generation[chunk] = generation
        if due:
            self._list_members()
        turns = range(replaced, replaced + AHEAD)
        coming = [(turn % self.chunks, turn // self.chunks + 1) for turn in turns]
        for chunk, generation in coming:
            self._prefetch(chunk, generation)
        if coming[0] in self.ahead:  # where processes work ahead the GPU does too
            self.begun = {coming[0]: self._begin(*coming[0])}

    def _list_members(self) -> None:
        """Slots by category, repeated to one length; any slot where there is none."""
        rows = [np.flatnonzero(self.kinds == row) for row in range(len(CATEGORIES))]
        soft = [i for i, name in enumerate(self.source) if name.endswith("/cushion")]
        rows.append(np.array(soft or rows[CATEGORIES.index("misc")], int))
        everything = np.arange(self.slots)
        table = np.stack([np.resize(row if len(row) else everything, MEMBERS) for row in rows])
        self.members.copy_(self._upload(table))

    def _fill(self, chunk: int, generation: int) -> None:
        first = chunk * self.chunk
        if chunk < self.cad_chunks:
            for slot in range(first, first + self.chunk):
                self._put_cad(slot, slot + generation * self.slots)
            return
        begun = self.begun.pop((chunk, generation), None)
        pieces, baking = begun or self._begin(chunk, generation)
        slots = slice(first, first + self.chunk)
        self.textured[slots] = False
        self.materials[slots] = self._upload([p.materials for p in pieces])
        self.category[slots] = self._upload([p.category for p in pieces])
        self.kinds[slots] = [p.category for p in pieces]
        self.source[slots] = [p.source for p in pieces]
        self._put(slots, *baking.grids())

    def _begin(self, chunk: int, generation: int) -> tuple[list[Piece], distance_grids.Baking]:
        pieces = self._pieces(chunk, generation)
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

    def _pieces(self, chunk: int, generation: int) -> list[Piece]:
        future = self.ahead.pop((chunk, generation), None)
        if future is not None:
            return future.result()
        return make_pieces(self.seed, self._indices(chunk, generation), self.shares)

    def _indices(self, chunk: int, generation: int) -> range:
        first = chunk * self.chunk + generation * self.slots
        return range(first, first + self.chunk)

    def _prefetch(self, chunk: int, generation: int) -> None:
        known = (chunk, generation) in self.ahead or (chunk, generation) in self.begun
        if self.executor is None or chunk < self.cad_chunks or known:
            return
        indices = self._indices(chunk, generation)
        self.ahead[chunk, generation] = self.executor.submit(
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
        drawn = rng.integers(0, 6, MAX_PARTS)  # any opaque material
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
