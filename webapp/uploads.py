"""Blocks that accept only files which were uploaded to this server.

Private in Gradio, and overridden here: `Blocks.preprocess_data`, `Blocks.call_function`,
`Blocks.process_api`, `Component.data_model` and `BlockFunction.inputs`. Gradio checks the path of
an image only if its `meta` says that it is a file, opens any other path, and downloads an address
given as a path. It offers no public hook before that. docs/upstream.md is the report for its
maintainers. If a new version of Gradio stops calling these methods,
tests/webapp/endpoints/test_hostile_calls.py fails.
"""

import traceback
from collections.abc import Callable
from pathlib import Path

import gradio as gr

from webapp.messages import NOT_UPLOADED, WRONG_VALUES, refusal
from webapp.server.process.lifetime import StepTimeout

# The files that take a request's values apart. An exception raised elsewhere in `webapp/` is a bug.
ADAPTERS = frozenset(
    Path(__file__).parent / name
    for name in (
        "endpoints/handlers.py",
        "endpoints/scenes.py",
        "endpoints/values.py",
        "events/batch_run.py",
        "events/model_events.py",
        "events/photo_events.py",
        "events/prediction_events.py",
        "events/room_events.py",
        "inference/example_cache.py",
        "inference/model_maker.py",
        "inference/predictor.py",
        "layout/batch_tab.py",
        "sessions/session.py",
    )
)
GRADIO = Path(gr.__file__).parent


# Parameters at the end of an endpoint that callers with values in order may leave out: they were
# added after the first version of the API.
NEW_PARAMETERS = {"convert": 3, "export": 1, "generate": 1, "remesh": 1}


class StrictBlocks(gr.Blocks):
    """Blocks that refuse files not uploaded here, and values of a wrong type, in one sentence."""

    # Waits for the coroutine of a job; the server sets one that has a deadline.
    job_limit: Callable | None = None

    async def process_api(self, *args, **named):
        """Run a job, within its deadline if there is one."""
        job = super().process_api(*args, **named)
        if self.job_limit is None:
            return await job
        try:
            return await self.job_limit(job)
        except StepTimeout as error:
            raise refusal(str(error)) from error

    async def preprocess_data(self, block_fn, inputs, state, explicit_call=False):
        """Check the files among the inputs, then let Gradio unpack all inputs."""
        inputs = _with_new_parameters(block_fn, inputs)
        try:
            inputs = [
                _check_files(value) if getattr(block, "data_model", None) else value
                for block, value in zip(block_fn.inputs, inputs, strict=True)
            ]
            return await super().preprocess_data(block_fn, inputs, state, explicit_call)
        except gr.Error:
            raise
        except Exception as error:
            raise refusal(WRONG_VALUES) from error

    async def call_function(self, block_fn, *args, **named):
        """Run the event; report values of a wrong type without a traceback."""
        try:
            return await super().call_function(block_fn, *args, **named)
        except gr.Error as error:
            if not error.print_exception:  # a refusal of this app
                raise
            raise refusal(error.message) from error
        except Exception as error:
            if not is_unpacking_error(error):
                raise
            raise refusal(WRONG_VALUES) from error


def is_unpacking_error(error: Exception) -> bool:
    """Return True if unpacking the request raised the error (the client's fault, not a bug)."""
    last = Path(traceback.extract_tb(error.__traceback__)[-1].filename)
    return last in ADAPTERS or GRADIO in last.parents


def _check_files(value):
    """Return the value of a component that holds files, each of them checked."""
    if isinstance(value, list):
        return [_check_files(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "path" in value or "url" in value:
        return _check_uploaded(value)
    return {key: _check_files(item) for key, item in value.items()}


def _check_uploaded(file: dict) -> dict:
    """Return the file if it says that it was uploaded here; Gradio then checks its path."""
    meta = file.get("meta")
    is_file = isinstance(meta, dict) and meta.get("_type") == "gradio.FileData"
    if not (is_file and isinstance(file.get("path"), str)):
        raise refusal(NOT_UPLOADED)
    if "://" not in file["path"]:
        return file
    # Over MCP an upload is named by its address on this server; nothing is fetched from there.
    _, route, path = file["path"].partition("/gradio_api/file=")
    if not route:
        raise refusal(NOT_UPLOADED)
    return file | {"path": path, "url": None}


def _with_new_parameters(block_fn, inputs: list) -> list:
    """Append the default values of the parameters that an older caller does not know.

    A caller of `/call` sends no value for a State. Gradio inserts it only if all others are there.
    """
    new = NEW_PARAMETERS.get(block_fn.api_name, 0)
    missing = len(block_fn.inputs) - len(inputs)
    states = [i for i, block in enumerate(block_fn.inputs) if isinstance(block, gr.State)]
    if states and len(states) < missing <= len(states) + new:
        inputs = list(inputs)
        for i in states:
            inputs.insert(i, None)  # Gradio takes the value from the session
        missing -= len(states)
    if 0 < missing <= new:
        return [*inputs, *(block.value for block in block_fn.inputs[-missing:])]
    return inputs
