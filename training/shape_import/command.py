"""Imports 3D files of your own as shapes for the studio.

    python -m training.data import lamps --out data/lamps.npz
    python -m training.data import lamps --out data/lamps.npz --table data/lamps.csv
    python -m training.data import lamps --out data/lamps.npz --held-out data/held_out.npz

Reads OBJ, GLB, glTF, PLY, STL, OFF, .binvox, .npz and .npy in a folder and its sub-folders, and
ShapeNet's layout. Prints category, front and up of each file and marks guesses with *. Beside the
output it writes a contact sheet (.jpg) in which a red arrow shows the front of each shape, and the
table (.csv). Correct wrong rows of the table and import again with --table. Exit status: 0 success,
1 some files cannot be used, 2 wrong usage.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from zlib import crc32

from core.errors import UserError
from training.console.command_line import argument_parser, make_output_folder, plain_output
from training.data.file_workers import map_files
from training.shape_import.contact_sheet import MAX_SHAPES, draw_sheet
from training.shape_import.formats import ShapeFileError
from training.shape_import.packing import pack_shape
from training.shape_import.table import (
    ShapeEntry,
    left_out_files,
    list_entries,
    read_table,
    write_table,
)
from training.studio.shapes.cad import CadModel
from training.studio.shapes.cad_packing import save_pool

HELD_OUT_SHARE = 0.15  # of the shapes of a category, at least one of two or more
PRINTED_ROWS = 60  # longer tables are cut on the screen


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("data import", __doc__)
    add = parser.add_argument
    add("folder", type=Path, help="folder with 3D files")
    add("--out", type=Path, required=True, help="file of shapes to write, .npz")
    add("--table", type=Path, help="CSV with the columns file, category, front, up")
    add("--held-out", type=Path, help="file for the shapes that no run trains on")
    add("--jobs", type=int, default=os.cpu_count() or 1, help="number of processes")
    args = parser.parse_args(argv)
    if args.jobs < 1:
        parser.error(f"--jobs is {args.jobs}; it must be 1 or more.")
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    plain_output()
    try:
        check_outputs(args)
        entries = chosen_entries(args)
        models, rows, errors = pack_all(args.folder, entries, args.jobs)
        if not models:
            raise ShapeFileError(f"No shape of {args.folder} can be used: {'; '.join(errors)}")
        write_files(args, models, rows)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    for line in errors:
        print(f"skipped {line}", file=sys.stderr)
    return 1 if errors else 0


def check_outputs(args: argparse.Namespace) -> None:
    """Checks the files to write before the shapes are read, and makes their folders."""
    outputs = {"--out": args.out, "--held-out": args.held_out}
    for option, path in outputs.items():
        if path and path.suffix != ".npz":
            raise ShapeFileError(f"{option} is {path}; it must end in .npz.")
    if args.held_out and args.held_out.resolve() == args.out.resolve():
        raise ShapeFileError(f"--out and --held-out are both {args.out}; name two files.")
    if not args.folder.is_dir():
        raise ShapeFileError(f"There is no folder {args.folder}; name one with 3D files.")
    for option, path in outputs.items():
        if path:
            make_output_folder(path.parent, option)


def chosen_entries(args: argparse.Namespace) -> list[ShapeEntry]:
    """Lists the shapes of the folder without the files that the command writes."""
    own = {path.resolve() for path in (args.out, args.held_out) if path}
    entries = list_entries(args.folder, read_table(args.table) if args.table else ())
    return [entry for entry in entries if (args.folder / entry.file).resolve() not in own]


def pack_all(
    folder: Path, entries: Sequence[ShapeEntry], jobs: int
) -> tuple[list[CadModel], list[tuple[ShapeEntry, bool]], list[str]]:
    """Reads all shapes in `jobs` processes.

    Returns
    -------
    models : list of CadModel
        The usable shapes.
    rows : list of (ShapeEntry, bool)
        Their entries with the front that was used, and whether they are closed.
    errors : list of str
        A line for each file that cannot be used.
    """
    models, rows, errors = [], [], []
    for entry, result, error in map_files(partial(pack_shape, folder), entries, jobs, "shape"):
        if result is None:
            errors.append(error if entry.file in error else f"{entry.file}: {error}")
            continue
        model, closed, front = result
        models.append(model)
        values = {**vars(entry), "front": front}
        rows.append((ShapeEntry(**values), closed))
    return models, rows, errors


def write_files(
    args: argparse.Namespace, models: list[CadModel], rows: list[tuple[ShapeEntry, bool]]
) -> None:
    """Writes shapes, table and contact sheet, and prints the table."""
    table, sheet = args.out.with_suffix(".csv"), args.out.with_suffix(".jpg")
    print(*table_lines(rows, models), sep="\n")
    left_out = left_out_files(args.folder)
    if left_out:
        print(
            f"{len(left_out)} files are the same shapes in another format and were left out, such "
            f"as {left_out[0]}."
        )
    held_out = held_out_names(models) if args.held_out else set()
    for path, chosen in (
        (args.out, [m for m in models if m.name not in held_out]),
        (args.held_out, [m for m in models if m.name in held_out]),
    ):
        if path and chosen:
            save_pool(chosen, path)
            print(f"{len(chosen)} shapes, {path.stat().st_size / 1e3:,.0f} kB in {path}")
    if args.held_out and not held_out:
        print("No shape is held out: a category needs two shapes or more.")
        args.held_out.unlink(missing_ok=True)  # of an earlier import
    write_table(table, [entry for entry, _ in rows])
    draw_sheet(models).save(sheet)
    if len(models) > MAX_SHAPES:
        print(f"{sheet} shows the first {MAX_SHAPES} shapes.")
    print(
        f"Red arrows in {sheet} show the fronts; correct {table} and import with --table {table}."
    )


def table_lines(rows: Sequence[tuple[ShapeEntry, bool]], models: Sequence[CadModel]) -> list[str]:
    """Formats a line for each shape; * marks what was guessed."""
    lines = [f"{'file':40} {'category':12} {'front':6} {'up':6} {'mesh':12} solid"]
    for (entry, closed), model in zip(rows[:PRINTED_ROWS], models, strict=False):
        cells = [
            getattr(entry, name) + "*" * (name in entry.guessed)
            for name in ("category", "front", "up")
        ]
        walls = "closed" if closed else "thin walls"
        share = model.solid.mean()
        file = entry.file if len(entry.file) <= 40 else "..." + entry.file[-37:]
        lines.append(f"{file:40} {cells[0]:12} {cells[1]:6} {cells[2]:6} {walls:12} {share:5.1%}")
    if len(rows) > PRINTED_ROWS:
        lines.append(f"... and {len(rows) - PRINTED_ROWS} more in the table")
    return [*lines, "* guessed"]


def held_out_names(models: Sequence[CadModel]) -> set[str]:
    """Chooses HELD_OUT_SHARE of each category by the names, so that more files change little."""
    chosen: set[str] = set()
    for category in {model.category for model in models}:
        names = sorted((m.name for m in models if m.category == category), key=_hash)
        if len(names) > 1:
            chosen |= set(names[: max(1, round(HELD_OUT_SHARE * len(names)))])
    return chosen


def _hash(name: str) -> tuple[int, str]:
    """Order of the names that does not depend on their alphabet."""
    return crc32(name.encode()), name
