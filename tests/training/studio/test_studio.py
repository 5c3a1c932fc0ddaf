"""Facts about the studio: what it draws lies where its targets say, and is the same each time."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch

from furniture.beams import beam
from furniture.pieces import make_piece
from furniture.primitives import MAX_MATERIALS, Furniture
from tests.conftest import SHARED
from training.studio.config import SHARES, StudioConfig, StudioError
from training.studio.random_numbers import random_numbers
from training.studio.scenes.materials import RGB, SCALE
from training.studio.shapes import cad, cad_packing, distance_grids, distances, outer_distances
from training.studio.shapes.bank import ShapeBank
from training.studio.shapes.voxelization import voxelize
from training.studio.studio import Studio
from training.studio.targets import surface_cells
from voxel_model import CATEGORIES

CPU = torch.device("cpu")


def rows_of(piece: Furniture) -> torch.Tensor:
    return torch.from_numpy(piece.primitives())[None]


def inner(grid: torch.Tensor) -> torch.Tensor:
    m = distance_grids.MARGIN
    return grid[:, m:-m, m:-m, m:-m]


def board(size=(1.0, 0.5, 0.25)) -> Furniture:
    piece = Furniture("table")
    piece.box((0, 0, 0), size, edge=0.0)
    return piece


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio(StudioConfig.small(), CPU, seed=3)


def test_a_boxs_voxel_volume_is_its_volume():
    distance, part = distance_grids.bake(rows_of(board()), 64)
    solid, _ = voxelize(inner(distance).float(), inner(part), 64)
    assert solid.float().mean() == pytest.approx(0.5 * 0.25, rel=0.02)


def test_refining_only_near_the_surface_changes_nothing_there():
    piece = board()
    beam(piece, (-0.4, -0.6, 0), (0.3, 0.4, 0.1), 0.06)
    piece.ring((0, 0.3, 0), 0.2, 0.1, 0.03)
    distance, _ = distance_grids.bake(rows_of(piece), 32)
    axis = distance_grids.cell_centers(32)
    exact, _ = distances.union(
        torch.cartesian_prod(axis, axis, axis)[None], rows_of(piece), 0.9 / 32
    )
    exact = exact.view_as(distance)
    near = exact.abs() < 1.5 / 32
    assert near.sum() > 1000
    torch.testing.assert_close(distance.float()[near], exact[near], atol=2e-4, rtol=0)
    assert torch.equal(distance > 0, exact > 0)


def test_every_row_counts_in_a_batch_of_pieces_of_few_and_of_many():
    rng = np.random.default_rng(0)
    pieces = [Furniture("misc") for _ in range(3)]
    for piece, count in zip(pieces, (2, 20, 40), strict=True):  # on both sides of ROW_LIMITS
        for end in rng.uniform(-0.5, 0.5, (count, 2, 3)):
            beam(piece, *end, 0.1)
    made = [rows_of(piece)[0] for piece in pieces]
    rows = torch.nn.utils.rnn.pad_sequence(made, batch_first=True)
    distance, part = distance_grids.bake(rows, 32)
    axis = distance_grids.cell_centers(32)
    points = torch.cartesian_prod(axis, axis, axis).expand(3, -1, -1)
    exact, nearest = (value.view_as(distance) for value in distances.union(points, rows, 0.9 / 32))
    assert torch.equal(distance > 0, exact > 0)
    near = exact.abs() < 1 / 32
    assert torch.equal(part[near], nearest[near].byte())


def test_a_leg_thinner_than_a_cell_fills_every_cell_it_crosses():
    piece = Furniture("table")
    piece.box((0, 0.49, 0), (1, 0.02, 1))
    beam(piece, (0.2, -0.5, 0.2), (0.2, 0.5, 0.2), 0.008)
    distance, part = distance_grids.bake(rows_of(piece), 64)
    solid, _ = voxelize(inner(distance).float(), inner(part), 16)
    assert solid[0, :, :8].flatten(2).any(dim=0).any(dim=-1).all()


def test_a_mirrored_shape_gives_the_mirrored_grid():
    piece, mirrored = Furniture("chair"), Furniture("chair")
    for furniture, sign in ((piece, 1), (mirrored, -1)):
        furniture.box((0, 0, 0), (0.6, 0.1, 0.5), edge=0.02)
        beam(furniture, (sign * 0.2, -0.5, 0.1), (sign * 0.3, 0.5, -0.1), 0.1, 0.06)
    one, _ = distance_grids.bake(rows_of(piece), 32)
    other, _ = distance_grids.bake(rows_of(mirrored), 32)
    torch.testing.assert_close(one.flip(1), other, atol=2e-3, rtol=0)


def test_bending_keeps_length_and_ring_closes():
    piece = Furniture("misc")
    piece.ring((0, 0, 0), radius=0.4, height=0.3, thickness=0.1)
    distance, part = distance_grids.bake(rows_of(piece), 64)
    solid, _ = voxelize(inner(distance).float(), inner(part), 64)
    unit = 0.9  # the piece's diameter in metres becomes 1
    volume = 2 * np.pi * 0.4 * 0.3 * 0.1 / unit**3
    assert solid.float().mean() == pytest.approx(volume, rel=0.05)


def test_the_same_seed_gives_the_same_batch(studio):
    again = Studio(StudioConfig.small(), CPU, seed=3)
    one, other = studio.batch(5, 4), again.batch(5, 4)
    for name, value in one.tensors().items():
        # coordinates are NaN where a pixel shows no object
        expected = other.tensors()[name]
        torch.testing.assert_close(value, expected, rtol=0, atol=0, equal_nan=True, msg=name)
    assert one.source == other.source and all(one.source)
    assert not torch.equal(one.image, studio.batch(6, 4).image)


def test_shapes_are_replaced_and_resuming_finds_them(studio):
    late = StudioConfig.small().refresh_every * 2
    jumped = Studio(StudioConfig.small(), CPU, seed=3)
    expected = studio.batch(late, 2)
    assert torch.equal(jumped.batch(late, 2).image, expected.image)
    assert studio.bank.generation == jumped.bank.generation != [0] * len(jumped.bank.generation)


def project(batch_scene, points: torch.Tensor, size: int):
    """Pixel coordinates (B, K, 2) of points (B, K, 3) in the object's frame."""
    scene = batch_scene
    seen = torch.einsum("nkc,nac->nka", points - scene.eye[:, None], scene.frame)
    flat = seen[..., :2] / seen[..., 2:]
    x = (flat[..., 0] - scene.window[:, 0:1]) / scene.window[:, 2:3]
    y = (scene.window[:, 1:2] - flat[..., 1]) / scene.window[:, 2:3]
    return torch.stack([(x + 1) / 2 * size, (y + 1) / 2 * size], dim=-1), seen[..., 2]


