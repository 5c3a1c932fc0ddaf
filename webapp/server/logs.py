"""The log of the web app: one line an event, without visitors' data.

Log lines hold no file names, addresses or session names of visitors. Libraries log to handlers of
their own: httpx, for one, would write the addresses of visitors' files.
"""

import logging
import os

LOGGER_NAME = "webapp"  # parent of the loggers of all modules in `webapp/`
DEFAULT_LEVEL = "INFO"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FORMAT = "%(asctime)s %(levelname)s %(message)s"


def configure_logging() -> None:
    """Write the app's log to stderr, from the level that LOG_LEVEL names.

    Raises
    ------
    ValueError
        If LOG_LEVEL names no level; the message is one sentence.
    """
    level = os.environ.get("LOG_LEVEL", DEFAULT_LEVEL).upper()
    if level not in LEVELS:
        raise ValueError(f"LOG_LEVEL is {level!r}; choose one of {', '.join(LEVELS)}.")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(FORMAT))
    logger = logging.getLogger(LOGGER_NAME)
    logger.handlers = [handler]
    logger.setLevel(level)
