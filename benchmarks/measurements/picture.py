"""One picture on two cores: each step, and the whole, in units of one ResNet18 forward."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from benchmarks.classic import classic_input, classic_network, cubes_as_obj
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
from pipeline.export import Result, Settings, export_glb, open_image, predict_object
from voxel_model import VoxelModel, load_model, to_tensor

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "examples" / "armchair.jpg"  # 768 x 768
# solid cells of 32,768: the median over the 45 photos of pix3d_dev, and Pix3D's 95th percentile
MEDIAN_CELLS, MANY_CELLS = 2_548, 5_873


def measure(rounds: int = ROUNDS) -> Table:
    """Every row of the table, its aim beside it."""
    torch.set_num_threads(THREADS)
    with tempfile.TemporaryDirectory() as folder:
        times = interleave(cases(load_model(device="cpu"), Path(folder)), rounds)
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
    for name, kind in (("this design", "ours"), ("classic design", "classic")):
        cells.append([f"{name}: peak memory of the process, MB", f"{peak(kind):.0f}", "≤ 1,200"])
    figures = {"whole": ratio(times, "no box")}
    return Table("picture", ["step", "ResNet18 forwards", "aim"], cells, figures)


def cases(model: VoxelModel, folder: Path) -> dict[str, Callable]:
    """Name -> what is timed; all of them leave their files in `folder`."""
    prediction = predict_object(model, open_image(PICTURE))
    box, kept = prediction.box, Result(prediction, "chair", folder, model.config.threshold)
    settings = Settings(model.config.threshold, "smooth", drop_crumbs=True)
    plain = replace(settings, colors="predicted")
    levels = iter(np.tile([0.3, 0.5, 0.4, 0.6], 10_000))
    tensor = to_tensor([prediction.crop], model)
    classic, shown = classic_network(), classic_input(PICTURE)
    unit = resnet_forward()

    def whole(box, cells: int | None = None, settings: Settings = settings):
        found = predict_object(model, open_image(PICTURE), box)
        if cells is None:
            return export_glb(replace(kept, prediction=found), settings)
        return export_glb(kept, replace(settings, threshold=level(prediction.occupancy, cells)))

    def old(cells: int):
        classic(classic_input(PICTURE))
        return cubes_as_obj(prediction.occupancy > level(prediction.occupancy, cells))

    assert sum(p.numel() for p in classic.parameters()) > 79e6 and shown.shape == (1, 3, 224, 224)
    return {
        UNIT: unit,
        "network": lambda: model(tensor),
        "box": lambda: whole(box),
        "no box": lambda: whole(None),
        "predicted": lambda: whole(box, settings=plain),
        "re-mesh": lambda: export_glb(kept, replace(settings, threshold=float(next(levels)))),
        "median": lambda: whole(box, MEDIAN_CELLS),
        "many": lambda: whole(box, MANY_CELLS),
        "classic": lambda: old(MEDIAN_CELLS),
        "classic, many": lambda: old(MANY_CELLS),
    }


def level(occupancy: np.ndarray, cells: int) -> float:
    """The threshold at which a predicted grid has so many solid cells."""
    return float(np.partition(occupancy, -cells - 1, axis=None)[-cells - 1])


def peak(kind: str) -> float:
    """Most memory in MB that a fresh process held which did one picture."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.picture", kind],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def main(kind: str) -> None:
    torch.set_num_threads(THREADS)
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        if kind == "classic":
            grid = classic_network()(classic_input(PICTURE)).occupancy[0].numpy()
            cubes_as_obj(grid > level(grid, MEDIAN_CELLS))
        else:
            model = load_model(device="cpu")
            prediction = predict_object(model, open_image(PICTURE))
            kept = Result(prediction, "chair", Path(folder), model.config.threshold)
            export_glb(kept, Settings(model.config.threshold, "smooth", drop_crumbs=True))
    print(peak_memory())


if __name__ == "__main__":
    main(sys.argv[1])
