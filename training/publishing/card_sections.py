"""The pieces of the model card that come from files: figures as sentences and tables.

`model_card.md` is the text around them; `model_card.py` puts both together.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from training.loop.config import TrainConfig

ROOT = Path(__file__).resolve().parents[2]
DECODERS = {
    "attention": "3D query tokens that attend to its feature maps",
    "fc": "two fully connected layers",
}
OMITTED_SETTINGS = (
    "output",
    "resume",
    "overwrite",
    "half",
)  # settings that say nothing about the weights
WORST_PHOTOS = 5  # photographs that the card describes
PICTURES = (".jpg", ".jpeg", ".png", ".webp")


def config_values(config: dict) -> dict[str, str]:
    """Placeholders of the card that config.json fills."""
    return {
        "resolution": str(config["resolution"]),
        "threshold": f"{config['threshold']:g}",
        "categories": ", ".join(config["categories"]),
        "decoder": DECODERS[config["decoder"]],
    }


def evaluation_values(evaluation: dict) -> dict[str, str]:
    """Placeholders of the card that evaluation.json fills."""
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
        "turned_found": _share(overall["found"]["azimuth_wrong"]),
        "broken": _share(overall["boxed"]["crumbled"]),
        "kept": _share(overall["kept_without_box"]),
    }


def worst_photos_table(evaluation: dict, words: dict[str, str]) -> str:
    """The photographs with the lowest IoU, box given, with what `words` tell of them."""
    photos = sorted(evaluation["photos"], key=lambda row: row["boxed"]["iou"])[:WORST_PHOTOS]
    rows = ["| photo | IoU | mask IoU | |", "|---|---|---|---|"]
    for row in photos:
        name, figures = row["img"].removeprefix("img/"), row["boxed"]
        scores = " | ".join(_mean(figures[key]) for key in ("iou", "mask_iou"))
        rows.append(f"| {name} | {scores} | {words.get(row['img'], '')} |")
    return "\n".join(rows)


def _mean(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def resolution_table(rows: Sequence[dict]) -> str:
    """A table of resolutions that were compared before one was shipped; one sentence without."""
    if not rows:
        return "No other resolution was trained beside it."
    lines = ["| " + " | ".join(rows[0]) + " |", "|---" * len(rows[0]) + "|"]
    lines += ["| " + " | ".join(map(_cell, row.values())) + " |" for row in rows]
    return "\n".join(lines)


def calibration_section(record: dict | None) -> str:
    """Calibration and warning, from calibration.json; one sentence without it."""
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
    alarms = [f"{_share(row['share'])} of {name}" for name, row in warning["false_alarms"].items()]
    return (
        "Probabilities were calibrated on generated scenes (`python -m training.calibrate`): of "
        "the cells said to be 70% solid about 70% should be.\n\n![reliability](reliability.png)\n\n"
        + "\n".join(rows)
        + "\n\nECE: expected calibration error. Spearman: rank correlation of the confidence (the "
        "IoU to be expected) with the IoU. Pictures unlike furniture are warned of: "
        f"{_share(warning['caught']['all kinds']['share'])} of pictures without furniture, mean "
        f"over {len(warning['caught']) - 1} kinds, at false alarms on {', '.join(alarms)}."
    )


def code_location(space_repo: str | None) -> str:
    """Where the code of the snippet is to be had."""
    if space_repo is None:
        return "In a checkout of the project:"
    address = f"https://huggingface.co/spaces/{space_repo}"
    return (
        f"On the page <{address}>, or with its code anywhere:\n\n"
        f"```bash\ngit clone {address} furniture-voxels\n"
        "cd furniture-voxels\npip install -r requirements.txt\n```"
    )


def example_picture() -> str:
    """A picture of the gallery, for the snippet; a chair where there is one."""
    pictures = [p.name for p in (ROOT / "examples").glob("*") if p.suffix.lower() in PICTURES]
    chosen = min(pictures, key=lambda name: ("chair" not in name, name), default=None)
    return f"examples/{chosen}" if chosen else "chair.jpg"


def _table(subsets: dict) -> str:
    rows = [
        "| photos | | IoU | IoU, best | IoU, box not given | Chamfer | F-score | mask IoU "
        "| category right | azimuth error, median |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, figures in subsets.items():
        boxed, found = figures["boxed"], figures["found"]
        cells = [_number(boxed["iou"]), _number(boxed["iou_best"]), _number(found["iou"])]
        means = ("chamfer", "f_score", "mask_iou", "category_right")
        cells += [_number({**boxed[key], "low": None}) for key in means]
        turn = boxed["azimuth_error_median"]
        cells.append("–" if turn is None else f"{turn:.0f}°")
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


def training_table(notes: dict, weights_bytes: int) -> str:
    """A table of training.json, the trainer's notes, and the size of the weights."""
    notes = dict(notes)
    settings = notes.pop("settings", {})
    rows = {_label(k, v): v for k, v in notes.items() if not k.startswith("photos_")}
    if settings:
        rows["settings other than the defaults"] = _changed(settings) or "none"
    rows["weights"] = f"{weights_bytes / 1e6:.1f} MB safetensors"
    lines = [f"| {label} | {_cell(value)} |" for label, value in rows.items()]
    return "\n".join(["| | |", "|---|---|", *lines])


def _label(name: str, value) -> str:
    """What the trainer measures, it measures on generated scenes: not to be taken for photos."""
    measured = isinstance(value, float) and name != "minutes"
    return f"{name}, generated validation scenes" if measured else name


def _cell(value) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _changed(settings: dict) -> str:
    """The trainer's settings that were not left alone."""
    defaults = json.loads(json.dumps(asdict(TrainConfig())))  # tuples as the lists JSON knows
    changed = {
        k: v for k, v in settings.items() if v != defaults.get(k) and k not in OMITTED_SETTINGS
    }
    return ", ".join(f"`{name}={_without_folders(value)}`" for name, value in changed.items())


def _without_folders(value):
    """Of a path, also behind a "name=", the last part: the rest is somebody's disk."""
    if isinstance(value, list):
        return " ".join(map(str, map(_without_folders, value)))
    if not isinstance(value, str):
        return value
    name, equals, path = value.rpartition("=")
    return name + equals + Path(path).name
