"""Sentences and tables of the model card, made from JSON files.

`model_card.md` is the text around them; `model_card.py` combines both.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from core.categories import CATEGORIES
from training.loop.config import TrainConfig

ROOT = Path(__file__).resolve().parents[2]
NAME = "Furniture voxels"
LICENCES = Path(__file__).with_name("licences.md")  # of the published model and its sources
OWN_LICENCES = (
    "Code: Apache 2.0. The weights were trained on shapes and pictures of their author, who names "
    "the sources and the licence of the weights here."
)
DECODERS = {
    "attention": "3D query tokens that attend to its feature maps",
    "fc": "two fully connected layers",
}
# settings without influence on the weights
OMITTED_SETTINGS = ("output", "resume", "overwrite", "half")
WORST_PHOTOS = 5  # photographs in the table of the worst
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def subject_values(config: dict) -> dict[str, str]:
    """Returns the placeholders that differ for a model of other categories than the published ones.

    The sources of such a model are not known here, so its card names none.
    """
    network = {"resnet18": "A ResNet18", "efficientnet_lite2": "An EfficientNet-Lite2"}
    values = {"network": network[config.get("encoder", "resnet18")]}
    if set(config["categories"]) <= set(CATEGORIES):
        return values | {
            "title": NAME,
            "subject": "a piece of furniture",
            "objects": "furniture",
            "photo_kind": "Pix3D photographs",
            "scores_on": "real photographs",
            "licences": LICENCES.read_text(encoding="utf-8").rstrip(),
        }
    names = ", ".join(config["categories"])
    return values | {
        "title": f"{names.capitalize()} voxels",
        "subject": "an object",
        "objects": "objects",
        "photo_kind": "labelled pictures",
        "scores_on": "labelled pictures",
        "licences": OWN_LICENCES,
    }


def config_values(config: dict) -> dict[str, str]:
    """Returns the placeholders that config.json fills."""
    return {
        "resolution": str(config["resolution"]),
        "threshold": f"{config['threshold']:g}",
        "categories": ", ".join(config["categories"]),
        "decoder": DECODERS[config["decoder"]],
    }


def evaluation_values(evaluation: dict) -> dict[str, str]:
    """Returns the placeholders that evaluation.json fills."""
    overall = evaluation["subsets"]["all"]
    return {
        "date": evaluation["date"],
        "data": Path(evaluation["data"]).name,  # without the local folder
        "photos": str(overall["photos"]),
        "shapes": str(overall["shapes"]),
        "own": f"{evaluation['threshold']['own']:.2f}",
        "best": f"{evaluation['threshold']['best_on_these_photos']:.2f}",
        "scores": _scores_table(evaluation["subsets"]),
        "baselines": _baselines(overall, evaluation["subsets"].get("clean")),
        "published": _published(evaluation["published"]),
        "protocol": evaluation["protocol"],
        "wrong_azimuth_boxed": _percent(overall["boxed"]["azimuth_wrong"]),
        "wrong_azimuth_found": _percent(overall["found"]["azimuth_wrong"]),
        "crumbled": _percent(overall["boxed"]["crumbled"]),
        "iou_ratio": _percent(overall["kept_without_box"]),
    }


def worst_photos_table(evaluation: dict, remarks: dict[str, str]) -> str:
    """Returns a table of the photographs with the lowest IoU, box given.

    Parameters
    ----------
    evaluation : dict
        Content of evaluation.json.
    remarks : dict
        {path of the photograph: sentence}.
    """
    photos = sorted(evaluation["photos"], key=lambda row: row["boxed"]["iou"])[:WORST_PHOTOS]
    rows = ["| photo | IoU | mask IoU | |", "|---|---|---|---|"]
    for row in photos:
        name, figures = row["img"].removeprefix("img/"), row["boxed"]
        scores = " | ".join(_two_decimals(figures[key]) for key in ("iou", "mask_iou"))
        rows.append(f"| {name} | {scores} | {remarks.get(row['img'], '')} |")
    return "\n".join(rows)


def _two_decimals(value: float | None) -> str:
    """Formats a score; a dash for None."""
    return "–" if value is None else f"{value:.2f}"


def resolution_table(rows: Sequence[dict]) -> str:
    """Returns a table of compared resolutions, one row each; a sentence if there are none."""
    if not rows:
        return "No other resolution was trained beside it."
    lines = ["| " + " | ".join(rows[0]) + " |", "|---" * len(rows[0]) + "|"]
    lines += ["| " + " | ".join(map(_cell, row.values())) + " |" for row in rows]
    return "\n".join(lines)


def calibration_section(record: dict | None) -> str:
    """Returns the section on calibration and warning; `record` is calibration.json or None."""
    if not record:
        return "Not calibrated: take its probabilities for an order, not for shares."
    before, after = record["uncalibrated"], record["calibrated"]
    rows = ["| pictures | | ECE before | ECE | ECE of cells from 10 % on | Spearman |"]
    rows.append("|---|---|---|---|---|---|")
    for name, row in after.items():
        errors = (before[name]["calibration_error"], row["calibration_error"])
        cells = [f"{x:.3f}" for x in (*errors, row["calibration_error_shown"], row["spearman"])]
        rows.append(f"| {name} | {row['pictures']} | " + " | ".join(cells) + " |")
    warning = record["warning"]
    alarms = [
        f"{_percent(row['share'])} of {name}" for name, row in warning["false_alarms"].items()
    ]
    return (
        "Probabilities were calibrated on generated scenes (`python -m training.calibrate`): about "
        "70% of the cells with a probability of 70% should be solid."
        "\n\n![reliability](reliability.png)\n\n"
        + "\n".join(rows)
        + "\n\nECE: expected calibration error. Spearman: rank correlation of the confidence (the "
        "expected IoU) with the IoU. The model warns of pictures unlike furniture: of "
        f"{_percent(warning['caught']['all kinds']['share'])} of pictures without furniture (mean "
        f"over {len(warning['caught']) - 1} kinds), with false alarms on {', '.join(alarms)}."
    )


def code_location(space_repo: str | None) -> str:
    """Returns the sentence that says where to find the code of the example."""
    if space_repo is None:
        return "In a checkout of the project:"
    address = f"https://huggingface.co/spaces/{space_repo}"
    return (
        f"On the page <{address}>, or with its code anywhere:\n\n"
        f"```bash\ngit clone {address} furniture-voxels\n"
        "cd furniture-voxels\npip install -r requirements.txt\n```"
    )


def example_picture() -> str:
    """Returns the path of an example picture, a chair if there is one."""
    folder = ROOT / "examples"
    names = [p.name for p in folder.glob("*") if p.suffix.lower() in PICTURE_SUFFIXES]
    chosen = min(names, key=lambda name: ("chair" not in name, name), default=None)
    return f"examples/{chosen}" if chosen else "chair.jpg"


def _scores_table(subsets: dict) -> str:
    """Returns the scores of each subset as a table."""
    rows = [
        "| photos | | IoU | IoU, best | IoU, box not given | Chamfer | F-score | mask IoU "
        "| category right | azimuth error, median |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, figures in subsets.items():
        boxed, found = figures["boxed"], figures["found"]
        cells = [_with_interval(boxed["iou"]), _with_interval(boxed["iou_best"])]
        cells.append(_with_interval(found["iou"]))
        means = ("chamfer", "f_score", "mask_iou", "category_right")
        cells += [_with_interval({**boxed[key], "low": None}) for key in means]
        azimuth = boxed["azimuth_error_median"]
        cells.append("–" if azimuth is None else f"{azimuth:.0f}°")
        rows.append(f"| {name} | {figures['photos']} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _with_interval(figure: dict) -> str:
    """Formats a mean with its interval, if it has one."""
    if figure["mean"] is None:
        return "–"
    if figure["low"] is None:
        return f"{figure['mean']:.3f}"
    return f"{figure['mean']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"


def _baselines(overall: dict, clean: dict | None) -> str:
    """Returns the IoU of the baselines as a list; a sentence if they were not measured."""
    lines = []
    for name, figure in overall.get("baselines", {}).items():
        on_clean = f", clean {_with_interval(clean['baselines'][name])}" if clean else ""
        lines.append(f"- {name}: all {_with_interval(figure)}{on_clean}")
    if not lines:
        return "No baselines: the training pool was not available."
    heading = "IoU of baselines that get the true category, each at its best threshold:"
    return "\n".join([heading, "", *lines])


def _published(published: dict | None) -> str:
    """Returns the figures of other models; a sentence if none compares with the evaluation."""
    if not published:
        return "No published figures of the same protocol are known for these categories."
    quoted = ", ".join(f"{name} {iou:.3f}" for name, iou in published["iou"].items())
    return f"Other models, {published['note']}: {quoted}."


def _percent(value: float | None) -> str:
    """Formats a share."""
    return "an unmeasured share" if value is None else f"{value:.0%}"


def training_table(notes: dict, weights_bytes: int) -> str:
    """Returns a table of the training run.

    Parameters
    ----------
    notes : dict
        Content of training.json.
    weights_bytes : int
        Size of the weights.
    """
    notes = dict(notes)
    settings, heads = notes.pop("settings", {}), notes.pop("heads", {})
    made_with = _made_with(notes.pop("made with", {}))
    rows = {_label(k, v): v for k, v in notes.items() if not k.startswith("photos_")}
    if made_with:
        rows["made with"] = made_with
    rows |= _head_rows(heads)
    if settings:
        rows["settings other than the defaults"] = _changed_settings(settings) or "none"
    rows["weights"] = f"{weights_bytes / 1e6:.1f} MB safetensors"
    lines = [f"| {label} | {_cell(value)} |" for label, value in rows.items()]
    return "\n".join(["| | |", "|---|---|", *lines])


def _made_with(record: dict) -> str:
    """Returns versions, seed and commit, and the data files with the start of their SHA-256."""
    record = dict(record)
    files = record.pop("files", {})
    facts = [f"{name} {value}" for name, value in record.items()]
    return ", ".join(facts + [f"{Path(file).name} {digest[:12]}" for file, digest in files.items()])


def _head_rows(heads: dict) -> dict[str, float]:
    """Returns the figures that `training.add_heads` noted for each head, by their labels."""
    measured = {name: figures for name, figures in heads.items() if isinstance(figures, dict)}
    measured.pop("fields", None)
    return {
        f"head {head}: {name}, generated validation scenes": value
        for head, figures in measured.items()
        for name, value in figures.items()
    }


def _label(name: str, value: object) -> str:
    """Returns a row's label; figures were measured on generated scenes, not on photographs."""
    measured = isinstance(value, float) and name != "minutes"
    return f"{name}, generated validation scenes" if measured else name


def _cell(value: object) -> str:
    """Formats a table cell."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _changed_settings(settings: dict) -> str:
    """Returns the training settings that differ from the defaults."""
    defaults = json.loads(json.dumps(asdict(TrainConfig())))  # JSON turns tuples into lists
    changed = {
        k: v for k, v in settings.items() if v != defaults.get(k) and k not in OMITTED_SETTINGS
    }
    return ", ".join(f"`{name}={_without_folders(value)}`" for name, value in changed.items())


def _without_folders(value: object) -> object:
    """Returns only the last part of paths, also in "name=path": folders are local."""
    if isinstance(value, list):
        return " ".join(map(str, map(_without_folders, value)))
    if not isinstance(value, str):
        return value
    name, equals, path = value.rpartition("=")
    return name + equals + Path(path).name
