"""Photographs of your own: the table, boxes without masks, the cache, the splits in use."""

import csv
import json

import numpy as np
import pytest
import torch
from PIL import Image

from core.errors import UserError
from tests.training.loop.test_own_categories import box_model
from tests.training.small_pix3d import cut, write_data
from training import splits as splits_command
from training import train
from training.evaluation import scoring
from training.loop import losses
from training.loop.config import TrainConfig
from training.loop.sources import build_photos, validation_records
from training.photo_data.crop_cache import CropCache
from training.pix3d import dataset
from training.pix3d.checks import check_voxels
from training.pix3d.photo_batches import PhotoBatches, Pix3DPhotos
from training.pix3d.protocols import make_splits, part_of
from training.pix3d.splits import select
from training.studio.shapes.cad_packing import save_pool
from voxel_model import VoxelConfig

CPU = torch.device("cpu")
COLUMNS = ("image", "mask", "box", "shape", "category", "azimuth", "elevation", "truncated")
ROWS = [
    ("a.jpg", "a.png", "", "lamps/a", "", "30", "10", ""),
    ("b.jpg", "", "20 10 70 60", "lamps/a", "", "", "", "yes"),
    ("turned.jpg", "", "10, 20, 60, 70", "grid.npy", "lamp", "-170", "", "no"),
]