def project_cells(studio: Studio, slots: torch.Tensor):
    """Masks (B, S, S) of lone objects, their solid cells' pixels and depth-scaled widths."""
    scene, *_ = studio.scene(random_numbers(len(slots), CPU, 11), slots)
    scene.remove_neighbours()
    _, mask, _ = studio.render(scene)
    size, r = mask.shape[-1], studio.bank.resolution
    axis = (torch.arange(r) + 0.5) / r - 0.5
    centers = torch.cartesian_prod(axis, axis, axis)
    pixel, depth = project(scene, centers.expand(len(slots), -1, -1), size)
    width = 1 / r / (depth * scene.window[:, 2:3]) * size / 2
    solid = inner(studio.bank.distance[slots]).flatten(1) < 0
    return mask[:, 0] > 0.5, pixel, width, solid


@pytest.mark.parametrize("category", CATEGORIES)
def test_the_mask_lies_on_the_projected_grid(category):
    """Within a cell's width: of the grid where it is drawn, of the picture where it is solid."""
    shares = tuple(float(name == category) for name in CATEGORIES)
    config = StudioConfig(image_size=64, grid=32, slots=2, shares=shares)
    studio = Studio(config, CPU, seed=1)
    studio.bank.advance(0)
    masks, pixels, widths, solids = project_cells(studio, torch.arange(2))
    for mask, pixel, width, solid in zip(masks, pixels, widths, solids, strict=True):
        assert_mask_is_grid(mask, pixel, width, solid)


