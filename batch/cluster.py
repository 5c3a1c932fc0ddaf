"""The stages of `batch.stages` on Ray Data: each worker is an actor with its own model.

Only addresses and records are sent between machines, a few hundred bytes for each photo. Workers
read photos and write models themselves. If a worker dies, Ray restarts it and repeats its block of
photos; a model that is written twice gives the same file.
"""

import json
import logging
import math
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from batch.all_pieces import convert_all
from batch.config import BatchConfig
from batch.results.records import JobRecord
from batch.sources.jobs import Job
from batch.stages import BATCH, convert
from core.errors import BatchError
from voxel_model import VoxelModel, pick_device

BATCHES_PER_BLOCK = 8  # a block is repeated if its worker dies
BLOCKS_PER_WORKER = 4  # minimum, so that all workers end at about the same time
STORE_BYTES = 100_000_000  # Ray's shared memory for addresses, records and one copy of the weights
# folders that workers do not need; Ray also leaves out what .gitignore lists
RAY_EXCLUDES = ["benchmarks", "checkpoint", "docs", "examples", "tests", "training", "webapp"]
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class RayConfig:
    """The workers of a run."""

    workers: int  # processes, each with a model; they share the cluster's GPUs
    threads: int = 1  # CPU cores of each worker
    batch: int = BATCH  # photos in one pass of the network
    device: str = "auto"  # as in `voxel_model.load_model`
    address: str | None = None  # of a cluster, such as ray://head:10001; None starts Ray locally


class Worker:
    """A Ray actor with a model; called with a pyarrow table of jobs, returns one of records.

    Both tables have one column of JSON: Arrow takes no file names that are not UTF-8.

    Parameters
    ----------
    model : ray.ObjectRef
        The model in Ray's object store.
    batch_config : BatchConfig
        How each photo becomes files.
    ray_config : RayConfig
        The workers of the run.
    """

    def __init__(self, model, batch_config: BatchConfig, ray_config: RayConfig):
        import ray

        torch.set_num_threads(ray_config.threads)
        self.model = ray.get(model).eval().to(pick_device(ray_config.device))
        self.batch_config, self.ray_config = batch_config, ray_config

    def __call__(self, table):
        """Convert a table of jobs to a table of records."""
        import pyarrow as pa

        jobs = [_job(**json.loads(text)) for text in table["json"].to_pylist()]
        threads, batch = self.ray_config.threads, self.ray_config.batch
        stages = convert_all if self.batch_config.all_pieces else convert
        records = stages(self.model, jobs, self.batch_config, threads, batch)
        return pa.table({"json": [json.dumps(asdict(record)) for record in records]})


def _job(box: list[float] | None, **values) -> Job:
    """Make a job from JSON, which has a list for the box."""
    return Job(box=box and tuple(box), **values)


def connect_ray(address: str | None, cpus: int):
    """Connect to a Ray cluster, or start Ray locally.

    Parameters
    ----------
    address : str or None
        Address of a cluster; None starts Ray in this process.
    cpus : int
        CPU cores of a local Ray.

    Returns
    -------
    module
        The `ray` module, initialised.

    Raises
    ------
    BatchError
        If Ray is not installed or the cluster cannot be reached.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # Ray sends no statistics
    # Ray's core warns of each actor that Ray Data starts; errors are raised in any case
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
    context.enable_progress_bars = False  # convert.py shows its own
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    return ray


def block_rows(count: int, config: RayConfig) -> int:
    """Return the number of jobs in a block of Ray Data.

    Parameters
    ----------
    count : int
        Number of jobs.
    config : RayConfig
        The workers of the run.

    Returns
    -------
    int
        Whole batches if there are many jobs; fewer jobs if there would be too few blocks.
    """
    whole_batches = BATCHES_PER_BLOCK * config.batch
    return max(1, min(whole_batches, count // (BLOCKS_PER_WORKER * config.workers)))


def gpu_share(workers: int, gpus: float) -> float:
    """Return the share of a GPU for each worker.

    Parameters
    ----------
    workers : int
        Number of workers.
    gpus : float
        GPUs of the cluster.

    Returns
    -------
    float
        1 / n if n workers share a GPU, 0 without GPUs.
    """
    return 1 / math.ceil(workers / gpus) if gpus else 0


def convert_on_ray(
    model: VoxelModel, jobs: list[Job], batch_config: BatchConfig, ray_config: RayConfig
) -> Iterator[JobRecord]:
    """Convert jobs on Ray.

    Parameters
    ----------
    model : VoxelModel
        The model; it moves to the CPU.
    jobs : list of Job
        Photos to convert.
    batch_config : BatchConfig
        How each photo becomes files.
    ray_config : RayConfig
        The workers of the run.

    Yields
    ------
    JobRecord
        One record for each job as its block is done, in any order.

    Raises
    ------
    BatchError
        If Ray is not installed or the cluster cannot be reached.
    """
    ray = connect_ray(ray_config.address, ray_config.workers * ray_config.threads)
    blocks = math.ceil(len(jobs) / block_rows(len(jobs), ray_config))
    try:
        items = [{"json": json.dumps(asdict(job))} for job in jobs]
        data = ray.data.from_items(items, override_num_blocks=blocks)
        done = data.map_batches(
            Worker,
            fn_constructor_args=(ray.put(model.cpu()), batch_config, ray_config),
            batch_format="pyarrow",
            batch_size=None,  # one call for each block
            compute=ray.data.ActorPoolStrategy(size=ray_config.workers),
            num_cpus=ray_config.threads,
            num_gpus=gpu_share(ray_config.workers, ray.cluster_resources().get("GPU", 0)),
        )
        for table in done.iter_batches(batch_format="pyarrow", batch_size=None):
            yield from (JobRecord(**json.loads(text)) for text in table["json"].to_pylist())
    finally:
        ray.shutdown()
