"""What the server adds to the work: upload, call, answer over plain HTTP; beside an empty app."""

import httpx
import numpy as np

from benchmarks.client import EMPTY, PATIENCE, call, serving, upload
from benchmarks.picture import PICTURE
from benchmarks.report import Table
from benchmarks.timing import ROUNDS, UNIT, interleave, ratio, resnet_forward

SETTINGS = [0.5, "smooth", True, "photo", None]  # threshold, style, crumbs, colours, box


def measure(rounds: int = ROUNDS) -> Table:
    """Time of a whole call less the seconds that the handler counted itself."""
    with (
        serving("app.py") as (ours, *_),
        serving("-c", EMPTY) as (theirs, *_),
        httpx.Client(base_url=ours, timeout=PATIENCE) as app,
        httpx.Client(base_url=theirs, timeout=PATIENCE) as empty,
    ):
        inside = []

        def generate():
            *_, facts = call(app, "generate", [upload(app, PICTURE), *SETTINGS])
            inside.append(facts["seconds"])

        same = lambda: call(empty, "same", [upload(empty, PICTURE)])  # noqa: E731
        times = interleave({UNIT: resnet_forward(), "ours": generate, "empty": same}, rounds)
    times["overhead"] = times["ours"] - np.array(inside[-rounds:])
    rows = [
        ["the server's own overhead", f"{ratio(times, 'overhead'):.2f}", "≤ 0.9"],
        ["an empty Gradio app", f"{ratio(times, 'empty'):.2f}", ""],
        ["picture to answer over HTTP, whole", f"{ratio(times, 'ours'):.2f}", ""],
    ]
    return Table("server", ["over plain HTTP", "ResNet18 forwards", "aim"], rows)
