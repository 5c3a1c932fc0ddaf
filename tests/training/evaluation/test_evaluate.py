"""Evaluation: scores of perfect, wrong and missing predictions, subsets, and the command."""

import json
import math

import numpy as np
import pytest
import torch
from PIL import Image

from core.errors import PictureError
from tests.training.small_pix3d import chair_voxels, write_data
from training import evaluate
from training.evaluation import baselines, metrics, scoring
from training.evaluation.gallery import camera_axes, draw_voxels
from training.evaluation.summary import evaluate_records
from training.pix3d import dataset
from training.publishing.card_sections import evaluation_values
from voxel_model import CATEGORIES, Prediction, VoxelConfig, VoxelModel


@pytest.fixture
def root(tmp_path):
    write_data(tmp_path / "data")
    return tmp_path / "data"


class Model:
    """The attributes of a model that evaluation reads, without predictions."""

    def __init__(self, threshold=0.4):
        self.config = VoxelConfig(threshold=threshold)


def answer(sample, occupancy=None, **changes):
    """Return the perfect prediction of a sample, with some fields changed."""
    grid = sample.truth.astype(np.float32) if occupancy is None else occupancy
    mask = np.ones(sample.image.size[::-1]) if sample.mask is None else sample.mask
    values = {
        "occupancy": grid,
        "colors": np.full((*grid.shape, 3), 128, np.uint8),
        "size": sample.image.size,
        "box": sample.record.bbox,
        "square": sample.record.bbox,
        "category": sample.record.category,
        "category_probabilities": {sample.record.category: 1.0},
        "azimuth": sample.record.azimuth,
        "elevation": sample.record.elevation,
        "crop": sample.image,
        "crop_mask": np.ones((4, 4), np.float32),
        "alpha": mask.astype(np.float32),
    }
    return Prediction(**(values | changes))


def measure(root, monkeypatch, boxed, found=None, pool=None, gallery_photos=0):
    """Evaluate with predictions that functions of a sample return."""

    def predict_both(model, samples):
        return [(boxed(sample), (found or boxed)(sample)) for sample in samples]

    monkeypatch.setattr(scoring, "predict_both", predict_both)
    records = dataset.load_records(root)
    return evaluate_records(Model(), root, records, pool, 4, gallery_photos)


def means(result, subset="all", part="boxed"):
    figures = result["subsets"][subset][part]
    return {k: v["mean"] if isinstance(v, dict) else v for k, v in figures.items()}


def test_perfect_predictions_score_one(root, monkeypatch):
    result, _ = measure(root, monkeypatch, answer)
    figures = means(result)
    for name in ("iou", "iou_best", "raw_iou", "precision", "recall", "mask_iou", "category_right"):
        assert figures[name] == pytest.approx(1), name
    assert figures["azimuth_error_median"] == figures["azimuth_wrong"] == figures["crumbled"] == 0
    assert figures["chamfer"] < 0.1 and figures["f_score"] > 0.95
    assert result["subsets"]["all"]["kept_without_box"] == pytest.approx(1)


def test_subsets_have_the_right_photos(root, monkeypatch):
    result, _ = measure(root, monkeypatch, answer)
    photos = {name: figures["photos"] for name, figures in result["subsets"].items()}
    assert photos == {
        "all": 6, "clean": 4, "chair": 4, "clean chair": 2, "table": 2, "clean table": 2,
    }  # fmt: skip
    assert result["subsets"]["all"]["boxed"]["iou"]["low"] == pytest.approx(1)
    assert result["subsets"]["chair"]["boxed"]["iou"]["low"] is None  # two shapes: no interval


def test_azimuth_has_the_opposite_sign_of_pix3d(root, monkeypatch):
    turned, _ = measure(root, monkeypatch, lambda s: answer(s, azimuth=-s.record.azimuth))
    assert means(turned)["azimuth_error_median"] == pytest.approx(2 * math.degrees(math.atan(0.5)))
    behind, _ = measure(root, monkeypatch, lambda s: answer(s, azimuth=s.record.azimuth + 180))
    assert means(behind)["azimuth_wrong"] == 1


