"""Stretched shapes and the turning bank: targets follow, and slots change a few at a time."""

import numpy as np
import pytest
import torch

from tests.training.studio.test_studio import cube_model
from training.studio.config import SHARES, StudioConfig
from training.studio.random_numbers import Draw, random_numbers
from training.studio.scenes.scene import draw_stretch
from training.studio.shapes import cad, cad_packing
from training.studio.shapes.bank import CAD_GROUP, ShapeBank
from training.studio.shapes.covers import COVERS
from training.studio.shapes.families import HELD_OUT, held_out
from training.studio.shapes.voxelization import extents
from training.studio.studio import Studio
from training.studio.targets import stretched_cells

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio(StudioConfig(image_size=64, grid=64, slots=8, stretch=0.4), CPU, seed=3)


def test_a_shape_that_is_not_stretched_keeps_its_cells(studio):
    studio.bank.advance(0)
    solid, part = stretched_cells(studio.bank, torch.arange(8), torch.ones(8, 3))
    assert torch.equal(solid, studio.bank.occupancy)
    same = part.int() == studio.bank.cell_part.int()
    assert same[solid].float().mean() > 0.99  # depths are compared in steps of 1 / 4096


def test_a_shape_halved_along_an_axis_fills_half_of_it(studio):
    studio.bank.advance(0)
    half = torch.tensor([1.0, 0.5, 1.0]).expand(8, 3)
    solid, _ = stretched_cells(studio.bank, torch.arange(8), half)
    height = solid.any(dim=3).any(dim=1).sum(dim=1)
    whole = studio.bank.occupancy.any(dim=3).any(dim=1).sum(dim=1)
    assert ((height - whole / 2).abs() <= 1).all()


def test_the_points_that_pixels_show_lie_on_the_stretched_shape(studio):
    batch = studio.batch(0, 16)
    seen = batch.coordinates.isfinite().all(dim=1)
    assert torch.equal(seen[:, None], batch.mask > 0)
    assert batch.coordinates[batch.coordinates.isfinite()].abs().max() < 0.51
    beside = torch.nn.functional.max_pool3d(batch.occupancy[:, None], 3, 1, 1)[:, 0]
    for points, known, grid in zip(batch.coordinates, seen, beside, strict=True):
        x, y, z = ((points[:, known] + 0.5) * 32).long().clamp(0, 31)
        assert grid[x, y, z].mean() > 0.99


def test_the_mirror_moves_the_points_to_the_other_side(studio):
    batch = studio.batch(0, 4)
    x = batch.coordinates[:, 0]
    assert torch.equal(batch.mirrored().coordinates[:, 0].nan_to_num(9), -x.flip(-1).nan_to_num(-9))


def test_a_stretch_keeps_the_longest_side_and_which_level_side_is_longer():
    extent = torch.rand(500, 3, generator=torch.Generator().manual_seed(0)) * 0.8 + 0.2
    extent = extent / extent.amax(dim=1, keepdim=True)
    sides = draw_stretch(Draw(random_numbers(500, CPU, 1)), extent, 0.4) * extent
    assert torch.allclose(sides.amax(dim=1), torch.ones(500), atol=1e-5)
    order = (extent[:, 0] - extent[:, 2]) * (sides[:, 0] - sides[:, 2])
    assert (order >= -1e-6).all()
    assert (sides - extent).abs().max() > 0.2


def test_the_extent_is_the_bounding_box_by_its_longest_side():
    solid = torch.zeros(1, 8, 8, 8, dtype=torch.bool)
    solid[0, 1:5, 2:4, 3] = True
    assert extents(solid).tolist() == [[1.0, 0.5, 0.25]]


def test_cad_models_are_replaced_a_few_at_a_time_and_resuming_finds_them(monkeypatch):
    monkeypatch.setattr(cad, "SURFACE_SAMPLES", 2_000)
    monkeypatch.setattr(ShapeBank, "CHUNK", 8)
    sizes = dict(slots=24, resolution=16, cells=16, shares=SHARES, device=CPU, seed=5)
    sizes |= dict(pool=[cube_model()], cad_share=2 / 3, cad_every=3, refresh_every=100)
    bank = ShapeBank(**sizes)
    bank.advance(0)
    before = bank.distance.clone()
    for step in range(1, 13):
        bank.advance(step)
        changed = (bank.distance != before).flatten(1).any(dim=1)
        assert changed[16:].sum() == 0  # procedural slots have a turn of their own
        assert changed.sum() <= CAD_GROUP * (step // 3)
    assert changed[:16].all()  # four groups, one every three steps
    jumped = ShapeBank(**sizes)
    jumped.advance(12)
    assert torch.equal(jumped.distance, bank.distance)


def test_a_bank_of_few_shapes_has_the_layout_of_a_full_one(monkeypatch):
    monkeypatch.setattr(ShapeBank, "CHUNK", 4)
    bank = ShapeBank(16, 16, 16, SHARES, CPU, seed=1, filled=8)
    bank.advance(0)
    assert len(bank.distance) == 16 + COVERS and bank.filled == 8
    assert bank.occupancy.flatten(1).any(dim=1).tolist() == [True] * 8 + [False] * 8
    assert int(bank.members.max()) < 8


def test_a_model_of_many_vertices_is_packed_whole(tmp_path):
    model = cube_model()
    spare = np.zeros((70_000, 3), np.float32)  # more than 16 bits can number
    model.vertices = np.concatenate([spare, model.vertices]).astype(np.float32)
    model.faces = model.faces + len(spare)
    cad_packing.save_pool([model], tmp_path / "cad.npz")
    (read,) = cad.load_pool(tmp_path / "cad.npz")
    assert np.array_equal(read.faces, model.faces)
    assert np.allclose(read.vertices[read.faces], model.vertices[model.faces], atol=1e-4)


@pytest.mark.parametrize(
    ("file", "kept"),
    [
        ("meshes/table/IKEA_VEJMON_2.glb", True),
        ("meshes/table/IKEA_LACK_1.glb", False),
        ("sweethome/chair/sh3d_katorlegaz__office-chair.glb", True),
        ("sweethome/wardrobe/sh3d_blendswap-cc-by__wardrobe.glb", True),
        ("sweethome/wardrobe/sh3d_blendswap-cc-0__wardrobeWithSlidingDoors.glb", False),
    ],
)
def test_a_family_is_held_out_as_a_whole(file, kept):
    assert held_out(file) == kept


def test_every_pattern_of_held_out_families_meets_a_model_and_a_tenth_is_held_out(shapes_folder):
    from fnmatch import fnmatchcase

    files = [entry["file"] for entry in cad_packing.read_entries(shapes_folder)]
    assert all(any(fnmatchcase(file, pattern) for file in files) for pattern in HELD_OUT)
    assert 0.08 < sum(map(held_out, files)) / len(files) < 0.13


@pytest.fixture
def shapes_folder():
    from tests.conftest import SHARED

    folder = SHARED / "data" / "shapes"
    if not (folder / "sweethome" / "index.json").is_file():
        pytest.skip(f"{folder} is not there: ../shared is not part of the repository")
    return folder
