"""A bank of baked shapes on one device, which scenes are drawn from.

The shape of a slot at a step depends on (seed, step) alone, so a resumed run sees the same shapes:
slot k of generation g holds piece k + g * slots of a seeded, endless sequence. Slots are replaced
in groups, one group at a time: every `refresh_every` steps the next group of procedural shapes,
every `cad_every` steps the next group of CAD models.
"""

from collections.abc import Sequence
from concurrent.futures import Executor, Future

import numpy as np
import torch

from core.categories import CATEGORIES, find_category
from furniture.pieces import Piece, make_pieces
from furniture.primitives import MAX_MATERIALS
from training.studio.rendering.torch_functions import Grids
from training.studio.shapes import cad, category_sources, distance_grids
from training.studio.shapes.cad_sequence import CadSequence
from training.studio.shapes.crossings.baking import bake_crossing
from training.studio.shapes.crossings.crossing import Crossing
from training.studio.shapes.voxelization import extents, support_directions, supports, voxelize

CAD_GROUP = 4  # CAD slots replaced at once: the step waits until they are baked
PREFETCHED_GROUPS = 12  # groups that worker processes make before they are due
SUPPORT_DIRECTIONS = 96  # directions in which a shape's outermost point frames a picture
MEMBERS = 512  # slots listed for each category: neighbours are drawn from them


