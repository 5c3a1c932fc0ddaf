"""Many photos on this machine: the figures of docs/scaling.md.

python -m benchmarks.batch          # each stage, and convert() beside its unavoidable work
python -m benchmarks.batch --ray    # two Ray workers beside one, on photos that decode slowly
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import torch
from PIL import Image

from batch.cluster import RayConfig, block_rows, convert_on_ray
from batch.config import BatchConfig
from batch.model_files import write_files
from batch.results.manifest import Manifest
from batch.sources.jobs import Job
from batch.stages import BATCH, convert, export_job, open_job, predict_group
from benchmarks.api_client import EXAMPLES
from benchmarks.report import machine
from pipeline.settings import Settings
from voxel_model import VoxelModel, load_model, predict_batch

REPEATS = 3  # of each timing; the median is printed
LARGE_SIZE = (6000, 4000)  # pixels: the 24 megapixels of a good camera
LARGE_FILES = 4  # different files, so that no cache serves them


def main() -> None:
    """Measure on this machine and prints rows of tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=32, help="in each timing")
    parser.add_argument("--ray", action="store_true", help="measure Ray's workers instead")
    args = parser.parse_args()
    print(machine())
    model = load_model()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(model.config.threshold, "smooth", drop_crumbs=True)
        config = BatchConfig(settings, ("glb",), folder, model.config.threshold)
        (measure_ray if args.ray else measure_process)(model, config, args.pictures)


def make_jobs(count: int, paths: list[Path]) -> list[Job]:
    """Return `count` jobs on these files, by turns."""
    return [Job(str(paths[i % len(paths)]), f"{i:05}") for i in range(count)]


# --- one process --------------------------------------------------------------------------------


def measure_process(model: VoxelModel, config: BatchConfig, count: int) -> None:
    """Print the milliseconds of each stage, and the share of convert() that is unavoidable.

    Parameters
    ----------
    model : VoxelModel
        The network.
    config : BatchConfig
        Settings, formats and output folder.
    count : int
        Number of photos.
    """
    jobs = make_jobs(count, EXAMPLES)
    for name, seconds in time_stages(model, jobs, config).items():
        print(f"| {name} | {1000 * seconds / count:.1f} ms |")
    pairs = [time_work_and_convert(model, jobs, config) for _ in range(REPEATS)]
    work, whole = zip(*pairs, strict=True)
    shares = [w / c for w, c in pairs]
    print(f"| predict_batch and meshing alone | {count / statistics.median(work):.2f} pictures/s |")
    print(f"| convert | {count / statistics.median(whole):.2f} pictures/s |")
    print(f"| share | {statistics.median(shares):.3f} ({', '.join(f'{s:.3f}' for s in shares)}) |")


def time_stages(model: VoxelModel, jobs: list[Job], config: BatchConfig) -> dict[str, float]:
    """Return seconds of each stage alone; decoding and meshing use one core."""
    steps = [open_job(job) for job in jobs]
    groups = [steps[i : i + BATCH] for i in range(0, len(steps), BATCH)]
    predicted = [step for group in groups for step in predict_group(model, group)]
    records = [export_job(config, step) for step in predicted]
    manifest = Manifest(config.out)
    stages = {
        "read and decode": lambda: [open_job(job) for job in jobs],
        "predict": lambda: [predict_group(model, group) for group in groups],
        "of that the network": lambda: run_network(model, groups),
        "mesh and write": lambda: [
            write_files(config, step.job, step.prediction) for step in predicted
        ],
        "line in the manifest": lambda: list(map(manifest.add, records)),
    }
    return {
        name: statistics.median(_seconds(stage) for _ in range(REPEATS))
        for name, stage in stages.items()
    }


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@torch.inference_mode()
def run_network(model: VoxelModel, groups: list[list]) -> None:
    """Run detection and prediction on random tensors, one batch for each group."""
    side = model.config.image_size
    for group in groups:
        images = torch.rand(len(group), 3, side, side, device=next(model.parameters()).device)
        model.mask_logits(images)
        model(images)[0].cpu()  # waits for the GPU


def time_work_and_convert(
    model: VoxelModel, jobs: list[Job], config: BatchConfig
) -> tuple[float, float]:
    """Return seconds of predict_batch and meshing on decoded photos, and of convert()."""
    images = [Image.open(job.input).convert("RGB") for job in jobs]

    def predict_and_write():
        for i in range(0, len(jobs), BATCH):
            predictions = predict_batch(model, images[i : i + BATCH])
            for job, prediction in zip(jobs[i : i + BATCH], predictions, strict=True):
                write_files(config, job, prediction)

    return _seconds(predict_and_write), _seconds(lambda: list(convert(model, jobs, config)))


# --- Ray ----------------------------------------------------------------------------------------


def measure_ray(model: VoxelModel, config: BatchConfig, count: int) -> None:
    """Print the rates of one and of two Ray workers on large photos.

    Parameters
    ----------
    model : VoxelModel
        The network.
    config : BatchConfig
        Settings, formats and output folder.
    count : int
        Number of photos.
    """
    large = Path(config.out) / "large.jpg"
    Image.open(EXAMPLES[0]).resize(LARGE_SIZE).save(large, quality=92)
    paths = [Path(shutil.copy(large, large.with_name(f"large{i}.jpg"))) for i in range(LARGE_FILES)]
    jobs = make_jobs(count, paths)
    seconds = _seconds(lambda: [open_job(job) for job in jobs[:LARGE_FILES]])
    print(f"| decode | {1000 * seconds / LARGE_FILES:.0f} ms |")
    rates = {workers: ray_rate(model, jobs, config, workers) for workers in (1, 2)}
    for workers, (rate, busy_cores) in rates.items():
        cores = ", ".join(f"{name} {share:.2f}" for name, share in busy_cores.items())
        print(f"| Ray, {workers} workers of one core | {rate:.2f} pictures/s | cores: {cores} |")
    print(f"| two beside one | {rates[2][0] / rates[1][0]:.2f} |")


def ray_rate(
    model: VoxelModel, jobs: list[Job], config: BatchConfig, workers: int
) -> tuple[float, dict[str, float]]:
    """Measure after each worker has done one block, so that Ray's start is left out.

    Returns
    -------
    rate : float
        Photos per second.
    busy_cores : dict of str to float
        Cores used, by kind of process.
    """
    ray_config = RayConfig(workers, threads=1)
    first = workers * block_rows(len(jobs), ray_config)
    times, used = [], {}
    for _ in convert_on_ray(model, jobs, config, ray_config):
        times.append(time.perf_counter())
        if len(times) in (first, len(jobs)):
            used[len(times)] = processor_seconds()
    seconds = times[-1] - times[first - 1]
    busy = {name: (used[len(jobs)][name] - used[first][name]) / seconds for name in used[first]}
    return (len(times) - first) / seconds, busy


def processor_seconds() -> dict[str, float]:
    """Return processor time of the workers, of this process and of Ray's other processes."""
    driver, seconds = psutil.Process(), {"workers": 0.0, "driver": 0.0, "Ray's own": 0.0}
    for process in (driver, *driver.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # it ended meanwhile
            is_worker = process.name().startswith("ray::MapWorker")
            name = "driver" if process == driver else "workers" if is_worker else "Ray's own"
            seconds[name] += sum(process.cpu_times()[:2])
    return seconds


if __name__ == "__main__":
    main()
