"""Sixteen visitors at once: one picture a call, against Gradio's dynamic batching.

    python -m benchmarks crowd
    python -m benchmarks.crowd batched --port 8000      # one of the two servers

Both serve the same function, once with `batch=True`; nothing else differs.
"""

import argparse
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import torch

from benchmarks.client import PATIENCE, call, serving, upload
from benchmarks.picture import PICTURE
from benchmarks.report import Table
from benchmarks.timing import ROUNDS, THREADS
from meshing import to_glb, voxels_to_mesh
from pipeline.export import open_image
from voxel_model import load_model, predict_batch

VISITORS = 16
CALLS = 3  # of every visitor


def measure(rounds: int = ROUNDS) -> Table:
    """Pictures a second of the crowd, and the wait of a visitor in it and of one alone."""
    rows = []
    for kind in ("single", "batched"):
        with serving("-m", "benchmarks.crowd", kind) as (address, *_):
            visit(address, 2)  # warm
            alone = np.median(visit(address, rounds))
            began = time.perf_counter()
            with ThreadPoolExecutor(VISITORS) as pool:
                waits = list(pool.map(visit, [address] * VISITORS, [CALLS] * VISITORS))
            rate = VISITORS * CALLS / (time.perf_counter() - began)
        figures = f"{rate:.1f}", f"{1e3 * np.median(waits):.0f}", f"{1e3 * alone:.0f}"
        rows.append(["one picture a call" if kind == "single" else "batches up to 16", *figures])
    header = ["16 visitors", "pictures/s", "wait in the crowd, ms", "wait of one alone, ms"]
    return Table("crowd", header, rows)


def visit(address: str, calls: int) -> list[float]:
    """Seconds of each call of one visitor, one after another."""
    seconds = []
    with httpx.Client(base_url=address, timeout=PATIENCE) as client:
        for _ in range(calls):
            began = time.perf_counter()
            call(client, "faces", [upload(client, PICTURE)])
            seconds.append(time.perf_counter() - began)
    return seconds


def serve(kind: str, port: int) -> None:
    """An app with one endpoint: a picture file in, the number of its mesh's faces out."""
    import gradio as gr

    torch.set_num_threads(THREADS)
    model = load_model(device="cpu")

    def many(paths: list[str]) -> list[list[int]]:
        predictions = predict_batch(model, [open_image(path) for path in paths])
        level = model.config.threshold
        meshes = [voxels_to_mesh(p.occupancy, p.colors, level) for p in predictions]
        return [[len(to_glb(mesh)) and len(mesh.faces) for mesh in meshes]]

    def one(path: str) -> int:
        return many([path])[0][0]

    batched = {"fn": many, "batch": True, "max_batch_size": VISITORS}
    with gr.Blocks() as demo:
        file, faces = gr.File(), gr.Number()
        options = batched if kind == "batched" else {"fn": one}
        file.upload(inputs=file, outputs=faces, api_name="faces", **options)
    demo.queue().launch(server_port=port)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("single", "batched"))
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    serve(arguments.kind, arguments.port)
