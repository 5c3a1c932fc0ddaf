"""What goes wrong on a server, done to the real one: each fault is a function that gives rows."""

import asyncio
import signal
import time
from pathlib import Path

import httpx
from PIL import Image

from benchmarks.stress.proxy import Proxy
from benchmarks.stress.report import Row
from benchmarks.stress.server import Server
from benchmarks.stress.visitor import (
    BREAKING,
    FINISH,
    PICTURES,
    SETTINGS,
    Visitor,
    alone,
    digest,
    said,
)
from webapp.server.cleanup import everything_in

EXIT_SECONDS = 10  # Docker and the Hub kill what takes longer
KEEP = {"KEEP_SECONDS": "3", "SWEEP_SECONDS": "1"}
KEEP_PATIENCE = 8.0  # seconds until what is 3 s old must be gone
STEP_SECONDS = 4
SLACK = 3  # seconds: other work on the machine may come between
LEAVERS = 12
KILLS = 3


def sigterm(folder: Path) -> list[Row]:
    """While visitors wait: those whose turn comes are answered, and the process ends in time."""
    with Server(folder) as server:
        right, status, seconds = asyncio.run(_terminate(server))
        left = _files(server)
    measured = f"{seconds:.1f} s, status {status}, {right} of 2 answered, {left} files left"
    held = (status, right, left) == (0, 2, 0) and seconds < EXIT_SECONDS
    return [Row("SIGTERM while 2 visitors wait", "under 10 s, both answered", measured, held)]


async def _terminate(server: Server) -> tuple[int, int, float]:
    async with Visitor(server.url) as first, Visitor(server.url) as second:
        visitors = (first, second)
        events = []
        for visitor in visitors:
            file = await visitor.upload(PICTURES[0])
            events.append(await visitor.join("generate", file, *SETTINGS, None))
        answers = [_model(v, e) for v, e in zip(visitors, events, strict=True)]
        stop = asyncio.to_thread(server.stop)
        (status, seconds), *digests = await asyncio.gather(stop, *answers)
    return digests.count(alone(PICTURES[0])), status, seconds


async def _model(visitor: Visitor, event: str) -> str:
    """Digest of the event's model, or what was said in its place."""
    try:
        kind, values = await visitor.result("generate", event)
        return digest(await visitor.fetch(values[1])) if kind == "complete" else said(values)
    except httpx.HTTPError as error:
        return f"{type(error).__name__}: {error}"


def sigkill(folder: Path) -> list[Row]:
    """Killed again and again: what each process leaves is gone once it is too old."""
    left = []
    for _ in range(KILLS):
        with Server(folder, KEEP) as server:
            asyncio.run(_generate(server, PICTURES[0]))
            server.stop(signal.SIGKILL)
        left.append(_files(server))
    with Server(folder, KEEP) as server:
        seconds = _until_empty(server)
    measured = f"{left} files after each kill, none {seconds:.1f} s after the next start"
    held = seconds < KEEP_PATIENCE and max(left) <= left[0] + 3
    return [Row(f"SIGKILL and restart, {KILLS} times", "nothing that grows", measured, held)]


def _files(server: Server) -> int:
    return sum(path.is_file() for path in everything_in(server.files))


def _until_empty(server: Server) -> float:
    began = time.monotonic()
    while _files(server) and time.monotonic() - began < KEEP_PATIENCE:
        time.sleep(0.1)
    return time.monotonic() - began


async def _generate(server: Server, picture: Path):
    async with Visitor(server.url) as visitor:
        return await visitor.generate(picture)


# --- visitors who leave, steps that never end ---------------------------------------------------


def leaver(folder: Path) -> list[Row]:
    """A dozen visitors close their tabs; the next one does not wait for their pictures."""
    with Server(folder) as server:
        quiet, after = asyncio.run(_leave(server))
    wanted = LEAVERS / 2 * quiet  # half of what their pictures would have taken
    measured = f"{after:.2f} s, {quiet:.2f} s with nobody before"
    what = f"An answer after {LEAVERS} visitors left the queue"
    return [Row(what, f"under {wanted:.2f} s", measured, after < wanted)]


