"""Speed with which photos are read, cropped and varied for training."""

import time
from typing import NamedTuple

from training.photo_data.sample_pool import SamplePool
from training.pix3d.photo_batches import Pix3DPhotos

REPEATS = 3  # the fastest counts: other programs disturb the measurement


class Speed(NamedTuple):
    """Photos a second."""

    core: float  # one core, photos per second of processor time
    machine: float  # all workers, photos per second of wall clock
    workers: str  # "16 processes"


def measure_speed(photos: Pix3DPhotos, count: int = 256, workers: int = 0) -> Speed:
    """Measures how fast samples are prepared.

    Parameters
    ----------
    photos : Pix3DPhotos
        The photos.
    count : int
        Samples of one repeat on one core; all workers prepare as many each.
    workers : int
        Workers of the second figure, as `SamplePool` takes them.
    """
    for index in range(len(photos)):  # every shape is read once, and every file is in memory
        photos.sample(index)
    pool = SamplePool(photos, workers)
    _seconds(pool, len(photos) * pool.workers)  # starts the workers, which then know the shapes
    cores, machines = [], []
    for repeat in range(REPEATS):
        start = time.process_time()
        for draw in range(repeat * count, (repeat + 1) * count):
            photos.sample(draw % len(photos), draw)
        cores.append(count / (time.process_time() - start))
        machines.append(count * pool.workers / _seconds(pool, count * pool.workers))
    pool.close()
    kind = "processes" if pool.has_processes else "threads"
    return Speed(max(cores), max(machines), f"{pool.workers} {kind}")


def _seconds(pool: SamplePool, count: int) -> float:
    """Seconds in which the workers prepare so many samples."""
    start = time.perf_counter()
    keys = [(draw % len(pool.photos), draw) for draw in range(count)]
    for future in pool.submit(keys):
        future.result()
    return time.perf_counter() - start
