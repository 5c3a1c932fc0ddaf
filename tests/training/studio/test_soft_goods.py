"""Soft goods: covers lie on beds and seats, and change the picture but neither shape nor mask."""

from dataclasses import replace

import pytest
import torch

from core.categories import CATEGORIES
from furniture.primitives import MAX_MATERIALS
from training.studio.assets import load_assets
from training.studio.fold_maps import PUCKERED, RUMPLED, fold_maps
from training.studio.random_numbers import Draw, random_numbers
from training.studio.rendering import surfaces
from training.studio.rendering.torch_functions import PLACE, SCALE, STRETCH
from training.studio.scenes import neighbours, soft_goods
from training.studio.scenes.materials import COVER, FOLD_SCALE, FOLD_SLOPE, RGB, ROW
from training.studio.scenes.scene import Scene
from training.studio.shapes import covers, voxelization
from training.studio.shapes.distance_grids import MARGIN, cell_centers
from training.studio.studio import Studio, StudioConfig

CPU = torch.device("cpu")
SCENES = 48


@pytest.fixture(scope="module")
def studio() -> Studio:
    config = StudioConfig(image_size=64, grid=32, slots=16, shares={"bed": 2, "table": 1})
    studio = Studio(config, CPU, seed=3)
    studio.bank.advance(0)
    return studio


@pytest.fixture(scope="module")
def scene(studio) -> Scene:
    slots = torch.arange(SCENES) % studio.bank.filled
    return studio.scene(random_numbers(SCENES, CPU, 5), slots)[0]


def part_of(scene: Scene, chosen: torch.Tensor) -> Scene:
    """The scenes of some pictures."""
    return replace(scene, **{name: value[chosen] for name, value in vars(scene).items()})


def bare(scene: Scene) -> Scene:
    """A copy without soft goods."""
    scene = replace(scene, **{name: value.clone() for name, value in vars(scene).items()})
    scene.remove_soft_goods()
    return scene


def test_covers_are_thin_shells_inside_their_cubes_with_their_box_under_them():
    distance, part = covers.bake_covers(64, CPU)
    assert set(part.unique().tolist()) <= {covers.FABRIC, covers.LINING}
    solid = (distance[:, MARGIN:-MARGIN, MARGIN:-MARGIN, MARGIN:-MARGIN] < 0).float()
    assert solid.sum() == (distance < 0).sum()  # no cover reaches the border of its grid
    volume = solid.mean(dim=(1, 2, 3))
    assert volume.min() > 0.05 and volume.max() < 0.3
    column = distance[:, 36, :, 36]  # the middle
    height = cell_centers(64)[torch.where(column < 0, torch.arange(72), -1).amax(dim=1)]
    above = (height - covers.TOP) * covers.SIZE[1]
    assert above.min() > 0 and above.max() < 2 * max(covers.THICKNESS)
    assert (column[:, 20] > 0).all()  # hollow below the top


def test_a_cover_lies_on_the_bed_within_its_outline(studio, scene):
    bank, metre = studio.bank, 1 / studio.bank.typical_size
    bed = CATEGORIES.index("bed")
    own = scene.slot[:, 0]
    present = (scene.cover_pose[:, 0, SCALE] > 0) & (bank.category[own] == bed)
    assert present.sum() >= 8
    pose, slot = scene.cover_pose[present, 0], own[present]
    size = pose[:, SCALE, None] * pose[:, STRETCH]
    top = pose[:, PLACE][:, 1] + covers.TOP * size[:, 1]
    assert torch.allclose(top, bank.rest[slot], atol=1e-5)
    half = bank.extent[slot] / 2
    width = covers.HALF_WIDTH * size[:, 0]
    assert (width < half[:, 0] + 0.02 * metre[bed]).all() and (width > 0.6 * half[:, 0]).all()
    foot = pose[:, PLACE][:, 2] + covers.FOOT * size[:, 2]
    assert (foot < half[:, 2] + 0.02 * metre[bed]).all()
    head = pose[:, PLACE][:, 2] + covers.START * size[:, 2]
    assert (head > -half[:, 2]).all()


def test_tables_have_neither_covers_nor_folds(studio, scene):
    table = studio.bank.category[scene.slot] == CATEGORIES.index("table")
    alone = table.all(dim=1)
    assert (scene.cover_pose[alone, 0, SCALE] == 0).all()
    count = scene.slot.shape[1]
    slopes = scene.materials[:, : count * MAX_MATERIALS, FOLD_SLOPE].unflatten(1, (count, -1))
    assert (slopes[table] == 0).all() and (slopes[~table] > 0).any()
    assert (scene.materials[:, count * MAX_MATERIALS + COVER + 2 :, FOLD_SLOPE] == 0).all()


def test_soft_goods_change_the_picture_but_neither_mask_nor_coordinates(studio, scene):
    covered = part_of(scene, (scene.cover_pose[:, 0, SCALE] > 0).nonzero()[:4, 0])
    soft, hard = studio.render(covered), studio.render(bare(covered))
    assert torch.equal(soft[1], hard[1])
    assert torch.equal(soft[2].nan_to_num(), hard[2].nan_to_num())
    changed = ((soft[0] - hard[0]).abs().amax(dim=1) > 0.02).float().mean(dim=(1, 2))
    assert (changed > 0.01).all()


def test_a_cover_is_seen_where_it_is_in_front_of_the_objects(studio, scene):
    covered = part_of(scene, (scene.cover_pose[:, 0, SCALE] > 0).nonzero()[:4, 0])
    _, hits, _, _ = studio.trace(covered)
    length, which, *_, bare_length, bare_which = hits
    cover = which == covered.slot.shape[1]
    assert cover.flatten(1).any(dim=1).all()
    assert (length[cover] <= bare_length[cover]).all()
    assert torch.equal(which[~cover], bare_which[~cover])


