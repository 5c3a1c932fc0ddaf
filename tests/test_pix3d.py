"""Pix3D on disk: axes, grids, splits, conversion, checks, and photos as training batches."""

import json
import math
import os
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

sys.path.insert(0, os.path.dirname(__file__))
from small_pix3d import DEV, chair_voxels, save_entries, write_data

from training import checker, checks, convert_mat_to_npy, pix3d, splits
from training.dataset import Batch, Mixture, concatenate, iter_from
from training.gallery import draw_voxels
from training.metrics import iou, max_pool
from training.photos import PhotoBatches, Pix3DPhotos


@pytest.fixture
def root(tmp_path):
    write_data(tmp_path)
    return tmp_path


@pytest.fixture
def dev():
    if not DEV.is_dir():
        pytest.skip(f"{DEV} is absent")
    return DEV


def edit(root, number, **changes):
    entries = json.loads((root / "pix3d.json").read_text())
    entries[number] |= changes
    save_entries(root, entries)
    return entries[number]


# --- axes and grids -----------------------------------------------------------------------------


def test_to_model_axes_puts_left_front_top_where_they_belong():
    grid = np.zeros((128, 128, 128), bool)
    grid[120, 100, 90] = True  # far left, toward the front, high
    x, y, z = np.argwhere(pix3d.to_model_axes(grid))[0]
    assert (x, y, z) == (127 - 120, 90, 100)


def test_to_model_axes_is_a_rotation_not_a_mirror():
    corners = np.eye(3, dtype=int)  # Pix3D's left, outward, up as unit steps from a cell
    grid = np.zeros((4, 4, 4), int)
    grid[1, 1, 1] = 4
    for number, step in enumerate(corners, start=1):
        grid[tuple(1 + step)] = number
    turned = pix3d.to_model_axes(grid)
    place = [np.argwhere(turned == number)[0] for number in (4, 1, 2, 3)]
    assert np.linalg.det(np.stack([p - place[0] for p in place[1:]])) == pytest.approx(1)


def test_view_angles_agree_with_the_camera_position():
    """Pix3D's model frame: +x left, +y up, +z inward; a camera on the left side sees -x."""
    assert pix3d.view_angles({"cam_position": [0, 0, -2]}) == pytest.approx((0, 0))
    assert pix3d.view_angles({"cam_position": [1, 0, 0]}) == pytest.approx((-90, 0))
    assert pix3d.view_angles({"cam_position": [0, 1, -1]}) == pytest.approx((0, 45))
    assert pix3d.view_angles({"azimuth_deg": 350.0, "elevation_deg": 5.0}) == (10, 5)
    assert pix3d.view_angles({"cam_position": None}) == (None, None)


