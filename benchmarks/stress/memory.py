"""Requests one after another: memory, descriptors and files must not grow; old files must go.

With a short `keep_seconds` the server removes files after seconds, so that the removal can be
measured. With the default, the hour, no file is old enough at the end; then the test checks that
files and models stay, and that visitors beyond the limit of sessions are refused. Every second
visitor keeps a connection open as a browser does; the others are API clients.
"""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

import httpx

from benchmarks.api_client import EXAMPLES, EXPORT_OPTIONS, SETTINGS, error_text
from benchmarks.app_server import AppServer
from benchmarks.stress.load import count_leaks
from benchmarks.stress.report import Row
from benchmarks.stress.retention import Visit, file_rows
from benchmarks.stress.visitor import Answer, Visitor, expected_digest
from webapp.server.limits import Limits
from webapp.server.refusal import NO_ROOM

REQUESTS_PER_VISIT = 4  # one /generate, then /remesh and /export by turns
FORMATS = ("glb", "obj", "ply", "stl", "vox", "npz", "binvox", "zip")
OTHER_SETTINGS = [0.4, "blocks", True, "photo"]
SWEEP_SECONDS = 2
MAX_GROWTH = 0.05  # of resident memory after the warm-up
READINGS = 5  # of memory, averaged: it varies by 2 % from visit to visit
MAX_MORE_DESCRIPTORS = 3  # connections that are closing
GRADIO_SECONDS = 5  # Gradio's own clock runs once a second; the disk may be busy
DEFAULT_KEEP_SECONDS = Limits().keep_seconds
SECOND_VISITOR = "the 2nd visitor calls again"


@dataclass
class MemoryFigures:
    """Results of a run of sequential requests."""

    keep_seconds: float  # from the end of a visit until its files must be gone
    seconds: float = 0.0  # length of the run
    visits: list[Visit] = field(default_factory=list)
    wrong: int = 0  # calls that failed or gave another model
    refused: int = 0  # visits that the server refused because all its sessions hold a model
    second: tuple[str, Answer] | None = None  # session and answer of the first API client
    return_visit: tuple[str, bool] | None = None  # its error and whether its file stays, at the end
    seconds_until_gone: float | None = None  # until no file is left after the last request
    files_left: int = 0
    leaks: int = 0  # log lines with a traceback or a photo's name


