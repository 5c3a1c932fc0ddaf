"""Evaluates a checkpoint on real Pix3D photos with Pix3D's own protocol.

    python -m training.evaluate --data ../shared/data/pix3d_dev --checkpoint checkpoint
    python -m training.evaluate --data pix3d --checkpoint runs/a/best --splits runs/splits.json
    python -m training.evaluate --data ../shared/data/pix3d_dev --checkpoint checkpoint --dry-run
    python -m training.evaluate --data ../shared/data/pix3d_dev --predictions runs/theirs
    python -m training.evaluate --data ../shared/data/pix3d_dev --found --rooms 160 \
        --studio slots=192 assets=../shared/data

Prints a table and writes `evaluation.json` and `gallery.html` (photo, prediction and ground truth
from the same view) to --out. Each photo is predicted twice: cropped by its annotated box, and as a
whole picture in which the model detects the object. A photo that the model refuses scores zero.

--predictions scores files that any program wrote instead (docs/leaderboard.md) and writes
`leaderboard.json` and `leaderboard.md`.
--found measures how well the pieces are found, with --rooms on generated rooms too, and writes
`found.json` and `found.md`.
Exit status: 0 success, 1 unreadable photos were skipped, 2 wrong usage.
"""

import argparse
import datetime
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from core.errors import UserError
from training.console.command_line import argument_parser, make_output_folder, plain_output
from training.evaluation import baselines, found_pieces, report

# summarise is re-exported for tests/network/hub_client.py
from training.evaluation.summary import evaluate_records, summarise
from training.leaderboard import report as leaderboard
from training.leaderboard.appearance import Appearance
from training.leaderboard.predictions import find_predictions, list_files
from training.leaderboard.scores import score_predictions
from training.pix3d import dataset
from training.pix3d.protocols import part_of
from voxel_model import VoxelModel, load_model

__all__ = ["evaluate_records", "main", "summarise"]

DRY_RUN_PHOTOS = 4
DEFAULT_PART = "test"  # of --splits


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("evaluate", __doc__)
    add = parser.add_argument
    add("--data", required=True, help="folder that holds pix3d.json or photos.csv")
    add("--checkpoint", help="folder, Hub repo id or classic .pth (default: the shipped weights)")
    add("--out", default="runs/evaluation", help="folder for evaluation.json and gallery.html")
    add("--shapes", help="training pool for the baselines (default: <data>/../shapes if present)")
    add("--splits", help="JSON or name of training.splits: only the photos of one part")
    add("--split-seed", type=int, default=0, help="seed of a named split, as --seed of training")
    add("--split", help=f"name of that part (default: {DEFAULT_PART})")
    add("--device", default="auto", help="auto, cpu, cuda, mps")
    add("--batch-size", type=int, default=8, help="photos a batch, each predicted twice")
    add("--gallery-photos", type=int, default=200, help="maximum number in gallery.html")
    add("--predictions", type=Path, help="score the files of this folder instead of a checkpoint")
    add("--name", help="name of the program that made them (default: the name of the folder)")
    add("--appearance-weights", type=Path, help="ImageNet weights that compare the appearance")
    add("--found", action="store_true", help="measure how well all pieces of a photo are found")
    add("--rooms", type=int, default=0, help="of --found: generated rooms for the precision")
    add("--studio", nargs="*", default=(), metavar="NAME=VALUE", help="of --rooms: StudioConfig")
    add("--dry-run", action="store_true", help=f"{DRY_RUN_PHOTOS} photos, no baselines")
    args = parser.parse_args(argv)
    if args.predictions and (args.checkpoint or args.found):
        parser.error("--predictions scores files; leave out --checkpoint and --found.")
    if args.split and not args.splits:
        parser.error("--split needs --splits, which says what the parts hold.")
    args.split = args.split or DEFAULT_PART
    return args


