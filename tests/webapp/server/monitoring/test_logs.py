"""The log: one line an event, one a second of each kind, control characters escaped."""

import json
import logging

import pytest

from webapp.server.monitoring.logs import OnePerSecond, configure_logging, escape, request_id


@pytest.fixture
def log(monkeypatch, capsys):
    """A function that configures the log with variables and returns what two events write."""
    loggers = [logging.getLogger(name) for name in ("webapp", "uvicorn", "asyncio")]
    before = [(logger.handlers, logger.level) for logger in loggers]

    def write(*messages: str, **variables: str) -> list[str]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        configure_logging()
        for message in messages:
            logging.getLogger("webapp.test").info(message)
        return capsys.readouterr().err.splitlines()

    yield write
    for logger, (handlers, level) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate = handlers, True
        logger.setLevel(level)


def test_a_forged_line_stays_one_line(log):
    (line,) = log("name\r\n2026-01-01 ERROR forged \x1b[31m \u2028")
    assert line.endswith(r"name\r\n2026-01-01 ERROR forged \x1b[31m \u2028")
    assert escape("Stühle 椅子") == "Stühle 椅子"


def test_a_line_can_be_json_with_the_request(log):
    token = request_id.set("abc")
    (line,) = log("two\nlines", LOG_FORMAT="json")
    request_id.reset(token)
    record = json.loads(line)
    assert record["message"] == "two\nlines" and record["request_id"] == "abc"
    assert record["level"] == "INFO" and record["time"]


def test_an_unknown_format_is_named(log):
    with pytest.raises(ValueError, match="LOG_FORMAT is 'xml'"):
        log(LOG_FORMAT="xml")


def test_lines_of_one_kind_are_one_a_second():
    now = [0.0]
    limit = OnePerSecond(lambda: now[0])

    def passes(message: str, *values) -> bool:
        record = logging.LogRecord("a", logging.INFO, "", 0, message, values, None)
        return limit.filter(record)

    assert passes("A %s", 1) and not passes("A %s", 2) and passes("B")
    now[0] = 1.0
    record = logging.LogRecord("a", logging.INFO, "", 0, "A %s", (3,), None)
    assert limit.filter(record) and record.getMessage() == "A 3 (1 more like it)"
    for number in range(5000):
        passes(f"kind {number}")
    assert len(limit.last) <= 1000