def assert_mask_is_grid(mask, pixel, width, solid) -> None:
    assert mask.sum() > 40
    size = mask.shape[-1]
    x, reach = pixel[solid], 1.5 * width[solid]  # half a cell, and a cell's width
    drawn = mask.nonzero().flip(1) + 0.5
    nearest = (torch.cdist(drawn, x) - reach).amin(dim=1)
    assert (nearest < 0.5).float().mean() > 0.99
    column, row = x.floor().long().unbind(1)
    seen = (column >= 0) & (column < size) & (row >= 0) & (row < size)
    assert mask[row[seen], column[seen]].float().mean() > 0.97


@pytest.fixture(scope="module")
def cad_studio(tmp_path_factory) -> Studio:
    """Eight stretched CAD models of the training pool, drawn from one of each category."""
    shapes = SHARED / "data" / "shapes"
    if not (shapes / "sources.json").is_file():
        pytest.skip(f"{shapes} is not there: ../shared is not part of the repository")
    sources = json.loads((shapes / "sources.json").read_text(encoding="utf-8"))
    voxels = cad_packing.read_voxels(shapes / "pix3d_voxels.npz")
    entries = [next(e for e in sources if e["category"] == name) for name in CATEGORIES]
    models = [cad_packing.pack_model(shapes / e["file"], e, voxels) for e in entries]
    path = tmp_path_factory.mktemp("cad") / "cad.npz"
    cad_packing.save_pool(models, path)
    shares = (1.0,) * len(CATEGORIES)
    config = StudioConfig(image_size=64, grid=32, slots=8, shares=shares, cad=str(path))
    config.cad_share = 1.0
    studio = Studio(config, CPU, seed=2)
    studio.bank.advance(0)
    return studio


@pytest.mark.slow
def test_the_mask_of_a_cad_model_lies_on_its_grid(cad_studio):
    assert all(name.startswith("cad/") for name in cad_studio.bank.source)
    for mask, pixel, width, solid in zip(*project_cells(cad_studio, torch.arange(8)), strict=True):
        assert_mask_is_grid(mask, pixel, width, solid)


def test_colours_under_a_white_light_are_the_albedo(studio):
    studio.bank.advance(0)
    scene, *_ = studio.scene(random_numbers(4, CPU, 5), torch.arange(4))
    scene.sun_color[:] = 0
    scene.occlusion[:] = 0
    scene.harmonics[:] = 0
    scene.harmonics[:, 0] = 1 / 0.2821  # light from everywhere
    scene.materials[..., SCALE:] = 0  # neither texture nor shine nor glass
    scene.remove_neighbours()
    scene.remove_soft_goods()
    albedo = torch.tensor([0.7, 0.2, 0.05])
    scene.materials[:, :MAX_MATERIALS, RGB] = albedo
    image, mask, _ = studio.render(scene)
    seen = image.permute(0, 2, 3, 1)[mask[:, 0] > 0.5]
    assert len(seen) > 100
    torch.testing.assert_close(seen, albedo.expand_as(seen), atol=0.01, rtol=0)


