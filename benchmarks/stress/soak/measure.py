"""Ordinary visitors, first alone and then beside attackers, from addresses of their own.

Each visitor uploads a photo, waits for the model, downloads it and begins again at once, as in
`benchmarks.stress.load`; every fourth time it exports an STL. Each attacker runs all attacks in
turn and begins at another one than the others.
"""

import asyncio
import math
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median

import httpx
import numpy as np

from benchmarks.api_client import EXAMPLES
from benchmarks.app_server import AppServer
from benchmarks.stress.load import summary
from benchmarks.stress.report import Row
from benchmarks.stress.soak.attacker import Attacker
from benchmarks.stress.soak.attacks import ATTACKS, REFUSED, Attack
from benchmarks.stress.soak.bombs import make_bombs
from benchmarks.stress.soak.meter import Meter
from benchmarks.stress.soak.server_log import count_refusals, unexpected_lines
from benchmarks.stress.visitor import Answer, Visitor, expected_digest
from webapp.server.limits import Limits

ALONE_SHARE = 0.25  # of the time with attackers, before them: visitors alone
LEAST_ALONE = 2  # models of each visitor by then, else the visitors stay alone for longer
POLL_S = 0.1
EXPORT_EVERY = 4  # models of a visitor
MAX_SLOWDOWN = 2.0  # of the visitors' median
MAX_HOSTILE_SHARE = 1 / 8  # of the clients; with more attackers the median is only recorded
MAX_MEMORY = 1_600_000_000  # bytes of the server and its decoding process
# Each client has the address and the limits of a stranger.
DEFAULT_RATES = {"POSTS_PER_MINUTE": str(Limits().posts_per_minute)}


@dataclass
class Soak:
    """Answers, resources and log lines of a soak."""

    alone: list[Answer] = field(default_factory=list)  # of visitors before the attackers came
    beside: list[Answer] = field(default_factory=list)  # of visitors beside the attackers
    failed_exports: int = 0
    wrong: int = 0  # models that differ from the expected one
    rounds: Counter[str] = field(default_factory=Counter)  # of each attack
    outcomes: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    memory: int = 0  # most bytes, of server and children together
    server_memory: int = 0
    child_memory: int = 0
    disk: int = 0
    log: str = ""
    status: int | None = None  # exit status after SIGTERM


def measure_soak(folder: Path, clients: int, hostile: int, seconds: float) -> list[Row]:
    """Measure what attackers take from visitors.

    Parameters
    ----------
    folder : Path
        Folder for the server's files.
    clients : int
        Visitors and attackers together.
    hostile : int
        Attackers among them.
    seconds : float
        Time with the attackers; before it the visitors are alone for ALONE_SHARE of it.
    """
    soak = run_soak(folder, clients - hostile, hostile, seconds)
    return [
        *_visitor_rows(soak, clients, hostile, seconds),
        *_server_rows(soak),
        *_attack_rows(soak),
    ]


def run_soak(folder: Path, visitors: int, hostile: int, seconds: float) -> Soak:
    """Run the soak behind the rows of `measure_soak`."""
    soak = Soak()
    make_bombs()  # before the visitors need the processor
    for path in EXAMPLES:
        expected_digest(path)
    with AppServer(folder, DEFAULT_RATES) as server:
        started = len(server.log)
        with Meter(server) as meter:
            asyncio.run(_run_all(server.url, visitors, hostile, seconds, soak))
        soak.memory, soak.disk = meter.memory, meter.disk
        soak.server_memory, soak.child_memory = meter.server_memory, meter.child_memory
        soak.status, _ = server.stop()
        soak.log = server.log[started:]
    return soak


# --- clients ------------------------------------------------------------------------------------


