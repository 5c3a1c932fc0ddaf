"""Local files and object stores under one kind of address, read and written whole.

An address is a local path, a URL that fsspec knows (`s3://bucket/photos/a.jpg`) or a file in an
archive in fsspec's notation (`zip://a.jpg::s3://bucket/photos.zip`). fsspec is imported only when
an address needs it, so a single local photo loads without it.
"""

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from core.errors import BatchError, UserError
from core.files import os_error_as_write_error, write_atomic

MAX_OPEN_ARCHIVES = 8  # archives that stay open; listing a large one takes seconds
MAX_CACHED_FOLDERS = 10_000  # folders known to exist; each check costs a request to the store


def is_url(address: str) -> bool:
    """Return True if the address is not a local path."""
    return "://" in address


def absolute_address(address: str) -> str:
    """Return the address for a process with another working folder; `file://` becomes a path."""
    path = address.removeprefix("file://")
    return path if is_url(path) else os.path.abspath(path)


def join_address(folder: str, name: str) -> str:
    """Return the address of a file in a folder."""
    return f"{folder.rstrip('/')}/{name}"


def filesystem(address: str):
    """Return fsspec's filesystem for an address.

    Parameters
    ----------
    address : str
        Local path or URL.

    Returns
    -------
    filesystem : fsspec.AbstractFileSystem
        The filesystem.
    path : str
        Path in this filesystem.

    Raises
    ------
    BatchError
        If the protocol is unknown or its package is not installed.
    """
    import fsspec

    try:
        return fsspec.url_to_fs(address)
    except (ImportError, ValueError) as error:  # s3fs is missing, or no such protocol
        raise BatchError(f"{address} cannot be opened: {str(error).rstrip('.')}.") from error


def read_file(address: str) -> bytes:
    """Read a whole file.

    Parameters
    ----------
    address : str
        Local path, URL or file in an archive.

    Returns
    -------
    bytes
        Content of the file.

    Raises
    ------
    BatchError
        If the file does not exist or cannot be read.
    """
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
    """Write a whole file or nothing, and make its folder; object stores write files whole.

    Parameters
    ----------
    address : str
        Local path or URL.
    data : bytes
        Content of the file.

    Raises
    ------
    WriteError
        If a local file cannot be written.
    BatchError
        If the object store cannot be reached or refuses the file.
    """
    folder = address.rpartition("/")[0]
    if not is_url(address):
        with os_error_as_write_error(address):
            Path(folder).mkdir(parents=True, exist_ok=True)
        write_atomic(address, data)
        return
    with storage_errors(address):
        _make_folder(folder)
        fs, path = filesystem(address)
        fs.pipe_file(path, data)


@lru_cache(MAX_CACHED_FOLDERS)
def _make_folder(url: str) -> None:
    """Make a folder in an object store."""
    fs, path = filesystem(url)
    fs.makedirs(path, exist_ok=True)


def list_files(folder: str) -> set[str]:
    """List all files below a folder.

    Parameters
    ----------
    folder : str
        Local path or URL.

    Returns
    -------
    set of str
        Paths relative to the folder; empty if there is no such folder.

    Raises
    ------
    BatchError
        If the object store cannot be reached.
    """
    with storage_errors(folder):
        fs, root = filesystem(folder)
        return {path.removeprefix(root).lstrip("/") for path in fs.find(root)}


@lru_cache(MAX_OPEN_ARCHIVES)
def open_archive(address: str) -> zipfile.ZipFile:
    """Open a zip file; it stays open in a cache, and several threads can read from it.

    Parameters
    ----------
    address : str
        Local path or URL.

    Returns
    -------
    zipfile.ZipFile
        The archive.

    Raises
    ------
    BatchError
        If the file is not a complete zip file.
    """
    fs, path = filesystem(address)
    try:
        return zipfile.ZipFile(fs.open(path, "rb"))
    except zipfile.BadZipFile as error:
        raise BatchError(f"{address} is not a whole zip file; make it again.") from error


@contextmanager
def storage_errors(address: str) -> Iterator[None]:
    """Raise BatchError in place of any error of a store's client, such as missing credentials.

    Parameters
    ----------
    address : str
        Address in the message. With a local path only an OSError is replaced.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if not (is_url(address) or isinstance(error, OSError)):
            raise
        reason = str(error).rstrip(".") or type(error).__name__
        raise BatchError(f"{address} cannot be reached: {reason}.") from error
