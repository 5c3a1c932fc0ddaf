"""Atomic file writing."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import WriteError


@contextmanager
def os_error_as_write_error(path: str | Path) -> Iterator[None]:
    """Raise WriteError in place of an OSError; its message names `path`."""
    try:
        yield
    except OSError as error:
        raise WriteError(f"{path} cannot be written: {error.strerror or error}.") from error


def write_atomic(path: str | Path, data: bytes) -> Path:
    """Write a whole file or nothing.

    The data goes to a temporary file in the same folder, which is then renamed. A reader of `path`
    never sees a part of the data.

    Parameters
    ----------
    path : str or Path
        File to write; replaced if it exists. Its folder must exist.
    data : bytes
        Content of the file.

    Returns
    -------
    Path
        `path` as a Path.

    Raises
    ------
    WriteError
        If the file cannot be written.
    """
    path = Path(path)
    temporary = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with os_error_as_write_error(path):
            temporary.write_bytes(data)
            temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink()
    return path
