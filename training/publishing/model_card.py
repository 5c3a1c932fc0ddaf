"""The model card, rendered from the checkpoint's config and its recorded evaluation.

    python -m training.evaluate --data ../shared/data/pix3d_dev --checkpoint checkpoint
    python -m training.model_card --evaluation runs/evaluation/evaluation.json

The second command keeps the evaluation beside the weights, as checkpoint/evaluation.json, and
writes checkpoint/README.md. Every figure on the card is read from that file, and how the weights
were trained from training.json. Without an evaluation, or with one of a model that has
another threshold, resolution or decoder, there is no card.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path
from string import Template

from huggingface_hub import EvalResult, ModelCardData

from core.errors import UserError
from training.publishing import card_sections

ROOT = Path(__file__).resolve().parents[2]
TEXT = Path(__file__).with_suffix(".md")  # the card with $names where its figures go
WEIGHTS = "model.safetensors"
NAME = "Furniture voxels"
SCORES = {  # figure in evaluation.json -> metric type and name in the model-index
    "iou": ("iou", "IoU at 32^3, Pix3D protocol, the model's own threshold"),
    "iou_best": ("iou", "IoU at 32^3, Pix3D protocol, best single threshold on these photos"),
    "chamfer": ("chamfer_distance", "Chamfer distance, longest side 1, both directions summed"),
    "f_score": ("f_score", "F-score at 0.05 of the longest side"),
    "mask_iou": ("iou", "IoU of the object's mask"),
    "category_right": ("accuracy", "Category accuracy"),
}
PREDICTION_KINDS = {"boxed": "box given", "found": "box not given"}


class CardError(UserError):
    """No honest card can be written; one sentence that says why and what to do."""


def render_card(
    checkpoint: Path, model_repo: str | None = None, space_repo: str | None = None
) -> str:
    """The card as Markdown with front matter; CardError when a file is missing or does not fit.

    checkpoint : folder with model.safetensors, config.json, evaluation.json, maybe training.json
        and, by hand, failures.json (photo of the evaluation -> a sentence on what went wrong
        there) and resolutions.json (a row of figures for each that was compared)
    model_repo : "owner/name" that the snippet loads; None for the weights embedded in the project
    space_repo : "owner/name" of the Space that holds the code; None for a checkout
    """
    config = _read(checkpoint / "config.json")
    evaluation = _read(checkpoint / "evaluation.json")
    check_same_model(checkpoint, config, evaluation)
    notes, words = _maybe(checkpoint / "training.json"), _maybe(checkpoint / "failures.json")
    values = {
        **card_sections.config_values(config),
        **card_sections.evaluation_values(evaluation),
        "where": card_sections.code_location(space_repo),
        "source": f'"{model_repo}"' if model_repo else "",
        "picture": card_sections.example_picture(),
        "worst": card_sections.worst_photos_table(evaluation, words),
        "resolutions": card_sections.resolution_table(_maybe(checkpoint / "resolutions.json")),
        "sureness": card_sections.calibration_section(_calibration(checkpoint, config)),
        "made": card_sections.training_table(notes, (checkpoint / WEIGHTS).stat().st_size),
    }
    text = Template(TEXT.read_text(encoding="utf-8")).substitute(values)
    return f"---\n{front_matter(evaluation, model_repo).to_yaml()}\n---\n\n{text}"


def _calibration(checkpoint: Path, config: dict) -> dict | None:
    """What training.calibrate recorded, unless of other weights than these."""
    path = checkpoint / "calibration.json"
    record = _maybe(path)
    return record if record.get("calibration") == config.get("calibration") else None


def front_matter(evaluation: dict, model_repo: str | None) -> ModelCardData:
    """The metadata by which the Hub files the model, the model-index with every score included."""
    return ModelCardData(
        license="cc-by-4.0",
        library_name="pytorch",
        pipeline_tag="image-to-3d",
        tags=["voxels", "furniture", "single-image-3d", "pix3d", "pytorch_model_hub_mixin"],
        datasets=["pix3d"],
        metrics=sorted({kind for kind, _ in SCORES.values()}),
        model_name=model_repo or NAME,
        eval_results=list(_results(evaluation)),
    )


def _results(evaluation: dict):
    """One EvalResult for each subset (all, clean), way of prediction and score."""
    for subset in ("all", "clean"):
        figures = evaluation["subsets"].get(subset)
        if figures is None:
            continue
        for part, way in PREDICTION_KINDS.items():
            for score, (kind, name) in SCORES.items():
                value = figures[part][score]["mean"]
                if value is not None:
                    yield EvalResult(
                        task_type="image-to-3d",
                        dataset_type="pix3d",
                        dataset_name=f"Pix3D: {figures['photos']} photos ({subset})",
                        dataset_config=subset,
                        metric_type=kind,
                        metric_name=f"{name}; {way}",
                        metric_value=round(value, 4),
                    )


def _maybe(path: Path) -> dict | list:
    return _read(path) if path.exists() else {}


def _read(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        hint = (
            "training.evaluate measures it" if "evaluation" in path.name else "save a model there"
        )
        raise CardError(f"{path} is missing; {hint}.") from None
    except (OSError, ValueError) as error:
        raise CardError(f"{path} cannot be read as JSON ({error}).") from error


def check_same_model(checkpoint: Path, config: dict, evaluation: dict) -> None:
    """CardError when the evaluation is of another design or threshold, or skipped photos."""
    weights = checkpoint / WEIGHTS
    if not weights.is_file():
        raise CardError(f"{weights} is missing; save the model there first.")
    there = {**evaluation, "threshold": evaluation.get("threshold", {}).get("own")}
    for field in ("threshold", "resolution", "decoder"):
        if config[field] != there.get(field):
            raise CardError(
                f"evaluation.json measured a model whose {field} is {there.get(field)}, this one's "
                f"is {config[field]}; run training.evaluate on this checkpoint."
            )
    if evaluation["skipped"] or not evaluation["subsets"]:
        raise CardError("evaluation.json skipped photos that could not be read; repair the data.")


def copy_evaluation(evaluation: Path, checkpoint: Path) -> None:
    """Copy the evaluation beside the weights that it measured, unless of another model."""
    check_same_model(checkpoint, _read(checkpoint / "config.json"), _read(evaluation))
    target = checkpoint / "evaluation.json"
    if evaluation.resolve() != target.resolve():
        shutil.copyfile(evaluation, target)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m training.model_card",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--checkpoint", type=Path, default=ROOT / "checkpoint", help="folder")
    parser.add_argument("--evaluation", type=Path, help="JSON of training.evaluate to keep there")
    args = parser.parse_args(arguments)
    try:
        if args.evaluation:
            copy_evaluation(args.evaluation, args.checkpoint)
        card = render_card(args.checkpoint)
    except CardError as error:
        sys.exit(f"model_card: {error}")
    (args.checkpoint / "README.md").write_text(card, encoding="utf-8")
    print(f"written: {args.checkpoint / 'README.md'}")
