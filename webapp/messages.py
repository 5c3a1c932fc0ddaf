"""Sentences that a visitor reads when something fails, without a traceback.

`gr.Error(print_exception=False)` keeps an expected error out of the log.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

import gradio as gr

from core.errors import PictureError, UserError

ERROR_TITLE = "That did not work"
SESSION_EXPIRED = "Your visit has ended on the server; give the photo again to go on."
NO_MODEL = "There is no model yet, or your visit has ended; call /generate first."
MCP_HAS_NO_SESSION = "Over MCP there is no session that could keep a model; use convert."
NOT_UPLOADED = (
    "The picture must be a file uploaded to this server, as "
    '{"path": ..., "meta": {"_type": "gradio.FileData"}}; no other path or address is opened.'
)
WRONG_VALUES = "What was sent is not what this endpoint takes; the page's 'Use via API' lists it."
NOTHING_LEFT = "Nothing is left of the model at this setting; move Thin parts toward more."
CANNOT_WRITE = "The server cannot write files just now ({}); what you have stays, try again later."

logger = logging.getLogger(__name__)


class StorageError(UserError):
    """The server cannot write files; the sentence names no file."""


def refusal(sentence: str) -> gr.Error:
    """Return the error that shows the sentence on the page and leaves no traceback in the log."""
    return gr.Error(sentence, title=ERROR_TITLE, print_exception=False)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn each UserError, and each failed write, into the `gr.Error` that shows its sentence."""
    try:
        with storage_errors():
            yield
    except UserError as error:
        raise refusal(str(error)) from error


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn an OSError, and the error of a failed write, into a StorageError.

    A photo that cannot be read is a PictureError, and stays one.
    """
    try:
        yield
    except OSError as error:
        raise _storage_error(error) from error
    except UserError as error:
        if isinstance(error.__cause__, OSError) and not isinstance(error, PictureError):
            raise _storage_error(error.__cause__) from error
        raise


def _storage_error(error: OSError) -> StorageError:
    """Log the reason without the file's name, which a visitor chose."""
    logger.error("A model's files cannot be written: %s", error.strerror)
    return StorageError(CANNOT_WRITE.format(error.strerror))


def as_warning(handler: Callable) -> Callable:
    """Return the handler with its refusals shown as warnings, so that the event succeeds.

    Gradio's page drops a deferred change when the event before it fails (docs/upstream.md). So no
    event with `trigger_mode="always_last"` may fail because of a value that the visitor chose.
    """

    @wraps(handler)
    def run(*args, **values):
        try:
            return handler(*args, **values)
        except gr.Error as error:
            if error.print_exception:  # not a refusal
                raise
            gr.Warning(error.message, title=ERROR_TITLE)
            return gr.skip()

    return run
