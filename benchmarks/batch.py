"""What many pictures cost on this machine: the figures of docs/scaling.md.

python -m benchmarks.batch          # stages, and convert() beside the work that it cannot avoid
python -m benchmarks.batch --ray    # two Ray workers beside one, on pictures slow to decode
"""

import argparse
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil
import torch
from PIL import Image

from batch.cluster import RayConfig, block_rows, convert_on_ray
from batch.jobs import Job
from batch.manifest import Manifest
from batch.stages import (
    BATCH,
    BatchConfig,
    convert,
    export_job,
    open_job,
    predict_group,
    write_files,
)
from pipeline.export import Settings
from voxel_model import VoxelModel, load_model, predict_batch

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.jpg"))
REPEATS = 3  # of each timing; the median stands
LARGE = (6000, 4000)  # pixels: 24 megapixels, a good camera's, slow to decode


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=32, help="in each timing")
    parser.add_argument("--ray", action="store_true", help="measure Ray's workers instead")
    args = parser.parse_args()
    print(machine())
    model = load_model()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(model.config.threshold, "smooth", drop_crumbs=True)
        recipe = BatchConfig(settings, ("glb",), folder, model.config.threshold)
        (measure_ray if args.ray else measure_one)(model, recipe, args.pictures)


def machine() -> str:
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    versions = f"Python {platform.python_version()}, PyTorch {torch.__version__}"
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    busy = f"load {os.getloadavg()[0]:.1f} at the start"
    return f"{now}, {torch.get_num_threads()} CPU cores, {gpu}, {versions}, {busy}"


def some_jobs(count: int, inputs: list[Path]) -> list[Job]:
    return [Job(str(inputs[i % len(inputs)]), f"{i:05}") for i in range(count)]


# --- one process --------------------------------------------------------------------------------


def measure_one(model: VoxelModel, recipe: BatchConfig, count: int) -> None:
    jobs = some_jobs(count, EXAMPLES)
    for name, seconds in time_stages(model, jobs, recipe).items():
        print(f"| {name} | {1000 * seconds / count:.1f} ms |")
    work, whole = zip(
        *(time_alone_and_convert(model, jobs, recipe) for _ in range(REPEATS)), strict=True
    )
    shares = [w / c for w, c in zip(work, whole, strict=True)]
    print(f"| predict_batch and meshing alone | {count / statistics.median(work):.2f} pictures/s |")
    print(f"| convert | {count / statistics.median(whole):.2f} pictures/s |")
    print(f"| share | {statistics.median(shares):.3f} ({', '.join(f'{s:.3f}' for s in shares)}) |")


def timed(work: Callable[[], object]) -> tuple[float, object]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def time_stages(model: VoxelModel, jobs: list[Job], recipe: BatchConfig) -> dict[str, float]:
    """Seconds of each stage with nothing beside it; decoding and meshing use one core."""
    steps = [open_job(job) for job in jobs]
    passes = [steps[i : i + BATCH] for i in range(0, len(steps), BATCH)]
    predicted = [step for group in passes for step in predict_group(model, group)]
    records = [export_job(recipe, step) for step in predicted]
    manifest = Manifest(recipe.out)
    work = {
        "read and decode": lambda: [open_job(job) for job in jobs],
        "predict": lambda: [predict_group(model, group) for group in passes],
        "of that the network": lambda: run_network(model, passes),
        "mesh and write": lambda: [
            write_files(recipe, step.job.name, step.prediction) for step in predicted
        ],
        "line in the manifest": lambda: list(map(manifest.add, records)),
    }
    return {
        name: statistics.median(timed(stage)[0] for _ in range(REPEATS))
        for name, stage in work.items()
    }


@torch.inference_mode()
def run_network(model: VoxelModel, passes: list[list]) -> None:
    """The finding pass and the predicting pass on tensors that are there already."""
    side = model.config.image_size
    for group in passes:
        images = torch.rand(len(group), 3, side, side, device=next(model.parameters()).device)
        model.find(images)
        model(images)[0].cpu()  # a GPU answers when it is read


def time_alone_and_convert(
    model: VoxelModel, jobs: list[Job], recipe: BatchConfig
) -> tuple[float, float]:
    """Seconds of predict_batch and meshing on decoded pictures, and of convert from files."""
    pictures = [Image.open(job.input).convert("RGB") for job in jobs]

    def alone():
        for i in range(0, len(jobs), BATCH):
            for job, found in zip(
                jobs[i : i + BATCH], predict_batch(model, pictures[i : i + BATCH]), strict=True
            ):
                write_files(recipe, job.name, found)

    return timed(alone)[0], timed(lambda: list(convert(model, jobs, recipe)))[0]


# --- Ray ----------------------------------------------------------------------------------------


def measure_ray(model: VoxelModel, recipe: BatchConfig, count: int) -> None:
    large = Path(recipe.out) / "large.jpg"
    Image.open(EXAMPLES[0]).resize(LARGE).save(large, quality=92)
    inputs = [Path(shutil.copy(large, large.with_name(f"large{i}.jpg"))) for i in range(4)]
    jobs = some_jobs(count, inputs)
    seconds, _ = timed(lambda: [open_job(job) for job in jobs[:4]])
    print(f"| decode | {1000 * seconds / 4:.0f} ms |")
    rates = {workers: ray_rate(model, jobs, recipe, workers) for workers in (1, 2)}
    for workers, (rate, busy) in rates.items():
        cores = ", ".join(f"{name} {share:.2f}" for name, share in busy.items())
        print(f"| Ray, {workers} workers of one core | {rate:.2f} pictures/s | cores: {cores} |")
    print(f"| two beside one | {rates[2][0] / rates[1][0]:.2f} |")


def ray_rate(
    model: VoxelModel, jobs: list[Job], recipe: BatchConfig, workers: int
) -> tuple[float, dict[str, float]]:
    """Pictures a second, and who kept how many cores busy, once every worker has done a block:
    starting Ray is left out."""
    crew = RayConfig(workers, threads=1)
    first = workers * block_rows(len(jobs), crew)
    times, spent = [], {}
    for _ in convert_on_ray(model, jobs, recipe, crew):
        times.append(time.perf_counter())
        if len(times) in (first, len(jobs)):
            spent[len(times)] = processor_seconds()
    seconds = times[-1] - times[first - 1]
    busy = {name: (spent[len(jobs)][name] - spent[first][name]) / seconds for name in spent[first]}
    return (len(times) - first) / seconds, busy


def processor_seconds() -> dict[str, float]:
    """Seconds of processor time that the workers, this process and Ray's others have taken."""
    driver, spent = psutil.Process(), {"workers": 0.0, "driver": 0.0, "Ray's own": 0.0}
    for process in (driver, *driver.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            works = process.name().startswith("ray::MapWorker")
            name = "driver" if process == driver else "workers" if works else "Ray's own"
            spent[name] += sum(process.cpu_times()[:2])
    return spent


if __name__ == "__main__":
    main()
