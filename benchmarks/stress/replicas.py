"""The cost of one server more on the same machine: memory, time to start, answers a second.

Memory is the sum of the proportional set sizes of all servers with their decoding processes: a page
that several processes share counts once.
"""

import asyncio
import time
from contextlib import ExitStack
from pathlib import Path

import psutil

from benchmarks.api_client import EXAMPLES
from benchmarks.app_server import AppServer
from benchmarks.stress.report import Row
from benchmarks.stress.visitor import Visitor, expected_digest

VISITORS = 4  # of each server
ROUNDS = 5  # models of each visitor
MB = 1e6


def measure_replicas(folder: Path, replicas: int, rounds: int = ROUNDS) -> list[Row]:
    """Start servers one after another, and measure after each.

    Parameters
    ----------
    folder : Path
        Folder for the servers' files; they share it.
    replicas : int
        Number of servers.
    rounds : int
        Models that each visitor asks for.
    """
    for path in EXAMPLES[:rounds]:
        expected_digest(path)  # before the servers need the processor
    rows, servers, before = [], [], 0
    with ExitStack() as stack:
        for number in range(1, replicas + 1):
            server = stack.enter_context(AppServer(folder))
            servers.append(server)
            wrong, rate = asyncio.run(_visit_all(servers, rounds))
            memory = sum(map(_memory, servers))
            measured = (
                f"start {server.start_seconds:.1f} s, memory +{(memory - before) / MB:.0f} MB "
                f"to {memory / MB:.0f} MB, {rate:.2f} answers a second in all"
            )
            what = f"server {number}, {VISITORS} visitors each"
            rows.append(Row(what, "right answers", measured, not wrong))
            before = memory
    return rows


async def _visit_all(servers: list[AppServer], rounds: int) -> tuple[int, float]:
    """Return the number of wrong answers, and the answers a second of all servers together."""
    began = time.monotonic()
    urls = [server.url for server in servers for _ in range(VISITORS)]
    wrong = await asyncio.gather(*(_visit(url, rounds) for url in urls))
    return sum(wrong), len(urls) * rounds / (time.monotonic() - began)


async def _visit(url: str, rounds: int) -> int:
    wrong = 0
    async with Visitor(url) as visitor:
        for turn in range(rounds):
            path = EXAMPLES[turn % len(EXAMPLES)]
            answer = await visitor.generate(path)
            wrong += answer.digest != expected_digest(path)
    return wrong


def _memory(server: AppServer) -> int:
    """Return the bytes of a server and its children; shared pages are divided."""
    process = psutil.Process(server.process.pid)
    processes = [process, *process.children(recursive=True)]
    return sum(info.pss for info in (p.memory_full_info() for p in processes))
