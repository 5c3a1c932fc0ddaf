"""Gradio's page with a door: what a call brings is judged before Gradio unpacks it."""

import gradio as gr
from gradio_client.utils import is_file_obj_with_meta, traverse

REFUSED = "That did not work"
NOT_UPLOADED = (
    "The picture must be a file uploaded to this server, as "
    '{"path": ..., "meta": {"_type": "gradio.FileData"}}; no other path or address is opened.'
)
MISFIT = "What was sent is not what this endpoint takes; the page's 'Use via API' lists it."


class StrictBlocks(gr.Blocks):
    """Refuses files that were not uploaded here, and tells in a sentence what Gradio logs.

    Gradio holds a path against its folder of uploads only where `meta` says that it is one: an
    image without it is opened wherever it lies. And it downloads an address given as a path.
    """

    async def preprocess_data(self, block_fn, inputs, state, explicit_call=False):
        try:
            inputs = [
                traverse(value, _uploaded, _is_file)
                if getattr(block, "data_model", None)  # a component of files
                else value
                for block, value in zip(block_fn.inputs, inputs, strict=True)
            ]
            return await super().preprocess_data(block_fn, inputs, state, explicit_call)
        except gr.Error:
            raise
        except Exception as error:
            raise gr.Error(MISFIT, title=REFUSED, print_exception=False) from error


def _is_file(value) -> bool:
    return isinstance(value, dict) and ("path" in value or "url" in value)


def _uploaded(file: dict) -> dict:
    """The file, if it says that it was uploaded here; where it lies is checked by Gradio."""
    known = isinstance(file.get("meta"), dict) and is_file_obj_with_meta(file)
    if not known:
        raise gr.Error(NOT_UPLOADED, title=REFUSED, print_exception=False)
    if "://" not in file["path"]:
        return file
    # over MCP an upload is named by its address; nothing is fetched from there
    _, here, path = file["path"].partition("/gradio_api/file=")
    if not here:
        raise gr.Error(NOT_UPLOADED, title=REFUSED, print_exception=False)
    return file | {"path": path, "url": None}
