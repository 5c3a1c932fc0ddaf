"""Writing files whole or not at all."""

import uuid
from contextlib import suppress
from pathlib import Path

from core.errors import MeshError


def write_atomic(path: str | Path, data: bytes) -> Path:
    """The whole file or none: written under another name beside its place, then renamed."""
    path = Path(path)
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise MeshError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            part.unlink()
    return path
