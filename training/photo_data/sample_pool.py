"""Processes or threads that prepare the samples of photos.

    pool = SamplePool(photos, workers=16)
    futures = pool.submit([(index, draw), ...])      # each of a few samples
    samples = [sample for future in futures for sample in future.result()]

Cropping and varying a photo holds Python's lock: on 16 cores, 16 threads prepare no more photos
than one. Processes do, but take seconds to start: machines with few cores use threads.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import TYPE_CHECKING

import torch

from training.photo_data.assembly import PhotoSample

if TYPE_CHECKING:
    from training.pix3d.photo_batches import Pix3DPhotos

MAX_WORKERS = 16
MIN_CORES = 8  # from which processes are the default; on fewer the network is the limit
CHUNK = 16  # samples that a process is asked for at once
_photos: Pix3DPhotos | None = None  # of a worker process


class SamplePool:
    """Workers that share the photos.

    Parameters
    ----------
    photos : Pix3DPhotos
        The photos; each process gets a copy.
    workers : int
        Processes. 0: one a core, at most MAX_WORKERS, shared by the training processes of this
        machine; threads on a machine with fewer than MIN_CORES cores.
    """

    def __init__(self, photos: Pix3DPhotos, workers: int = 0) -> None:
        cores = os.cpu_count() or 1
        self.photos = photos
        self.has_processes = workers > 0 or cores >= MIN_CORES
        shared = max(1, cores // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
        self.workers = workers or min(MAX_WORKERS, shared)
        if self.has_processes:
            context = multiprocessing.get_context("spawn")  # a fork would inherit CUDA's state
            self._executor = ProcessPoolExecutor(self.workers, context, _start_worker, (photos,))
        else:
            self._executor = ThreadPoolExecutor(self.workers, thread_name_prefix="photos")

    def submit(self, keys: Sequence[tuple[int, int]]) -> list[Future[list[PhotoSample]]]:
        """Start the samples of some (index, draw); the results are in their order."""
        if not self.has_processes:
            return [self._executor.submit(lambda key: [self.photos.sample(*key)], k) for k in keys]
        size = min(CHUNK, -(-len(keys) // self.workers))
        chunks = [keys[i : i + size] for i in range(0, len(keys), size)]
        return [self._executor.submit(_samples, chunk) for chunk in chunks]

    def close(self) -> None:
        """End the workers."""
        self._executor.shutdown(cancel_futures=True)


def _start_worker(photos: Pix3DPhotos) -> None:
    """Prepare a process for `_samples`; it ends with the process that started it."""
    global _photos
    _photos = photos
    torch.set_num_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A killed parent closes no pool: without this its workers would wait forever."""
    multiprocessing.parent_process().join()
    os._exit(1)


def _samples(keys: Sequence[tuple[int, int]]) -> list[PhotoSample]:
    return [_photos.sample(index, draw) for index, draw in keys]
