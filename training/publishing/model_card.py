"""The model card: model_card.md with values from the checkpoint's JSON files."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from string import Template

from huggingface_hub import EvalResult, ModelCardData

from core.categories import CATEGORIES
from core.errors import UserError
from training.publishing import card_sections

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = Path(__file__).with_suffix(".md")  # placeholders are $names
WEIGHTS = "model.safetensors"
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
    """A missing or unsuitable file, without which there is no card."""


def render_card(
    checkpoint: Path, model_repo: str | None = None, space_repo: str | None = None
) -> str:
    """Renders the card as Markdown with front matter.

    Parameters
    ----------
    checkpoint : Path
        Folder with model.safetensors, config.json and evaluation.json; optionally training.json,
        calibration.json, and two files written by hand: failures.json (photo of the evaluation ->
        sentence on its errors) and resolutions.json (a row of figures for each resolution).
    model_repo : str, optional
        "owner/name" in the code example; None for the weights of the project.
    space_repo : str, optional
        "owner/name" of the Space with the code; None for a checkout.

    Raises
    ------
    CardError
        If a file is missing or belongs to another model.
    """
    config = _read(checkpoint / "config.json")
    evaluation = _read(checkpoint / "evaluation.json")
    check_same_model(checkpoint, config, evaluation)
    notes = _read_optional(checkpoint / "training.json")
    remarks = _read_optional(checkpoint / "failures.json")
    resolutions = _read_optional(checkpoint / "resolutions.json")
    published = set(config["categories"]) <= set(CATEGORIES)
    values = {
        **card_sections.config_values(config),
        **card_sections.subject_values(config),
        **card_sections.evaluation_values(evaluation),
        "code_location": card_sections.code_location(space_repo),
        "source": f'"{model_repo}"' if model_repo else "" if published else '"FOLDER OF THIS CARD"',
        "picture": card_sections.example_picture() if published else "photo.jpg",
        "worst_photos": card_sections.worst_photos_table(evaluation, remarks),
        "resolutions": card_sections.resolution_table(resolutions),
        "calibration": card_sections.calibration_section(_calibration(checkpoint, config)),
        "training": card_sections.training_table(notes, (checkpoint / WEIGHTS).stat().st_size),
    }
    text = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(values)
    return f"---\n{front_matter(config, evaluation, model_repo).to_yaml()}\n---\n\n{text}"


def _calibration(checkpoint: Path, config: dict) -> dict | None:
    """Returns the content of calibration.json, None if it belongs to another config."""
    record = _read_optional(checkpoint / "calibration.json")
    return record if record.get("calibration") == config.get("calibration") else None


def front_matter(config: dict, evaluation: dict, model_repo: str | None) -> ModelCardData:
    """Returns the metadata for the Hub, with all scores in the model-index.

    The licence and the data of a model of other categories are its author's, so none are named.
    """
    published = set(config["categories"]) <= set(CATEGORIES)
    names = ["furniture", "pix3d"] if published else list(config["categories"])
    return ModelCardData(
        license="cc-by-4.0" if published else "other",
        library_name="pytorch",
        pipeline_tag="image-to-3d",
        tags=["voxels", names[0], "single-image-3d", *names[1:], "pytorch_model_hub_mixin"],
        datasets=["pix3d"] if published else [],
        metrics=sorted({kind for kind, _ in SCORES.values()}),
        model_name=model_repo or card_sections.subject_values(config)["title"],
        eval_results=list(_eval_results(evaluation, "Pix3D" if published else "own pictures")),
    )


def _eval_results(evaluation: dict, data: str) -> Iterator[EvalResult]:
    """Yields a result for each subset (all, clean), kind of prediction and score."""
    for subset in ("all", "clean"):
        figures = evaluation["subsets"].get(subset)
        if figures is None:
            continue
        for part, description in PREDICTION_KINDS.items():
            for score, (kind, name) in SCORES.items():
                value = figures[part][score]["mean"]
                if value is not None:
                    yield EvalResult(
                        task_type="image-to-3d",
                        dataset_type=data.lower().replace(" ", "-"),
                        dataset_name=f"{data}: {figures['photos']} photos ({subset})",
                        dataset_config=subset,
                        metric_type=kind,
                        metric_name=f"{name}; {description}",
                        metric_value=round(value, 4),
                    )


def _read_optional(path: Path) -> dict | list:
    """Reads a JSON file, {} if there is none."""
    return _read(path) if path.exists() else {}


def _read(path: Path) -> dict:
    """Reads a JSON file; CardError if it is missing or broken."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        model = path.name == "config.json"
        hint = "save a model there" if model else "training.evaluate writes an evaluation.json"
        raise CardError(f"{path} is missing; {hint}.") from None
    except (OSError, ValueError) as error:
        raise CardError(f"{path} cannot be read as JSON ({error}).") from error


def check_same_model(checkpoint: Path, config: dict, evaluation: dict) -> None:
    """Checks that an evaluation fits the checkpoint.

    Parameters
    ----------
    checkpoint : Path
        Folder of the weights.
    config, evaluation : dict
        Content of config.json and evaluation.json.

    Raises
    ------
    CardError
        If threshold, resolution or decoder differ, or if the evaluation skipped photos.
    """
    weights = checkpoint / WEIGHTS
    if not weights.is_file():
        raise CardError(f"{weights} is missing; save the model there first.")
    measured = {**evaluation, "threshold": evaluation.get("threshold", {}).get("own")}
    for field in ("threshold", "resolution", "decoder"):
        if config[field] != measured.get(field):
            raise CardError(
                f"evaluation.json measured a model whose {field} is {measured.get(field)}, this "
                f"one's is {config[field]}; run training.evaluate on this checkpoint."
            )
    if evaluation["skipped"] or not evaluation["subsets"]:
        raise CardError("evaluation.json skipped photos that could not be read; repair the data.")


def copy_evaluation(evaluation: Path, checkpoint: Path) -> None:
    """Copies an evaluation beside the weights; CardError if it belongs to another model."""
    check_same_model(checkpoint, _read(checkpoint / "config.json"), _read(evaluation))
    target = checkpoint / "evaluation.json"
    if evaluation.resolve() != target.resolve():
        shutil.copyfile(evaluation, target)
