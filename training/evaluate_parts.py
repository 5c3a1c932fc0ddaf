"""Measures furniture made of parts on generated pictures of pieces that the bank does not hold.

    python -m training.evaluate_parts --assets ../shared/data --pictures 352
    python -m training.evaluate_parts --dry-run                    # 4 pictures, without assets

| row | piece |
|---|---|
| smooth | the smooth surface, for comparison |
| first | first of the search |
| shown | best of the first five after the fit of their proportions |
| best of 20 | best for the truth among the first 20 of the search: gain of a perfect choice |
| reach | found in the bank for the true grid: gain of a perfect grid |

IoU at 32 cells, F-score at 2 % and 5 % (8,000 points), share of the right category and design, each
with its standard error. About 2 s of processor time a picture.
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
from pipeline.parts.fitting import IDENTITY, Warp
from pipeline.parts.meshes import part_meshes
from pipeline.parts.model import fit_best
from pipeline.parts.search import find_pieces
from training.console.command_line import argument_parser
from training.evaluation.metrics import iou
from training.parts.held_out_pictures import HeldOutPicture, held_out_pictures, studio_settings
from training.parts.mesh_scores import f_scores, mesh_points
from training.studio.assets import poses_path
from training.studio.config import StudioConfig
from voxel_model import load_model

TOP = 20  # pieces of the row "best of 20"
DRY_RUN_PICTURES = 4
NO_WARP = Warp(IDENTITY, 0.0)


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("evaluate_parts", __doc__)
    add = parser.add_argument
    add("--checkpoint", type=Path, default=Path("checkpoint"), help="folder with the weights")
    add("--bank", type=Path, help="file of pieces (default: pieces.npz of the checkpoint)")
    add("--assets", type=Path, help="folder with textures/, backgrounds/, hdri/, shapes/")
    add("--pictures", type=int, default=352, help="generated pictures")
    add("--grid", type=int, default=64, help="cells a side of the rendered shapes")
    add("--out", type=Path, help="JSON file for the rows of all pictures")
    add("--dry-run", action="store_true", help=f"{DRY_RUN_PICTURES} coarse pictures")
    return parser.parse_args(argv)


def studio_config(args: argparse.Namespace, image_size: int) -> StudioConfig:
    """Returns the studio's settings."""
    if args.dry_run:
        return studio_settings(replace(StudioConfig.small(), image_size=image_size))
    settings = StudioConfig(
        image_size=image_size,
        grid=args.grid,
        assets=args.assets and str(args.assets),
        poses=poses_path(args.assets),
    )
    return studio_settings(settings)


def score_picture(
    picture: HeldOutPicture, bank: PieceBank, threshold: float
) -> dict[str, dict[str, float]]:
    """Returns the scores of all rows for one picture."""
    prediction = picture.prediction
    found = find_pieces(bank, prediction)
    true_overlaps = [iou(grid > 0, picture.grid > 0) for grid in found.grids[:TOP]]
    best = int(np.argmax(true_overlaps))
    shown, warp, grid = fit_best(prediction, bank)
    truth = replace(prediction, occupancy=picture.grid, category_probabilities={}, descriptor=None)
    reached = find_pieces(bank, truth, TOP)

    def score(index: int, grid: np.ndarray, warp: Warp = NO_WARP) -> dict[str, float]:
        return score_piece(picture, bank, int(index), grid, warp)

    return {
        "smooth": score_smooth(picture, threshold),
        "first": score(found.indices[0], found.grids[0]),
        "shown": score(shown, grid, warp),
        "best of 20": score(found.indices[best], found.grids[best]),
        "reach": score(reached.indices[0], reached.grids[0]),
    }


def score_piece(
    picture: HeldOutPicture, bank: PieceBank, index: int, grid: np.ndarray, warp: Warp
) -> dict[str, float]:
    """Returns the scores of one piece of the bank.

    Parameters
    ----------
    picture : HeldOutPicture
    bank : PieceBank
    index : int
        Piece of the bank.
    grid : (32, 32, 32) float32
        Solid cells of the warped piece.
    warp : Warp
    """
    furniture = bank.build(index)
    parts = part_meshes(furniture)
    vertices = [warp.apply(part.vertices, part.normals)[0] for part in parts]
    starts = np.cumsum([0, *map(len, vertices[:-1])])
    faces = [part.faces + start for part, start in zip(parts, starts, strict=True)]
    points = mesh_points(np.concatenate(vertices), np.concatenate(faces))
    is_category = bank.category(index) == picture.category
    return {
        **_surface_scores(points, picture, grid > 0),
        "category": float(is_category),
        "design": float(is_category and furniture.name == picture.design),
    }


def score_smooth(picture: HeldOutPicture, threshold: float) -> dict[str, float]:
    """Returns the scores of the smooth surface."""
    prediction: Prediction = picture.prediction
    arrays = voxels_to_arrays(prediction.occupancy, prediction.colors, threshold)
    points = mesh_points(arrays.vertices, arrays.faces)
    scores = _surface_scores(points, picture, prediction.occupancy > threshold)
    return scores | {"category": float(prediction.category == picture.category)}


def _surface_scores(
    points: np.ndarray, picture: HeldOutPicture, solid: np.ndarray
) -> dict[str, float]:
    fine, coarse = f_scores(points, picture.points)
    return {"iou": iou(solid, picture.grid > 0), "f_2": fine, "f_5": coarse}


def table(rows: Sequence[dict]) -> str:
    """Returns means and standard errors of all pictures as text."""
    lines = []
    for name in rows[0]:
        cells = [f"{name:11}"]
        for key in rows[0][name]:
            values = np.array([row[name][key] for row in rows])
            cells.append(f"{key} {values.mean():.3f} ± {values.std() / len(rows) ** 0.5:.3f}")
        lines.append("  ".join(cells))
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    count = DRY_RUN_PICTURES if args.dry_run else args.pictures
    try:
        model = load_model(args.checkpoint, "cpu")
        bank = PieceBank.load(args.bank or args.checkpoint / FILE_NAME)
        pictures = held_out_pictures(model, studio_config(args, model.config.image_size), count)
        threshold = model.config.threshold
        rows = [score_picture(p, bank, threshold) for p in tqdm(pictures, total=count)]
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(rows)} pictures, {len(bank)} pieces\n{table(rows)}")
    if args.out:
        args.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
