"""Requests in a row: memory, descriptors and files must not grow, and old files must go.

Time runs faster than with the defaults: what a visit holds goes after seconds, not after an hour.
Or it runs as it does: nothing is too old at the end then, and as many sessions are held as may be.
Every second visitor holds a connection open as a browser does; the others are clients of the API.
"""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import httpx

from benchmarks.stress.load import leaks
from benchmarks.stress.report import Row
from benchmarks.stress.server import Server
from benchmarks.stress.visitor import FINISH, PICTURES, SETTINGS, Answer, Visitor, alone, said
from webapp.server.cleanup import everything_in
from webapp.server.limits import Limits

REQUESTS_A_VISIT = 4  # one model, then remeshed and exported; then another visitor comes
FORMATS = ("glb", "obj", "ply", "stl", "vox", "npz", "binvox", "zip")
SWEEP_SECONDS = 2
GROWTH = 0.05  # of resident memory, after the first requests
READINGS = 5  # of memory, one after each visit: it swings by 2 % with what a visit asks for
MORE_DESCRIPTORS = 3  # connections that are just closing
MORE_FILES = 0.1  # of the bound: visits end and sweeps come as they may
GRADIO_SECONDS = 5  # its own sweeps come once a second; the disk may be busy


@dataclass(frozen=True)
class Seen:
    """The server when a visit had ended, and what the visit was."""

    when: float  # time.monotonic()
    browser: bool
    brought: int  # bytes of the picture that was uploaded, and of its crop
    made: int  # bytes of the models that came of it
    rss: float  # MB
    descriptors: int
    bytes: int  # of all visitors' files


