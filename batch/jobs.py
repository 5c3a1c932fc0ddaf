"""Lists the photos to convert: from files, folders, patterns, zip files and tables of paths.

A table is a CSV or Parquet file with a column `path` and, if the object's box is known, columns
`x0`, `y0`, `x1`, `y1` in pixels of the upright image. Relative paths start at the table's folder.
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
    """One object of one photo."""

    input: str  # address of the photo; local paths are absolute, as workers start elsewhere
    name: str  # path of the model below the output folder, without suffix
    box: Box | None = None  # pixels of the upright image; None: the model finds the object

    @property
    def key(self) -> tuple:
        """Photo and box: jobs with equal keys are the same job."""
        return self.input, self.box


def find_jobs(sources: list[str]) -> list[Job]:
    """List the jobs of all sources.

    Parameters
    ----------
    sources : list of str
        Files, folders, patterns, zip files and tables; local paths or URLs.

    Returns
    -------
    list of Job
        One job for each photo and box, sorted within a source. Models with the same name get the
        digest of their input appended: the name does not depend on the other jobs of the run.

    Raises
    ------
    BatchError
        If a source does not exist, cannot be read, or has no photos.
    """
    jobs = list({job.key: job for source in sources for job in _list_source(source)}.values())
    # casefold: some file systems do not distinguish upper and lower case
    counts = Counter(job.name.casefold() for job in jobs)
    return [_with_digest(job) if counts[job.name.casefold()] > 1 else job for job in jobs]


def _list_source(source: str) -> list[Job]:
    with storage_errors(source):
        return list(_expand(source))


def _with_digest(job: Job) -> Job:
    """Append the digest of photo and box to the name."""
    digest = hashlib.sha1(repr(job.key).encode()).hexdigest()[:8]
    return replace(job, name=f"{job.name}-{digest}")


def _expand(source: str) -> Iterator[Job]:
    """Yield the jobs of a pattern, folder or file."""
    fs, path = filesystem(source)
    if not fs.exists(path):
        matches = sorted(filter(_is_source, fs.glob(path))) if set(path) & WILDCARDS else []
        if not matches:
            raise BatchError(f"There is no picture, folder, zip or table at {source}.")
        yield from (job for match in matches for job in _expand_file(fs, match, _root(path)))
    elif fs.isdir(path):
        images = sorted(filter(_is_image, fs.find(path)))
        if not images:
            raise BatchError(f"{source} holds no {', '.join(IMAGE_SUFFIXES)} file.")
        yield from (Job(_address(fs, p), _model_name(p.removeprefix(path))) for p in images)
    else:
        yield from _expand_file(fs, path, os.path.dirname(path))


def _expand_file(fs, path: str, root: str) -> Iterator[Job]:
    """Yield the jobs of a file; the model of a photo is named after its path below `root`."""
    address = _address(fs, path)
    suffix = PurePosixPath(address).suffix.lower()
    if suffix == ".zip":
        members = sorted(filter(_is_image, open_archive(address).namelist()))
        yield from (Job(f"zip://{member}::{address}", _model_name(member)) for member in members)
    elif suffix == ".csv":
        yield from _table_jobs(address, _csv(address))
    elif suffix == ".parquet":
        yield from _table_jobs(address, _parquet(address))
    else:
        yield Job(address, _model_name(path.removeprefix(root)))


def _csv(address: str) -> list[dict]:
    return list(csv.DictReader(StringIO(read_file(address).decode("utf-8-sig"))))


def _parquet(address: str) -> list[dict]:
    return parquet_module().read_table(BytesIO(read_file(address))).to_pylist()


def parquet_module():
    """Import and return pyarrow.parquet.

    Raises
    ------
    BatchError
        If pyarrow is not installed.
    """
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise BatchError("Parquet needs pyarrow: pip install pyarrow.") from error
    return pyarrow.parquet


def _table_jobs(address: str, rows: list[dict]) -> Iterator[Job]:
    """Yield one job for each row of a table."""
    if not rows or "path" not in rows[0]:
        raise BatchError(f"{address} has no rows with a column `path`.")
    folder = address.rpartition("/")[0]
    for number, row in enumerate(rows, 1):
        path = row["path"]
        if not path:
            raise BatchError(f"{address}, row {number}: there is no path.")
        is_absolute = is_url(path) or path.startswith("/")
        job_input = path if is_absolute else f"{folder}/{path}"
        name = _model_name(PurePosixPath(path).name if is_absolute else path)
        yield Job(job_input, name, _box(row, f"{address}, row {number}"))


def _box(row: dict, where: str) -> Box | None:
    """Return the box of a row; None if the columns are missing, empty or null."""
    sides = [row.get(side) for side in BOX_COLUMNS]
    if all(side in (None, "") for side in sides):
        return None
    try:
        return tuple(float(side) for side in sides)
    except (TypeError, ValueError) as error:
        raise BatchError(f"{where}: {', '.join(BOX_COLUMNS)} must be four numbers.") from error


def _is_image(path: str) -> bool:
    """Return True for a suffix of an image, except for hidden files and macOS metadata in zips."""
    parts = PurePosixPath(path)
    is_hidden = parts.name.startswith(".") or "__MACOSX" in parts.parts
    return parts.suffix.lower() in IMAGE_SUFFIXES and not is_hidden


def _is_source(path: str) -> bool:
    return _is_image(path) or PurePosixPath(path).suffix.lower() in (".zip", *TABLE_SUFFIXES)


def _model_name(path: str) -> str:
    """Return a relative path without suffix that stays inside the output folder."""
    parts = [part for part in PurePosixPath(path).parts if part not in ("/", "..")]
    return str(PurePosixPath(*parts).with_suffix(""))


def _root(pattern: str) -> str:
    """Return the folder of a pattern before its first component with a wildcard."""
    parts = pattern.split("/")
    first = next(i for i, part in enumerate(parts) if set(part) & WILDCARDS)
    return "/".join(parts[:first])


def _address(fs, path: str) -> str:
    """Return the address of a path in a filesystem."""
    return path if "file" in fs.protocol else fs.unstrip_protocol(path)