def write_table(folder, rows=ROWS, columns=COLUMNS):
    with (folder / "photos.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])


@pytest.fixture
def folder(tmp_path):
    """Three photos of 90 x 120 pixels, one stored turned by EXIF; two shapes."""
    rng = np.random.default_rng(0)
    for name in ("a.jpg", "b.jpg"):
        pixels = rng.integers(0, 255, (90, 120, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / name, quality=95)
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by a quarter: 90 wide, 120 high
    Image.fromarray(pixels).save(tmp_path / "turned.jpg", exif=exif)
    mask = Image.new("L", (120, 90))
    mask.paste(255, (30, 20, 80, 70))
    mask.save(tmp_path / "a.png")
    save_pool([box_model("lamps/a", "lamp")], tmp_path / "shapes.npz")
    grid = np.zeros((8, 8, 8), bool)
    grid[:, :4, 2:] = True
    np.save(tmp_path / "grid.npy", grid)
    write_table(tmp_path)
    return tmp_path


def test_the_table_becomes_records(folder):
    first, second, third = dataset.load_records(folder)
    assert (first.bbox, first.category, first.azimuth, first.elevation) == (
        (30, 20, 80, 70),
        "lamp",
        30,
        10,
    )
    assert first.shape == second.shape == "shapes.npz#lamps/a"
    assert (second.mask, second.truncated, second.azimuth) == ("", True, None)
    assert (third.img_size, third.bbox, third.azimuth) == ((90, 120), (10, 20, 60, 70), -170)
    assert dataset.read_image(folder, third).size == (90, 120)
    assert [record.clean for record in (first, second, third)] == [True, False, True]


def test_shapes_are_read_in_our_axes(folder):
    first, _, third = dataset.load_records(folder)
    box = dataset.to_model_axes(dataset.read_voxels(folder, first.voxel))
    assert box[32:96, :, 32:96].all() and box.sum() == 64 * 128 * 64
    grid = dataset.canonical_grid(
        dataset.to_model_axes(dataset.read_voxels(folder, third.voxel)), 8
    )
    assert grid[:, 2:6, 1:7].all() and grid.sum() == 8 * 4 * 6


def test_axes_of_pix3d_and_ours_are_exchanged_without_loss():
    grid = np.random.default_rng(0).random((4, 4, 4)) > 0.5
    assert np.array_equal(dataset.to_model_axes(dataset.from_model_axes(grid)), grid)


def test_a_photo_stored_upside_down_is_read_upright(folder):
    exif = Image.Exif()
    exif[0x0112] = 3
    image = Image.new("RGB", (120, 90))
    image.paste((255, 255, 255), (0, 0, 120, 45))  # stored white at the top, shown at the bottom
    image.save(folder / "b.jpg", exif=exif)
    pixels = np.asarray(dataset.read_image(folder, dataset.load_records(folder)[1]))
    assert pixels[80:].mean() > 250 and pixels[:10].mean() < 5


def test_own_photos_train_and_an_unknown_mask_has_no_loss(folder):
    config = VoxelConfig(image_size=64, categories=("plant", "lamp"))
    photos = Pix3DPhotos(
        folder, dataset.load_records(folder), resolution=16, config=config, augment=True
    )
    batch = PhotoBatches(photos, batch_size=3).batch(0)
    names = [name.removeprefix("photo:") for name in batch.source]
    known = [names[i] == "a.jpg" for i in range(3)]
    assert batch.category.tolist() == [1, 1, 1]
    assert batch.mask.isfinite().flatten(1).all(dim=1).tolist() == known
    assert batch.image.isfinite().all()
    logits = torch.randn(3, 1, 16, 16, requires_grad=True)
    loss = losses.mask_loss(logits, batch.mask)
    alone = losses.mask_loss(logits[known], batch.mask[known])
    assert loss.item() == pytest.approx(alone.item())
    loss.backward()
    assert logits.grad.isfinite().all() and not logits.grad[[not k for k in known]].any()
    assert losses.mask_loss(logits, torch.full_like(batch.mask, torch.nan)) == 0


def test_a_category_that_the_network_lacks_is_an_unknown_label(folder):
    photos = Pix3DPhotos(folder, dataset.load_records(folder), config=VoxelConfig())
    assert photos[0].category.tolist() == [-1]


def test_evaluation_reads_own_photos(folder):
    samples = [s for s, reason in scoring.load_samples(folder, dataset.load_records(folder))]
    assert [sample.mask is None for sample in samples] == [False, True, True]
    assert samples[0].truth.sum() == 16 * 32 * 16


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("no.jpg", "", "0 0 9 9", "lamps/a", "", "", "", ""), "no.jpg cannot be read as a pict"),
        (("a.jpg", "", "", "lamps/a", "", "", "", ""), "box and mask are empty"),
        (("a.jpg", "", "1 2 3", "lamps/a", "", "", "", ""), 'box is "1 2 3"; give x0 y0 x1 y1'),
        (("a.jpg", "", "200 0 300 9", "lamps/a", "", "", "", ""), "lies outside"),
        (("a.jpg", "no.png", "", "lamps/a", "", "", "", ""), "no.png cannot be read as a mask"),
        (("a.jpg", "a.png", "", "", "", "", "", ""), "column shape is empty"),
        (("a.jpg", "a.png", "", "lamps/z", "", "", "", ""), 'no shape "lamps/z"'),
        (("a.jpg", "a.png", "", "no.npz#a", "", "", "", ""), "no.npz is no file of training.data"),
        (("a.jpg", "a.png", "", "grid.npy", "", "", "", ""), "column category is empty"),
        (("a.jpg", "a.png", "", "lamps/a", "", "left", "", ""), 'azimuth is "left"'),
        (("a.jpg", "a.png", "", "lamps/a", "", "", "", "maybe"), 'truncated is "maybe"'),
        (("a.jpg", "a.png", "", "lamps/a", "", "0", "200", ""), "between -90 and 90 degrees"),
        (("a.jpg", "no.png", "1 1 9 9", "lamps/a", "", "", "", ""), "no.png cannot be read as a"),
        (("turned.jpg", "a.png", "1 1 9 9", "lamps/a", "", "", "", ""), "120 x 90 pixels and its"),
        (("a.jpg", "a.png", "", "lamps/no.glb", "lamp", "", "", ""), "no.glb; correct the column"),
        (("a.jpg", "a.png", "", "lamps/z", "lamp", "", "", ""), 'no shape "lamps/z"'),
    ],
)
def test_wrong_rows_are_explained(row, sentence, folder):
    write_table(folder, [ROWS[0], row])
    with pytest.raises(dataset.DataError) as raised:
        dataset.load_records(folder)
    assert sentence in str(raised.value) and "photos.csv, line 3" in str(raised.value)


