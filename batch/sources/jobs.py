"""Lists the photos to convert: from files, folders, patterns, zip files and tables of paths.

    listing = list_sources(["photos", "more.zip"], out="models")
    listing.jobs, listing.skipped

`batch/sources/tables.py` reads the tables.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from batch.paths import (
    STANDARD_STREAM,
    STREAM_NAME,
    file_name,
    file_suffix,
    is_http,
    is_url,
    model_name,
)
from batch.sources.own_outputs import (
    is_manifest,
    is_marked_turntable,
    listed_outputs,
    manifest_files,
)
from batch.sources.tables import parquet_module as parquet_module
from batch.sources.tables import read_table
from batch.storage import filesystem, open_archive, read_file, storage_errors
from core.boxes import Box
from core.errors import BatchError
from images.formats import (
    FORMAT_NAMES,
    IMAGE_SUFFIXES,
    SIGNATURE_BYTES,
    has_image_signature,
)

TABLE_SUFFIXES = (".csv", ".parquet")
WILDCARDS = frozenset("*?[")
ALL_PIECES = "all pieces"  # in the key of a job, in place of a box
SCENE = "scene"  # name of the scene's file, without suffix


@dataclass(frozen=True)
class Job:
    """One object of one photo, or all pieces of it."""

    input: str  # address of the photo; local paths are absolute, as workers start elsewhere
    name: str  # path of the model below the output folder, without suffix
    box: Box | None = None  # pixels of the upright image; None: the model finds the object
    may_exist: bool = False  # files of this name exist and no record says which photo they show
    all_pieces: bool = False  # `name` is then the folder of the pieces and of the scene

    @property
    def key(self) -> tuple:
        """Photo and box, or photo and ALL_PIECES: jobs with equal keys are the same job."""
        return self.input, ALL_PIECES if self.all_pieces else self.box

    @property
    def main_file(self) -> str:
        """Path of the model, or of the scene, without suffix; differs between jobs."""
        return main_file(self.name, self.all_pieces)


def main_file(name: str, all_pieces: bool) -> str:
    """Return the path of a job's model, or of its scene, without suffix."""
    return f"{name}/{SCENE}" if all_pieces else name


@dataclass
class Listing:
    """The jobs of all sources, and the files that are no pictures."""

    jobs: list[Job]
    skipped: list[str] = field(default_factory=list)  # addresses


def find_jobs(sources: list[str]) -> list[Job]:
    """List the jobs of all sources; `list_sources` without the skipped files."""
    return list_sources(sources).jobs


def list_sources(sources: list[str], out: str | None = None) -> Listing:
    """List the jobs of all sources.

    Parameters
    ----------
    sources : list of str
        Files, folders, patterns, zip files and tables; local paths, URLs, or `-` for stdin.
    out : str, optional
        Address of the output folder; the files that its manifest lists are no photos.

    Returns
    -------
    Listing
        One job for each photo and box, sorted within a source. Models with the same name get the
        digest of their input appended: the name does not depend on the other jobs of the run.

    Raises
    ------
    BatchError
        If a source does not exist, cannot be read, or has no photos.
    """
    lister = _Lister(out)
    found = [job for source in sources for job in lister.list_source(source)]
    jobs = list({job.key: job for job in found}.values())
    # casefold: some file systems do not distinguish upper and lower case
    counts = Counter(job.name.casefold() for job in jobs)
    jobs = [with_digest(job) if counts[job.name.casefold()] > 1 else job for job in jobs]
    return Listing(jobs, lister.skipped)


def for_all_pieces(jobs: list[Job]) -> list[Job]:
    """Return the jobs for all pieces of their photos; BatchError if a table names a box."""
    if any(job.box for job in jobs):
        raise BatchError("--all finds the pieces itself; leave out the boxes of the table.")
    return [replace(job, all_pieces=True) for job in jobs]


def with_digest(job: Job, content: str = "") -> Job:
    """Append a digest to the name of a job.

    Parameters
    ----------
    job : Job
        The job.
    content : str
        Digest of the photo's content, for a photo that took the place of another one.

    Returns
    -------
    Job
        A job whose name ends in the digest of photo, box and content.
    """
    digest = hashlib.sha1(repr(job.key).encode() + content.encode()).hexdigest()[:8]
    return replace(job, name=f"{job.name}-{digest}")