def test_canonical_grid_of_a_centred_full_grid_is_max_pooling():
    grid = pix3d.to_model_axes(chair_voxels(width=31))
    for resolution in (32, 64):
        expected = max_pool(grid, 128 // resolution) > 0
        assert np.array_equal(pix3d.canonical_grid(grid, resolution), expected)


def test_canonical_grid_ignores_place_and_scale():
    small = np.zeros((128, 128, 128), bool)
    small[5:69, 11:43, 70:102] = True
    grid = pix3d.canonical_grid(small, 32)
    assert grid.sum() == 32 * 16 * 16
    assert grid[:, 8:24, 8:24].all()
    assert np.array_equal(grid, pix3d.canonical_grid(np.repeat(small, 2, axis=0)[::2], 32))


def test_canonical_grid_keeps_thin_legs_where_nearest_sampling_loses_them():
    voxels = chair_voxels(width=41, legs=2)
    pooled = pix3d.canonical_grid(pix3d.to_model_axes(voxels), 32)
    assert (pooled[:, 2].sum(), voxels[2::4, 2::4, 10].sum()) >= (4, 0)
    floor = pooled[:, 0]  # four separate feet
    assert floor.any() and floor.sum() <= 16
    assert pooled.any(axis=(0, 2)).all()  # no level between floor and top is empty


def test_canonical_grid_of_a_mirrored_shape_is_the_mirrored_grid():
    rng = np.random.default_rng(0)
    for _ in range(3):
        shape = np.zeros((128, 128, 128), bool)
        for _ in range(6):
            low = rng.integers(0, 90, 3)
            high = low + rng.integers(1, 38, 3)
            shape[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = True
        for axis in range(3):
            mirrored = pix3d.canonical_grid(np.flip(shape, axis), 32)
            assert np.array_equal(mirrored, np.flip(pix3d.canonical_grid(shape, 32), axis))


def test_canonical_grid_can_refine_a_coarse_grid_and_refuses_an_empty_one():
    coarse = np.zeros((16, 16, 16), bool)
    coarse[:, :8] = True
    assert pix3d.canonical_grid(coarse, 32).sum() == 32 * 16 * 32
    with pytest.raises(ValueError, match="empty"):
        pix3d.canonical_grid(np.zeros((8, 8, 8)), 32)


def test_the_true_view_explains_the_mask_better_than_its_mirror_image(dev):
    """Silhouettes of the grids from our azimuth fill the masks: axes and signs are right."""
    scores = []
    for record in pix3d.load_records(dev):
        if not record.clean or record.category == "table":  # tables look alike from many sides
            continue
        grid = pix3d.canonical_grid(pix3d.to_model_axes(pix3d.read_voxels(dev, record.voxel)), 32)
        mask = fit(pix3d.read_mask(dev, record))
        azimuths = (record.azimuth, -record.azimuth, record.azimuth + 180)
        drawn = (draw_voxels(grid, None, a, record.elevation, 96) for a in azimuths)
        scores.append([iou(fit(np.asarray(d.convert("L")) < 250), mask) for d in drawn])
    right, mirrored, behind = np.array(scores).T
    assert len(right) == 23
    assert right.mean() > 0.7 > 0.6 > max(mirrored.mean(), behind.mean())
    assert (right >= mirrored - 0.01).all() and (right >= behind - 0.01).all()


def fit(mask):
    """A mask's own bounding box, resampled to 64 x 64."""
    y, x = np.nonzero(mask)
    part = Image.fromarray(mask[y.min() : y.max() + 1, x.min() : x.max() + 1])
    return np.asarray(part.resize((64, 64), Image.Resampling.NEAREST))


# --- records and splits -------------------------------------------------------------------------


def test_records_know_their_shape_and_whether_they_are_clean(root):
    records = pix3d.load_records(root)
    assert records[0].shape == "chair/SHAPE_0"
    assert [record.clean for record in records] == [True, True, True, False, False, True]
    assert len(splits.select(records, truncated=False)) == 5
    assert len(splits.select(records, occluded=False)) == 5
    assert {r.shape for r in splits.select(records, ["table/SHAPE_2"])} == {"table/SHAPE_2"}


@pytest.mark.parametrize("change", [{"voxel": "../../etc/x.mat"}, {"bbox": [1, 2]}, {"img": None}])
def test_a_malformed_record_is_named(root, change):
    edit(root, 4, **change)
    with pytest.raises(pix3d.DataError, match="Record 4"):
        pix3d.load_records(root)


def test_missing_and_broken_record_lists_say_what_to_do(tmp_path):
    with pytest.raises(pix3d.DataError, match="point --data"):
        pix3d.load_records(tmp_path)
    (tmp_path / "pix3d.json").write_text("[{")
    with pytest.raises(pix3d.DataError, match="download it again"):
        pix3d.load_records(tmp_path)


def many_records():
    return [
        pix3d.parse_record(
            {
                "img": f"img/chair/{number:04}.jpg",
                "mask": "mask/a.png",
                "voxel": f"model/{category}/S{number % shapes}/voxel.mat",
                "category": category,
                "img_size": [9, 9],
                "bbox": [0, 0, 9, 9],
                "truncated": False,
                "occluded": False,
                "slightly_occluded": False,
            }
        )
        for category, shapes in (("chair", 40), ("bed", 7), ("tool", 1))
        for number in range(400)
    ]


def test_splits_keep_shapes_together_and_cover_everything():
    records = many_records()
    dealt = splits.split_by_shape(records, seed=3)
    shapes = [shape for part in dealt.values() for shape in part]
    assert sorted(shapes) == sorted({record.shape for record in records})  # each exactly once
    chairs = [r for r in splits.select(records, dealt["train"]) if r.category == "chair"]
    assert 0.75 < len(chairs) / 400 < 0.85
    assert "tool/S0" in dealt["train"]


def test_a_shape_that_two_categories_share_is_dealt_once():
    records = [replace(r, category=c) for r in many_records() for c in ("chair", "sofa")]
    dealt = splits.split_by_shape(records, seed=0)
    shapes = [shape for part in dealt.values() for shape in part]
    assert len(shapes) == len(set(shapes)) == len({record.shape for record in records})


def test_splits_follow_the_seed_and_survive_a_file(tmp_path):
    records = many_records()
    dealt = splits.split_by_shape(records, seed=3)
    assert dealt == splits.split_by_shape(records[::-1], seed=3)
    assert dealt != splits.split_by_shape(records, seed=4)
    splits.save_splits(tmp_path / "a" / "splits.json", dealt, 3)
    assert splits.load_splits(tmp_path / "a" / "splits.json") == dealt
    with pytest.raises(pix3d.DataError):
        splits.load_splits(tmp_path)


# --- conversion ---------------------------------------------------------------------------------


def convert(root, *options, jobs=1):
    args = ["--data", str(root), "--out", str(root / "grids"), "--jobs", str(jobs), *options]
    return convert_mat_to_npy.main(args)


def test_convert_writes_each_distinct_file_once_under_its_own_name(root):
    assert convert(root) == 0
    files = sorted(path.name for path in (root / "grids").rglob("*") if path.is_file())
    assert files == ["voxel.npz", "voxel.npz", "voxel_-0.5_0.25.npz"]
    record = pix3d.load_records(root)[0]
    voxels = pix3d.to_model_axes(pix3d.read_voxels(root, record.voxel))
    for resolution in (32, 64):
        loaded = pix3d.load_grid(root / "grids", record.voxel, resolution)
        assert np.array_equal(loaded, pix3d.canonical_grid(voxels, resolution))


def test_convert_goes_on_where_it_stopped(root):
    assert convert(root) == 0
    done = sorted((root / "grids").rglob("*.npz"))
    times = [path.stat().st_mtime_ns for path in done]
    done[1].write_bytes(done[1].read_bytes()[:200])  # cut short by a crash
    done[2].with_suffix(".part").write_bytes(b"half")  # left behind by a kill
    done[2].unlink()
    assert convert(root) == 0
    assert done[0].stat().st_mtime_ns == times[0]
    assert not list((root / "grids").rglob("*.part"))
    for record in pix3d.load_records(root):
        assert pix3d.load_grid(root / "grids", record.voxel, 32).any()


def test_convert_names_a_bad_file_and_does_the_rest(root, capfd):
    bad = pix3d.load_records(root)[1].voxel
    (root / bad).write_bytes(b"not a mat file")
    assert convert(root, jobs=2) == 1
    assert bad in capfd.readouterr().err
    assert bad in (root / "grids" / "errors.txt").read_text()
    assert len(list((root / "grids").rglob("*.npz"))) == 2
    with pytest.raises(pix3d.DataError, match="convert_mat_to_npy"):
        pix3d.load_grid(root / "grids", bad, 32)


def test_convert_dry_run_writes_nothing_and_a_wrong_folder_is_status_2(root, tmp_path):
    assert convert(root, "--dry-run") == 0
    assert not (root / "grids").exists()
    assert convert_mat_to_npy.main(["--data", str(tmp_path / "no")]) == 2


# --- checks -------------------------------------------------------------------------------------


def kinds(root):
    out = root / "check"
    status = checker.main(["--data", str(root), "--out", str(out), "--jobs", "1"])
    content = json.loads((out / "check.json").read_text())
    assert status == (1 if content["findings"] else 0)
    assert "<html" in (out / "check.html").read_text()
    return content["kinds"]


def test_a_sound_data_set_passes(root):
    assert kinds(root) == {}


def save_as(mode):
    return lambda path: Image.open(path).convert(mode).save(path)


def cut(path):
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def turn(path):
    image = Image.open(path)
    exif = image.getexif()
    exif[checks.ORIENTATION] = 6
    image.save(path, exif=exif)


def voxels_of(grid):
    def write(path):
        from scipy.io import savemat

        savemat(path, {"voxel": grid})

    return write


@pytest.mark.parametrize(
    ("kind", "file", "harm"),
    [
        ("missing picture", "img", os.remove),
        ("unreadable picture", "img", cut),
        ("wrong mode", "img", save_as("CMYK")),
        ("wrong mode", "img", save_as("L")),
        ("EXIF rotation", "img", turn),
        ("missing mask", "mask", os.remove),
        ("unreadable mask", "mask", cut),
        ("wrong mode", "mask", save_as("RGB")),
        ("non-binary mask", "mask", lambda p: Image.effect_noise((120, 90), 50).save(p)),
        ("empty mask", "mask", lambda p: Image.new("L", (120, 90)).save(p)),
        ("size mismatch", "mask", lambda p: Image.new("L", (90, 120), 255).save(p)),
        ("missing voxels", "voxel", os.remove),
        ("bad voxels", "voxel", cut),
        ("bad voxels", "voxel", voxels_of(np.zeros((128, 128, 128), np.uint8))),
        ("bad voxels", "voxel", voxels_of(np.ones((64, 64, 64), np.uint8))),
        ("bad voxels", "voxel", voxels_of(np.full((128, 128, 128), 2, np.uint8))),
    ],
)
def test_checker_finds(root, kind, file, harm):
    entry = json.loads((root / "pix3d.json").read_text())[1]
    path = root / entry[file]
    if kind == "wrong mode" and file == "img":
        path = path.with_suffix(".tif")  # a format that has every mode
        Image.open(root / entry["img"]).save(path)
        edit(root, 1, img=f"{entry['img'][:-4]}.tif")
    harm(path)
    assert kind in kinds(root)


@pytest.mark.parametrize(
    ("kind", "bbox"), [("box outside", [10, 10, 121, 80]), ("empty box", [50, 10, 50, 80])]
)
def test_checker_finds_boxes(root, kind, bbox):
    edit(root, 2, bbox=bbox)
    assert kinds(root) == {kind: 1}


def test_checker_finds_duplicates_and_look_alikes(root):
    records = pix3d.load_records(root)
    (root / records[1].img).write_bytes((root / records[0].img).read_bytes())
    assert kinds(root) == {"duplicate picture": 1}
    smaller = Image.open(root / records[0].img).resize((84, 63)).resize((120, 90))
    smaller.save((root / records[1].img).with_suffix(".jpg"), quality=60)
    edit(root, 1, img=records[1].img.replace(".png", ".jpg"))
    assert kinds(root) == {"look-alike picture": 1}


def test_checker_knows_the_published_mismatches(root):
    entry = json.loads((root / "pix3d.json").read_text())[2]
    for kind in ("img", "mask"):
        (root / entry[kind]).rename(root / f"{kind}/table/1749.png")
    edit(root, 2, img="img/table/1749.png", mask="mask/table/1749.png")
    assert kinds(root) == {"known mismatch": 1}


def test_checker_counts_the_dev_set(dev, tmp_path):
    assert checker.main(["--data", str(dev), "--out", str(tmp_path), "--jobs", "2"]) == 1
    content = json.loads((tmp_path / "check.json").read_text())
    assert content["kinds"] == {"duplicate picture": 1}  # chair/2489 is sofa/0898
    assert content["categories"]["all"]["photos"] == 45
    assert content["categories"]["chair"]["clean"] == 14


# --- batches ------------------------------------------------------------------------------------


def photos(root, **options):
    return Pix3DPhotos(root, pix3d.load_records(root), **options)


def same(a: Batch, b: Batch) -> bool:
    pairs = zip(a.tensors().values(), b.tensors().values(), strict=True)
    return a.source == b.source and all(torch.equal(x, y) for x, y in pairs)


def test_a_batch_has_the_agreed_fields(root):
    batch = PhotoBatches(photos(root, augment=True), batch_size=4).batch(0)
    assert batch.image.shape == (4, 3, 224, 224) and batch.image.dtype == torch.float32
    assert batch.image.min() >= 0 and batch.image.max() <= 1
    assert batch.mask.shape == (4, 1, 224, 224)
    assert batch.occupancy.shape == (4, 32, 32, 32) and batch.occupancy.dtype == torch.float32
    assert batch.colors.shape == (4, 3, 32, 32, 32)
    assert batch.surface.dtype == torch.bool and not batch.surface.any()
    assert batch.category.dtype == torch.int64
    assert batch.azimuth.shape == batch.elevation.shape == (4,)
    assert len(batch) == 4 and batch.source[0].startswith("pix3d:img/")


def test_a_sample_shows_its_own_box_mask_and_shape(root):
    data = photos(root)
    batch, record = data[2], data.records[2]
    inside = batch.mask[0, 0] > 0.5
    assert inside.float().mean() == pytest.approx((1 / 1.16) ** 2, abs=0.02)  # margin of 8 %
    colour = batch.image[0].permute(1, 2, 0)[inside].mean(dim=0) * 255
    assert colour.tolist() == pytest.approx([170, 60, 40], abs=3)
    voxels = pix3d.to_model_axes(pix3d.read_voxels(root, record.voxel))
    assert np.array_equal(batch.occupancy[0] > 0.5, pix3d.canonical_grid(voxels, 32))
    assert batch.azimuth.item() == pytest.approx(math.atan2(-0.5, 1.0))


def test_an_unknown_view_is_nan(root):
    edit(root, 0, cam_position=None)
    batch = photos(root)[0]
    assert math.isnan(batch.azimuth) and math.isnan(batch.elevation)


def test_converted_grids_and_mat_files_give_the_same_batch(root):
    assert convert(root) == 0
    for resolution in (32, 64):
        converted = photos(root, grids=root / "grids", resolution=resolution)[1]
        assert same(converted, photos(root, resolution=resolution)[1])


def test_batches_depend_on_the_seed_and_their_number_alone(root):
    def stream(seed=0):
        return PhotoBatches(photos(root, augment=True, seed=seed), batch_size=4, seed=seed)

    unbroken = [batch for batch, _ in zip(stream(), range(5), strict=False)]
    assert same(unbroken[3], stream().batch(3))
    assert same(unbroken[4], next(stream().iter_from(4)))
    assert not torch.equal(unbroken[0].image, stream(seed=1).batch(0).image)
    names = [name for batch in unbroken[:3] for name in batch.source]  # two epochs of six photos
    assert sorted(names[:6]) == sorted(set(names)) == sorted(names[6:])


def test_processes_share_one_order(root):
    alone = PhotoBatches(photos(root), batch_size=4)
    parts = [PhotoBatches(photos(root), batch_size=2, rank=rank, world=2) for rank in (0, 1)]
    joined = concatenate([part.batch(5) for part in parts])
    assert same(joined, alone.batch(5))


def test_the_data_set_works_in_a_plain_loader(root):
    loader = DataLoader(photos(root), batch_size=3, collate_fn=concatenate)
    assert [len(batch) for batch in loader] == [3, 3]


def test_mirroring_twice_gives_the_sample_back(root):
    batch = photos(root)[0]
    mirrored = batch.mirrored()
    assert same(batch, mirrored.mirrored())
    assert mirrored.azimuth.item() == -batch.azimuth.item()
    assert torch.equal(mirrored.occupancy[0, 0], batch.occupancy[0, 31])
    assert torch.equal(mirrored.image[..., 0], batch.image[..., 223])


def test_a_broken_photo_costs_itself_alone(root):
    records = pix3d.load_records(root)
    cut(root / records[1].img)
    data = photos(root)
    with pytest.warns(UserWarning, match=records[1].img):
        assert data[1].source == [f"pix3d:{records[2].img}"]
    for record in records:
        (root / record.mask).unlink()
    with pytest.raises(pix3d.DataError, match="Not one photo"), pytest.warns(UserWarning):
        data[0]


def test_augmentation_leaves_the_grey_around_the_picture(root):
    edit(root, 0, bbox=[0, 0, 120, 90])  # the square reaches past the picture, above and below
    data = photos(root, augment=True)
    for draw in range(8):
        image = data[0, draw].image[0]
        corner = image[:, 0, 0] * 255
        assert corner.tolist() == pytest.approx([128] * 3, abs=0.6)


class Numbers:
    """A source whose batches are their own names."""

    def __init__(self, name):
        self.name = name

    def batch(self, step, size):
        return f"{self.name}{step}"


def test_a_mixture_follows_its_weights_and_asks_each_source_in_turn():
    mixture = Mixture({"a": (Numbers("a"), 3), "b": (Numbers("b"), 1), "c": (Numbers("c"), 0)})
    names = [mixture.batch(step, 8) for step in range(2000)]
    taken = {key: [name for name in names if name[0] == key] for key in "abc"}
    assert len(taken["a"]) / 2000 == pytest.approx(0.75, abs=0.03)
    assert taken["a"] == [f"a{n}" for n in range(len(taken["a"]))]
    assert taken["b"] == [f"b{n}" for n in range(len(taken["b"]))]
    assert taken["c"] == []
    fresh = Mixture({"a": (Numbers("a"), 3), "b": (Numbers("b"), 1), "c": (Numbers("c"), 0)})
    assert fresh.batch(1234, 8) == names[1234]  # resumed
    assert fresh.batch(7, 8) == names[7]  # and back


def test_a_mixture_of_iterables_resumes_and_ends():
    sources = {"a": (list(range(50)), 1.0), "b": (list(range(100, 150)), 1.0)}
    whole = list(Mixture(sources, seed=1))
    assert list(iter_from(Mixture(sources, seed=1), 20)) == whole[20:]
    assert len(whole) >= 50
    with pytest.raises(ValueError, match="weights"):
        Mixture({"a": ([], 0.0)})