def test_best_threshold_is_common_and_chosen_with_the_box(root, monkeypatch):
    def faint(sample):
        return answer(sample, 0.25 * sample.truth.astype(np.float32))

    result, _ = measure(root, monkeypatch, faint)
    assert result["threshold"]["own"] == 0.4
    assert result["threshold"]["best_on_these_photos"] < 0.25
    assert means(result)["iou"] == 0 and means(result)["iou_best"] > 0.95


def test_iou_ratio_without_a_box_is_reported(root, monkeypatch):
    def half(sample):
        grid = sample.truth.astype(np.float32)
        grid[:, 16:] = 0
        return answer(sample, grid)

    result, _ = measure(root, monkeypatch, answer, half)
    ratio = result["subsets"]["all"]["kept_without_box"]
    assert ratio == pytest.approx(means(result, part="found")["iou"], abs=1e-6)
    assert ratio < 0.8


def test_models_in_pieces_are_counted(root, monkeypatch):
    def crumbled(sample):
        grid = np.zeros((32, 32, 32), np.float32)
        grid[:, :, :4] = grid[:, :, 8:10] = 1
        return answer(sample, grid)

    result, _ = measure(root, monkeypatch, crumbled)
    assert means(result)["crumbled"] == 1


def test_finer_grid_is_pooled_to_32(root, monkeypatch):
    def fine(sample):
        voxels = dataset.to_model_axes(dataset.read_voxels(root, sample.record.voxel))
        return answer(sample, dataset.canonical_grid(voxels, 64).astype(np.float32))

    result, _ = measure(root, monkeypatch, fine)
    assert means(result)["iou"] == means(result)["raw_iou"] == 1


def test_refused_photo_counts_as_zero(root, monkeypatch):
    def refuse_one(sample):
        return None if sample.record.img.endswith("0000.png") else answer(sample)

    result, _ = measure(root, monkeypatch, refuse_one)
    assert means(result)["iou"] == pytest.approx(5 / 6)
    assert means(result)["azimuth_wrong"] == pytest.approx(1 / 6)
    assert result["skipped"] == []


def test_refused_photo_does_not_affect_its_batch(root, monkeypatch):
    def predict_batch(model, images, boxes):
        if any(box == bad.record.bbox for box in boxes):
            raise PictureError("no")
        return [answer(samples[1])] * len(images)

    records = dataset.load_records(root)
    samples = [sample for sample, _ in scoring.load_samples(root, records)]
    bad = samples[2]
    monkeypatch.setattr(scoring, "predict_batch", predict_batch)
    pairs = scoring.predict_both(Model(), samples)
    assert [pair == (None, None) for pair in pairs] == [i == 2 for i in range(6)]


def test_model_without_heads_has_no_scores_of_them(root, monkeypatch):
    result, _ = measure(root, monkeypatch, lambda sample: answer(sample, category=""))
    figures = means(result)
    assert figures["iou"] == 1
    assert math.isnan(figures["mask_iou"]) and math.isnan(figures["azimuth_error_median"])


def test_broken_files_are_named_and_skipped(root, monkeypatch):
    records = dataset.load_records(root)
    (root / records[2].voxel).write_bytes(b"broken")  # serves photos 2 and 5
    result, _ = measure(root, monkeypatch, answer)
    assert len(result["skipped"]) == 2 and records[2].voxel in result["skipped"][0]
    assert result["subsets"]["all"]["photos"] == 4


def test_mask_of_another_size_has_no_mask_score(root, monkeypatch):
    records = dataset.load_records(root)
    Image.new("L", (10, 10), 255).save(root / records[0].mask)
    result, _ = measure(root, monkeypatch, answer)
    assert math.isnan(result["photos"][0]["boxed"]["mask_iou"])
    assert means(result)["mask_iou"] == 1


def write_pool(folder):
    folder.mkdir()
    grids = [chair_voxels(30), chair_voxels(55), chair_voxels(34)]
    ids = ["model/chair/A/voxel.mat", "model/chair/B/voxel.mat", "model/table/C/voxel.mat"]
    packed = np.stack([np.packbits(grid) for grid in grids])
    np.savez(folder / "pix3d_voxels.npz", vox=packed, ids=np.array(ids))
    return baselines.load_voxel_pool(folder)