def test_wrong_tables_are_explained(folder):
    write_table(folder, columns=("picture", *COLUMNS[1:]))
    with pytest.raises(dataset.DataError, match="no column image"):
        dataset.load_records(folder)
    write_table(folder, columns=(*COLUMNS[:5], "azimut", *COLUMNS[6:]))
    with pytest.raises(dataset.DataError, match='column "azimut"; call it azimuth'):
        dataset.load_records(folder)
    (folder / "photos.csv").write_bytes("image,shape\nGröße.jpg,lamps/a\n".encode("latin1"))
    with pytest.raises(dataset.DataError, match="save the table as CSV UTF-8"):
        dataset.load_records(folder)
    write_table(folder, [])
    with pytest.raises(dataset.DataError, match="names no photo"):
        dataset.load_records(folder)


def test_a_spreadsheet_with_semicolons_and_a_byte_order_mark_is_read(folder):
    text = (
        (folder / "photos.csv").read_text(encoding="utf-8").replace("10, 20, 60, 70", "10 20 60 70")
    )
    expected = dataset.load_records(folder)
    assert '"' in (folder / "photos.csv").read_text(encoding="utf-8")
    text = text.replace('"', "").replace(",", ";")
    (folder / "photos.csv").write_text(text, encoding="utf-8-sig")
    assert dataset.load_records(folder) == expected


def test_capital_names_tabs_and_backslashes_are_read(folder):
    expected = dataset.load_records(folder)
    (folder / "sub").mkdir()
    (folder / "a.jpg").rename(folder / "sub" / "a.jpg")
    rows = [("sub\\a.jpg", *ROWS[0][1:]), *ROWS[1:]]
    with (folder / "photos.csv").open("w", encoding="utf-8", newline="") as file:
        columns = [name.capitalize() for name in COLUMNS]
        csv.writer(file, delimiter="\t").writerows([columns, *rows])
    read = dataset.load_records(folder)
    assert [record.img for record in read] == ["sub/a.jpg", "b.jpg", "turned.jpg"]
    assert [record.bbox for record in read] == [record.bbox for record in expected]


def test_photos_of_one_group_are_of_one_shape(folder):
    rows = [(*row, group) for row, group in zip(ROWS, ("x", "", "x"), strict=True)]
    write_table(folder, rows, (*COLUMNS, "group"))
    records = dataset.load_records(folder)
    assert [record.shape for record in records] == ["x", "shapes.npz#lamps/a", "x"]
    parts = make_splits(folder, records, "shape").values()
    assert sum("x" in part for part in parts) == 1


def test_the_checks_know_shapes_in_a_packed_file(folder):
    assert check_voxels(folder, "shapes.npz#lamps/a") == []
    ((kind, message),) = check_voxels(folder, "no.npz#lamps/a")
    assert (kind, message) == ("missing voxels", "no.npz#lamps/a is not there")


# --- the cache ----------------------------------------------------------------------------------


def test_cached_crops_are_those_of_the_files(root, tmp_path):
    records = dataset.load_records(root)
    config = VoxelConfig(image_size=64)
    plain = Pix3DPhotos(root, records, config=config)
    cached = Pix3DPhotos(root, records, config=config, cache=tmp_path / "cache")
    for number in range(len(records)):
        one, other = plain[number], cached[number]
        assert (one.image - other.image).abs().mean() < 0.03
        assert (one.mask - other.mask).abs().mean() < 0.01
        assert torch.equal(one.occupancy, other.occupancy)