def test_targets_are_consistent(studio):
    batch = studio.batch(0, 16)
    assert set(batch.occupancy.unique().tolist()) <= {0.0, 1.0}
    assert batch.occupancy.flatten(1).sum(dim=1).min() > 50
    assert torch.equal(batch.surface, surface_cells(batch.occupancy.bool()))
    filled = batch.occupancy.bool()
    longest = torch.stack(
        [filled.any(dim=d).flatten(2).any(dim=-1).sum(dim=1) for d in ((3,), (1,))]
    )
    assert longest.max() >= 30  # the longest side fills the grid
    assert ((batch.image >= 0) & (batch.image <= 1)).all()


def test_pieces_depend_on_seed_and_index_alone():
    one, other = make_piece(1, 7, SHARES), make_piece(1, 7, SHARES)
    assert np.array_equal(one.rows, other.rows) and one.source == other.source
    assert not np.array_equal(one.rows, make_piece(1, 8, SHARES).rows)


def test_shapes_made_and_begun_ahead_are_those_made_in_place(monkeypatch):
    monkeypatch.setattr(ShapeBank, "CHUNK", 2)
    sizes = dict(slots=4, resolution=32, cells=16, shares=SHARES, device=CPU, seed=5)
    with ThreadPoolExecutor(1) as executor:
        ahead, plain = ShapeBank(**sizes, executor=executor), ShapeBank(**sizes)
        for step in range(5):  # two steps to a turn
            ahead.advance(step)
            plain.advance(step)
            (following,) = ahead.started_bakes
            assert following == (step // 2 % 2, step // 4 + 1)
            assert ahead.source == plain.source
            for name in ("distance", "part", "category", "materials", "support"):
                assert torch.equal(getattr(ahead, name), getattr(plain, name))


def cube_model() -> cad.CadModel:
    trimesh = pytest.importorskip("trimesh")
    mesh = trimesh.creation.box((1.0, 0.5, 0.5))
    solid = np.zeros((128,) * 3, bool)
    solid[:, 32:96, 32:96] = True
    parts = np.zeros(len(mesh.faces), np.int64)
    vertices = mesh.vertices.astype(np.float32)
    colors = np.full((cad.CLUSTERS, 3), 0.5, np.float32)
    return cad.CadModel(
        "box", "desk", vertices, mesh.faces, parts, colors, True, np.packbits(solid)
    )


def test_cad_bake_keeps_volume_and_sign():
    knots = np.tile(np.array([(-0.5, -0.5), (0.0, 0.0), (0.5, 0.5)], np.float32), (3, 1, 1))
    distance, _ = cad.bake(cube_model(), knots, 32, torch.Generator().manual_seed(0))
    solid = inner(distance[None])[0] < 0
    # every cell that a face touches is solid, as in Pix3D's grids: one more cell on each side
    assert 0.5**2 <= solid.float().mean() <= (0.5 + 2 / 32) ** 2
    assert distance[20, 20, 20] < -1 / 32 and distance[0, 0, 0] > 1 / 32


def test_the_least_and_the_most_beside_a_cell_are_those_of_pooling():
    grid = torch.rand(7, 8, 9, generator=torch.Generator().manual_seed(0))
    pooled = torch.nn.functional.max_pool3d
    assert torch.equal(
        outer_distances.extreme_of_neighbors(grid, torch.maximum), pooled(grid[None], 3, 1, 1)[0]
    )
    assert torch.equal(
        outer_distances.extreme_of_neighbors(grid, torch.minimum), -pooled(-grid[None], 3, 1, 1)[0]
    )


def test_a_glb_without_faces_is_named(tmp_path):
    trimesh = pytest.importorskip("trimesh")
    path = tmp_path / "empty.glb"
    cloud = trimesh.PointCloud([[0.0, 0, 0], [1, 1, 1]])
    trimesh.Scene(cloud).export(path)
    with pytest.raises(cad.CadError, match=r"empty\.glb holds no faces"):
        cad_packing.pack_model(path, {"file": "meshes/x", "category": "chair"}, {})


def test_a_missing_pool_is_named():
    with pytest.raises(cad.CadError, match=r"nowhere\.npz"):
        cad.load_pool("nowhere.npz")


def test_a_mirrored_cad_model_gives_the_mirrored_grid():
    model = cube_model()
    solid = model.solid
    solid[:64, 48:] = False  # the left half is lower
    model = replace(model, bits=np.packbits(solid))
    model.vertices[model.vertices[:, 0] < 0, 1] *= 0.5
    bits = np.packbits(model.solid[::-1])
    mirrored = replace(model, vertices=model.vertices * (-1, 1, 1), bits=bits)
    mirrored.vertices = mirrored.vertices.astype(np.float32)
    knots = np.tile(np.array([(-0.5, -0.5), (0.0, 0.1), (0.5, 0.5)], np.float32), (3, 1, 1))
    knots[[0, 2], 1, 1] = 0.0  # legs grow; left and right stay alike
    one, other = (
        inner(cad.bake(m, knots, 32, torch.Generator().manual_seed(0))[0][None])[0] < 0
        for m in (model, mirrored)
    )
    assert (one.flip(0) ^ other).float().sum() < 0.03 * one.float().sum()
    assert (one ^ other).float().sum() > 0.1 * one.float().sum()


def test_stretching_part_by_part_moves_the_seat_alone():
    knots = np.tile(np.array([(-0.5, -0.5), (0.0, 0.0), (0.5, 0.5)], np.float32), (3, 1, 1))
    knots[1, 1] = 0.0, 0.25
    points = torch.tensor([[0.0, -0.5, 0.0], [0.0, 0.0, 0.0], [0.0, 0.5, 0.0]])
    height = cad._stretch(points, knots)
    assert height[:, 1].tolist() == [-0.5, 0.25, 0.5]


def test_a_finer_grid_is_of_the_same_shape():
    config = StudioConfig(image_size=16, grid=64, slots=4)
    coarse = Studio(config, CPU, seed=4).batch(0, 4)
    fine = Studio(replace(config, resolution=64), CPU, seed=4).batch(0, 4)
    assert fine.occupancy.shape[-1] == 64
    pooled = torch.nn.functional.max_pool3d(fine.occupancy[:, None], 2)[:, 0]
    assert torch.equal(pooled, coarse.occupancy)


def test_one_scene_holds_sets_and_keeps_the_named_objects_mask(studio):
    """Some neighbours are chairs at a table or copies in a row; none adds to the mask."""
    studio.bank.advance(0)
    slots = torch.arange(32) % studio.bank.slots
    scene, *_ = studio.scene(random_numbers(32, CPU, 8), slots)
    present = scene.pose[:, 1:, 2] > 0
    assert 0.3 < present.float().mean() < 0.9
    copies = (scene.slot[:, 1:] == slots[:, None]) & present
    assert copies.any() and not copies.all()
    _, crowded, _ = studio.render(scene)
    scene.remove_neighbours()
    _, alone, _ = studio.render(scene)
    assert (crowded <= alone).all() and crowded.sum() < alone.sum()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"shares": {"piano": 1.0}}, "There is no category piano; there are bed, bookcase"),
        ({"grid": 48}, "multiple of resolution"),
        ({"image_size": 100}, "multiple of 8"),
        ({"tracer": "cuda"}, "auto, triton or torch"),
    ],
)
def test_a_setting_that_cannot_be_is_named(settings, message):
    with pytest.raises(StudioError, match=message):
        StudioConfig(**settings)


def test_a_folder_or_file_that_is_not_there_is_named(tmp_path):
    for name in ("assets", "poses", "cad"):
        config = replace(StudioConfig.small(), **{name: str(tmp_path / "nowhere")})
        with pytest.raises(ValueError, match="nowhere"):
            Studio(config, CPU)


def test_a_model_of_an_unknown_category_is_named():
    with pytest.raises(cad.CadError, match='unknown category "piano"'):
        cad_packing.pack_model("x.glb", {"file": "x.glb", "category": "piano"}, {})
