"""Fitting calibration, threshold and familiarity warning of a checkpoint, and testing them.

    config_changes, result = calibrate(model, studio, pictures=128, data=data, assets=assets)

docs/calibration.md explains the figures.
"""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.special import expit, logit
from scipy.stats import spearmanr

from pipeline.confidence import expected_iou
from training.calibration import familiarity
from training.calibration.non_furniture import NonFurniturePicture, non_furniture_pictures
from training.calibration.predictions import (
    RawPredictions,
    predict_photos,
    predict_scenes,
    summarise_non_furniture,
)
from training.calibration.reliability import (
    MIN_REPORTED_PROBABILITY,
    calibration_error,
    fit_scale,
    reliability,
)
from training.evaluation import metrics
from training.studio.studio import StudioConfig
from voxel_model import VoxelModel

Calibration = tuple[float, float]  # scale and shift of the logits

FOLDS = 5  # of the photographs' shapes, for the fit on photographs
NO_CALIBRATION = (1.0, 0.0)
FIT_STREAMS, TEST_STREAMS = (0, 1), (2,)  # streams of generated scenes
SCENE_SET = "generated scenes"


def calibrate(
    model: VoxelModel,
    studio: StudioConfig,
    pictures: int,
    data: Path | None = None,
    assets: Path | None = None,
    others: Path | None = None,
    every: int = 1,
) -> tuple[dict, dict]:
    """Fits all that config.json states about confidence, and measures it before and after.

    Parameters
    ----------
    model : VoxelModel
        The calibration in its config is reset.
    studio : StudioConfig
        Settings of the generated scenes.
    pictures : int
        Scenes of each stream.
    data : Path, optional
        Pix3D folder of the photographs for the test.
    assets, others : Path, optional
        Arguments of `non_furniture_pictures`.
    every : int
        Take one of so many pictures without furniture; more than 1 for a dry run.

    Returns
    -------
    config_changes : dict
        {field of VoxelConfig: value}.
    result : dict
        The content of calibration.json.
    """
    before, own_threshold = model.config.calibration, model.config.threshold
    model.config.calibration = NO_CALIBRATION
    scenes = predict_scenes(model, studio, FIT_STREAMS, pictures)
    tests = {SCENE_SET: predict_scenes(model, studio, TEST_STREAMS, pictures)}
    shapes, photos = predict_photos(model, data) if data else ([], {})
    tests |= photos
    calibration = (fit_scale(scenes.logits, scenes.solid), 0.0)
    raw_threshold = convert_threshold(own_threshold, before, NO_CALIBRATION)
    threshold = convert_threshold(own_threshold, before, calibration)
    figures = calibration_figures(scenes, calibration, threshold)
    agreement = figures["iou"] / figures["confidence"]
    result = {
        "calibration": calibration,
        "threshold": threshold,
        "agreement": agreement,
        "uncalibrated": {
            name: calibration_figures(raw, NO_CALIBRATION, raw_threshold)
            for name, raw in tests.items()
        },
        "calibrated": {
            name: calibration_figures(raw, calibration, threshold, agreement)
            for name, raw in tests.items()
        },
    }
    if photos:
        result["fitted_on_photos"] = cross_validated(photos["photos, box given"], shapes)
    chosen = itertools.islice(non_furniture_pictures(assets, others), 0, None, every)
    non_furniture = summarise_non_furniture(model, chosen)
    weights, warning = fit_familiarity(scenes, tests, *non_furniture)
    config_changes = {name: result[name] for name in ("calibration", "threshold", "agreement")}
    config_changes["familiarity"] = weights.tolist()
    return config_changes, result | {"warning": warning}


# --- probabilities ------------------------------------------------------------------------------