def test_cached_crops_reach_as_far_as_every_augmentation(root, tmp_path):
    records = dataset.load_records(root)[:1]
    config = VoxelConfig(image_size=64)
    plain = Pix3DPhotos(root, records, config=config, augment=True)
    cached = Pix3DPhotos(root, records, config=config, augment=True, cache=tmp_path / "cache")
    for draw in range(40):
        one, other = plain[0, draw], cached[0, draw]
        assert (one.mask - other.mask).abs().mean() < 0.02, draw
        assert (one.image - other.image).abs().mean() < 0.06, draw


def test_the_cache_is_written_once_and_anew_when_a_box_changes(root, tmp_path, monkeypatch):
    records, folder = dataset.load_records(root), tmp_path / "cache"
    CropCache.make(folder, root, records, 32, 0.08)
    written = (folder / "pixels.npy").stat().st_mtime_ns
    CropCache.make(folder, root, records, 32, 0.08)
    assert (folder / "pixels.npy").stat().st_mtime_ns == written
    cut(root / records[1].img)
    (folder / "index.json").write_text("half", encoding="utf-8")  # a killed run
    cache = CropCache.make(folder, root, records, 32, 0.08)
    assert list(cache.errors) == ["1"]
    with pytest.raises(dataset.DataError, match="cannot be read"):
        cache.read(1)
    data = Pix3DPhotos(root, records, cache=folder, config=VoxelConfig(image_size=32))
    with pytest.warns(UserWarning, match=records[1].img):
        assert data[1].source == [f"pix3d:{records[2].img}"]


# --- splits in use ------------------------------------------------------------------------------


