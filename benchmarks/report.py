"""A measured table as text, and its place in docs/performance.md between two markers."""

import json
import platform
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"
RECORDED = Path(__file__).parent / "recorded.json"
PACKAGES = ("torch", "torchvision", "gradio", "scikit-image", "trimesh")


@dataclass(frozen=True)
class Table:
    """One benchmark's answer; `figures` are those that CI compares with."""

    name: str  # of the benchmark, and of its place in the document
    header: list[str]
    rows: list[list[str]]
    figures: dict[str, float] = field(default_factory=dict)

    def markdown(self) -> str:
        lines = [self.header, ["---"] * len(self.header), *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine() -> str:
    """Processor, cores, versions and date, as they stand under every table."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        model = re.search(r"model name\s*: (.*)", info.read_text())[1]
    packages = "".join(map(_versioned, PACKAGES))
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    python, today = platform.python_version(), datetime.now(UTC).date()
    return f"{model}, {torch.get_num_threads()} threads, {gpu}; Python {python}{packages}; {today}"


def _versioned(package: str) -> str:
    """ ", name version", or nothing where it is not installed, as the page's are beside a GPU."""
    try:
        return f", {package} {version(package)}"
    except PackageNotFoundError:
        return ""


def placed(document: str, table: Table, note: str) -> str:
    """The document with what stands between the table's markers replaced."""
    begin, end = f"<!-- {table.name} -->", f"<!-- /{table.name} -->"
    before, found, rest = document.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"The document has no place for {table.name}: add {begin} and {end}.")
    return f"{before}{begin}\n{table.markdown()}\n\n{note}\n{end}{after}"


def write(table: Table) -> None:
    """Puts the table into the document and its figures among those that CI compares with."""
    note = f"`python -m benchmarks {table.name}`: {machine()}."
    DOCUMENT.write_text(placed(DOCUMENT.read_text(), table, note))
    if table.figures:
        recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
        figures = {name: round(value, 2) for name, value in table.figures.items()}
        RECORDED.write_text(json.dumps(recorded | figures, indent=2) + "\n")
