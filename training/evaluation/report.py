"""The report of an evaluation: the printed table, `evaluation.json` and `gallery.html`."""

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from core.prediction import Prediction
from training.evaluation.gallery import DEFAULT_VIEW, draw_voxels, html_page, html_section
from training.evaluation.scoring import Sample
from training.pix3d import dataset

PROTOCOL = """\
IoU at 32^3 by Pix3D's protocol: grids over 100 a side are 4x max-pooled (64 a side: 2x), cropped to
the box at >= 0.1, padded to a cube, resampled trilinearly to 32^3, compared at one threshold.
IoU(own): at config.threshold, fixed before this run; unbiased on photos not used to choose it.
IoU(best): at the one of 0.01 ... 0.49 that is best for the mean over these very photos, box given:
the published practice, biased upward.
[low, high]: 95 % bootstrap over shapes, since photos of one shape are not independent.
Clean: not truncated, not occluded, not slightly occluded.
Raw IoU, precision, recall: in the model's own frame at its own threshold, without realignment.
Chamfer: 1,024 surface points, longest side 1, mean nearest distance, both directions summed.
Mask: IoU with the annotation, which is the rendered CAD model, not the outline in the photo.
F: F-score of 8,192 points at 0.05 of the longest side. Crumbled: largest piece < 90 % of cells."""
DRAWING_SIZE = 256  # pixels a side of the drawn grids
COLUMNS = {  # heading -> (figure, width, decimals)
    "raw IoU": ("raw_iou", 8, 3),
    "prec.": ("precision", 6, 3),
    "recall": ("recall", 7, 3),
    "Chamfer": ("chamfer", 8, 3),
    "F": ("f_score", 6, 3),
    "mask": ("mask_iou", 6, 3),
    "categ.": ("category_right", 7, 3),
    "az.med": ("azimuth_error_median", 7, 1),
    ">90deg": ("azimuth_wrong", 7, 3),
    "crumb.": ("crumbled", 7, 3),
}


def table(result: dict) -> str:
    """Formats an evaluation as text, for the terminal and the top of the gallery.

    Parameters
    ----------
    result : dict
        The content of evaluation.json.
    """
    own, best = result["threshold"]["own"], result["threshold"]["best_on_these_photos"]
    overall = result["subsets"].get("all", {"photos": 0, "shapes": 0})
    lines = [
        f"{result['checkpoint']} ({result['resolution']}^3, {result['decoder']}) on "
        f"{overall['photos']} photos of {overall['shapes']} shapes, {len(result['skipped'])} "
        f"skipped; {result['seconds']} s, {result['machine']}, {result['date']}",
        *result["skipped"],
        "",
        f"Box given. own threshold {own:.2f}, best on these photos {best:.2f}",
        *prediction_lines(result["subsets"], "boxed"),
        "",
        "Box not given: the object detected in the whole picture",
        *prediction_lines(result["subsets"], "found"),
        "",
        *baseline_lines(result["subsets"]),
        *published_lines(result["published"]),
    ]
    return "\n".join(lines)


def prediction_lines(subsets: dict, part: str) -> list[str]:
    """Formats the figures of each subset; `part` is "boxed" or "found"."""
    heading = f"{'subset':16}{'photos':>7}  {'IoU(own)':21}{'IoU(best)':21}"
    heading += "".join(f"{name:>{width}}" for name, (_, width, _) in COLUMNS.items())
    lines = [heading + ("  IoU kept" if part == "found" else "")]
    for name, figures in subsets.items():
        values = figures[part]
        line = f"{name:16}{figures['photos']:7}  "
        line += f"{interval(values['iou']):21}{interval(values['iou_best']):21}"
        for key, width, decimals in COLUMNS.values():
            value = values[key]["mean"] if isinstance(values[key], dict) else values[key]
            line += f"{value:{width}.{decimals}f}"
        ratio = f"{figures['kept_without_box']:10.1%}" if part == "found" else ""
        lines.append(line + ratio)
    return lines


def interval(figure: dict) -> str:
    """Formats a mean with its interval, if it has one."""
    if figure["low"] is None:
        return f"{figure['mean']:.3f}"
    return f"{figure['mean']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"


