"""The same stages on Ray Data: each worker is an actor with a model of its own.

What travels between machines are addresses and records, a few hundred bytes for each picture; a
worker reads its pictures and writes its models itself. A block of pictures whose worker dies is
done again by another: Ray restarts the actor, and writing a model twice gives the same file.
"""

import logging
import math
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from batch.jobs import Job
from batch.manifest import JobRecord, to_table
from batch.stages import BATCH, BatchConfig, convert
from core.errors import BatchError
from voxel_model import VoxelModel, pick_device

BATCHES_PER_BLOCK = 8  # a block is what is lost and done again when a worker dies
BLOCKS_PER_WORKER = 4  # at least, so that all end at about the same time
STORE_BYTES = 100_000_000  # of shared memory: addresses, records and the weights once
# what a cluster's workers need of this folder, beside what .gitignore leaves out
RAY_EXCLUDES = ["benchmarks", "checkpoint", "docs", "examples", "tests", "training", "webapp"]
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class RayConfig:
    """The workers of a run and where they work."""

    workers: int  # processes with a model each, spread over the cluster's GPUs where it has some
    threads: int = 1  # CPU cores of each
    batch: int = BATCH
    device: str = "auto"
    address: str | None = None  # of a cluster, such as ray://head:10001; None: Ray starts here


class Worker:
    """One process with a model; takes and gives pyarrow tables."""

    def __init__(self, model, recipe: BatchConfig, crew: RayConfig):
        import ray

        torch.set_num_threads(crew.threads)
        self.model = ray.get(model).eval().to(pick_device(crew.device))
        self.recipe, self.crew = recipe, crew

    def __call__(self, table):
        jobs = [_job(**row) for row in table.to_pylist()]
        crew = self.crew
        return to_table(list(convert(self.model, jobs, self.recipe, crew.threads, crew.batch)))


def _job(input: str, name: str, box: list[float] | None) -> Job:
    return Job(input, name, box and tuple(box))


def connect_ray(address: str | None, cpus: int):
    """Ray, connected to a cluster or started here; BatchError if it is missing or not reached."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nothing is sent anywhere
    # Ray's core warns of every actor that Ray Data starts; what fails is raised all the same
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    try:
        import ray
        import ray.data
    except ImportError as error:
        text = 'Ray Data is not installed: pip install "ray[data]", or leave out --ray.'
        raise BatchError(text) from error
    options = {"logging_level": logging.ERROR, "log_to_driver": False}
    if address:
        options["runtime_env"] = {"working_dir": str(ROOT), "excludes": RAY_EXCLUDES}
    else:
        options |= {"num_cpus": cpus, "include_dashboard": False}
        options |= {"object_store_memory": STORE_BYTES}
    try:
        ray.init(address or "local", **options)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise BatchError(f"There is no Ray cluster at {address}: {error}") from error
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False  # convert.py has one of its own
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    return ray


def block_rows(count: int, crew: RayConfig) -> int:
    """Jobs in a block: whole batches where there are many jobs, enough blocks for few."""
    return max(1, min(BATCHES_PER_BLOCK * crew.batch, count // (BLOCKS_PER_WORKER * crew.workers)))


def gpu_share(workers: int, gpus: float) -> float:
    """Each worker's part of a GPU: several share one where there are more of them than GPUs."""
    return 1 / math.ceil(workers / gpus) if gpus else 0


def convert_on_ray(
    model: VoxelModel, jobs: list[Job], recipe: BatchConfig, crew: RayConfig
) -> Iterator[JobRecord]:
    """A record for each job as blocks are done, in any order."""
    ray = connect_ray(crew.address, crew.workers * crew.threads)
    blocks = math.ceil(len(jobs) / block_rows(len(jobs), crew))
    try:
        data = ray.data.from_items([asdict(job) for job in jobs], override_num_blocks=blocks)
        done = data.map_batches(
            Worker,
            fn_constructor_args=(ray.put(model.cpu()), recipe, crew),
            batch_format="pyarrow",
            batch_size=None,  # a block at a time
            compute=ray.data.ActorPoolStrategy(size=crew.workers),
            num_cpus=crew.threads,
            num_gpus=gpu_share(crew.workers, ray.cluster_resources().get("GPU", 0)),
        )
        for table in done.iter_batches(batch_format="pyarrow", batch_size=None):
            yield from (JobRecord(**row) for row in table.to_pylist())
    finally:
        ray.shutdown()
