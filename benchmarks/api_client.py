"""Servers started for a measurement, and calls to them over plain HTTP, as curl would make them."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).parent.parent
PATIENCE = 120.0  # s until a server answers, or a call ends
POLL = 0.02  # s between knocks at a server that starts
# an app without any work: a file in, the same file out
EMPTY = """
import sys
import gradio as gr
with gr.Blocks() as demo:
    file = gr.File()
    file.upload(lambda path: path, file, file, api_name="same")
demo.queue().launch(server_port=int(sys.argv[2]))
"""


@contextmanager
def serving(*command: str) -> Iterator[tuple[str, float, psutil.Process]]:
    """Runs `python COMMAND --port N`: its address, seconds to the first page, its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"GRADIO_ANALYTICS_ENABLED": "False"}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command, "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for_page(address, process)
        yield address, time.perf_counter() - began, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def wait_for_page(address: str, process: subprocess.Popen) -> None:
    """Returns when the page is served; RuntimeError when the server ends or takes too long."""
    late = time.perf_counter() + PATIENCE
    while process.poll() is None and time.perf_counter() < late:
        try:
            if httpx.get(address, timeout=PATIENCE).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(POLL)
    raise RuntimeError(f"{' '.join(process.args)} served no page within {PATIENCE:.0f} s.")


def upload(client: httpx.Client, path: Path) -> dict:
    """Sends a file; what stands for it in a call."""
    with open(path, "rb") as file:
        answer = client.post("/gradio_api/upload", files={"files": (path.name, file)})
    return {"path": answer.raise_for_status().json()[0], "meta": {"_type": "gradio.FileData"}}


def call(client: httpx.Client, endpoint: str, arguments: list) -> list:
    """Calls an endpoint and waits for what it returns; RuntimeError when it refuses."""
    answer = client.post(f"/gradio_api/call/{endpoint}", json={"data": arguments})
    job = answer.raise_for_status().json()["event_id"]
    with client.stream("GET", f"/gradio_api/call/{endpoint}/{job}") as events:
        event = ""
        for line in events.iter_lines():
            name, _, value = line.partition(": ")
            event = value if name == "event" else event
            if name == "data" and event == "complete":
                return json.loads(value)
            if name == "data" and event == "error":
                raise RuntimeError(f"{endpoint} refused: {value}")
    raise RuntimeError(f"{endpoint} ended without an answer.")
