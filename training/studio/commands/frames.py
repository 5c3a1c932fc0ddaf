"""Compares where objects lie in the studio's photographs and in real ones.

    python -m training.studio frames --poses ../shared/data/shapes/poses.json \
        --photos ../shared/data/pix3d_dev

Boxes are those of the visible part. The unit is the longest side of the photograph, y points down.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from core.boxes import crop_place, square_around
from core.errors import UserError
from training.console.command_line import argument_parser
from training.pix3d import dataset
from training.studio.random_numbers import random_numbers
from training.studio.scenes.cameras import project
from training.studio.studio import Studio, StudioConfig

CPU = torch.device("cpu")
SLOTS = 64  # shapes of the studio
COLUMNS = (
    *("x: deviation", "x: 5 %, 95 %", "y: mean", "y: deviation"),
    *("longer side: 10 %, 50 %, 90 %", "cut", "axis: median, 95 %"),
)


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("studio frames", __doc__)
    add = parser.add_argument
    add("--poses", type=Path, required=True, help="poses.json with boxes of real photographs")
    add("--photos", type=Path, help="photographs in Pix3D's layout")
    add("--count", type=int, default=5000, help="scenes of the studio; none is rendered")
    add("--seed", type=int, default=0, help="seed of the shapes and scenes")
    return parser.parse_args(argv)


def table_photos(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Returns places (N, 3) of the boxes in `poses.json`, and which of them are cut (N,)."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        places = [_place(row["mask_bbox"], (0, 0, *row["img_size"])) for row in rows]
        return np.array(places), np.array([row["truncated"] for row in rows])
    except (KeyError, OSError, TypeError, ValueError) as error:
        reason = f"a record has no {error}" if isinstance(error, KeyError) else error
        raise UserError(f"{path} is no table of boxes ({reason}).") from error


def folder_photos(root: Path) -> tuple[np.ndarray, np.ndarray]:
    """Returns the same of the photographs of a folder."""
    records = dataset.load_records(root)
    places = [_place(record.bbox, (0, 0, *record.img_size)) for record in records]
    return np.array(places), np.array([record.truncated for record in records])


def studio_photos(
    share: float, poses: Path, count: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the same of scenes, and the distance (N,) of the optical axis from the centre."""
    config = StudioConfig(grid=32, slots=SLOTS, poses=str(poses), centered_frames=share)
    studio = Studio(config, CPU, seed)
    studio.bank.advance(0)
    slot = torch.arange(count) % SLOTS
    scene, *_ = studio.scene(random_numbers(count, CPU, seed), slot)
    box, photo = project(scene.eye, scene.frame, studio.bank.support[slot]), scene.photo
    low, high = torch.maximum(box[:, :2], photo[:, :2]), torch.minimum(box[:, 2:], photo[:, 2:])
    visible = torch.cat([low, high], dim=1)
    is_cut = ((visible - box).abs() > 1e-4).any(dim=1).numpy()
    rows = zip(visible.tolist(), photo.tolist(), strict=True)
    places = np.array([_place(*row) for row in rows]) * (1, -1, 1)  # the image plane has y up
    axis = (photo[:, :2] + photo[:, 2:]).norm(dim=1) / 2
    return places, is_cut, (axis / (photo[:, 2:] - photo[:, :2]).amax(dim=1)).numpy()


def _place(box: Sequence[float], frame: Sequence[float]) -> tuple[float, float, float]:
    return crop_place(square_around(box), frame)


def describe(places: np.ndarray, is_cut: np.ndarray, axis: np.ndarray | None = None) -> list[str]:
    """Returns the values of COLUMNS for N photographs."""
    x, y, half = places.T

    def percentiles(values: np.ndarray, *shares: int) -> str:
        return ", ".join(f"{value:.2f}" for value in np.percentile(values, shares))

    return [
        *(f"{x.std():.3f}", percentiles(x, 5, 95), f"{y.mean():.3f}", f"{y.std():.3f}"),
        *(percentiles(2 * half, 10, 50, 90), f"{is_cut.mean():.2f}"),
        "unknown" if axis is None else percentiles(axis, 50, 95),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    try:
        sources = {"real photographs": table_photos(args.poses)}
        if args.photos:
            sources["folder"] = folder_photos(args.photos)
        for share in (1.0, 0.0):
            scenes = studio_photos(share, args.poses, args.count, args.seed)
            sources[f"centered_frames={share:g}"] = scenes
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    rows = {f"{name}, {len(photos[0])}": describe(*photos) for name, photos in sources.items()}
    print(f"| | {' | '.join(rows)} |\n|---|{'---|' * len(rows)}")
    for name, *values in zip(COLUMNS, *rows.values(), strict=True):
        print(f"| {name} | {' | '.join(values)} |")
    return 0