def calibration_figures(
    raw: RawPredictions, calibration: Calibration, threshold: float, agreement: float = 1.0
) -> dict:
    """Computes the figures of calibrated probabilities.

    Parameters
    ----------
    raw : RawPredictions
        Uncalibrated predictions.
    calibration : tuple
        Scale and shift of the logits.
    threshold : float
        Cells above it are solid.
    agreement : float
        Factor from the expected IoU to the confidence.
    """
    probability = expit(calibration[0] * raw.logits + calibration[1])
    rows = reliability(probability, raw.solid)
    expected = [expected_iou(p, threshold) for p in probability]
    ious = [metrics.iou(p > threshold, y) for p, y in zip(probability, raw.solid, strict=True)]
    return {
        "pictures": len(ious),
        "calibration_error": calibration_error(rows),
        "calibration_error_shown": calibration_error(rows, MIN_REPORTED_PROBABILITY),
        "confidence": agreement * float(np.mean(expected)),
        "iou": float(np.mean(ious)),
        "spearman": float(spearmanr(expected, ious).statistic),
        "bins": rows,
    }


def cross_validated(raw: RawPredictions, shapes: Sequence[str], folds: int = FOLDS) -> dict:
    """Fits on photographs and tests on photographs of other shapes.

    Parameters
    ----------
    raw : RawPredictions
        Predictions of N photographs.
    shapes : sequence of str
        N shape folders; a shape is never in two folds.
    folds : int
        Number of folds.

    Returns
    -------
    dict
        Calibration fitted on all photographs, and the cross-validated errors.
    """
    fold = np.unique(shapes, return_inverse=True)[1] % folds
    probability = np.empty_like(raw.logits)
    for i in np.unique(fold):
        scale = fit_scale(raw.logits[fold != i], raw.solid[fold != i])
        probability[fold == i] = expit(scale * raw.logits[fold == i])
    rows = reliability(probability, raw.solid)
    return {
        "calibration": (fit_scale(raw.logits, raw.solid), 0.0),
        "calibration_error": calibration_error(rows),
        "calibration_error_shown": calibration_error(rows, MIN_REPORTED_PROBABILITY),
    }


def convert_threshold(threshold: float, before: Calibration, after: Calibration) -> float:
    """Returns the threshold that selects the same cells after a change of the calibration."""
    level = (logit(threshold) - before[1]) / before[0]
    return float(expit(after[0] * level + after[1]))


# --- the warning --------------------------------------------------------------------------------


def fit_familiarity(
    scenes: RawPredictions,
    tests: dict[str, RawPredictions],
    pictures: Sequence[NonFurniturePicture],
    summaries: np.ndarray,
) -> tuple[np.ndarray, dict]:
    """Fits the weights of the warning and tests them.

    The weights are fitted on `scenes` and half of the pictures without furniture, the threshold on
    the generated scenes of `tests`. Photographs and the other half of the pictures test the
    result; photographs fit nothing.

    Parameters
    ----------
    scenes : RawPredictions
        Generated scenes.
    tests : dict
        Further furniture, by name; SCENE_SET is one of them.
    pictures : sequence of NonFurniturePicture
        M pictures without furniture.
    summaries : numpy.ndarray
        (M, 256), of these pictures.

    Returns
    -------
    weights : numpy.ndarray
        (257,).
    figures : dict
        The key "warning" of calibration.json.
    """
    groups = np.array([picture.group for picture in pictures])
    held_out = np.array([picture.held_out for picture in pictures])
    threshold_scenes = tests[SCENE_SET].summary
    weights = familiarity.fit_weights(scenes.summary, summaries[~held_out], groups[~held_out])
    weights = familiarity.with_threshold(weights, threshold_scenes).round(5)
    false_alarms = {
        name: {
            "pictures": len(raw.summary),
            "share": float((familiarity.familiarity_scores(raw.summary, weights) < 0).mean()),
        }
        for name, raw in tests.items()
    }
    unseen = familiarity.held_out_detection_rates(
        scenes.summary, threshold_scenes, summaries, groups
    )
    return weights, {
        "false_alarms": false_alarms,
        "caught": familiarity.detection_rates(summaries[held_out], weights, groups[held_out]),
        "caught_of_unseen_kinds": unseen,
    }
