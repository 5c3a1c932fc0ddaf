"""Faults of a running server, each done to the real app. A fault is a function that gives rows."""

import asyncio
import signal
import time
from pathlib import Path

import httpx
from PIL import Image

from benchmarks.api_client import EXAMPLES, SETTINGS, digest, error_text
from benchmarks.app_server import STOP_TIMEOUT_S, AppServer
from benchmarks.stress.fakes.proxy import RefusingProxy
from benchmarks.stress.report import Row
from benchmarks.stress.visitor import Answer, Visitor, expected_digest

MAX_EXIT_S = 10.0  # Docker and the Hub kill a process that takes longer
SHORT_RETENTION = {"KEEP_SECONDS": "3", "SWEEP_SECONDS": "1"}
REMOVAL_TIMEOUT_S = 60.0  # files that are 4 s old go with the next sweep, also on a busy machine
MAX_MORE_FILES = 3  # of one killed process than of the first
STEP_SECONDS = 8  # a prediction takes less also on a busy machine
LEAVING_VISITORS = 12
KILLS = 3
FAULTY_APP = ("-m", "benchmarks.stress.fakes.faulty_app")
FAULT_SIZE = (222, 222)  # pixels; fakes.faulty_app fails at photos of this size


async def _generate(server: AppServer, path: Path) -> Answer:
    async with Visitor(server.url) as visitor:
        return await visitor.generate(path)


def _outcome(answer: Answer) -> str:
    """Describe the answer for the first example."""
    correct = answer.digest == expected_digest(EXAMPLES[0])
    return "right" if correct else answer.problem or "another model"


def _fault_image(folder: Path) -> Path:
    """Write a photo that triggers the fault of fakes.faulty_app."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder.with_name(f"{folder.name}-fault.png")
    Image.open(EXAMPLES[0]).resize(FAULT_SIZE).save(path)
    return path


# --- the end of the process ---------------------------------------------------------------------


def measure_sigterm(folder: Path, max_seconds: float = MAX_EXIT_S) -> list[Row]:
    """Send SIGTERM while visitors wait: they get answers, and the process ends in time.

    Parameters
    ----------
    folder : Path
        Folder for the server's files.
    max_seconds : float
        Time until the end of the process; a test on a busy machine allows more.
    """
    with AppServer(folder) as server:
        asyncio.run(_generate(server, EXAMPLES[0]))  # warm-up
        correct, status, seconds = asyncio.run(_terminate(server))
        files = server.file_count()
    measured = f"{seconds:.1f} s, status {status}, {correct} of 2 answered, {files} files left"
    held = (status, correct, files) == (0, 2, 0) and seconds < max_seconds
    wanted = f"under {max_seconds:.0f} s, both answered"
    return [Row("SIGTERM while 2 visitors wait", wanted, measured, held)]


async def _terminate(server: AppServer) -> tuple[int, int, float]:
    async with Visitor(server.url) as first, Visitor(server.url) as second:
        visitors = (first, second)
        events = []
        for visitor in visitors:
            file = await visitor.upload(EXAMPLES[0])
            events.append(await visitor.submit("generate", file, *SETTINGS, None))
        answers = [_model_digest(v, e) for v, e in zip(visitors, events, strict=True)]
        stop = asyncio.to_thread(server.stop)
        (status, seconds), *digests = await asyncio.gather(stop, *answers)
    return digests.count(expected_digest(EXAMPLES[0])), status, seconds


async def _model_digest(visitor: Visitor, event_id: str) -> str:
    """Digest of the call's model, or its error message."""
    try:
        kind, values = await visitor.result("generate", event_id)
        if kind == "complete":
            return digest(await visitor.fetch(values[1]))
        return error_text(values)
    except httpx.HTTPError as error:
        return f"{type(error).__name__}: {error}"


def measure_sigkill(folder: Path) -> list[Row]:
    """Kill the process repeatedly: the next one removes the files that are left."""
    left = []
    for _ in range(KILLS):
        with AppServer(folder, SHORT_RETENTION) as server:
            asyncio.run(_generate(server, EXAMPLES[0]))
            server.stop(signal.SIGKILL)
            left.append(server.file_count())
    with AppServer(folder, SHORT_RETENTION) as server:
        seconds = _seconds_until_empty(server)
    measured = f"{left} files after each kill, none {seconds:.1f} s after the next start"
    held = seconds < REMOVAL_TIMEOUT_S and max(left) <= left[0] + MAX_MORE_FILES
    return [Row(f"SIGKILL and restart, {KILLS} times", "nothing that grows", measured, held)]


