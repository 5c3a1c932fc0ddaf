"""Measures the heads of a checkpoint on photographs: furniture of parts, found objects.

    python -m training.evaluate_heads --checkpoint runs/with_heads --data ../shared/data/pix3d_dev

Parts: F-score at 2 % and 5 % of the model of parts against the true shape, and IoU of its grid,
with the descriptor and without it. The smooth surface stands for photos without a model of parts.
Found objects: how often the annotated piece (box IoU of 0.6 or more) is among those found, and
first among them. A checkpoint without the heads gives the figures of today.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from core.errors import UserError
from core.prediction import Prediction
from meshing import voxels_to_arrays
from pipeline.parts.bank import FILE_NAME, PieceBank
from pipeline.parts.files import to_arrays
from pipeline.parts.model import choose
from pipeline.result import Result
from training.console.command_line import argument_parser
from training.evaluation import metrics
from training.evaluation.found_pieces import score_found
from training.parts.mesh_scores import f_scores, mesh_points, truth_points
from training.pix3d import dataset
from voxel_model import VoxelModel, load_model, predict

DRY_RUN_PHOTOS = 2


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("evaluate_heads", __doc__)
    add = parser.add_argument
    add("--data", required=True, help="folder that holds pix3d.json")
    add("--checkpoint", default="checkpoint", help="folder with the weights and pieces.npz")
    add("--out", help="JSON file for the rows of all photos")
    add("--photos", type=int, default=0, help="only the first photos; 0 for all")
    add("--dry-run", action="store_true", help=f"{DRY_RUN_PHOTOS} photos")
    return parser.parse_args(argv)


def score_parts(
    prediction: Prediction, bank: PieceBank, threshold: float, truth: np.ndarray, grid: np.ndarray
) -> dict[str, float]:
    """Returns the scores of the model of parts of one prediction.

    Parameters
    ----------
    prediction : Prediction
        Of the photo with its box.
    bank : PieceBank
        Bank of the model.
    threshold : float
        Of the smooth surface, which is scored if there is no model of parts.
    truth : (N, 3) float
        From `truth_points`.
    grid : (32, 32, 32) bool
        True cells.

    Returns
    -------
    dict
        f_2, f_5, iou and whether there is a model of parts.
    """
    model = choose(Result(prediction, "photo", Path(), threshold), bank)
    if model is None:
        arrays = voxels_to_arrays(prediction.occupancy, prediction.colors, threshold)
        solid = prediction.occupancy > threshold
    else:
        arrays, solid = to_arrays(model), model.grid > 0
    fine, coarse = f_scores(mesh_points(arrays.vertices, arrays.faces), truth)
    iou = metrics.iou(solid, grid)
    return {"f_2": fine, "f_5": coarse, "iou": iou, "has_parts": float(model is not None)}


def score_photo(
    model: VoxelModel, bank: PieceBank, root: str, record: dataset.Record
) -> dict[str, dict[str, float]]:
    """Returns all scores of one photo."""
    voxels = dataset.to_model_axes(dataset.read_voxels(root, record.voxel))
    truth = truth_points(voxels)
    grid = dataset.canonical_grid(voxels, metrics.PROTOCOL_SIDE)
    image = dataset.read_image(root, record)
    prediction = predict(model, image, record.bbox)
    args = (bank, model.config.threshold, truth, grid)
    row = {"by grid": score_parts(replace(prediction, descriptor=None), *args)}
    if prediction.descriptor is not None:
        row["with descriptor"] = score_parts(prediction, *args)
    return row | {"objects": score_found(model, image, record.bbox)}


def table(rows: Sequence[dict]) -> str:
    """Returns the means of all photos as text."""
    lines = []
    for name in rows[0]:
        figures = {key: np.mean([row[name][key] for row in rows]) for key in rows[0][name]}
        lines.append(f"{name:16} " + "  ".join(f"{k} {v:.3f}" for k, v in figures.items()))
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    try:
        model = load_model(args.checkpoint)
        bank = PieceBank.load(Path(args.checkpoint) / FILE_NAME)
        records = dataset.load_records(args.data)
        records = records[: DRY_RUN_PHOTOS if args.dry_run else args.photos or len(records)]
        rows = [score_photo(model, bank, args.data, r) for r in tqdm(records, disable=None)]
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(rows)} photos\n{table(rows)}")
    if args.out:
        images = [{"img": record.img, **row} for record, row in zip(records, rows, strict=True)]
        Path(args.out).write_text(json.dumps(images, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
