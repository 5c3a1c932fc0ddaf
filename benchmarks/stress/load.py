"""Many visitors at once for some minutes; each answer is compared with the expected model."""

import asyncio
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import numpy as np

from benchmarks.api_client import EXAMPLES
from benchmarks.app_server import AppServer
from benchmarks.stress.report import Row
from benchmarks.stress.visitor import QUEUE_FULL, Answer, Visitor, expected_digest

SIMULTANEOUS_S = 1.0  # closer answers may arrive in either order; a queue of 64 takes 11 s
RETRY_S = 1.0  # pause of a visitor after "Queue is full"
MAX_PROBLEMS_SHOWN = 3


@dataclass
class LoadFigures:
    """Answers that the simulated visitors of a load test received."""

    seconds: float  # length of the test
    answers: int = 0  # models
    queue_full: int = 0  # refusals because the queue was full
    problems: list[str] = field(default_factory=list)  # any other error messages
    wrong: int = 0  # models that differ from the expected one
    overtaken: int = 0  # answers that came before one that was queued earlier
    percentiles: tuple[float, float, float] = (np.nan, np.nan, np.nan)  # p50, p95, p99, seconds
    leaks: int = 0  # log lines with a traceback or a photo's name


def measure_load(
    folder: Path, clients: int, seconds: float, environment: dict | None = None
) -> list[Row]:
    """Measure visitors that send the next photo as soon as they have an answer.

    Parameters
    ----------
    folder : Path
        Folder for the server's files.
    clients : int
        Number of visitors at once.
    seconds : float
        Time after which they start no more calls.
    environment : dict, optional
        More environment variables of the server.
    """
    figures = run_load(folder, clients, seconds, environment)
    who = f"{clients} visitors at once for {figures.seconds:.0f} s"
    rate = f"{figures.answers} answers, {figures.answers / figures.seconds:.2f} a second"
    times = " / ".join(f"{value:.1f}" for value in figures.percentiles) + " s"
    return [
        Row(who, "answers", rate, figures.answers > 0),
        Row("upload to download, p50 / p95 / p99", "recorded", times, True),
        Row('answers "Queue is full"', "recorded", f"{figures.queue_full}", True),
        Row("any other error", "none", summary(figures.problems), not figures.problems),
        _none("answers that differ from the expected model", figures.wrong),
        _none("answers that overtook an earlier call", figures.overtaken),
        _none("photo names or tracebacks in the log", figures.leaks),
    ]


def run_load(
    folder: Path, clients: int, seconds: float, environment: dict | None = None
) -> LoadFigures:
    """Run the load test behind the rows of `measure_load`."""
    expected = {path: expected_digest(path) for path in EXAMPLES}
    with AppServer(folder, environment) as server:
        began = time.monotonic()
        calls = asyncio.run(_visit_all(server.url, clients, began + seconds))
        elapsed = time.monotonic() - began
    figures = _figures(calls, expected, elapsed)
    figures.leaks = count_leaks(server.log)
    return figures


def _none(what: str, number: int) -> Row:
    return Row(what, "none", str(number), number == 0)


def summary(problems: list[str]) -> str:
    """Return the number of problems and some of them."""
    examples = sorted(set(problems))[:MAX_PROBLEMS_SHOWN]
    return f"{len(problems)} {examples or ''}".strip()


async def _visit_all(url: str, clients: int, deadline: float) -> list[tuple[Path, Answer]]:
    calls: list[tuple[Path, Answer]] = []
    await asyncio.gather(*(_visit(url, number, deadline, calls) for number in range(clients)))
    return calls


async def _visit(url: str, number: int, deadline: float, calls: list) -> None:
    async with Visitor(url) as visitor:
        for call in count(number):
            if time.monotonic() >= deadline:
                return
            path = EXAMPLES[call % len(EXAMPLES)]
            answer = await visitor.generate(path)
            calls.append((path, answer))
            if QUEUE_FULL in answer.problem:
                await asyncio.sleep(RETRY_S)


def _figures(
    calls: list[tuple[Path, Answer]], expected: dict[Path, str], elapsed: float
) -> LoadFigures:
    answers = [answer for _, answer in calls]
    done = [answer for answer in answers if not answer.problem]
    problems = [answer.problem for answer in answers if answer.problem]
    seconds = [answer.seconds for answer in done] or [np.nan]
    return LoadFigures(
        elapsed,
        len(done),
        sum(QUEUE_FULL in problem for problem in problems),
        [problem for problem in problems if QUEUE_FULL not in problem],
        sum(1 for path, answer in calls if answer.digest and answer.digest != expected[path]),
        count_overtaken(done),
        tuple(np.percentile(seconds, (50, 95, 99))),
    )


def count_overtaken(answers: list[Answer]) -> int:
    """Count pairs of answers that came in another order than their calls.

    A call counts as earlier only if it was in the queue before the other one was sent. Answers
    within SIMULTANEOUS_S of each other may come in either order.
    """
    ordered = sorted(answers, key=lambda answer: answer.queued)
    return sum(
        1
        for i, first in enumerate(ordered)
        for second in ordered[i + 1 :]
        if second.submitting > first.queued and second.done < first.done - SIMULTANEOUS_S
    )


def count_leaks(log: str) -> int:
    """Count log lines that hold the name of an example photo or a traceback."""
    names = [path.stem for path in EXAMPLES]
    lines = log.splitlines()
    return sum("Traceback" in line or any(name in line for name in names) for line in lines)
