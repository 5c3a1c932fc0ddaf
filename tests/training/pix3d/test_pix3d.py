"""Pix3D: axes, grids, records, splits and conversion."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tests.training.small_pix3d import chair_voxels, convert, edit
from training import convert_voxels
from training.evaluation.gallery import draw_voxels
from training.evaluation.metrics import iou, max_pool
from training.pix3d import dataset, splits
from training.pix3d.packed_grids import load_grid

# --- axes and grids -----------------------------------------------------------------------------


def test_to_model_axes_maps_left_front_and_top():
    grid = np.zeros((128, 128, 128), bool)
    grid[120, 100, 90] = True  # far left, toward the front, high
    x, y, z = np.argwhere(dataset.to_model_axes(grid))[0]
    assert (x, y, z) == (127 - 120, 90, 100)


def test_to_model_axes_is_a_rotation_not_a_mirror():
    corners = np.eye(3, dtype=int)  # Pix3D's left, outward, up as unit steps from a cell
    grid = np.zeros((4, 4, 4), int)
    grid[1, 1, 1] = 4
    for number, step in enumerate(corners, start=1):
        grid[tuple(1 + step)] = number
    rotated = dataset.to_model_axes(grid)
    place = [np.argwhere(rotated == number)[0] for number in (4, 1, 2, 3)]
    assert np.linalg.det(np.stack([p - place[0] for p in place[1:]])) == pytest.approx(1)


def test_view_angles_agree_with_the_camera_position():
    """Pix3D's model frame: +x left, +y up, +z inward; a camera on the left side sees -x."""
    assert dataset.view_angles({"cam_position": [0, 0, -2]}) == pytest.approx((0, 0))
    assert dataset.view_angles({"cam_position": [1, 0, 0]}) == pytest.approx((-90, 0))
    assert dataset.view_angles({"cam_position": [0, 1, -1]}) == pytest.approx((0, 45))
    assert dataset.view_angles({"azimuth_deg": 350.0, "elevation_deg": 5.0}) == (10, 5)
    assert dataset.view_angles({"cam_position": None}) == (None, None)


