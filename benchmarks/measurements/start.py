"""Cold start: seconds to the first page, beside an empty app; and the memory that stays."""

import subprocess
import sys
import time

import httpx
import numpy as np

from benchmarks.client import EMPTY, PATIENCE, call, serving, upload
from benchmarks.picture import PICTURE
from benchmarks.report import Table
from benchmarks.server import SETTINGS

STARTS = 5  # each takes seconds
MEGABYTE = 1 << 20


def measure(rounds: int = STARTS) -> Table:
    """Medians of at most STARTS turns, each of all three."""
    turns = [(*ours(), empty(), importing("torch")) for _ in range(min(rounds, STARTS))]
    start, fresh, used, bare, torch = np.median(turns, axis=0)
    rows = [
        ["`python app.py` to the first page, s", f"{start:.1f}", f"≤ {1.5 * (bare + torch):.1f}"],
        ["an empty Gradio app, s", f"{bare:.1f}", ""],
        ["`import torch`, s", f"{torch:.1f}", ""],
        ["ratio to the two together", f"{start / (bare + torch):.2f}", "≤ 1.5"],
        ["resident memory at the first page, MB", f"{fresh:.0f}", "< 1,200"],
        ["resident memory after four models, MB", f"{used:.0f}", "< 1,200"],
    ]
    return Table("start", ["cold start", "measured", "aim"], rows)


def ours() -> tuple[float, float, float]:
    """Seconds to the page; megabytes resident then, and after four models."""
    with serving("app.py") as (address, seconds, process):
        fresh = process.memory_info().rss / MEGABYTE
        with httpx.Client(base_url=address, timeout=PATIENCE) as client:
            for _ in range(4):
                call(client, "generate", [upload(client, PICTURE), *SETTINGS])
        return seconds, fresh, process.memory_info().rss / MEGABYTE


def empty() -> float:
    with serving("-c", EMPTY) as (_, seconds, _):
        return seconds


def importing(module: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
    return time.perf_counter() - began