def _seconds_until_empty(server: AppServer) -> float:
    began = time.monotonic()
    while server.file_count() and time.monotonic() - began < REMOVAL_TIMEOUT_S:
        time.sleep(0.1)
    return time.monotonic() - began


# --- visitors that leave, steps that hang -------------------------------------------------------


def measure_leaving(folder: Path) -> list[Row]:
    """Close the tabs of a dozen visitors: the next visitor does not wait for their photos."""
    with AppServer(folder) as server:
        before, after = asyncio.run(_leave(server))
    limit = LEAVING_VISITORS / 2 * before  # half of what their photos would have taken
    measured = f"{after:.2f} s of processor time, {before:.2f} s with nobody before"
    what = f"An answer after {LEAVING_VISITORS} visitors left the queue"
    return [Row(what, f"under {limit:.2f} s", measured, after < limit)]


async def _leave(server: AppServer) -> tuple[float, float]:
    """Processor time of an answer before the visitors come, and after they have left."""
    await _generate(server, EXAMPLES[0])  # warm-up
    before = await _processor_seconds(server, EXAMPLES[1])
    tabs = []
    for _ in range(LEAVING_VISITORS):
        visitor = await Visitor(server.url).open()
        file = await visitor.upload(EXAMPLES[0])
        event_id = await visitor.submit("generate", file, *SETTINGS, None)
        tabs.append((visitor, asyncio.create_task(visitor.result("generate", event_id))))
    await asyncio.sleep(0.2)  # lets the tasks send their requests
    for visitor, listening in tabs:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await visitor.close()
    return before, await _processor_seconds(server, EXAMPLES[1])


async def _processor_seconds(server: AppServer, path: Path) -> float:
    """Processor time that the server takes for a photo, with what is in its queue before."""
    before = server.usage().processor_seconds
    await _generate(server, path)
    return server.usage().processor_seconds - before


def measure_stuck_step(folder: Path) -> list[Row]:
    """Let steps hang: each gets a sentence after its time, the third ends the process."""
    image = _fault_image(folder)
    settings = {"STEP_SECONDS": str(STEP_SECONDS)}
    with AppServer(folder, settings, command=(*FAULTY_APP, "stuck")) as server:
        stuck = asyncio.run(_generate(server, image))
        after = _outcome(asyncio.run(_generate(server, EXAMPLES[0])))
        for _ in range(2):
            asyncio.run(_generate(server, image))
        status = server.wait(STOP_TIMEOUT_S)
    waited = stuck.done - stuck.queued
    held = "given up" in stuck.problem and waited >= STEP_SECONDS
    measured = f"{waited:.1f} s: {stuck.problem}"
    return [
        Row("A step that never ends", f"a sentence after {STEP_SECONDS} s", measured, held),
        Row("The visitor after it", "the right model", after, after == "right"),
        Row("The third such step", "the process ends, status 1", f"status {status}", status == 1),
    ]


# --- no memory, no network ----------------------------------------------------------------------


def measure_gpu_memory(folder: Path) -> list[Row]:
    """Let the network find no memory: a sentence, and the visitor's earlier model stays."""
    image = _fault_image(folder)
    with AppServer(folder, command=(*FAULTY_APP, "gpu")) as server:
        problem, exported = asyncio.run(_lack_memory(server, image))
    held = "memory" in problem and exported
    measured = f"{problem}; the earlier model {'is there' if exported else 'is lost'}"
    return [Row("CUDA out of memory (simulated)", "a sentence, no work lost", measured, held)]


async def _lack_memory(server: AppServer, image: Path) -> tuple[str, bool]:
    async with Visitor(server.url) as visitor:
        await visitor.generate(EXAMPLES[0])
        refused = await visitor.generate(image)
        return refused.problem, await visitor.can_export()


def measure_no_network(folder: Path) -> list[Row]:
    """Run the app behind a proxy that refuses: it answers and opens no connection."""
    with RefusingProxy() as proxy:
        settings = {name: proxy.url for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")}
        settings |= {"NO_PROXY": "127.0.0.1,localhost"}
        settings |= {name.lower(): value for name, value in settings.items()}
        with AppServer(folder, settings) as server:
            outcome = _outcome(asyncio.run(_generate(server, EXAMPLES[0])))
            time.sleep(1)  # for connections in the background
        connections = proxy.connections
    measured = f"{outcome}, {connections} connections"
    held = outcome == "right" and connections == 0
    return [Row("No network", "the right model, no connection", measured, held)]
