"""Bodies of requests: their size, their speed, and the parts of a form, while the bytes arrive."""

import asyncio
import json
import time
from collections.abc import Callable

from python_multipart.multipart import MultipartParser, parse_options_header

from webapp.server.refusal import (
    TOO_LARGE,
    TOO_SLOW,
    WRONG_BODY,
    WRONG_FORM,
    WRONG_NAME,
    RefusedRequest,
)
from webapp.server.requests.routes import NAME

BODY_SECONDS = 10.0  # for a body, beside the time that its size takes
MIN_BYTES_PER_SECOND = 20_000  # a slow mobile connection
MAX_PARTS = 64  # of a form; *Many photos* takes 50
MAX_BOUNDARY = 70  # characters, RFC 2046
# Whole numbers or flags of a call; Gradio's answer about an infinite one fails.
NUMBERS = ("fn_index", "trigger_id", "batched", "simple_format")
MAX_FIELD = 65_536  # bytes of all fields that are no file, and of the headers of all parts


def limit_body(receive: Callable, limit: int, watch: Callable[[bytes], object]) -> Callable:
    """Return `receive` that raises RefusedRequest if the body is too large or too slow.

    Parameters
    ----------
    receive : callable
        ASGI's.
    limit : int
        Most bytes of the body.
    watch : callable
        Is given each chunk; it may raise RefusedRequest as well.
    """
    start, size, complete = time.monotonic(), 0, False

    async def limited() -> dict:
        nonlocal size, complete
        if complete:  # waits for the client to leave
            return await receive()
        deadline = start + BODY_SECONDS + size / MIN_BYTES_PER_SECOND
        try:
            message = await asyncio.wait_for(receive(), deadline - time.monotonic())
        except TimeoutError:
            raise TOO_SLOW() from None
        chunk = message.get("body", b"")
        complete = not message.get("more_body", False)
        size += len(chunk)
        if size > limit:
            raise TOO_LARGE()
        watch(chunk)
        return message

    return limited


async def read_json(receive: Callable, is_call: bool = True) -> tuple[dict, Callable]:
    """Return the JSON object of a body, and a `receive` that gives the body again.

    Parameters
    ----------
    receive : callable
        ASGI's.
    is_call : bool
        True if the object has Gradio's fields. Those that name a session, an event or a function
        are checked.

    Raises
    ------
    RefusedRequest
        If the body is no JSON object, or a name in it is not valid.
    """
    messages, more = [], True
    while more:
        messages.append(await receive())
        more = messages[-1].get("more_body", False)
    try:
        text = b"".join(message.get("body", b"") for message in messages)
        body = json.loads(text or b"{}")  # Gradio refuses an empty one
    except (ValueError, RecursionError):
        raise WRONG_BODY() from None
    if not isinstance(body, dict):
        raise WRONG_BODY()
    if is_call:
        _check_fields(body)
    replay = iter(messages)

    async def again() -> dict:
        return next(replay, None) or await receive()

    return body, again


def _check_fields(body: dict) -> None:
    """Raise RefusedRequest if a name, a number or the list of values is not valid."""
    for key in ("session_hash", "event_id"):
        name = body.get(key)
        if name is not None and not (isinstance(name, str) and NAME.match(name)):
            raise WRONG_NAME()
    numbers = [body.get(key) for key in NUMBERS]
    if not all(value is None or isinstance(value, int) for value in numbers):
        raise WRONG_BODY()
    if not isinstance(body.get("data") or [], list):
        raise WRONG_BODY()


class FormWatch:
    """Refuses a form of too many parts, or with fields that are no files.

    Gradio's parser writes files to the disk and holds fields in memory, whatever their size.
    """

    def __init__(self, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not 0 < len(boundary) <= MAX_BOUNDARY:
            raise WRONG_FORM()
        self.parts, self.field_bytes, self.is_file = 0, 0, False
        self.name, self.value, self.disposition = b"", b"", b""
        names = (
            "part_begin",
            "part_data",
            "part_end",
            "header_field",
            "header_value",
            "header_end",
        )
        names += ("headers_finished",)
        callbacks = {f"on_{name}": getattr(self, f"_{name}") for name in names}
        self.parser = MultipartParser(boundary, callbacks)

    def __call__(self, chunk: bytes) -> None:
        """Take the next bytes of the body."""
        try:
            self.parser.write(chunk)
        except RefusedRequest:
            raise
        except Exception as error:  # the parser's own errors
            raise WRONG_FORM() from error

    def _part_begin(self) -> None:
        self.parts, self.is_file = self.parts + 1, False
        if self.parts > MAX_PARTS:
            raise TOO_LARGE()

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if not self.is_file:
            self._count(end - start)

    def _part_end(self) -> None:
        """Refuse a field that is no file: uploads have none, and Gradio fails at it."""
        if not self.is_file:
            raise WRONG_FORM()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self.name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self.value += data[start:end]

    def _header_end(self) -> None:
        if self.name.lower() == b"content-disposition":
            self.disposition = self.value
        self.name, self.value = b"", b""

    def _headers_finished(self) -> None:
        """Tell a file from a field as Gradio's parser does."""
        self.is_file = b"filename" in parse_options_header(self.disposition)[1]
        self.disposition = b""

    def _count(self, size: int) -> None:
        self.field_bytes += size
        if self.field_bytes > MAX_FIELD:
            raise TOO_LARGE()
