"""Overhead of the server for one photo over plain HTTP, beside a Gradio app that does nothing."""

import httpx
import numpy as np

from benchmarks.api_client import SETTINGS, TIMEOUT_S, call, upload
from benchmarks.app_server import AppServer
from benchmarks.measurements.picture import IMAGE
from benchmarks.report import Table
from benchmarks.timing import ROUNDS, UNIT, interleave, ratio, resnet_forward

EMPTY_APP = ("-m", "benchmarks.empty_app")


def measure(rounds: int = ROUNDS) -> Table:
    """Measure whole calls, and the same less the seconds that the handler itself reports."""
    with (
        AppServer() as app_server,
        AppServer(command=EMPTY_APP) as empty_server,
        httpx.Client(base_url=app_server.url, timeout=TIMEOUT_S) as app,
        httpx.Client(base_url=empty_server.url, timeout=TIMEOUT_S) as empty,
    ):
        handler_seconds = []

        def generate():
            *_, facts = call(app, "generate", [upload(app, IMAGE), *SETTINGS, None])
            handler_seconds.append(facts["seconds"])

        def return_the_file():
            call(empty, "same", [upload(empty, IMAGE)])

        cases = {UNIT: resnet_forward(), "app": generate, "empty": return_the_file}
        times = interleave(cases, rounds)
    times["overhead"] = times["app"] - np.array(handler_seconds[-rounds:])
    rows = [
        ["the server's own overhead", f"{ratio(times, 'overhead'):.2f}", "≤ 0.9"],
        ["an empty Gradio app", f"{ratio(times, 'empty'):.2f}", ""],
        ["picture to answer over HTTP, whole", f"{ratio(times, 'app'):.2f}", ""],
    ]
    return Table("server", ["over plain HTTP", "ResNet18 forwards", "aim"], rows)
