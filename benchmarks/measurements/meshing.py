"""Meshing grids of 32 to 256 cells a side, solid and full of surface: time, memory, and a plot.

python -m benchmarks meshing --write                    # docs/meshing.png too
python -m benchmarks.measurements.meshing 128 solid 20  # one grid, in a process of its own
"""

import json
import subprocess
import sys
import time

import numpy as np

from benchmarks.app_server import ROOT
from benchmarks.report import Table
from benchmarks.timing import ROUNDS, peak_memory
from meshing import to_glb, voxels_to_mesh

PLOT = ROOT / "docs" / "meshing.png"
RESOLUTIONS, KINDS = (32, 64, 128, 256), ("solid", "surface")
PERIOD = 16  # cells of one wave of the gyroid, at every resolution
MAX_SECONDS = 8.0  # for one grid; large grids have fewer rounds
MIN_ROUNDS = 3


def make_grid(resolution: int, kind: str) -> np.ndarray:
    """Return probabilities of a ball ("solid") or of a gyroid with thin walls ("surface").

    Parameters
    ----------
    resolution : int
        Cells a side.
    kind : str
        One of KINDS.

    Returns
    -------
    (R, R, R) float32
        Probabilities.
    """
    axis = np.arange(resolution, dtype=np.float32)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij", sparse=True)
    if kind == "solid":
        center = (resolution - 1) / 2
        distance = np.sqrt((x - center) ** 2 + (y - center) ** 2 + (z - center) ** 2)
        return np.clip(0.5 + 0.45 * resolution - distance, 0, 1)
    a, b, c = (values * np.float32(2 * np.pi / PERIOD) for values in (x, y, z))
    wave = np.sin(a) * np.cos(b) + np.sin(b) * np.cos(c) + np.sin(c) * np.cos(a)
    return np.clip(0.9 - np.abs(wave), 0, 1)


def measure_grid(resolution: int, kind: str, rounds: int) -> dict[str, float]:
    """Mesh one grid repeatedly.

    Returns
    -------
    dict
        "faces", "seconds" (median, from grid to GLB bytes) and "megabytes" (MiB of peak memory on
        top of the grid's).
    """
    occupancy, seconds = make_grid(resolution, kind), []
    before = peak_memory()
    while len(seconds) < MIN_ROUNDS or (len(seconds) < rounds and sum(seconds) < MAX_SECONDS):
        began = time.perf_counter()
        mesh = voxels_to_mesh(occupancy)
        to_glb(mesh)
        seconds.append(time.perf_counter() - began)
    megabytes = peak_memory() - before
    return {"faces": len(mesh.faces), "seconds": float(np.median(seconds)), "megabytes": megabytes}


def measure(rounds: int = ROUNDS) -> Table:
    """Measure each grid in a process of its own, for its peak memory; writes docs/meshing.png."""
    rows, results = [], {}
    for kind in KINDS:
        for resolution in RESOLUTIONS:
            result = results[resolution, kind] = _measure_in_process(resolution, kind, rounds)
            per_face = 1e6 * result["seconds"] / result["faces"]
            rows.append(
                [
                    f"{resolution}³ {kind}",
                    f"{result['faces']:,}",
                    f"{1e3 * result['seconds']:.1f}",
                    f"{per_face:.2f}",
                    f"{result['megabytes']:.0f}",
                ]
            )
    plot(results)
    return Table("meshing", ["grid", "faces", "ms", "µs a face", "MiB"], rows)


def _measure_in_process(resolution: int, kind: str, rounds: int) -> dict[str, float]:
    module = "benchmarks.measurements.meshing"
    command = [sys.executable, "-m", module, str(resolution), kind, str(rounds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def plot(results: dict[tuple[int, str], dict[str, float]]) -> None:
    """Draw seconds and memory over faces, logarithmic, with a line for linear growth.

    Parameters
    ----------
    results : dict
        Results of `measure_grid` by resolution and kind.
    """
    import matplotlib  # takes a second to import; the processes of single grids do without

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.4), dpi=80, layout="constrained")
    for axis, name in zip(axes, ("seconds", "megabytes"), strict=True):
        for kind, marker in zip(KINDS, "os", strict=True):
            points = [results[resolution, kind] for resolution in RESOLUTIONS]
            faces, values = ([point[key] for point in points] for key in ("faces", name))
            axis.loglog(faces, values, marker=marker, label=kind)
            for resolution, x, y in zip(RESOLUTIONS, faces, values, strict=True):
                offset = {"textcoords": "offset points", "xytext": (6, -10)}
                axis.annotate(f"{resolution}³", (x, y), **offset)
        low, high = axis.get_xlim()
        largest = max(results.values(), key=lambda result: result["faces"])
        line = np.array([low, high])
        axis.loglog(
            line, line * largest[name] / largest["faces"], ":", color="gray", label="linear"
        )
        axis.set(xlabel="faces", ylabel=name, xlim=(low, high))
        axis.legend()
    figure.savefig(PLOT)
    pyplot.close(figure)


if __name__ == "__main__":
    print(json.dumps(measure_grid(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
