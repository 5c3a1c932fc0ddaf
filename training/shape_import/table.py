"""The table of an import: category, front and up of each file, given or guessed.

    entries = list_entries(Path("lamps"), read_table(Path("lamps.csv")))
    write_table(Path("shapes.csv"), entries)

A table is a CSV file with the columns file, category, front and up. `file` is a path in the folder
or a pattern such as lamp/*. The last row that matches a file counts. An empty cell is guessed:

- category: ShapeNet's synset, else the folder of the file, else the imported folder.
- up and front: +y and -z in ShapeNet's layout, +y and +z in GLB, glTF, OBJ and grids, +z and -y in
  PLY, STL and OFF.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from core.errors import UserError
from training.data.csv_tables import read_rows
from training.shape_import.directions import parse_direction, to_model_axes
from training.shape_import.formats import GRID_SUFFIXES, MESH_SUFFIXES, ShapeFileError
from training.shape_import.synsets import SYNSETS

COLUMNS = ("category", "front", "up")
Z_UP = (".ply", ".stl", ".off")  # CAD programs and ModelNet write these with z up
NORMALIZED = "model_normalized.obj"  # ShapeNet v2; v1 has model.obj in the folder of the shape


@dataclass(frozen=True)
class ShapeEntry:
    """One file of an import; directions are those of the object in the axes of the file."""

    file: str  # path in the folder, with forward slashes
    name: str  # name of the shape in the packed file
    category: str
    front: str
    up: str
    guessed: frozenset[str] = frozenset()  # columns that no table gave


def read_table(path: Path) -> list[dict[str, str]]:
    """Reads the rows of a table.

    Parameters
    ----------
    path : Path
        CSV file.

    Returns
    -------
    list of dict
        The rows with the columns of COLUMNS and `file`; "" where a cell is empty.

    Raises
    ------
    ShapeFileError
        If the file is missing or has no column `file`, or a direction is none.
    """
    try:
        columns, lines = read_rows(path, ("file", *COLUMNS))
    except UserError as error:
        raise ShapeFileError(str(error)) from None
    if "file" not in columns:
        raise ShapeFileError(
            f"{path} has no column file; its first line names the columns: file,category,front,up."
        )
    rows = [{name: line.get(name, "") for name in ("file", *COLUMNS)} for line in lines]
    for number, row in enumerate(rows, start=2):
        row["file"] = row["file"].replace("\\", "/").removeprefix("./")
        for name in ("front", "up"):
            try:
                row[name] = row[name] and parse_direction(row[name])
            except ShapeFileError as error:
                raise ShapeFileError(f"{path}, line {number}: {error}") from None
    return rows


def write_table(path: Path, entries: Sequence[ShapeEntry]) -> None:
    """Writes the table of an import, with all guesses, to correct it and to import again."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", *COLUMNS, "guessed"])
        for entry in entries:
            cells = [getattr(entry, name) for name in COLUMNS]
            writer.writerow([entry.file, *cells, " ".join(sorted(entry.guessed))])


def list_entries(folder: Path, rows: Sequence[dict[str, str]] = ()) -> list[ShapeEntry]:
    """Lists the shapes of a folder in the order of their paths.

    Parameters
    ----------
    folder : Path
        Folder with 3D files, also in sub-folders.
    rows : sequence of dict
        Result of `read_table`.

    Raises
    ------
    ShapeFileError
        If the folder holds no shape, a row matches no file, or up and front are one axis.
    """
    files = find_files(folder)
    if not files:
        kinds = ", ".join(MESH_SUFFIXES + GRID_SUFFIXES)
        raise ShapeFileError(f"{folder} holds no shape; it must hold files {kinds}.")
    for row in rows:
        if not any(_matches(file, row["file"]) for file in files):
            raise ShapeFileError(
                f'The table names "{row["file"]}", which {folder} does not hold; correct the path, '
                "or remove the row."
            )
    entries = [make_entry(folder, file, rows) for file in files]
    times = Counter(entry.name for entry in entries)
    return [
        entry if times[entry.name] == 1 else replace(entry, name=str(_stem(entry.file)))
        for entry in entries
    ]


def _matches(file: str, pattern: str) -> bool:
    """True if a row of a table is about a file, whose name may hold brackets."""
    return file == pattern or fnmatchcase(file, pattern)


def find_files(folder: Path) -> list[str]:
    """Returns the paths of the shapes in a folder, with forward slashes.

    Of ShapeNet's models/ folders only model_normalized.obj counts: the other files there are the
    same shape again. A file of the same name in another format is the same shape, too; the first
    of MESH_SUFFIXES counts.
    """
    order = {suffix: i for i, suffix in enumerate(MESH_SUFFIXES + GRID_SUFFIXES)}
    found: dict[PurePosixPath, PurePosixPath] = {}  # stem -> file
    for path in sorted(folder.rglob("*")):
        file = PurePosixPath(path.relative_to(folder).as_posix())
        if path.suffix.lower() not in order or not path.is_file():
            continue
        if (path.parent / NORMALIZED).is_file() and path.name != NORMALIZED:
            continue
        stem = file.with_suffix("")
        if stem not in found or order[file.suffix.lower()] < order[found[stem].suffix.lower()]:
            found[stem] = file
    return [str(file) for file in found.values()]


def left_out_files(folder: Path) -> list[str]:
    """Returns the files that are not read: a file of the same name in another format is."""
    chosen = {_stem(file): file for file in find_files(folder)}
    files = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")))
    return [
        file
        for file in files
        if file.lower().endswith(MESH_SUFFIXES + GRID_SUFFIXES)
        and chosen.get(_stem(file), file) != file
    ]


def make_entry(folder: Path, file: str, rows: Sequence[dict[str, str]] = ()) -> ShapeEntry:
    """Returns the entry of a file: the values of the table, and guesses where it has none."""
    given: dict[str, str] = {}
    for row in rows:
        if _matches(file, row["file"]):
            given |= {name: row[name] for name in COLUMNS if row[name]}
    guess = _guess(folder, PurePosixPath(file))
    values = guess | given
    try:
        to_model_axes(values["up"], values["front"])
    except ShapeFileError as error:
        raise ShapeFileError(f"{file}: {error}") from None
    return ShapeEntry(file, shape_name(file), guessed=frozenset(COLUMNS) - set(given), **values)


def _guess(folder: Path, file: PurePosixPath) -> dict[str, str]:
    """Guesses category, front and up of a file."""
    synset = next((part for part in (*file.parts, folder.name) if part in SYNSETS), None)
    if synset:
        return {"category": SYNSETS[synset], "front": "-z", "up": "+y"}
    category = file.parts[0] if len(file.parts) > 1 else folder.resolve().name
    category = category.strip().lower().replace(" ", "_")
    if file.suffix.lower() in Z_UP:
        return {"category": category, "front": "-y", "up": "+z"}
    return {"category": category, "front": "+z", "up": "+y"}


def shape_name(file: str) -> str:
    """Returns the name of a shape: its path without the ending and without ShapeNet's models/."""
    parts = _stem(file).parts
    if parts[-1] in ("model_normalized", "model") and len(parts) > 1:
        parts = parts[:-1]
        parts = parts[:-1] if parts[-1] == "models" and len(parts) > 1 else parts
    return "/".join(parts)


def _stem(file: str) -> PurePosixPath:
    """Path of a file without its ending."""
    return PurePosixPath(file).with_suffix("")
