"""Speed with which photos are read, cropped and varied for training."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from training.pix3d.photo_batches import MAX_THREADS, Pix3DPhotos

REPEATS = 3  # the fastest counts: other programs disturb the measurement


class Speed(NamedTuple):
    """Photos a second."""

    core: float  # one core, photos per second of processor time
    machine: float  # all threads, photos per second of wall clock
    threads: int


def measure_speed(photos: Pix3DPhotos, count: int = 256, threads: int = 0) -> Speed:
    """Measures how fast samples are prepared.

    Parameters
    ----------
    photos : Pix3DPhotos
        The photos.
    count : int
        Samples of one repeat.
    threads : int
        Threads of the second figure; 0 for one a core, at most MAX_THREADS.
    """
    threads = threads or min(MAX_THREADS, os.cpu_count() or 1)
    for index in range(len(photos)):  # every shape is read once, and every file is in memory
        photos.sample(index)

    def sample(draw: int) -> None:
        photos.sample(draw % len(photos), draw)

    cores, machines = [], []
    with ThreadPoolExecutor(threads) as pool:
        for repeat in range(REPEATS):
            draws = range(repeat * count, (repeat + 1) * count)
            start = time.process_time()
            for draw in draws:
                sample(draw)
            cores.append(count / (time.process_time() - start))
            start = time.perf_counter()
            list(pool.map(sample, draws))
            machines.append(count / (time.perf_counter() - start))
    return Speed(max(cores), max(machines), threads)
