"""A measurement is a row: what was asked for, what was measured, and whether it held."""

import os
import platform
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

BEGIN, END = "<!-- stress {}: begin -->", "<!-- stress {}: end -->"


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    wanted: str
    measured: str
    held: bool

    def __str__(self) -> str:
        return f"| {self.what} | {self.wanted} | {self.measured} | {'yes' if self.held else 'NO'} |"


def section(name: str, rows: Iterable[Row], command: str) -> str:
    """The table of one measurement, between its markers, with where and when it was made."""
    lines = [BEGIN.format(name), f"`{command}`, {when()}, {machine()}.", ""]
    lines += ["| what | wanted | measured | held |", "|---|---|---|---|"]
    lines += [*map(str, rows), END.format(name)]
    return "\n".join(lines)


def write(path: Path, name: str, text: str) -> None:
    """Put the section in the place of the one of the same name, or at the file's end."""
    path.parent.mkdir(exist_ok=True)
    before = path.read_text() if path.is_file() else "# Reliability\n"
    pattern = re.escape(BEGIN.format(name)) + ".*?" + re.escape(END.format(name))
    after, found = re.subn(pattern, lambda _: text, before, flags=re.DOTALL)
    path.write_text(after if found else f"{before.rstrip()}\n\n{text}\n")


def when() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def machine() -> str:
    """The processor, its cores and memory, and the versions that matter."""
    memory = psutil.virtual_memory().total / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("gradio", "torch"))
    load = os.getloadavg()[0]
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, {packages}, "
        f"load average {load:.1f} at the end"
    )


def _processor() -> str:
    try:
        names = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()