def memory(
    folder: Path, requests: int, warm_up: int, keep_seconds: int, settings: dict | None = None
) -> list[Row]:
    """Of requests in a row: after the first `warm_up`, after all, and once all files are too old.

    keep_seconds : the age at which the server removes files, short so that it can be waited for;
        the default, for a server with all its defaults, of which nothing is waited for
    settings : others of the server, so that a test can make it forget to
    """
    f = in_a_row(folder, requests, warm_up, keep_seconds, settings or {})
    first, last = f["seen"][warm_up // REQUESTS_A_VISIT - 1 :], f["seen"][-READINGS:]
    handles = f"{first[0].descriptors} after {warm_up}, {last[-1].descriptors} at the end"
    visits = f"{f['wrong']} in {f['seconds']:.0f} s"
    flat = last[-1].descriptors <= first[0].descriptors + MORE_DESCRIPTORS
    return [
        Row(f"{requests} requests in a row: failed or wrong", "none", visits, not f["wrong"]),
        _memory_row(first[:READINGS], last, warm_up),
        Row("open file descriptors", "flat", handles, flat),
        *_files_rows(f["seen"], f["kept"]),
        *(_full_house_rows(f) if f["early"] else [_gone_row(f, keep_seconds)]),
        Row("pictures' names or tracebacks in the log", "none", str(f["leaks"]), not f["leaks"]),
    ]


def _gone_row(f: dict, keep_seconds: int) -> Row:
    gone = f"{f['gone']:.0f} s after the last request, {len(f['left'])} left"
    return Row("visitors' files gone", f"after {keep_seconds} s and a sweep", gone, not f["left"])


def _full_house_rows(f: dict) -> list[Row]:
    """Files stay for their hour, also those of a visitor for whom there is no room any more."""
    made = sum(visit.made for visit in f["seen"] if not visit.browser) / 1e6
    there = f["seen"][-1].bytes / 1e6
    measured = f"{made:.1f} MB made, {there:.1f} MB of files there"
    rows = [Row("models of API clients, none an hour old", "all there", measured, there >= made)]
    if len(f["seen"]) > f["most_visitors"] + 1:
        sentence, stays = f["early"]
        told = f"{sentence or 'another shape'}; the file is {'there' if stays else 'gone'}"
        wanted = "a sentence, the file there"
        held = bool(sentence) and "Traceback" not in sentence and stays
        rows.append(Row("the 2nd visitor, put out since, asks again", wanted, told, held))
    return rows


def _memory_row(first: list[Seen], last: list[Seen], warm_up: int) -> Row:
    before, after = (mean(seen.rss for seen in part) for part in (first, last))
    growth = after / before - 1
    measured = f"{before:.0f} MB after {warm_up}, {after:.0f} MB at the end: {growth:+.1%}"
    return Row("resident memory", "within 5 %", measured, growth <= GROWTH)


@dataclass(frozen=True)
class Kept:
    """Seconds for which a visit's files may be on the disk after it ended, at most."""

    pictures: float
    models: float
    left: float  # models of a visitor whose closed page tells that they are gone

    def allowed(self, visits: list[Seen], now: float) -> int:
        """Bytes that these visits may have left: each what it brought and was given."""
        total = 0
        for visit in visits:
            age = now - visit.when
            total += visit.brought * (age < self.pictures)
            total += visit.made * (age < (self.left if visit.browser else self.models))
        return total


def _files_rows(seen: list[Seen], kept: Kept) -> list[Row]:
    """The bound follows from the visits of the last seconds, and the share of it may not grow."""
    allowed = [kept.allowed(seen[: i + 1], visit.when) for i, visit in enumerate(seen)]
    shares = [visit.bytes / most for visit, most in zip(seen, allowed, strict=True)]
    most = max(visit.bytes for visit in seen) / 1e6
    bound = f"what visits of the last {kept.left:.0f} to {kept.pictures:.0f} s brought and got"
    measured = f"{most:.1f} MB at most, never over {max(shares):.0%} of the bound"
    rows = [Row("visitors' files on the disk", bound, measured, max(shares) <= 1)]
    quarter = len(seen) // 4
    if seen[quarter].when - seen[0].when > kept.pictures:  # else none of them is level
        before, after = mean(shares[quarter : 2 * quarter]), mean(shares[-quarter:])
        quarters = f"{before:.0%} of the bound, then {after:.0%}"
        held = after <= before + MORE_FILES
        rows.append(Row("visitors' files, 2nd and 4th quarter", "no growth", quarters, held))
    return rows


def in_a_row(folder: Path, requests: int, warm_up: int, keep_seconds: int, settings: dict) -> dict:
    """The figures behind the rows; "early" where the server has its defaults."""
    default, as_it_is = Limits(), keep_seconds == Limits().keep_seconds
    left_seconds = max(1, round(keep_seconds * default.left_seconds / default.keep_seconds))
    sweep_seconds = default.sweep_seconds if as_it_is else SWEEP_SECONDS
    faster = {
        "KEEP_SECONDS": str(keep_seconds),
        "LEFT_SECONDS": str(left_seconds),
        "SWEEP_SECONDS": str(sweep_seconds),
    }
    swept = keep_seconds + 2 * sweep_seconds + GRADIO_SECONDS
    with Server(folder, ({} if as_it_is else faster) | settings) as server:
        began = time.monotonic()
        seen, wrong, second = asyncio.run(_ask(server, requests))
        elapsed = time.monotonic() - began
        early = asyncio.run(_ask_again(server.url, *second)) if as_it_is else None
        gone = None if as_it_is else _seconds_until_gone(server, swept)
        return {
            "early": early,
            "most_visitors": int(settings.get("MOST_VISITORS", default.most_visitors)),
            "seconds": elapsed,
            "seen": seen,
            "kept": Kept(swept, keep_seconds + GRADIO_SECONDS, left_seconds + GRADIO_SECONDS),
            "wrong": wrong,
            "gone": gone,
            "left": [str(p) for p in everything_in(server.files) if p.is_file()],
            "leaks": leaks(server.log),
        }


async def _ask(server: Server, requests: int) -> tuple[list[Seen], int, tuple[str, Answer] | None]:
    """What was seen after each visit, how many answers were wrong, and the second visitor's session
    and answer: the first that needs no page."""
    seen, wrong, second = [], 0, None
    for number in range(requests // REQUESTS_A_VISIT):
        picture = PICTURES[number % len(PICTURES)]
        async with Visitor(server.url, browser=number % 2 == 0) as visitor:
            answer = await visitor.generate(picture)
            wrong += answer.digest != alone(picture)
            second = (visitor.session, answer) if number == 1 else second
            for again in range(1, REQUESTS_A_VISIT):
                wrong += not await _again(visitor, number * REQUESTS_A_VISIT + again)
        now = server.seen()
        del now["files"]
        seen.append(Seen(time.monotonic(), visitor.browser, visitor.brought, visitor.made, **now))
    return seen, wrong, second


async def _ask_again(url: str, session: str, answer: Answer) -> tuple[str, bool]:
    """What a visitor of long ago reads who asks for another shape, and whether their file is there;
    nothing to read if the shape comes."""
    async with Visitor(url, browser=False) as same:
        same.session = session
        kind, values = await same.call("remesh", 0.4, "blocks", True, "photo")
        try:
            stays = len(await same.fetch(answer.file)) > 0
        except httpx.HTTPStatusError:
            stays = False
    return said(values) if kind == "error" else "", stays


async def _again(visitor: Visitor, number: int) -> bool:
    """The visitor's model in another shape or format; whether there was a file."""
    if number % 2:
        kind, values = await visitor.call("remesh", 0.4, "blocks", True, "photo")
    else:
        name = FORMATS[number // 2 % len(FORMATS)]
        kind, values = await visitor.call("export", name, *SETTINGS, *FINISH)
    return kind == "complete" and len(await visitor.model(values[0])) > 0


def _seconds_until_gone(server: Server, patience: float) -> float:
    """Until no visitor's file is left on the disk; infinity when some stay."""
    began = time.monotonic()
    while time.monotonic() - began < patience:
        if not server.seen()["files"]:
            return time.monotonic() - began
        time.sleep(0.2)
    return float("inf")
