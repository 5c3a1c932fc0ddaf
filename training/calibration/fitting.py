"""Makes a checkpoint's probabilities true, and lets it say what does not look like furniture.

    python -m training.calibrate --checkpoint checkpoint --data ../shared/data/pix3d_dev \\
        --assets ../shared/data --others runs/others
    python -m training.calibrate --checkpoint runs/a/best --dry-run

Fits the scale of the occupancy logits on generated scenes, moves the threshold with it so that the
same cells stay solid, measures how much of the IoU to be expected comes true there, and judges on
other scenes and on photographs. Writes config.json,
calibration.json (every figure) and reliability.png into the checkpoint; a dry run writes nothing.
docs/calibration.md explains the figures. Evaluate and write the model card afterwards.
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from scipy.special import expit, logit
from scipy.stats import spearmanr

from core.errors import ModelError
from pipeline.confidence import expected_iou
from training.calibration import familiarity
from training.calibration.non_furniture import NonFurniturePicture, non_furniture_pictures
from training.calibration.predictions import (
    BATCH_SIZE,
    RawPredictions,
    predict_photos,
    predict_scenes,
    summarise_non_furniture,
)
from training.calibration.reliability import (
    MIN_REPORTED_PROBABILITY,
    calibration_error,
    fit_scale,
    plot_reliability,
    reliability,
)
from training.evaluation import metrics
from training.loop.checkpoints import write_json
from training.pix3d import dataset
from training.studio.studio import StudioConfig
from voxel_model import VoxelModel, load_model

FOLDS = 5  # of the photographs' shapes, to tell what a fit on photographs would give
NO_CALIBRATION = (1.0, 0.0)
FIT_STREAMS, TEST_STREAMS = (0, 1), (2,)  # streams of scenes
SCENE_SET = "generated scenes"


# --- judging ------------------------------------------------------------------------------------


def calibration_figures(
    seen: RawPredictions, calibration: tuple[float, float], threshold: float, agreement: float = 1.0
) -> dict:
    """Every figure of the probabilities that a calibration makes of these pictures."""
    probability = expit(calibration[0] * seen.logits + calibration[1])
    rows = reliability(probability, seen.solid)
    expected = [expected_iou(p, threshold) for p in probability]
    true = [metrics.iou(p > threshold, y) for p, y in zip(probability, seen.solid, strict=True)]
    return {
        "pictures": len(true),
        "calibration_error": calibration_error(rows),
        "calibration_error_shown": calibration_error(rows, MIN_REPORTED_PROBABILITY),
        "confidence": agreement * float(np.mean(expected)),
        "iou": float(np.mean(true)),
        "spearman": float(spearmanr(expected, true).statistic),
        "bins": rows,
    }


def cross_validated(seen: RawPredictions, shapes: Sequence[str], folds: int = FOLDS) -> dict:
    """Calibration errors on photographs of a fit on photographs of other shapes."""
    fold = np.unique(shapes, return_inverse=True)[1] % folds
    probability = np.empty_like(seen.logits)
    for i in np.unique(fold):
        scale = fit_scale(seen.logits[fold != i], seen.solid[fold != i])
        probability[fold == i] = expit(scale * seen.logits[fold == i])
    rows = reliability(probability, seen.solid)
    return {
        "calibration": (fit_scale(seen.logits, seen.solid), 0.0),
        "calibration_error": calibration_error(rows),
        "calibration_error_shown": calibration_error(rows, MIN_REPORTED_PROBABILITY),
    }


def convert_threshold(
    threshold: float, before: tuple[float, float], after: tuple[float, float]
) -> float:
    """The threshold at which the same cells are solid after a change of calibration."""
    level = (logit(threshold) - before[1]) / before[0]
    return float(expit(after[0] * level + after[1]))


def fit_familiarity(
    scenes: RawPredictions,
    tests: dict[str, RawPredictions],
    met: list[NonFurniturePicture],
    summaries,
) -> tuple:
    """Weights from scenes and half of the strangers; judged on photographs and the other half.

    The threshold comes from scenes that chose no weight, so photographs choose nothing at all.
    """
    groups = np.array([stranger.group for stranger in met])
    judges = np.array([stranger.judges for stranger in met])
    choosers = tests[SCENE_SET].summary
    weights = familiarity.fit_weights(scenes.summary, summaries[~judges], groups[~judges])
    weights = familiarity.with_threshold(weights, choosers).round(5)
    alarms = {
        name: {
            "pictures": len(seen.summary),
            "share": float((familiarity.familiarity_scores(seen.summary, weights) < 0).mean()),
        }
        for name, seen in tests.items()
    }
    unseen = familiarity.held_out_detection_rates(scenes.summary, choosers, summaries, groups)
    return weights, {
        "false_alarms": alarms,
        "caught": familiarity.detection_rates(summaries[judges], weights, groups[judges]),
        "caught_of_unseen_kinds": unseen,
    }


# --- the script ---------------------------------------------------------------------------------


def poses_of(assets: Path | None) -> str | None:
    """Cameras of real photographs, where the shapes lie beside the other assets."""
    path = assets and assets / "shapes" / "poses.json"
    return str(path) if path and path.is_file() else None


def studio_config(args: argparse.Namespace) -> StudioConfig:
    if args.dry_run:
        return StudioConfig.small()
    assets = args.assets and str(args.assets)
    return StudioConfig(
        slots=args.slots, grid=args.grid, assets=assets, poses=poses_of(args.assets)
    )


def calibrate(model: VoxelModel, args: argparse.Namespace) -> tuple[dict, dict]:
    """(changed fields of the config, content of calibration.json)."""
    before, own = model.config.calibration, model.config.threshold
    model.config.calibration = NO_CALIBRATION
    studio = studio_config(args)
    scenes = predict_scenes(model, studio, FIT_STREAMS, args.pictures)
    tests = {SCENE_SET: predict_scenes(model, studio, TEST_STREAMS, args.pictures)}
    shapes, photos = predict_photos(model, args.data) if args.data else ([], {})
    tests |= photos
    calibration = (fit_scale(scenes.logits, scenes.solid), 0.0)
    raw, threshold = (
        convert_threshold(own, before, NO_CALIBRATION),
        convert_threshold(own, before, calibration),
    )
    said = calibration_figures(scenes, calibration, threshold)
    after = (calibration, threshold, said["iou"] / said["confidence"])
    result = {
        "calibration": calibration,
        "threshold": threshold,
        "agreement": after[-1],
        "uncalibrated": {
            name: calibration_figures(seen, NO_CALIBRATION, raw) for name, seen in tests.items()
        },
        "calibrated": {name: calibration_figures(seen, *after) for name, seen in tests.items()},
    }
    if photos:
        result["fitted_on_photos"] = cross_validated(photos["photos, box given"], shapes)
    met = summarise_non_furniture(model, non_furniture_pictures(args.assets, args.others))
    weights, warning = fit_familiarity(scenes, tests, *met)
    changes = {name: result[name] for name in ("calibration", "threshold", "agreement")}
    changes["familiarity"] = weights.tolist()
    return changes, result | {"warning": warning}


def table(result: dict) -> str:
    lines = ["                       ECE  ECE>=10%  confidence   IoU  Spearman"]
    for state in ("uncalibrated", "calibrated"):
        for name, row in result[state].items():
            lines.append(
                f"{state:13}{name:18} {row['calibration_error']:.4f} "
                f"{row['calibration_error_shown']:.4f} {row['confidence']:.3f} {row['iou']:.3f} "
                f"{row['spearman']:.3f}"
            )
    if "fitted_on_photos" in result:
        row = result["fitted_on_photos"]
        errors = f"{row['calibration_error']:.4f} {row['calibration_error_shown']:.4f}"
        lines.append(f"fitted on photos of other shapes {errors}")
    warning = result["warning"]
    for name, row in warning["false_alarms"].items():
        lines.append(f"warned of {name:20} {row['pictures']:4} {row['share']:.3f}")
    for name, row in warning["caught"].items():
        unseen = warning["caught_of_unseen_kinds"][name]
        lines.append(
            f"caught    {name:20} {row['pictures']:4} {row['share']:.3f}  unseen {unseen:.3f}"
        )
    return "\n".join(lines)


def save(checkpoint: Path, model: VoxelModel, changes: dict, result: dict) -> None:
    """config.json, calibration.json and reliability.png; lists of numbers stay on one line."""
    model.config = replace(model.config, **changes)
    text = json.dumps(asdict(model.config), indent=2)
    text = re.sub(r"\[[^\[\]]*\]", lambda found: " ".join(found[0].split()), text)
    (checkpoint / "config.json").write_text(text + "\n")
    write_json(checkpoint / "calibration.json", result)
    curves = {f"{name}, before": row["bins"] for name, row in result["uncalibrated"].items()}
    curves |= {name: row["bins"] for name, row in result["calibrated"].items()}
    plot_reliability(
        {k: v for k, v in curves.items() if "found" not in k}, checkpoint / "reliability.png"
    )


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--checkpoint", type=Path, default=Path("checkpoint"), help="folder, changed in place")
    add("--data", type=Path, help="folder that holds pix3d.json: photographs that judge")
    add("--assets", type=Path, help="folder with textures/, backgrounds/, hdri/")
    add("--others", type=Path, help="a folder for each further kind of picture without furniture")
    add("--pictures", type=int, default=128, help="generated scenes of each stream")
    add("--grid", type=int, default=64, help="cells a side of the rendered shapes")
    add("--slots", type=int, default=64, help="shapes of a stream")
    add("--device", default="auto", help="auto, cpu, cuda, mps")
    add("--dry-run", action="store_true", help="a few coarse scenes, nothing written")
    args = parser.parse_args(argv)
    if args.dry_run:
        args.pictures, args.data = 2 * BATCH_SIZE, None
    return args


def main(argv: Sequence[str] | None = None) -> int:
    args = parse_args(argv)
    try:
        model = load_model(args.checkpoint, args.device)
        changes, result = calibrate(model, args)
    except (ModelError, dataset.DataError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    print(table(result))
    if not args.dry_run:
        save(args.checkpoint, model, changes, result)
        print(f"written: config.json, calibration.json, reliability.png in {args.checkpoint}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