class _Lister:
    """Expands sources, and collects the files that are no pictures."""

    def __init__(self, out: str | None):
        self.out, self.skipped = out, []

    def list_source(self, source: str) -> list[Job]:
        """List the jobs of one source."""
        if source == STANDARD_STREAM:
            return [Job(source, STREAM_NAME)]
        with storage_errors(source):
            if is_http(source):  # a web server lists no folders
                return list(self._expand_file(None, source, source.rpartition("/")[0]))
            return list(self._expand(source))

    def _expand(self, source: str) -> Iterator[Job]:
        """Yield the jobs of a pattern, folder or file."""
        fs, path = filesystem(source)
        if not fs.exists(path):
            yield from self._expand_pattern(fs, path, source)
        elif fs.isdir(path):
            found = fs.find(path)
            folders = {os.path.dirname(p) for p in found if is_manifest(p)}
            images = self._pictures(fs, found, folders)
            if not images:
                raise BatchError(f"{source} holds no {FORMAT_NAMES} picture.")
            yield from (Job(_address(fs, p), model_name(p.removeprefix(path))) for p in images)
        elif self._is_output(fs, path):
            raise BatchError(f"{source} is a file that this program made; name a photograph.")
        else:
            yield from self._expand_file(fs, path, os.path.dirname(path))

    def _expand_pattern(self, fs, path: str, source: str) -> Iterator[Job]:
        """Yield the jobs of all files that match a pattern."""
        found = sorted(fs.glob(path)) if set(path) & WILDCARDS else []
        found = [p for p in found if not fs.isdir(p)]
        containers = [p for p in found if file_suffix(p) in (".zip", *TABLE_SUFFIXES)]
        others = [p for p in found if p not in containers]
        root = _root(path) if found else ""
        folders = {str(parent) for p in found for parent in PurePosixPath(p).parents}
        folders = {folder for folder in folders if folder.startswith(root)}
        matches = sorted([*containers, *self._pictures(fs, others, folders)])
        if not matches:
            raise BatchError(f"There is no picture, folder, zip or table at {source}.")
        for match in matches:
            yield from self._expand_file(fs, match, _root(path))

    def _expand_file(self, fs, path: str, root: str) -> Iterator[Job]:
        """Yield the jobs of a file; the model of a photo is named after its path below `root`."""
        address = _address(fs, path) if fs else path
        suffix = file_suffix(address)
        if suffix == ".zip":
            yield from self._zip_jobs(address)
        elif suffix in TABLE_SUFFIXES:
            for job_input, box, row in read_table(address):
                name = model_name(row if job_input != row else PurePosixPath(_posix(row)).name)
                yield Job(job_input, name, box)
        else:
            name = path.removeprefix(root) if fs else file_name(address)
            yield Job(address, model_name(name))

    def _zip_jobs(self, address: str) -> Iterator[Job]:
        """Yield the jobs of a zip file."""
        archive = open_archive(address)
        members = [name for name in archive.namelist() if not name.endswith("/")]
        outputs = set()
        for name in filter(is_manifest, members):
            folder = name.rpartition("/")[0]
            files = manifest_files(archive.read(name))
            outputs |= {f"{folder}/{file}".lstrip("/") for file in files} | {name}
        images = []
        for name in sorted(members):
            if _is_hidden(name) or name in outputs:
                continue
            if _has_image_suffix(name) or _is_nameless_image(name, archive.open):
                images.append(name)
            else:
                self.skipped.append(f"{address}/{name}")
        if not images:
            raise BatchError(f"{address} holds no {FORMAT_NAMES} picture.")
        yield from (Job(f"zip://{name}::{address}", model_name(name)) for name in images)

    def _pictures(self, fs, paths: Iterable[str], folders: set[str]) -> list[str]:
        """Return the pictures among the paths; the others are skipped files or own outputs."""
        outputs = listed_outputs(fs, folders | self._out_folder(fs))
        images = []
        for path in sorted(paths):
            if _is_hidden(path) or path in outputs or is_manifest(path) or _is_marked(fs, path):
                continue
            if _has_image_suffix(path) or _is_nameless_image(path, fs.open):
                images.append(path)
            elif path.rpartition("/")[2] != "manifest.parquet":
                self.skipped.append(_address(fs, path))
        return images

    def _out_folder(self, fs) -> set[str]:
        """Return the path of the output folder if it is in this filesystem."""
        if self.out is None:
            return set()
        out_fs, path = filesystem(self.out)
        return {path} if type(out_fs) is type(fs) else set()

    def _is_output(self, fs, path: str) -> bool:
        """Return True if a single source is a file that this program made."""
        folders = {os.path.dirname(path)} | self._out_folder(fs)
        return _is_marked(fs, path) or path in listed_outputs(fs, folders)


def _is_hidden(path: str) -> bool:
    """Return True for hidden files and macOS metadata in zips."""
    parts = PurePosixPath(path)
    return parts.name.startswith(".") or "__MACOSX" in parts.parts


def _has_image_suffix(path: str) -> bool:
    return file_suffix(path) in IMAGE_SUFFIXES


def _is_nameless_image(path: str, open_file) -> bool:
    """Return True for a file without suffix whose first bytes are those of a picture."""
    if PurePosixPath(path).suffix:
        return False
    try:
        with open_file(path) as file:
            return has_image_signature(file.read(SIGNATURE_BYTES))
    except (OSError, RuntimeError):  # a zip with a password raises RuntimeError
        return False


def _is_marked(fs, path: str) -> bool:
    return "file" in fs.protocol and is_marked_turntable(path)


def _posix(path: str) -> str:
    """Return a path with forward slashes, so that its last part can be split off."""
    return path if is_url(path) else path.replace("\\", "/")


def _root(pattern: str) -> str:
    """Return the folder of a pattern before its first component with a wildcard."""
    parts = pattern.split("/")
    first = next(i for i, part in enumerate(parts) if set(part) & WILDCARDS)
    return "/".join(parts[:first])


def _address(fs, path: str) -> str:
    """Return the address of a path in a filesystem."""
    return path if "file" in fs.protocol else fs.unstrip_protocol(path)


def content_digest(address: str) -> str:
    """Return the SHA-256 of a photo's file; "" if it cannot be read."""
    try:
        return hashlib.sha256(read_file(address)).hexdigest()
    except BatchError:
        return ""