def choose_records(args: argparse.Namespace) -> list[dataset.Record]:
    """Returns the records that the options select; DataError if there are none."""
    records = dataset.load_records(args.data)
    if args.splits:
        records = part_of(args.data, records, args.splits, args.split, args.split_seed)
    if args.dry_run:
        records = records[:: max(1, len(records) // DRY_RUN_PHOTOS)][:DRY_RUN_PHOTOS]
    if not records:
        raise dataset.DataError("No photo is left to evaluate; check --data, --splits and --split.")
    return records


def find_pool(args: argparse.Namespace) -> baselines.Pool | None:
    """Loads the shapes of the baselines; None for a dry run or if there are none."""
    folder = Path(args.shapes) if args.shapes else Path(args.data).resolve().parent / "shapes"
    if args.dry_run or not (args.shapes or (folder / baselines.POOL_FILE).is_file()):
        return None
    return baselines.load_voxel_pool(folder)


def describe_run(args: argparse.Namespace, model: VoxelModel, seconds: float) -> dict:
    """Returns the head of evaluation.json: checkpoint, data, date, machine, protocol."""
    device = next(model.parameters()).device
    return {
        "checkpoint": str(args.checkpoint or "the shipped weights"),
        "data": str(args.data),
        "date": datetime.date.today().isoformat(),
        "dry_run": args.dry_run,
        "resolution": model.config.resolution,
        "decoder": model.config.decoder,
        "seconds": round(seconds, 1),
        "machine": f"{device}, torch {torch.__version__}, Python {platform.python_version()}",
        "protocol": report.PROTOCOL,
    }


def compare(args: argparse.Namespace) -> int:
    """Scores the predictions of another program; returns the exit status."""
    records = choose_records(args)
    files = find_predictions(args.predictions, records)
    weights = args.appearance_weights
    appearance = Appearance(weights) if weights else None
    result = score_predictions(Path(args.data), records, files, appearance)
    name, today = args.name or args.predictions.name, datetime.date.today().isoformat()
    head = {"name": name, "data": args.data, "date": today, "dry_run": args.dry_run}
    result = head | {"protocol": leaderboard.PROTOCOL} | result
    result["unused"] = sorted(set(list_files(args.predictions).values()) - set(files.values()))
    result["unused"] = [file.relative_to(args.predictions).as_posix() for file in result["unused"]]
    leaderboard.write_report(Path(args.out), result)
    print(leaderboard.markdown(result))
    print(*leaderboard.left_over(result), sep="\n")
    print(f"written: {args.out}/leaderboard.json, {args.out}/leaderboard.md")
    return 1 if result["missing"] else 0


def evaluate_found(args: argparse.Namespace) -> int:
    """Measures how well pieces are found; returns the exit status."""
    start = time.perf_counter()
    records = choose_records(args)
    model = load_model(args.checkpoint, args.device)
    result = found_pieces.measure_found(model, args.data, records, args.batch_size)
    if args.rooms:
        result["figures"] |= found_pieces.measure_rooms(model, args.rooms, args.studio)
    head = describe_run(args, model, time.perf_counter() - start)
    del head["protocol"]
    result = head | result
    found_pieces.write_found(Path(args.out), result)
    print(found_pieces.markdown(result))
    print(f"written: {args.out}/found.json, {args.out}/found.md")
    return 1 if result["skipped"] else 0


def evaluate_photos(args: argparse.Namespace) -> int:
    """Scores a checkpoint on photographs; returns the exit status."""
    start = time.perf_counter()
    records = choose_records(args)
    pool = find_pool(args)
    model = load_model(args.checkpoint, args.device)
    result, sections = evaluate_records(
        model, args.data, records, pool, args.batch_size, args.gallery_photos
    )
    published = {"published": baselines.published_figures(result["subsets"])}
    result = describe_run(args, model, time.perf_counter() - start) | published | result
    report.write_report(args.out, result, sections)
    print(report.table(result))
    print(f"written: {args.out}/evaluation.json, {args.out}/gallery.html")
    return 1 if result["skipped"] else 0


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    plain_output()
    evaluation = evaluate_photos
    if args.predictions:
        evaluation = compare
    elif args.found:
        evaluation = evaluate_found
    try:
        make_output_folder(Path(args.out))
        return evaluation(args)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
