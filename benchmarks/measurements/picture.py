"""One photo on two cores: each step, and the whole, in units of one ResNet18 forward."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from benchmarks.app_server import ROOT
from benchmarks.measurements.classic import classic_input, classic_network, cubes_as_obj
from benchmarks.report import Table
from benchmarks.timing import (
    ROUNDS,
    THREADS,
    UNIT,
    interleave,
    peak_memory,
    ratio,
    resnet_forward,
)
from images.untrusted import open_image
from pipeline.detection import predict_object
from pipeline.export import export_glb
from pipeline.result import Result
from pipeline.settings import Settings
from voxel_model import VoxelModel, load_model, to_tensor

IMAGE = ROOT / "examples" / "armchair.jpg"  # 768 x 768 pixels
# Solid cells of 32,768: the median over the 45 photos of pix3d_dev, and Pix3D's 95th percentile.
MEDIAN_CELLS, MANY_CELLS = 2_548, 5_873
REMESH_THRESHOLDS = (0.3, 0.5, 0.4, 0.6)  # a change of the slider in each round


def measure(rounds: int = ROUNDS) -> Table:
    """Measure every row of the table, with its aim."""
    torch.set_num_threads(THREADS)
    with tempfile.TemporaryDirectory() as folder:
        times = interleave(make_cases(load_model(device="cpu"), Path(folder)), rounds)
    rows = [
        ("network, one picture with its box", ratio(times, "network"), "≤ 2.2"),
        ("finding the object first adds", ratio(times, "no box", "box"), "≤ 1.1"),
        ("preprocessing + meshing + GLB", ratio(times, "box", "network"), "≤ 0.3"),
        ("picture to GLB, whole, with a box", ratio(times, "box"), "≤ 2.5"),
        ("picture to GLB, whole, without a box", ratio(times, "no box"), "≤ 3.5"),
        ("the same with a box, in predicted colours", ratio(times, "predicted"), ""),
        ("re-mesh after a slider move, to GLB", ratio(times, "re-mesh"), "≤ 0.2"),
        ("classic design, whole, median object", ratio(times, "classic"), ""),
        ("this design there, with a box", ratio(times, "median"), "below classic"),
        ("classic design, whole, 95th percentile", ratio(times, "classic, many"), ""),
        ("this design there, with a box", ratio(times, "many"), "≤ classic / 2.5"),
    ]
    cells = [[what, f"{value:.2f}", aim] for what, value, aim in rows]
    cells.append([f"{UNIT}, ms", f"{1e3 * np.median(times[UNIT]):.1f}", ""])
    for name in ("this design", "classic design"):
        what = f"{name}: peak memory of the process, MiB"
        cells.append([what, f"{measure_peak_memory(name):.0f}", "≤ 1,200"])
    figures = {"whole": ratio(times, "no box")}
    return Table("picture", ["step", "ResNet18 forwards", "aim"], cells, figures)


def make_cases(model: VoxelModel, folder: Path) -> dict[str, Callable]:
    """Return what is timed, by name.

    Parameters
    ----------
    model : VoxelModel
        The shipped network on the CPU.
    folder : Path
        Folder for the files that the cases write.
    """
    prediction = predict_object(model, open_image(IMAGE))
    result = Result(prediction, "chair", folder, model.config.threshold)
    settings = Settings(model.config.threshold, "smooth", drop_crumbs=True)
    predicted_colors = replace(settings, colors="predicted")
    thresholds = iter(np.tile(REMESH_THRESHOLDS, 10_000))
    tensor = to_tensor([prediction.crop], model)
    classic = classic_network()
    box = prediction.box

    def convert(box, settings=settings):
        found = predict_object(model, open_image(IMAGE), box)
        return export_glb(replace(result, prediction=found), settings)

    def convert_cells(cells: int):
        """Do the same work with a mesh of a given number of solid cells."""
        predict_object(model, open_image(IMAGE), box)
        threshold = threshold_for_cells(prediction.occupancy, cells)
        return export_glb(result, replace(settings, threshold=threshold))

    def convert_classic(cells: int):
        classic(classic_input(IMAGE))
        threshold = threshold_for_cells(prediction.occupancy, cells)
        return cubes_as_obj(prediction.occupancy > threshold)

    def remesh():
        return export_glb(result, replace(settings, threshold=float(next(thresholds))))

    return {
        UNIT: resnet_forward(),
        "network": lambda: model(tensor),
        "box": lambda: convert(box),
        "no box": lambda: convert(None),
        "predicted": lambda: convert(box, predicted_colors),
        "re-mesh": remesh,
        "median": lambda: convert_cells(MEDIAN_CELLS),
        "many": lambda: convert_cells(MANY_CELLS),
        "classic": lambda: convert_classic(MEDIAN_CELLS),
        "classic, many": lambda: convert_classic(MANY_CELLS),
    }


def threshold_for_cells(occupancy: np.ndarray, cells: int) -> float:
    """Return the threshold above which a grid has this number of solid cells.

    Parameters
    ----------
    occupancy : (R, R, R) float32
        Probabilities.
    cells : int
        Number of solid cells.
    """
    return float(np.partition(occupancy, -cells - 1, axis=None)[-cells - 1])


def measure_peak_memory(design: str) -> float:
    """Return the peak memory in MiB of a fresh process that converts one photo.

    Parameters
    ----------
    design : str
        "this design" or "classic design".
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.measurements.picture", design],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def _convert_once(design: str) -> None:
    torch.set_num_threads(THREADS)
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        if design == "classic design":
            occupancy = classic_network()(classic_input(IMAGE)).occupancy[0].numpy()
            cubes_as_obj(occupancy > threshold_for_cells(occupancy, MEDIAN_CELLS))
        else:
            model = load_model(device="cpu")
            prediction = predict_object(model, open_image(IMAGE))
            result = Result(prediction, "chair", Path(folder), model.config.threshold)
            export_glb(result, Settings(model.config.threshold, "smooth", drop_crumbs=True))


if __name__ == "__main__":
    _convert_once(sys.argv[1])
    print(peak_memory())
