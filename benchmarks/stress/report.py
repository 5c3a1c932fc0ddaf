"""Rows of docs/reliability.md: what was required, what was measured, and whether it held."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import machine

BEGIN, END = "<!-- stress {}: begin -->", "<!-- stress {}: end -->"


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    what: str  # the case
    wanted: str  # the requirement
    measured: str
    held: bool  # whether the measurement meets the requirement

    def __str__(self) -> str:
        """Return the row as Markdown."""
        return f"| {self.what} | {self.wanted} | {self.measured} | {'yes' if self.held else 'NO'} |"


def section(name: str, rows: Iterable[Row], command: str) -> str:
    """Return the table of one measurement between its markers.

    Parameters
    ----------
    name : str
        Name of the measurement.
    rows : iterable of Row
        Lines of the table.
    command : str
        The command that measured it; stands above the table with the time and the machine.
    """
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    lines = [BEGIN.format(name), f"`{command}`, {when}, {machine()}.", ""]
    lines += ["| what | wanted | measured | held |", "|---|---|---|---|"]
    lines += [*map(str, rows), END.format(name)]
    return "\n".join(lines)


def write_section(path: Path, name: str, text: str) -> None:
    """Replace the section of this name in a document, or appends it.

    Parameters
    ----------
    path : Path
        The document; created if there is none.
    name : str
        Name of the measurement.
    text : str
        Result of `section`.
    """
    path.parent.mkdir(exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.is_file() else "# Reliability\n"
    pattern = re.escape(BEGIN.format(name)) + ".*?" + re.escape(END.format(name))
    after, count = re.subn(pattern, lambda _: text, before, flags=re.DOTALL)
    path.write_text(after if count else f"{before.rstrip()}\n\n{text}\n", encoding="utf-8")


def is_one_sentence(text: str) -> bool:
    """Return whether an error message is one line that ends with a full stop, no traceback."""
    return "\n" not in text and text.endswith(".") and "Traceback" not in text