class ShapeBank:
    """Shapes as distance grids in the slots of a bank.

    Scenes read its tensors: `support` (outermost points), `extent` (sides of the bounding box),
    `top` (heights), `category`, `materials`, `own_color`, `textured`, `typical_size` (metres, of
    each category) and `members` (slots of each category, and in row `cushions` the cushions that
    lie on sofas and beds). The first `cad_share` of the slots hold CAD models.

    Parameters
    ----------
    slots : int
        Number of shapes; rounded down to a multiple of CHUNK.
    resolution : int
        Cells along the unit cube of the rendered grids.
    cells : int
        Cells a side of the targets.
    shares : tuple of float
        Share of each of `categories`.
    device : torch.device
        Device of the grids.
    seed : int
        Seed of the sequence of shapes.
    pool : sequence of CadModel
        CAD models; empty for procedural shapes alone.
    cad_share : float
        Share of the slots that hold CAD models if `pool` has any; larger if the categories
        without a generator need it.
    executor : Executor, optional
        Makes procedural pieces ahead of time.
    refresh_every, cad_every : int
        Steps after which the next group of procedural shapes or CAD models is replaced.
    filled : int
        Slots that hold shapes; 0 for all. With fewer, memory is still laid out for `slots` shapes,
        so that compiled code is the same.
    categories : tuple of str
        Names of the categories. Those without a generator in `furniture` come from `pool` alone.
    crossings : float
        Share of the CAD shapes that are made of two models of their category.

    Raises
    ------
    CadError
        If a category has neither a generator nor a model in the pool.
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
        pool: Sequence[cad.CadModel] = (),
        cad_share: float = 0.0,
        executor: Executor | None = None,
        refresh_every: int = 2,
        cad_every: int = 2,
        filled: int = 0,
        categories: tuple[str, ...] = CATEGORIES,
        crossings: float = 0.0,
    ):
        self.categories, self.cushions = categories, len(categories)
        self.seed, self.shares, self.device, self.executor = seed, shares, device, executor
        self.resolution, self.cells = resolution, cells
        self.refresh_every, self.cad_every = refresh_every, cad_every
        self.chunk = min(self.CHUNK, slots)
        self.slots = slots - slots % self.chunk
        chunks = min(filled or slots, slots) // self.chunk or 1
        self.filled = chunks * self.chunk
        self.pool = category_sources.models_by_category(pool, categories)
        self.cad_sequence = CadSequence(self.pool, shares, seed, crossings)
        self.procedural_shares = category_sources.procedural_shares(shares, categories)
        cad_slots = self.chunk * category_sources.cad_chunks(
            chunks, cad_share, categories, shares, self.pool
        )
        # slots of a group are replaced together; groups of CAD models come first
        cad_groups = [
            slice(k, min(k + CAD_GROUP, cad_slots)) for k in range(0, cad_slots, CAD_GROUP)
        ]
        procedural = [slice(k, k + self.chunk) for k in range(cad_slots, self.filled, self.chunk)]
        self.cad_groups, self.groups = len(cad_groups), cad_groups + procedural
        self.generation = [-1] * len(self.groups)
        self.prefetched: dict[tuple[int, int], Future] = {}
        self.started_bakes: dict[tuple[int, int], tuple[list[Piece], distance_grids.Baking]] = {}
        self.directions = support_directions(SUPPORT_DIRECTIONS, device)
        self._allocate()

    def row(self, category: str) -> int:
        """Returns the number of a category; -1 if the bank does not have it."""
        return self.categories.index(category) if category in self.categories else -1

    def _allocate(self) -> None:
        """Allocates the tensors of all slots."""
        side = distance_grids.side_of(self.resolution)
        n, r, device = self.slots, self.cells, self.device
        self.distance = torch.zeros((n, side, side, side), dtype=torch.half, device=device)
        self.part = torch.zeros((n, side, side, side), dtype=torch.uint8, device=device)
        self.occupancy = torch.zeros((n, r, r, r), dtype=torch.bool, device=device)
        self.cell_part = torch.zeros((n, r, r, r), dtype=torch.uint8, device=device)
        self.top = torch.zeros((n, r, r), device=device)  # height of the highest solid cell at x, z
        self.support = torch.zeros((n, SUPPORT_DIRECTIONS, 3), device=device)
        self.extent = torch.ones((n, 3), device=device)  # sides of the bounding box
        self.count = torch.tensor(self.filled, device=device)
        self.category = torch.zeros(n, dtype=torch.long, device=device)
        sizes = [find_category(name).longest for name in self.categories]
        self.typical_size = torch.tensor(sizes, device=device)
        self.materials = torch.zeros((n, MAX_MATERIALS), dtype=torch.long, device=device)
        self.own_color = torch.zeros((n, MAX_MATERIALS, 3), device=device)  # sRGB
        self.textured = torch.zeros(n, dtype=torch.bool, device=device)
        self.source = [""] * n
        self.slot_categories = np.full(n, -1)  # on the CPU; -1 in empty slots
        self.members = torch.zeros((self.cushions + 1, MEMBERS), dtype=torch.long, device=device)

    def grids(self) -> Grids:
        """Returns the grids of all slots for the tracers."""
        return Grids(self.distance.view(-1), self.part.view(-1), self.resolution)

    def advance(self, step: int) -> None:
        """Replaces all slots that are due at `step`, and prefetches the next ones."""
        wanted = [self._generation(group, step) for group in range(len(self.groups))]
        due = [group for group, g in enumerate(wanted) if self.generation[group] != g]
        for group in due:
            self._prefetch(group, wanted[group])
            if group < self.cad_groups:
                self.cad_sequence.prefetch(self._indices(group, wanted[group]))
        for group in due:
            self._fill(group, wanted[group])
            self.generation[group] = wanted[group]
        if due:
            self._list_members()
        self._prefetch_cad(step)
        coming = self._coming(step)
        for group, generation in coming:
            self._prefetch(group, generation)
        if coming and coming[0] in self.prefetched:  # workers made the pieces: start their bake
            self.started_bakes = {coming[0]: self._start_bake(*coming[0])}

    def _generation(self, group: int, step: int) -> int:
        """Number of replacements of a group up to a step."""
        if group < self.cad_groups:
            turn, first, count = step // self.cad_every, 0, self.cad_groups
        else:
            turn, first = step // self.refresh_every, self.cad_groups
            count = len(self.groups) - first
        return (turn + count - 1 - (group - first)) // count

    def _prefetch_cad(self, step: int) -> None:
        """Draws the CAD shapes of the next group ahead."""
        if self.cad_groups:
            turn = step // self.cad_every
            group, generation = turn % self.cad_groups, turn // self.cad_groups + 1
            self.cad_sequence.prefetch(self._indices(group, generation))

    def _coming(self, step: int) -> list[tuple[int, int]]:
        """Procedural groups that are replaced next, with their generations."""
        count, turn = len(self.groups) - self.cad_groups, step // self.refresh_every
        turns = range(turn, turn + PREFETCHED_GROUPS) if count else ()
        return [(self.cad_groups + t % count, t // count + 1) for t in turns]

    def _list_members(self) -> None:
        """Lists slots by category, repeated to one length; all slots for a category without any."""
        rows = [np.flatnonzero(self.slot_categories == row) for row in range(self.cushions)]
        soft = [i for i, name in enumerate(self.source) if name.endswith("/cushion")]
        misc = rows[self.row("misc")] if "misc" in self.categories else ()
        rows.append(np.array(soft or misc, int))
        all_slots = np.arange(self.filled)
        table = np.stack([np.resize(row if len(row) else all_slots, MEMBERS) for row in rows])
        self.members.copy_(self._upload(table))

    def _fill(self, group: int, generation: int) -> None:
        """Writes the shapes of a generation into the slots of a group."""
        slots = self.groups[group]
        if group < self.cad_groups:
            for slot in range(slots.start, slots.stop):
                self._put_cad(slot, slot + generation * self.slots)
            return
        started = self.started_bakes.pop((group, generation), None)
        pieces, baking = started or self._start_bake(group, generation)
        self.textured[slots] = False
        self.materials[slots] = self._upload([p.materials for p in pieces])
        numbers = [self.row(CATEGORIES[p.category]) for p in pieces]
        self.category[slots] = self._upload(numbers)
        self.slot_categories[slots] = numbers
        self.source[slots] = [p.source for p in pieces]
        self._put(slots, *baking.grids())

    def _start_bake(self, group: int, generation: int) -> tuple[list[Piece], distance_grids.Baking]:
        """Makes the pieces of a group and starts their bake."""
        pieces = self._pieces(group, generation)
        rows = self._upload([p.rows for p in pieces])
        return pieces, distance_grids.Baking(
            rows, self.resolution, compiled=self.device.type == "cuda"
        )

    def _upload(self, values: Sequence | np.ndarray) -> torch.Tensor:
        """Copies numbers to the device; from pinned memory, so that the CPU does not wait."""
        values = torch.from_numpy(np.asarray(values))
        if self.device.type == "cuda":
            values = values.pin_memory()
        return values.to(self.device, non_blocking=True)

    def _pieces(self, group: int, generation: int) -> list[Piece]:
        """Returns the pieces of a group, from the workers if they were prefetched."""
        future = self.prefetched.pop((group, generation), None)
        if future is not None:
            return future.result()
        return make_pieces(self.seed, self._indices(group, generation), self.procedural_shares)

    def _indices(self, group: int, generation: int) -> range:
        """Indices of the shapes of a group in the endless sequence."""
        slots, offset = self.groups[group], generation * self.slots
        return range(slots.start + offset, slots.stop + offset)

    def _prefetch(self, group: int, generation: int) -> None:
        """Lets the workers make the pieces of a group."""
        started = (group, generation) in self.prefetched or (
            group,
            generation,
        ) in self.started_bakes
        if self.executor is None or group < self.cad_groups or started:
            return
        indices = self._indices(group, generation)
        self.prefetched[group, generation] = self.executor.submit(
            make_pieces, self.seed, indices, self.procedural_shares
        )

    def _put_cad(self, slot: int, index: int) -> None:
        """Bakes CAD shape `index` of the sequence into a slot."""
        drawn = self.cad_sequence.draw(index)
        shape, one = drawn.shape, slice(slot, slot + 1)
        bake = bake_crossing if isinstance(shape, Crossing) else cad.bake
        generator = torch.Generator(self.device).manual_seed(drawn.seed)
        grids = bake(shape, drawn.knots, self.resolution, generator)
        self.textured[one] = shape.textured
        self.own_color[slot, : len(shape.colors)] = self._upload(shape.colors)
        self.materials[slot] = self._upload(drawn.materials)
        self.category[one] = drawn.category
        self.slot_categories[slot] = drawn.category
        self.source[slot] = f"cad/{shape.name}"
        self._put(one, *(grid[None] for grid in grids))

    def _put(self, slots: slice, distance: torch.Tensor, part: torch.Tensor) -> None:
        """Writes grids into slots, with the tensors that are computed from them."""
        self.distance[slots], self.part[slots] = distance, part
        m = distance_grids.MARGIN
        inner = distance[:, m:-m, m:-m, m:-m].float()
        self.extent[slots] = extents(inner < 0)
        occupancy, cell_part = voxelize(inner, part[:, m:-m, m:-m, m:-m], self.cells)
        self.occupancy[slots], self.cell_part[slots] = occupancy, cell_part
        self.support[slots] = supports(occupancy, self.directions)
        height = torch.arange(1, self.cells + 1, device=self.device) / self.cells - 0.5
        self.top[slots] = torch.where(occupancy, height[None, None, :, None], -0.5).amax(dim=2)
