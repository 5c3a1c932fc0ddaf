"""Files that this program made: they are never taken for photos.

A turntable (.webp) holds a mark at its end. Other files are those that a manifest lists.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from batch.paths import file_name, is_url
from core.errors import UserError
from images.formats import TURNTABLE_MARK, TURNTABLE_MARK_BYTES


def is_manifest(address: str) -> bool:
    """Return True for the name of a manifest or of a part of one."""
    name = file_name(address)
    return name.startswith("manifest") and name.endswith(".jsonl")


def manifest_files(data: bytes) -> set[str]:
    """Return the paths of all files that a manifest lists, relative to its folder.

    Parameters
    ----------
    data : bytes
        Content of the manifest; lines that cannot be read are skipped.
    """
    files = set()
    for line in data.splitlines():
        with suppress(ValueError, TypeError, KeyError):
            files.update(json.loads(line)["files"])
    return files


def listed_outputs(fs, folders: Iterable[str]) -> set[str]:
    """Return the paths of the files that the manifests in some folders list.

    Parameters
    ----------
    fs : fsspec.AbstractFileSystem
        Filesystem of the folders.
    folders : iterable of str
        Paths in the filesystem.
    """
    outputs = set()
    for folder in folders:
        with suppress(OSError, UserError):
            for path in fs.glob(f"{folder.rstrip('/')}/manifest*.jsonl"):
                outputs |= {f"{folder.rstrip('/')}/{f}" for f in manifest_files(fs.cat_file(path))}
    return outputs


def is_marked_turntable(address: str) -> bool:
    """Return True for a turntable of this program in a local file.

    Parameters
    ----------
    address : str
        Local path or URL; files of object stores are not opened.
    """
    if is_url(address) or not address.lower().endswith(".webp"):
        return False
    try:
        with Path(address).open("rb") as file:
            file.seek(max(file.seek(0, 2) - TURNTABLE_MARK_BYTES, 0))
            return TURNTABLE_MARK in file.read()
    except OSError:
        return False
