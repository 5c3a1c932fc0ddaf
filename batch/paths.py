"""Addresses of files as text: local paths of each operating system, and URLs.

An address is a local path, a URL that fsspec knows (`s3://bucket/photos/a.jpg`), a file in an
archive in fsspec's notation (`zip://a.jpg::s3://bucket/photos.zip`), or `-` for stdin or stdout.
The functions take the path module as an argument, so that tests hold them for Windows too.
"""

import ntpath
import os
import posixpath
import re
from types import ModuleType
from urllib.parse import unquote, urlsplit

STANDARD_STREAM = "-"
STREAM_NAME = "stdin"  # name of the model of a photo from stdin
SEPARATORS = re.compile(r"[\\/]+")


def is_url(address: str) -> bool:
    """Return True if the address is not a local path."""
    return "://" in address


def is_http(address: str) -> bool:
    """Return True for an address that a web server answers."""
    return address.lower().startswith(("http://", "https://"))


def absolute_address(address: str, path: ModuleType = os.path) -> str:
    """Return the address for a process with another working folder; `file://` becomes a path."""
    if address == STANDARD_STREAM:
        return address
    local = address.removeprefix("file://")
    return local if is_url(local) else path.abspath(local)


def join_address(folder: str, name: str, path: ModuleType = os.path) -> str:
    """Return the address of a file in a folder; `name` has forward slashes."""
    if is_url(folder):
        return f"{folder.rstrip('/')}/{name}"
    return path.join(folder, *name.split("/"))


def parent_address(address: str, path: ModuleType = os.path) -> str:
    """Return the address of the folder of a file."""
    return address.rpartition("/")[0] if is_url(address) else path.dirname(address)


def split_target(out: str, path: ModuleType = os.path) -> tuple[str, str]:
    """Split the address of a model's file into its folder and its name without suffix."""
    address = absolute_address(out, path)
    name = address.rpartition("/")[2] if is_url(address) else path.basename(address)
    return parent_address(address, path), posixpath.splitext(name)[0]


def is_absolute(address: str) -> bool:
    """Return True for a URL and for an absolute path of any operating system."""
    is_drive = bool(ntpath.splitdrive(address)[0])
    return is_url(address) or is_drive or address.startswith(("/", "\\"))


def join_row(folder: str, row: str, path: ModuleType = os.path) -> str:
    """Return the address of a table's row, which may be a path of another operating system.

    Parameters
    ----------
    folder : str
        Address of the table's folder.
    row : str
        The row's path; a relative one starts at the folder.
    path : module
        Path module of the operating system.
    """
    if is_absolute(row):
        return row
    if path is ntpath or is_url(folder) or not path.exists(path.join(folder, row)):
        row = row.replace("\\", "/")  # a table from Windows
    return join_address(folder, row, path)


def url_path(address: str) -> str:
    """Return the path of a web address without its query; other addresses do not change."""
    return unquote(urlsplit(address).path) if is_http(address) else address


def file_name(address: str) -> str:
    """Return the last part of an address of any operating system."""
    return SEPARATORS.split(url_path(address).rstrip("\\/"))[-1]


def file_suffix(address: str) -> str:
    """Return the suffix of an address in lower case, with its dot."""
    return posixpath.splitext(file_name(address))[1].lower()


def model_name(address: str) -> str:
    """Return a relative path without suffix, with forward slashes, inside the output folder."""
    local = url_path(address)
    while ntpath.splitdrive(local)[0]:  # C:, or a server's share
        local = ntpath.splitdrive(local)[1]
    parts = [part for part in SEPARATORS.split(local) if part not in ("", ".", "..")]
    # Windows takes a part such as "a:" for a drive
    parts = [part.replace(":", "_") if ntpath.splitdrive(part)[0] else part for part in parts]
    return posixpath.splitext("/".join(parts))[0] or "model"


def picture_name(address: str) -> str:
    """Return the name of a photo's file without its suffix, for the object in a model's file."""
    if address == STANDARD_STREAM:
        return "model"
    member = address.removeprefix("zip://").partition("::")[0]
    return model_name(file_name(member))
