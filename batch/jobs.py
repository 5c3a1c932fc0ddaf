"""Which pictures to convert: from files, folders, patterns, zip files and tables of paths.

A table is a CSV or Parquet file with a column `path` and, where the object's box is known, columns
`x0`, `y0`, `x1`, `y1` in pixels of the upright picture. Its relative paths start at its own folder.
"""

import csv
import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO, StringIO
from pathlib import PurePosixPath

from batch.storage import filesystem, is_url, open_archive, read_file, storage_errors
from core.boxes import Box
from core.errors import BatchError

IMAGE_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp")
TABLE_SUFFIXES = (".csv", ".parquet")
WILDCARDS = frozenset("*?[")
BOX_COLUMNS = ("x0", "y0", "x1", "y1")


@dataclass(frozen=True)
class Job:
    """One object of one picture."""

    input: str  # address of the picture; local ones are absolute, workers start elsewhere
    name: str  # of its model: a path below the output folder, without suffix
    box: Box | None = None

    @property
    def key(self) -> tuple:
        return self.input, self.box


def find_jobs(sources: list[str]) -> list[Job]:
    """One job for each picture and box, sorted within a source; BatchError where none can be had.

    Pictures of one name get models of different names: their inputs' digests are added, which do
    not depend on what else is converted beside them.
    """
    jobs = list({job.key: job for source in sources for job in _listed(source)}.values())
    uses = Counter(job.name.casefold() for job in jobs)  # some disks do not tell A from a
    return [_told_apart(job) if uses[job.name.casefold()] > 1 else job for job in jobs]


def _listed(source: str) -> list[Job]:
    with storage_errors(source):
        return list(_expand(source))


def _told_apart(job: Job) -> Job:
    digest = hashlib.sha1(repr(job.key).encode()).hexdigest()[:8]
    return replace(job, name=f"{job.name}-{digest}")


def _expand(source: str) -> Iterator[Job]:
    fs, path = filesystem(source)
    if not fs.exists(path):
        found = sorted(filter(_is_source, fs.glob(path))) if set(path) & WILDCARDS else []
        if not found:
            raise BatchError(f"There is no picture, folder, zip or table at {source}.")
        yield from (job for match in found for job in _file(fs, match, _root(path)))
    elif fs.isdir(path):
        pictures = sorted(filter(_is_picture, fs.find(path)))
        if not pictures:
            raise BatchError(f"{source} holds no {', '.join(IMAGE_SUFFIXES)} file.")
        yield from (Job(_address(fs, p), _name(p.removeprefix(path))) for p in pictures)
    else:
        yield from _file(fs, path, os.path.dirname(path))


def _file(fs, path: str, root: str) -> Iterator[Job]:
    """What a file holds; a picture's model is named after its path from `root`."""
    address = _address(fs, path)
    suffix = PurePosixPath(address).suffix.lower()
    if suffix == ".zip":
        members = sorted(filter(_is_picture, open_archive(address).namelist()))
        yield from (Job(f"zip://{member}::{address}", _name(member)) for member in members)
    elif suffix in TABLE_SUFFIXES:
        yield from _table(address, _parquet(address) if suffix == ".parquet" else _csv(address))
    else:
        yield Job(address, _name(path.removeprefix(root)))


def _csv(address: str) -> list[dict]:
    return list(csv.DictReader(StringIO(read_file(address).decode("utf-8-sig"))))


def _parquet(address: str) -> list[dict]:
    return parquet_module().read_table(BytesIO(read_file(address))).to_pylist()


def parquet_module():
    """pyarrow.parquet, or the sentence that says how to get it."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise BatchError("Parquet needs pyarrow: pip install pyarrow.") from error
    return pyarrow.parquet


def _table(address: str, rows: list[dict]) -> Iterator[Job]:
    if not rows or "path" not in rows[0]:
        raise BatchError(f"{address} has no rows with a column `path`.")
    folder = address.rpartition("/")[0]
    for number, row in enumerate(rows, 1):
        path = row["path"]
        if not path:
            raise BatchError(f"{address}, row {number}: there is no path.")
        at = path if is_url(path) or path.startswith("/") else f"{folder}/{path}"
        own = path if at is not path else PurePosixPath(path).name
        yield Job(at, _name(own), _box(row, f"{address}, row {number}"))


def _box(row: dict, where: str) -> Box | None:
    """The row's box; no column, an empty cell and Parquet's null all mean that there is none."""
    sides = [row.get(side) for side in BOX_COLUMNS]
    if all(side in (None, "") for side in sides):
        return None
    try:
        return tuple(float(side) for side in sides)
    except (TypeError, ValueError) as error:
        raise BatchError(f"{where}: {', '.join(BOX_COLUMNS)} must be four numbers.") from error


def _is_picture(path: str) -> bool:
    """By suffix; hidden files and a Mac's shadow copies in zips are none."""
    parts = PurePosixPath(path)
    shadow = parts.name.startswith(".") or "__MACOSX" in parts.parts
    return parts.suffix.lower() in IMAGE_SUFFIXES and not shadow


def _is_source(path: str) -> bool:
    return _is_picture(path) or PurePosixPath(path).suffix.lower() in (".zip", *TABLE_SUFFIXES)


def _name(path: str) -> str:
    """A relative path without suffix that cannot lead out of the output folder."""
    parts = [part for part in PurePosixPath(path).parts if part not in ("/", "..")]
    return str(PurePosixPath(*parts).with_suffix(""))


def _root(pattern: str) -> str:
    """The folder of a pattern up to its first component with a wildcard."""
    parts = pattern.split("/")
    first = next(i for i, part in enumerate(parts) if set(part) & WILDCARDS)
    return "/".join(parts[:first])


def _address(fs, path: str) -> str:
    return path if "file" in fs.protocol else fs.unstrip_protocol(path)
