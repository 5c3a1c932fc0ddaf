"""The log of the web app: one line an event, without visitors' data.

Log lines hold no file names, addresses or session names of visitors. Libraries log to handlers of
their own: httpx, for one, would write the addresses of visitors' files.
"""

import json
import logging
import os
import time
from collections.abc import Callable
from contextvars import ContextVar

LOGGER_NAME = "webapp"  # parent of the loggers of all modules in `webapp/`
DEFAULT_LEVEL = "INFO"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FORMATS = ("text", "json")  # of LOG_FORMAT
FORMAT = "%(asctime)s %(levelname)s %(message)s"
KIND_SECONDS = 1.0  # lines of one kind are at least so far apart
MAX_KINDS = 1000  # kinds that are remembered

# Of the request that is being answered; also sent as X-Request-ID.
request_id: ContextVar[str] = ContextVar("request_id", default="")


def configure_logging() -> None:
    """Write the app's log to stderr, from the level that LOG_LEVEL names, in LOG_FORMAT.

    Raises
    ------
    ValueError
        If a variable has no value of its list; the message is one sentence.
    """
    level = os.environ.get("LOG_LEVEL", DEFAULT_LEVEL).upper()
    if level not in LEVELS:
        raise ValueError(f"LOG_LEVEL is {level!r}; choose one of {', '.join(LEVELS)}.")
    kind = os.environ.get("LOG_FORMAT", FORMATS[0]).lower()
    if kind not in FORMATS:
        raise ValueError(f"LOG_FORMAT is {kind!r}; choose one of {', '.join(FORMATS)}.")
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if kind == "json" else TextLines(FORMAT))
    handler.addFilter(OnePerSecond())
    logger = logging.getLogger(LOGGER_NAME)
    logger.handlers, logger.propagate = [handler], False  # mcp's library adds a handler to the root
    logger.setLevel(level)
    for name in ("uvicorn", "asyncio"):  # the server's own lines: bad requests, no descriptors
        logging.getLogger(name).handlers = [handler]
        logging.getLogger(name).propagate = False
    for name in ("mcp", "python_multipart"):  # their lines hold tracebacks and visitors' data
        logging.getLogger(name).setLevel(logging.CRITICAL)


class OnePerSecond(logging.Filter):
    """Passes one line a second of each kind: of one logger, level and text before its values."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.clock = clock
        self.last: dict[tuple, tuple[float, int]] = {}  # kind: time of its line, lines left out

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the line is written; it then tells how many like it were left out."""
        kind, now = (record.name, record.levelno, str(record.msg)[:100]), self.clock()
        at, left_out = self.last.pop(kind, (float("-inf"), 0))
        passes = now - at >= KIND_SECONDS
        self.last[kind] = (now, 0) if passes else (at, left_out + 1)
        if len(self.last) > MAX_KINDS:
            del self.last[next(iter(self.last))]
        if passes and left_out:
            record.msg, record.args = f"{record.getMessage()} ({left_out} more like it)", ()
        return passes


class TextLines(logging.Formatter):
    """One line an event, except for tracebacks of bugs; control characters are escaped."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # logging's name
        """Return the line without its traceback."""
        return escape(super().formatMessage(record))


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := request_id.get():
            line["request_id"] = request
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def escape(text: str) -> str:
    """Return the text with control characters, such as the end of a line, escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
