"""The model card, rendered from the checkpoint's config and its recorded evaluation.

    python -m training.evaluate --data ../shared/data/pix3d_dev --checkpoint checkpoint
    python -m training.model_card --evaluation runs/evaluation/evaluation.json

The second command keeps the evaluation beside the weights, as checkpoint/evaluation.json, and
writes checkpoint/README.md. Every figure on the card is read from that file; how the weights were
trained from training.json, a flat {label: value}, when it is there. Without an evaluation, or with
one of another model, there is no card.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path
from string import Template

from huggingface_hub import EvalResult, ModelCardData

ROOT = Path(__file__).resolve().parent.parent
TEXT = Path(__file__).with_suffix(".md")  # the card with $names where its figures go
NAME = "Furniture voxels"
DECODERS = {
    "attention": "3D query tokens that attend to its feature maps",
    "fc": "two fully connected layers",
}
PICTURES = (".jpg", ".jpeg", ".png", ".webp")
SCORES = {  # figure in evaluation.json -> metric type and name in the model-index
    "iou": ("iou", "IoU at 32^3, Pix3D protocol, threshold fixed beforehand"),
    "iou_best": ("iou", "IoU at 32^3, Pix3D protocol, best single threshold on these photos"),
    "chamfer": ("chamfer_distance", "Chamfer distance, longest side 1, both directions summed"),
    "f_score": ("f_score", "F-score at 0.05 of the longest side"),
    "mask_iou": ("iou", "IoU of the object's mask"),
    "category_right": ("accuracy", "Category accuracy"),
}
PARTS = {"boxed": "box given", "found": "box not given"}


class CardError(ValueError):
    """No honest card can be written; one sentence that says why and what to do."""


def render_card(
    checkpoint: Path, model_repo: str | None = None, space_repo: str | None = None
) -> str:
    """The card as Markdown with front matter; CardError when a file is missing or does not fit.

    checkpoint : folder with config.json, evaluation.json and, if any, training.json
    model_repo : "owner/name" that the snippet loads; None for the weights embedded in the project
    space_repo : "owner/name" of the Space that holds the code; None for a checkout
    """
    config = _read(checkpoint / "config.json")
    evaluation = _read(checkpoint / "evaluation.json")
    _check_same_model(config, evaluation)
    values = {
        **_of_config(config),
        **_of_evaluation(evaluation),
        "where": _where(space_repo),
        "source": f'"{model_repo}"' if model_repo else "",
        "picture": _example(),
        "made": _made(checkpoint),
    }
    text = Template(TEXT.read_text(encoding="utf-8")).substitute(values)
    return f"---\n{front_matter(evaluation, model_repo).to_yaml()}\n---\n\n{text}"


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
        for part, way in PARTS.items():
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


def _check_same_model(config: dict, evaluation: dict) -> None:
    """An evaluation of other weights must not end up on this card."""
    pairs = {
        "threshold": (config["threshold"], evaluation["threshold"]["own"]),
        "resolution": (config["resolution"], evaluation["resolution"]),
        "decoder": (config["decoder"], evaluation["decoder"]),
    }
    for field, (here, there) in pairs.items():
        if here != there:
            raise CardError(
                f"evaluation.json measured a model whose {field} is {there}, this one's is {here}; "
                "run training.evaluate on this checkpoint."
            )
    if evaluation.get("dry_run"):
        raise CardError("evaluation.json is a dry run of a few photos; run it in full.")
    if evaluation["skipped"] or not evaluation["subsets"]:
        raise CardError("evaluation.json skipped photos that could not be read; repair the data.")


# --- the text -----------------------------------------------------------------------------------


def _of_config(config: dict) -> dict[str, str]:
    return {
        "resolution": str(config["resolution"]),
        "threshold": f"{config['threshold']:g}",
        "categories": ", ".join(config["categories"]),
        "decoder": DECODERS[config["decoder"]],
    }


def _of_evaluation(evaluation: dict) -> dict[str, str]:
    overall, published = evaluation["subsets"]["all"], evaluation["published"]
    quoted = ", ".join(f"{name} {iou:.3f}" for name, iou in published["iou"].items())
    return {
        "date": evaluation["date"],
        "data": Path(evaluation["data"]).name,  # not where it lay on somebody's disk
        "photos": str(overall["photos"]),
        "shapes": str(overall["shapes"]),
        "own": f"{evaluation['threshold']['own']:.2f}",
        "best": f"{evaluation['threshold']['best_on_these_photos']:.2f}",
        "scores": _table(evaluation["subsets"]),
        "baselines": _baselines(overall, evaluation["subsets"].get("clean")),
        "published": f"Other models, {published['note']}: {quoted}.",
        "protocol": evaluation["protocol"],
        "turned": _share(overall["boxed"]["azimuth_wrong"]),
        "broken": _share(overall["boxed"]["crumbled"]),
        "kept": _share(overall["kept_without_box"]),
    }


def _where(space_repo: str | None) -> str:
    """Where the code of the snippet is to be had."""
    if space_repo is None:
        return "In a checkout of the project:"
    address = f"https://huggingface.co/spaces/{space_repo}"
    return (
        f"On the page <{address}>, or with its code anywhere:\n\n"
        f"```bash\ngit clone {address} furniture-voxels\n"
        "cd furniture-voxels\npip install -r requirements.txt\n```"
    )


def _example() -> str:
    """A picture of the gallery, for the snippet; a chair where there is one."""
    pictures = [p.name for p in (ROOT / "examples").glob("*") if p.suffix.lower() in PICTURES]
    chosen = min(pictures, key=lambda name: ("chair" not in name, name), default=None)
    return f"examples/{chosen}" if chosen else "chair.jpg"


def _table(subsets: dict) -> str:
    rows = [
        "| photos | | IoU | IoU, best | IoU, box not given | Chamfer | F-score | category right |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, figures in subsets.items():
        boxed, found = figures["boxed"], figures["found"]
        cells = [_number(boxed["iou"]), _number(boxed["iou_best"]), _number(found["iou"])]
        cells += [_number(boxed[key]) for key in ("chamfer", "f_score", "category_right")]
        rows.append(f"| {name} | {figures['photos']} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _number(figure: dict) -> str:
    if figure["mean"] is None:
        return "–"
    if figure["low"] is None:
        return f"{figure['mean']:.3f}"
    return f"{figure['mean']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"


def _baselines(overall: dict, clean: dict | None) -> str:
    """Empty without a training pool at evaluation time."""
    lines = []
    for name, figure in overall.get("baselines", {}).items():
        of_clean = f", clean {_number(clean['baselines'][name])}" if clean else ""
        lines.append(f"- {name}: all {_number(figure)}{of_clean}")
    if not lines:
        return "No baselines: the training pool was not at hand."
    heading = "IoU of baselines that are told the category, each at its best threshold:"
    return "\n".join([heading, "", *lines])


def _share(value: float | None) -> str:
    return "an unmeasured share" if value is None else f"{value:.0%}"


def _made(checkpoint: Path) -> str:
    """A table of training.json and the size of the weights."""
    weights, record = checkpoint / "model.safetensors", checkpoint / "training.json"
    if not weights.is_file():
        raise CardError(f"{weights} is missing; save the model there first.")
    facts = _read(record) if record.exists() else {}
    facts["weights"] = f"{weights.stat().st_size / 1e6:.1f} MB safetensors"
    return "\n".join(["| | |", "|---|---|", *(f"| {k} | {v} |" for k, v in facts.items())])


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m training.model_card", description=__doc__.split("\n", 1)[0]
    )
    parser.add_argument("--checkpoint", type=Path, default=ROOT / "checkpoint", help="folder")
    parser.add_argument("--evaluation", type=Path, help="JSON of training.evaluate to keep there")
    args = parser.parse_args(arguments)
    try:
        if args.evaluation:
            _check_same_model(_read(args.checkpoint / "config.json"), _read(args.evaluation))
            shutil.copyfile(args.evaluation, args.checkpoint / "evaluation.json")
        card = render_card(args.checkpoint)
    except (CardError, shutil.SameFileError) as error:
        sys.exit(f"model_card: {error}")
    (args.checkpoint / "README.md").write_text(card, encoding="utf-8")
    print(f"written: {args.checkpoint / 'README.md'}")


if __name__ == "__main__":
    main()