def test_cells_under_a_cover_have_its_colour(studio):
    numbers, step = 16, 0
    batch, scene, _ = studio.sample(step, numbers)
    count = scene.slot.shape[1] * MAX_MATERIALS
    found = 0
    for k in range(numbers):
        color = scene.materials[k, count + COVER, RGB].clamp(0, 1) ** (1 / 2.2)
        same = (batch.colors[k] - color.view(3, 1, 1, 1)).abs().amax(dim=0) < 1e-5
        has_cover = bool(scene.cover_pose[k, 0, SCALE] > 0)
        lies_on_named = studio.bank.category[scene.slot[k, 0]] == CATEGORIES.index("bed")
        if has_cover and lies_on_named:
            found += bool((same & (batch.surface[k] > 0)).any())
        if not has_cover:
            assert not same.all()
    assert found >= 3


def test_fold_maps_repeat_and_have_slopes_of_one_size():
    maps = fold_maps().float()
    slope = maps[..., :2].square().sum(dim=-1).mean(dim=(1, 2))
    assert slope.min() > 0.6 and slope.max() < 1.1
    assert maps[..., 2].min() >= 0 and maps[..., 2].max() <= 1
    irregular = maps[[RUMPLED, PUCKERED]]
    steps = (irregular - irregular.roll(1, dims=2)).abs().mean(dim=(1, 3))  # (2, FOLD_SIDE)
    assert (steps[:, 0] < 2.5 * steps.mean(dim=1)).all()  # no seam at the border


def test_folds_tilt_the_normal_by_their_slope_and_leave_hard_surfaces_alone():
    assets = load_assets(None, CPU)
    normal = torch.tensor([0.0, 1.0, 0.0]).view(3, 1, 1).expand(3, 2, 900).contiguous()
    point = torch.rand(3, 2, 900, generator=torch.Generator().manual_seed(0))
    material = torch.zeros(2, 900, ROW)
    material[1, :, FOLD_SLOPE], material[..., FOLD_SCALE] = 0.2, 2.0
    tilted, light = surfaces.folds(assets, material, point, normal)
    assert torch.equal(tilted[:, 0], normal[:, 0]) and (light[0] == 1).all()
    assert torch.allclose(tilted.norm(dim=0), torch.ones(2, 900), atol=1e-4)
    slope = (tilted[0, 1] ** 2 + tilted[2, 1] ** 2).sqrt() / tilted[1, 1]
    assert slope.square().mean().sqrt() == pytest.approx(0.2, rel=0.2)
    assert light[1].min() < 0.95 and light.max() <= 1


def test_the_rest_is_the_mattress_not_the_headboard_or_a_post():
    n = 32
    solid = torch.zeros(1, n, n, n, dtype=torch.bool)
    solid[:, 4:28, 6:14] = True  # mattress
    solid[:, 4:28, 6:26, :2] = True  # headboard
    solid[:, 15, :31, 16] = True  # a post
    distance = torch.where(solid, -1.0, 1.0) / n
    top = voxelization.top_heights(distance)
    extent = voxelization.extents(solid)
    rest = voxelization.rest_heights(top, extent)
    assert rest[0] == pytest.approx(14 / n - 0.5, abs=1 / n)
    assert voxelization.foot_heights(top, extent)[0] == pytest.approx(14 / n - 0.5, abs=1 / n)


def test_an_upper_bunk_has_no_cover(studio, scene, monkeypatch):
    monkeypatch.setattr(soft_goods, "HIGHEST_REST", 0.0)
    slots = scene.slot[:, 0]
    low = studio.scene(random_numbers(SCENES, CPU, 5), slots)[0]
    assert (low.cover_pose[:, 0, SCALE] == 0).all()


def test_cushions_lie_on_the_mattress_at_the_head(studio):
    bank = studio.bank
    slot = (bank.category == CATEGORIES.index("bed")).nonzero()[:, 0]
    n, support = len(slot), bank.support[slot]
    hull = torch.zeros(n, neighbours.OTHERS, 1, 3)
    hull[..., 1] = -0.1  # half as high as wide
    scale, cushion = torch.ones(n, neighbours.OTHERS), torch.ones(n, neighbours.OTHERS).bool()
    draw = Draw(random_numbers(n, CPU, 1))
    center = neighbours._on_top(draw, bank, slot, torch.ones(n, 3), hull, support, scale, cushion)
    assert torch.allclose(center[..., 1] - 0.1, bank.rest[slot][:, None].expand(n, 3), atol=1e-5)
    low, high = support[..., 2].amin(dim=1), support[..., 2].amax(dim=1)
    behind = (center[..., 2] - low[:, None]) / (high - low)[:, None]
    first, last = neighbours.CUSHION_DEPTHS[0]
    assert behind.min() > first - 1e-5 and behind.max() < last + 1e-5


def test_bars_beside_the_mattress_are_found():
    n = 32
    solid = torch.zeros(1, n, n, n, dtype=torch.bool)
    solid[:, 4:28, 6:14] = True  # mattress
    extent = voxelization.extents(solid)
    flat = voxelization.side_heights(voxelization.top_heights(1.0 / n - solid * 2.0 / n), extent)
    solid[:, 4:6, 6:20] = True  # bars of a crib
    tall = voxelization.side_heights(voxelization.top_heights(1.0 / n - solid * 2.0 / n), extent)
    assert flat[0] == pytest.approx(14 / n - 0.5, abs=1 / n)
    assert tall[0] == pytest.approx(20 / n - 0.5, abs=1 / n)
