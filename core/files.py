"""Atomic file writing."""

import uuid
from contextlib import suppress
from pathlib import Path

from core.errors import WriteError


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
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        raise WriteError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    return path
