"""What a visitor reads when something cannot be: one sentence, without a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import MeshError, ModelError, PictureError
from webapp.server.lifetime import StepTimeout
from webapp.uploads import refusal

REFUSALS = (PictureError, ModelError, MeshError, StepTimeout, OSError)
UNWRITTEN = "The server cannot write files just now ({}); what you have stays, try again later."


@contextmanager
def sentences() -> Iterator[None]:
    """What a person can cause is told in the page in one sentence, without a traceback."""
    try:
        yield
    except REFUSALS as error:
        raise refusal(explain(error)) from error


def explain(error: Exception) -> str:
    """The visitor's sentence. That of a failed write names no file, and neither does the log."""
    failed = failed_write(error)
    if failed is None:
        return str(error)
    print(f"A model's files cannot be written: {failed.strerror}", file=sys.stderr)
    return UNWRITTEN.format(failed.strerror)


def failed_write(error: Exception) -> OSError | None:
    """What a full or read-only disk raised, by itself or behind a MeshError."""
    cause = error.__cause__ if isinstance(error, MeshError) else error
    return cause if isinstance(cause, OSError) else None
