"""The result of a comparison as Markdown and JSON."""

import json
from pathlib import Path

from training.evaluation.report import without_nan

PROTOCOL = """\
IoU: Pix3D's protocol at 32^3, at the prediction's own threshold (0.5 where the file has none).
IoU best: at the one of 0.01 ... 0.49 with the highest mean over these photographs.
Chamfer, EMD: Pix3D's, 1,024 points of the isosurface at 0.1 (of a mesh: of its surface).
F 1 %, 2 %, 5 %: F-score of 8,000 points; normals: mean |cosine| at nearest points.
Loose: largest connected surface below 99 % of the area. Apart: largest solid piece below 99 % of
the cells. Pair, KID x 1000: ImageNet features of 8 views; lower is better.
[low, high]: 95 % bootstrap over shapes. A photograph without a prediction has the worst scores."""
MOST_NAMES = 5  # printed of the files that are missing or not used
COLUMNS = {  # heading -> (figure, decimals)
    "IoU": ("iou", 3),
    "IoU best": ("iou_best", 3),
    "Chamfer": ("chamfer", 3),
    "EMD": ("emd", 3),
    "F 1 %": ("f01", 3),
    "F 2 %": ("f02", 3),
    "F 5 %": ("f05", 3),
    "normals": ("normals", 3),
    "loose": ("loose", 2),
    "apart": ("apart", 2),
    "pair": ("pair", 3),
    "KID": ("kid", 0),
}


def markdown(result: dict) -> str:
    """Formats a result as a Markdown table with one row for each subset.

    Parameters
    ----------
    result : dict
        From `scores.score_predictions`, with "name" and "data".
    """
    everything = result["subsets"]["all"]
    present = {head: column for head, column in COLUMNS.items() if column[0] in everything}
    lines = [
        f"**{result['name']}** on {everything['photos']} photographs of {everything['shapes']} "
        f"shapes ({result['data']}); {len(result['missing'])} without a prediction; "
        f"best threshold {result['threshold']:.2f}",
        "",
        "| subset | photos | " + " | ".join(present) + " |",
        "|---|---|" + "---|" * len(present),
    ]
    for name, figures in result["subsets"].items():
        cells = [cell(figures.get(key), digits) for key, digits in present.values()]
        lines.append(f"| {name} | {figures['photos']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def left_over(result: dict) -> list[str]:
    """Returns lines that name photographs without a prediction, and files that were not used."""
    kinds = {"without a prediction": result["missing"], "not used": result["unused"]}
    return [
        f"{what}: {', '.join(names[:MOST_NAMES])}" + (" ..." if len(names) > MOST_NAMES else "")
        for what, names in kinds.items()
        if names
    ]


def cell(value: dict | float | None, digits: int) -> str:
    """Formats a figure, with its interval if it has one."""
    if value is None:
        return "–"
    if not isinstance(value, dict):
        return f"{value:.{digits}f}"
    text = f"{value['mean']:.{digits}f}"
    if value["low"] is None:
        return text
    return f"{text} [{value['low']:.{digits}f}, {value['high']:.{digits}f}]"


def write_report(out: Path, result: dict) -> None:
    """Writes leaderboard.json and leaderboard.md into a folder, created if it does not exist."""
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(without_nan(result), indent=1, allow_nan=False)
    (out / "leaderboard.json").write_text(text + "\n", encoding="utf-8")
    text = f"{markdown(result)}\n\n{PROTOCOL}\n"
    (out / "leaderboard.md").write_text(text, encoding="utf-8")