async def _leave(server: Server) -> tuple[float, float]:
    await _generate(server, PICTURES[0])  # what loads late is loaded
    quiet = (await _generate(server, PICTURES[1])).seconds
    tabs = []
    for _ in range(LEAVERS):
        visitor = await Visitor(server.url).arrive()
        event = await visitor.join("generate", await visitor.upload(PICTURES[0]), *SETTINGS, None)
        tabs.append((visitor, asyncio.create_task(visitor.result("generate", event))))
    await asyncio.sleep(0.2)  # they are all listening
    for visitor, listening in tabs:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await visitor.leave()
    return quiet, (await _generate(server, PICTURES[1])).seconds


def stuck(folder: Path) -> list[Row]:
    """A step that never ends is given up with a sentence; the third ends the process."""
    picture = _breaking(folder)
    settings = {"STEP_SECONDS": str(STEP_SECONDS)}
    with Server(folder, settings, ("-m", "benchmarks.stress.broken", "stuck")) as server:
        given_up = asyncio.run(_generate(server, picture))
        after = asyncio.run(_generate(server, PICTURES[0]))
        for _ in range(2):
            asyncio.run(_generate(server, picture))
        status = server.child.wait(EXIT_SECONDS)
    waited = given_up.done - given_up.joined
    held = "given up" in given_up.problem and waited < STEP_SECONDS + SLACK
    told = f"{waited:.1f} s: {given_up.problem}"
    right = _right(after)
    return [
        Row("A step that never ends", f"a sentence after {STEP_SECONDS} s", told, held),
        Row("The visitor after it", "the right model", right, right == "right"),
        Row("The third such step", "the process ends, status 1", f"status {status}", status == 1),
    ]


def _right(answer) -> str:
    right = answer.digest == alone(PICTURES[0])
    return "right" if right else answer.problem or "another model"


def _breaking(folder: Path) -> Path:
    """A picture of the size that benchmarks.stress.broken waits for."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "breaking.png"
    Image.open(PICTURES[0]).resize(BREAKING).save(path)
    return path


# --- no memory, no network ----------------------------------------------------------------------


def no_gpu_memory(folder: Path) -> list[Row]:
    """The network finds no memory: a sentence, and the visitor's earlier model is still there."""
    picture = _breaking(folder)
    with Server(folder, script=("-m", "benchmarks.stress.broken", "gpu")) as server:
        problem, exported = asyncio.run(_without_memory(server, picture))
    held = "memory" in problem and exported
    measured = f"{problem}; the earlier model {'is there' if exported else 'is lost'}"
    return [Row("CUDA out of memory (simulated)", "a sentence, no work lost", measured, held)]


async def _without_memory(server: Server, picture: Path) -> tuple[str, bool]:
    async with Visitor(server.url) as visitor:
        await visitor.generate(PICTURES[0])
        refused = await visitor.generate(picture)
        return refused.problem, await exports(visitor)


async def exports(visitor: Visitor) -> bool:
    """Whether the visit's last model can still be had as a file."""
    kind, values = await visitor.call("export", "stl", *SETTINGS, *FINISH)
    return kind == "complete" and len(await visitor.fetch(values[0])) > 0


def no_network(folder: Path) -> list[Row]:
    """Behind a proxy that counts: the server starts, answers, and never asks anybody anything."""
    with Proxy() as proxy:
        settings = {name: proxy.url for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")}
        settings |= {"NO_PROXY": "127.0.0.1,localhost"}
        settings |= {name.lower(): value for name, value in settings.items()}
        with Server(folder, settings) as server:
            answer = asyncio.run(_generate(server, PICTURES[0]))
            time.sleep(1)
        asked = proxy.asked
    measured = f"{_right(answer)}, {asked} connections"
    held = _right(answer) == "right" and asked == 0
    return [Row("No network", "the right model, nobody is asked", measured, held)]
