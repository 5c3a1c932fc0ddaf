"""Files here and in object stores under one kind of address, read and written whole.

An address is a local path, a URL that fsspec knows (`s3://bucket/photos/a.jpg`) or a file inside
an archive in fsspec's notation (`zip://a.jpg::s3://bucket/photos.zip`). fsspec is loaded when an
address asks for it: a single local picture does not.
"""

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from core.errors import BatchError
from core.files import write_atomic

MAX_OPEN_ARCHIVES = (
    8  # whose lists of contents are kept; reading one takes seconds in a large archive
)

MAX_CACHED_FOLDERS = (
    10_000  # that were made: asking for each file costs a store's answer every time
)


def is_url(address: str) -> bool:
    return "://" in address


def absolute_address(address: str) -> str:
    """The same place for a process that started elsewhere; `file://` becomes a path."""
    path = address.removeprefix("file://")
    return path if is_url(path) else os.path.abspath(path)


def join_address(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}"


def filesystem(address: str):
    """fsspec's filesystem of an address, and the path in it; BatchError if it cannot be had."""
    import fsspec

    try:
        return fsspec.url_to_fs(address)
    except (ImportError, ValueError) as error:  # s3fs missing, or no such protocol
        raise BatchError(f"{address} cannot be opened: {str(error).rstrip('.')}.") from error


def read_file(address: str) -> bytes:
    """The whole file; BatchError if it is not there or cannot be read."""
    try:
        if address.startswith("zip://"):
            member, _, archive = address.removeprefix("zip://").partition("::")
            return open_archive(archive).read(member)
        if not is_url(address):
            return Path(address).read_bytes()
        fs, path = filesystem(address)
        return fs.cat_file(path)
    except (FileNotFoundError, KeyError) as error:
        raise BatchError(f"There is no {address}.") from error
    except OSError as error:
        raise BatchError(f"{address} cannot be read: {error.strerror or error}.") from error


def write_file(address: str, data: bytes) -> None:
    """The whole file or none, in a folder that is made; object stores promise that themselves."""
    folder = address.rpartition("/")[0]
    if not is_url(address):
        Path(folder).mkdir(parents=True, exist_ok=True)
        write_atomic(address, data)
        return
    _make_folder(folder)
    fs, path = filesystem(address)
    fs.pipe_file(path, data)


@lru_cache(MAX_CACHED_FOLDERS)
def _make_folder(url: str) -> None:
    fs, path = filesystem(url)
    fs.makedirs(path, exist_ok=True)


def list_files(folder: str) -> set[str]:
    """All files below a folder, as paths from it; none if there is no such folder."""
    with storage_errors(folder):
        fs, root = filesystem(folder)
        return {path.removeprefix(root).lstrip("/") for path in fs.find(root)}


@lru_cache(MAX_OPEN_ARCHIVES)
def open_archive(address: str) -> zipfile.ZipFile:
    """A zip file, kept open; its members can be read from several threads."""
    fs, path = filesystem(address)
    try:
        return zipfile.ZipFile(fs.open(path, "rb"))
    except zipfile.BadZipFile as error:
        raise BatchError(f"{address} is not a whole zip file; make it again.") from error


@contextmanager
def storage_errors(address: str) -> Iterator[None]:
    """Whatever a store's client raises, as no credentials or no network, in one sentence."""
    try:
        yield
    except BatchError:
        raise
    except Exception as error:
        if not (is_url(address) or isinstance(error, OSError)):
            raise
        reason = str(error).rstrip(".") or type(error).__name__
        raise BatchError(f"{address} cannot be reached: {reason}.") from error
