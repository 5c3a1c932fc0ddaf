"""Meshing from 32 to 256 cells a side, solid and full of surface: time and memory as a plot.

python -m benchmarks meshing --write       # docs/meshing.png too
python -m benchmarks.meshing 128 solid     # one grid, in a process of its own
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.report import Table
from benchmarks.timing import ROUNDS, peak_memory
from meshing import to_glb, voxels_to_mesh

ROOT = Path(__file__).parent.parent
PLOT = ROOT / "docs" / "meshing.png"
SIDES, KINDS = (32, 64, 128, 256), ("solid", "surface")
PERIOD = 16  # cells of one wave of the labyrinth, at every size: its surface grows with the cells
PATIENCE = 8.0  # s for one grid; large ones repeat less


def grid(side: int, kind: str) -> np.ndarray:
    """Probabilities (side, side, side) float32: a ball, or a labyrinth (a gyroid) of thin walls."""
    x, y, z = np.meshgrid(*[np.arange(side, dtype=np.float32)] * 3, indexing="ij", sparse=True)
    if kind == "solid":
        centre = (side - 1) / 2
        distance = np.sqrt((x - centre) ** 2 + (y - centre) ** 2 + (z - centre) ** 2)
        return np.clip(0.5 + 0.45 * side - distance, 0, 1)
    a, b, c = (axis * np.float32(2 * np.pi / PERIOD) for axis in (x, y, z))
    wave = np.sin(a) * np.cos(b) + np.sin(b) * np.cos(c) + np.sin(c) * np.cos(a)
    return np.clip(0.9 - np.abs(wave), 0, 1)


def one(side: int, kind: str, rounds: int) -> dict:
    """Faces, median seconds from grid to GLB bytes, and megabytes on top of the grid's own."""
    occupancy, seconds = grid(side, kind), []
    before = peak_memory()
    while len(seconds) < 3 or (len(seconds) < rounds and sum(seconds) < PATIENCE):
        began = time.perf_counter()
        mesh = voxels_to_mesh(occupancy)
        to_glb(mesh)
        seconds.append(time.perf_counter() - began)
    megabytes = peak_memory() - before
    return {"faces": len(mesh.faces), "seconds": float(np.median(seconds)), "megabytes": megabytes}


def measure(rounds: int = ROUNDS) -> Table:
    """One row a grid, each in a process of its own, whose peak memory is the grid's; and a plot."""
    rows, results = [], {}
    for kind in KINDS:
        for side in SIDES:
            command = [sys.executable, "-m", "benchmarks.meshing", str(side), kind, str(rounds)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
            result = results[side, kind] = json.loads(done.stdout)
            per_face = 1e6 * result["seconds"] / result["faces"]
            rows.append(
                [
                    f"{side}³ {kind}",
                    f"{result['faces']:,}",
                    f"{1e3 * result['seconds']:.1f}",
                    f"{per_face:.2f}",
                    f"{result['megabytes']:.0f}",
                ]
            )
    plot(results)
    return Table("meshing", ["grid", "faces", "ms", "µs a face", "MB"], rows)


def plot(results: dict) -> None:
    """docs/meshing.png: seconds and megabytes over faces, both logarithmic, a line for linear."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.4), dpi=80, layout="constrained")
    for axis, name in zip(axes, ("seconds", "megabytes"), strict=True):
        for kind, marker in zip(KINDS, "os", strict=True):
            points = [results[side, kind] for side in SIDES]
            faces, values = ([point[key] for point in points] for key in ("faces", name))
            axis.loglog(faces, values, marker=marker, label=kind)
            for side, x, y in zip(SIDES, faces, values, strict=True):
                axis.annotate(f"{side}³", (x, y), textcoords="offset points", xytext=(6, -10))
        low, high = axis.get_xlim()
        last = max(results.values(), key=lambda result: result["faces"])
        line = np.array([low, high])
        axis.loglog(line, line * last[name] / last["faces"], ":", color="gray", label="linear")
        axis.set(xlabel="faces", ylabel=name, xlim=(low, high))
        axis.legend()
    figure.savefig(PLOT)
    pyplot.close(figure)


if __name__ == "__main__":
    print(json.dumps(one(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
