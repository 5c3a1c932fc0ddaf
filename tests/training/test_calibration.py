"""Calibration of probabilities and threshold, and the warning about unfamiliar pictures."""

import json
import math

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.special import expit

from pipeline.confidence import expected_iou, unfamiliar_warning
from training.calibration import familiarity, fitting, predictions, report
from training.calibration.non_furniture import (
    NonFurniturePicture,
    folder_pictures,
    place_pictures,
    sample_photographs,
    synthetic_patterns,
)
from training.calibration.reliability import (
    MIN_REPORTED_PROBABILITY,
    calibration_error,
    fit_scale,
    plot_reliability,
    reliability,
)
from training.data.archives import ArchiveError
from voxel_model import ModelError, VoxelConfig, VoxelModel, load_model, predict, predict_batch


@pytest.fixture
def overconfident():
    """Logits, and cells that are solid with the probability expit(logit / 2)."""
    rng = np.random.default_rng(0)
    logits = rng.normal(-2, 3, 200_000)
    return logits, rng.random(len(logits)) < expit(0.5 * logits)


@pytest.fixture(scope="module")
def small():
    """A small untrained model."""
    torch.manual_seed(0)
    return VoxelModel(VoxelConfig(width=16, depth=1, heads=2)).eval()


# --- calibration --------------------------------------------------------------------------------


def test_fit_finds_the_scale(overconfident):
    assert fit_scale(*overconfident) == pytest.approx(0.5, abs=0.02)


def test_fit_is_stable_where_a_newton_step_would_diverge():
    """Nearly all cells are very easy; a few show that the logits are overconfident."""
    logits = np.repeat([-14.0, -14.0, 14.0], [3000, 30, 3000])
    solid = np.repeat([False, True, True], [3000, 30, 3000])
    share = np.log(3000 / 30) / 14
    assert 0 < fit_scale(logits, solid) < 1
    assert fit_scale(logits[:3030], solid[:3030]) == pytest.approx(share, rel=0.01)


def test_fit_lowers_the_calibration_error(overconfident):
    logits, solid = overconfident
    before = reliability(expit(logits), solid)
    after = reliability(expit(fit_scale(logits, solid) * logits), solid)
    assert (
        calibration_error(before) > 0.05
        and calibration_error(before, MIN_REPORTED_PROBABILITY) > 0.1
    )
    assert (
        calibration_error(after) < 0.005
        and calibration_error(after, MIN_REPORTED_PROBABILITY) < 0.02
    )


def test_reliability_counts_every_cell_once():
    rows = reliability(np.array([0.0, 0.65, 0.69, 1.0]), np.array([0, 1, 0, 1], bool))
    assert sum(row["cells"] for row in rows) == 4
    assert rows[6]["said"] == pytest.approx(0.67) and rows[6]["true"] == 0.5
    assert rows[3]["said"] is None
    assert calibration_error(rows) == pytest.approx((2 * 0.17) / 4)


def test_converted_threshold_selects_the_same_cells(overconfident):
    logits, _ = overconfident
    after = (0.6, -0.75)
    threshold = fitting.convert_threshold(0.25, (1.0, 0.0), after)
    assert threshold == pytest.approx(0.1965, abs=1e-3)
    same = (expit(logits) > 0.25) == (expit(0.6 * logits - 0.75) > threshold)
    assert same.all()
    assert fitting.convert_threshold(threshold, after, (1.0, 0.0)) == pytest.approx(0.25)


def test_a_prediction_is_calibrated_by_its_config(small, picture, monkeypatch):
    image = Image.open(picture)
    plain = predict(small, image).occupancy
    monkeypatch.setattr(small.config, "calibration", (0.5, -1.0))
    logits = np.log(plain) - np.log1p(-plain)
    assert predict(small, image).occupancy == pytest.approx(expit(0.5 * logits - 1), abs=1e-5)


def test_old_config_has_no_calibration(checkpoint):
    fields = json.loads((checkpoint / "config.json").read_text(encoding="utf-8"))
    new = ("calibration", "agreement", "familiarity")
    config = VoxelConfig(**{k: v for k, v in fields.items() if k not in new})
    assert config.calibration == (1.0, 0.0) and config.familiarity == ()
    assert config.agreement == 1.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"calibration": (0, 1)},
        {"calibration": (1,)},
        {"familiarity": (1.0,) * 9},
        {"agreement": 0.0},
    ],
)
def test_invalid_config_is_refused(wrong):
    with pytest.raises(ModelError, match=next(iter(wrong))):
        VoxelConfig(**wrong)


