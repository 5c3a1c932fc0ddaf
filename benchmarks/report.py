"""A measured table as Markdown, and its place in docs/performance.md between two markers."""

import json
import os
import platform
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil
import torch

DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"
RECORDED = Path(__file__).parent / "recorded.json"
PACKAGES = ("torch", "torchvision", "gradio", "scikit-image", "trimesh")


@dataclass(frozen=True)
class Table:
    """Result of one measurement."""

    name: str  # of the measurement and of its place in the document
    header: list[str]
    rows: list[list[str]]
    figures: dict[str, float] = field(default_factory=dict)  # goes to recorded.json

    def markdown(self) -> str:
        """Return the table as Markdown."""
        lines = [self.header, ["---"] * len(self.header), *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine() -> str:
    """Return processor, cores, memory, GPU, system, versions and load, as below every table."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    parts = [
        _processor(),
        f"{os.cpu_count()} cores",
        f"{torch.get_num_threads()} threads",
        f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        gpu,
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}",
        *filter(None, map(_package, PACKAGES)),
        f"load average {os.getloadavg()[0]:.1f}",
    ]
    return ", ".join(parts)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.*)", info.read_text("utf-8")) if info.exists() else []
    return names[0] if names else platform.processor() or platform.machine()


def _package(name: str) -> str:
    """Name and version of a package; empty if it is not installed, as Gradio on a GPU machine."""
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return ""


def insert_table(document: str, table: Table, note: str) -> str:
    """Replace what stands between a table's markers in a document.

    Parameters
    ----------
    document : str
        Text with the markers `<!-- NAME -->` and `<!-- /NAME -->`.
    table : Table
        Goes between the markers.
    note : str
        Goes below the table.

    Returns
    -------
    str
        The new text.

    Raises
    ------
    ValueError
        If a marker is missing.
    """
    begin, end = f"<!-- {table.name} -->", f"<!-- /{table.name} -->"
    before, has_begin, rest = document.partition(begin)
    _, has_end, after = rest.partition(end)
    if not (has_begin and has_end):
        raise ValueError(f"The document has no place for {table.name}: add {begin} and {end}.")
    return f"{before}{begin}\n{table.markdown()}\n\n{note}\n{end}{after}"


def write_table(table: Table) -> None:
    """Write a table into docs/performance.md and its figures into recorded.json."""
    note = f"`python -m benchmarks {table.name}`: {machine()}; {datetime.now(UTC).date()}."
    document = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(insert_table(document, table, note), encoding="utf-8")
    if table.figures:
        recorded = json.loads(RECORDED.read_text(encoding="utf-8")) if RECORDED.exists() else {}
        figures = {name: round(value, 2) for name, value in table.figures.items()}
        RECORDED.write_text(json.dumps(recorded | figures, indent=2) + "\n", encoding="utf-8")
