"""Sixteen visitors at once: one photo per call, compared with Gradio's dynamic batching.

    python -m benchmarks crowd
    python -m benchmarks.measurements.crowd batched --port 8000     # one of the two servers

Both servers run the same function; one has `batch=True`.
"""

import argparse
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import torch

from benchmarks.api_client import TIMEOUT_S, call, upload
from benchmarks.app_server import AppServer
from benchmarks.measurements.picture import IMAGE
from benchmarks.report import Table
from benchmarks.timing import ROUNDS, THREADS
from images.untrusted import open_image
from meshing import to_glb, voxels_to_mesh
from voxel_model import load_model, predict_batch

VISITORS = 16
CALLS_PER_VISITOR = 3


def measure(rounds: int = ROUNDS) -> Table:
    """Measure photos per second of 16 visitors, and the waits of one of them and of one alone."""
    rows = []
    for kind, label in (("single", "one picture a call"), ("batched", "batches up to 16")):
        with AppServer(command=("-m", "benchmarks.measurements.crowd", kind)) as server:
            call_repeatedly(server.url, 2)  # warm-up
            alone = np.median(call_repeatedly(server.url, rounds))
            began = time.perf_counter()
            with ThreadPoolExecutor(VISITORS) as pool:
                urls, calls = [server.url] * VISITORS, [CALLS_PER_VISITOR] * VISITORS
                waits = list(pool.map(call_repeatedly, urls, calls))
            rate = VISITORS * CALLS_PER_VISITOR / (time.perf_counter() - began)
        rows.append([label, f"{rate:.1f}", f"{1e3 * np.median(waits):.0f}", f"{1e3 * alone:.0f}"])
    header = ["16 visitors", "pictures/s", "wait in the crowd, ms", "wait of one alone, ms"]
    return Table("crowd", header, rows)


def call_repeatedly(url: str, calls: int) -> list[float]:
    """Return the seconds of each call of a visitor that sends one after another."""
    seconds = []
    with httpx.Client(base_url=url, timeout=TIMEOUT_S) as client:
        for _ in range(calls):
            began = time.perf_counter()
            call(client, "faces", [upload(client, IMAGE)])
            seconds.append(time.perf_counter() - began)
    return seconds


def serve(kind: str, port: int) -> None:
    """Serve an app with one endpoint, which returns the number of faces of a photo's mesh.

    Parameters
    ----------
    kind : str
        "single" for one photo per call, "batched" for batches of up to 16.
    port : int
        TCP port.
    """
    import gradio as gr  # needed by the server process alone

    torch.set_num_threads(THREADS)
    model = load_model(device="cpu")

    def count_faces(paths: list[str]) -> list[list[int]]:
        predictions = predict_batch(model, [open_image(path) for path in paths])
        threshold = model.config.threshold
        meshes = [voxels_to_mesh(p.occupancy, p.colors, threshold) for p in predictions]
        return [[len(to_glb(mesh)) and len(mesh.faces) for mesh in meshes]]

    if kind == "batched":
        options = {"fn": count_faces, "batch": True, "max_batch_size": VISITORS}
    else:
        options = {"fn": lambda path: count_faces([path])[0][0]}
    with gr.Blocks(analytics_enabled=False) as demo:
        file, faces = gr.File(), gr.Number()
        file.upload(inputs=file, outputs=faces, api_name="faces", **options)
    demo.queue().launch(server_port=port)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("single", "batched"))
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    serve(arguments.kind, arguments.port)
