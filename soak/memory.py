"""Requests in a row: memory, descriptors and files must not grow, and old files must go."""

import asyncio
import time
from pathlib import Path

from serving.files import everything_in
from soak.load import leaks
from soak.report import Row
from soak.server import Server
from soak.visitor import FINISH, PICTURES, SETTINGS, Visitor, alone

REQUESTS_A_VISIT = 4  # one model, then remeshed and exported; then another visitor comes
FORMATS = ("glb", "obj", "ply", "stl", "vox", "npz", "binvox", "zip")
SWEEP_SECONDS = 2
# sessions that the server holds (MOST_VISITORS): fewer than the first 200 requests bring, so that
# what grows after them is a leak and not visits that are not forgotten yet, 0.7 MB each
SESSIONS = 40
GROWTH = 0.05  # of resident memory, after the first requests
MORE_DESCRIPTORS = 3  # connections that are just closing
MOST_BYTES = 100_000_000  # the files of the visits of one keep_seconds
GRADIO_SECONDS = 5  # its own sweeps come once a second; the disk may be busy


def memory(folder: Path, requests: int, warm_up: int, keep_seconds: int) -> list[Row]:
    """Of requests in a row: after the first `warm_up`, after all, and once all files are too old.

    keep_seconds : the age at which the server removes files, short so that it can be waited for
    """
    f = in_a_row(folder, requests, warm_up, keep_seconds)
    first, last, growth = f["first"], f["last"], f["growth"]
    memory = (
        f"{first['rss']:.0f} MB after {warm_up}, {last['rss']:.0f} MB at the end: {growth:+.1%}"
    )
    handles = f"{first['descriptors']} after {warm_up}, {last['descriptors']} at the end"
    gone = f"{f['gone']:.0f} s after the last request, {len(f['left'])} left"
    visits = f"{f['wrong']} in {f['seconds']:.0f} s"
    flat = last["descriptors"] <= first["descriptors"] + MORE_DESCRIPTORS
    disk = f"{f['most_bytes'] / 1e6:.1f} MB at most, with files kept {keep_seconds} s"
    return [
        Row(f"{requests} requests in a row: failed or wrong", "none", visits, not f["wrong"]),
        Row(f"resident memory, {SESSIONS} sessions held", "within 5 %", memory, growth <= GROWTH),
        Row("open file descriptors", "flat", handles, flat),
        Row("visitors' files on the disk", "bounded", disk, f["most_bytes"] < MOST_BYTES),
        Row("visitors' files gone", f"after {keep_seconds} s and a sweep", gone, not f["left"]),
        Row("pictures' names or tracebacks in the log", "none", str(f["leaks"]), not f["leaks"]),
    ]


def in_a_row(folder: Path, requests: int, warm_up: int, keep_seconds: int) -> dict:
    """The figures behind the rows."""
    settings = {"KEEP_SECONDS": str(keep_seconds), "SWEEP_SECONDS": str(SWEEP_SECONDS)}
    settings["MOST_VISITORS"] = str(SESSIONS)
    with Server(folder, settings) as server:
        began = time.monotonic()
        first, last, most, wrong = asyncio.run(_ask(server, requests, warm_up))
        elapsed = time.monotonic() - began
        gone = _seconds_until_gone(server, keep_seconds + 2 * SWEEP_SECONDS + GRADIO_SECONDS)
        return {
            "seconds": elapsed,
            "growth": last["rss"] / first["rss"] - 1,
            "first": first,
            "last": last,
            "most_bytes": most,
            "wrong": wrong,
            "gone": gone,
            "left": [str(p) for p in everything_in(server.files) if p.is_file()],
            "leaks": leaks(server.log),
        }


async def _ask(server: Server, requests: int, warm_up: int) -> tuple[dict, dict, int, int]:
    first, most, wrong, asked = {}, 0, 0, 0
    while asked < requests:
        picture = PICTURES[asked // REQUESTS_A_VISIT % len(PICTURES)]
        async with Visitor(server.url) as visitor:
            answer = await visitor.generate(picture)
            wrong += answer.digest != alone(picture)
            asked += 1
            while asked < requests and asked % REQUESTS_A_VISIT:
                wrong += not await _again(visitor, asked)
                asked += 1
                if asked == warm_up:
                    first = server.seen()
        seen = server.seen()
        first = first or (seen if asked >= warm_up else {})
        most = max(most, seen["bytes"])
    return first, server.seen(), most, wrong


async def _again(visitor: Visitor, number: int) -> bool:
    """The visitor's model in another shape or format; whether there was a file."""
    if number % 2:
        kind, values = await visitor.call("remesh", 0.4, "blocks", True, "photo")
    else:
        name = FORMATS[number // 2 % len(FORMATS)]
        kind, values = await visitor.call("export", name, *SETTINGS, *FINISH)
    return kind == "complete" and len(await visitor.fetch(values[0])) > 0


def _seconds_until_gone(server: Server, patience: float) -> float:
    """Until no visitor's file is left on the disk; infinity when some stay."""
    began = time.monotonic()
    while time.monotonic() - began < patience:
        if not server.seen()["files"]:
            return time.monotonic() - began
        time.sleep(0.2)
    return float("inf")
