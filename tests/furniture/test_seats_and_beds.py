"""Procedural chairs, sofas and beds: finite, within budget, in one piece, facing the right way."""

import numpy as np
import pytest
import torch

from furniture import beds, chairs, sofas
from furniture import primitives as P
from furniture.choices import Choices
from training.studio.shapes import distance_grids, distances

FAMILIES = {
    "chair": (chairs.chair, chairs.DESIGNS),
    "sofa": (sofas.sofa, sofas.DESIGNS),
    "bed": (beds.bed, beds.DESIGNS),
}
DESIGNS = [design for _, designs in FAMILIES.values() for design in designs]
LIMIT = P.MAX_PRIMITIVES
SIDE = 64  # cells of the grid that tells whether a piece is connected


def draw(make, seed: int) -> P.Furniture:
    return make(Choices(np.random.default_rng(seed)))


def solid(piece: P.Furniture) -> np.ndarray:
    """(SIDE, SIDE, SIDE) bool occupancy, rods fattened as the studio does."""
    rows = piece.primitives()
    axis = (torch.arange(SIDE) + 0.5) / SIDE - 0.5
    grid = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), dim=-1)
    added = torch.full((SIDE,) * 3, distances.EMPTY_DISTANCE)
    cut = torch.full((SIDE,) * 3, distances.EMPTY_DISTANCE)
    for row, hull in zip(rows, P.hull_points(rows), strict=True):
        # only the cells around a primitive can be inside it
        low = np.floor((hull.min(axis=0) + 0.5) * SIDE - 2).clip(0, SIDE).astype(int)
        high = np.ceil((hull.max(axis=0) + 0.5) * SIDE + 2).clip(0, SIDE).astype(int)
        window = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        each = distances.distance(
            grid[window],
            torch.from_numpy(row),
            distance_grids.MIN_HALF_THICKNESS / distance_grids.RESOLUTION,
        )
        target = added if row[P.SIGN] > 0 else cut
        target[window] = torch.minimum(target[window], each)
    return (torch.maximum(added, -cut) < 0.25 / SIDE).numpy()


def largest_share(grid: np.ndarray) -> float:
    """Share of the solid cells that hang together, corners counting as contact."""
    from skimage.measure import label

    sizes = np.bincount(label(grid, connectivity=3).ravel())[1:]
    return sizes.max() / sizes.sum()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_piece_is_finite_within_budget_and_fills_the_cube(family):
    make, _ = FAMILIES[family]
    counts = []
    for seed in range(300):
        piece = draw(make, seed)
        rows = piece.primitives()
        counts.append(len(rows))
        low, high = P.bounds(rows)
        assert np.isfinite(rows).all(), (seed, piece.name)
        assert len(rows) <= LIMIT, (seed, piece.name)
        assert (high - low).max() == pytest.approx(1.0, abs=0.01), (seed, piece.name)
        assert (rows[:, P.HALF] > 0).all(), (seed, piece.name)
    assert 7 <= np.median(counts) <= 35


@pytest.mark.parametrize(
    "design", DESIGNS, ids=lambda d: f"{d.__module__.split('.')[-1]}-{d.__name__}"
)
def test_every_design_stays_within_budget_with_its_materials(design):
    for seed in range(20):
        piece = draw(design, seed)
        rows = piece.primitives()
        assert len(rows) <= LIMIT, seed
        assert piece.name
        assert set(piece.materials) <= set(P.MATERIALS)
        assert rows[:, P.MATERIAL].max() < len(piece.materials) <= P.MAX_MATERIALS


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_seed_draws_the_same_piece(family):
    make, _ = FAMILIES[family]
    for seed in range(5):
        assert np.array_equal(draw(make, seed).primitives(), draw(make, seed).primitives())
    assert not np.array_equal(draw(make, 1).primitives(), draw(make, 2).primitives())


@pytest.mark.parametrize("family", FAMILIES)
def test_every_design_is_reachable_and_carries_its_category(family):
    make, designs = FAMILIES[family]
    pieces = [draw(make, seed) for seed in range(1000)]
    assert {piece.category for piece in pieces} == {family}
    assert len({piece.name for piece in pieces}) >= len(designs)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_piece_hangs_together(family):
    make, _ = FAMILIES[family]
    shares = [largest_share(solid(draw(make, seed))) for seed in range(1000, 1010)]
    assert min(shares) >= 0.97, shares


def test_pieces_face_the_front():
    """Backs and head boards stand behind: the upper third of the solid lies at z < 0."""
    for make in (
        chairs.dining.framed,
        chairs.office.task,
        sofas.upholstered.classic,
        beds.raised.day_bed,
    ):
        grid = solid(draw(make, 5))
        heights = np.flatnonzero(grid.any(axis=(0, 2)))
        top = grid[:, heights[0] + int(0.7 * len(heights)) :]
        assert np.argwhere(top)[:, 2].mean() < SIDE / 2 - 2, make.__name__


def test_long_sides_lie_as_in_pix3d():
    """A sofa is long in x, a bed in z, a chair in y."""
    for make, axis in (
        (sofas.upholstered.classic, 0),
        (beds.frames.framed, 2),
        (chairs.dining.framed, 1),
    ):
        extents = [np.ptp(P.bounds(draw(make, seed).primitives()), axis=0) for seed in range(20)]
        assert np.median(extents, axis=0).argmax() == axis