@pytest.fixture
def pix3d(tmp_path):
    """A folder in Pix3D's layout with Mesh R-CNN's files; S2's test shows table/SHAPE_2 alone."""
    write_data(tmp_path, photos=12)
    records = dataset.load_records(tmp_path)
    unseen = [r.img for r in records if r.shape == "table/SHAPE_2"]
    for protocol, test in (("s1", [r.img for r in records[::3]]), ("s2", unseen)):
        train = [r.img for r in records if r.img not in test]
        for part, names in (("train", [*train, "img/table/1749.jpg"]), ("test", test)):
            images = [{"id": i, "file_name": name} for i, name in enumerate(names)]
            path = tmp_path / f"pix3d_{protocol}_{part}.json"
            path.write_text(json.dumps({"images": images, "annotations": []}), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("protocol", ["shape", "pix3d", "s1", "s2"])
def test_parts_of_every_split_are_disjoint(protocol, pix3d):
    records = dataset.load_records(pix3d)
    parts = make_splits(pix3d, records, protocol)
    photos = {name: {r.img for r in select(records, names)} for name, names in parts.items()}
    assert not photos["train"] & photos["test"] and not photos["train"] & photos["val"]
    assert not photos["val"] & photos["test"]
    assert parts == make_splits(pix3d, records, protocol)


def test_pix3ds_own_test_is_the_clean_chairs(pix3d):
    records = dataset.load_records(pix3d)
    test = part_of(pix3d, records, "pix3d", "test")
    assert {r.category for r in test} == {"chair"} and all(r.clean for r in test)
    assert len(test) == sum(r.clean and r.category == "chair" for r in records)
    shown = {r.shape for r in test}
    assert not shown & {r.shape for r in part_of(pix3d, records, "pix3d", "train")}


def test_mesh_rcnns_photos_are_taken_without_the_two_wrong_masks(pix3d):
    records = dataset.load_records(pix3d)
    parts = make_splits(pix3d, records, "s1")
    assert parts["test"] == [r.img for r in records[::3]]
    assert len(parts["train"]) + len(parts["val"]) == 8
    unseen = {r.shape for r in part_of(pix3d, records, "s2", "test")}
    assert unseen == {"table/SHAPE_2"}


def test_missing_and_broken_files_of_a_split_are_named(pix3d):
    records = dataset.load_records(pix3d)
    (pix3d / "pix3d_s1_test.json").write_text("[]", encoding="utf-8")
    with pytest.raises(dataset.DataError, match="no split of Mesh R-CNN"):
        make_splits(pix3d, records, "s1")
    (pix3d / "pix3d_s1_test.json").unlink()
    with pytest.raises(dataset.DataError, match=r"pix3d_s1_test\.json is missing"):
        make_splits(pix3d, records, "s1")
    with pytest.raises(dataset.DataError, match="no split s9; name a file of"):
        part_of(pix3d, records, "s9", "test")
    with pytest.raises(dataset.DataError, match="no split 'dev'"):
        part_of(pix3d, records, "shape", "dev")
    with pytest.raises(dataset.DataError, match="choose shape, pix3d, s1, s2"):
        make_splits(pix3d, records, "s3")


def test_the_command_writes_a_split_that_training_reads(pix3d, tmp_path, capsys):
    out = tmp_path / "splits.json"
    arguments = ["--data", str(pix3d), "--protocol", "s2", "--out", str(out)]
    assert splits_command.main(arguments) == 0
    assert "test      1 shapes      4 photos" in capsys.readouterr().out
    records = dataset.load_records(pix3d)
    assert part_of(pix3d, records, out, "test") == part_of(pix3d, records, "s2", "test")


# --- settings of a run --------------------------------------------------------------------------


def run_config(root, **values) -> TrainConfig:
    return TrainConfig(photos=str(root), batch_size=2, image_size=64, resolution=32, **values)


def test_a_run_trains_on_one_part_and_watches_the_whole_of_another(pix3d, tmp_path):
    config = run_config(
        pix3d,
        photo_splits="s2",
        val_data=str(pix3d),
        val_split="test",
        photo_cache=str(tmp_path / "cache"),
    )
    source = build_photos(config, CPU)
    watched = validation_records(config)
    trained = {name for step in range(9) for name in source.batch(step, 2).source}
    assert len(watched) == 4
    assert not trained & {f"pix3d:{record.img}" for record in watched}


def test_validation_on_the_photos_of_training_is_refused(pix3d):
    for values in ({}, {"photo_splits": "s1"}, {"photo_splits": "s1", "val_split": "train"}):
        with pytest.raises(UserError, match="same folder"):
            build_photos(run_config(pix3d, val_data=str(pix3d), **values), CPU)


def test_validation_data_without_photos_is_named(tmp_path):
    (tmp_path / "pix3d.json").write_text("[]", encoding="utf-8")
    with pytest.raises(UserError, match="holds no photo; leave --val-data out"):
        validation_records(TrainConfig(val_data=str(tmp_path)))
    with pytest.raises(UserError, match=r"pix3d\.json is missing"):
        validation_records(TrainConfig(val_data=str(tmp_path / "nowhere")))
    write_data(tmp_path)
    with pytest.raises(UserError, match="--val-split needs --photo-splits"):
        validation_records(TrainConfig(val_data=str(tmp_path), val_split="val"))


def test_one_command_trains_on_photos_and_watches_the_validation_part(pix3d, tmp_path):
    out = tmp_path / "run"
    arguments = f"--photos {pix3d} --photo-splits s2 --photo-share 1 --val-data {pix3d} "
    arguments += f"--val-split test --photo-cache {tmp_path / 'cache'} --output {out} --small "
    arguments += "--steps 2 --batch-size 2 --image-size 64 --width 32 --depth 1 --heads 2 "
    arguments += "--warmup 1 --val-every 2 --val-pictures 2 --photo-minutes 0 --studio slots=4"
    assert train.main(arguments.split()) == 0
    notes = json.loads((out / "last" / "training.json").read_text(encoding="utf-8"))
    assert notes["step"] == 2 and 0 <= notes["photos_iou"] <= 1
    assert (tmp_path / "cache" / "index.json").is_file()