def test_expected_iou():
    truth = np.zeros((4, 4, 4), np.float32)
    truth[:2] = 1
    assert expected_iou(truth, 0.5) == 1
    assert expected_iou(np.zeros_like(truth), 0.5) == 0
    assert expected_iou(0.6 * truth, 0.5) == pytest.approx(
        0.6
    )  # 60 % of the solid cells are correct
    faint = np.where(truth > 0, 1.0, 0.25).astype(np.float32)
    assert expected_iou(faint, 0.5) == pytest.approx(32 / (32 + 8))  # missed cells count too


def test_expected_iou_is_the_mean_over_sampled_grids():
    rng = np.random.default_rng(0)
    probability = rng.beta(0.3, 1.0, (16, 16, 16)).astype(np.float32)
    solid = probability > 0.3
    samples = rng.random((200, 16, 16, 16)) < probability
    ious = [(solid & s).sum() / (solid | s).sum() for s in samples]
    assert expected_iou(probability, 0.3) == pytest.approx(np.mean(ious), abs=0.005)


def test_cross_validation_keeps_a_shape_in_one_fold(monkeypatch):
    fits = []
    monkeypatch.setattr(fitting, "fit_scale", lambda z, y: fits.append(set(z.flat)) or 1)
    shapes = ["a", "b", "c", "a", "b", "c"]
    logits = np.array([1, 2, 3, 1, 2, 3], np.float32)  # one value for each shape
    photos = predictions.RawPredictions(
        logits.reshape(6, 1, 1, 1), np.ones((6, 1, 1, 1), bool), np.zeros((6, 2))
    )
    fitting.cross_validated(photos, shapes, folds=3)
    assert fits[:3] == [{2, 3}, {1, 3}, {1, 2}]


def test_plot_is_a_small_picture(overconfident, tmp_path):
    rows = reliability(expit(overconfident[0]), overconfident[1])
    plot_reliability({"one": rows, "two": rows[:5]}, tmp_path / "plot.png")
    with Image.open(tmp_path / "plot.png") as plot:
        assert min(plot.size) > 300
    assert (tmp_path / "plot.png").stat().st_size < 60_000


# --- familiarity --------------------------------------------------------------------------------


@pytest.fixture
def clouds():
    """Summaries of furniture and of two groups of other pictures, with different means."""
    rng = np.random.default_rng(0)
    furniture = rng.normal(0, 1, (400, 8))
    others = rng.normal(0, 1, (60, 8)) + 4 * np.eye(8)[0]
    groups = np.array(["many"] * 50 + ["few"] * 10)
    others[50:] += 4 * np.eye(8)[1]
    return furniture, others, groups


def test_warning_has_the_chosen_rate_of_false_alarms(clouds):
    furniture, others, groups = clouds
    weights = familiarity.fit_weights(furniture[:200], others, groups)
    weights = familiarity.with_threshold(weights, furniture[:200])
    alarms = familiarity.familiarity_scores(furniture[200:], weights) < 0
    assert 0.05 < alarms.mean() < 0.15
    table = familiarity.detection_rates(others, weights, groups)
    assert table["many"]["pictures"] == 50 and table["few"]["share"] == 1
    mean = (table["many"]["share"] + table["few"]["share"]) / 2
    assert mean > 0.9 and table["all kinds"]["share"] == pytest.approx(mean)


def test_held_out_rates_use_weights_of_the_other_groups(clouds):
    furniture, others, groups = clouds
    others[50:] -= 8 * np.eye(8)[0]  # opposite to the other group, as seen from furniture
    unseen = familiarity.held_out_detection_rates(furniture, furniture, others, groups)
    assert unseen["few"] < 0.2  # weights fitted on it would detect it


