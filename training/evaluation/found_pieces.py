"""Scores of the pieces that a model finds in photographs, and in generated rooms.

    result = measure_found(model, root, records)
    print(markdown(result))

Pix3D annotates one piece of each photograph. `one_piece_photos.txt` names the photographs of
pix3d_dev that show no other piece of furniture; a person looked at each.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from core.boxes import Box, box_iou
from core.errors import UserError
from training.evaluation.report import interval, without_nan
from training.evaluation.summary import evaluate_records, mean_with_interval
from training.heads.command import held_out_studio, studio_settings, validation_batches
from training.heads.objects.metrics import rank_of
from training.heads.objects.training import ObjectConfig, ObjectTraining
from training.pix3d import dataset
from training.studio.room_batches import FurnishedRooms
from voxel_model import VoxelModel, find_objects

MAX_FOUND = 8  # found pieces that count
SAME_PIECE = 0.6  # box IoU from which a found piece is the annotated one
ONE_PIECE_PHOTOS = Path(__file__).parent / "one_piece_photos.txt"
ROOM_BATCH = 16  # generated rooms rendered at once

# key: the figure in words, least value and aim of issue 21
FIGURES = {
    "found": (f"annotated piece among at most {MAX_FOUND} found (box IoU ≥ {SAME_PIECE})", 92, 98),
    "first": ("annotated piece found first", 75, 85),
    "one_piece_box_iou": ("photographs of one piece: box IoU of the first", 0.91, 0.93),
    "one_piece_alone": ("photographs of one piece: exactly one found", None, None),
    "precision_50": ("generated rooms: average precision at IoU 0.5", 0.80, 0.90),
    "kept_without_box": ("shape IoU without a box, as a share of that with it", 92, 98),
}
PERCENT = ("found", "first", "one_piece_alone", "kept_without_box")


def score_found(model: VoxelModel, image: Image.Image, box: Box) -> dict[str, float]:
    """Returns whether the annotated box is found and first, and the IoU of the first box."""
    boxes = [found.box for found in find_objects(model, image)][:MAX_FOUND]
    rank = rank_of(boxes, box, SAME_PIECE)
    return {
        "found": float(rank is not None),
        "first": float(rank == 0),
        "first_box_iou": box_iou(boxes[0], box) if boxes else 0.0,
        "objects": float(len(boxes)),
    }


def measure_found(
    model: VoxelModel, root: str | Path, records: Sequence[dataset.Record], batch_size: int = 8
) -> dict[str, Any]:
    """Measures a model on photographs.

    Parameters
    ----------
    model : VoxelModel
        The model.
    root : str or Path
        Folder of pix3d.json.
    records : sequence of Record
        Photographs with one annotated box each.
    batch_size : int
        Photographs a batch for the IoU of the shapes.

    Returns
    -------
    dict
        `figures` (by name "mean", "low", "high", "photos"), `photos` (rows) and `skipped`. A
        photograph that cannot be read is left out.
    """
    shapes, _ = evaluate_records(model, root, records, None, batch_size)
    readable = {row["img"] for row in shapes["photos"]}
    kept = [record for record in records if record.img in readable]
    rows = []
    for record in kept:
        scores = score_found(model, dataset.read_image(root, record), record.bbox)
        rows.append({"img": record.img, "shape": record.shape, **scores})
    return {
        "figures": found_figures(rows, shapes),
        "photos": rows,
        "skipped": shapes["skipped"],
    }


def found_figures(rows: Sequence[dict], shapes: dict) -> dict[str, dict]:
    """Returns the figures of the table.

    Parameters
    ----------
    rows : sequence of dict
        `score_found` of each photograph with its `img` and `shape`.
    shapes : dict
        Result of `evaluate_records` for the same photographs.
    """
    names = set(ONE_PIECE_PHOTOS.read_text(encoding="utf-8").split())
    single = [row for row in rows if row["img"].removeprefix("img/") in names]
    figures = {name: _mean(rows, [row[name] for row in rows]) for name in ("found", "first")}
    if single:
        alone = [float(row["objects"] == 1) for row in single]
        figures["one_piece_box_iou"] = _mean(single, [row["first_box_iou"] for row in single])
        figures["one_piece_alone"] = _mean(single, alone)
    everything = shapes["subsets"].get("all")
    if everything:
        share = {"mean": everything["kept_without_box"], "low": None, "high": None}
        figures["kept_without_box"] = share | {"photos": len(rows)}
    return figures


def _mean(rows: Sequence[dict], values: Sequence[float]) -> dict:
    """Returns the mean with its interval over shapes, and the number of photographs."""
    return mean_with_interval(values, [row["shape"] for row in rows]) | {"photos": len(rows)}


def measure_rooms(model: VoxelModel, count: int, studio: Sequence[str]) -> dict[str, dict]:
    """Measures the object head on generated rooms of shapes that training does not see.

    Parameters
    ----------
    model : VoxelModel
        A model with an object head.
    count : int
        Rooms, in whole batches of ROOM_BATCH.
    studio : sequence of str
        Fields of StudioConfig as name=value.

    Returns
    -------
    dict
        `precision_50` and `precision_75` as figures of the table.

    Raises
    ------
    UserError
        If the model has no object head.
    """
    if not model.config.objects:
        raise UserError("This checkpoint has no head that finds pieces; leave out --rooms.")
    config = ObjectConfig(batch_size=ROOM_BATCH, val_pictures=count, studio=tuple(studio))
    device = next(model.parameters()).device
    rooms = FurnishedRooms(held_out_studio(studio_settings(config, model), device))
    batches = validation_batches(rooms.batch, config)
    measured = ObjectTraining(model, rooms, batches, config, device).measure(model.object_head)
    pictures = sum(map(len, batches))
    return {
        name: {"mean": measured[name], "low": None, "high": None, "photos": pictures}
        for name in ("precision_50", "precision_75")
    }


def markdown(result: dict) -> str:
    """Returns the figures as a Markdown table, with the least values and the aims of issue 21."""
    lines = ["| figure | measured | pictures | least | aim |", "|---|---|---|---|---|"]
    for name, (words, least, aim) in FIGURES.items():
        if name in result["figures"]:
            figure = result["figures"][name]
            limits = " | ".join(_limit(name, value) for value in (least, aim))
            lines.append(f"| {words} | {_text(name, figure)} | {figure['photos']} | {limits} |")
    return "\n".join(lines)


def _text(name: str, figure: dict) -> str:
    if name not in PERCENT:
        return interval(figure)
    low, high = figure["low"], figure["high"]
    limits = "" if low is None else f" [{100 * low:.1f}, {100 * high:.1f}]"
    return f"{100 * figure['mean']:.1f} %{limits}"


def _limit(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value} %" if name in PERCENT else f"{value:.2f}"


def write_found(out: Path, result: dict) -> None:
    """Writes `found.json` and `found.md` into a folder; NaN is written as null."""
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(without_nan(result), indent=1, allow_nan=False)
    (out / "found.json").write_text(text + "\n", encoding="utf-8")
    (out / "found.md").write_text(markdown(result) + "\n", encoding="utf-8")