def baseline_lines(subsets: dict) -> list[str]:
    """Formats the IoU of the baselines in each subset, each at its own best threshold."""
    names = subsets["all"]["baselines"] if "all" in subsets else {}
    if not names:
        return ["Baselines: left out (no training pool available, see --shapes)"]
    lines = [
        "Baselines: true category given, nearest shape chosen by the truth, best threshold each",
        f"{'subset':25}" + "".join(f"{name:26}" for name in names).rstrip(),
    ]
    for subset, figures in subsets.items():
        cells = "".join(f"{interval(figures['baselines'][name]):26}" for name in names)
        lines.append(f"{subset:25}{cells.rstrip()}")
    return lines


def published_lines(published: dict | None) -> list[str]:
    """Formats `baselines.published_figures`; no line if nothing compares with these photos."""
    if not published:
        return []
    figures = "  ".join(f"{name} {iou:.3f}" for name, iou in published["iou"].items())
    return ["", f"Published for {published['subset']} ({published['note']})", figures]


def photo_section(
    sample: Sample,
    boxed: Prediction | None,
    found: Prediction | None,
    row: dict,
    threshold: float,
) -> str:
    """Returns the HTML of one photo: picture, predictions and ground truth from one view.

    Parameters
    ----------
    sample : Sample
        Photo and ground truth.
    boxed, found : Prediction or None
        Predictions with the annotated box and without a box.
    row : dict
        From `summary.score_row`.
    threshold : float
        Cells above it are drawn.
    """
    record = sample.record
    azimuth, elevation = record.azimuth, record.elevation
    if azimuth is None:
        azimuth, elevation = DEFAULT_VIEW if boxed is None else (boxed.azimuth, boxed.elevation)
    figures = [
        (
            "photo; given box in blue, detected box in orange",
            draw_boxes(record, found, sample.image),
        )
    ]
    for name, prediction in (("box given", boxed), ("found", found)):
        if prediction is not None:
            grid, colors = prediction.occupancy, prediction.colors
            drawing = draw_voxels(grid, colors, azimuth, elevation, DRAWING_SIZE, threshold)
            figures.append((f"prediction, {name}", drawing))
    figures.append(("truth", draw_voxels(sample.truth, None, azimuth, elevation, DRAWING_SIZE)))
    return html_section(record.img, figures, photo_facts(record, row))


def draw_boxes(record: dataset.Record, found: Prediction | None, image: Image.Image) -> Image.Image:
    """Draws the annotated box in blue and the detected box, if any, in orange on the photo."""
    image = image.copy()
    draw = ImageDraw.Draw(image)
    width = max(2, max(image.size) // 200)
    draw.rectangle(record.bbox, outline=(40, 110, 230), width=width)
    if found is not None:
        draw.rectangle(tuple(found.box), outline=(240, 130, 20), width=width)
    return image


def photo_facts(record: dataset.Record, row: dict) -> dict:
    """Returns {label: text} of one photo's scores, for its HTML section."""
    boxed, found = row["boxed"], row["found"]
    flags = ("truncated", "occluded", "slightly_occluded")
    return {
        "IoU, box given": f"{boxed['iou']:.3f}",
        "IoU, found": f"{found['iou']:.3f}",
        "Chamfer": f"{boxed['chamfer']:.3f}",
        "mask IoU": f"{boxed['mask_iou']:.3f}",
        "largest piece": f"{boxed['largest_piece']:.3f}",
        "category": f"{boxed.get('category', 'none')} (true: {record.category})",
        "azimuth error": f"{boxed['azimuth_error']:.0f} deg",
        "shape": record.shape,
        "picture": ", ".join(flag for flag in flags if getattr(record, flag)) or "clean",
    }


def write_report(out: str | os.PathLike, result: dict, sections: Sequence[str]) -> None:
    """Writes evaluation.json and gallery.html into a folder.

    Parameters
    ----------
    out : str or os.PathLike
        Folder, created if it does not exist.
    result : dict
        Content of evaluation.json; NaN is written as null.
    sections : sequence of str
        From `photo_section`, from the worst to the best photo.
    """
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(without_nan(result), indent=1, allow_nan=False) + "\n"
    (out / "evaluation.json").write_text(text, encoding="utf-8")
    introduction = f"{table(result)}\n\n{PROTOCOL}\n\nFrom the worst photo to the best."
    text = html_page(f"Evaluation of {result['checkpoint']}", introduction, sections)
    (out / "gallery.html").write_text(text, encoding="utf-8")


def without_nan(value: object) -> object:
    """Replaces each NaN in nested dicts and lists by None, since JSON has no NaN."""
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(item) for item in value]
    if isinstance(value, float) and math.isnan(value):
        return None
    return value
