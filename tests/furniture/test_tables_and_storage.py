"""Procedural tables, desks, bookcases, wardrobes, tools and misc: facts about every piece."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from furniture import desks, primitives, tables
from furniture.choices import Choices
from furniture.objects import misc, tools
from furniture.storage import bookcases, wardrobes
from training.studio.shapes import distances

GENERATORS = {
    "table": (tables.table, tables.DESIGNS),
    "desk": (desks.desk, desks.DESIGNS),
    "bookcase": (bookcases.bookcase, bookcases.DESIGNS),
    "wardrobe": (wardrobes.wardrobe, wardrobes.DESIGNS),
    "tool": (tools.tool, tools.DESIGNS),
    "misc": (misc.misc, misc.DESIGNS),
}
BLOCK = 4  # cells a side that are looked at together
THIN = 0.9 / 128  # the studio fattens anything thinner than twice this share of the longest side
MAX = primitives.MAX_PRIMITIVES
EVERY = pytest.mark.parametrize("category", GENERATORS)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Small tensors: threads would only wait for one another."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def make(category: str, seed: int) -> primitives.Furniture:
    return GENERATORS[category][0](Choices(np.random.default_rng(seed)))


def solid(rows: np.ndarray, side: int) -> np.ndarray:
    """(side, side, side) bool grid of the unit cube, fine only where a surface passes."""
    blocks, rows = side // BLOCK, torch.from_numpy(rows)[None]
    axis = (torch.arange(blocks) + 0.5) / blocks - 0.5
    centers = torch.cartesian_prod(axis, axis, axis)
    coarse = distances.union(centers[None], rows, THIN)[0][0]
    inner = ((torch.arange(BLOCK) + 0.5) / BLOCK - 0.5) / blocks
    near = (coarse.abs() < 0.95 / blocks).nonzero()[:, 0]
    points = centers[near][:, None] + torch.cartesian_prod(inner, inner, inner)
    pieces = points.reshape(-1, 3).split(65536)  # bounds the memory
    fine = torch.cat([distances.union(piece[None], rows, THIN)[0][0] for piece in pieces])
    grid = (coarse < 0)[:, None].repeat(1, BLOCK**3)
    # a cell that a thin board crosses counts, as in the studio's targets
    grid[near] = fine.reshape(-1, BLOCK**3) < 0.5 / side
    grid = grid.reshape((blocks,) * 3 + (BLOCK,) * 3).permute(0, 3, 1, 4, 2, 5)
    return grid.reshape((side,) * 3).numpy()


@EVERY
def test_rows_are_finite_few_and_fill_the_unit_cube(category):
    for seed in range(300):
        piece = make(category, seed)
        rows = piece.primitives()
        assert rows.shape[1] == primitives.COLUMNS and len(rows) <= MAX, (seed, piece.name)
        assert np.isfinite(rows).all(), (seed, piece.name)
        assert (rows[:, primitives.HALF] > 0).all(), (seed, piece.name)
        assert (rows[:, primitives.TAPER] > 0).all(), (seed, piece.name)
        low, high = primitives.bounds(rows)
        assert abs((high - low).max() - 1) < 0.01, (seed, piece.name)
        np.testing.assert_allclose((low + high) / 2, 0, atol=1e-4)


@EVERY
def test_materials_cover_every_part(category):
    for seed in range(150):
        piece = make(category, seed)
        assert piece.category == category
        assert set(piece.materials) <= set(primitives.MATERIALS)
        assert len(piece.materials) <= primitives.MAX_MATERIALS
        parts = {int(row[primitives.MATERIAL]) for row in piece.rows}
        assert parts <= set(range(len(piece.materials))), (seed, piece.name)


@EVERY
def test_every_design_occurs(category):
    names = {make(category, seed).name for seed in range(900)}
    assert names == {design.__name__ for design in GENERATORS[category][1]}


@EVERY
def test_same_seed_same_piece(category):
    for seed in (0, 1, 2):
        first, second = make(category, seed), make(category, seed)
        assert first.name == second.name and first.materials == second.materials
        np.testing.assert_array_equal(first.primitives(), second.primitives())
    assert any(
        make(category, 0).primitives().shape != make(category, seed).primitives().shape
        or not np.array_equal(make(category, 0).primitives(), make(category, seed).primitives())
        for seed in (1, 2)
    )


@EVERY
def test_pieces_hang_together(category):
    """No floating handle, leg or shelf: one 26-connected solid."""
    whole = []
    for seed in range(2000, 2010):
        grid = solid(make(category, seed).primitives(), 64)
        labels, count = ndimage.label(grid, structure=np.ones((3, 3, 3)))
        sizes = np.bincount(labels.ravel())[1:]
        assert count, seed
        whole.append(sizes.max() / sizes.sum() >= 0.97)
    assert sum(whole) >= 9, whole


@pytest.mark.parametrize("category", ["table", "desk", "bookcase", "wardrobe"])
def test_furniture_stands_on_its_floor_and_keeps_house_sizes(category):
    for seed in range(100):
        piece = make(category, seed)
        assert 0.2 < piece.height() < 3.0, (seed, piece.name, piece.height())
        low, high = primitives.bounds(np.stack(piece.rows))
        assert abs(low[1]) < 0.08, (seed, piece.name, low)
        assert (high - low).max() < 3.2, (seed, piece.name)


def test_closed_wardrobes_are_solid_and_bookcases_hollow():
    shares = {}
    for category in ("wardrobe", "bookcase"):
        found = []
        for seed in range(12):
            grid = solid(make(category, seed).primitives(), 32)
            box = np.argwhere(grid)
            found.append(grid.sum() / np.prod(np.ptp(box, axis=0) + 1))
        shares[category] = np.median(found)
    assert shares["wardrobe"] > 0.75 and shares["bookcase"] < 0.6, shares
