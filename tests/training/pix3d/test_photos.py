"""Photos of Pix3D as training batches, and mixtures of sources."""

import math
import pickle

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from core.errors import UserError
from tests.training.small_pix3d import convert, cut, edit
from training.data.batches import Batch, Mixture, concatenate
from training.pix3d import dataset
from training.pix3d.photo_batches import PhotoBatches, Pix3DPhotos


def photos(root, **options):
    return Pix3DPhotos(root, dataset.load_records(root), **options)


def same(a: Batch, b: Batch) -> bool:
    pairs = zip(a.tensors().values(), b.tensors().values(), strict=True)
    return a.source == b.source and all(
        torch.equal(x.nan_to_num(9), y.nan_to_num(9)) for x, y in pairs
    )


def test_batch_has_the_documented_fields(root):
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


def test_sample_has_its_own_box_mask_and_shape(root):
    data = photos(root)
    batch, record = data[2], data.records[2]
    inside = batch.mask[0, 0] > 0.5
    assert inside.float().mean() == pytest.approx((1 / 1.16) ** 2, abs=0.02)  # margin of 8 %
    colour = batch.image[0].permute(1, 2, 0)[inside].mean(dim=0) * 255
    assert colour.tolist() == pytest.approx([170, 60, 40], abs=3)
    voxels = dataset.to_model_axes(dataset.read_voxels(root, record.voxel))
    assert np.array_equal(batch.occupancy[0] > 0.5, dataset.canonical_grid(voxels, 32))
    assert batch.azimuth.item() == pytest.approx(math.atan2(-0.5, 1.0))


def test_unknown_view_is_nan(root):
    edit(root, 0, cam_position=None)
    batch = photos(root)[0]
    assert math.isnan(batch.azimuth) and math.isnan(batch.elevation)


def test_converted_grids_and_mat_files_give_the_same_batch(root):
    assert convert(root) == 0
    for resolution in (32, 64):
        converted = photos(root, grids=root / "grids", resolution=resolution)[1]
        assert same(converted, photos(root, resolution=resolution)[1])


def test_batches_depend_only_on_seed_and_number(root):
    def stream(seed=0):
        return PhotoBatches(photos(root, augment=True, seed=seed), batch_size=4, seed=seed)

    source = stream()
    uninterrupted = [source.batch(step) for step in range(5)]
    assert same(uninterrupted[3], stream().batch(3))
    assert not torch.equal(uninterrupted[0].image, stream(seed=1).batch(0).image)
    names = [
        name for batch in uninterrupted[:3] for name in batch.source
    ]  # two epochs of six photos
    assert sorted(names[:6]) == sorted(set(names)) == sorted(names[6:])


def test_processes_share_one_order(root):
    alone = PhotoBatches(photos(root), batch_size=4)
    parts = [PhotoBatches(photos(root), batch_size=2, rank=rank, world=2) for rank in (0, 1)]
    joined = concatenate([part.batch(5) for part in parts])
    assert same(joined, alone.batch(5))


def test_worker_processes_give_the_same_batches(root, tmp_path):
    data = photos(root, augment=True, cache=tmp_path)
    threads, processes = (PhotoBatches(data, batch_size=5, workers=count) for count in (0, 2))
    assert processes._pool.has_processes
    for step in (0, 7):
        assert same(processes.batch(step), threads.batch(step))
    processes._pool.close()


def test_a_cache_is_opened_by_other_processes_not_copied(root, tmp_path):
    data = photos(root, cache=tmp_path)
    size = len(pickle.dumps(data.cache))
    assert size < data.cache.pixels.nbytes / 10
    assert same(pickle.loads(pickle.dumps(data))[2], data[2])


def test_data_set_works_in_a_data_loader(root):
    loader = DataLoader(photos(root), batch_size=3, collate_fn=concatenate)
    assert [len(batch) for batch in loader] == [3, 3]


def test_mirroring_twice_restores_the_sample(root):
    batch = photos(root)[0]
    mirrored = batch.mirrored()
    assert same(batch, mirrored.mirrored())
    assert mirrored.azimuth.item() == -batch.azimuth.item()
    assert torch.equal(mirrored.occupancy[0, 0], batch.occupancy[0, 31])
    assert torch.equal(mirrored.image[..., 0], batch.image[..., 223])


def test_broken_photo_is_replaced_by_the_next(root):
    records = dataset.load_records(root)
    cut(root / records[1].img)
    data = photos(root)
    with pytest.warns(UserWarning, match=records[1].img):
        assert data[1].source == [f"pix3d:{records[2].img}"]
    for record in records:
        (root / record.mask).unlink()
    with pytest.raises(dataset.DataError, match="Not one photo"), pytest.warns(UserWarning):
        data[0]


def test_augmentation_preserves_the_padding_color(root):
    edit(root, 0, bbox=[0, 0, 120, 90])  # the square extends above and below the picture
    data = photos(root, augment=True)
    for draw in range(8):
        image = data[0, draw].image[0]
        corner = image[:, 0, 0] * 255
        assert corner.tolist() == pytest.approx([128] * 3, abs=0.6)


class NamedBatches:
    """A source whose batches are strings: its name and the batch's number."""

    def __init__(self, name):
        self.name = name

    def batch(self, step, size):
        return f"{self.name}{step}"


def test_mixture_follows_its_weights_and_each_source_its_order():
    mixture = Mixture(
        {"a": (NamedBatches("a"), 3), "b": (NamedBatches("b"), 1), "c": (NamedBatches("c"), 0)}
    )
    names = [mixture.batch(step, 8) for step in range(2000)]
    taken = {key: [name for name in names if name[0] == key] for key in "abc"}
    assert len(taken["a"]) / 2000 == pytest.approx(0.75, abs=0.03)
    assert taken["a"] == [f"a{n}" for n in range(len(taken["a"]))]
    assert taken["b"] == [f"b{n}" for n in range(len(taken["b"]))]
    assert taken["c"] == []
    fresh = Mixture(
        {"a": (NamedBatches("a"), 3), "b": (NamedBatches("b"), 1), "c": (NamedBatches("c"), 0)}
    )
    assert fresh.batch(1234, 8) == names[1234]  # resumed
    assert fresh.batch(7, 8) == names[7]  # an earlier step


def test_mixture_needs_a_weight_above_zero():
    with pytest.raises(UserError, match="weights"):
        Mixture({"a": (NamedBatches("a"), 0.0)})