def test_prediction_reports_unfamiliar_pictures(small, picture, monkeypatch):
    image = Image.open(picture)
    assert unfamiliar_warning(predict(small, image)) is None  # no weights, no warning
    monkeypatch.setattr(small.config, "familiarity", (0.0,) * 256 + (-0.5,))
    prediction = predict(small, image)
    assert prediction.familiarity == -0.5
    assert "does not look like furniture" in unfamiliar_warning(prediction)


def test_familiarity_is_the_score_of_the_summary(small, picture, monkeypatch):
    weights = np.random.default_rng(0).normal(size=257)
    _, summary = predictions.raw_outputs(small, [Image.open(picture)])
    monkeypatch.setattr(small.config, "familiarity", tuple(weights))
    prediction = predict_batch(small, [Image.open(picture)])[0]
    assert prediction.familiarity == pytest.approx(
        familiarity.familiarity_scores(summary, weights)[0], abs=1e-4
    )


def test_non_furniture_is_deterministic_and_split_in_halves():
    first, second = list(synthetic_patterns()), list(synthetic_patterns())
    assert all(a.image.tobytes() == b.image.tobytes() for a, b in zip(first, second, strict=True))
    assert 0.25 < np.mean([picture.held_out for picture in first]) < 0.75
    names = {picture.source.rstrip("0123456789") for picture in first}
    assert names == {"noise", "gradient", "page", "screen"}  # the split is a hash of the names
    assert all(picture.image.mode == "RGB" for picture in sample_photographs())


def test_transparent_picture_of_a_folder_is_put_on_white(tmp_path):
    (tmp_path / "animals").mkdir()
    Image.new("RGBA", (40, 30), (0, 0, 0, 0)).save(tmp_path / "animals" / "ghost.png")
    (picture,) = folder_pictures(tmp_path)
    assert (picture.group, picture.source) == ("animals", "ghost")
    assert picture.image.getpixel((5, 5)) == (255, 255, 255)


def test_missing_folders_are_named(tmp_path):
    for folder in (place_pictures, folder_pictures):
        with pytest.raises(ArchiveError, match="nowhere"):
            next(folder(tmp_path / "nowhere"))


# --- the command --------------------------------------------------------------------------------


def test_saved_checkpoint_loads(small, tmp_path):
    from safetensors.torch import save_file

    save_file(small.state_dict(), tmp_path / "model.safetensors")
    rows = reliability(np.array([0.1, 0.9]), np.array([0, 1], bool))
    result = {state: {"photos": {"bins": rows}} for state in ("uncalibrated", "calibrated")}
    changes = {"calibration": (0.6, -0.7), "threshold": 0.2, "agreement": 0.8}
    changes["familiarity"] = [0.5] * 257
    model = load_model_copy(small)
    report.save(tmp_path, model, changes, result)
    config = load_model(tmp_path, "cpu").config
    assert config.calibration == (0.6, -0.7) and config.threshold == 0.2
    assert config.agreement == 0.8
    assert config.familiarity == (0.5,) * 257
    assert (
        len((tmp_path / "config.json").read_text(encoding="utf-8").splitlines()) < 30
    )  # lists on one line
    assert json.loads((tmp_path / "calibration.json").read_text(encoding="utf-8")) == result
    assert (tmp_path / "reliability.png").is_file()


def load_model_copy(model: VoxelModel) -> VoxelModel:
    copy = VoxelModel(model.config)
    copy.load_state_dict(model.state_dict())
    return copy


def test_figures_of_a_perfect_model():
    solid = np.random.default_rng(0).random((3, 8, 8, 8)) < np.array([0.2, 0.3, 0.4]).reshape(
        3, 1, 1, 1
    )
    logits = np.where(solid, 12.0, -12.0).astype(np.float32)
    figures = fitting.calibration_figures(
        predictions.RawPredictions(logits, solid, np.zeros((3, 256))), (1, 0), 0.5
    )
    assert figures["iou"] == 1 and figures["confidence"] == pytest.approx(1, abs=1e-3)
    assert figures["calibration_error"] < 1e-4 and math.isfinite(figures["calibration_error_shown"])


def test_pictures_of_one_source_are_on_one_side():
    image = Image.new("RGB", (20, 20))
    assert (
        NonFurniturePicture("places", "hall", image).held_out
        == NonFurniturePicture("rooms", "hall", image).held_out
    )