def measure_memory(
    folder: Path, requests: int, warm_up: int, keep_seconds: int, environment: dict | None = None
) -> list[Row]:
    """Measure memory, descriptors and files after the warm-up and after all requests.

    Parameters
    ----------
    folder : Path
        Folder for the server's files.
    requests : int
        Number of requests, a multiple of REQUESTS_PER_VISIT.
    warm_up : int
        Requests before the first reading.
    keep_seconds : int
        Age in seconds at which the server removes files; DEFAULT_KEEP_SECONDS leaves all limits
        at their defaults.
    environment : dict, optional
        More environment variables of the server.
    """
    environment = environment or {}
    figures = run_requests(folder, requests, keep_seconds, environment)
    visits = figures.visits
    first, last = visits[warm_up // REQUESTS_PER_VISIT - 1 :], visits[-READINGS:]
    descriptors = f"{first[0].descriptors} after {warm_up}, {last[-1].descriptors} at the end"
    flat = last[-1].descriptors <= first[0].descriptors + MAX_MORE_DESCRIPTORS
    wrong = f"{figures.wrong} in {figures.seconds:.0f} s"
    max_sessions = int(environment.get("MOST_VISITORS", Limits().most_visitors))
    return [
        Row(f"{requests} requests in a row: failed or wrong", "none", wrong, not figures.wrong),
        _memory_row(first[:READINGS], last, warm_up),
        Row("open file descriptors", "flat", descriptors, flat),
        *file_rows(visits, figures.keep_seconds),
        *(
            _default_rows(figures, max_sessions)
            if figures.return_visit
            else [_removal_row(figures, keep_seconds)]
        ),
        Row("photo names or tracebacks in the log", "none", f"{figures.leaks}", not figures.leaks),
    ]


def _memory_row(first: list[Visit], last: list[Visit], warm_up: int) -> Row:
    before, after = (mean(visit.rss_bytes / 1e6 for visit in part) for part in (first, last))
    growth = after / before - 1
    measured = f"{before:.0f} MB after {warm_up}, {after:.0f} MB at the end: {growth:+.1%}"
    return Row("resident memory", "within 5 %", measured, growth <= MAX_GROWTH)


def _removal_row(figures: MemoryFigures, keep_seconds: int) -> Row:
    measured = (
        f"{figures.seconds_until_gone:.0f} s after the last request, {figures.files_left} left"
    )
    wanted = f"after {keep_seconds} s and a sweep"
    return Row("visitors' files gone", wanted, measured, not figures.files_left)


def _default_rows(figures: MemoryFigures, max_sessions: int) -> list[Row]:
    """Check that models and files stay for their hour, and that newcomers are refused."""
    made = sum(visit.model_bytes for visit in figures.visits if not visit.browser) / 1e6
    present = figures.visits[-1].file_bytes / 1e6
    measured = f"{made:.1f} MB made, {present:.1f} MB of files there"
    rows = [Row("models of API clients, none an hour old", "all there", measured, present >= made)]
    error, stays = figures.return_visit
    measured = f"{error or 'another mesh'}; the file is {'there' if stays else 'gone'}"
    rows.append(Row(SECOND_VISITOR, "its model, its file", measured, stays and not error))
    wanted = f"{max(len(figures.visits) - max_sessions, 0)} refused"
    measured = f"{figures.refused} refused"
    what = f"visits beyond {max_sessions} sessions with a model"
    return [*rows, Row(what, wanted, measured, measured == wanted)]


def run_requests(
    folder: Path, requests: int, keep_seconds: int, environment: dict
) -> MemoryFigures:
    """Run the requests behind the rows of `measure_memory`."""
    defaults = keep_seconds == DEFAULT_KEEP_SECONDS
    sweep_seconds = Limits().sweep_seconds if defaults else SWEEP_SECONDS
    faster = {"KEEP_SECONDS": str(keep_seconds), "SWEEP_SECONDS": str(sweep_seconds)}
    # A sweep removes what is older than keep_seconds and one sweep; the next one may be due.
    figures = MemoryFigures(keep_seconds + 2 * sweep_seconds + GRADIO_SECONDS)
    with AppServer(folder, ({} if defaults else faster) | environment) as server:
        began = time.monotonic()
        asyncio.run(_visit_one_by_one(server, requests, figures))
        figures.seconds = time.monotonic() - began
        if defaults:
            figures.return_visit = asyncio.run(_call_again(server.url, *figures.second))
        else:
            figures.seconds_until_gone = _seconds_until_gone(server, figures.keep_seconds)
        figures.files_left = server.usage().files
    figures.leaks = count_leaks(server.log)
    return figures


async def _visit_one_by_one(server: AppServer, requests: int, figures: MemoryFigures) -> None:
    for number in range(requests // REQUESTS_PER_VISIT):
        path = EXAMPLES[number % len(EXAMPLES)]
        async with Visitor(server.url, browser=number % 2 == 0) as visitor:
            answer = await visitor.generate(path)
            if answer.problem == NO_ROOM().sentence:
                figures.refused += 1
            else:
                figures.wrong += answer.digest != expected_digest(path)
                figures.wrong += await _count_failures(visitor, number)
            if number == 1:
                figures.second = (visitor.session, answer)
        figures.visits.append(_visit_record(visitor, server))


def _visit_record(visitor: Visitor, server: AppServer) -> Visit:
    usage = server.usage()
    return Visit(
        time.monotonic(),
        visitor.uploaded_bytes,
        visitor.model_bytes,
        visitor.browser,
        usage.rss_bytes,
        usage.descriptors,
        usage.file_bytes,
    )


async def _count_failures(visitor: Visitor, number: int) -> int:
    """Send the other requests of a visit; return how many of them failed."""
    first = number * REQUESTS_PER_VISIT
    done = [await _follow_up(visitor, first + i) for i in range(1, REQUESTS_PER_VISIT)]
    return done.count(False)


async def _follow_up(visitor: Visitor, number: int) -> bool:
    """Remesh or export the visitor's model; return whether a file came back."""
    if number % 2:
        kind, values = await visitor.call("remesh", *OTHER_SETTINGS)
    else:
        name = FORMATS[number // 2 % len(FORMATS)]
        kind, values = await visitor.call("export", name, *SETTINGS, *EXPORT_OPTIONS)
    return kind == "complete" and len(await visitor.fetch_model(values[0])) > 0


async def _call_again(url: str, session: str, answer: Answer) -> tuple[str, bool]:
    """Call /remesh in an old session; return the error, if any, and whether its file stays."""
    async with Visitor(url, browser=False) as visitor:
        visitor.session = session
        kind, values = await visitor.call("remesh", *OTHER_SETTINGS)
        try:  # an answer whose file was gone before it was sent names none
            stays = answer.file is not None and len(await visitor.fetch(answer.file)) > 0
        except httpx.HTTPStatusError:
            stays = False
    return error_text(values) if kind == "error" else "", stays


def _seconds_until_gone(server: AppServer, timeout: float) -> float:
    """Wait until the server has no visitor's file; infinity after `timeout` seconds."""
    began = time.monotonic()
    while time.monotonic() - began < timeout:
        if not server.usage().files:
            return time.monotonic() - began
        time.sleep(0.2)
    return float("inf")
