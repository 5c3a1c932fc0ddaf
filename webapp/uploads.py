"""Gradio's page with a door: what a call brings is judged before Gradio unpacks it."""

import traceback
from pathlib import Path

import gradio as gr

# what the page's own events meet when what they are sent is forged, and where they take it apart
UNPACKED_WRONG = (AttributeError, IndexError, KeyError, TypeError, ValueError)
UNPACKING = (Path(__file__).parent, Path(gr.__file__).parent)
REFUSED = "That did not work"
NOT_UPLOADED = (
    "The picture must be a file uploaded to this server, as "
    '{"path": ..., "meta": {"_type": "gradio.FileData"}}; no other path or address is opened.'
)
MISFIT = "What was sent is not what this endpoint takes; the page's 'Use via API' lists it."


def refusal(sentence: str) -> gr.Error:
    """What the visitor reads, without a traceback in the log."""
    return gr.Error(sentence, title=REFUSED, print_exception=False)


class StrictBlocks(gr.Blocks):
    """Refuses files that were not uploaded here, and tells in a sentence what Gradio logs.

    Gradio holds a path against its folder of uploads only where `meta` says that it is one: an
    image without it is opened wherever it lies. And it downloads an address given as a path.
    """

    async def preprocess_data(self, block_fn, inputs, state, explicit_call=False):
        try:
            inputs = [
                _judged(value)
                if getattr(block, "data_model", None)  # a component of files
                else value
                for block, value in zip(block_fn.inputs, inputs, strict=True)
            ]
            return await super().preprocess_data(block_fn, inputs, state, explicit_call)
        except gr.Error:
            raise
        except Exception as error:
            raise refusal(MISFIT) from error

    async def call_function(self, block_fn, *args, **named):
        try:
            return await super().call_function(block_fn, *args, **named)
        except gr.Error as error:
            if not error.print_exception:  # ours
                raise
            raise refusal(error.message) from error
        except UNPACKED_WRONG as error:
            if not _in_unpacking(error):
                raise
            raise refusal(MISFIT) from error


def _in_unpacking(error: Exception) -> bool:
    """Whether it arose where a call's values are taken apart; below that it is a fault of ours."""
    last = Path(traceback.extract_tb(error.__traceback__)[-1].filename)
    return any(folder in last.parents for folder in UNPACKING)


def _judged(value):
    """What was sent to a component of files, with each file in it as `_uploaded` leaves it."""
    if isinstance(value, list):
        return [_judged(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "path" in value or "url" in value:
        return _uploaded(value)
    return {key: _judged(item) for key, item in value.items()}


def _uploaded(file: dict) -> dict:
    """The file, if it says that it was uploaded here; where it lies is checked by Gradio."""
    meta = file.get("meta")
    said = isinstance(meta, dict) and meta.get("_type") == "gradio.FileData"
    if not (said and isinstance(file.get("path"), str)):
        raise refusal(NOT_UPLOADED)
    if "://" not in file["path"]:
        return file
    # over MCP an upload is named by its address; nothing is fetched from there
    _, here, path = file["path"].partition("/gradio_api/file=")
    if not here:
        raise refusal(NOT_UPLOADED)
    return file | {"path": path, "url": None}
