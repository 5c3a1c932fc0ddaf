"""Local files and object stores under one kind of address, read and written whole.

`batch/paths.py` defines addresses. fsspec is imported only when an address needs it, so a single
local photo loads without it. Web addresses are read with the standard library.
"""

import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from http.client import HTTPException
from pathlib import Path

from batch.paths import STANDARD_STREAM, is_http, is_url, parent_address
from core.errors import BatchError, UserError
from core.files import os_error_as_write_error, write_atomic

MAX_OPEN_ARCHIVES = 8  # archives that stay open; listing a large one takes seconds
MAX_WEB_BYTES = 100_000_000  # bytes of a file from a web server
WEB_SECONDS = 30  # without an answer from a web server
WEB_HEADERS = {"User-Agent": "furniture-photo-to-3d"}  # some servers refuse Python's default
MAX_CACHED_FOLDERS = 10_000  # folders known to exist; each check costs a request to the store


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
        reason = " ".join(str(error).split()).rstrip(".")
        raise BatchError(f"{address} cannot be opened: {reason}.") from error


def read_file(address: str) -> bytes:
    """Read a whole file.

    Parameters
    ----------
    address : str
        Local path, URL, file in an archive, or `-` for stdin.

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
        if address == STANDARD_STREAM:
            return _read_stdin()
        if address.startswith("zip://"):
            member, _, archive = address.removeprefix("zip://").partition("::")
            return open_archive(archive).read(member)
        if is_http(address):
            return _read_web(address)
        if not is_url(address):
            return Path(address).read_bytes()
        fs, path = filesystem(address)
        return fs.cat_file(path)
    except (FileNotFoundError, KeyError) as error:
        raise BatchError(f"There is no {address}.") from error
    except (OSError, ValueError, HTTPException, zipfile.BadZipFile, RuntimeError) as error:
        if isinstance(error, UserError):
            raise
        # ValueError: a NUL in the path; RuntimeError: a zip with a password
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise BatchError(f"{address} cannot be read: {reason.rstrip('.')}.") from error


@cache
def _read_stdin() -> bytes:
    """Read stdin to its end, once."""
    return sys.stdin.buffer.read()


def _read_web(address: str) -> bytes:
    """Read a file from a web server."""
    request = urllib.request.Request(address, headers=WEB_HEADERS)
    try:
        with urllib.request.urlopen(request, timeout=WEB_SECONDS) as answer:
            data = answer.read(MAX_WEB_BYTES + 1)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            raise FileNotFoundError(address) from error
        raise BatchError(f"{address} cannot be read: the server says {error}.") from error
    except urllib.error.URLError as error:
        raise BatchError(f"{address} cannot be read: {error.reason}.") from error
    if len(data) > MAX_WEB_BYTES:
        limit = MAX_WEB_BYTES // 1_000_000
        raise BatchError(f"{address} has over {limit} MB; download it first.")
    return data


def write_file(address: str, data: bytes) -> None:
    """Write a whole file or nothing, and make its folder; object stores write files whole.

    Parameters
    ----------
    address : str
        Local path, URL, or `-` for stdout.
    data : bytes
        Content of the file.

    Raises
    ------
    WriteError
        If a local file cannot be written.
    BatchError
        If the object store cannot be reached or refuses the file.
    """
    if address == STANDARD_STREAM:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    folder = parent_address(address)
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