def test_nearest_shape_scores_above_mean_shape(root, monkeypatch, tmp_path):
    pool = write_pool(tmp_path / "shapes")
    truth = dataset.canonical_grid(dataset.to_model_axes(chair_voxels(30)), 32)
    assert np.array_equal(baselines.nearest_shape(pool, "chair", truth) > 0.5, truth)
    mean = baselines.mean_shape(pool, "chair")
    assert set(np.unique(mean)) == {0, 0.5, 1}
    result, _ = measure(root, monkeypatch, answer, pool=pool)
    figures = result["subsets"]["all"]["baselines"]
    assert figures["category's mean shape"]["mean"] < figures["category's nearest shape"]["mean"]


def test_variants_of_a_pool_shape_count_once(tmp_path):
    pool = write_pool(tmp_path / "shapes")
    assert sorted(pool["chair"]) == ["A", "B"]
    np.savez(
        tmp_path / "pix3d_voxels.npz",
        vox=np.stack([np.packbits(chair_voxels(width)) for width in (30, 40, 50)]),
        ids=np.array(
            [f"model/chair/A/voxel_{n}.mat" for n in (1, 2)] + ["model/chair/B/voxel.mat"]
        ),
    )
    pool = baselines.load_voxel_pool(tmp_path)
    assert len(pool["chair"]) == 2 and 0.5 in pool["chair"]["A"]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A folder with an untrained model."""
    folder = tmp_path_factory.mktemp("checkpoint")
    torch.manual_seed(0)
    config = VoxelConfig(width=32, depth=1, heads=2, threshold=0.45)
    VoxelModel(config).save_pretrained(folder)
    return folder


def run(root, checkpoint, out, *options):
    args = ["--data", root, "--checkpoint", checkpoint, "--out", out, "--device", "cpu", *options]
    return evaluate.main([str(arg) for arg in args])


def test_the_script_writes_json_and_a_gallery(root, checkpoint, tmp_path, capsys):
    write_pool(root.parent / "shapes")
    assert run(root, checkpoint, tmp_path / "out") == 0
    printed = capsys.readouterr().out
    result = json.loads((tmp_path / "out" / "evaluation.json").read_text(encoding="utf-8"))
    assert result["threshold"]["own"] == 0.45
    assert len(result["photos"]) == result["subsets"]["all"]["photos"] == 6
    assert 0 <= result["subsets"]["all"]["boxed"]["iou"]["mean"] < 0.7
    assert result["published"]["iou"]["Pix3D"] == 0.282
    assert "own threshold 0.45" in printed and "Published for clean chair (quoted" in printed
    assert (
        "nearest shape" in printed and printed.count("\nclean table ") == 3
    )  # two tables, baselines
    gallery = (tmp_path / "out" / "gallery.html").read_text(encoding="utf-8")
    assert gallery.count("<section") == 6
    assert gallery.count("data:image/jpeg") == 24  # photo, two predictions, truth
    assert "://" not in gallery.split("</pre>")[1]  # no external files


def test_figures_of_chairs_are_printed_for_chairs_only(root, checkpoint, tmp_path, capsys):
    splits = tmp_path / "splits.json"
    splits.write_text(json.dumps({"splits": {"test": ["table/SHAPE_2"]}}))
    write_pool(root.parent / "shapes")
    assert run(root, checkpoint, tmp_path / "out", "--splits", splits) == 0
    printed = capsys.readouterr().out.replace(str(tmp_path), "")  # its name holds "chairs"
    assert "chair" not in printed.split("Box given")[1] and "Published" not in printed
    assert printed.count("\nclean table ") == 3
    result = json.loads((tmp_path / "out" / "evaluation.json").read_text(encoding="utf-8"))
    assert result["published"] is None
    assert "No published figures" in evaluation_values(result)["published"]


def test_the_script_measures_the_same_twice(root, checkpoint, tmp_path):
    results = []
    for name in ("a", "b"):
        assert run(root, checkpoint, tmp_path / name) == 0
        result = json.loads((tmp_path / name / "evaluation.json").read_text(encoding="utf-8"))
        results.append((result["subsets"], result["threshold"], result["photos"]))
    assert results[0] == results[1]


def test_the_script_can_judge_one_split_or_a_few_photos(root, checkpoint, tmp_path, capsys):
    splits = tmp_path / "splits.json"
    splits.write_text(json.dumps({"splits": {"test": ["table/SHAPE_2"]}}))
    assert run(root, checkpoint, tmp_path / "out", "--splits", splits) == 0
    assert "on 2 photos of 1 shapes" in capsys.readouterr().out
    assert run(root, checkpoint, tmp_path / "out", "--splits", splits, "--split", "val") == 2
    assert "no split 'val'" in capsys.readouterr().err
    assert run(root, checkpoint, tmp_path / "out", "--dry-run") == 0
    assert "on 4 photos" in capsys.readouterr().out
    assert json.loads((tmp_path / "out" / "evaluation.json").read_text(encoding="utf-8"))["dry_run"]


def test_command_reports_missing_files_in_a_sentence(root, checkpoint, tmp_path, capsys):
    assert run(tmp_path / "nowhere", checkpoint, tmp_path / "out") == 2
    assert run(root, tmp_path, tmp_path / "out") == 2
    errors = capsys.readouterr().err
    assert "Traceback" not in errors and len(errors.splitlines()) == 2


def test_command_ends_with_status_1_if_photos_were_skipped(root, checkpoint, tmp_path):
    (root / dataset.load_records(root)[0].img).unlink()
    assert run(root, checkpoint, tmp_path / "out") == 1


# --- drawing ------------------------------------------------------------------------------------


def column(picture):
    """Mean x of the drawn pixels, from 0 at the left to 1 at the right."""
    dark = np.asarray(picture.convert("L")) < 250
    return np.nonzero(dark)[1].mean() / picture.width


def test_camera_axes_follow_azimuth_and_elevation():
    for azimuth, elevation in ((0, 0), (37, 12), (-140, 60)):
        axes = camera_axes(azimuth, elevation)
        assert np.allclose(axes @ axes.T, np.eye(3)) and np.linalg.det(axes) == pytest.approx(1)
    assert camera_axes(90, 0)[2] == pytest.approx([1, 0, 0])
    assert camera_axes(0, 90)[2] == pytest.approx([0, 1, 0], abs=1e-9)


def test_right_side_of_the_front_is_drawn_on_the_right():
    solid = np.zeros((16, 16, 16), bool)
    solid[12:, 4:8, 6:10] = True  # +x
    assert column(draw_voxels(solid, azimuth=0, elevation=0)) > 0.6
    assert column(draw_voxels(solid, azimuth=180, elevation=0)) < 0.4


def test_nearer_cell_hides_the_farther_one():
    solid = np.zeros((8, 8, 8), bool)
    solid[3:5, 3:5, 1] = solid[3:5, 3:5, 6] = True
    colors = np.zeros((8, 8, 8, 3), np.uint8)
    colors[:, :, 6], colors[:, :, 1] = (255, 0, 0), (0, 0, 255)
    for azimuth, channel in ((0, 0), (180, 2)):
        pixel = draw_voxels(solid, colors, azimuth, 0, 64).getpixel((32, 32))
        assert pixel[channel] > 120 and sum(pixel) == pixel[channel]


def test_empty_grid_is_an_empty_picture():
    assert draw_voxels(np.zeros((32, 32, 32))).getextrema() == ((255, 255),) * 3


@pytest.mark.slow
def test_the_dev_set_is_measured_whole(checkpoint, tmp_path, dev):
    assert (dev.parent / "shapes").is_dir()
    assert run(dev, checkpoint, tmp_path, "--gallery-photos", 0, "--batch-size", 15) == 0
    result = json.loads((tmp_path / "evaluation.json").read_text(encoding="utf-8"))
    photos = {name: figures["photos"] for name, figures in result["subsets"].items()}
    assert (photos["all"], photos["clean"], photos["clean chair"]) == (45, 30, 14)
    mean = result["subsets"]["all"]["baselines"]["category's mean shape"]["mean"]
    assert 0.25 < mean < 0.35  # the mean shape of the true category reaches about 0.3
    assert set(row["category"] for row in result["photos"]) <= set(CATEGORIES)
    assert len(metrics.PROTOCOL_THRESHOLDS) == 49
