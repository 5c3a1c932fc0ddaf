"""Bounded work: a map in a pool that reads few items ahead, and batches of limited size."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batch.stages import JobState

BATCH_PIXELS = 64_000_000  # maximum pixels of a batch; 0.5 GB with their masks


def map_in_order(pool: Executor, function: Callable, items: Iterable, ahead: int) -> Iterator:
    """Map a function in a pool, with a bounded number of items in progress.

    Parameters
    ----------
    pool : Executor
        The pool.
    function : callable
        Called with each item.
    items : iterable
        Read only as far as needed.
    ahead : int
        Maximum number of items that are read and whose result is not yet yielded.

    Yields
    ------
    object
        The results, in order.
    """
    pending = deque()
    for item in items:
        pending.append(pool.submit(function, item))
        if len(pending) > ahead:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()


def split_batches(states: Iterable["JobState"], max_jobs: int) -> Iterator[list["JobState"]]:
    """Split states into batches.

    Parameters
    ----------
    states : iterable of JobState
        Opened jobs.
    max_jobs : int
        Maximum number of jobs in a batch.

    Yields
    ------
    list of JobState
        A batch. It ends with the photo that reaches BATCH_PIXELS.
    """
    group, pixels = [], 0
    for state in states:
        group.append(state)
        pixels += state.image.rgb.width * state.image.rgb.height if state.image else 0
        if len(group) == max_jobs or pixels >= BATCH_PIXELS:
            yield group
            group, pixels = [], 0
    if group:
        yield group
