"""Cold start: seconds to the first page, beside an empty app; resident memory of the server."""

import subprocess
import sys
import time

import httpx
import numpy as np

from benchmarks.api_client import SETTINGS, TIMEOUT_S, call, upload
from benchmarks.app_server import AppServer
from benchmarks.measurements.picture import IMAGE
from benchmarks.measurements.server import EMPTY_APP
from benchmarks.report import Table

MAX_STARTS = 5  # each takes seconds
MEBIBYTE = 2**20
MODELS = 4  # generated before the second reading of memory


def measure(rounds: int = MAX_STARTS) -> Table:
    """Return medians of at most MAX_STARTS starts of the app, the empty app and torch alone."""
    starts = [
        (*app_start(), empty_app_start(), import_seconds("torch"))
        for _ in range(min(rounds, MAX_STARTS))
    ]
    seconds, fresh, used, empty, torch = np.median(starts, axis=0)
    rows = [
        [
            "`python app.py` to the first page, s",
            f"{seconds:.1f}",
            f"≤ {1.5 * (empty + torch):.1f}",
        ],
        ["an empty Gradio app, s", f"{empty:.1f}", ""],
        ["`import torch`, s", f"{torch:.1f}", ""],
        ["ratio to the two together", f"{seconds / (empty + torch):.2f}", "≤ 1.5"],
        ["resident memory at the first page, MiB", f"{fresh:.0f}", "< 1,200"],
        ["resident memory after four models, MiB", f"{used:.0f}", "< 1,200"],
    ]
    return Table("start", ["cold start", "measured", "aim"], rows)


def app_start() -> tuple[float, float, float]:
    """Return seconds to the first page, and MiB resident then and after MODELS models."""
    with AppServer() as server:
        fresh = server.usage().rss_bytes / MEBIBYTE
        with httpx.Client(base_url=server.url, timeout=TIMEOUT_S) as client:
            for _ in range(MODELS):
                call(client, "generate", [upload(client, IMAGE), *SETTINGS, None])
        return server.start_seconds, fresh, server.usage().rss_bytes / MEBIBYTE


def empty_app_start() -> float:
    """Return seconds to the first page of a Gradio app that does nothing."""
    with AppServer(command=EMPTY_APP) as server:
        return server.start_seconds


def import_seconds(module: str) -> float:
    """Return seconds of a fresh process that imports the module."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
    return time.perf_counter() - began