def test_canonical_grid_of_a_centred_full_grid_is_max_pooling():
    grid = dataset.to_model_axes(chair_voxels(width=31))
    for resolution in (32, 64):
        expected = max_pool(grid, 128 // resolution) > 0
        assert np.array_equal(dataset.canonical_grid(grid, resolution), expected)


def test_canonical_grid_ignores_position_and_scale():
    small = np.zeros((128, 128, 128), bool)
    small[5:69, 11:43, 70:102] = True
    grid = dataset.canonical_grid(small, 32)
    assert grid.sum() == 32 * 16 * 16
    assert grid[:, 8:24, 8:24].all()
    assert np.array_equal(grid, dataset.canonical_grid(np.repeat(small, 2, axis=0)[::2], 32))


def test_canonical_grid_keeps_thin_legs_where_nearest_sampling_loses_them():
    voxels = chair_voxels(width=41, legs=2)
    pooled = dataset.canonical_grid(dataset.to_model_axes(voxels), 32)
    assert (pooled[:, 2].sum(), voxels[2::4, 2::4, 10].sum()) >= (4, 0)
    floor = pooled[:, 0]  # four separate legs
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
            mirrored = dataset.canonical_grid(np.flip(shape, axis), 32)
            assert np.array_equal(mirrored, np.flip(dataset.canonical_grid(shape, 32), axis))


def test_canonical_grid_refines_a_coarse_grid_and_refuses_an_empty_one():
    coarse = np.zeros((16, 16, 16), bool)
    coarse[:, :8] = True
    assert dataset.canonical_grid(coarse, 32).sum() == 32 * 16 * 32
    with pytest.raises(ValueError, match="empty"):
        dataset.canonical_grid(np.zeros((8, 8, 8)), 32)


def test_silhouette_of_the_true_view_matches_the_mask_best(dev):
    """Axes and signs are correct if silhouettes from our azimuth match the masks."""
    scores = []
    for record in dataset.load_records(dev):
        if not record.clean or record.category == "table":  # tables look similar from many sides
            continue
        grid = dataset.canonical_grid(
            dataset.to_model_axes(dataset.read_voxels(dev, record.voxel)), 32
        )
        mask = fit(dataset.read_mask(dev, record))
        azimuths = (record.azimuth, -record.azimuth, record.azimuth + 180)
        drawn = (draw_voxels(grid, None, a, record.elevation, 96) for a in azimuths)
        scores.append([iou(fit(np.asarray(d.convert("L")) < 250), mask) for d in drawn])
    right, mirrored, behind = np.array(scores).T
    assert len(right) == 23
    assert right.mean() > 0.7 > 0.6 > max(mirrored.mean(), behind.mean())
    assert (right >= mirrored - 0.01).all() and (right >= behind - 0.01).all()


def fit(mask):
    """Crop a mask to its bounding box and resample it to 64 x 64."""
    y, x = np.nonzero(mask)
    part = Image.fromarray(mask[y.min() : y.max() + 1, x.min() : x.max() + 1])
    return np.asarray(part.resize((64, 64), Image.Resampling.NEAREST))


# --- records and splits -------------------------------------------------------------------------


def test_records_have_shape_and_clean_flag(root):
    records = dataset.load_records(root)
    assert records[0].shape == "chair/SHAPE_0"
    assert [record.clean for record in records] == [True, True, True, False, False, True]
    assert len(splits.select(records, truncated=False)) == 5
    assert len(splits.select(records, occluded=False)) == 5
    assert {r.shape for r in splits.select(records, ["table/SHAPE_2"])} == {"table/SHAPE_2"}


@pytest.mark.parametrize("change", [{"voxel": "../../etc/x.mat"}, {"bbox": [1, 2]}, {"img": None}])
def test_malformed_record_is_named(root, change):
    edit(root, 4, **change)
    with pytest.raises(dataset.DataError, match="Record 4"):
        dataset.load_records(root)


def test_missing_and_broken_record_lists_are_explained(tmp_path):
    with pytest.raises(dataset.DataError, match="point --data"):
        dataset.load_records(tmp_path)
    (tmp_path / "pix3d.json").write_text("[{")
    with pytest.raises(dataset.DataError, match="download it again"):
        dataset.load_records(tmp_path)


def many_records():
    return [
        dataset.parse_record(
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
    assigned = splits.split_by_shape(records, seed=3)
    shapes = [shape for part in assigned.values() for shape in part]
    assert sorted(shapes) == sorted({record.shape for record in records})  # each exactly once
    chairs = [r for r in splits.select(records, assigned["train"]) if r.category == "chair"]
    assert 0.75 < len(chairs) / 400 < 0.85
    assert "tool/S0" in assigned["train"]


def test_shape_of_two_categories_is_assigned_once():
    records = [replace(r, category=c) for r in many_records() for c in ("chair", "sofa")]
    assigned = splits.split_by_shape(records, seed=0)
    shapes = [shape for part in assigned.values() for shape in part]
    assert len(shapes) == len(set(shapes)) == len({record.shape for record in records})


def test_splits_depend_on_the_seed_and_round_trip_through_a_file(tmp_path):
    records = many_records()
    assigned = splits.split_by_shape(records, seed=3)
    assert assigned == splits.split_by_shape(records[::-1], seed=3)
    assert assigned != splits.split_by_shape(records, seed=4)
    splits.save_splits(tmp_path / "a" / "splits.json", assigned, 3)
    assert splits.load_splits(tmp_path / "a" / "splits.json") == assigned
    with pytest.raises(dataset.DataError):
        splits.load_splits(tmp_path)


# --- conversion ---------------------------------------------------------------------------------


def test_convert_writes_each_distinct_file_once_under_its_own_name(root):
    assert convert(root) == 0
    files = sorted(path.name for path in (root / "grids").rglob("*") if path.is_file())
    assert files == ["voxel.npz", "voxel.npz", "voxel_-0.5_0.25.npz"]
    record = dataset.load_records(root)[0]
    voxels = dataset.to_model_axes(dataset.read_voxels(root, record.voxel))
    for resolution in (32, 64):
        loaded = load_grid(root / "grids", record.voxel, resolution)
        assert np.array_equal(loaded, dataset.canonical_grid(voxels, resolution))


def test_convert_continues_after_an_interruption(root):
    assert convert(root) == 0
    done = sorted((root / "grids").rglob("*.npz"))
    times = [path.stat().st_mtime_ns for path in done]
    done[1].write_bytes(done[1].read_bytes()[:200])  # truncated by a crash
    done[2].with_suffix(".part").write_bytes(b"half")  # of a killed run
    done[2].unlink()
    assert convert(root) == 0
    assert done[0].stat().st_mtime_ns == times[0]
    assert not list((root / "grids").rglob("*.part"))
    for record in dataset.load_records(root):
        assert load_grid(root / "grids", record.voxel, 32).any()


def test_convert_names_a_broken_file_and_converts_the_rest(root, capfd):
    bad = dataset.load_records(root)[1].voxel
    (root / bad).write_bytes(b"not a mat file")
    assert convert(root, jobs=2) == 1
    assert bad in capfd.readouterr().err
    assert bad in (root / "grids" / "errors.txt").read_text(encoding="utf-8")
    assert len(list((root / "grids").rglob("*.npz"))) == 2
    with pytest.raises(dataset.DataError, match="convert_voxels"):
        load_grid(root / "grids", bad, 32)


def test_convert_dry_run_writes_nothing_and_a_missing_folder_is_status_2(root, tmp_path):
    assert convert(root, "--dry-run") == 0
    assert not (root / "grids").exists()
    assert convert_voxels.main(["--data", str(tmp_path / "no")]) == 2