@dataclass
class _Phases:
    """When the attackers come, and when all end; neither is known at the start."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    end: float = math.inf


async def _run_all(url: str, visitors: int, hostile: int, seconds: float, soak: Soak) -> None:
    phases = _Phases()
    least = math.ceil(len(ATTACKS) / hostile)  # so that each attack is run
    await asyncio.gather(
        _begin(phases, soak, LEAST_ALONE * visitors, seconds),
        *(_visit(url, number, phases, soak) for number in range(visitors)),
        *(_attack(url, number, least, phases, soak) for number in range(hostile)),
    )


async def _begin(phases: _Phases, soak: Soak, least: int, seconds: float) -> None:
    """Let the attackers begin after their time, and when there are models to compare with."""
    await asyncio.sleep(ALONE_SHARE * seconds)
    while len(soak.alone) < least:
        await asyncio.sleep(POLL_S)
    phases.end = time.monotonic() + seconds
    phases.begun.set()


async def _visit(url: str, number: int, phases: _Phases, soak: Soak) -> None:
    async with Visitor(url) as visitor:
        for turn in count():
            if time.monotonic() >= phases.end:
                return
            path = EXAMPLES[(number + turn) % len(EXAMPLES)]
            answer = await visitor.generate(path)
            (soak.beside if phases.begun.is_set() else soak.alone).append(answer)
            soak.wrong += bool(answer.digest) and answer.digest != expected_digest(path)
            if turn % EXPORT_EVERY == EXPORT_EVERY - 1:
                soak.failed_exports += not await _can_export(visitor)


async def _can_export(visitor: Visitor) -> bool:
    try:
        return await visitor.can_export()
    except httpx.HTTPError:
        return False


async def _attack(url: str, number: int, least: int, phases: _Phases, soak: Soak) -> None:
    """Run the attacks in turn until the end, but at least so many."""
    await phases.begun.wait()
    async with Attacker(url) as attacker:
        for turn in count():
            if turn >= least and time.monotonic() >= phases.end:
                return
            attack = ATTACKS[(number * least + turn) % len(ATTACKS)]
            attacker.begin()
            outcomes = await attack.run(attacker)
            soak.rounds[attack.what] += 1
            soak.outcomes[attack.what].update(outcomes)


# --- rows ---------------------------------------------------------------------------------------


def _visitor_rows(soak: Soak, clients: int, hostile: int, seconds: float) -> list[Row]:
    problems = [answer.problem for answer in soak.alone + soak.beside if answer.problem]
    alone, beside = _seconds(soak.alone), _seconds(soak.beside)
    slowdown = median(beside) / median(alone)
    who = f"{clients - hostile} visitors beside {hostile} attackers for {seconds:.0f} s"
    answers = f"{len(beside)} models, {len(beside) / seconds:.2f} a second"
    p95 = np.percentile(beside, 95)
    measured = f"{median(alone):.1f} s alone, {median(beside):.1f} s ({slowdown:.2f} times)"
    judged = hostile <= MAX_HOSTILE_SHARE * clients
    wanted = f"at most {MAX_SLOWDOWN:g} times that alone" if judged else "recorded"
    held = slowdown <= MAX_SLOWDOWN or not judged
    return [
        Row(who, "models", f"{answers}; {len(alone)} before, alone", bool(soak.beside)),
        Row("visitors' median, upload to download", wanted, measured, held),
        Row("visitors' p95 beside attackers", "recorded", f"{p95:.1f} s", True),
        Row("visitors' errors", "none", summary(problems), not problems),
        _none("visitors' models that differ from the expected one", soak.wrong),
        _none("visitors' exports that failed", soak.failed_exports),
    ]


def _server_rows(soak: Soak) -> list[Row]:
    memory_limit, disk_limit = f"at most {MAX_MEMORY / 1e6:.0f} MB", Limits().most_disk
    lines, refusals = count_refusals(soak.log)
    unexpected = unexpected_lines(soak.log)
    memory = f"{soak.memory / 1e6:.0f} MB at most"
    parts = f"{soak.server_memory / 1e6:.0f} and {soak.child_memory / 1e6:.0f} MB at most"
    disk = f"{soak.disk / 1e6:.0f} MB at most"
    return [
        Row(
            "memory of server and decoding process", memory_limit, memory, soak.memory <= MAX_MEMORY
        ),
        Row("each of the two", "recorded", parts, True),
        Row("visitors' files", f"at most {disk_limit / 1e6:.0f} MB", disk, soak.disk <= disk_limit),
        Row("log", "lines of refusals", f"{lines} lines, {refusals} refusals", lines > 0),
        Row("any other line in the log", "none", summary(unexpected), not unexpected),
        Row("exit status after SIGTERM", "0", str(soak.status), soak.status == 0),
    ]


def _attack_rows(soak: Soak) -> list[Row]:
    return [_attack_row(attack, soak) for attack in ATTACKS if soak.rounds[attack.what]]


def _attack_row(attack: Attack, soak: Soak) -> Row:
    outcomes = soak.outcomes[attack.what]
    measured = ", ".join(f"{name}: {number}" for name, number in sorted(outcomes.items()))
    wanted = " or ".join(sorted(attack.right)) + ", or no room"
    held = set(outcomes) <= attack.right | REFUSED
    return Row(f"attack: {attack.what}, {soak.rounds[attack.what]} times", wanted, measured, held)


def _none(what: str, number: int) -> Row:
    return Row(what, "none", str(number), number == 0)


def _seconds(answers: list[Answer]) -> list[float]:
    return [answer.seconds for answer in answers if not answer.problem] or [float("nan")]
