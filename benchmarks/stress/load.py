"""A crowd: many visitors at once for some minutes, each answer compared with the one alone."""

import asyncio
import time
from itertools import count
from pathlib import Path

import numpy as np

from benchmarks.stress.report import Row
from benchmarks.stress.server import Server
from benchmarks.stress.visitor import FULL, PICTURES, Answer, Visitor, alone

SAME = 0.25  # seconds
REST_SECONDS = 1.0  # of a visitor who was told that the queue is full


def load(folder: Path, clients: int, seconds: float, settings: dict | None = None) -> list[Row]:
    """Of `clients` visitors at once who ask again as soon as they have their answer."""
    f = crowd(folder, clients, seconds, settings)
    who = f"{clients} visitors at once for {f['seconds']:.0f} s"
    times = f"{f['p50']:.1f} / {f['p95']:.1f} / {f['p99']:.1f} s"
    rate = f"{f['answers']} answers, {f['throughput']:.2f} a second"
    problems = f"{len(f['problems'])} {sorted(set(f['problems']))[:3] or ''}".strip()
    return [
        Row(who, "answers", rate, f["answers"] > 0),
        Row("upload to download, p50 / p95 / p99", "recorded", times, True),
        Row("told that the queue is full", "honest", f"{f['full']} times", True),
        Row("any other error", "none", problems, not f["problems"]),
        Row(
            "answers that differ from the one given alone", "none", str(f["wrong"]), not f["wrong"]
        ),
        Row(
            "answers that overtook an earlier one", "none", str(f["overtaken"]), not f["overtaken"]
        ),
        Row("pictures' names or tracebacks in the log", "none", str(f["leaks"]), not f["leaks"]),
    ]


def crowd(folder: Path, clients: int, seconds: float, settings: dict | None = None) -> dict:
    """The figures behind the rows."""
    expected = {picture: alone(picture) for picture in PICTURES}
    with Server(folder, settings) as server:
        began = time.monotonic()
        asked = asyncio.run(_all(server.url, clients, began + seconds))
        elapsed = time.monotonic() - began
        log = server.log
    return _figures(asked, expected, elapsed) | {"leaks": leaks(log)}


async def _all(url: str, clients: int, until: float) -> list[tuple[Path, Answer]]:
    asked: list[tuple[Path, Answer]] = []
    await asyncio.gather(*(_visit(url, number, until, asked) for number in range(clients)))
    return asked


async def _visit(url: str, number: int, until: float, asked: list) -> None:
    async with Visitor(url) as visitor:
        for turn in count():
            if time.monotonic() >= until:
                return
            picture = PICTURES[(number + turn) % len(PICTURES)]
            answer = await visitor.generate(picture)
            asked.append((picture, answer))
            if FULL in answer.problem:
                await asyncio.sleep(REST_SECONDS)


def _figures(asked: list, expected: dict[Path, str], elapsed: float) -> dict:
    answers = [answer for _, answer in asked]
    done = [answer for answer in answers if not answer.problem]
    seconds = [answer.seconds for answer in done] or [float("nan")]
    p50, p95, p99 = np.percentile(seconds, (50, 95, 99))
    problems = [a.problem for a in answers if a.problem and FULL not in a.problem]
    wrong = sum(1 for picture, a in asked if a.digest and a.digest != expected[picture])
    return {
        "seconds": elapsed,
        "answers": len(done),
        "throughput": len(done) / elapsed,
        "full": sum(FULL in answer.problem for answer in answers),
        "problems": problems,
        "wrong": wrong,
        "overtaken": overtaken(done),
        "p50": p50,
        "p95": p95,
        "p99": p99,
    }


def overtaken(answers: list[Answer]) -> int:
    """Answers that came before one that had surely joined the queue earlier.

    Surely: it was in the queue before the other's call was sent. SAME allows for two answers that
    reach this process in one turn of its loop.
    """
    ordered = sorted(answers, key=lambda answer: answer.joined)
    return sum(
        1
        for i, first in enumerate(ordered)
        for second in ordered[i + 1 :]
        if second.joining > first.joined and second.done < first.done - SAME
    )


def leaks(log: str) -> int:
    """Lines of the server's log that name a visitor's picture or tell of an unexpected error."""
    names = [picture.stem for picture in PICTURES]
    lines = log.splitlines()
    return sum("Traceback" in line or any(name in line for name in names) for line in lines)
